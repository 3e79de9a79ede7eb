//! `list`, `show` and `show --verify` tell the truth: contexts, states, what is missing, what was changed.
#![allow(
    clippy::disallowed_methods,
    reason = "packages lie in a folder of the host"
)]

mod bench;

use bench::{Bench, command, host};
use expect_test::{Expect, expect};
use installer::{Command, Intent, ProblemKind, Verification};
use machine::{Disk, MemoryDisk, Tree};

const GREETER: &str = "
    product Greeter 1.0.0
    file hello.txt in Main: Hello, world
    file more.txt in Extra: More
    feature More: Extra
    component Keyed in INSTALLDIR: 4
    Registry: Key | 2 | Software\\Greeter | Name | here | Keyed
    Registry: Other | 1 | Software\\Greeter | Other | here | Main
    Component: Keyed | {00000001-0000-4000-8000-000000000001} | INSTALLDIR | 4 | | Key
    Shortcut: Link | ProgramMenuFolder | Greeter | Main | [INSTALLDIR]hello.txt
    DuplicateFile: Copy | Main | hello.txt | copy.txt
";
const FOLDER: &str = "drive_c/Program Files (x86)/Greeter";

fn tree(disk: &MemoryDisk) -> Tree<MemoryDisk> {
    Tree::open(disk.clone()).unwrap()
}

/// The state and context that `list` tells of the only product.
#[track_caller]
fn listed(disk: &MemoryDisk) -> String {
    let products = installer::list(&tree(disk)).unwrap();
    assert_eq!(products.len(), 1, "{products:?}");
    let shown = installer::show(&tree(disk), &products[0].product_code).unwrap();
    assert_eq!(shown.product, products[0]);
    format!("{} {}", products[0].state, products[0].context)
}

fn greeter(bench: &Bench) -> (String, MemoryDisk) {
    let package = bench.package("greeter", GREETER);
    let disk = bench.after(&bench.machine(), &command(Intent::Install, &package));
    (package, disk)
}

fn with(target: &str, properties: &[(&str, &str)]) -> Command {
    let mut wanted = command(Intent::Install, target);
    for (name, value) in properties {
        let property = ((*name).to_owned(), (*value).to_owned());
        wanted.properties.push(property);
    }
    wanted
}

fn without(disk: &MemoryDisk, path: &str) -> MemoryDisk {
    let mut disk = disk.clone();
    disk.remove_file(path).unwrap();
    disk
}

/// Takes lines out of a hive behind everybody's back.
fn without_line(disk: &MemoryDisk, hive: &str, line: &str) -> MemoryDisk {
    let mut disk = disk.clone();
    let text = String::from_utf8(disk.bytes(hive).unwrap().to_vec()).unwrap();
    assert!(text.contains(line), "{text}");
    disk.put_file(hive, text.replace(line, "").as_bytes());
    disk
}

fn cached(disk: &MemoryDisk) -> String {
    let is_cached = |path: &&str| path.contains("windows/Installer/") && path.ends_with(".msi");
    let mut paths = disk.entries().map(|(path, _)| path);
    paths.find(is_cached).unwrap().to_owned()
}

#[test]
fn a_product_is_installed_broken_or_advertised() {
    let bench = Bench::new();
    let (package, installed) = greeter(&bench);
    assert_eq!(listed(&installed), "installed machine");
    let name = "\"Name\"=\"here\"\n";
    for broken in [
        without(&installed, &format!("{FOLDER}/hello.txt")),
        without(&installed, &format!("{FOLDER}/more.txt")),
        without(&installed, &cached(&installed)),
        without_line(&installed, "system.reg", name),
    ] {
        assert_eq!(listed(&broken), "broken machine");
        let repair = Intent::Repair {
            mode: "vomus".to_owned(),
        };
        // A repair from the package itself heals each of them.
        let wanted = command(repair, &package);
        assert_eq!(listed(&bench.after(&broken, &wanted)), "installed machine");
    }
    // What is no key path breaks nothing.
    for fine in [
        without(&installed, &format!("{FOLDER}/copy.txt")),
        without_line(&installed, "user.reg", "\"Other\"=\"here\"\n"),
    ] {
        assert_eq!(listed(&fine), "installed machine");
    }
}

