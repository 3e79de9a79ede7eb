//! Plans as people see them.

use expect_test::{Expect, expect};

use crate::world::World;

const TOOLS: &str = r"product Contoso-Tools 1.2.0
file tool.exe in Main: the tool
file readme.txt in Main: read me
file guide.txt in Docs: the guide
folder DocsDir in INSTALLDIR: Docs
component Docs in DocsDir
component OldWindows in INSTALLDIR
Component: OldWindows | {2E2D38DC-BBDF-B047-0580-6A3AA2636999} | INSTALLDIR | 0 | VersionNT < 500 |
Feature: Extra | Complete | Extra things for those who need them | | 2 | 5 | | 0
Feature: Off | Complete | Never here | | 4 | 1 | | 0
Condition: Off | 0 | VersionNT
feature Documentation: Docs
Registry: R1 | 2 | Software\Contoso | Path | [INSTALLDIR] | Main
Registry: R2 | 2 | Software\Contoso | Count | #7 | Main
Shortcut: S1 | ProgramMenuFolder | Tool | Main | [#tool.exe] | -x | | | | | |
Environment: E1 | CONTOSO | C:\Contoso | Main
ServiceInstall: SI | ContosoSvc | Contoso service | 16 | 2 | 1 | | | | | | Main |
CustomAction: RunIt | 3074 | InstallerBinary | /go
InstallExecuteSequence: RunIt | NOT Installed | 5900
LaunchCondition: VersionNT >= 501 | [ProductName] needs Windows XP
property SECRET: x";

/// The picture of a plan, without what differs from machine to machine.
fn picture(world: &World, arguments: &[&str]) -> String {
    let ran = world.msikit(&[&["plan"], arguments].concat());
    assert!(!ran.out.contains('\u{1b}'), "{ran:?}");
    let settled = |line: &str| {
        let line = match (line.find("needed, "), line.ends_with(" free")) {
            (Some(at), true) => format!("{}needed, … free", &line[..at]),
            _ => line.to_owned(),
        };
        // The cached package has a name of chance.
        match line.find("\\Installer\\").filter(|_| line.contains(".msi")) {
            Some(at) => format!("{}\\Installer\\….msi", &line[..at]),
            None => line,
        }
    };
    ran.out.lines().map(|line| settled(line) + "\n").collect()
}

fn check(world: &World, arguments: &[&str], expected: Expect) {
    expected.assert_eq(&picture(world, arguments));
}

#[test]
fn an_installation() {
    let world = World::new();
    world.package("tools", TOOLS);
    check(
        &world,
        &["tools", "SECRET=y"],
        expect![[r#"
            install: Contoso-Tools 1.2.0, for all users
              {AC5BB996-F542-73F1-4658-0609E69DCDC2}
              ALLUSERS=1
              INSTALLDIR=C:\Program Files (x86)\Contoso-Tools\
              INSTALLLEVEL=1
              SECRET=y
              TARGETDIR=C:\

            Features                                                           2 of 4 change
              + Complete       absent -> local  Contoso-Tools
                  Extra        absent           level 5 is above INSTALLLEVEL 1
                  Off          absent           disabled: VersionNT
              + Documentation  absent -> local  Documentation

            Components                                                             3: 2 come
                OldWindows                          kept out by VersionNT < 500

            Files                                                                3 new; 24 B
                C:\Program Files (x86)\Contoso-Tools\
                + readme.txt                                     7 B
                + tool.exe                                       8 B
                C:\Program Files (x86)\Contoso-Tools\Docs\
                + guide.txt                                      9 B

            Shortcuts                                                                  1 new
                C:\ProgramData\Microsoft\Windows\Start Menu\Programs\
                + Tool.lnk  -> C:\Program Files (x86)\Contoso-Tools\tool.exe -x

            Registry                                                                   2 new
                HKLM\Software\Wow6432Node\Contoso
                + Count = 7
                + Path = C:\Program Files (x86)\Contoso-Tools\

            Services                                                                   6 new
              + ContosoSvc
                    automatic, LocalSystem, "C:\Program Files (x86)\Contoso-Tools\tool.exe"

            Environment                                                                1 new
                HKCU\Environment
                + CONTOSO = C:\Contoso

            Registration of the product                                               74 new
              + C:\windows\Installer\….msi
                73 registry values

            Left out                                                                       1
              ! RunIt  custom action: a program of the package (InstallerBinary), deferred

            Launch conditions                                                         1 hold

            Disk space and restart
                C:  12.00 KiB needed, … free
                no restart is asked for; 87 operations

            -v shows each file and value, not only how many there are
        "#]],
    );
    let whole = picture(&world, &["tools", "-v", "--features", "Complete,Extra"]);
    assert!(whole.contains("    + DisplayVersion = 1.2.0\n"), "{whole}");
    let registration = whole.find("Registration of").unwrap();
    let rest = whole.find("Left out").unwrap();
    expect![[r#"
        install: Contoso-Tools 1.2.0, for all users
          {AC5BB996-F542-73F1-4658-0609E69DCDC2}
          ACTION=INSTALL
          ADDLOCAL=Complete,Extra
          ALLUSERS=1
          DATABASE=tools
          EXECUTEACTION=INSTALL
          INSTALLDIR=C:\Program Files (x86)\Contoso-Tools\
          INSTALLLEVEL=1
          ROOTDRIVE=C:\
          SECRET=x
          TARGETDIR=C:\

        Features                                                           2 of 4 change
          + Complete       absent -> local  Contoso-Tools
            + Extra        absent -> local  Extra things for those who need them
              Off          absent           disabled: VersionNT
            Documentation  absent           not asked for

        Components                                                             3: 1 come
          + Main                                absent -> local  tool.exe
            Docs                                absent           guide.txt
            OldWindows                          kept out by VersionNT < 500

        Files                                                                2 new; 15 B
            C:\Program Files (x86)\Contoso-Tools\
            + readme.txt                                     7 B
            + tool.exe                                       8 B

        Shortcuts                                                                  1 new
            C:\ProgramData\Microsoft\Windows\Start Menu\Programs\
            + Tool.lnk  -> C:\Program Files (x86)\Contoso-Tools\tool.exe -x

        Registry                                                                   2 new
            HKLM\Software\Wow6432Node\Contoso
            + Count = 7
            + Path = C:\Program Files (x86)\Contoso-Tools\

        Services                                                                   6 new
          + ContosoSvc
                automatic, LocalSystem, "C:\Program Files (x86)\Contoso-Tools\tool.exe"

        Environment                                                                1 new
            HKCU\Environment
            + CONTOSO = C:\Contoso

        Left out                                                                       1
          ! RunIt  custom action: a program of the package (InstallerBinary), deferred

        Launch conditions                                                         1 hold
            VersionNT >= 501                    Contoso-Tools needs Windows XP

        Disk space and restart
            C:  8.00 KiB needed, … free
            no restart is asked for; 85 operations
    "#]]
    .assert_eq(&[&whole[..registration], &whole[rest..]].concat());
}

#[test]
fn a_removal_and_a_repair() {
    let world = World::new();
    let package = world.package("tools", TOOLS);
    let package = package.to_str().unwrap();
    assert_eq!(world.msikit(&["install", package]).status, 0);
    std::fs::remove_file(
        world
            .machine()
            .join("drive_c/Program Files (x86)/Contoso-Tools/tool.exe"),
    )
    .unwrap();
    check(
        &world,
        &["--repair", "tools"],
        expect![[r#"
            repair: Contoso-Tools 1.2.0, for all users
              {AC5BB996-F542-73F1-4658-0609E69DCDC2}
              ALLUSERS=1
              INSTALLDIR=C:\Program Files (x86)\Contoso-Tools\
              INSTALLLEVEL=1
              REINSTALL=ALL
              REINSTALLMODE=omus
              TARGETDIR=C:\

            Features                                                           2 of 4 change
              ~ Complete       local -> local   Contoso-Tools
                  Extra        absent           level 5 is above INSTALLLEVEL 1
                  Off          absent           disabled: VersionNT
              ~ Documentation  local -> local   Documentation

            Components                                                   3: 2 are done again
                OldWindows                          kept out by VersionNT < 500

            Files                                                    1 new, 2 replaced; 24 B
                C:\Program Files (x86)\Contoso-Tools\
                ~ readme.txt                                     7 B
                + tool.exe                                       8 B
                C:\Program Files (x86)\Contoso-Tools\Docs\
                ~ guide.txt                                      9 B

            Shortcuts                                                             1 replaced
                C:\ProgramData\Microsoft\Windows\Start Menu\Programs\
                ~ Tool.lnk  -> C:\Program Files (x86)\Contoso-Tools\tool.exe -x

            Launch conditions                                                         1 hold

            Disk space and restart
                C:  4.00 KiB needed, … free
                no restart is asked for; 4 operations
        "#]],
    );
    check(
        &world,
        &["--remove", "tools"],
        expect![[r#"
            remove: Contoso-Tools 1.2.0, for all users
              {AC5BB996-F542-73F1-4658-0609E69DCDC2}
              ALLUSERS=1
              INSTALLDIR=C:\Program Files (x86)\Contoso-Tools\
              INSTALLLEVEL=1
              REMOVE=ALL
              TARGETDIR=C:\

            Features                                                           2 of 4 change
              - Complete       local -> absent  Contoso-Tools
                  Extra        absent           level 5 is above INSTALLLEVEL 1
                  Off          absent           disabled: VersionNT
              - Documentation  local -> absent  Documentation

            Components                                                               3: 2 go
                OldWindows                          kept out by VersionNT < 500

            Files                                                                  4 removed
              - C:\Program Files (x86)\Contoso-Tools\
                - readme.txt                                     7 B
              - C:\Program Files (x86)\Contoso-Tools\Docs\
                - guide.txt                                      9 B

            Shortcuts                                                              1 removed
                C:\ProgramData\Microsoft\Windows\Start Menu\Programs\
                - Tool.lnk

            Registry                                                               3 removed
              - HKLM\Software\Wow6432Node\Contoso
                - Count
                - Path

            Environment                                                            1 removed
                HKCU\Environment
                - CONTOSO

            Registration of the product                                           95 removed
              - C:\windows\Installer\….msi
                73 registry values

            Launch conditions                                                         1 hold

            Disk space and restart
                no restart is asked for; 32 operations

            -v shows each file and value, not only how many there are
        "#]],
    );
}

#[test]
fn an_upgrade() {
    let world = World::new();
    let upgrade = |version: &str| {
        format!(
            "product Tools {version}\nfile tool.exe in Main: {version}\nproperty UpgradeCode: {{2E2D38DC-BBDF-B047-0580-6A3AA2636111}}"
        )
    };
    let newer = upgrade("2.0.0").replace("Tools 2", "ToolsTwo 2")
        + "\nUpgrade: {2E2D38DC-BBDF-B047-0580-6A3AA2636111} | | 2.0.0 | | 0 | | OLD";
    let old = world.package("old", &upgrade("1.0.0"));
    assert_eq!(world.msikit(&["install", old.to_str().unwrap()]).status, 0);
    world.package("new", &newer);
    check(
        &world,
        &["new"],
        expect![[r#"
            install: ToolsTwo 2.0.0, for all users
              {1ED04E8F-2136-3FF6-E262-AFA2B0381855}
              ALLUSERS=1
              INSTALLDIR=C:\Program Files (x86)\ToolsTwo\
              INSTALLLEVEL=1
              TARGETDIR=C:\

            Features                                                           1 of 1 change
              + Complete  absent -> local  ToolsTwo

            Components                                                             1: 1 come

            Other products
              - remove Tools 1.0.0 (RemoveExistingProducts)
                    {9CD3B82A-61B1-3569-AB8A-8B3531C5A8F7}

            Files                                                      1 new, 2 removed; 5 B
              - C:\Program Files (x86)\Tools\
                - tool.exe                                       5 B
                C:\Program Files (x86)\ToolsTwo\
                + tool.exe                                       5 B

            Registration of the product                   68 new, 77 removed, 10 as they are
              - C:\windows\Installer\….msi
              + C:\windows\Installer\….msi
                134 registry values

            Disk space and restart
                C:  4.00 KiB needed, … free
                no restart is asked for; 90 operations

            -v shows each file and value, not only how many there are
        "#]],
    );
}

#[test]
fn what_would_fail() {
    let world = World::new();
    world.package(
        "tools",
        &format!("{TOOLS}\nLaunchCondition: VersionNT > 9999 | needs more"),
    );
    check(
        &world,
        &["tools"],
        expect![[r#"
        install: Contoso-Tools 1.2.0, for all users
          {AC5BB996-F542-73F1-4658-0609E69DCDC2}
          ! it would fail, and nothing would be changed: needs more
          ALLUSERS=1
          INSTALLLEVEL=1

        Launch conditions                                             1 of 2 do not hold
          ! VersionNT > 9999                    needs more
    "#]],
    );
}

/// Many files are counted by folder.
#[test]
fn a_big_package() {
    let world = World::new();
    let files: String = (0..30)
        .map(|n| format!("file f{n}.txt in Main: {n}\n"))
        .collect();
    world.package("big", &format!("product Big 1.0.0\n{files}"));
    check(
        &world,
        &["big"],
        expect![[r#"
        install: Big 1.0.0, for all users
          {9E20E123-7D44-E19D-4D5A-B0C85B6E49D5}
          ALLUSERS=1
          INSTALLDIR=C:\Program Files (x86)\Big\
          INSTALLLEVEL=1
          TARGETDIR=C:\

        Features                                                           1 of 1 change
          + Complete  absent -> local  Big

        Components                                                             1: 1 come

        Files                                                               30 new; 50 B
          + C:\Program Files (x86)\Big\                             30 files, 50 B

        Registration of the product                                               68 new
          + C:\windows\Installer\….msi
            67 registry values

        Disk space and restart
            C:  120.00 KiB needed, … free
            no restart is asked for; 98 operations

        -v shows each file and value, not only how many there are
    "#]],
    );
}

#[test]
fn a_bill_of_what_would_be_installed() {
    let world = World::new();
    world.package("tools", TOOLS);
    let ran = world.msikit(&["plan", "tools", "--features", "Complete", "--sbom", "-"]);
    expect![[r#"
        {
          "bomFormat": "CycloneDX",
          "specVersion": "1.5",
          "version": 1,
          "metadata": {
            "tools": {
              "components": [
                {
                  "type": "application",
                  "name": "msikit",
                  "version": "0.1.0"
                }
              ]
            },
            "component": {
              "type": "application",
              "bom-ref": "msi:{AC5BB996-F542-73F1-4658-0609E69DCDC2}",
              "name": "Contoso-Tools",
              "version": "1.2.0",
              "supplier": {
                "name": "Contoso"
              },
              "properties": [
                {
                  "name": "msi:product_code",
                  "value": "{AC5BB996-F542-73F1-4658-0609E69DCDC2}"
                }
              ]
            }
          },
          "components": [
            {
              "type": "file",
              "bom-ref": "msi:{AC5BB996-F542-73F1-4658-0609E69DCDC2}/tool.exe",
              "name": "C:\\Program Files (x86)\\Contoso-Tools\\tool.exe",
              "hashes": [
                {
                  "alg": "SHA-256",
                  "content": "6866d28d44ec66b4dc63a7183b503b39881d59d928c53edff3c5096853a659e4"
                }
              ],
              "properties": [
                {
                  "name": "msi:file",
                  "value": "tool.exe"
                },
                {
                  "name": "msi:size",
                  "value": "8"
                }
              ]
            },
            {
              "type": "file",
              "bom-ref": "msi:{AC5BB996-F542-73F1-4658-0609E69DCDC2}/readme.txt",
              "name": "C:\\Program Files (x86)\\Contoso-Tools\\readme.txt",
              "hashes": [
                {
                  "alg": "SHA-256",
                  "content": "3f22095641508576e91dc7c6c7f7e08a093985d53ea998043c6619ad240dc92c"
                }
              ],
              "properties": [
                {
                  "name": "msi:file",
                  "value": "readme.txt"
                },
                {
                  "name": "msi:size",
                  "value": "7"
                }
              ]
            }
          ],
          "dependencies": [
            {
              "ref": "msi:{AC5BB996-F542-73F1-4658-0609E69DCDC2}",
              "dependsOn": [
                "msi:{AC5BB996-F542-73F1-4658-0609E69DCDC2}/tool.exe",
                "msi:{AC5BB996-F542-73F1-4658-0609E69DCDC2}/readme.txt"
              ]
            }
          ]
        }
    "#]]
    .assert_eq(&ran.out);
}

#[test]
fn bills_of_several_packages_and_of_what_fails() {
    let world = World::new();
    world.package("tools", TOOLS);
    world.package("more", "product More 1.0.0\nfile more.txt in Main: more");
    world.package(
        "never",
        "product Never 1.0.0\nfile n.txt in Main: n\nLaunchCondition: VersionNT > 9999 | no",
    );
    let ran = world.msikit(&["plan", "tools", "more", "--sbom", "both.json"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.out.contains("Registration of the product"), "{ran:?}");
    let bill: serde_json::Value =
        serde_json::from_slice(&std::fs::read(world.path("both.json")).unwrap()).unwrap();
    let products = bill["components"].as_array().unwrap();
    let counts: Vec<_> = products
        .iter()
        .map(|product| {
            (
                &product["name"],
                product["components"].as_array().unwrap().len(),
            )
        })
        .collect();
    assert_eq!(counts.len(), 2);
    assert_eq!((counts[0].1, counts[1].1), (3, 1), "{bill:#}");
    let ran = world.msikit(&["plan", "never", "--sbom", "never.json"]);
    assert_eq!(ran.status, 67);
    assert!(!world.path("never.json").exists());
    for other in [&["--json"][..], &["--reg", "-"], &["--remove"]] {
        let ran = world.msikit(&[&["plan", "tools", "--sbom", "-"], other].concat());
        assert_eq!(ran.status, 103, "{other:?}");
        assert!(!ran.out.contains("bomFormat"), "{other:?}");
    }
}
