//! The shapes of `--json`: a contract.

use expect_test::{Expect, expect};
use serde_json::Value;

use crate::world::World;

const GREETER: &str = "product Greeter 1.0.0\nfile a.txt in Main: a";

/// What differs from run to run is replaced by its type.
fn settled(value: &mut Value) {
    const CHANGING: [&str; 8] = [
        "install_source",
        "time",
        "transaction",
        "package",
        "install_date",
        "sync_ms",
        "since",
        "pid",
    ];
    match value {
        Value::Array(values) => values.iter_mut().for_each(settled),
        Value::Object(members) => {
            for (name, value) in members.iter_mut() {
                match value {
                    Value::String(_) if CHANGING.contains(&name.as_str()) => *value = "TEXT".into(),
                    Value::Number(_) if CHANGING.contains(&name.as_str()) => {
                        *value = "NUMBER".into()
                    }
                    other => settled(other),
                }
            }
        }
        _ => {}
    }
}

fn check(world: &World, arguments: &[&str], expected: Expect) {
    let mut value = world.msikit(arguments).json();
    settled(&mut value);
    expected.assert_eq(&(serde_json::to_string_pretty(&value).unwrap() + "\n"));
}

#[test]
fn the_shapes_of_a_products_life() {
    let world = World::new();
    let package = world.package("greeter", GREETER);
    let package = package.to_str().unwrap();
    check(
        &world,
        &["install", package, "--json"],
        expect![[r#"
            {
              "code": 0,
              "symbol": "ERROR_SUCCESS",
              "message": null,
              "product_code": "{B899E5DD-D56C-4AF6-B3B0-9A77EF4C0B09}",
              "product_name": "Greeter",
              "version": "1.0.0",
              "reboot": "none",
              "operation_count": 69,
              "skipped_custom_actions": [],
              "unsupported": [],
              "skipped_chainers": [],
              "sync_ms": "NUMBER",
              "holder": null,
              "nested": []
            }
        "#]],
    );
    check(
        &world,
        &["list", "--json"],
        expect![[r#"
        [
          {
            "product_code": "{B899E5DD-D56C-4AF6-B3B0-9A77EF4C0B09}",
            "package_code": "{B285E4CE-21A8-BDEE-BFFA-1208BF763244}",
            "upgrade_code": "{FF02EDF9-951B-70D6-4817-A2B92A60E754}",
            "name": "Greeter",
            "version": "1.0.0",
            "language": 1033,
            "manufacturer": "Contoso",
            "context": "machine",
            "state": "installed",
            "install_date": "TEXT",
            "instance": false,
            "package": "TEXT"
          }
        ]
    "#]],
    );
    check(
        &world,
        &["show", "Greeter", "--json"],
        expect![[r#"
            {
              "product_code": "{B899E5DD-D56C-4AF6-B3B0-9A77EF4C0B09}",
              "package_code": "{B285E4CE-21A8-BDEE-BFFA-1208BF763244}",
              "upgrade_code": "{FF02EDF9-951B-70D6-4817-A2B92A60E754}",
              "name": "Greeter",
              "version": "1.0.0",
              "language": 1033,
              "manufacturer": "Contoso",
              "context": "machine",
              "state": "installed",
              "install_date": "TEXT",
              "instance": false,
              "package": "TEXT",
              "install_source": "TEXT",
              "features": [
                {
                  "name": "Complete",
                  "state": "local"
                }
              ],
              "missing_key_paths": []
            }
        "#]],
    );
    check(
        &world,
        &["status", "--json"],
        expect![[r#"
            {
              "state": "free",
              "busy": false,
              "reason": null,
              "holder": null,
              "waiting": [],
              "suspended": null,
              "reboot_pending": false,
              "asks_for_disk": false
            }
        "#]],
    );
    check(
        &world,
        &["remove", "Greeter", "--json"],
        expect![[r#"
            {
              "code": 0,
              "symbol": "ERROR_SUCCESS",
              "message": null,
              "product_code": "{B899E5DD-D56C-4AF6-B3B0-9A77EF4C0B09}",
              "product_name": "Greeter",
              "version": "1.0.0",
              "reboot": "none",
              "operation_count": 21,
              "skipped_custom_actions": [],
              "unsupported": [],
              "skipped_chainers": [],
              "sync_ms": "NUMBER",
              "holder": null,
              "nested": []
            }
        "#]],
    );
    check(
        &world,
        &["list", "--json"],
        expect![[r#"
        []
    "#]],
    );
    check(
        &world,
        &["remove", "Greeter", "--json"],
        expect![[r#"
            {
              "code": 1605,
              "symbol": "ERROR_UNKNOWN_PRODUCT",
              "message": "Greeter is not installed in this machine",
              "product_code": null,
              "product_name": null,
              "version": null,
              "reboot": "none",
              "operation_count": 0,
              "skipped_custom_actions": [],
              "unsupported": [],
              "skipped_chainers": [],
              "sync_ms": "NUMBER",
              "holder": null,
              "nested": []
            }
        "#]],
    );
    check(
        &world,
        &["recover", "--json"],
        expect![[r#"
            {
              "code": 0,
              "symbol": "ERROR_SUCCESS",
              "recovered": [],
              "suspended": null
            }
        "#]],
    );
}

#[test]
fn the_shapes_of_a_plan() {
    let world = World::new();
    let package = world.package("greeter", GREETER);
    let plan = world
        .msikit(&["plan", package.to_str().unwrap(), "--json"])
        .json();
    let members: Vec<&String> = plan.as_object().unwrap().keys().collect();
    expect![[r#"["code", "symbol", "message", "product_code", "product_name", "version", "features", "components", "operations", "properties", "skipped_custom_actions", "unsupported", "skipped_chainers", "nested"]"#]].assert_eq(&format!("{members:?}"));
    expect![[r#"
        [{"name":"Complete","installed":"absent","request":"local","action":"local"}]
        [{"name":"Main","id":"{2E2D38DC-BBDF-B047-0580-6A3AA26364A7}","directory":"INSTALLDIR","key_path":"a.txt","installed":"absent","request":"local","action":"local"}]"#]].assert_eq(&format!("{}\n{}", plan["features"], plan["components"]));
    assert_eq!(plan["properties"]["ProductName"], "Greeter");
}

#[test]
fn the_shapes_of_an_event() {
    let world = World::new();
    let package = world.package("greeter", GREETER);
    assert_eq!(
        world.msikit(&["install", package.to_str().unwrap()]).status,
        0
    );
    let events = world.msikit(&["events", "--id", "1033", "--json"]).out;
    let mut event: Value = serde_json::from_str(&events).unwrap();
    settled(&mut event);
    expect![[r#"
        {
          "time": "TEXT",
          "id": 1033,
          "level": "information",
          "source": "MsiInstaller",
          "user": "alice",
          "message": "Windows Installer installed the product. Product Name: Greeter. Product Version: 1.0.0. Product Language: 1033. Manufacturer: Contoso. Installation success or error status: 0.",
          "strings": [
            "Greeter",
            "1.0.0",
            "1033",
            "0",
            "Contoso"
          ],
          "transaction": "TEXT",
          "ordinal": 2,
          "product_code": "{B899E5DD-D56C-4AF6-B3B0-9A77EF4C0B09}"
        }
    "#]].assert_eq(&(serde_json::to_string_pretty(&event).unwrap() + "\n"));
}

#[test]
fn the_shapes_of_a_package() {
    let world = World::new();
    let package = world.package("greeter", GREETER);
    let package = package.to_str().unwrap();
    check(
        &world,
        &["db", "info", package, "--json"],
        expect![[r#"
            {
              "title": "Installation Database",
              "subject": "Greeter",
              "author": "Contoso",
              "keywords": null,
              "comments": null,
              "template": "Intel;1033",
              "last_saved_by": null,
              "revision_number": "{B285E4CE-21A8-BDEE-BFFA-1208BF763244}",
              "last_printed": null,
              "create_time": null,
              "last_saved_time": null,
              "page_count": 200,
              "word_count": 0,
              "character_count": null,
              "creating_application": null,
              "security": null,
              "code_page": 1252,
              "database_code_page": 0,
              "tables": 12,
              "streams": 0,
              "kind": "package",
              "product_name": "Greeter",
              "product_version": "1.0.0",
              "manufacturer": "Contoso",
              "product_code": "{B899E5DD-D56C-4AF6-B3B0-9A77EF4C0B09}",
              "package_code": "{B285E4CE-21A8-BDEE-BFFA-1208BF763244}",
              "upgrade_code": "{FF02EDF9-951B-70D6-4817-A2B92A60E754}",
              "platform": "Intel",
              "language": 1033,
              "languages": [
                1033
              ],
              "context": "machine",
              "bytes": null,
              "file_bytes": 1,
              "feature_count": 1,
              "component_count": 1,
              "file_count": 1,
              "features": [
                {
                  "name": "Complete",
                  "parent": null,
                  "title": "Greeter",
                  "level": 1,
                  "chosen": true
                }
              ],
              "media": [
                {
                  "disk_id": 1,
                  "cabinet": null,
                  "embedded": false,
                  "there": null,
                  "signature": null
                }
              ],
              "properties": [
                {
                  "name": "INSTALLDIR",
                  "value": "[ProgramFilesFolder]Greeter\\",
                  "folder": true,
                  "asked": false,
                  "found_by": null
                }
              ],
              "detection": {
                "key": "HKLM\\Software\\WOW6432Node\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\{B899E5DD-D56C-4AF6-B3B0-9A77EF4C0B09}",
                "value": "DisplayVersion",
                "data": "1.0.0"
              },
              "command_lines": {
                "msiexec_install": "msiexec /i greeter /qn /norestart /l*v greeter.log",
                "msikit_install": "msikit install HOME/greeter --ui none --log greeter.log",
                "msiexec_remove": "msiexec /x {B899E5DD-D56C-4AF6-B3B0-9A77EF4C0B09} /qn /norestart /l*v greeter.log",
                "msikit_remove": "msikit remove '{B899E5DD-D56C-4AF6-B3B0-9A77EF4C0B09}' --ui none --log greeter.log"
              }
            }
        "#]],
    );
    let tables = world.msikit(&["db", "tables", package, "--json"]).json();
    let file = tables
        .as_array()
        .unwrap()
        .iter()
        .find(|table| table["name"] == "File")
        .unwrap();
    expect![[r#"{"name":"File","rows":1,"columns":[{"name":"File","type":"s72","key":true,"nullable":false},{"name":"Component_","type":"s72","key":false,"nullable":false},{"name":"FileName","type":"l0","key":false,"nullable":false},{"name":"FileSize","type":"i4","key":false,"nullable":false},{"name":"Version","type":"S255","key":false,"nullable":true},{"name":"Language","type":"S255","key":false,"nullable":true},{"name":"Attributes","type":"I2","key":false,"nullable":true},{"name":"Sequence","type":"i2","key":false,"nullable":false}]}"#]].assert_eq(&file.to_string());
    let query = "SELECT `File`, `FileSize`, `Version` FROM `File` WHERE `Component_` = ?";
    check(
        &world,
        &["db", "query", package, query, "--param", "Main", "--json"],
        expect![[r#"
        [
          {
            "File": "a.txt",
            "FileSize": 1,
            "Version": null
          }
        ]
    "#]],
    );
    check(
        &world,
        &["db", "query", package, "SELECT", "--json"],
        expect![[r#"
            {
              "code": 1615,
              "symbol": "ERROR_BAD_QUERY_SYNTAX",
              "message": "query `SELECT`: it cannot be understood from `SELECT` on"
            }
        "#]],
    );
    assert!(
        !world.machine().exists(),
        "reading a package makes no machine"
    );
}

#[test]
fn the_shapes_of_a_machine() {
    let world = World::new();
    check(
        &world,
        &["machine", "init", "--user", "bob", "--json"],
        expect![[r#"
        {
          "directory": "HOME/machine",
          "windows_version": "10.0.19045",
          "service_pack": 0,
          "architecture": "x64",
          "user_name": "bob",
          "administrator": true,
          "user_sid": "S-1-5-21-0-0-0-1000",
          "computer_name": "MSIKIT",
          "system_language": 1033,
          "user_language": 1033,
          "drives": [
            "C"
          ],
          "installer_version": "5.0"
        }
    "#]],
    );
    check(
        &world,
        &["machine", "reg", "query", "HKCU\\Environment", "--json"],
        expect![[r#"
        {
          "key": "HKCU\\Environment",
          "values": [
            {
              "name": "TEMP",
              "type": "REG_SZ",
              "data": "C:\\users\\bob\\AppData\\Local\\Temp"
            },
            {
              "name": "TMP",
              "type": "REG_SZ",
              "data": "C:\\users\\bob\\AppData\\Local\\Temp"
            }
          ],
          "subkeys": []
        }
    "#]],
    );
    let snapshot = world.path("snapshot");
    std::fs::write(&snapshot, world.msikit(&["machine", "snapshot"]).out).unwrap();
    let snapshot = snapshot.to_str().unwrap();
    let same = world.msikit(&["machine", "diff", snapshot, "--json"]);
    assert_eq!((same.status, &same.json()["same"]), (0, &true.into()));
    std::fs::write(world.machine().join("drive_c/new.txt"), "new").unwrap();
    let different = world.msikit(&["machine", "diff", snapshot]);
    assert_eq!(
        (different.status, different.out.lines().count()),
        (1, 1),
        "{different:?}"
    );
}
