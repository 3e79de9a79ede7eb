//! What every machine does, over every kind of disk.

use std::io::Read;
use std::time::{Duration, SystemTime};

use machine::{
    Attributes, Bitness, Data, Disk, Error, Facts, Folder, KeyPath, Machine, MachinePath,
    MemoryDisk, OsDisk, Root, Saved, Tree, View, special_folder,
};

fn in_memory(test: impl Fn(&mut Tree<MemoryDisk>)) {
    test(&mut machine::memory(Facts::default()).unwrap());
}

fn on_disk(test: impl Fn(&mut Tree<OsDisk>), kind: impl Fn(OsDisk) -> OsDisk) {
    let folder = tempfile::tempdir().unwrap();
    test(&mut Tree::create(kind(OsDisk::open(folder.path()).unwrap()), Facts::default()).unwrap());
}

macro_rules! on_both {
    ($($(#[$about:meta])* fn $name:ident($tree:ident) $body:block)*) => {$(
        mod $name {
            use super::*;

            fn check<D: Disk>($tree: &mut Tree<D>) $body

            #[test]
            fn memory() {
                in_memory(check);
            }

            #[test]
            fn disk() {
                on_disk(check, |disk| disk);
            }

            #[test]
            fn disk_name_by_name() {
                on_disk(check, OsDisk::without_openat2);
            }
        }
    )*};
}

fn path(text: &str) -> MachinePath {
    MachinePath::parse(text).unwrap()
}

fn put(tree: &mut dyn Machine, text: &str, bytes: &[u8]) {
    tree.create_file(&path(text))
        .unwrap()
        .write_all(bytes)
        .unwrap();
}

fn read(tree: &dyn View, text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    match tree.open(&path(text)) {
        Ok(mut file) => file.read_to_end(&mut bytes).map(|_| Some(bytes)).unwrap(),
        Err(Error::NotFound(_)) => None,
        Err(error) => panic!("{error}"),
    }
}

fn names(tree: &dyn View, text: &str) -> Vec<String> {
    tree.list(&path(text))
        .unwrap()
        .unwrap()
        .into_iter()
        .map(|entry| entry.name)
        .collect()
}

on_both! {
    fn names_are_found_without_regard_to_case_and_kept_as_given(tree) {
        tree.create_folder(&path("c:\\PROGRAM FILES\\Contoso")).unwrap();
        put(tree, "C:\\program files\\contoso\\Straße.txt", b"x");
        assert_eq!(read(tree, "C:\\Program Files\\CONTOSO\\STRAßE.TXT").unwrap(), b"x");
        assert_eq!(names(tree, "C:\\PROGRAM FILES\\contoso"), ["Straße.txt"]);
        assert_eq!(tree.stored(&path("C:\\program files\\CONTOSO\\straße.TXT\\New")).unwrap().to_string(), "C:\\Program Files\\Contoso\\Straße.txt\\New");
    }

    fn a_file_is_made_once_and_in_a_folder_that_is_there(tree) {
        put(tree, "C:\\a.txt", b"1");
        assert!(matches!(tree.create_file(&path("C:\\A.TXT")).err(), Some(Error::AlreadyThere(_))));
        assert!(matches!(tree.create_file(&path("C:\\no\\a.txt")).err(), Some(Error::NotFound(_))));
        assert!(matches!(tree.create_file(&path("C:\\a.txt\\b")).err(), Some(Error::NotFound(_))));
        assert!(matches!(tree.create_file(&path("D:\\a.txt")).err(), Some(Error::NoSuchDrive { .. })));
        assert!(matches!(tree.create_folder(&path("C:\\a.txt")).err(), Some(Error::AlreadyThere(_))));
    }

    fn folders_go_when_they_are_empty(tree) {
        tree.create_folder(&path("C:\\new")).unwrap();
        tree.create_folder(&path("C:\\NEW")).unwrap();
        put(tree, "C:\\new\\a", b"");
        assert!(!tree.remove_folder(&path("C:\\new")).unwrap());
        tree.remove_file(&path("C:\\NEW\\A")).unwrap();
        tree.remove_file(&path("C:\\NEW\\A")).unwrap();
        assert!(tree.remove_folder(&path("C:\\New")).unwrap());
        assert!(!tree.remove_folder(&path("C:\\New")).unwrap());
        assert!(!tree.remove_folder(&path("C:\\")).unwrap());
        assert!(!tree.is_folder(&path("C:\\new")).unwrap());
    }

    fn attributes_and_times_are_kept(tree) {
        put(tree, "C:\\a", b"abc");
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        let attributes = Attributes { read_only: true, hidden: true, system: false };
        tree.set_metadata(&path("C:\\A"), attributes, Some(time)).unwrap();
        let metadata = tree.metadata(&path("C:\\a")).unwrap().unwrap();
        assert_eq!((metadata.size, metadata.modified, metadata.attributes.read_only), (3, time, true));
        tree.set_metadata(&path("C:\\A"), Attributes::default(), None).unwrap();
        let metadata = tree.metadata(&path("C:\\a")).unwrap().unwrap();
        assert_eq!((metadata.modified, metadata.attributes), (time, Attributes::default()));
    }

    fn what_is_set_aside_can_be_put_back(tree) {
        put(tree, "C:\\Old.txt", b"old");
        tree.begin_journal().unwrap();
        tree.set_aside(&path("C:\\none"), Saved(1)).unwrap();
        tree.set_aside(&path("C:\\old.TXT"), Saved(2)).unwrap();
        assert_eq!(read(tree, "C:\\Old.txt"), None);
        put(tree, "C:\\OLD.TXT", b"new");
        assert!(!tree.put_back(Saved(1), &path("C:\\none")).unwrap());
        assert!(tree.put_back(Saved(2), &path("C:\\Old.txt")).unwrap());
        assert!(!tree.put_back(Saved(2), &path("C:\\Old.txt")).unwrap());
        assert_eq!(read(tree, "C:\\old.txt").unwrap(), b"old");
        assert_eq!(names(tree, "C:\\").iter().filter(|name| name.eq_ignore_ascii_case("old.txt")).collect::<Vec<_>>(), ["Old.txt"]);
    }

    fn a_journal_is_begun_once_and_closed(tree) {
        assert_eq!(tree.read_journal().unwrap(), None);
        tree.begin_journal().unwrap();
        assert_eq!(tree.read_journal().unwrap().unwrap(), b"");
        assert!(matches!(tree.begin_journal(), Err(Error::JournalActive)));
        tree.append_journal(b"one").unwrap();
        tree.append_journal(b"two").unwrap();
        assert_eq!(tree.read_journal().unwrap().unwrap(), b"onetwo");
        put(tree, "C:\\a", b"");
        tree.set_aside(&path("C:\\a"), Saved(7)).unwrap();
        tree.close_journal("committed", "id1").unwrap();
        assert_eq!((tree.read_journal().unwrap(), tree.closed_journals().unwrap()), (None, vec!["committed-id1".to_owned()]));
        assert_eq!(tree.read_closed_journal("committed-id1").unwrap(), b"onetwo");
        assert!(tree.remove_closed_journal("active").is_err() && tree.remove_closed_journal("committed-/../active").is_err());
        tree.remove_closed_journal("committed-id1").unwrap();
        tree.remove_closed_journal("committed-id1").unwrap();
        assert!(tree.closed_journals().unwrap().is_empty());
        tree.begin_journal().unwrap();
    }

    fn hives_are_put_back_as_they_were(tree) {
        let key = KeyPath::new(Root::LocalMachine, "Software\\Contoso");
        let before = tree.disk().open_read("system.reg").map(|mut file| { let mut b = Vec::new(); file.read_to_end(&mut b).unwrap(); b }).unwrap();
        tree.begin_journal().unwrap();
        for number in 1..=2 {
            tree.set_value(&key, "", &Data::Dword(number)).unwrap();
            tree.publish_registry().unwrap();
        }
        assert_ne!(tree.disk().stat("system.reg").unwrap().unwrap().size, before.len() as u64);
        tree.restore_registry().unwrap();
        assert_eq!(tree.key(&key).unwrap(), None);
        tree.restore_registry().unwrap();
        let after = tree.disk().open_read("system.reg").map(|mut file| { let mut b = Vec::new(); file.read_to_end(&mut b).unwrap(); b }).unwrap();
        assert_eq!(before, after);
    }

    fn a_hive_that_was_not_there_is_gone_again(tree) {
        tree.disk_mut().remove_file("userdef.reg").unwrap();
        let key = KeyPath::new(Root::Users, ".DEFAULT\\Environment");
        tree.begin_journal().unwrap();
        tree.set_value(&key, "a", &Data::Sz("b".into())).unwrap();
        tree.publish_registry().unwrap();
        assert!(tree.disk().stat("userdef.reg").unwrap().is_some());
        tree.restore_registry().unwrap();
        assert!(tree.disk().stat("userdef.reg").unwrap().is_none());
    }

    fn a_hive_that_another_program_wrote_is_not_overwritten(tree) {
        tree.set_value(&KeyPath::new(Root::CurrentUser, "A"), "", &Data::Dword(1)).unwrap();
        let mut disk = MemoryDisk::new();
        disk.put_file("x", b"");
        tree.begin_journal().unwrap();
        tree.set_value(&KeyPath::new(Root::LocalMachine, "A"), "", &Data::Dword(1)).unwrap();
        tree.disk_mut().append("user.reg", b"\n[B]\n").unwrap();
        assert!(matches!(tree.publish_registry(), Err(Error::HiveChanged(file)) if file == "user.reg"));
    }

    fn unpublished_registry_changes_are_seen_and_published_ones_stay(tree) {
        let key = KeyPath::new(Root::CurrentUser, "Software\\Contoso\\Deep");
        tree.set_value(&key, "Name", &Data::MultiSz(vec!["a".into(), String::new()])).unwrap();
        assert_eq!(tree.value(&key, "NAME").unwrap(), Some(Data::MultiSz(vec!["a".into(), String::new()])));
        tree.publish_registry().unwrap();
        tree.refresh();
        let read = tree.key(&KeyPath::new(Root::CurrentUser, "software\\CONTOSO")).unwrap().unwrap();
        assert_eq!((read.path.to_string(), read.subkeys), ("HKCU\\Software\\Contoso".to_owned(), vec!["Deep".to_owned()]));
        let sid = KeyPath::new(Root::Users, &tree.facts().user_sid.clone()).join("Software\\Contoso\\Deep");
        assert!(tree.value(&sid, "name").unwrap().is_some());
        tree.remove_value(&key, "name").unwrap();
        tree.remove_key(&key.parent().unwrap()).unwrap();
        assert_eq!(tree.key(&key).unwrap(), None);
        assert!(matches!(tree.create_key(&KeyPath::new(Root::Users, "S-1-5-20\\A")), Err(Error::NoSuchHive(_))));
    }

    fn both_orders_of_the_32_bit_classes_are_one_key(tree) {
        let stored = KeyPath::in_view(Root::LocalMachine, "Software\\Classes\\.ppk", Bitness::Bits32);
        let other = KeyPath::new(Root::LocalMachine, "SOFTWARE\\Wow6432Node\\Classes\\.PPK");
        tree.set_value(&other, "", &Data::Sz("x".into())).unwrap();
        assert_eq!(tree.value(&stored, "").unwrap(), Some(Data::Sz("x".into())));
        assert_eq!(tree.resolved_key(&other).unwrap(), stored);
    }

    fn special_folders_are_there(tree) {
        let folder = |folder, per_machine| special_folder(tree, folder, per_machine).unwrap().unwrap().to_string();
        assert_eq!(folder(Folder::System, true), "C:\\windows\\syswow64");
        assert_eq!(folder(Folder::System64, true), "C:\\windows\\system32");
        assert_eq!(folder(Folder::ProgramFiles, false), "C:\\Program Files (x86)");
        assert_eq!(folder(Folder::ProgramMenu, false), "C:\\users\\user\\AppData\\Roaming\\Microsoft\\Windows\\Start Menu\\Programs");
        assert_eq!(folder(Folder::ProgramMenu, true), "C:\\ProgramData\\Microsoft\\Windows\\Start Menu\\Programs");
        for folder in Folder::ALL {
            let path = special_folder(tree, folder, true).unwrap().unwrap();
            assert!(tree.is_folder(&path).unwrap(), "{path}");
        }
    }

    fn a_file_can_be_sought_in(tree) {
        put(tree, "C:\\a", b"0123456789");
        let mut file = tree.open(&path("C:\\a")).unwrap();
        file.seek(std::io::SeekFrom::End(-3)).unwrap();
        let mut rest = String::new();
        file.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "789");
        assert!(tree.free_bytes('C').unwrap() > 0);
    }
}

#[test]
fn a_new_machine_comes_out_the_same_every_time() {
    let one = machine::memory(Facts::default()).unwrap().into_disk();
    assert_eq!(one, machine::memory(Facts::default()).unwrap().into_disk());
    let again = Tree::create(
        one.clone(),
        Facts {
            user_name: "other".into(),
            ..Facts::default()
        },
    )
    .unwrap();
    assert_eq!(again.facts().user_name, "user");
    assert_eq!(again.into_disk(), one);
    assert!(matches!(
        Tree::open(MemoryDisk::new()),
        Err(Error::NoMachine)
    ));
}
