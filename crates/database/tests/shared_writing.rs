//! Real packages that are written again are the same packages.
//!
//! Skipped where the shared packages are not beside the repository; `MSIKIT_SHARED` names another place.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a test that reads real files"
)]

mod shared;

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use database::{Database, Table};
use shared::{canonical_rows_sha256, open, oracles, shared};

fn saved(database: &Database) -> Database {
    let mut bytes = Vec::new();
    database.save(&mut bytes).unwrap();
    Database::open(Cursor::new(bytes)).unwrap()
}

fn streams(database: &Database) -> BTreeMap<String, Vec<u8>> {
    let bytes = |name: &str| {
        let mut bytes = Vec::new();
        let mut reader = database.stream(name).unwrap().unwrap();
        reader.read_to_end(&mut bytes).unwrap();
        bytes
    };
    let names = database.stream_names().into_iter();
    names.map(|name| (name.to_owned(), bytes(name))).collect()
}

fn rows(database: &Database) -> BTreeMap<String, String> {
    let names: Vec<String> = database.table_names().map(str::to_owned).collect();
    let hash = |name: String| {
        let hash = canonical_rows_sha256(database, &name);
        (name, hash)
    };
    names.into_iter().map(hash).collect()
}

fn check(copy: &Database, original: &Database, package: &str) {
    assert_eq!(rows(copy), rows(original), "{package}");
    assert_eq!(streams(copy), streams(original), "{package}");
    assert_eq!(
        copy.summary().unwrap(),
        original.summary().unwrap(),
        "{package}"
    );
    assert_eq!(copy.storage_names(), original.storage_names(), "{package}");
    assert_eq!(copy.kind(), original.kind(), "{package}");
}

#[test]
fn copies_are_the_same() {
    let Some(shared) = shared() else { return };
    let mut count = 0;
    for (package, _) in oracles(&shared) {
        let Ok(original) = open(&shared, &package) else {
            continue;
        };
        let copy = saved(&original);
        check(&copy, &original, &package);
        for name in original.storage_names() {
            let [one, other] =
                [&copy, &original].map(|database| database.storage(name).unwrap().unwrap());
            assert_eq!(streams(&one), streams(&other), "{package} {name}");
        }
        count += 1;
    }
    assert!(count > 40, "{count}");
}

#[test]
fn tables_written_anew_are_the_same() {
    let Some(shared) = shared() else { return };
    let mut count = 0;
    for (package, oracle) in oracles(&shared) {
        let is_package = oracle["raw_database"]["canonical_rows_sha256"].is_object();
        let Ok(original) = open(&shared, &package) else {
            continue;
        };
        if !is_package || original.table_names().next().is_none() {
            continue;
        }
        let mut changed = open(&shared, &package).unwrap();
        let name = original.table_names().next().unwrap().to_owned();
        let table = Table::clone(&original.table(&name).unwrap().unwrap());
        changed.replace_table(table);
        check(&saved(&changed), &original, &package);
        count += 1;
    }
    assert!(count > 30, "{count}");
}
