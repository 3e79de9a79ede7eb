//! How installs end: called off, failed with words of the package's own, without rollback, with a restart.
//!
//! Follows: Microsoft, "DISABLEROLLBACK Property", "DisableRollback Action", "REBOOT Property",
//! "Custom Action Type 19", "LaunchCondition Table".
#![allow(
    clippy::disallowed_methods,
    reason = "packages lie in a folder of the host"
)]

mod bench;

use bench::{Bench, command};
use gate::Cancel;
use installer::{Command, HolderReport, Intent, Message, MessageKind, Reboot, Ui, UiLevel};
use machine::MemoryDisk;

const GREETER: &str = "
    product Greeter 1.0.0
    file hello.txt in Main: Hello, world
    file more.txt in Extra: More
    Registry: Reg1 | 2 | Software\\Greeter | Name | [ProductName] | Main
";
const FOLDER: &str = "drive_c/Program Files (x86)/Greeter";

fn with(target: &str, properties: &[(&str, &str)]) -> Command {
    let mut wanted = command(Intent::Install, target);
    for (name, value) in properties {
        let property = ((*name).to_owned(), (*value).to_owned());
        wanted.properties.push(property);
    }
    wanted
}

/// Calls the install off when an action begins, or once so much of a script is done.
struct Canceller {
    cancel: Cancel,
    action: Option<String>,
    done: Option<u64>,
    seen: Vec<String>,
}

impl Ui for Canceller {
    fn message(&mut self, message: &Message) {
        if let (MessageKind::ActionStart, Some(action)) = (message.kind, &message.action) {
            self.seen.push(action.name.clone());
            if self.action.as_ref() == Some(&action.name) {
                self.cancel.cancel();
            }
        }
    }

    fn progress(&mut self, done: u64, _: u64) {
        if self.done.is_some_and(|limit| done >= limit) {
            self.cancel.cancel();
        }
    }

    fn waiting(&mut self, _: Option<&HolderReport>, _: u64) {}
}

fn cancelled(
    bench: &Bench,
    before: &MemoryDisk,
    wanted: &Command,
    action: Option<&str>,
    done: Option<u64>,
) -> (u32, MemoryDisk, Vec<String>) {
    let cancel = Cancel::new().unwrap();
    let mut ui = Canceller {
        cancel: cancel.clone(),
        action: action.map(str::to_owned),
        done,
        seen: Vec::new(),
    };
    let (report, after) = bench.cancellable(before, wanted, cancel, &mut ui);
    (report.code, after, ui.seen)
}

#[test]
fn called_off_at_any_action_it_leaves_nothing_and_after_the_commit_it_is_too_late() {
    let bench = Bench::new();
    let late = "CustomAction: Late | 51 | LATE | 1\nInstallExecuteSequence: Late | | 6700";
    let package = bench.package("greeter", &format!("{GREETER}\n{late}"));
    let (before, wanted) = (bench.machine(), command(Intent::Install, &package));
    let installed = bench.after(&before, &wanted);
    let (_, _, actions) = cancelled(&bench, &before, &wanted, None, None);
    assert!(actions.contains(&"InstallFiles".to_owned()), "{actions:?}");
    let mut codes = Vec::new();
    for action in &actions {
        let (code, after, _) = cancelled(&bench, &before, &wanted, Some(action), None);
        match code {
            1602 => assert_eq!(bench.snapshot(&after), bench.snapshot(&before), "{action}"),
            0 => assert_eq!(
                bench.snapshot(&after),
                bench.snapshot(&installed),
                "{action}"
            ),
            code => panic!("{action}: {code}"),
        }
        codes.push(code);
    }
    // Only what begins after InstallFinalize is too late.
    let expected = actions
        .iter()
        .map(|action| if action == "Late" { 0 } else { 1602 });
    assert_eq!(codes, expected.collect::<Vec<_>>(), "{actions:?}");
}

#[test]
fn called_off_in_the_middle_of_the_script_it_leaves_nothing() {
    let bench = Bench::new();
    let package = bench.package("greeter", GREETER);
    let before = bench.machine();
    let wanted = command(Intent::Install, &package);
    let installed = bench.after(&before, &wanted);
    let (code, after, _) = cancelled(&bench, &before, &wanted, None, Some(1));
    assert_eq!(
        (code, bench.snapshot(&after)),
        (1602, bench.snapshot(&before))
    );
    let removal = command(Intent::Remove, &package);
    let (code, after, _) = cancelled(&bench, &installed, &removal, None, Some(1));
    assert_eq!(code, 1602);
    assert_eq!(bench.snapshot(&after), bench.snapshot(&installed));
}