#[test]
fn a_product_that_is_only_published_is_advertised() {
    let bench = Bench::new();
    let (package, _) = greeter(&bench);
    let wanted = with(&package, &[("ADVERTISE", "ALL")]);
    let mut disk = bench.after(&bench.machine(), &wanted);
    // Without what is kept of installed products there is only what is published.
    let hive = String::from_utf8(disk.bytes("system.reg").unwrap().to_vec()).unwrap();
    let sections = hive
        .split("\n[")
        .filter(|section| !section.contains("UserData"));
    let published = sections.collect::<Vec<_>>().join("\n[");
    disk.put_file("system.reg", published.as_bytes());
    assert_eq!(listed(&disk), "advertised machine");
    let shown = installer::show(&tree(&disk), "Greeter").unwrap();
    assert!(
        shown
            .features
            .iter()
            .all(|feature| feature.state == "advertised")
    );
}

#[test]
fn a_feature_that_was_left_out_breaks_nothing() {
    let bench = Bench::new();
    let (package, installed) = greeter(&bench);
    let left = bench.after(&installed, &with(&package, &[("REMOVE", "More")]));
    assert!(left.bytes(&format!("{FOLDER}/more.txt")).is_none());
    assert_eq!(listed(&left), "installed machine");
    let shown = installer::show(&tree(&left), "Greeter").unwrap();
    let features: Vec<String> = shown
        .features
        .iter()
        .map(|feature| format!("{} {}", feature.name, feature.state))
        .collect();
    assert_eq!(features, ["More absent", "Complete local"]);
}

#[test]
fn products_of_a_user_are_listed_as_such() {
    let bench = Bench::new();
    let package = bench.package(
        "greeter",
        &GREETER.replace("product", "property ALLUSERS: 2\nproduct"),
    );
    for (properties, context) in [
        (&[("ALLUSERS", "")][..], "user_unmanaged"),
        (
            &[("ALLUSERS", "2"), ("MSIINSTALLPERUSER", "1")],
            "user_unmanaged",
        ),
        (&[("ALLUSERS", "2")], "machine"),
        (&[("ALLUSERS", "1")], "machine"),
    ] {
        let bare = bench.machine();
        let disk = bench.after(&bare, &with(&package, properties));
        assert_eq!(
            listed(&disk),
            format!("installed {context}"),
            "{properties:?}"
        );
        // Maintenance stays in the context, whatever is asked for.
        let other = [("ALLUSERS", if context == "machine" { "" } else { "1" })];
        let again = bench.after(&disk, &with(&package, &other));
        assert_eq!(
            listed(&again),
            format!("installed {context}"),
            "{properties:?}"
        );
        let removed = bench.after(&disk, &command(Intent::Remove, "Greeter"));
        assert_eq!(
            bench.snapshot(&removed),
            bench.snapshot(&bare),
            "{properties:?}"
        );
    }
}

#[test]
fn a_managed_product_of_a_user_is_listed_as_such() {
    let bench = Bench::new();
    let package = bench.package("greeter", GREETER);
    let disk = bench.after(&bench.machine(), &with(&package, &[("ALLUSERS", "")]));
    // What the user has published an administrator has: the same keys in another place.
    let text = String::from_utf8(disk.bytes("user.reg").unwrap().to_vec()).unwrap();
    let sid = machine::Facts::default().user_sid;
    let managed = format!(
        "[Software\\\\Microsoft\\\\Windows\\\\CurrentVersion\\\\Installer\\\\Managed\\\\{sid}\\\\Installer\\\\"
    );
    let (mut user, mut machine) = (String::new(), String::new());
    for section in text.split("\n[") {
        let section = format!("[{section}\n");
        match section.strip_prefix("[Software\\\\Microsoft\\\\Installer\\\\") {
            Some(rest) => machine += &format!("{managed}{rest}\n"),
            None => user += &section,
        }
    }
    let mut disk = disk.clone();
    let hive = String::from_utf8(disk.bytes("system.reg").unwrap().to_vec()).unwrap();
    disk.put_file("system.reg", format!("{hive}\n{machine}").as_bytes());
    disk.put_file("user.reg", user.trim_start_matches('[').as_bytes());
    assert_eq!(listed(&disk), "installed user_managed");
}

#[track_caller]
fn check(disk: &MemoryDisk, expected: Expect) -> Verification {
    let told = installer::verify(&tree(disk), "Greeter", &host()).unwrap();
    let lines = told.lines();
    let lines: Vec<&str> = lines.iter().map(|line| line.trim()).collect();
    expected.assert_eq(&lines.join("\n"));
    told
}

