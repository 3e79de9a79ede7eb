//! Machines as tar files, and what changed in one as a layer and as a .reg file.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use expect_test::{Expect, expect};

use crate::world::World;

const TOOLS: &str = r"product Contoso-Tools 1.2.0
file tool.exe in Main: the tool
folder DocsDir in INSTALLDIR: Docs
component Docs in DocsDir
file guide.txt in Docs: the guide
Registry: R1 | 2 | Software\Contoso | Path | [INSTALLDIR] | Main
Registry: R2 | 2 | Software\Shared | b\c | #7 | Main
Registry: R3 | 2 | Software\Contoso\Below | | x | Main";

/// Lays a layer over a directory as OCI's image specification says.
fn lay(layer: &Path, over: &Path) {
    let mut archive = tar::Archive::new(fs::File::open(layer).unwrap());
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        // Without the slash that folders have behind their names.
        let path: PathBuf = over.join(entry.path().unwrap()).components().collect();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if let Some(gone) = name.strip_prefix(".wh.") {
            let gone = path.with_file_name(gone);
            match fs::symlink_metadata(&gone).unwrap().is_dir() {
                true => fs::remove_dir_all(gone).unwrap(),
                false => fs::remove_file(gone).unwrap(),
            }
            continue;
        }
        let is_folder = entry.header().entry_type().is_dir();
        // What is there gives way, save a folder to a folder.
        match fs::symlink_metadata(&path) {
            Ok(there) if there.is_dir() && !is_folder => fs::remove_dir_all(&path).unwrap(),
            Ok(there) if !there.is_dir() => fs::remove_file(&path).unwrap(),
            _ => {}
        }
        let attributes = entry.pax_extensions().unwrap().and_then(|mut records| {
            records.find_map(|record| {
                let record = record.unwrap();
                let is_it = record.key() == Ok("SCHILY.xattr.user.DOSATTRIB");
                is_it.then(|| record.value_bytes().to_vec())
            })
        });
        entry.unpack_in(over).unwrap();
        if let Some(value) = attributes {
            set_attributes(&path, &value);
        }
    }
}

/// Sets what only some file systems can keep.
fn set_attributes(path: &Path, value: &[u8]) {
    let flags = rustix::fs::XattrFlags::empty();
    let _ = rustix::fs::setxattr(path, "user.DOSATTRIB", value, flags);
}

fn names(tar: &Path) -> Vec<String> {
    let mut archive = tar::Archive::new(fs::File::open(tar).unwrap());
    let entries = archive.entries().unwrap();
    entries
        .map(|entry| entry.unwrap().path().unwrap().display().to_string())
        .collect()
}

