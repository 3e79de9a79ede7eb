//! Real patches: what they say of themselves, and what they make of their packages in whatever order they come.
//!
//! The hashes are those of `shared_transforms`, of Wine 8.0's result.
//! Skipped where the shared packages are not beside the repository; `MSIKIT_SHARED` names another place.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a test that reads real files"
)]

mod shared;

use std::fs::File;
use std::path::Path;

use database::{Database, Exclusion, Patch, PatchOutcome, UpdateKind};
use shared::{canonical_rows_sha256, open, shared};

fn patch(shared: &Path, name: &str) -> Patch {
    Patch::open(File::open(shared.join("packages").join(name)).unwrap()).unwrap()
}

#[test]
fn what_a_patch_says_of_itself() {
    let Some(shared) = shared() else { return };
    let patch = patch(&shared, "rtm-gdr1.msp");
    let outline = patch.outline();
    assert_eq!(outline.code, "{780B530E-03AD-47AF-A128-DA08DB495253}");
    assert_eq!(outline.targets, ["{FB94421B-7FA3-4495-A9D7-212099C19147}"]);
    let names = patch.transforms().iter().map(|pair| pair.name.as_str());
    assert_eq!(names.collect::<Vec<_>>(), ["rtmldr.1", "rtm.2"]);
    let kinds = outline
        .transforms
        .iter()
        .map(|one| (one.kind(), one.original.version.as_str()));
    assert_eq!(
        kinds.collect::<Vec<_>>(),
        [
            (UpdateKind::Small, "1.0.1.0"),
            (UpdateKind::Small, "1.0.0.0")
        ]
    );
    let families = outline.families.iter().map(|family| {
        let sign = if family.supersedes_earlier { "!" } else { "" };
        format!("{} {}{sign}", family.name, family.sequence)
    });
    assert_eq!(
        families.collect::<Vec<_>>(),
        ["Source 1.0.1.1!", "Patch 1.0.1.1!"]
    );
    assert_eq!(
        patch.property("AllowRemoval").unwrap().as_deref(),
        Some("1")
    );
    assert_eq!(patch.metadata().unwrap().len(), 9);
    let media = patch.media().unwrap();
    let media = media
        .iter()
        .map(|disk| format!("{} {} {}", disk.transform, disk.disk_id, disk.cabinet));
    assert_eq!(
        media.collect::<Vec<_>>(),
        ["rtmldr.1 3 #ldr1.cab", "rtm.2 2 #gdr1.cab"]
    );
}

#[test]
fn every_patch_is_read() {
    let Some(shared) = shared() else { return };
    for name in [
        "example.msp",
        "rtm-gdr1.msp",
        "rtm-ldr2.msp",
        "rtm-ldr3.msp",
        "rtm-rtmldr.msp",
    ] {
        let patch = patch(&shared, name);
        assert!(
            patch
                .transforms()
                .iter()
                .all(|pair| pair.registration.is_some()),
            "{name}"
        );
        patch.media().unwrap();
    }
    assert!(Patch::new(open(&shared, "putty.msi").unwrap()).is_err());
}

/// Applies patches in the order of their names, and returns the package and what became of each.
fn patched(shared: &Path, package: &str, names: &[&str]) -> (Database, Vec<PatchOutcome>) {
    let mut database = open(shared, package).unwrap();
    let patches: Vec<Patch> = names.iter().map(|name| patch(shared, name)).collect();
    let patches: Vec<&Patch> = patches.iter().collect();
    let outcomes = database.apply_patches(&patches).unwrap().outcomes;
    (database, outcomes)
}

#[test]
fn a_chain_is_the_same_in_every_order() {
    let Some(shared) = shared() else { return };
    let names = [
        "rtm-gdr1.msp",
        "rtm-rtmldr.msp",
        "rtm-ldr2.msp",
        "rtm-ldr3.msp",
    ];
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]] {
        let given = order.map(|at: usize| names[at]);
        let (database, outcomes) = patched(&shared, "rtm-product.msi", &given);
        let mut told: Vec<(usize, &PatchOutcome)> = order.into_iter().zip(&outcomes).collect();
        told.sort_by_key(|(at, _)| *at);
        let applied = |name: &str| PatchOutcome::Applied(name.to_string());
        let told: Vec<PatchOutcome> = told
            .into_iter()
            .map(|(_, outcome)| outcome.clone())
            .collect();
        let expected = ["rtmldr.1", "rtm.1", "rtmldr.1", "rtmldr.1"].map(applied);
        assert_eq!(told, expected, "{given:?}");
        for (table, hash) in [
            ("File", "dfd94eaf3c0dce3c"),
            ("Media", "d4ef46f7e979a761"),
            ("PatchPackage", "f54ec08a32c8ce77"),
            ("Property", "58dc406f80a06128"),
            ("Registry", "3461844935fab7bd"),
        ] {
            assert_eq!(
                canonical_rows_sha256(&database, table)[..16],
                *hash,
                "{given:?} {table}"
            );
        }
        for cabinet in ["ldr1.cab", "gdr1.cab", "ldr2.cab", "ldr3.cab", "rtmldr.cab"] {
            assert!(database.stream(cabinet).unwrap().is_some(), "{cabinet}");
        }
    }
}

#[test]
fn without_its_baseline_a_patch_is_not_applied() {
    let Some(shared) = shared() else { return };
    let (_, outcomes) = patched(&shared, "rtm-product.msi", &["rtm-ldr2.msp", "example.msp"]);
    let [PatchOutcome::Excluded(Exclusion::NotApplicable(why)), other] = &outcomes[..] else {
        panic!("{outcomes:?}");
    };
    assert_eq!(
        why[0].to_string(),
        "it is for a version = 1.0.1.0, and the package's version is 1.0.0.0"
    );
    assert_eq!(*other, PatchOutcome::Excluded(Exclusion::OtherProduct));
}
