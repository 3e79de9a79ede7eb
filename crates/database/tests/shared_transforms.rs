//! Real transforms and patches make of their packages what Wine's `MsiDatabaseApplyTransform` makes of them.
//!
//! The hashes are of Wine 8.0's result, run in the locale of the transform's language, as another reader saw it.
//! Skipped where the shared packages are not beside the repository; `MSIKIT_SHARED` names another place.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a test that reads real files"
)]

mod shared;

use std::fs::File;
use std::io::Cursor;
use std::path::Path;

use database::{
    Column, ColumnKind, Database, ErrorConditions, Kind, RowChange, Table, Transform, Validation,
};
use shared::{canonical_rows_sha256, open, shared};

/// Opens a transform by its name: a file, or `PACKAGE:STORAGE`.
fn transform(shared: &Path, name: &str) -> Transform {
    match name.split_once(':') {
        Some((package, storage)) => open(shared, package)
            .unwrap()
            .transform(storage)
            .unwrap()
            .unwrap(),
        None => Transform::open(File::open(shared.join("packages").join(name)).unwrap()).unwrap(),
    }
}

/// A table's name, the number of its rows, and the beginning of the hash of its rows.
type Expected = (&'static str, usize, &'static str);

/// Applies transforms one after the other, each checked against what the ones before made.
fn check(package: &str, transforms: &[&str], changed: &[Expected]) {
    let Some(shared) = shared() else { return };
    let (old, mut new) = (
        open(&shared, package).unwrap(),
        open(&shared, package).unwrap(),
    );
    for name in transforms {
        let transform = transform(&shared, name);
        transform.check(&new).unwrap();
        new.apply_transform(&transform, transform.suppressed())
            .unwrap();
    }
    let mut found = Vec::new();
    for name in new.table_names() {
        let hash = canonical_rows_sha256(&new, name);
        if !old.has_table(name) || hash != canonical_rows_sha256(&old, name) {
            let rows = new.rows(name).unwrap().rows.len();
            found.push((name.to_string(), rows, hash[..16].to_string()));
        }
    }
    found.sort();
    let expected: Vec<(String, usize, String)> = changed
        .iter()
        .map(|&(name, rows, hash)| (name.to_string(), rows, hash.to_string()))
        .collect();
    assert_eq!(found, expected, "{package} {transforms:?}");
}

#[test]
fn german() {
    check(
        "isdriver.msi",
        &["isdriver-1031.mst"],
        &[
            ("ActionText", 72, "a9c7df555ee00455"),
            ("Error", 613, "a03d9b879899d1af"),
            ("ISSetupType", 2, "de2aafb2f5bb446c"),
            ("Property", 54, "e9a273aa7b412d8f"),
            ("UIText", 50, "6aa1b2bc6b414eb7"),
        ],
    );
}

#[test]
fn japanese() {
    check(
        "isdriver.msi",
        &["isdriver-1041.mst"],
        &[
            ("ActionText", 72, "707927c2316cf4a5"),
            ("Error", 613, "cf9cf438805d6f55"),
            ("ISSetupType", 2, "0907a18da87c540c"),
            ("Property", 54, "1443b33334062678"),
            ("UIText", 50, "1455e646f86da8f6"),
        ],
    );
}

#[test]
fn chinese() {
    check(
        "isdriver.msi",
        &["isdriver-2052.mst"],
        &[
            ("ActionText", 72, "feea351ea63aa8f8"),
            ("Error", 613, "22c1f1878b894d7a"),
            ("ISSetupType", 2, "988b9c77dfea4e2d"),
            ("Property", 54, "60e7848c34c5f70c"),
            ("UIText", 50, "98d4833156a62de5"),
        ],
    );
}

#[test]
fn an_instance() {
    check(
        "instance-transforms.msi",
        &["instance-transforms.msi:Instance2"],
        &[("Property", 7, "d4e5e1dfebbd8fd5")],
    );
}

#[test]
fn a_patch() {
    check(
        "example.msi",
        &["example.msp:MSP.1", "example.msp:#MSP.1"],
        &[
            ("Media", 2, "b3d9c7cdfaa8ec84"),
            ("PatchPackage", 1, "3232af36d978cd0a"),
            ("Property", 12, "5bfbc39bc8d970ee"),
            ("Registry", 1, "d00fee85bcc70178"),
        ],
    );
}

