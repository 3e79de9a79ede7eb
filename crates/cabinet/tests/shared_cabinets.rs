//! Every real cabinet agrees with what cabextract found in it, member for member.
//!
//! The packages are outside this repository: without them the test says so and passes. Where they
//! are: `MSIKIT_SHARED`, else beside the workspace.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "reads packages from the disk"
)]

mod collect;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use cabinet::{Error, ExtractError, ReadSeek, Volumes, extract};
use collect::Collect;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Member name to size and SHA-256.
type Members = BTreeMap<String, (u64, String)>;

/// Members that cannot be compared, and why.
const NOT_COMPARED: [(&str, &str); 1] = [(
    "cab-traversal.cab",
    "cabextract writes hostile names in another way",
)];

fn shared() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
    let folder = std::env::var_os("MSIKIT_SHARED").map_or_else(|| beside.into(), PathBuf::from);
    let there = folder.join("packages").is_dir();
    if !there {
        println!(
            "skipped: there are no shared packages at {}",
            folder.display()
        );
    }
    there.then_some(folder)
}

/// Opens the cabinets of a set by the names that the set gives them.
struct Companions<'c> {
    packages: &'c Path,
    files: BTreeMap<String, String>,
}

impl Volumes for Companions<'_> {
    fn open(&mut self, name: &str) -> std::io::Result<Box<dyn ReadSeek>> {
        let file = self
            .files
            .get(&name.to_lowercase())
            .ok_or(std::io::ErrorKind::NotFound)?;
        Ok(Box::new(File::open(self.packages.join(file))?))
    }
}

fn companions<'c>(oracle: &Value, packages: &'c Path) -> Companions<'c> {
    let pairs = oracle["companions"].as_array().into_iter().flatten();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let files = pairs
        .map(|pair| (text(&pair[0]).to_lowercase(), text(&pair[1])))
        .collect();
    Companions { packages, files }
}

fn members_of(cabinet: Box<dyn ReadSeek>, volumes: &mut Companions) -> Result<Members, Error> {
    let mut sink = Collect::all();
    match extract(cabinet, volumes, &mut sink) {
        Ok(()) => {}
        Err(ExtractError::Cabinet(error)) => return Err(error),
        Err(ExtractError::Sink(never)) => match never {},
    }
    let member = |(name, bytes): (String, Vec<u8>)| {
        let hash = Sha256::digest(&bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        (name.replace('\\', "/"), (bytes.len() as u64, hash))
    };
    Ok(sink.files.into_iter().map(member).collect())
}

fn expected(cabinet: &Value) -> Members {
    let members = cabinet["members"].as_array().unwrap().iter();
    members
        .map(|member| {
            let text = |at: usize| member[at].as_str().unwrap().to_owned();
            (text(0), (member[1].as_u64().unwrap(), text(2)))
        })
        .collect()
}

/// Compares one cabinet, returning how many members agree.
fn compare(
    name: &str,
    cabinet: Box<dyn ReadSeek>,
    volumes: &mut Companions,
    oracle: &Value,
) -> usize {
    let found = members_of(cabinet, volumes).unwrap_or_else(|error| panic!("{name}: {error}"));
    let expected = expected(oracle);
    assert_eq!(found, expected, "{name}");
    found.len()
}

fn oracles(shared: &Path) -> Vec<Value> {
    let mut paths: Vec<_> = std::fs::read_dir(shared.join("oracles"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .collect();
    paths.sort();
    let read = |path| serde_json::from_slice::<Value>(&std::fs::read(path).unwrap()).unwrap();
    paths
        .into_iter()
        .map(read)
        .filter(|oracle| oracle["package"].is_string())
        .collect()
}

#[test]
fn members_agree_with_the_records() {
    let Some(shared) = shared() else { return };
    let packages = shared.join("packages");
    let (mut cabinets, mut members) = (0, 0);
    for oracle in oracles(&shared) {
        let package = oracle["package"].as_str().unwrap();
        let left_out = NOT_COMPARED.iter().any(|(name, _)| *name == package);
        // Of a set the first cabinet stands for all.
        let later = package.starts_with("cab-split-") && package != "cab-split-1.cab";
        if left_out || later || package.starts_with("damaged-") {
            continue;
        }
        let mut volumes = companions(&oracle, &packages);
        if oracle["cabinet"].is_object() {
            let file = File::open(packages.join(package)).unwrap();
            members += compare(package, Box::new(file), &mut volumes, &oracle["cabinet"]);
            cabinets += 1;
        }
        for (name, recorded) in oracle["cabinets"].as_object().into_iter().flatten() {
            let cabinet = match volumes.open(name) {
                Ok(external) => external,
                Err(_) => embedded(&packages.join(package), name),
            };
            members += compare(
                &format!("{package}: {name}"),
                cabinet,
                &mut volumes,
                recorded,
            );
            cabinets += 1;
        }
    }
    assert!(
        cabinets >= 38 && members >= 412,
        "{cabinets} cabinets, {members} members"
    );
}

fn embedded(package: &Path, stream: &str) -> Box<dyn ReadSeek> {
    let database = database::Database::open(File::open(package).unwrap()).unwrap();
    Box::new(database.stream(stream).unwrap().unwrap())
}

#[test]
fn hostile_names_come_as_they_are() {
    let Some(shared) = shared() else { return };
    let file = File::open(shared.join("packages/cab-traversal.cab")).unwrap();
    let members = cabinet::list(Box::new(file), &mut cabinet::NoVolumes).unwrap();
    assert_eq!(members.len(), 29);
    assert!(
        members
            .iter()
            .any(|member| cabinet::safe_path(&member.name).is_err())
    );
    for member in &members {
        for part in cabinet::safe_path(&member.name).into_iter().flatten() {
            assert!(!part.is_empty() && part != ".." && !part.contains(['/', '\\', ':']));
        }
    }
}

#[test]
fn a_set_begun_in_the_middle_names_what_it_lacks() {
    let Some(shared) = shared() else { return };
    let packages = shared.join("packages");
    let oracle = &oracles(&shared)
        .into_iter()
        .find(|oracle| oracle["package"] == "cab-split-2.cab");
    let mut volumes = companions(oracle.as_ref().unwrap(), &packages);
    let file = File::open(packages.join("cab-split-2.cab")).unwrap();
    let error = members_of(Box::new(file), &mut volumes).unwrap_err();
    assert!(matches!(&error, Error::NeedsPrevious { previous, .. } if previous == "Split-1.CAB"));
}

#[test]
fn damaged_cabinets_are_refused() {
    let Some(shared) = shared() else { return };
    let packages = shared.join("packages");
    for (name, message) in [
        (
            "damaged-foldertype.cab",
            "folder 1 is compressed by an unknown method, type 0x000f",
        ),
        (
            "damaged-lzx-underread.cab",
            "the cabinet ends too early, at offset 2371258906, in its file entries",
        ),
        (
            "damaged-mszip-overread.cab",
            "version 129.3 of the cabinet format is not known (only 1.3)",
        ),
        (
            "damaged-nodata.cab",
            "the cabinet ends too early, at offset 94, in its data",
        ),
    ] {
        let mut volumes = Companions {
            packages: &packages,
            files: BTreeMap::new(),
        };
        let file = File::open(packages.join(name)).unwrap();
        let error = members_of(Box::new(file), &mut volumes).unwrap_err();
        assert_eq!(
            (error.to_string().as_str(), error.message_number()),
            (message, 1335),
            "{name}"
        );
    }
}
