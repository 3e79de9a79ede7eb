//! Packages with something to look at, and what is said of them.

use inspection::{Inspection, inspect};
use testing::package;

fn inspected(text: &str) -> Inspection {
    let text = format!("product Good 1.0.0\nfile hello.txt in Main: Hello\n{text}");
    inspect(&package(&text).database(), None)
}

fn remarks(inspection: &Inspection) -> Vec<String> {
    let remarks = inspection
        .remarks
        .iter()
        .filter(|remark| remark.rule != "unsigned");
    remarks
        .map(|remark| format!("{} {}", remark.rule, remark.place))
        .collect()
}

#[test]
fn a_good_package_has_nothing_to_look_at() {
    let inspection = inspected("");
    assert_eq!(remarks(&inspection), [""; 0]);
    assert_eq!(inspection.product_name, "Good");
    assert_eq!(inspection.vendor_tables, [""; 0]);
    assert_eq!(inspection.damage, [""; 0]);
}

#[test]
fn custom_actions_are_decoded() {
    for (number, kind, from, execution, rights) in [
        (1, "dll", "package", "immediate", "user"),
        (2 + 0x40, "exe", "package", "immediate", "user"),
        (18 + 0x400, "exe", "installed file", "deferred", "user"),
        (18 + 0x800, "exe", "installed file", "immediate", "user"),
        (34 + 0xC00, "exe", "folder", "deferred", "system"),
        (1 + 0x500, "dll", "package", "rollback", "user"),
        (1 + 0xE00, "dll", "package", "commit", "system"),
        (51, "property", "text", "immediate", "user"),
        (39, "installation", "product", "immediate", "user"),
        (3, "unknown", "text", "immediate", "user"),
    ] {
        let inspection = inspected(&format!("CustomAction: A | {number} | Source | Target"));
        let action = &inspection.custom_actions[0];
        assert_eq!(
            (action.kind, action.from, action.execution, action.rights),
            (kind, from, execution, rights),
            "{number}"
        );
        assert_eq!(action.ignores_failure, number & 0x40 != 0);
        assert_eq!(action.target.as_deref(), Some("Target"));
    }
    let inspection = inspected("CustomAction: A | 8193 | Source | Secret");
    assert_eq!(inspection.custom_actions[0].target, None);
}

#[test]
fn when_an_action_runs_is_told_for_each_scenario() {
    for (condition, expected) in [
        ("", [true, true, true]),
        ("NOT Installed", [true, false, false]),
        ("REINSTALL", [false, true, false]),
        ("REMOVE=\"ALL\"", [false, false, true]),
        ("$Main=3", [true, true, false]),
        ("?Main=3 AND $Main=2", [false, false, true]),
        ("VersionNT >= 603 AND NOT REMOVE", [true, true, false]),
        ("CHOICE", [false, false, false]),
    ] {
        let text =
            format!("CustomAction: A | 1 | S | T\nInstallExecuteSequence: A | {condition} | 4001");
        let placed = &inspected(&text).custom_actions[0].placed[0];
        let runs = [placed.install, placed.repair, placed.remove];
        assert_eq!(runs, expected.map(Some), "{condition}");
        assert_eq!(
            (placed.table, placed.advertise),
            ("InstallExecuteSequence", Some(false))
        );
    }
    let text = "CustomAction: A | 1 | S | T\nInstallExecuteSequence: A | NOT ( | 4001";
    assert_eq!(inspected(text).custom_actions[0].placed[0].install, None);
}

#[test]
fn risks_are_remarked() {
    for (text, expected) in [
        (
            "CustomAction: A | 3073 | Dll | Entry\nInstallExecuteSequence: A | | 4001",
            "elevated-repair CustomAction/A",
        ),
        (
            "CustomAction: A | 3122 | TOOL | /x",
            "elevated-choice CustomAction/A",
        ),
        ("CustomAction: A | 38 | | MsgBox 1", "script CustomAction/A"),
        (
            "Registry: R | 2 | Software\\Microsoft\\Windows\\CurrentVersion\\Run | Tool | [#hello.txt] | Main",
            "autostart Registry/Software\\Microsoft\\Windows\\CurrentVersion\\Run",
        ),
        (
            "Directory: StartupFolder | TARGETDIR | .\nShortcut: S | StartupFolder | Tool | Main | Complete",
            "autostart Shortcut/Tool",
        ),
        (
            "ServiceInstall: S | Agent | Agent | 16 | 2 | 1 | | | | | | Main |",
            "system-service ServiceInstall/Agent",
        ),
        (
            "LockPermissions: hello.txt | File | | Everyone | 268435456",
            "open-rights File/hello.txt",
        ),
        (
            "MsiLockPermissionsEx: A | hello.txt | File | D:(A;;FA;;;WD) |",
            "open-rights File/hello.txt",
        ),
        (
            "property DB_PASSWORD: hunter2",
            "password Property/DB_PASSWORD",
        ),
    ] {
        assert_eq!(remarks(&inspected(text)), [expected], "{text}");
    }
}

#[test]
fn dialogs_run_custom_actions_too() {
    let text = "CustomAction: A | 1 | S | T\nControlEvent: Start | Next | DoAction | A | 1 | 1\nControlEvent: Start | Next | NewDialog | A | 1 | 2";
    let inspection = inspected(text);
    let dialogs = &inspection.custom_actions[0].dialogs;
    assert_eq!(dialogs.len(), 1);
    assert_eq!(
        (
            &*dialogs[0].dialog,
            &*dialogs[0].control,
            &*dialogs[0].condition
        ),
        ("Start", "Next", "1")
    );
}

#[test]
fn what_is_no_risk_is_not_remarked() {
    for text in [
        // Not at repair; impersonated; authored; for administrators; a placeholder.
        "CustomAction: A | 3073 | Dll | Entry\nInstallExecuteSequence: A | NOT Installed | 4001",
        "CustomAction: A | 1025 | Dll | Entry\nInstallExecuteSequence: A | | 4001",
        "property TOOL: C:\\tool.exe\nCustomAction: A | 3122 | TOOL | /x",
        "Registry: R | 2 | Software\\Microsoft\\Windows\\CurrentVersion\\Runtime | Tool | x | Main",
        "LockPermissions: hello.txt | File | | Administrators | 268435456",
        "MsiLockPermissionsEx: A | hello.txt | File | D:(A;;FR;;;WD) |",
        "property DB_PASSWORD: [OTHER]",
    ] {
        assert_eq!(remarks(&inspected(text)), [""; 0], "{text}");
    }
}
