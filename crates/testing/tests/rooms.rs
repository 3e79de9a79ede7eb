//! The dependency rule of ARCHITECTURE.md, and the licences of everything that is linked in, over `cargo metadata`.
#![allow(clippy::disallowed_methods, reason = "this test asks cargo")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// Each room, and the rooms that it may use. A crate that is not here fails the test: say first where it belongs.
const ROOMS: &[(&str, &[&str])] = &[
    ("database", &[]),
    ("cabinet", &[]),
    ("authenticode", &[]),
    ("machine", &[]),
    ("gate", &[]),
    ("events", &[]),
    ("windows", &["machine", "events"]),
    ("script", &["machine", "cabinet"]),
    ("sequence", &["database", "machine", "script"]),
    ("validation", &["database", "cabinet", "sequence"]),
    (
        "inspection",
        &["database", "authenticode", "sequence", "validation"],
    ),
    (
        "authoring",
        &["database", "cabinet", "machine", "validation"],
    ),
    (
        "installer",
        &[
            "database",
            "cabinet",
            "authenticode",
            "machine",
            "script",
            "sequence",
            "gate",
            "events",
        ],
    ),
    ("service", &["installer"]),
    // database, cabinet, gate, events and machine are seen by cli for the verbs that show them.
    (
        "cli",
        &[
            "installer",
            "service",
            "authoring",
            "inspection",
            "authenticode",
            "validation",
            "database",
            "cabinet",
            "machine",
            "gate",
            "events",
            "windows",
        ],
    ),
    ("testing", &["database", "cabinet", "machine", "script"]),
];

/// Licences that may be linked into a program that is MIT OR Apache-2.0; the same list as deny.toml.
const LICENCES: &[&str] = &[
    "MIT",
    "MIT-0",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// This machine's target, so that cargo asks only for what was downloaded to build here.
fn host() -> String {
    let output = Command::new("rustc")
        .arg("-vV")
        .output()
        .expect("rustc runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines()
        .find_map(|line| line.strip_prefix("host: "))
        .expect("rustc names its host")
        .to_owned()
}

fn metadata(arguments: &[&str]) -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline"])
        .args(arguments)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON")
}

fn texts<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}

#[test]
fn rooms_use_only_the_rooms_before_them() {
    let metadata = metadata(&["--no-deps"]);
    let rules: BTreeMap<_, BTreeSet<_>> = ROOMS
        .iter()
        .map(|(room, may)| (*room, may.iter().copied().collect()))
        .collect();
    let packages = metadata["packages"].as_array().unwrap();
    assert_eq!(
        packages.len(),
        ROOMS.len(),
        "a room was added or removed: say in ROOMS what it may use"
    );
    for package in packages {
        let room = texts(package, "name")
            .trim_start_matches("msikit-")
            .to_owned();
        let may = rules
            .get(room.as_str())
            .unwrap_or_else(|| panic!("{room} is not in ROOMS"));
        for dependency in package["dependencies"].as_array().unwrap() {
            let Some(used) = texts(dependency, "name").strip_prefix("msikit-") else {
                continue;
            };
            if texts(dependency, "kind") == "dev" {
                continue;
            }
            assert!(may.contains(used), "{room} must not use {used}");
        }
    }
}

#[test]
fn everything_linked_in_has_a_compatible_licence() {
    let metadata = metadata(&["--filter-platform", &host()]);
    for package in metadata["packages"].as_array().unwrap() {
        let licence = texts(package, "license");
        let parts = licence.replace('/', " OR ").replace(['(', ')'], " ");
        // Every side of an AND must be allowed; of an OR, one.
        let allowed = parts
            .split(" AND ")
            .all(|all| all.split(" OR ").any(|one| LICENCES.contains(&one.trim())));
        assert!(allowed, "{} is under `{licence}`", texts(package, "name"));
    }
}
