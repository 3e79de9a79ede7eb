//! What people read about what is installed: list, show, show --verify, events, status; and hints at what was mistyped.

use expect_test::{Expect, expect};

use crate::world::World;

fn world() -> World {
    let world = World::new();
    world.package(
        "tools",
        "product Contoso Tools 1.2.3
         file a.txt in Main: a
         file b.txt in Extra: bb
         feature Help: Extra",
    );
    world.package("small", "product Small 10.0\nfile c.txt in Other: c");
    for package in ["tools", "small"] {
        assert_eq!(world.msikit(&["install", package]).status, 0);
    }
    world
}

/// The same for a second time or another machine: no times, no numbers of processes, no names of cached packages.
fn settled(text: &str) -> String {
    let mut settled = String::new();
    for line in text.split_inclusive('\n') {
        let line = match line.split_once("Installer\\") {
            Some((before, _)) if line.contains("cached") => {
                format!("{before}Installer\\CACHED.msi\n")
            }
            _ => line.to_owned(),
        };
        let line = match line.split_once("Client Process Id: ") {
            Some((before, _)) => format!("{before}Client Process Id: PID.\n"),
            None => line,
        };
        let has_date = line.get(..3).is_some_and(|start| start.starts_with("20"));
        settled.push_str(&match has_date {
            true => format!("DATE TIME{}", &line[19..]),
            false => line,
        });
    }
    settled
}

#[track_caller]
fn check(world: &World, arguments: &[&str], expected: Expect) {
    let shown = settled(&world.msikit(arguments).shown());
    let shown = shown.lines().map(|line| match line {
        _ if line.starts_with("  installed on") => "  installed on   DATE",
        _ if line.starts_with("  installed from") => "  installed from FOLDER",
        _ => line,
    });
    expected.assert_eq(&(shown.collect::<Vec<_>>().join("\n") + "\n"));
}

