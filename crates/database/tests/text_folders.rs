//! Folders of text tables: the example package, and real packages as `msidump` writes them.
//!
//! The latter are skipped where there is no `msidump` or no shared packages.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a test that reads real files"
)]

mod shared;

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::path::Path;
use std::process::{Command, Stdio};

use database::{Database, Kind, Row};
use shared::{Folder, canonical_rows_sha256, open, oracles, shared};

#[test]
fn the_example_package_opens() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/greeter");
    let database = Database::from_text(&Folder(folder)).unwrap();
    let file = database.table("File").unwrap().unwrap();
    assert!(file.find(&["hello.txt".into()]).is_some());
    let summary = database.summary().unwrap();
    assert_eq!(summary.template(), "Intel;1033");
    assert_eq!(summary.page_count(), Some(200));
}

#[test]
fn packages_come_back_from_msidump() {
    let Some(shared) = shared() else { return };
    if Command::new("msidump")
        .arg("--version")
        .stdout(Stdio::null())
        .status()
        .is_err()
    {
        eprintln!("skipped: there is no msidump");
        return;
    }
    let mut packages = 0;
    for (package, oracle) in oracles(&shared) {
        let page = &oracle["raw_database"]["codepage"];
        // The tool stops at letters that its own locale lacks.
        if !page.is_u64() || oracle["raw_database"]["non_ascii_strings"] != 0 {
            continue;
        }
        let database = open(&shared, &package).unwrap();
        if database.kind() != Kind::Package || has_tabs(&database) {
            continue;
        }
        let folder = tempfile::tempdir().unwrap();
        // The tool also writes into the folder that it is started in.
        let status = Command::new("msidump")
            .current_dir(folder.path())
            .args(["-s", "-t", "-d"])
            .arg(folder.path())
            .arg(std::path::absolute(shared.join("packages").join(&package)).unwrap())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        assert!(status.unwrap().success(), "{package}");
        let dumped = Database::from_text(&Folder(folder.path().to_path_buf()))
            .unwrap_or_else(|error| panic!("{package}: {error}"));
        compare(&package, &database, &dumped);
        packages += 1;
    }
    assert!(packages > 25, "{packages}");
}

/// Has a text a tab? The tool writes it as it is, so that nobody can read the row again.
fn has_tabs(database: &Database) -> bool {
    database.table_names().any(|name| {
        let table = database.rows(name).unwrap();
        let mut cells = table.rows.iter().flatten();
        cells.any(|cell| cell.text().is_some_and(|text| text.contains('\t')))
    })
}

fn compare(package: &str, database: &Database, dumped: &Database) {
    assert_eq!(database.code_page(), dumped.code_page(), "{package}");
    for name in database.table_names() {
        let (table, other) = (database.rows(name).unwrap(), dumped.rows(name).unwrap());
        assert_eq!(table.columns, other.columns, "{package} {name}");
        // The tool writes some line breaks as they are, and reads them otherwise.
        let rows = |rows: &[Row]| -> Vec<Row> {
            let mut rows = rows.to_vec();
            rows.sort_by_key(|row| {
                table
                    .key(row)
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
            });
            rows
        };
        assert_eq!(rows(&table.rows), rows(&other.rows), "{package} {name}");
    }
    for name in database.stream_names() {
        let bytes = |database: &Database| {
            let mut bytes = Vec::new();
            let mut reader = database.stream(name).unwrap().unwrap();
            reader.read_to_end(&mut bytes).unwrap();
            bytes
        };
        if name != "\u{5}SummaryInformation" {
            assert!(bytes(database) == bytes(dumped), "{package} {name}");
        }
    }
}

fn exported(database: &Database) -> BTreeMap<String, Vec<u8>> {
    let mut folder = BTreeMap::new();
    database.export(&mut folder).unwrap();
    folder
}

#[test]
fn what_is_exported_builds_the_same_package() {
    let Some(shared) = shared() else { return };
    let mut packages = 0;
    for (package, _) in oracles(&shared) {
        let Ok(database) = open(&shared, &package) else {
            continue;
        };
        if database.kind() == Kind::Transform {
            continue;
        }
        let folder = exported(&database);
        let text = Database::from_text(&folder);
        let text = text.unwrap_or_else(|error| panic!("{package}: {error}"));
        let mut bytes = Vec::new();
        text.save(&mut bytes).unwrap();
        let built = Database::open(Cursor::new(bytes)).unwrap();
        let again = exported(&built);
        let differs = folder
            .iter()
            .find(|(name, bytes)| again.get(*name) != Some(bytes));
        assert!(
            differs.is_none(),
            "{package}: {:?}",
            differs.map(|(name, _)| name)
        );
        assert_eq!(again.len(), folder.len(), "{package}");
        for name in database.table_names() {
            let (one, other) = (
                canonical_rows_sha256(&database, name),
                canonical_rows_sha256(&built, name),
            );
            assert_eq!(one, other, "{package} {name}");
            assert_eq!(
                database.columns(name),
                built.columns(name),
                "{package} {name}"
            );
        }
        assert_eq!(database.storage_names(), built.storage_names(), "{package}");
        packages += 1;
    }
    assert!(packages > 40, "{packages}");
}
