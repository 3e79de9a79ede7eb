//! `db …`: packages made, changed and compared from the outside.

use std::path::Path;

use expect_test::{ExpectFile, expect, expect_file};

use crate::world::{Ran, World};

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn query(world: &World, package: &str, statement: &str, more: &[&str]) -> Ran {
    world.msikit(&[&["db", "query", package, statement], more].concat())
}

#[test]
fn statements_make_and_change_a_package() {
    let world = World::new();
    let package = world.path("new.msi");
    let package = text(&package);
    let write = |statement: &str, more: &[&str]| {
        let ran = query(
            &world,
            package,
            statement,
            &[&["--write", "--json"], more].concat(),
        );
        assert_eq!((ran.status, ran.out.trim()), (0, "[]"), "{ran:?}");
    };
    write(
        "CREATE TABLE Binary (Name CHAR(72) NOT NULL, Data OBJECT, Size INT PRIMARY KEY Name)",
        &[],
    );
    std::fs::write(world.path("data"), "12345").unwrap();
    let data = format!("@{}", text(&world.path("data")));
    let insert = "INSERT INTO Binary (Name, Data, Size) VALUES (?, ?, ?)";
    write(
        insert,
        &["--param", "007", "--param", &data, "--param", "-5"],
    );
    let ran = query(&world, package, "SELECT * FROM Binary", &["--json"]);
    let found = serde_json::to_string(&ran.json()).unwrap();
    expect![[r#"[{"Name":"007","Data":{"stream":"Binary.007","bytes":5},"Size":-5}]"#]]
        .assert_eq(&found);
    let ran = query(
        &world,
        package,
        insert,
        &["--write", "--param", "007", "--param", "", "--param", ""],
    );
    expect!["msikit: table Binary: there is a row 007 already [1627 ERROR_FUNCTION_FAILED]\n"]
        .assert_eq(&ran.err);
    assert_eq!(ran.status, 91);
    let ran = query(&world, package, "DELETE FROM Binary", &[]);
    expect![[r#"
        msikit: query `DELETE FROM Binary`: it changes the package, and only a SELECT is asked for here (with --write it may) [1615 ERROR_BAD_QUERY_SYNTAX]
    "#]]
        .assert_eq(&ran.err);
}

#[test]
fn text_tables_and_packages_are_made_of_each_other() {
    let world = World::new();
    let folder = world.package(
        "greeter",
        "product Greeter 1.0\nfile a.txt in Main: a\ncabinet",
    );
    let [one, two] = ["one.msi", "two.msi"].map(|name| world.path(name));
    let [first, second] = ["first", "second"].map(|name| world.path(name));
    let ok = |arguments: &[&str]| {
        let ran = world.msikit(arguments);
        assert_eq!(ran.status, 0, "{ran:?}");
    };
    ok(&["db", "build", text(&folder), "-o", text(&one)]);
    ok(&["db", "export", text(&one), "-o", text(&first)]);
    ok(&["db", "build", text(&first), "-o", text(&two)]);
    ok(&["db", "export", text(&two), "-o", text(&second)]);
    ok(&["db", "export", text(&two), "-o", text(&second)]);
    let three = world.path("three.msi");
    ok(&["db", "build", text(&second), "-o", text(&three)]);
    assert!(std::fs::read(&two).unwrap() == std::fs::read(&three).unwrap());
    let names = |folder: &Path| {
        let entries = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(names(&first), names(&second));
    let property = std::fs::read_to_string(first.join("Property.idt")).unwrap();
    std::fs::write(
        first.join("Property.idt"),
        property.replace("Contoso", "Fabrikam"),
    )
    .unwrap();
    ok(&[
        "db",
        "import",
        text(&one),
        text(&first.join("Property.idt")),
    ]);
    let ask = "SELECT Value FROM Property WHERE Property='Manufacturer'";
    assert_eq!(query(&world, text(&one), ask, &[]).out, "Fabrikam\n");
    let ran = world.msikit(&["db", "export", text(&one), "-o", text(&world.path(""))]);
    assert_ne!(ran.status, 0, "a folder with other things is left alone");
    ok(&["install", text(&two)]);
}

#[test]
fn a_build_has_the_time_that_it_is_told() {
    let world = World::new();
    let folder = world.package("greeter", "product Greeter 1.0");
    let package = world.path("greeter.msi");
    let mut command = world.command(&["db", "build", text(&folder), "-o", text(&package)]);
    command.env("SOURCE_DATE_EPOCH", "1700000000");
    assert!(command.status().unwrap().success());
    let info = world
        .msikit(&["db", "info", text(&package), "--json"])
        .json();
    assert_eq!(info["create_time"], "2023-11-14T22:13:20Z");
    assert_eq!(info["last_saved_time"], "2023-11-14T22:13:20Z");
}

#[test]
fn what_a_package_is_on_one_screen() {
    let world = World::new();
    let text = "product Contoso Tools 1.2.3
        file a.txt in Main: a
        file b.txt in Help: bb
        feature Help: Help
        folder DOCS in INSTALLDIR: Documents
        cabinet
        Media: 2 | 99 | | data.cab | |
        property ALLUSERS: 1
        property COLOUR: blue
        property PASSWORD: s3cret
        property MsiHiddenProperties: PASSWORD
        Upgrade: {B899E5DD-D56C-4AF6-B3B0-9A77EF4C0B09} | 1 | | | 1 | | OLDER
        LaunchCondition: LICENCE = 1 | Accept the licence with LICENCE=1";
    world.package("my tools", text);
    check_info(&world, "my tools", expect_file!["info/package.txt"]);
    world.package("user", "product Small 1.0\nwithout CreateShortcuts");
    check_info(&world, "user", expect_file!["info/user.txt"]);
}

fn check_info(world: &World, package: &str, expected: ExpectFile) {
    let ran = world.msikit(&["db", "info", package]);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{ran:?}");
    for line in ran.out.lines().filter(|line| line.len() > 80) {
        assert!(
            line.starts_with("  ms") || line.starts_with("  HK"),
            "{line}"
        );
    }
    expected.assert_eq(&ran.out);
}

#[test]
fn differences_are_told_line_by_line() {
    let world = World::new();
    let one = world.package(
        "one",
        "product Greeter 1.0\nfile a.txt in Main: a\nfile b.txt in Main: b\ncabinet",
    );
    let two = world.package(
        "two",
        "product Greeter 1.0\nfile a.txt in Main: A\nproperty NEW: x\ncabinet",
    );
    let [one, two] = [text(&one), text(&two)];
    let ran = world.msikit(&["db", "diff", one, two]);
    assert_eq!(ran.status, 1, "{ran:?}");
    let lines: Vec<&str> = ran
        .out
        .lines()
        .filter(|line| !line.contains("revision_number"))
        .collect();
    expect![[r#"
        table File
        -   b.txt  File="b.txt", Component_="Main", FileName="b.txt", FileSize=1, Attributes=512, Sequence=2
        table Media
        ~   1  LastSequence: 2 -> 1
        table Property
        +   NEW  Property="NEW", Value="x"
        ~ stream files.cab: 102 bytes ec3e5c26c959 -> 79 bytes cb9ad4d937c1
        ~ file files.cab/a.txt: 1 bytes ca978112ca1b -> 1 bytes 559aead08264
        - file files.cab/b.txt: 1 bytes 3e23e8160039"#]].assert_eq(&lines.join("\n"));
    assert!(
        world
            .msikit(&["db", "diff", one, two, "--color=always"])
            .out
            .contains("\u{1b}[32m+ ")
    );
    let ran = world.msikit(&["db", "diff", one, one, "--json"]);
    assert_eq!((ran.status, ran.json()["same"].as_bool()), (0, Some(true)));
}

#[test]
fn a_transform_makes_the_one_of_the_other() {
    let world = World::new();
    let one = world.package("one", "product Greeter 1.0\nproperty OLD: o");
    let two = world.package(
        "two",
        "product Greeter 1.0\nproperty NEW: n\nproperty Manufacturer: Fabrikam",
    );
    let [one, two] = [text(&one), text(&two)];
    let [transform, result] = ["change.mst", "result.msi"].map(|name| world.path(name));
    let [transform, result] = [text(&transform), text(&result)];
    let make = [
        "db",
        "transform",
        one,
        two,
        "-o",
        transform,
        "--validate",
        "product,equal,update-version",
    ];
    let ran = world.msikit(&make);
    assert_eq!((ran.status, ran.out.as_str()), (0, "Property\n"), "{ran:?}");
    let ran = world.msikit(&["db", "transform", one, "--apply", transform, "-o", result]);
    assert_eq!((ran.status, ran.out.as_str()), (0, "Property\n"), "{ran:?}");
    let ran = world.msikit(&["db", "diff", result, two, "--json"]);
    assert_eq!(ran.json()["tables"], serde_json::json!([]), "{ran:?}");
    let other = world.package("other", "product Other 1.0");
    let ran = world.msikit(&[
        "db",
        "transform",
        text(&other),
        "--apply",
        transform,
        "-o",
        result,
    ]);
    assert_eq!(ran.status, 88, "{ran:?}");
    assert!(
        ran.err
            .ends_with("[1624 ERROR_INSTALL_TRANSFORM_FAILURE]\n"),
        "{ran:?}"
    );
}

#[test]
fn rules_find_what_is_wrong_in_three_forms() {
    let world = World::new();
    world.package("good", "product Good 1.0.0\nfile hello.txt in Main: Hello");
    world.package(
        "bad",
        "product Bad 1.0.0\nfile hello.txt in Main: Hello\nproperty REINSTALLMODE: amus\nFont: hello.txt | Hello",
    );
    let ran = world.msikit(&["db", "validate", "good"]);
    assert_eq!((ran.status, ran.out.lines().count()), (0, 1), "{ran:?}");
    let ran = world.msikit(&["db", "validate", "bad", "--skip", "40"]);
    assert_eq!(ran.status, 1);
    expect![[r#"
        error   ICE07  Font/hello.txt.File_: a font is installed to INSTALLDIR, not to FontsFolder
        1 error, 0 warnings, 0 remarks by 111 rules
          ICE07: fonts go to the fonts folder <https://learn.microsoft.com/windows/win32/msi/ice07>
    "#]]
    .assert_eq(&ran.out);
    let ran = world.msikit(&["db", "validate", "bad", "--rule", "ICE40", "--json"]);
    assert_eq!(ran.status, 0, "a warning is no error");
    let found = ran.json();
    assert_eq!(found[0]["rule"], "ICE40");
    assert_eq!(found[0]["key"][0], "REINSTALLMODE");
    let ran = world.msikit(&["db", "validate", "bad", "--sarif", "bad.sarif"]);
    assert_eq!(ran.status, 1);
    let sarif: serde_json::Value =
        serde_json::from_slice(&std::fs::read(world.path("bad.sarif")).unwrap()).unwrap();
    let run = &sarif["runs"][0];
    assert_eq!(run["results"].as_array().unwrap().len(), 2);
    assert_eq!(run["tool"]["driver"]["rules"][0]["id"], "ICE07");
    let place = &run["results"][0]["locations"][0]["logicalLocations"][0]["fullyQualifiedName"];
    assert_eq!(place, "Font/hello.txt/File_");
    let ran = world.msikit(&["db", "validate", "bad", "--rule", "ICE01"]);
    assert_eq!(ran.status, 103, "{ran:?}");
}

#[test]
fn a_new_folder_is_built_installed_and_removed() {
    let world = World::new();
    let ran = world.msikit(&["new", "tools", "--name", "Good Tools", "--dry-run"]);
    assert_eq!(
        (ran.status, world.path("tools").exists()),
        (0, false),
        "{ran:?}"
    );
    let ran = world.msikit(&["new", "tools", "--name", "Good Tools"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let again = world.msikit(&["new", "tools"]);
    assert_eq!(again.status, 103, "{again:?}");
    let ran = world.msikit(&["db", "build", "tools", "-o", "tools.msi"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let ran = world.msikit(&["db", "validate", "tools.msi"]);
    assert_eq!(ran.out, "0 errors, 0 warnings, 0 remarks by 112 rules\n");
    let ran = world.msikit(&["install", "tools.msi"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let installed = world
        .machine()
        .join("drive_c/Program Files/Good Tools/readme.txt");
    assert_eq!(
        std::fs::read_to_string(&installed).unwrap(),
        "Hello from Good Tools.\r\n"
    );
    let ran = world.msikit(&["remove", "Good Tools"]);
    assert_eq!((ran.status, installed.exists()), (0, false), "{ran:?}");
}

#[test]
fn a_manifest_that_is_wrong_is_told_in_one_line_and_nothing_is_written() {
    let world = World::new();
    std::fs::create_dir(world.path("bad")).unwrap();
    std::fs::write(world.path("bad/package.toml"), "[package]\nname = 1\n").unwrap();
    let ran = world.msikit(&["db", "build", "bad", "-o", "bad.msi"]);
    assert_eq!((ran.status, ran.err.lines().count()), (103, 1), "{ran:?}");
    assert!(!world.path("bad.msi").exists());
}

#[test]
fn a_package_is_inspected_without_being_run() {
    let world = World::new();
    world.package(
        "tools",
        "product Tools 1.0.0\nfile hello.txt in Main: Hello\ncabinet\nCustomAction: Ask | 38 | | MsgBox 1\nInstallExecuteSequence: Ask | NOT Installed | 4001\nShortcut: S | ProgramMenuFolder | Tools | Main | Complete",
    );
    let ran = world.msikit(&["inspect", "tools", "--scripts", "--hashes"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    expect![[r#"
        Tools 1.0.0, by Contoso, for the machine
        not signed

        To look at
          note     script           CustomAction/Ask: a vbscript runs immediate with the rights of the user
          note     unsigned         the package has no signature

        Custom actions
          Ask (immediate, user's rights): vbscript from text: MsgBox 1
            InstallExecuteSequence 4001: install if NOT Installed
              | MsgBox 1

        Shortcuts
          [ProgramMenuFolder]Tools to feature Complete

        Files
          185f8db32271fe25f561a6fc938b2e264306ec304eda518007d1764826381969          5 Program Files/Tools/hello.txt
    "#]].assert_eq(&ran.out);
    let ran = world.msikit(&[
        "inspect",
        "tools",
        "--json",
        "--sbom",
        "bom.json",
        "--sarif",
        "tools.sarif",
    ]);
    let found = ran.json();
    assert_eq!(found["custom_actions"][0]["placed"][0]["repair"], false);
    let hash = found["files"][0]["sha256"].as_str().unwrap().to_owned();
    let read = |name: &str| -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(world.path(name)).unwrap()).unwrap()
    };
    let bom = read("bom.json");
    assert_eq!(bom["bomFormat"], "CycloneDX");
    assert_eq!(bom["components"][0]["hashes"][0]["content"], hash);
    let sarif = read("tools.sarif");
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "script");
    assert!(!world.machine().exists());
}

#[test]
fn a_setup_program_gives_its_package_away() {
    let world = World::new();
    world.package(
        "tools",
        "product Tools 1.0.0\nfile hello.txt in Main: Hello\ncabinet",
    );
    assert_eq!(
        world
            .msikit(&["db", "build", "tools", "-o", "tools.msi"])
            .status,
        0
    );
    let package = std::fs::read(world.path("tools.msi")).unwrap();
    let setup = [b"MZ a program".as_slice(), &package, b"and more"].concat();
    std::fs::write(world.path("setup.exe"), setup).unwrap();
    let ran = world.msikit(&["extract", "setup.exe", "out", "--json"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(ran.json()["embedded"][0]["kind"], "msi");
    assert!(std::fs::read(world.path("out/1.msi")).unwrap() == package);
    std::fs::write(world.path("plain.exe"), b"MZ a program and no more").unwrap();
    let ran = world.msikit(&["extract", "plain.exe", "none"]);
    assert_eq!((ran.status, ran.err.lines().count()), (84, 1), "{ran:?}");
    assert!(!world.path("none").exists());
}
