//! What several products, the user and older installers have to do with the same files: what stays, what goes,
//! what is overwritten.
//!
//! Follows: Microsoft, "Component Table", "File Versioning Rules", "Using Transitive Components".
#![allow(
    clippy::disallowed_methods,
    reason = "packages lie in a folder of the host"
)]

mod bench;

use bench::{Bench, command};
use installer::{Command, Intent};
use machine::{Difference, MemoryDisk};

const FOLDER: &str = "drive_c/Program Files (x86)/Common";

/// A package with one component in a folder that others use too.
fn sharing(bench: &Bench, name: &str, attributes: i32, more: &str) -> String {
    bench.package(
        &name.to_lowercase(),
        &format!(
            "product {name} 1.0.0
             Directory: INSTALLDIR | ProgramFilesFolder | Common
             component Shared in INSTALLDIR: {attributes}
             file shared.dll in Shared: shared
             Registry: Own{name} | 2 | Software\\{name} | Here | yes | Own
             component Own in INSTALLDIR: 4
             Component: Own | {{0000000{}-0000-4000-8000-000000000001}} | INSTALLDIR | 4 | | Own{name}
             {more}",
            name.len()
        ),
    )
}

fn install(bench: &Bench, disk: &MemoryDisk, package: &str) -> MemoryDisk {
    bench.after(disk, &command(Intent::Install, package))
}

fn remove(bench: &Bench, disk: &MemoryDisk, package: &str) -> MemoryDisk {
    bench.after(disk, &command(Intent::Remove, package))
}

fn with(target: &str, properties: &[(&str, &str)]) -> Command {
    let mut wanted = command(Intent::Install, target);
    for (name, value) in properties {
        let property = ((*name).to_owned(), (*value).to_owned());
        wanted.properties.push(property);
    }
    wanted
}

/// The count of shared.dll in SharedDLLs.
fn count(bench: &Bench, disk: &MemoryDisk) -> Option<String> {
    let lines = bench.snapshot(disk);
    let line = lines
        .iter()
        .find(|line| line.contains("\\SharedDLLs\\C:\\"))?;
    line.rsplit(' ').next().map(str::to_owned)
}

fn is_there(disk: &MemoryDisk, name: &str) -> bool {
    disk.bytes(&format!("{FOLDER}/{name}")).is_some()
}

/// What a machine has more, and what less, than before.
fn difference(bench: &Bench, before: &MemoryDisk, after: &MemoryDisk) -> Vec<String> {
    let changes = machine::difference(&bench.snapshot(before), &bench.snapshot(after));
    let line = |change| match change {
        Difference::Added(line) => format!("+ {line}"),
        Difference::Removed(line) => format!("- {line}"),
    };
    changes.into_iter().map(line).collect()
}

#[test]
fn a_shared_component_goes_with_its_last_client() {
    for attributes in [0, 8] {
        let bench = Bench::new();
        let packages =
            ["One", "Other", "Another"].map(|name| sharing(&bench, name, attributes, ""));
        for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
            let bare = bench.machine();
            let mut disk = bare.clone();
            for (at, package) in packages.iter().enumerate() {
                disk = install(&bench, &disk, package);
                let expected = (attributes == 8).then(|| (at + 1).to_string());
                assert_eq!(count(&bench, &disk), expected);
            }
            for (left, at) in order
                .into_iter()
                .enumerate()
                .map(|(at, package)| (2 - at, package))
            {
                disk = remove(&bench, &disk, &packages[at]);
                assert_eq!(is_there(&disk, "shared.dll"), left > 0, "{order:?} {left}");
                let expected = (attributes == 8 && left > 0).then(|| left.to_string());
                assert_eq!(count(&bench, &disk), expected, "{order:?} {left}");
            }
            assert_eq!(difference(&bench, &bare, &disk), [""; 0], "{order:?}");
        }
    }
}

#[test]
fn a_file_that_another_installer_counted_stays_with_its_count() {
    let bench = Bench::new();
    let package = sharing(&bench, "One", 0, "");
    let mut legacy = bench.machine();
    legacy.put_file(&format!("{FOLDER}/shared.dll"), b"legacy");
    let hive = String::from_utf8(legacy.bytes("system.reg").unwrap().to_vec()).unwrap();
    let key = "[Software\\\\Wow6432Node\\\\Microsoft\\\\Windows\\\\CurrentVersion\\\\SharedDLLs]";
    let value = "\"C:\\\\Program Files (x86)\\\\Common\\\\shared.dll\"=dword:00000001";
    legacy.put_file("system.reg", format!("{hive}\n{key}\n{value}\n").as_bytes());
    assert_eq!(count(&bench, &legacy).as_deref(), Some("1"));
    let both = install(&bench, &legacy, &package);
    assert_eq!(count(&bench, &both).as_deref(), Some("2"));
    let left = remove(&bench, &both, &package);
    assert_eq!(count(&bench, &left).as_deref(), Some("1"));
    assert!(is_there(&left, "shared.dll"));
}

