//! A script crashed at every effect, in run, undo and recovery: before or after, byte for byte.

use machine::{
    Data, Disk, Facts, Key, KeyPath, Machine, MachinePath, MemoryDisk, Root, Tree, View,
};
use script::{Contents, FileMetadata, Operation, Shortcut};
use testing::{
    BytesSource, CrashDisk, Mistake, PlantedDisk, Scenario, Sweep, WorkError, crash_at_every_effect,
};

fn path(text: &str) -> MachinePath {
    MachinePath::parse(text).unwrap()
}

fn key(path: &str) -> KeyPath {
    KeyPath::new(Root::LocalMachine, path)
}

/// A machine with a few files, folders and values of before.
fn before() -> MemoryDisk {
    let disk = CrashDisk::new(MemoryDisk::new(), testing::Fault::None);
    let mut tree = Tree::create(disk.clone(), Facts::default()).unwrap();
    tree.set_value(
        &key("Software\\Old"),
        "Kept",
        &Data::Sz("as it was".to_owned()),
    )
    .unwrap();
    tree.set_value(&key("Software\\Old\\Sub"), "", &Data::Dword(7))
        .unwrap();
    tree.publish_registry().unwrap();
    let mut disk = disk.after_kill();
    disk.put_file("drive_c/Old/replaced.txt", b"what was there before");
    disk.put_file("drive_c/Old/removed.txt", b"to be removed");
    disk.put_file("drive_c/Old/settings.ini", b"[a]\r\nk=1\r\n; note\r\n");
    disk.put_file("drive_c/Old/moved.txt", b"to be moved");
    disk.put_file("drive_c/Gone/only.txt", b"the folder goes too");
    disk.put_folder("drive_c/Empty");
    disk
}

fn copy(name: &str, to: &str) -> Operation {
    let from = Contents::Cabinet {
        cabinet: "#a.cab".to_owned(),
        disk: 1,
        member: name.to_owned(),
    };
    let metadata = FileMetadata::default();
    Operation::FileCopy {
        from,
        to: path(to),
        metadata,
    }
}

fn remove(file: &str) -> Operation {
    Operation::FileRemove { file: path(file) }
}

fn ini(section: &str, name: &str, value: &str) -> Operation {
    let file = path("C:\\Old\\settings.ini");
    let (section, key) = (section.to_owned(), name.to_owned());
    Operation::IniWriteValue {
        file,
        section,
        key,
        value: value.to_owned(),
    }
}

fn source() -> BytesSource {
    BytesSource::new(&[
        ("one", "the first new file, of more than one block"),
        ("two", "the second new file"),
        ("three", ""),
    ])
}

/// Three batches, with every kind of operation and every kind of place.
fn batches() -> Vec<Vec<Operation>> {
    let shortcut = Shortcut {
        target: "C:\\New\\Deep\\one.txt".to_owned(),
        ..Shortcut::default()
    };
    vec![
        vec![
            // Removed and written again, in one batch: undone before the first, the old file stays.
            remove("C:\\Old\\replaced.txt"),
            copy("one", "C:\\New\\Deep\\one.txt"),
            copy("two", "C:\\old\\REPLACED.txt"),
            copy("three", "C:\\New\\three.txt"),
            Operation::FolderRemove {
                folder: path("C:\\Gone"),
            },
            remove("C:\\Gone\\only.txt"),
            Operation::FolderRemove {
                folder: path("C:\\Gone"),
            },
            Operation::FolderRemove {
                folder: path("C:\\Empty"),
            },
            Operation::FolderCreate {
                folder: path("C:\\Empty"),
            },
            Operation::RegAddValue {
                key: key("Software\\New"),
                name: "Value".to_owned(),
                data: Data::ExpandSz("%x%".to_owned()),
            },
            Operation::RegRemoveKey {
                key: key("Software\\Old\\Sub"),
            },
        ],
        vec![
            ini("a", "k", "1"),
            ini("a", "k", "2"),
            ini("b", "new", "3"),
            Operation::FileMove {
                from: path("C:\\Old\\moved.txt"),
                to: path("C:\\New\\moved.txt"),
            },
            Operation::FileDuplicate {
                from: path("C:\\New\\Deep\\one.txt"),
                to: path("C:\\Copies\\one.txt"),
            },
            Operation::ShortcutCreate {
                file: path("C:\\Menu\\One.lnk"),
                shortcut,
            },
        ],
        vec![
            remove("C:\\Old\\removed.txt"),
            remove("C:\\New\\Deep\\one.txt"),
            Operation::FolderRemove {
                folder: path("C:\\New\\Deep"),
            },
            Operation::RegRemoveValue {
                key: key("Software\\Old"),
                name: "Kept".to_owned(),
            },
        ],
    ]
}