#[test]
fn a_patch_that_adds_a_table_with_rows() {
    check(
        "rtm-product.msi",
        &["rtm-gdr1.msp:rtm.2", "rtm-gdr1.msp:#rtm.2"],
        &[
            ("Component", 2, "88d91a60698b30be"),
            ("FeatureComponents", 2, "d3b7cd8098b2749e"),
            ("File", 2, "18cd607a8b933fee"),
            ("InstallExecuteSequence", 17, "c880488fa406f273"),
            ("Media", 2, "e2f3e236f10dd053"),
            ("MsiFileHash", 2, "830b3b4d0ed43c54"),
            ("PatchPackage", 1, "ed0ba3c8c5bee778"),
            ("Property", 12, "328463a02698ab73"),
            ("Registry", 1, "c5796f5adb85469b"),
        ],
    );
}

#[test]
fn a_chain_of_patches_whose_changes_meet() {
    check(
        "rtm-product.msi",
        &[
            "rtm-rtmldr.msp:rtm.1",
            "rtm-rtmldr.msp:#rtm.1",
            "rtm-gdr1.msp:rtmldr.1",
            "rtm-gdr1.msp:#rtmldr.1",
            "rtm-ldr2.msp:rtmldr.1",
            "rtm-ldr2.msp:#rtmldr.1",
            "rtm-ldr3.msp:rtmldr.1",
            "rtm-ldr3.msp:#rtmldr.1",
        ],
        &[
            ("Component", 2, "88d91a60698b30be"),
            ("FeatureComponents", 2, "d3b7cd8098b2749e"),
            ("File", 2, "dfd94eaf3c0dce3c"),
            ("InstallExecuteSequence", 17, "c880488fa406f273"),
            ("Media", 4, "d4ef46f7e979a761"),
            ("MsiFileHash", 2, "669049c187872c03"),
            ("PatchPackage", 4, "f54ec08a32c8ce77"),
            ("Property", 18, "58dc406f80a06128"),
            ("Registry", 1, "3461844935fab7bd"),
        ],
    );
}

/// The table that some of the transforms change and that the package, which is not theirs, does not have.
fn binary() -> Table {
    let column = |name: &str, kind| Column {
        name: name.into(),
        kind,
        key: name == "Name",
        nullable: false,
        localizable: false,
        temporary: false,
    };
    let columns = [
        column("Name", ColumnKind::Text(72)),
        column("Data", ColumnKind::Binary),
    ];
    Table::new("Binary", columns.to_vec(), Vec::new())
}

/// Every transform of the shared packages, with a package to read it by.
fn all(shared: &Path) -> Vec<(Transform, Database, String)> {
    let mut all = Vec::new();
    for (file, package) in [
        ("example.mst", "example-old.msi"),
        ("example-jpn.mst", "example-old.msi"),
        ("isdriver-1031.mst", "isdriver.msi"),
        ("isdriver-1041.mst", "isdriver.msi"),
        ("isdriver-2052.mst", "isdriver.msi"),
    ] {
        let mut package = open(shared, package).unwrap();
        if !package.has_table("Binary") {
            package.replace_table(binary());
        }
        all.push((transform(shared, file), package, file.to_string()));
    }
    for (file, package) in [
        ("example.msp", "example.msi"),
        ("instance-transforms.msi", "instance-transforms.msi"),
        ("rtm-gdr1.msp", "rtm-product.msi"),
        ("rtm-ldr2.msp", "rtm-product.msi"),
        ("rtm-ldr3.msp", "rtm-product.msi"),
        ("rtm-rtmldr.msp", "rtm-product.msi"),
    ] {
        for storage in open(shared, file).unwrap().storage_names() {
            let name = format!("{file}:{storage}");
            all.push((
                transform(shared, &name),
                open(shared, package).unwrap(),
                name,
            ));
        }
    }
    all
}