#[test]
fn permanent_components_stay_and_nothing_else_does() {
    let bench = Bench::new();
    let package = sharing(&bench, "One", 16, "");
    let bare = bench.machine();
    let left = remove(&bench, &install(&bench, &bare, &package), &package);
    let left = difference(&bench, &bare, &left);
    let kinds: Vec<&str> = left.iter().map(|line| &line[..3]).collect();
    assert_eq!(kinds, ["+ D", "+ F", "+ K", "+ K", "+ R"], "{left:#?}");
    let client = "00000000000000000000000000000000";
    assert!(left[4].contains(client), "{left:#?}");
    // The next product finds it, and leaves it.
    let other = sharing(&bench, "Other", 16, "");
    let again = remove(
        &bench,
        &install(&bench, &install(&bench, &bare, &package), &other),
        &package,
    );
    assert!(is_there(&remove(&bench, &again, &other), "shared.dll"));
}

#[test]
fn what_is_never_overwritten_stays_as_it_is_and_belongs_to_the_product() {
    let bench = Bench::new();
    let package = sharing(&bench, "One", 128, "");
    let mut before = bench.machine();
    before.put_file(&format!("{FOLDER}/shared.dll"), b"older than you");
    let installed = install(&bench, &before, &package);
    let text = |disk: &MemoryDisk| {
        disk.bytes(&format!("{FOLDER}/shared.dll"))
            .unwrap()
            .to_vec()
    };
    assert_eq!(text(&installed), b"older than you");
    // Not even a repair with every letter touches it.
    let all = [("REINSTALL", "ALL"), ("REINSTALLMODE", "amus")];
    let repaired = bench.after(&installed, &with(&package, &all));
    assert_eq!(text(&repaired), b"older than you");
    // Where it is not there, it comes.
    let fresh = install(&bench, &bench.machine(), &package);
    assert_eq!(text(&fresh), b"shared");
}

#[test]
fn transitive_components_follow_their_condition_when_they_are_installed_again() {
    let bench = Bench::new();
    let more = "
        component Old in INSTALLDIR: 64
        file old.txt in Old: old
        Component: Old | {00000001-0000-4000-8000-00000000000A} | INSTALLDIR | 64 | NOT NEWER | old.txt
        component New in INSTALLDIR: 64
        file new.txt in New: new
        Component: New | {00000001-0000-4000-8000-00000000000B} | INSTALLDIR | 64 | NEWER | new.txt
        component Stays in INSTALLDIR
        file stays.txt in Stays: stays
        Component: Stays | {00000001-0000-4000-8000-00000000000C} | INSTALLDIR | 0 | NOT NEWER | stays.txt
    ";
    let package = sharing(&bench, "One", 0, more);
    let there =
        |disk: &MemoryDisk| ["old.txt", "new.txt", "stays.txt"].map(|name| is_there(disk, name));
    let bare = bench.machine();
    let installed = install(&bench, &bare, &package);
    assert_eq!(there(&installed), [true, false, true]);
    // Without REINSTALL nothing is decided anew.
    let untouched = bench.after(&installed, &with(&package, &[("NEWER", "1")]));
    assert_eq!(there(&untouched), [true, false, true]);
    let again = bench.after(
        &installed,
        &with(&package, &[("NEWER", "1"), ("REINSTALL", "ALL")]),
    );
    assert_eq!(there(&again), [false, true, true]);
    let back = bench.after(&again, &with(&package, &[("REINSTALL", "ALL")]));
    assert_eq!(there(&back), [true, false, true]);
    assert_eq!(
        difference(&bench, &bare, &remove(&bench, &again, &package)),
        [""; 0]
    );
}

#[test]
fn components_of_64_bits_have_their_own_view_of_the_registry() {
    let bench = Bench::new();
    let more = "
        component Wide in ProgramFilesFolder: 260
        Registry: WideValue | 2 | Software\\Wide | Here | yes | Wide
        Component: Wide | {00000001-0000-4000-8000-00000000000D} | INSTALLDIR | 260 | | WideValue
    ";
    let package = sharing(&bench, "One", 0, more);
    let bare = bench.machine();
    let installed = install(&bench, &bare, &package);
    let lines = bench.snapshot(&installed);
    let has = |line: &str| lines.iter().any(|there| there.starts_with(line));
    assert!(has("R HKLM\\Software\\Wide\\Here "));
    assert!(has("R HKLM\\Software\\Wow6432Node\\One\\Here "));
    assert_eq!(
        difference(&bench, &bare, &remove(&bench, &installed, &package)),
        [""; 0]
    );
}