#[test]
fn a_package_ends_its_install_with_its_own_words() {
    for (row, expected) in [
        (
            "CustomAction: Stop | 19 | | No [ProductName] here",
            "No Greeter here",
        ),
        ("CustomAction: Stop | 19 | | 25001", "Not on MSIKIT"),
        ("CustomAction: Stop | 19 | | 25002", "25002"),
        (
            "LaunchCondition: 1 = 2 | One is not [ONE]",
            "One is not two",
        ),
    ] {
        let bench = Bench::new();
        let rows = "Error: 25001 | Not on [ComputerName]\nproperty ONE: two\nInstallExecuteSequence: Stop | | 5000";
        let package = bench.package("greeter", &format!("{GREETER}\n{rows}\n{row}"));
        let before = bench.machine();
        let told = bench.told(&before, &command(Intent::Install, &package));
        assert_eq!(told.report.code, 1603);
        assert_eq!(told.report.message.as_deref(), Some(expected));
        assert_eq!(bench.snapshot(&told.disk), bench.snapshot(&before));
    }
}

/// A package whose second file is not at its source.
fn failing(bench: &Bench, more: &str) -> String {
    let package = bench.package("failing", &format!("{GREETER}\n{more}"));
    std::fs::remove_file(bench.path("failing/Greeter/more.txt")).unwrap();
    package
}

#[test]
fn without_rollback_what_was_done_stays() {
    let bench = Bench::new();
    let plain = failing(&bench, "");
    let mut policy = bench.machine();
    let hive = String::from_utf8(policy.bytes("system.reg").unwrap().to_vec()).unwrap();
    let key = "[Software\\\\Policies\\\\Microsoft\\\\Windows\\\\Installer]";
    let hive = format!("{hive}\n{key}\n\"DisableRollback\"=dword:00000001\n");
    policy.put_file("system.reg", hive.as_bytes());
    let by_property = with(&plain, &[("DISABLEROLLBACK", "1")]);
    let asked = command(Intent::Install, &plain);
    for (before, wanted) in [(bench.machine(), by_property), (policy, asked.clone())] {
        let told = bench.told(&before, &wanted);
        assert_eq!(told.report.code, 1603);
        assert_eq!(
            told.events,
            ["1040", "11308", "11708", "1033 Greeter 1.0.0", "1042"]
        );
        // The first file was installed, the second was not to be had; nothing waits for recovery.
        assert!(told.disk.bytes(&format!("{FOLDER}/hello.txt")).is_some());
        assert!(told.disk.bytes(&format!("{FOLDER}/more.txt")).is_none());
        assert!(
            told.disk
                .entries()
                .all(|(path, _)| !path.contains("journal/active"))
        );
        // What is left does not stand in the way of the next try.
        std::fs::write(bench.path("failing/Greeter/more.txt"), "More").unwrap();
        let next = bench.after(&told.disk, &asked);
        assert_eq!(bench.products(&next), ["Greeter 1.0.0"]);
        let removed = bench.after(&next, &command(Intent::Remove, &plain));
        assert_eq!(bench.snapshot(&removed), bench.snapshot(&before));
        std::fs::remove_file(bench.path("failing/Greeter/more.txt")).unwrap();
    }
    // A file that is not whole does not stay.
    std::fs::write(
        bench.path("failing/Greeter/hello.txt"),
        "Hello, whole wide world",
    )
    .unwrap();
    let told = bench.told(&bench.machine(), &with(&plain, &[("DISABLEROLLBACK", "1")]));
    assert!(
        told.report
            .message
            .unwrap()
            .contains("has 23 bytes at the source")
    );
    assert!(told.disk.bytes(&format!("{FOLDER}/hello.txt")).is_none());
    // Any other value is none.
    let before = bench.machine();
    let told = bench.told(&before, &with(&plain, &[("DISABLEROLLBACK", "0")]));
    assert_eq!(told.report.code, 1603);
    assert_eq!(bench.snapshot(&told.disk), bench.snapshot(&before));
}

#[test]
fn a_mistake_in_the_package_is_told_as_10005_in_its_own_words() {
    let mut bench = Bench::new();
    let own = "Error: 5 | Mistake [1]: [2] [3]";
    for (more, text) in [
        ("", "Error code: 2717. Arguments: Main/1"),
        (own, "Greeter -- Mistake 2717: Main/1"),
    ] {
        // In each try the ids begin anew.
        bench.begin_events(&format!("told-{}.jsonl", more.len()));
        let text_of = format!("{GREETER}\nCondition: Main | 1 | A = (\n{more}");
        let package = bench.package("wrong", &text_of);
        let wanted = command(Intent::Install, &package);
        let (report, _) = bench.watched(&bench.machine(), &wanted, &mut installer::Silent);
        assert_eq!(report.code, 1603, "{report:?}");
        let told = bench.events().read(&events::Filter::default()).unwrap();
        let event = told.events.iter().rfind(|event| event.id == 10005).unwrap();
        assert!(event.message.contains(text), "{event:?}");
        assert_eq!(event.strings[..3], ["Greeter", "2717", "Main/1"]);
    }
}

