//! The registry of a package as a .reg file, and setup programs that are only named.

use expect_test::expect;

use crate::world::World;

const TOOLS: &str = r"product Tools 1.0.0
file tool.exe in Main: the tool
file guide.txt in Docs: the guide
folder DocsDir in INSTALLDIR: Docs
component Docs in DocsDir
feature Documentation: Docs
property COLOUR: blue
Registry: R01 | 2 | Software\Contoso | Path | [INSTALLDIR] | Main
Registry: R02 | 2 | Software\Contoso | Count | #7 | Main
Registry: R03 | 2 | Software\Contoso | Open | #%%SystemRoot%\[COLOUR] | Main
Registry: R04 | 2 | Software\Contoso | Raw | #x0aff | Main
Registry: R05 | 2 | Software\Contoso | List | one[~]two | Main
Registry: R06 | 2 | Software\Contoso | List | [~]three | Main
Registry: R07 | 2 | Software\Contoso |  | [#tool.exe] of [$Docs] | Main
Registry: R08 | 0 | .tool |  | Tool.File | Main
Registry: R09 | 1 | Software\Contoso | User | ##1 | Main
Registry: R10 | 3 | .DEFAULT\Software\Contoso | Default | [\[]x] | Main
Registry: R11 | -1 | Software\Contoso\Own | + | | Main
Registry: R12 | 2 | Software\Contoso\Gone | - | | Main
Registry: R13 | 2 | Software\Contoso\Docs | Guide | [#guide.txt] | Docs
RemoveRegistry: X1 | 2 | Software\Contoso\Old | - | Main
RemoveRegistry: X2 | 2 | Software\Contoso | Former | Main";

fn reg(world: &World, arguments: &[&str]) -> String {
    let ran = world.msikit(&[&["extract", "tools", "out"], arguments].concat());
    assert_eq!(ran.status, 0, "{ran:?}");
    let bytes = std::fs::read(world.path("tools.reg")).unwrap();
    let units: Vec<u16> = bytes
        .chunks_exact(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
        .collect();
    String::from_utf16(&units).unwrap().replace("\r\n", "\n")
}

#[test]
fn the_registry_of_a_package() {
    let world = World::new();
    world.package("tools", TOOLS);
    expect![[r##"
        ﻿Windows Registry Editor Version 5.00

        [HKEY_LOCAL_MACHINE\Software\Classes\.tool]
        @="Tool.File"

        [HKEY_LOCAL_MACHINE\Software\Contoso]
        @="C:\\Program Files\\Tools\\tool.exe of C:\\Program Files\\Tools\\Docs\\"
        "Count"=dword:00000007
        "Former"=-
        "List"=hex(7):6f,00,6e,00,65,00,00,00,74,00,77,00,6f,00,00,00,74,00,68,00,72,\
          00,65,00,65,00,00,00,00,00
        "Open"=hex(2):25,00,53,00,79,00,73,00,74,00,65,00,6d,00,52,00,6f,00,6f,00,74,\
          00,25,00,5c,00,62,00,6c,00,75,00,65,00,00,00
        "Path"="C:\\Program Files\\Tools\\"
        "Raw"=hex:0a,ff

        [HKEY_LOCAL_MACHINE\Software\Contoso\Docs]
        "Guide"="C:\\Program Files\\Tools\\Docs\\guide.txt"

        [-HKEY_LOCAL_MACHINE\Software\Contoso\Old]

        [HKEY_LOCAL_MACHINE\Software\Contoso\Own]

        [HKEY_CURRENT_USER\Software\Contoso]
        "User"="#1"

        [HKEY_USERS\.DEFAULT\Software\Contoso]
        "Default"="[x]"

    "##]]
    .assert_eq(&reg(&world, &["--reg", "tools.reg"]));
    expect![[r#"
        ﻿Windows Registry Editor Version 5.00

        [HKEY_LOCAL_MACHINE\Software\Contoso\Docs]
        "Guide"="C:\\Program Files\\Tools\\Docs\\guide.txt"

    "#]]
    .assert_eq(&reg(
        &world,
        &["--reg", "tools.reg", "--feature", "Documentation"],
    ));
    let ran = world.msikit(&["extract", "tools", "out", "--reg", "-", "--json"]);
    assert_eq!(ran.status, 103, "{ran:?}");
    let ran = world.msikit(&["extract", "tools", "new", "--reg", "new.reg", "--dry-run"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(!world.path("new.reg").exists() && !world.path("new").exists());
}

#[test]
fn what_makes_no_sense_is_told_before_anything_is_written() {
    let world = World::new();
    world.package(
        "tools",
        &format!("{TOOLS}\nRegistry: R99 | 9 | Software | a | b | Main"),
    );
    let ran = world.msikit(&["extract", "tools", "out", "--reg", "tools.reg"]);
    expect![[r#"
        84
        msikit: table Registry, row R99, column Root: it is none of -1, 0, 1, 2, 3 [1620 ERROR_INSTALL_PACKAGE_INVALID]
    "#]].assert_eq(&ran.shown());
    assert!(!world.path("out").exists() && !world.path("tools.reg").exists());
}

#[test]
fn setup_programs_that_pack_in_their_own_way_are_named() {
    let world = World::new();
    std::fs::write(
        world.path("setup.exe"),
        b"MZ and \xEF\xBE\xAD\xDENullsoftInst",
    )
    .unwrap();
    let ran = world.msikit(&["extract", "setup.exe", "out"]);
    expect![[r#"
        84
        msikit: setup.exe: no package, patch or cabinet is in this program; it looks like the work of NSIS, which packs in a way of its own: it is opened with `7z x` [1620 ERROR_INSTALL_PACKAGE_INVALID]
    "#]].assert_eq(&ran.shown());
    let ran = world.msikit(&["extract", "setup.exe", "out", "--reg", "x.reg"]);
    assert_eq!(ran.status, 103, "{ran:?}");
}