/// The whole transaction: `last` is how it ends.
fn transaction<D: Disk>(disk: D, last: Last) -> Result<(), WorkError> {
    let mut tree = Tree::open(disk)?;
    let mut journal = script::begin(&mut tree, "test-1", "a test")?;
    let mut run = || -> Result<(), script::Error> {
        for (index, batch) in batches().iter().enumerate() {
            journal.run(batch, &mut tree, &mut source(), &mut ())?;
            if index == 0 {
                journal.publish(&mut tree)?;
            }
        }
        Ok(())
    };
    let ran = run();
    if ran.is_err() || last == Last::Undo {
        journal.undo(&mut tree)?.tidy(&mut tree)?;
        ran?;
        return Err("rolled back".into());
    }
    journal.commit(&mut tree, b"notes")?.tidy(&mut tree)?;
    Ok(())
}

#[derive(Clone, Copy, PartialEq)]
enum Last {
    Commit,
    Undo,
}

fn recover(disk: CrashDisk) -> Result<(), WorkError> {
    let mut tree = Tree::open(disk)?;
    for found in script::recover(&mut tree)? {
        assert_eq!(
            (found.id.as_str(), found.about.as_str()),
            ("test-1", "a test")
        );
        let committed = found.ending == script::Ending::Committed;
        assert_eq!(
            found.notes,
            if committed {
                b"notes".to_vec()
            } else {
                Vec::new()
            }
        );
        script::tidy(&mut tree, &found.journal)?;
    }
    Ok(())
}

fn sweep(work: &dyn Fn(CrashDisk) -> Result<(), WorkError>) -> Sweep {
    let before = before();
    crash_at_every_effect(&Scenario {
        before: &before,
        work,
        recover: &recover,
        between: &[],
    })
}

#[test]
fn a_transaction_is_done_whole_or_undone() {
    let sweep = sweep(&|disk| transaction(disk, Last::Commit));
    sweep.assert_clean();
    assert!(sweep.after > 0, "{sweep}");
}

#[test]
fn a_rollback_leaves_everything_as_before() {
    let sweep = sweep(&|disk| transaction(disk, Last::Undo));
    sweep.assert_clean();
    assert_eq!(sweep.after, 0, "{sweep}");
}

#[test]
fn a_journal_that_is_not_synced_is_found() {
    let planted = |disk| PlantedDisk::new(disk, Mistake::JournalNotSynced);
    let sweep = sweep(&|disk| transaction(planted(disk), Last::Commit));
    let power = sweep
        .findings
        .iter()
        .any(|finding| finding.crash.contains("power loss"));
    assert!(power, "{sweep}");
}

#[test]
fn hives_renamed_after_the_commit_point_are_found() {
    let planted = |disk| PlantedDisk::new(disk, Mistake::HivesAfterCommit);
    let sweep = sweep(&|disk| transaction(planted(disk), Last::Commit));
    let hive = |finding: &testing::Finding| finding.what.contains("other: system.reg\n");
    assert!(sweep.findings.iter().any(hive), "{sweep}");
}

#[test]
fn what_the_operations_leave_is_what_they_say() {
    let disk = CrashDisk::new(before(), testing::Fault::None);
    transaction(disk.clone(), Last::Commit).unwrap();
    let left = disk.after_kill();
    let text = |path: &str| {
        left.bytes(path)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    };
    let kept = |path: &str, expected: Option<&str>| {
        assert_eq!(text(path).as_deref(), expected, "{path}");
    };
    kept(
        "drive_c/Old/settings.ini",
        Some("[a]\r\nk=2\r\n; note\r\n[b]\r\nnew=3\r\n"),
    );
    kept(
        "drive_c/Copies/one.txt",
        Some("the first new file, of more than one block"),
    );
    kept("drive_c/New/moved.txt", Some("to be moved"));
    kept("drive_c/New/three.txt", Some(""));
    for gone in [
        "Old/removed.txt",
        "Old/moved.txt",
        "New/Deep/one.txt",
        "Gone/only.txt",
    ] {
        kept(&format!("drive_c/{gone}"), None);
    }
    let tree = Tree::open(left).unwrap();
    assert!(!tree.is_folder(&path("C:\\Gone")).unwrap());
    assert!(!tree.is_folder(&path("C:\\New\\Deep")).unwrap());
    let replaced = tree
        .metadata(&path("C:\\Old\\replaced.txt"))
        .unwrap()
        .unwrap();
    assert_eq!(replaced.size, "the second new file".len() as u64);
    let Key {
        values, subkeys, ..
    } = tree.key(&key("Software\\Old")).unwrap().unwrap();
    assert!(values.is_empty() && subkeys.is_empty());
    let new = tree.value(&key("Software\\New"), "Value").unwrap();
    assert_eq!(new, Some(Data::ExpandSz("%x%".to_owned())));
}