#[test]
fn the_action_disables_rollback_for_the_whole_install_before_installinitialize() {
    for (place, stays) in [(1450, true), (3900, false)] {
        let bench = Bench::new();
        let row = format!("InstallExecuteSequence: DisableRollback | | {place}");
        let package = failing(&bench, &row);
        let before = bench.machine();
        let told = bench.told(&before, &command(Intent::Install, &package));
        assert_eq!(told.report.code, 1603);
        let there = told.disk.bytes(&format!("{FOLDER}/hello.txt")).is_some();
        assert_eq!(there, stays, "{place}");
        let plan = bench.plan(&before, &command(Intent::Install, &package));
        assert_eq!(
            plan.properties.get("RollbackDisabled").map(String::as_str),
            Some("1")
        );
    }
}

#[test]
fn a_package_may_refuse_to_install_without_rollback() {
    let bench = Bench::new();
    let row = "LaunchCondition: NOT RollbackDisabled | Not without rollback";
    let package = bench.package("greeter", &format!("{GREETER}\n{row}"));
    bench.after(&bench.machine(), &command(Intent::Install, &package));
    let told = bench.told(
        &bench.machine(),
        &with(&package, &[("DISABLEROLLBACK", "1")]),
    );
    assert_eq!(told.report.code, 1603);
    assert!(
        told.report
            .message
            .unwrap()
            .contains("Not without rollback")
    );
}

#[test]
fn a_restart_that_is_needed_begins_or_is_put_off() {
    let scheduled = "InstallExecuteSequence: ScheduleReboot | | 6800";
    let (none, basic) = (UiLevel::None, UiLevel::Basic);
    let begun = (1641, Reboot::Initiated);
    let put_off = (3010, Reboot::Required);
    let nothing = (0, Reboot::None);
    type Case = (
        &'static str,
        UiLevel,
        &'static [(&'static str, &'static str)],
        (u32, Reboot),
    );
    let cases: [Case; 14] = [
        ("", none, &[], nothing),
        ("", none, &[("REBOOT", "Suppress")], nothing),
        ("", none, &[("REBOOT", "Force")], begun),
        ("", none, &[("REBOOT", "f")], begun),
        ("", basic, &[("REBOOT", "Force")], put_off),
        (scheduled, none, &[], begun),
        (scheduled, none, &[("REBOOT", "Force")], begun),
        (scheduled, none, &[("REBOOT", "Suppress")], put_off),
        (scheduled, none, &[("REBOOT", "S")], put_off),
        (scheduled, none, &[("REBOOT", "ReallySuppress")], put_off),
        (scheduled, basic, &[], put_off),
        (scheduled, basic, &[("REBOOTPROMPT", "S")], begun),
        (
            scheduled,
            basic,
            &[("REBOOTPROMPT", "Suppress"), ("REBOOT", "R")],
            put_off,
        ),
        (scheduled, none, &[("FAIL", "1")], (1603, Reboot::None)),
    ];
    let bench = Bench::new();
    for (more, ui_level, properties, expected) in cases {
        let fail = "CustomAction: Fail | 19 | | no\nInstallExecuteSequence: Fail | FAIL | 6900";
        let package = bench.package("greeter", &format!("{GREETER}\n{fail}\n{more}"));
        let mut wanted = with(&package, properties);
        wanted.ui_level = ui_level;
        let told = bench.told(&bench.machine(), &wanted);
        let what = format!("{more} {ui_level:?} {properties:?}");
        assert_eq!((told.report.code, told.report.reboot), expected, "{what}");
        let after = match expected.1 {
            Reboot::None => &[][..],
            Reboot::Required => &["1038 Greeter 1.0.0", "1029"],
            Reboot::Initiated => &["1038 Greeter 1.0.0", "1005"],
        };
        assert_eq!(told.events[4..], *after, "{what}");
    }
}

#[test]
fn a_product_that_is_replaced_may_need_the_restart() {
    let bench = Bench::new();
    let old = format!("{GREETER}\nInstallExecuteSequence: ScheduleReboot | REMOVE | 6800");
    let old = bench.package("old", &old);
    let installed = bench.after(&bench.machine(), &command(Intent::Install, &old));
    let family = bench.property("old", "UpgradeCode");
    let new = format!("{GREETER}\nUpgrade: {family} | | 1.0.0 | | 512 | | OLD");
    let new = bench.package("new", &new.replace("Greeter 1.0.0", "Greeter 2.0.0"));
    let told = bench.told(&installed, &command(Intent::Install, &new));
    assert_eq!(told.report.code, 1641, "{:?}", told.report);
    assert_eq!(bench.products(&told.disk), ["Greeter 2.0.0"]);
}
