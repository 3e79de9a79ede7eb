//! Journals that earlier versions wrote, each with the machine as the crash left it: recovered to what was before.
#![allow(
    clippy::disallowed_methods,
    reason = "the pinned machines are files of this repository"
)]

use std::path::Path;

use machine::{MemoryDisk, Tree};
use script::{Ending, Recovered};
use testing::{CrashDisk, Fault, differences};

/// Reads a folder of the repository into memory.
fn load(folder: &Path) -> MemoryDisk {
    let mut disk = MemoryDisk::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        for entry in std::fs::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path
                    .strip_prefix(folder)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .replace('\\', "/");
                disk.put_file(&name, &std::fs::read(&path).unwrap());
            }
        }
    }
    disk
}

#[test]
fn version_1_is_recovered() {
    let pinned = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/journals/v1"));
    let (before, crashed) = (load(&pinned.join("before")), load(&pinned.join("crashed")));
    assert_ne!(differences(&before, &crashed), "");
    let disk = CrashDisk::new(crashed, Fault::None);
    let mut tree = Tree::open(disk.clone()).unwrap();
    let expected = Recovered {
        journal: "undone-pinned-1".to_owned(),
        id: "pinned-1".to_owned(),
        about: "Pinned 1.0".to_owned(),
        ending: Ending::Undone,
        notes: Vec::new(),
    };
    assert_eq!(script::recover(&mut tree).unwrap(), [expected]);
    assert_eq!(differences(&before, &disk.after_kill()), "");
}
