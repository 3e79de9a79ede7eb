//! Random scripts in a small world, where names meet: undone they leave nothing, crashed they leave before
//! or after, and what `project` promised is what is there.

use machine::{
    Attributes, Data, EntryKind, Facts, KeyPath, Machine, MachinePath, MemoryDisk, Overlay,
    Pending, ReadSeek, Root, Tree, View,
};
use proptest::prelude::*;
use proptest::sample::select;
use script::{Contents, Error, FileMetadata, Operation, Shortcut};
use testing::{BytesSource, CrashDisk, Fault, differences};

const FOLDERS: [&str; 5] = ["C:\\A", "C:\\a\\B", "C:\\N", "C:\\N\\M", "C:\\E"];
const NAMES: [&str; 3] = ["x", "X", "y.ini"];
const KEYS: [&str; 3] = ["Software\\K", "Software\\k\\S", "Software\\New\\T"];

fn before() -> MemoryDisk {
    let disk = CrashDisk::new(MemoryDisk::new(), Fault::None);
    let mut tree = Tree::create(disk.clone(), Facts::default()).unwrap();
    tree.set_value(&key("Software\\K"), "v", &Data::Dword(1))
        .unwrap();
    tree.set_value(&key("Software\\K\\S"), "", &Data::Sz("s".to_owned()))
        .unwrap();
    tree.publish_registry().unwrap();
    let mut disk = disk.after_kill();
    disk.put_file("drive_c/A/x", b"old x");
    disk.put_file("drive_c/A/B/y.ini", b"[s]\nk=1\n");
    disk.put_folder("drive_c/E");
    disk
}

fn path(text: &str) -> MachinePath {
    MachinePath::parse(text).unwrap()
}

fn key(text: &str) -> KeyPath {
    KeyPath::new(Root::LocalMachine, text)
}

fn folder() -> impl Strategy<Value = MachinePath> {
    select(&FOLDERS[..]).prop_map(path)
}

/// Files in the folders; some have the name of a folder.
fn file() -> impl Strategy<Value = MachinePath> {
    let in_folder = (select(&FOLDERS[..]), select(&NAMES[..]))
        .prop_map(|(folder, name)| path(&format!("{folder}\\{name}")));
    prop_oneof![8 => in_folder, 1 => folder()]
}

fn ini(file: MachinePath, write: bool, value: u8) -> Operation {
    let (section, key) = ("s".to_owned(), "k".to_owned());
    if write {
        Operation::IniWriteValue {
            file,
            section,
            key,
            value: value.to_string(),
        }
    } else {
        Operation::IniRemoveValue { file, section, key }
    }
}

fn files() -> impl Strategy<Value = Operation> {
    let copy = (file(), select(&["one", "two"][..])).prop_map(|(to, name)| Operation::FileCopy {
        from: Contents::Stream(name.to_owned()),
        to,
        metadata: FileMetadata {
            size: Some(40),
            ..FileMetadata::default()
        },
    });
    let bytes = (file(), any::<bool>()).prop_map(|(to, hidden)| Operation::FileCopy {
        from: Contents::Bytes(b"bytes".to_vec()),
        to,
        metadata: FileMetadata {
            attributes: Attributes {
                hidden,
                ..Attributes::default()
            },
            ..FileMetadata::default()
        },
    });
    prop_oneof![
        3 => copy,
        2 => bytes,
        3 => file().prop_map(|file| Operation::FileRemove { file }),
        1 => (file(), file()).prop_map(|(from, to)| Operation::FileDuplicate { from, to }),
        1 => (file(), file()).prop_map(|(from, to)| Operation::FileMove { from, to }),
        1 => file().prop_map(|file| Operation::ShortcutCreate {
            file,
            shortcut: Shortcut { target: "C:\\windows".to_owned(), ..Shortcut::default() },
        }),
        2 => (file(), any::<bool>(), any::<u8>()).prop_map(|(file, write, value)| ini(file, write, value)),
    ]
}

fn operation() -> impl Strategy<Value = Operation> {
    let key = || select(&KEYS[..]).prop_map(key);
    prop_oneof![
        12 => files(),
        2 => folder().prop_map(|folder| Operation::FolderCreate { folder }),
        4 => folder().prop_map(|folder| Operation::FolderRemove { folder }),
        1 => key().prop_map(|key| Operation::RegCreateKey { key }),
        2 => (key(), any::<u32>()).prop_map(|(key, number)| Operation::RegAddValue {
            key,
            name: "v".to_owned(),
            data: Data::Dword(number),
        }),
        1 => key().prop_map(|key| Operation::RegRemoveValue { key, name: "V".to_owned() }),
        1 => key().prop_map(|key| Operation::RegRemoveKey { key }),
    ]
}

fn batches() -> impl Strategy<Value = Vec<Vec<Operation>>> {
    prop::collection::vec(prop::collection::vec(operation(), 0..8), 1..4)
}

fn source() -> BytesSource {
    BytesSource::new(&[("one", &"1".repeat(40)), ("two", &"2".repeat(40))])
}

/// Runs, publishing after each batch but the last, and commits; undoes after an error.
fn transaction(disk: CrashDisk, batches: &[Vec<Operation>], commit: bool) -> Result<(), Error> {
    let mut tree = Tree::open(disk).map_err(|source| Error::Journal {
        what: "open",
        source,
    })?;
    let mut journal = script::begin(&mut tree, "random", "")?;
    let mut ran = Ok(());
    for (index, batch) in batches.iter().enumerate() {
        ran = journal.run(batch, &mut tree, &mut source(), &mut ());
        if ran.is_err() {
            break;
        }
        if index + 1 < batches.len() {
            journal.publish(&mut tree)?;
        }
    }
    if commit && ran.is_ok() {
        journal.commit(&mut tree, b"")?.tidy(&mut tree)
    } else {
        journal.undo(&mut tree)?.tidy(&mut tree)?;
        ran
    }
}