/// A package with one program of this version and these languages; without a version it is text.
fn versioned(bench: &Bench, version: &str, language: &str) -> String {
    let languages: Vec<u16> = language
        .split(',')
        .filter_map(|number| number.parse().ok())
        .collect();
    let bytes = match version {
        "" => b"text".to_vec(),
        version => testing::program(version, &languages),
    };
    let size = bytes.len();
    let row =
        format!("File: tool.exe | Tool | tool.exe | {size} | {version} | {language} | 512 | 3");
    let more = format!("file x.txt in Own: x\nfile tool.exe in Tool: tool\n{row}");
    let package = sharing(bench, "One", 0, &more);
    std::fs::write(bench.path("one/Common/tool.exe"), bytes).unwrap();
    package
}

#[test]
fn versions_languages_and_dates_decide_between_two_files() {
    // The package's version and languages; the file on the machine; is it replaced?
    let program = testing::program;
    let cases: [(&str, &str, Vec<u8>, bool); 12] = [
        ("2.0.0.0", "1033", program("1.9.9.9", &[1033]), true),
        ("2.0.0.0", "1033", program("2.0.0.0", &[1033]), false),
        ("2.0.0.0", "1033", program("2.0.0.1", &[1033]), false),
        ("2.0.0.0", "1033", program("10.0", &[1033]), false),
        ("10.0.0.0", "1033", program("9.65535", &[1033]), true),
        ("2.0.0.0", "1031", program("2.0", &[1033]), true),
        ("2.0.0.0", "1033,1031", program("2.0", &[1033]), true),
        ("2.0.0.0", "1033", program("2.0", &[1033, 1031]), false),
        ("2.0.0.0", "", program("2.0", &[]), false),
        ("2.0.0.0", "1033", b"no program".to_vec(), true),
        ("", "", program("1.0", &[1033]), false),
        ("", "", b"no program".to_vec(), true),
    ];
    for (version, languages, on_disk, replaced) in cases {
        let bench = Bench::new();
        let package = versioned(&bench, version, languages);
        let mut before = bench.machine();
        before.put_file(&format!("{FOLDER}/tool.exe"), &on_disk);
        let after = install(&bench, &before, &package);
        let file = after.bytes(&format!("{FOLDER}/tool.exe")).unwrap();
        assert_eq!(*file != on_disk, replaced, "{version} {languages}");
        // Whoever's file it was: it is the product's now.
        assert!(!is_there(&remove(&bench, &after, &package), "tool.exe"));
    }
}

#[test]
fn a_file_that_its_user_changed_is_kept_unless_every_letter_is_given() {
    let bench = Bench::new();
    let package = sharing(&bench, "One", 0, "");
    let mut disk = install(&bench, &bench.machine(), &package);
    disk.change_file(&format!("{FOLDER}/shared.dll"), b"mine");
    for (mode, kept) in [("omus", true), ("emus", true), ("amus", false)] {
        let properties = [("REINSTALL", "ALL"), ("REINSTALLMODE", mode)];
        let after = bench.after(&disk, &with(&package, &properties));
        let text = after.bytes(&format!("{FOLDER}/shared.dll")).unwrap();
        assert_eq!(*text == b"mine", kept, "{mode}");
    }
    // Nor does a first install overwrite it.
    let mut before = bench.machine();
    before.change_file(&format!("{FOLDER}/shared.dll"), b"mine");
    let after = install(&bench, &before, &package);
    assert_eq!(
        *after.bytes(&format!("{FOLDER}/shared.dll")).unwrap(),
        b"mine"
    );
}

#[test]
fn files_of_the_user_survive_in_the_products_folder() {
    let bench = Bench::new();
    let package = sharing(
        &bench,
        "One",
        0,
        "RemoveFile: Logs | Shared | *.log | INSTALLDIR | 2",
    );
    let bare = bench.machine();
    let mut disk = install(&bench, &bare, &package);
    for name in ["notes.txt", "deep/er.txt", "old.log"] {
        disk.put_file(&format!("{FOLDER}/{name}"), b"mine");
    }
    let left = difference(&bench, &bare, &remove(&bench, &disk, &package));
    let names: Vec<&str> = left
        .iter()
        .map(|line| line.split(" 4 ").next().unwrap())
        .collect();
    let expected = [
        format!("+ D {FOLDER}"),
        format!("+ D {FOLDER}/deep"),
        format!("+ F {FOLDER}/deep/er.txt"),
        format!("+ F {FOLDER}/notes.txt"),
    ];
    assert_eq!(names, expected);
}

#[test]
fn a_component_without_an_id_is_installed_and_never_removed() {
    let bench = Bench::new();
    let more = "file free.txt in Free: free\nComponent: Free | | INSTALLDIR | 0 | | free.txt";
    let package = sharing(&bench, "One", 0, more);
    let installed = install(&bench, &bench.machine(), &package);
    assert!(is_there(&installed, "free.txt"));
    assert!(is_there(&remove(&bench, &installed, &package), "free.txt"));
}
