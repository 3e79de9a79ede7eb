//! Real packages agree, row for row, with what another reader found in them.
//!
//! Skipped where the shared packages are not beside the repository; `MSIKIT_SHARED` names another place.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a test that reads real files"
)]

mod shared;

use std::io::{Cursor, Read};

use database::{ColumnKind, Database, Kind};
use sha2::{Digest, Sha256};
use shared::{canonical_rows_sha256, hex, open, oracles, shared};

#[test]
fn every_row_agrees() {
    let Some(shared) = shared() else { return };
    let mut tables = 0;
    for (package, oracle) in oracles(&shared) {
        let raw = &oracle["raw_database"];
        let Some(counts) = raw["rows"].as_object() else {
            continue;
        };
        let database = open(&shared, &package).unwrap();
        assert_eq!(
            u64::from(database.code_page()),
            raw["codepage"],
            "{package}"
        );
        let mut names: Vec<&str> = database.table_names().collect();
        let mut expected: Vec<&str> = counts.keys().map(String::as_str).collect();
        names.sort_unstable();
        expected.sort_unstable();
        assert_eq!(names, expected, "{package}");
        for (name, count) in counts {
            let table = database.table(name).unwrap().unwrap();
            assert_eq!(table.rows.len() as u64, *count, "{package} {name}");
            // A table without a stream has no rows, and no hash.
            if let Some(hash) = raw["canonical_rows_sha256"][name].as_str() {
                let found = canonical_rows_sha256(&database, name);
                assert_eq!(found, hash, "{package} {name}");
            }
            tables += 1;
        }
    }
    assert!(tables > 1000, "{tables}");
}

#[test]
fn every_schema_agrees() {
    let Some(shared) = shared() else { return };
    for (package, oracle) in oracles(&shared) {
        let Some(schema) = oracle["raw_database"]["schema"].as_object() else {
            continue;
        };
        let database = open(&shared, &package).unwrap();
        for (table, expected) in schema {
            let columns = database.columns(table).unwrap().iter().map(|column| {
                let (letter, size) = match column.kind {
                    ColumnKind::Short => ('i', 2),
                    ColumnKind::Long => ('i', 4),
                    ColumnKind::Text(size) if column.localizable => ('l', size),
                    ColumnKind::Text(size) => ('s', size),
                    ColumnKind::Binary => ('v', 0),
                };
                let letter = if column.nullable {
                    letter.to_ascii_uppercase()
                } else {
                    letter
                };
                let key = if column.key { "*" } else { "" };
                format!("{}:{letter}{size}{key}", column.name)
            });
            let found = columns.collect::<Vec<_>>().join(" ");
            assert_eq!(found, expected.as_str().unwrap(), "{package} {table}");
        }
    }
}

#[test]
fn every_stream_agrees() {
    let Some(shared) = shared() else { return };
    let mut streams = 0;
    for (package, oracle) in oracles(&shared) {
        let Some(expected) = oracle["database"]["streams"].as_array() else {
            continue;
        };
        if oracle["raw_database"]["error"].is_string() {
            continue;
        }
        let database = open(&shared, &package).unwrap();
        for stream in expected {
            let name = stream[0].as_str().unwrap();
            let reader = database.stream(name).unwrap();
            let mut reader = reader.unwrap_or_else(|| panic!("{package}: no {name:?}"));
            let mut bytes = Vec::new();
            reader.read_to_end(&mut bytes).unwrap();
            assert_eq!(bytes.len() as u64, stream[1], "{package} {name}");
            assert_eq!(reader.length(), stream[1], "{package} {name}");
            assert_eq!(hex(&Sha256::digest(&bytes)), stream[2], "{package} {name}");
            streams += 1;
        }
        let mut names: Vec<&str> = expected
            .iter()
            .map(|stream| stream[0].as_str().unwrap())
            .collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(database.stream_names(), names, "{package}");
    }
    assert!(streams > 180, "{streams}");
}

