//! Machines that were not made here: Wine prefixes of both kinds, several devices, odd file systems.

use std::io::Read;

use machine::{
    Architecture, Data, Disk, Error, Facts, Folder, KeyPath, Machine, MachinePath, MemoryDisk,
    Root, Saved, Tree, View, Wineserver, special_folder,
};

const SYSTEM: &str = r#"WINE REGISTRY Version 2
;; All keys relative to REGISTRY\\Machine

#arch=win32

[Software\\Microsoft\\Windows NT\\CurrentVersion] 1795498887
#time=1dd7bd67338c2ce
"CSDVersion"="Service Pack 3"
"CurrentBuildNumber"="2600"
"CurrentVersion"="5.1"

[System\\ControlSet001\\Control\\Nls\\Language] 1795498887
"Default"="0407"

[System\\CurrentControlSet] 1795498887
#link
"SymbolicLinkValue"=hex(6):5c,00,52,00,65,00,67,00,69,00,73,00,74,00,72,00,79,\
  00,5c,00,4d,00,61,00,63,00,68,00,69,00,6e,00,65,00,5c,00,53,00,79,00,73,00,\
  74,00,65,00,6d,00,5c,00,43,00,6f,00,6e,00,74,00,72,00,6f,00,6c,00,53,00,65,\
  00,74,00,30,00,30,00,31,00
"#;

const USER: &str = r#"WINE REGISTRY Version 2
;; All keys relative to REGISTRY\\User\\S-1-5-21-0-0-0-1001

#arch=win32

[Control Panel\\International] 1795498887
"Locale"="0000040C"

[Software\\Microsoft\\Windows\\CurrentVersion\\Explorer\\User Shell Folders] 1795498887
"Desktop"=str(2):"%USERPROFILE%\\Bureau"
"Personal"=str(2):"Z:\\home\\me"
"#;

fn path(text: &str) -> MachinePath {
    MachinePath::parse(text).unwrap()
}

fn prefix() -> MemoryDisk {
    let mut disk = MemoryDisk::new();
    disk.put_folder("drive_c/users/Public");
    disk.put_folder("drive_c/users/steamuser");
    disk.put_folder("other");
    disk.put_link("dosdevices/c:", "../drive_c");
    disk.put_link("dosdevices/d:", "../other");
    disk.put_link("dosdevices/z:", "/");
    disk.put_file("system.reg", SYSTEM.as_bytes());
    disk.put_file("user.reg", USER.as_bytes());
    disk
}

#[test]
fn the_facts_of_a_prefix_are_read_off_its_hives() {
    let mut tree = Tree::open(prefix()).unwrap();
    let facts = tree.facts();
    assert_eq!(
        (
            facts.architecture,
            facts.windows_version,
            facts.service_pack
        ),
        (Architecture::X86, (5, 1, 2600), 3)
    );
    assert_eq!(
        (facts.user_name.as_str(), facts.user_sid.as_str()),
        ("steamuser", "S-1-5-21-0-0-0-1001")
    );
    assert_eq!((facts.system_language, facts.user_language), (0x407, 0x40c));
    assert_eq!(facts.drives, ['C', 'D']);
    tree.create_folder(&path("D:\\x")).unwrap();
    assert!(tree.disk().stat("other/x").unwrap().is_some());
    assert!(matches!(
        tree.path("Z:\\etc"),
        Err(Error::NoSuchDrive { drive: 'Z', .. })
    ));
}

#[test]
fn folders_that_a_user_moved_are_where_the_user_moved_them() {
    let tree = Tree::open(prefix()).unwrap();
    let folder = |folder| {
        special_folder(&tree, folder, false)
            .unwrap()
            .map(|path| path.to_string())
    };
    assert_eq!(
        folder(Folder::Desktop).as_deref(),
        Some("C:\\users\\steamuser\\Bureau")
    );
    assert_eq!(
        folder(Folder::Personal).as_deref(),
        Some("C:\\users\\steamuser\\Documents")
    );
    assert_eq!(
        folder(Folder::System).as_deref(),
        Some("C:\\windows\\system32")
    );
    assert_eq!(folder(Folder::System64), None);
}

#[test]
fn link_keys_are_followed_when_read_and_written() {
    let mut tree = Tree::open(prefix()).unwrap();
    let key = KeyPath::new(
        Root::LocalMachine,
        "SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Environment",
    );
    tree.set_value(&key, "Path", &Data::ExpandSz("%SystemRoot%".into()))
        .unwrap();
    tree.publish_registry().unwrap();
    let stored = KeyPath::new(
        Root::LocalMachine,
        "System\\ControlSet001\\Control\\Session Manager\\Environment",
    );
    assert_eq!(
        tree.resolved_key(&key).unwrap().to_string(),
        stored.to_string()
    );
    let hive = String::from_utf8(tree.disk().bytes("system.reg").unwrap().to_vec()).unwrap();
    let added = "[System\\\\ControlSet001\\\\Control\\\\Session Manager\\\\Environment]\n\"Path\"=str(2):\"%SystemRoot%\"\n\n";
    assert_eq!(hive.replace(added, ""), SYSTEM);
}