#[test]
fn what_is_installed() {
    let world = world();
    check(
        &world,
        &["list"],
        expect![[r#"
        0
        {253C26A0-0237-B3A6-D47D-F43ABC0B68F7}  Contoso Tools  1.2.3
        {D8555717-711A-198A-3202-716E029FBCF6}  Small          10.0

    "#]],
    );
    check(
        &world,
        &["show", "Contoso Tools"],
        expect![[r#"
            0
            Contoso Tools 1.2.3
              product code   {253C26A0-0237-B3A6-D47D-F43ABC0B68F7}
              package code   {1686AD7D-4C2C-49BA-6E47-BEDA161EF929}
              upgrade code   {9515A53A-CBCA-2830-9321-C93199A000F0}
              manufacturer   Contoso
              language       1033
              context        machine
              state          installed
              installed on   DATE
              installed from FOLDER
              cached package C:\windows\Installer\CACHED.msi
              feature        Help (local)
              feature        Complete (local)

        "#]],
    );
    let file = "drive_c/Program Files (x86)/Contoso Tools/b.txt";
    std::fs::remove_file(world.machine().join(file)).unwrap();
    check(
        &world,
        &["show", "tools", "--verify"],
        expect![[r#"
            1
            Contoso Tools 1.2.3
              product code   {253C26A0-0237-B3A6-D47D-F43ABC0B68F7}
              package code   {1686AD7D-4C2C-49BA-6E47-BEDA161EF929}
              upgrade code   {9515A53A-CBCA-2830-9321-C93199A000F0}
              manufacturer   Contoso
              language       1033
              context        machine
              state          broken
              installed on   DATE
              installed from FOLDER
              cached package C:\windows\Installer\CACHED.msi
              feature        Help (local)
              feature        Complete (local)
              not there      C:\Program Files (x86)\Contoso Tools\b.txt
              what to do     mend it: `msikit repair`
              verified       2 files, the contents of 1; problems: 1
                there is no file C:\Program Files (x86)\Contoso Tools\b.txt

        "#]],
    );
    check(
        &world,
        &["list"],
        expect![[r#"
        0
        {253C26A0-0237-B3A6-D47D-F43ABC0B68F7}  Contoso Tools  1.2.3  [broken]
        {D8555717-711A-198A-3202-716E029FBCF6}  Small          10.0

    "#]],
    );
    check(
        &World::new(),
        &["list"],
        expect![[r#"
        0
        msikit: there is no machine yet: the default facts are used
        msikit: no products are installed
    "#]],
    );
}

#[test]
fn what_happened() {
    let world = world();
    check(
        &world,
        &["events"],
        expect![[r#"
        0
        DATE TIME   1040  info     Beginning a Windows Installer transaction: tools. Client Process Id: PID.
        DATE TIME  11707  info     Product: Contoso Tools -- Installation completed successfully.
        DATE TIME   1033  info     Windows Installer installed the product. Product Name: Contoso Tools. Product Version: 1.2.3. Product Language: 1033. Manufacturer: Contoso. Installation success or error status: 0.
        DATE TIME   1042  info     Ending a Windows Installer transaction: tools. Client Process Id: PID.
        DATE TIME   1040  info     Beginning a Windows Installer transaction: small. Client Process Id: PID.
        DATE TIME  11707  info     Product: Small -- Installation completed successfully.
        DATE TIME   1033  info     Windows Installer installed the product. Product Name: Small. Product Version: 10.0. Product Language: 1033. Manufacturer: Contoso. Installation success or error status: 0.
        DATE TIME   1042  info     Ending a Windows Installer transaction: small. Client Process Id: PID.

    "#]],
    );
    let forced = world.msikit(&["events", "--color", "always"]);
    assert_eq!(
        forced.out,
        world.msikit(&["events"]).out,
        "information has no colour"
    );
}

#[test]
fn what_was_mistyped() {
    let world = world();
    check(
        &world,
        &["remove", "Contoso Tool"],
        expect![[r#"
        69
        msikit: hint: did you mean 'Contoso Tools'? `msikit list` has all products
        msikit: Contoso Tool is not installed in this machine [1605 ERROR_UNKNOWN_PRODUCT]
    "#]],
    );
    check(
        &world,
        &["show", "contoso"],
        expect![[r#"
        69
        msikit: hint: did you mean 'Contoso Tools'? `msikit list` has all products
        msikit: contoso is not installed in this machine [1605 ERROR_UNKNOWN_PRODUCT]
    "#]],
    );
    check(
        &world,
        &["show", "Nothing like it"],
        expect![[r#"
        69
        msikit: Nothing like it is not installed in this machine [1605 ERROR_UNKNOWN_PRODUCT]
    "#]],
    );
    check(
        &world,
        &["plan", "tools", "--features", "Hlep"],
        expect![[r#"
            67
            install: Contoso Tools 1.2.3, for all users
              {253C26A0-0237-B3A6-D47D-F43ABC0B68F7}
              ! it would fail, and nothing would be changed: CostFinalize: table Property, row ADDLOCAL: there is no feature `Hlep` [message 2711]
              ADDLOCAL=Hlep
              ALLUSERS=1
              INSTALLDIR=C:\Program Files (x86)\Contoso Tools\
              INSTALLLEVEL=1
              TARGETDIR=C:\

            Features                                                           0 of 2 change
                Complete  local            Contoso Tools
                Help      local            Help

            Components                                                       2, none changes
            msikit: hint: there is no feature Hlep; did you mean Help? the package has Help, Complete
            msikit: CostFinalize: table Property, row ADDLOCAL: there is no feature `Hlep` [message 2711] [1603 ERROR_INSTALL_FAILURE]
        "#]],
    );
    check(
        &world,
        &["install", "tools", "ADDLOCAL=Main", "INSTALDIR=C:\\x"],
        expect![[r#"
            67
            msikit: hint: INSTALDIR is set; did you mean INSTALLDIR? the package has INSTALLDIR
            msikit: hint: there is no feature Main; the package has Help, Complete
            msikit: CostFinalize: table Property, row ADDLOCAL: there is no feature `Main` [message 2711] [1603 ERROR_INSTALL_FAILURE]
        "#]],
    );
    check(
        &world,
        &["msiexec", "/i", "tools", "/quite"],
        expect![[r#"
            103
            msikit: msiexec: `/quite`: is /q, /qn, /qb, /qr or /qf; is /quiet meant; see msiexec /? [1639 ERROR_INVALID_COMMAND_LINE]
        "#]],
    );
    check(
        &world,
        &["instal", "tools"],
        expect![[r#"
            103
            msikit: unrecognized subcommand 'instal'; some similar subcommands exist: 'list', 'uninstall', 'install' [1639 ERROR_INVALID_COMMAND_LINE]
        "#]],
    );
    check(
        &world,
        &["install", "tools", "--feature", "Main"],
        expect![[r#"
            103
            msikit: unexpected argument '--feature' found; a similar argument exists: '--features' [1639 ERROR_INVALID_COMMAND_LINE]
        "#]],
    );
}

#[test]
fn how_it_stands() {
    let world = World::new();
    check(
        &world,
        &["status"],
        expect![[r#"
        0
        free: no installation is in progress

    "#]],
    );
    std::fs::create_dir_all(world.machine().join(".msikit/gate/lock")).unwrap();
    check(
        &world,
        &["status"],
        expect![[r#"
        65
        unknown: HOME/machine/.msikit/gate/lock: expected a file, found a folder
          what to do   see to it that the machine's folder .msikit/gate can be read;
                       this is no "free"

    "#]],
    );
}