fn recover(disk: MemoryDisk) -> MemoryDisk {
    let disk = CrashDisk::new(disk, Fault::None);
    let mut tree = Tree::open(disk.clone()).unwrap();
    for found in script::recover(&mut tree).unwrap() {
        script::tidy(&mut tree, &found.journal).unwrap();
    }
    disk.after_kill()
}

/// The places where a folder was and a file is written, and the other way round, whatever touched them before.
#[test]
fn files_and_folders_that_change_places_are_put_back() {
    let remove_file = |at: &str| Operation::FileRemove { file: path(at) };
    let remove_folder = |at: &str| Operation::FolderRemove { folder: path(at) };
    let create_folder = |at: &str| Operation::FolderCreate { folder: path(at) };
    let write = |at: &str| Operation::FileCopy {
        from: Contents::Bytes(b"new".to_vec()),
        to: path(at),
        metadata: FileMetadata::default(),
    };
    let a_file_for_a_folder = vec![remove_file("C:\\E"), remove_folder("C:\\E"), write("C:\\E")];
    let a_folder_for_a_file = vec![
        remove_folder("C:\\A\\x"),
        remove_file("C:\\A\\x"),
        create_folder("C:\\A\\x"),
        write("C:\\A\\x\\y.ini"),
    ];
    for batch in [a_file_for_a_folder, a_folder_for_a_file] {
        let disk = CrashDisk::new(before(), Fault::None);
        transaction(disk.clone(), std::slice::from_ref(&batch), false).unwrap();
        assert_eq!(differences(&before(), &disk.after_kill()), "", "{batch:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn undone_it_leaves_nothing(batches in batches()) {
        let before = before();
        let disk = CrashDisk::new(before.clone(), Fault::None);
        let _ = transaction(disk.clone(), &batches, false);
        prop_assert_eq!(differences(&before, &disk.after_kill()), "");
    }

    #[test]
    fn crashed_anywhere_it_leaves_before_or_after(batches in batches(), at in any::<prop::sample::Index>(), seed: u64) {
        let before = before();
        let whole = CrashDisk::new(before.clone(), Fault::None);
        let _ = transaction(whole.clone(), &batches, true);
        let after = whole.after_kill();
        let at = at.index(whole.effects() as usize) as u64 + 1;
        let disk = CrashDisk::new(before.clone(), Fault::DieTorn(at));
        prop_assert!(transaction(disk.clone(), &batches, true).is_err());
        let killed = std::iter::once(disk.after_kill());
        for survivor in killed.chain(disk.after_power_loss(seed)) {
            let left = recover(survivor);
            let (from_before, from_after) = (differences(&before, &left), differences(&after, &left));
            prop_assert!(from_before.is_empty() || from_after.is_empty(), "effect {}\nfrom before:\n{}from after:\n{}", at, from_before, from_after);
        }
    }

    #[test]
    fn what_was_projected_is_what_is_there(batches in batches()) {
        let disk = CrashDisk::new(before(), Fault::None);
        let done = transaction(disk.clone(), &batches, true);
        if done.is_err() {
            // A script that cannot be run leaves nothing to compare; that is the first test's.
            return Ok(());
        }
        let (before, after) = (Tree::open(before()).unwrap(), Tree::open(disk.after_kill()).unwrap());
        let mut pending = Pending::default();
        for operation in batches.iter().flatten() {
            script::project(operation, &before, &mut pending).unwrap();
        }
        let planned = Overlay { base: &before, pending: &pending };
        prop_assert_eq!(seen(&planned), seen(&after));
        for file in all_files(&planned) {
            // Contents that only the source knows are not projected.
            if let Ok(mut reader) = planned.open(&file) {
                prop_assert_eq!(bytes(&mut *reader), bytes(&mut *after.open(&file).unwrap()), "{}", file);
            }
        }
    }
}

/// What a view shows of the small world: names as kept, attributes, keys and values.
fn seen(view: &dyn View) -> Vec<String> {
    let mut seen = Vec::new();
    for folder in FOLDERS.iter().chain(&["C:\\"]) {
        for entry in view.list(&path(folder)).unwrap().unwrap_or_default() {
            seen.push(format!(
                "{folder}\\{} {:?}",
                entry.name, entry.metadata.attributes
            ));
        }
    }
    for name in KEYS {
        let key = view.key(&key(name)).unwrap();
        let there = key.is_some();
        let mut values = key.map(|key| key.values).unwrap_or_default();
        values.sort_by(|a, b| a.0.cmp(&b.0));
        seen.push(format!("{name} {there} {values:?}"));
    }
    seen
}

fn all_files(view: &dyn View) -> Vec<MachinePath> {
    let mut files = Vec::new();
    for folder in FOLDERS.map(path) {
        for entry in view.list(&folder).unwrap().unwrap_or_default() {
            if entry.metadata.kind == EntryKind::File {
                files.push(folder.join(&entry.name).unwrap());
            }
        }
    }
    files
}

fn bytes(reader: &mut dyn ReadSeek) -> Vec<u8> {
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).unwrap();
    bytes
}