#[test]
fn a_circle_of_link_keys_leads_nowhere() {
    let mut disk = prefix();
    let link = SYSTEM
        .lines()
        .skip_while(|line| *line != "#link")
        .collect::<Vec<_>>()
        .join("\n");
    disk.put_file(
        "system.reg",
        format!("WINE REGISTRY Version 2\n\n[System\\\\ControlSet001]\n{link}\n").as_bytes(),
    );
    let mut tree = Tree::open(disk).unwrap();
    let key = KeyPath::new(Root::LocalMachine, "System\\ControlSet001\\A");
    assert_eq!(tree.key(&key).unwrap(), None);
    assert!(matches!(tree.create_key(&key), Err(Error::NoSuchHive(_))));
}

fn two_devices() -> Tree<MemoryDisk> {
    let facts = Facts {
        drives: vec!['C', 'D'],
        ..Facts::default()
    };
    let mut disk = Tree::create(MemoryDisk::new(), facts).unwrap().into_disk();
    disk.set_device("drive_d");
    Tree::open(disk).unwrap()
}

#[test]
fn files_on_another_device_are_set_aside_and_put_back() {
    let mut tree = two_devices();
    let (file, bytes) = (path("D:\\Big.bin"), vec![7; 200_000]);
    tree.create_file(&file).unwrap().write_all(&bytes).unwrap();
    let before = tree.disk().clone();
    tree.begin_journal().unwrap();
    tree.set_aside(&file, Saved(1)).unwrap();
    assert!(!tree.is_file(&file).unwrap());
    assert!(tree.put_back(Saved(1), &file).unwrap());
    let mut read = Vec::new();
    tree.open(&file).unwrap().read_to_end(&mut read).unwrap();
    assert_eq!(read, bytes);
    tree.close_journal("undone", "1").unwrap();
    tree.remove_closed_journal("undone-1").unwrap();
    let mut after = tree.into_disk();
    after.remove_folder(".msikit/journal").unwrap();
    assert_eq!(before, after);
}

#[test]
fn hives_are_kept_where_there_are_no_hard_links() {
    let mut disk = prefix();
    disk.refuse_hard_links();
    let mut tree = Tree::open(disk).unwrap();
    tree.begin_journal().unwrap();
    tree.set_value(&KeyPath::new(Root::LocalMachine, "A"), "", &Data::Dword(1))
        .unwrap();
    tree.publish_registry().unwrap();
    tree.restore_registry().unwrap();
    assert_eq!(
        tree.disk().bytes("system.reg").unwrap().as_slice(),
        SYSTEM.as_bytes()
    );
}

#[test]
fn a_journal_that_was_half_made_is_made_anew() {
    let mut disk = prefix();
    disk.put_file(".msikit/journal/next/journal", b"rubbish");
    let mut tree = Tree::open(disk).unwrap();
    assert_eq!(tree.read_journal().unwrap(), None);
    tree.begin_journal().unwrap();
    assert_eq!(tree.read_journal().unwrap().unwrap(), b"");
}

#[test]
fn a_machine_whose_making_was_cut_short_is_made_whole() {
    let mut disk = Tree::create(
        MemoryDisk::new(),
        Facts {
            user_name: "me".into(),
            ..Facts::default()
        },
    )
    .unwrap()
    .into_disk();
    let whole = disk.clone();
    disk.remove_file("system.reg").unwrap();
    disk.remove_folder("drive_c/windows/Fonts").unwrap();
    assert_eq!(
        Tree::create(disk, Facts::default()).unwrap().into_disk(),
        whole
    );
}

#[test]
fn damaged_facts_are_named() {
    for text in [
        "user_name = 1",
        "drives = [\"7\"]",
        "user_name = \"a/b\"",
        "unknown = 1",
        "x",
    ] {
        let mut disk = MemoryDisk::new();
        disk.put_file(".msikit/machine.toml", text.as_bytes());
        assert!(matches!(Tree::open(disk), Err(Error::Facts(_))), "{text}");
    }
}

#[test]
fn what_a_wineserver_wrote_meanwhile_is_kept() {
    let mut tree = Tree::open(prefix()).unwrap();
    tree.begin_journal().unwrap();
    tree.set_value(&KeyPath::new(Root::LocalMachine, "A"), "", &Data::Dword(1))
        .unwrap();
    let others = format!("{SYSTEM}\n[B]\n");
    let wine = Some(Wineserver { pid: None });
    tree.disk_mut().set_wineserver(wine);
    let refused = tree.publish_registry().unwrap_err();
    assert_eq!(
        refused.to_string(),
        "a wineserver is using this prefix: close its programs, or run `wineserver -w`"
    );
    tree.disk_mut().put_file("system.reg", others.as_bytes());
    tree.disk_mut().set_wineserver(None);
    let refused = tree.publish_registry().unwrap_err();
    assert!(matches!(refused, Error::HiveChanged(file) if file == "system.reg"));
    // The undo puts nothing over it: not even the hive that had been kept for it before.
    tree.restore_registry().unwrap();
    let bytes = tree.disk().bytes("system.reg").unwrap().to_vec();
    assert_eq!(String::from_utf8(bytes).unwrap(), others);
    assert!(tree.disk().stat("system.reg.msikit-new").unwrap().is_none());
}