#[test]
fn verifying_tells_what_is_missing_and_what_was_changed() {
    let bench = Bench::new();
    for cabinet in ["", "cabinet"] {
        let package = bench.package("greeter", &format!("{GREETER}\n{cabinet}"));
        let installed = bench.after(&bench.machine(), &command(Intent::Install, &package));
        check(
            &installed,
            expect!["verified       2 files, the contents of 2; problems: 0"],
        );
        let missing = without(&installed, &format!("{FOLDER}/hello.txt"));
        check(
            &missing,
            expect![[r#"
                verified       2 files, the contents of 1; problems: 1
                there is no file C:\Program Files (x86)\Greeter\hello.txt"#]],
        );
        let mut changed = installed.clone();
        changed.put_file(&format!("{FOLDER}/hello.txt"), b"Hello, World");
        let told = check(
            &changed,
            expect![[r#"
                verified       2 files, the contents of 2; problems: 1
                other bytes: C:\Program Files (x86)\Greeter\hello.txt"#]],
        );
        assert_eq!(told.problems[0].problem, ProblemKind::ChangedContents);
        changed.put_file(&format!("{FOLDER}/hello.txt"), b"Hello, whole world");
        check(
            &changed,
            expect![[r#"
                verified       2 files, the contents of 1; problems: 1
                another size: C:\Program Files (x86)\Greeter\hello.txt (18 instead of 12)"#]],
        );
        let values = without_line(&installed, "system.reg", "\"Name\"=\"here\"\n");
        let values = without_line(&values, "user.reg", "\"Other\"=\"here\"\n");
        check(
            &values,
            expect![[r#"
                verified       2 files, the contents of 2; problems: 2
                there is no value HKCU\Software\Greeter\Other
                there is no value HKLM\Software\Wow6432Node\Greeter\Name"#]],
        );
        let copy = without(&installed, &format!("{FOLDER}/copy.txt"));
        let menu = "drive_c/ProgramData/Microsoft/Windows/Start Menu/Programs/Greeter.lnk";
        check(
            &without(&copy, menu),
            expect![[r#"
                verified       2 files, the contents of 2; problems: 2
                there is no file C:\Program Files (x86)\Greeter\copy.txt
                there is no shortcut C:\ProgramData\Microsoft\Windows\Start Menu\Programs\Greeter.lnk"#]],
        );
    }
}

#[test]
fn verifying_without_source_compares_what_it_can() {
    let bench = Bench::new();
    let hash = "MsiFileHash: more.txt | 0 | 1 | 2 | 3 | 4";
    let package = bench.package("greeter", &format!("{GREETER}\n{hash}"));
    let installed = bench.after(&bench.machine(), &command(Intent::Install, &package));
    std::fs::remove_dir_all(bench.path("greeter")).unwrap();
    // One file has a hash, which is not its own; the other can only be measured.
    check(
        &installed,
        expect![[r#"
            verified       2 files, the contents of 1; problems: 1
            other bytes: C:\Program Files (x86)\Greeter\more.txt"#]],
    );
    let gone = without(&installed, &cached(&installed));
    let error = installer::verify(&tree(&gone), "Greeter", &host()).unwrap_err();
    assert_eq!(error.code(), 1612);
    let error = installer::verify(&tree(&bench.machine()), "Greeter", &host()).unwrap_err();
    assert_eq!(error.code(), 1605);
}

#[test]
fn verifying_knows_versions() {
    let bench = Bench::new();
    let program = testing::program("2.0", &[1033]);
    let row = format!(
        "File: tool.exe | Tool | tool.exe | {} | 2.0.0.0 | 1033 | 512 | 3",
        program.len()
    );
    let package = bench.package(
        "greeter",
        &format!("{GREETER}\nfile tool.exe in Tool: x\n{row}"),
    );
    std::fs::write(bench.path("greeter/Greeter/tool.exe"), program).unwrap();
    let mut disk = bench.after(&bench.machine(), &command(Intent::Install, &package));
    check(
        &disk,
        expect!["verified       3 files, the contents of 3; problems: 0"],
    );
    let tool = format!("{FOLDER}/tool.exe");
    disk.put_file(&tool, &testing::program("2.0.1", &[1033]));
    check(
        &disk,
        expect!["verified       3 files, the contents of 2; problems: 0"],
    );
    disk.put_file(&tool, &testing::program("1.9", &[1033]));
    check(
        &disk,
        expect![[r#"
            verified       3 files, the contents of 2; problems: 1
            older: C:\Program Files (x86)\Greeter\tool.exe (1.9.0.0 instead of 2.0.0.0)"#]],
    );
    disk.put_file(&tool, b"text");
    check(
        &disk,
        expect![[r#"
            verified       3 files, the contents of 2; problems: 1
            older: C:\Program Files (x86)\Greeter\tool.exe (instead of 2.0.0.0)"#]],
    );
}
