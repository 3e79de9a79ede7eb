//! Where the shared packages are, and what other readers say of them.
#![allow(dead_code, reason = "each test target uses a part of it")]

use std::path::{Path, PathBuf};

use database::{Database, Error, Record, TextFolder, Value};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

/// Returns the shared folder, where it is there.
pub fn shared() -> Option<PathBuf> {
    let place = std::env::var_os("MSIKIT_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    if place.join("packages").is_dir() {
        return Some(place);
    }
    eprintln!("skipped: {} is not there", place.display());
    None
}

/// Returns each file's oracle, with the file's name.
pub fn oracles(shared: &Path) -> Vec<(String, Json)> {
    let mut oracles = Vec::new();
    for entry in std::fs::read_dir(shared.join("oracles")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if name.starts_with("scenario-") || !name.ends_with(".json") {
            continue;
        }
        let oracle: Json = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let package = oracle["package"].as_str().unwrap().to_string();
        oracles.push((package, oracle));
    }
    oracles.sort_by(|one, other| one.0.cmp(&other.0));
    assert!(oracles.len() > 50);
    oracles
}

/// Opens a shared package.
pub fn open(shared: &Path, package: &str) -> Result<Database, Error> {
    Database::open(std::fs::File::open(shared.join("packages").join(package)).unwrap())
}

/// A folder on disk.
pub struct Folder(pub PathBuf);

impl TextFolder for Folder {
    fn names(&self) -> std::io::Result<Vec<String>> {
        let mut names = Vec::new();
        let mut waiting = vec![self.0.clone()];
        while let Some(folder) = waiting.pop() {
            for entry in std::fs::read_dir(folder)? {
                let path = entry?.path();
                if path.is_dir() {
                    waiting.push(path);
                } else {
                    let name = path.strip_prefix(&self.0).unwrap();
                    names.push(name.to_str().unwrap().to_string());
                }
            }
        }
        Ok(names)
    }

    fn read(&self, name: &str) -> std::io::Result<Vec<u8>> {
        std::fs::read(self.0.join(name))
    }
}

/// A row as the oracles write it.
fn canonical(record: &Record<'_>) -> String {
    let cells = record.row.iter().map(|value| match value {
        Value::Stream(_) => "[stream]".to_string(),
        other => other
            .to_string()
            .replace('\r', "\u{11}")
            .replace('\n', "\u{19}")
            .replace('\t', "\u{10}"),
    });
    cells.collect::<Vec<_>>().join("\t")
}

/// Bytes in hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The hash of a table's rows as the oracles write it: of the sorted rows, joined with line feeds.
pub fn canonical_rows_sha256(database: &Database, table: &str) -> String {
    let table = database.table(table).unwrap().unwrap();
    let mut rows: Vec<String> = table.records().map(|row| canonical(&row)).collect();
    rows.sort_unstable();
    hex(&Sha256::digest(rows.join("\n")))
}