#[test]
fn every_storage_opens() {
    let Some(shared) = shared() else { return };
    for (package, oracle) in oracles(&shared) {
        let Some(expected) = oracle["raw_database"]["substorages"].as_array() else {
            continue;
        };
        let database = open(&shared, &package).unwrap();
        assert_eq!(&database.storage_names(), expected, "{package}");
        for name in database.storage_names() {
            let storage = database.storage(name).unwrap().unwrap();
            assert_eq!(storage.kind(), Kind::Transform, "{package} {name}");
            let page = &oracle["raw_database"]["substorage_facts"][name]["codepage"];
            assert_eq!(u64::from(storage.code_page()), *page, "{package} {name}");
        }
    }
}

#[test]
fn every_summary_agrees() {
    let Some(shared) = shared() else { return };
    let mut summaries = 0;
    for (package, oracle) in oracles(&shared) {
        let Some(lines) = oracle["database"]["summary"].as_array() else {
            continue;
        };
        if oracle["raw_database"]["error"].is_string() {
            continue;
        }
        let database = open(&shared, &package).unwrap();
        let summary = database.summary().unwrap();
        for line in lines {
            let line = line.as_str().unwrap();
            let number =
                |value: Option<i32>| value.map_or(String::new(), |n| format!("{n} ({n:x})"));
            let found = match line.split_once(": ").unwrap_or((line, "")).0 {
                "Title" => summary.title().to_string(),
                "Subject" => summary.subject().to_string(),
                "Author" => summary.author().to_string(),
                "Keywords" => summary.keywords().to_string(),
                "Comments" => summary.comments().to_string(),
                "Template" => summary.template().to_string(),
                "Last author" => summary.last_saved_by().to_string(),
                "Revision number (UUID)" => summary.revision_number().to_string(),
                "Application" => summary.creating_application().to_string(),
                "Version" => number(summary.page_count()),
                "Source" => number(summary.word_count()),
                "Restrict" => number(summary.character_count()),
                "Security" => number(summary.security()),
                _ => continue,
            };
            // The other tool converts to its own locale, which lacks most letters.
            if found.is_ascii() {
                let text = line.split_once(": ").map_or("", |(_, text)| text);
                assert_eq!(found, text, "{package}: {line}");
                summaries += 1;
            }
        }
    }
    assert!(summaries > 400, "{summaries}");
}

#[test]
fn damaged_packages_are_refused() {
    let Some(shared) = shared() else { return };
    for (package, place) in [
        (
            "damaged-crlf.msi",
            "sectors of 2^21589 bytes do not exist (at byte 30)",
        ),
        (
            "damaged-crlf.msm",
            "sector 2573 lies behind the end of the file (at byte 1317888)",
        ),
        ("external-cab.cab", "it is no compound file (at byte 0)"),
    ] {
        let error = open(&shared, package).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("not a Windows Installer package: {place}")
        );
        assert_eq!(error.code(), 1620);
    }
}

#[test]
fn real_packages_damaged_at_random_never_panic() {
    let Some(shared) = shared() else { return };
    let mut state = 7u64;
    let mut random = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for package in [
        "wixl-sample.msi",
        "example.msp",
        "example-jpn.mst",
        "hebrew-nosource.msi",
    ] {
        let whole = std::fs::read(shared.join("packages").join(package)).unwrap();
        for _ in 0..500 {
            let mut damaged = whole.clone();
            for _ in 0..=random(6) {
                damaged[random(whole.len())] = random(256) as u8;
            }
            let Ok(database) = Database::open(Cursor::new(damaged)) else {
                continue;
            };
            for name in database.table_names() {
                let _ = database.table(name);
            }
            for name in database.stream_names() {
                if let Ok(Some(mut reader)) = database.stream(name) {
                    let _ = reader.read_to_end(&mut Vec::new());
                }
            }
            for name in database.storage_names() {
                let _ = database.storage(name);
            }
            let _ = database.summary();
            let _ = database.select("SELECT * FROM `_Columns`, `Property`", &[]);
        }
    }
}