fn text(reg: &Path) -> String {
    let bytes = fs::read(reg).unwrap();
    let units: Vec<u16> = bytes
        .chunks_exact(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
        .collect();
    String::from_utf16(&units).unwrap().replace("\r\n", "\n")
}

/// A machine with odd names, and its snapshots.
fn prepared() -> World {
    let world = World::new();
    world.package("tools", TOOLS);
    assert_eq!(world.msikit(&["machine", "init"]).status, 0);
    let drive = world.machine().join("drive_c");
    fs::write(drive.join("hidden.txt"), "x").unwrap();
    set_attributes(&drive.join("hidden.txt"), b"0x6");
    let long = drive.join("a name of sixty letters that is there for the length of it all");
    let long = long.join("and one more name of sixty letters so that both are too much");
    fs::create_dir_all(&long).unwrap();
    fs::write(long.join("größer.txt"), "y").unwrap();
    std::os::unix::fs::symlink("../hidden.txt", drive.join("users/a link")).unwrap();
    fs::write(drive.join("a file then a folder"), "").unwrap();
    fs::create_dir(drive.join("a folder then a file")).unwrap();
    fs::write(drive.join("a folder then a file/x"), "").unwrap();
    world
}

fn snapshot_tar(world: &World, name: &str) -> PathBuf {
    let tar = world.path(name);
    let ran = world.msikit(&["machine", "snapshot", "--tar", tar.to_str().unwrap()]);
    assert_eq!((ran.status, ran.out.as_str()), (0, ""), "{ran:?}");
    tar
}

/// What the installation, and other hands, do to the machine.
fn change(world: &World) {
    let ran = world.msikit(&["install", "tools"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let drive = world.machine().join("drive_c");
    fs::remove_file(drive.join("users/a link")).unwrap();
    fs::remove_dir_all(drive.join("windows/inf")).unwrap();
    fs::remove_file(drive.join("a file then a folder")).unwrap();
    fs::create_dir(drive.join("a file then a folder")).unwrap();
    fs::remove_dir_all(drive.join("a folder then a file")).unwrap();
    fs::write(drive.join("a folder then a file"), "").unwrap();
}

#[test]
fn a_layer_over_the_machine_before_makes_the_one_after() {
    let world = prepared();
    let base = snapshot_tar(&world, "base.tar");
    let lines = world.path("base.txt");
    fs::write(&lines, world.snapshot().join("\n")).unwrap();
    let copy = world.path("copy");
    fs::create_dir(&copy).unwrap();
    lay(&base, &copy);
    let same = world.msikit(&["machine", "diff", "base.tar", "copy"]);
    assert_eq!((same.status, same.out.as_str()), (0, ""), "{same:?}");

    change(&world);
    let mut layers = BTreeSet::new();
    for before in ["base.tar", "base.txt", "copy"] {
        let ran = world.msikit(&["machine", "diff", before, "--tar", "layer.tar"]);
        assert_eq!(ran.status, 1, "{ran:?}");
        assert!(
            ran.out
                .contains("+ D drive_c/Program Files (x86)/Contoso-Tools/Docs\n")
        );
        layers.insert(fs::read(world.path("layer.tar")).unwrap());
    }
    assert_eq!(
        layers.len(),
        1,
        "what was compared with makes no difference"
    );
    let gone: Vec<String> = names(&world.path("layer.tar"));
    let gone: Vec<&String> = gone.iter().filter(|name| name.contains("/.wh.")).collect();
    assert_eq!(
        gone,
        ["drive_c/users/.wh.a link", "drive_c/windows/.wh.inf"]
    );
    lay(&world.path("layer.tar"), &copy);
    let same = world.msikit(&["machine", "diff", "copy"]);
    assert_eq!((same.status, same.out.as_str()), (0, ""), "{same:?}");
}

#[test]
fn equal_machines_give_equal_bytes_whenever_they_are_made() {
    let world = World::new();
    world.package("tools", TOOLS);
    let tars = [1, 2].map(|_| {
        let _ = fs::remove_dir_all(world.machine());
        for words in [
            &["install", "tools"][..],
            &["machine", "snapshot", "--tar", "m.tar"],
        ] {
            let mut command = world.command(words);
            let ran = command
                .env("SOURCE_DATE_EPOCH", "1000000000")
                .output()
                .unwrap();
            assert!(ran.status.success(), "{ran:?}");
        }
        fs::read(world.path("m.tar")).unwrap()
    });
    assert!(tars[0] == tars[1]);
    let mut archive = tar::Archive::new(&tars[0][..]);
    for entry in archive.entries().unwrap() {
        let entry = entry.unwrap();
        let header = entry.header();
        let numbers = (
            header.mtime().unwrap(),
            header.uid().unwrap(),
            header.gid().unwrap(),
        );
        assert_eq!(numbers, (1_000_000_000, 0, 0));
    }
    let whole = tars[0].windows(10).any(|bytes| bytes == b"\"20010909\"");
    assert!(whole, "the InstallDate of the registry");
}

#[test]
fn the_changes_of_the_registry_both_ways() {
    let world = World::new();
    world.package("tools", &format!("{TOOLS}\nproperty ARPSYSTEMCOMPONENT: 1"));
    assert_eq!(world.msikit(&["machine", "init"]).status, 0);
    fs::write(world.path("before.txt"), world.snapshot().join("\n")).unwrap();
    assert_eq!(world.msikit(&["install", "tools"]).status, 0);
    fs::write(world.path("after.txt"), world.snapshot().join("\n")).unwrap();
    let shared = world.machine().join("system.reg");
    let hive = fs::read_to_string(&shared).unwrap();
    let more = "[Software\\\\Wow6432Node\\\\Shared]\n\"b\\\\c\"=dword:00000007\n";
    assert!(hive.contains(more), "{hive}");

    let ran = world.msikit(&["machine", "diff", "before.txt", "--reg", "in.reg"]);
    assert_eq!(ran.status, 1, "{ran:?}");
    check(
        &world,
        "in.reg",
        expect![[r#"
        [HKEY_LOCAL_MACHINE\Software\Wow6432Node\Contoso]
        "Path"="C:\\Program Files (x86)\\Contoso-Tools\\"

        [HKEY_LOCAL_MACHINE\Software\Wow6432Node\Contoso\Below]
        @="x"

        [HKEY_LOCAL_MACHINE\Software\Wow6432Node\Shared]
        "b\\c"=dword:00000007"#]],
    );
    // The value alone goes: another program has one in the same key.
    let with = hive.replace(more, &format!("{more}\"other\"=\"stays\"\n"));
    fs::write(&shared, with).unwrap();
    fs::write(world.path("after.txt"), world.snapshot().join("\n")).unwrap();
    assert_eq!(world.msikit(&["remove", "Contoso-Tools"]).status, 0);
    let ran = world.msikit(&["machine", "diff", "after.txt", "--reg", "out.reg"]);
    assert_eq!(ran.status, 1, "{ran:?}");
    check(
        &world,
        "out.reg",
        expect![[r#"
        [-HKEY_LOCAL_MACHINE\Software\Wow6432Node\Contoso]

        [HKEY_LOCAL_MACHINE\Software\Wow6432Node\Shared]
        "b\\c"=-"#]],
    );
}

#[test]
fn a_plan_an_export_and_a_difference_say_the_same() {
    let world = World::new();
    world.package("tools", TOOLS);
    assert_eq!(world.msikit(&["machine", "init"]).status, 0);
    fs::write(world.path("before.txt"), world.snapshot().join("\n")).unwrap();
    let planned = world.msikit(&["plan", "tools", "--reg", "plan.reg"]);
    assert_eq!(planned.status, 0, "{planned:?}");
    assert!(planned.out.contains("Registry"), "the picture is shown too");
    assert_eq!(world.msikit(&["install", "tools"]).status, 0);
    let ran = world.msikit(&["machine", "diff", "before.txt", "--reg", "diff.reg"]);
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(text(&world.path("plan.reg")) == text(&world.path("diff.reg")));

    let key = "HKEY_LOCAL_MACHINE\\Software\\Wow6432Node\\Contoso";
    let export =
        |words: &[&str]| world.msikit(&[&["machine", "reg", "export", key], words].concat());
    let ran = export(&["own.reg"]);
    assert_eq!((ran.status, ran.out.as_str()), (0, ""), "{ran:?}");
    let own = text(&world.path("own.reg"));
    expect![[r#"
        Windows Registry Editor Version 5.00

        [HKEY_LOCAL_MACHINE\Software\Wow6432Node\Contoso]
        "Path"="C:\\Program Files (x86)\\Contoso-Tools\\"

        [HKEY_LOCAL_MACHINE\Software\Wow6432Node\Contoso\Below]
        @="x"

    "#]]
    .assert_eq(own.trim_start_matches('\u{feff}'));
    assert!(
        export(&[]).out.starts_with('\u{fffd}'),
        "the same bytes on standard output"
    );
    let none = world.msikit(&["machine", "reg", "export", "HKLM\\Nothing", "x.reg"]);
    assert_eq!(
        none.shown(),
        "2\nmsikit: there is no key HKLM\\Nothing [2 ERROR_FILE_NOT_FOUND]\n"
    );
    assert!(!world.path("x.reg").exists());
}

/// What a .reg file says below the packages' own keys.
fn check(world: &World, reg: &str, expected: Expect) {
    let text = text(&world.path(reg));
    let sections = text.split("\n\n");
    let own: Vec<&str> = sections
        .filter(|section| {
            section.contains("Contoso]")
                || section.contains("Contoso\\")
                || section.contains("Shared")
        })
        .collect();
    expected.assert_eq(&own.join("\n\n"));
}

#[test]
fn where_the_machine_is_in_the_image_and_whose() {
    let world = prepared();
    let words = [
        "machine",
        "snapshot",
        "--tar",
        "m.tar",
        "--tar-root",
        "/opt/./wine/",
        "--tar-owner",
        "1000",
    ];
    assert_eq!(world.msikit(&words).status, 0);
    let names = names(&world.path("m.tar"));
    assert!(
        names.iter().all(|name| name.starts_with("opt/wine/")),
        "{names:?}"
    );
    let mut archive = tar::Archive::new(fs::File::open(world.path("m.tar")).unwrap());
    let entry = archive.entries().unwrap().next().unwrap().unwrap();
    assert_eq!(entry.header().uid().unwrap(), 1000);
    let same = world.msikit(&["machine", "diff", "m.tar", "--tar-root", "opt/wine"]);
    assert_eq!(same.status, 0, "{same:?}");
    let elsewhere = world.msikit(&["machine", "diff", "m.tar"]);
    assert!(
        elsewhere.err.contains("no machine is in it"),
        "{elsewhere:?}"
    );
}

#[test]
fn what_is_refused_and_what_is_only_tried() {
    let world = prepared();
    fs::write(world.path("notes.txt"), "my notes").unwrap();
    fs::write(world.path("snapshot.txt"), world.snapshot().join("\n")).unwrap();
    fs::write(world.machine().join("drive_c/.wh.x"), "").unwrap();
    let shown = |words: &[&str]| world.msikit(&[&["machine"], words].concat()).shown();
    for (words, expected) in [
        (&["diff", "notes.txt"][..], "1603"),
        (&["diff", "nowhere.txt"], "1603"),
        (
            &["diff", "snapshot.txt", "snapshot.txt", "--tar", "x.tar"],
            "1639",
        ),
        (
            &["diff", "snapshot.txt", "--tar", "-", "--reg", "-"],
            "1639",
        ),
        (&["snapshot", "--tar", "x.tar", "--tar-owner", "me"], "1639"),
        (&["snapshot", "--tar", "nowhere/x.tar"], "1603"),
    ] {
        let shown = shown(words);
        assert!(
            shown.contains(&format!("[{expected} ")),
            "{words:?}: {shown}"
        );
    }
    let tried = shown(&["diff", "snapshot.txt", "--tar", "x.tar", "--dry-run"]);
    assert!(
        tried.contains("would write x.tar; nothing was changed"),
        "{tried}"
    );
    assert!(!world.path("x.tar").exists());
    let left = shown(&["diff", "snapshot.txt", "--tar", "x.tar"]);
    assert!(
        left.contains("warning: drive_c/.wh.x is left out"),
        "{left}"
    );
}