#[test]
fn every_transform_is_read_completely() {
    let Some(shared) = shared() else { return };
    let (mut inserts, mut deletes, mut updates, mut created, mut dropped) = (0, 0, 0, 0, 0);
    for (transform, package, name) in all(&shared) {
        let changes = transform.changes(&package, ErrorConditions::ALL).unwrap();
        assert!(!changes.is_empty(), "{name}");
        for table in changes {
            created += usize::from(table.created);
            dropped += usize::from(table.dropped);
            for row in table.rows {
                match row {
                    RowChange::Insert(_) => inserts += 1,
                    RowChange::Delete(_) => deletes += 1,
                    RowChange::Update { .. } => updates += 1,
                }
            }
        }
    }
    assert_eq!(
        (inserts, deletes, updates, created, dropped),
        (80, 7, 2315, 10, 0)
    );
}

#[test]
fn summaries() {
    let Some(shared) = shared() else { return };
    let patch = transform(&shared, "example.msp:MSP.1");
    assert_eq!(patch.original().version, "1.0.0");
    assert_eq!(patch.result().version, "1.0.1");
    assert_eq!(
        patch.upgrade_code(),
        "{AC460ECB-9287-45F3-BF66-E464EDE4AAF2}"
    );
    assert_eq!(patch.suppressed(), ErrorConditions(0x1F));
    let flags = Validation::PRODUCT
        | Validation::UPDATE_VERSION
        | Validation::EQUAL
        | Validation::UPGRADE_CODE;
    assert_eq!(patch.validation(), flags);
    let german = transform(&shared, "isdriver-1031.mst");
    assert_eq!(
        (german.code_page(), german.validation()),
        (1252, Validation(0))
    );
    assert_eq!(german.suppressed(), ErrorConditions::ADD_EXISTING_ROW);
}

#[test]
fn a_patch_for_another_version_is_refused() {
    let Some(shared) = shared() else { return };
    let product = open(&shared, "rtm-product.msi").unwrap();
    let patch = transform(&shared, "rtm-ldr2.msp:rtmldr.1");
    assert_eq!(
        patch.check(&product).unwrap_err().to_string(),
        "cannot apply the transform: it is for a version = 1.0.1.0, and the package's version is 1.0.0.0"
    );
    let other = open(&shared, "example.msi").unwrap();
    assert_eq!(
        patch.check(&other).unwrap_err().to_string(),
        "cannot apply the transform: it is for the product {FB94421B-7FA3-4495-A9D7-212099C19147}, and the \
         package is of {877EF582-78AF-4D84-888B-167FDC3BCC11}"
    );
}

#[test]
fn a_transform_is_no_package_and_a_package_is_no_transform() {
    let Some(shared) = shared() else { return };
    let database = open(&shared, "example.mst").unwrap();
    assert_eq!(database.kind(), Kind::Transform);
    let package = open(&shared, "example.msi").unwrap();
    assert!(Transform::new(package).is_err());
}

#[test]
fn damaged_transforms_never_panic() {
    let Some(shared) = shared() else { return };
    let mut state = 11u64;
    let mut random = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let (mut refused, mut applied) = (0, 0);
    for (file, package) in [
        ("example-jpn.mst", "example-old.msi"),
        ("isdriver-1041.mst", "isdriver.msi"),
        ("rtm-gdr1.msp", "rtm-product.msi"),
    ] {
        let whole = std::fs::read(shared.join("packages").join(file)).unwrap();
        for _ in 0..300 {
            let mut damaged = whole.clone();
            for _ in 0..=random(20) {
                damaged[random(whole.len())] = random(256) as u8;
            }
            let Ok(database) = Database::open(Cursor::new(damaged)) else {
                continue;
            };
            let names: Vec<String> = database
                .storage_names()
                .into_iter()
                .map(str::to_string)
                .collect();
            let mut transforms: Vec<Transform> = names
                .iter()
                .filter_map(|name| database.transform(name).ok().flatten())
                .collect();
            transforms.extend(Transform::new(database));
            for transform in transforms {
                let mut package = open(&shared, package).unwrap();
                let _ = transform.check(&package);
                match package.apply_transform(&transform, ErrorConditions::ALL) {
                    Ok(()) => applied += 1,
                    Err(_) => refused += 1,
                }
            }
        }
    }
    assert!(refused > 100 && applied > 100, "{refused} {applied}");
}
