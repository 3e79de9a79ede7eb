//! What is planned looks as it will look: an overlay and a machine with the same changes show the same.

use std::io::Read;
use std::time::{Duration, SystemTime};

use machine::{
    Attributes, Data, EntryKind, Error, Facts, KeyPath, Machine, MachinePath, Overlay, Pending,
    PlannedFile, Root, View, file_version,
};
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Change {
    CreateFolder(MachinePath),
    PutFile(MachinePath, Vec<u8>),
    RemoveFile(MachinePath),
    RemoveFolder(MachinePath),
    SetMetadata(MachinePath, bool, u64),
    CreateKey(KeyPath),
    RemoveKey(KeyPath),
    SetValue(KeyPath, &'static str, u32),
    RemoveValue(KeyPath, &'static str),
}

fn path() -> impl Strategy<Value = MachinePath> {
    proptest::collection::vec(prop_oneof!["a", "A", "b", "windows"], 1..4)
        .prop_map(|names| MachinePath::parse(&format!("C:\\{}", names.join("\\"))).unwrap())
}

fn key() -> impl Strategy<Value = KeyPath> {
    let names = prop_oneof!["a", "A", "b", "Software", "Classes", "Wow6432Node"];
    proptest::collection::vec(names, 1..4)
        .prop_map(|names| KeyPath::new(Root::LocalMachine, &names.join("\\")))
}

fn change() -> impl Strategy<Value = Change> {
    let name = || prop_oneof![Just(""), Just("x"), Just("X")];
    prop_oneof![
        path().prop_map(Change::CreateFolder),
        (path(), any::<Vec<u8>>()).prop_map(|(path, bytes)| Change::PutFile(path, bytes)),
        path().prop_map(Change::RemoveFile),
        path().prop_map(Change::RemoveFolder),
        (path(), any::<bool>(), 0u64..9)
            .prop_map(|(path, hidden, time)| Change::SetMetadata(path, hidden, time)),
        key().prop_map(Change::CreateKey),
        key().prop_map(Change::RemoveKey),
        (key(), name(), 0u32..3)
            .prop_map(|(key, name, number)| Change::SetValue(key, name, number)),
        (key(), name()).prop_map(|(key, name)| Change::RemoveValue(key, name)),
    ]
}

fn metadata(hidden: bool, time: u64) -> (Attributes, Option<SystemTime>) {
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(time);
    (
        Attributes {
            hidden,
            ..Attributes::default()
        },
        Some(time),
    )
}

/// Performs a change as an operation would.
fn perform(machine: &mut dyn Machine, change: &Change) -> Result<(), Error> {
    match change {
        Change::CreateFolder(folder) => make_folder(machine, folder),
        Change::PutFile(file, bytes) => {
            if machine.is_folder(file)? {
                return Err(Error::AlreadyThere(file.clone()));
            }
            make_folder(machine, &file.parent().unwrap())?;
            machine.remove_file(file)?;
            machine.create_file(file)?.write_all(bytes).unwrap();
            Ok(())
        }
        Change::RemoveFile(file) => machine.remove_file(file),
        Change::RemoveFolder(folder) => machine.remove_folder(folder).map(|_| ()),
        Change::SetMetadata(file, hidden, time) => {
            if machine.is_folder(file)? {
                return Ok(());
            }
            let (attributes, time) = metadata(*hidden, *time);
            machine.set_metadata(file, attributes, time)
        }
        Change::CreateKey(key) => machine.create_key(key),
        Change::RemoveKey(key) => machine.remove_key(key),
        Change::SetValue(key, name, number) => machine.set_value(key, name, &Data::Dword(*number)),
        Change::RemoveValue(key, name) => machine.remove_value(key, name),
    }
}

fn make_folder(machine: &mut dyn Machine, folder: &MachinePath) -> Result<(), Error> {
    match machine.metadata(folder)?.map(|found| found.kind) {
        Some(EntryKind::Folder) => return Ok(()),
        Some(EntryKind::File) => return Err(Error::AlreadyThere(folder.clone())),
        None => make_folder(machine, &folder.parent().unwrap())?,
    }
    machine.create_folder(folder)
}

fn plan(pending: &mut Pending, base: &dyn View, change: &Change) -> Result<(), Error> {
    match change {
        Change::CreateFolder(folder) => pending.create_folder(base, folder),
        Change::PutFile(file, bytes) => pending.put_file(base, file, planned(Some(bytes.clone()))),
        Change::RemoveFile(file) => pending.remove_file(base, file),
        Change::RemoveFolder(folder) => pending.remove_folder(base, folder).map(|_| ()),
        Change::SetMetadata(file, hidden, time) => {
            if (Overlay { base, pending }).is_folder(file)? {
                return Ok(());
            }
            let (attributes, time) = metadata(*hidden, *time);
            pending.set_metadata(base, file, attributes, time)
        }
        Change::CreateKey(key) => pending.create_key(base, key),
        Change::RemoveKey(key) => pending.remove_key(base, key),
        Change::SetValue(key, name, number) => {
            pending.set_value(base, key, name, &Data::Dword(*number))
        }
        Change::RemoveValue(key, name) => pending.remove_value(base, key, name),
    }
}

fn planned(bytes: Option<Vec<u8>>) -> PlannedFile {
    let size = bytes.as_ref().map_or(0, |bytes| bytes.len() as u64);
    let version = Some("1.2".to_owned());
    let language = Some("1033,1031".to_owned());
    PlannedFile {
        size,
        attributes: Attributes::default(),
        modified: None,
        version,
        language,
        bytes,
    }
}

fn files(view: &dyn View, folder: &MachinePath, lines: &mut Vec<String>) {
    for entry in view.list(folder).unwrap().unwrap() {
        let path = folder.join(&entry.name).unwrap();
        assert_eq!(view.stored(&path).unwrap().to_string(), path.to_string());
        if entry.metadata.kind == EntryKind::Folder {
            lines.push(format!("{path}"));
            files(view, &path, lines);
            continue;
        }
        let mut bytes = Vec::new();
        view.open(&path).unwrap().read_to_end(&mut bytes).unwrap();
        lines.push(format!("{path} {:?} {bytes:?}", entry.metadata));
    }
}

/// Keys and values by folded names: a plan may spell a key that comes back as it was spelled before.
fn keys(view: &dyn View, key: &KeyPath, lines: &mut Vec<String>) {
    // A link key may lead to one that is gone.
    let Some(found) = view.key(key).unwrap() else {
        return;
    };
    let mut values: Vec<String> = found
        .values
        .iter()
        .map(|(name, data)| format!("{} {data:?}", name.to_lowercase()))
        .collect();
    values.sort();
    lines.push(format!("{} {values:?}", key.to_string().to_lowercase()));
    for name in found.subkeys {
        keys(view, &key.join(&name), lines);
    }
}

proptest! {
    #[test]
    fn a_plan_looks_as_the_machine_will(changes in proptest::collection::vec(change(), 0..24)) {
        let facts = || Facts::default();
        let base = machine::memory(facts()).unwrap();
        let mut machine = machine::memory(facts()).unwrap();
        let mut pending = Pending::new();
        for change in &changes {
            let (done, planned) = (perform(&mut machine, change), plan(&mut pending, &base, change));
            prop_assert_eq!(done.map_err(|e| e.to_string()), planned.map_err(|e| e.to_string()), "{:?}", change);
        }
        let overlay = Overlay { base: &base, pending: &pending };
        let (mut one, mut other) = (Vec::new(), Vec::new());
        for (view, lines) in [(&overlay as &dyn View, &mut one), (&machine, &mut other)] {
            files(view, &MachinePath::parse("C:\\").unwrap(), lines);
            keys(view, &KeyPath::new(Root::LocalMachine, ""), lines);
        }
        prop_assert_eq!(one, other);
    }
}

#[test]
fn a_planned_file_without_bytes_has_the_version_of_its_package() {
    let base = machine::memory(Facts::default()).unwrap();
    let mut pending = Pending::new();
    let file = MachinePath::parse("C:\\new\\a.dll").unwrap();
    pending.put_file(&base, &file, planned(None)).unwrap();
    let overlay = Overlay {
        base: &base,
        pending: &pending,
    };
    let version = file_version(&overlay, &file).unwrap().unwrap();
    assert_eq!(
        (version.version.to_string().as_str(), version.languages),
        ("1.2.0.0", vec![1033, 1031])
    );
    assert!(matches!(
        overlay.open(&file).err(),
        Some(Error::NotYetWritten(_))
    ));
}
