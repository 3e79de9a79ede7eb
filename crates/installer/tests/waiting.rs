//! Installations that ForceReboot ends in the middle: they wait, are gone on with, or undone; and what others get
//! meanwhile.
//!
//! Follows: Microsoft, "ForceReboot Action", "System Reboots", "REBOOT Property", "AFTERREBOOT Property".
#![allow(
    clippy::disallowed_methods,
    reason = "packages lie in a folder of the host"
)]

mod bench;

use bench::{Bench, command, host};
use gate::{Cancel, Wait};
use installer::{
    Command, CustomActions, HolderReport, Host, Installer, Intent, Log, Message, MessageKind,
    Question, Reboot, Report, Resumption, Silent, Ui, UiLevel,
};
use machine::{MemoryDisk, Tree};
use testing::{CrashDisk, Scenario, Sweep, WorkError, crash_at_every_effect};

const GREETER: &str = "
    product Greeter 1.0.0
    file hello.txt in Main: Hello
    file more.txt in Extra: More
    feature More: Extra
    Registry: Reg1 | 2 | Software\\Greeter | Name | [ProductName] [WHO] [INSTALLDIR] | Main
    Environment: Path | =-*GREETER | [INSTALLDIR] | Main
";
const IN_PROGRESS: &str =
    "HKLM\\Software\\Microsoft\\Windows\\CurrentVersion\\Installer\\InProgress";
const RUN_ONCE: &str =
    "HKLM\\Software\\Microsoft\\Windows\\CurrentVersion\\RunOnce\\msikit REG_SZ start /unix";

/// The package with a ForceReboot at this place of the sequence.
fn restarting(bench: &Bench, place: u32) -> String {
    let row = format!("InstallExecuteSequence: ForceReboot | NOT AFTERREBOOT | {place}");
    bench.package("greeter", &format!("{GREETER}\n{row}"))
}

fn with(target: &str, properties: &[(&str, &str)]) -> Command {
    let mut wanted = command(Intent::Install, target);
    for (name, value) in properties {
        let property = ((*name).to_owned(), (*value).to_owned());
        wanted.properties.push(property);
    }
    wanted
}

/// Somebody who answers every question with one word.
struct Answers {
    yes: bool,
    asked: Vec<Question>,
    warned: Vec<String>,
}

impl Answers {
    fn new(yes: bool) -> Answers {
        Answers {
            yes,
            asked: Vec::new(),
            warned: Vec::new(),
        }
    }
}

impl Ui for Answers {
    fn message(&mut self, message: &Message) {
        if message.kind == MessageKind::Warning {
            self.warned.push(message.text.clone());
        }
    }

    fn progress(&mut self, _: u64, _: u64) {}
    fn waiting(&mut self, _: Option<&HolderReport>, _: u64) {}

    fn agrees(&mut self, question: &Question) -> bool {
        self.asked.push(question.clone());
        self.yes
    }
}

fn installer<'a>(tree: &'a mut Tree<MemoryDisk>, bench: &Bench, host: &'a Host) -> Installer<'a> {
    Installer {
        machine: tree,
        gate: None,
        events: Some(events::Log::at(&bench.path("resumed.jsonl"))),
        host,
        cancel: Cancel::never(),
    }
}

/// The disk of an installation that waits.
#[track_caller]
fn waiting(bench: &Bench, before: &MemoryDisk, wanted: &Command) -> MemoryDisk {
    let told = bench.told(before, wanted);
    assert_eq!(
        (told.report.code, told.report.reboot),
        (1604, Reboot::Required),
        "{:?}",
        told.report
    );
    told.disk
}

fn given(properties: &[(&str, &str)]) -> Resumption {
    let properties = properties
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Resumption {
        properties: properties.collect(),
        ui_level: UiLevel::None,
        custom_actions: CustomActions::Skip,
        wait: Wait::No,
    }
}

/// Goes on, as after the restart.
fn resumed(
    bench: &Bench,
    before: &MemoryDisk,
    properties: &[(&str, &str)],
) -> (Report, MemoryDisk) {
    let mut tree = Tree::open(before.clone()).unwrap();
    let host = later();
    let (_, report) = installer(&mut tree, bench, &host)
        .resume(given(properties), &mut Silent, &mut Log::none(&host))
        .unwrap()
        .unwrap();
    (report, tree.into_disk())
}

fn undone(bench: &Bench, before: &MemoryDisk) -> MemoryDisk {
    let mut tree = Tree::open(before.clone()).unwrap();
    let host = later();
    let found = installer(&mut tree, bench, &host)
        .undo_suspended(Wait::No, &mut Silent, &mut Log::none(&host))
        .unwrap();
    assert_eq!(
        (found[0].product_name.as_str(), found[0].ending),
        ("Greeter", "undone")
    );
    tree.into_disk()
}

/// The lines that only one of two snapshots has. The package's own name, code and size are left out: the packages that
/// are compared differ by a row.
fn differences(left: &[String], right: &[String]) -> Vec<String> {
    let is_of_package = |line: &&String| {
        let places = ["PackageCode", "LocalPackage", ".msi "];
        places.iter().any(|place| line.contains(place))
    };
    let only = |lines: &[String], others: &[String]| {
        let only = lines.iter().filter(|line| !others.contains(line));
        only.filter(|line| !is_of_package(line))
            .cloned()
            .collect::<Vec<_>>()
    };
    [only(left, right), only(right, left)].concat()
}

/// What a later process told, after what it told for the first one: that it waits.
fn events_of(bench: &Bench) -> Vec<u32> {
    let log = events::Log::at(&bench.path("resumed.jsonl"));
    let told = log.read(&events::Filter::default()).unwrap();
    let _ = std::fs::remove_file(log.path());
    let ids: Vec<u32> = told.events.iter().map(|event| event.id).collect();
    assert_eq!(ids[1..4], [1042, 1038, 1005], "{ids:?}");
    ids[4..].to_vec()
}

/// Another process: its ids are others.
fn later() -> Host {
    let host = host();
    for _ in 0..100 {
        (host.id)();
    }
    host
}

fn has(lines: &[String], what: &str) -> bool {
    lines.iter().any(|line| line.contains(what))
}

/// Wherever the restart is: both parts together do what one installation without it does.
#[test]
fn both_parts_do_what_one_installation_does() {
    let bench = Bench::new();
    let before = bench.machine();
    let plain = bench.package("greeter", GREETER);
    let whole = bench.snapshot(&bench.after(&before, &command(Intent::Install, &plain)));
    for place in [1550, 1650, 4100, 4999, 5001, 6150, 6350, 6500] {
        let package = restarting(&bench, place);
        let told = bench.told(&before, &command(Intent::Install, &package));
        assert_eq!(told.report.code, 1604, "{place}: {:?}", told.report);
        assert_eq!(
            told.events,
            [
                "1040",
                "1033 Greeter 1.0.0",
                "1042",
                "1038 Greeter 1.0.0",
                "1005"
            ]
        );
        let waits = bench.snapshot(&told.disk);
        assert!(has(&waits, IN_PROGRESS) && has(&waits, RUN_ONCE), "{place}");
        let file = "F drive_c/Program Files (x86)/Greeter/hello.txt";
        assert_eq!(has(&waits, file), place > 4000, "{place}");
        let (report, disk) = resumed(&bench, &told.disk, &[]);
        assert_eq!((report.code, &report.message), (0, &None), "{place}");
        assert_eq!(events_of(&bench), [1040, 11707, 1033, 1042], "{place}");
        assert_eq!(
            differences(&bench.snapshot(&disk), &whole),
            [""; 0],
            "{place}"
        );
        let removal = Command {
            intent: Intent::Remove,
            ..with(&package, &[("AFTERREBOOT", "1")])
        };
        let removed = bench.after(&disk, &removal);
        assert!(!has(&bench.snapshot(&removed), "hello.txt"));
        assert_eq!(
            differences(
                &bench.snapshot(&undone(&bench, &told.disk)),
                &bench.snapshot(&before)
            ),
            [""; 0]
        );
        assert_eq!(events_of(&bench), [11708, 1033], "{place}");
    }
}

#[test]
fn the_same_command_goes_on_and_keeps_features_properties_and_folders() {
    let bench = Bench::new();
    let package = restarting(&bench, 4100);
    let properties = [
        ("ADDLOCAL", "Complete"),
        ("WHO", "you"),
        ("INSTALLDIR", "C:\\Elsewhere"),
    ];
    let wanted = with(&package, &properties);
    let disk = waiting(&bench, &bench.machine(), &wanted);
    let again = bench.after(&disk, &command(Intent::Install, &package));
    assert_eq!(again, bench.after(&disk, &wanted));
    let lines = bench.snapshot(&again);
    assert!(
        has(&lines, "Name REG_SZ Greeter you C:\\Elsewhere\\"),
        "{lines:#?}"
    );
    assert!(has(&lines, "Elsewhere") && !has(&lines, "more.txt"));
    assert!(!has(&lines, "InProgress") && !has(&lines, "RunOnce\\msikit"));
    assert_eq!(bench.products(&again), ["Greeter 1.0.0"]);
}

#[test]
fn a_removal_and_a_change_wait_too() {
    let bench = Bench::new();
    let before = bench.machine();
    let row = "InstallExecuteSequence: ForceReboot | Installed AND NOT AFTERREBOOT | 4999";
    let late = "Registry: Reg2 | 2 | Software\\Greeter | More | late | Extra";
    let package = bench.package("greeter", &format!("{GREETER}\n{row}\n{late}"));
    let some = bench.after(&before, &with(&package, &[("ADDLOCAL", "Complete")]));
    let disk = waiting(&bench, &some, &with(&package, &[("ADDLOCAL", "More")]));
    let (report, both) = resumed(&bench, &disk, &[]);
    assert_eq!(report.code, 0, "{report:?}");
    let lines = bench.snapshot(&both);
    assert!(has(&lines, "more.txt") && has(&lines, "More REG_SZ late"));
    assert_eq!(events_of(&bench), [1040, 11728, 1035, 1042]);
    let removal = command(Intent::Remove, &package);
    let disk = waiting(&bench, &both, &removal);
    let (report, gone) = resumed(&bench, &disk, &[]);
    assert_eq!(report.code, 0, "{report:?}");
    assert!(bench.products(&gone).is_empty());
    assert_eq!(
        differences(&bench.snapshot(&gone), &bench.snapshot(&before)),
        [""; 0]
    );
    assert_eq!(
        differences(
            &bench.snapshot(&undone(&bench, &disk)),
            &bench.snapshot(&both)
        ),
        [""; 0]
    );
}

#[test]
fn another_product_undoes_what_waits_where_somebody_agrees() {
    let bench = Bench::new();
    let package = restarting(&bench, 4100);
    let other = bench.package(
        "other",
        "product Other 2.0.0\nfile other.txt in Main: Other",
    );
    let before = bench.machine();
    let disk = waiting(&bench, &before, &command(Intent::Install, &package));
    let install = command(Intent::Install, &other);

    let mut tree = Tree::open(disk.clone()).unwrap();
    let host = later();
    let report =
        installer(&mut tree, &bench, &host).run(&install, &mut Silent, &mut Log::none(&host));
    assert_eq!(report.code, 1603);
    let message = report.message.unwrap();
    assert!(
        message.starts_with("an installation of Greeter 1.0.0 waits for a restart")
            && message.ends_with("[message 1704]"),
        "{message}"
    );
    assert_eq!(events_of(&bench), [1040, 11704, 11708, 1033, 1042]);
    assert_eq!(tree.into_disk(), disk);

    for (yes, code) in [(false, 1603), (true, 0)] {
        let mut ui = Answers::new(yes);
        let (report, after) = bench.watched(&disk, &install, &mut ui);
        assert_eq!(report.code, code);
        let [question] = ui.asked.as_slice() else {
            panic!("{:?}", ui.asked);
        };
        assert_eq!(
            (question.number, question.product.as_str()),
            (1704, "Greeter")
        );
        if yes {
            assert_eq!(after, bench.after(&before, &install));
        }
    }
}

#[test]
fn another_command_or_another_user_does_not_go_on() {
    let bench = Bench::new();
    let package = restarting(&bench, 6500);
    let disk = waiting(
        &bench,
        &bench.machine(),
        &command(Intent::Install, &package),
    );
    for wanted in [
        command(Intent::Remove, &package),
        with(&package, &[("ADDLOCAL", "More")]),
        command(
            Intent::Repair {
                mode: "omus".to_owned(),
            },
            &package,
        ),
    ] {
        let (report, after) = bench.watched(&disk, &wanted, &mut Silent);
        let message = report.message.unwrap_or_default();
        assert!(message.ends_with("[message 1705]"), "{message}");
        assert_eq!((report.code, &after), (1603, &disk));
    }
    let bob = Host {
        user: "bob".to_owned(),
        ..later()
    };
    let mut codes = Vec::new();
    for yes in [false, true] {
        let (mut tree, mut ui) = (Tree::open(disk.clone()).unwrap(), Answers::new(yes));
        let report = Installer {
            gate: None,
            ..installer(&mut tree, &bench, &bob)
        }
        .run(
            &command(Intent::Install, &package),
            &mut ui,
            &mut Log::none(&bob),
        );
        assert_eq!(ui.asked[0].number, 1503);
        codes.push(report.code);
        let said = ui
            .warned
            .iter()
            .any(|text| text.starts_with("alice had begun to install Greeter"));
        assert_eq!(said, yes, "{:?}", ui.warned);
    }
    // Bob's own installation then waits for a restart.
    assert_eq!(codes, [1603, 1604]);
}

#[test]
fn restarts_are_put_off_or_left_out_as_asked_for() {
    let bench = Bench::new();
    let package = restarting(&bench, 4100);
    let (none, basic) = (UiLevel::None, UiLevel::Basic);
    type Case = (
        UiLevel,
        &'static [(&'static str, &'static str)],
        u32,
        &'static [&'static str],
    );
    let cases: [Case; 8] = [
        (none, &[], 1604, &["1038 Greeter 1.0.0", "1005"]),
        (basic, &[], 1604, &["1038 Greeter 1.0.0", "1029"]),
        (
            basic,
            &[("REBOOTPROMPT", "S")],
            1604,
            &["1038 Greeter 1.0.0", "1005"],
        ),
        (
            none,
            &[("REBOOT", "Force")],
            1604,
            &["1038 Greeter 1.0.0", "1005"],
        ),
        (
            none,
            &[("REBOOT", "Suppress")],
            1604,
            &["1038 Greeter 1.0.0", "1005"],
        ),
        (
            none,
            &[("REBOOT", "ReallySuppress")],
            3010,
            &["1038 Greeter 1.0.0", "1029"],
        ),
        (
            none,
            &[("REBOOT", "r")],
            3010,
            &["1038 Greeter 1.0.0", "1029"],
        ),
        (none, &[("AFTERREBOOT", "1")], 0, &[]),
    ];
    for (ui_level, properties, code, events) in cases {
        let wanted = Command {
            ui_level,
            ..with(&package, properties)
        };
        let told = bench.told(&bench.machine(), &wanted);
        let what = format!("{ui_level:?} {properties:?}");
        assert_eq!(told.report.code, code, "{what}");
        let at = told
            .events
            .iter()
            .position(|event| event == "1042")
            .unwrap();
        assert_eq!(told.events[at + 1..], *events, "{what}");
    }
}

#[test]
fn the_second_part_sees_resume_and_may_wait_again() {
    let bench = Bench::new();
    let rows = "InstallExecuteSequence: ForceReboot | NOT AFTERREBOOT OR AGAIN | 4100
        Registry: Reg2 | 2 | Software\\Greeter | Seen | [RESUME][Resume][AFTERREBOOT][Preselected][UpdateStarted] | Main";
    let package = bench.package("greeter", &format!("{GREETER}\n{rows}"));
    let before = bench.machine();
    let disk = waiting(&bench, &before, &with(&package, &[("AGAIN", "1")]));
    // The one that it waited for is behind it, whatever its condition says.
    let (report, after) = resumed(&bench, &disk, &[]);
    assert_eq!(report.code, 0, "{report:?}");
    assert!(has(&bench.snapshot(&after), "Seen REG_SZ 11111"));
}

#[test]
fn renames_that_wait_for_a_restart_are_known_to_a_package() {
    let bench = Bench::new();
    let row = "LaunchCondition: NOT MsiSystemRebootPending | Restart first";
    let package = bench.package("greeter", &format!("{GREETER}\n{row}"));
    let mut disk = bench.machine();
    bench.after(&disk, &command(Intent::Install, &package));
    let hive = String::from_utf8(disk.bytes("system.reg").unwrap().to_vec()).unwrap();
    let key = "[System\\\\CurrentControlSet\\\\Control\\\\Session Manager]";
    let value = "\"PendingFileRenameOperations\"=str(7):\"a\\0\\0\"";
    let hive = format!("{hive}\n{key}\n{value}\n");
    disk.put_file("system.reg", hive.as_bytes());
    let told = bench.told(&disk, &command(Intent::Install, &package));
    assert_eq!(told.report.message.as_deref(), Some("Restart first"));
}

#[test]
fn what_is_hidden_is_not_kept_and_given_again() {
    let bench = Bench::new();
    let rows = "property MsiHiddenProperties: PASSWORD
        InstallExecuteSequence: ForceReboot | NOT AFTERREBOOT | 4100
        Registry: Reg2 | 2 | Software\\Greeter | Secret | [PASSWORD] | Main";
    let package = bench.package("greeter", &format!("{GREETER}\n{rows}"));
    let wanted = with(&package, &[("PASSWORD", "swordfish"), ("WHO", "you")]);
    let disk = waiting(&bench, &bench.machine(), &wanted);
    for (path, entry) in disk.entries() {
        if let machine::MemoryEntry::File(bytes, ..) = entry {
            let found = bytes.windows(9).any(|window| window == b"swordfish");
            assert!(!found, "{path}");
        }
    }
    let (report, unchanged) = resumed(&bench, &disk, &[]);
    assert_eq!((report.code, &unchanged), (1639, &disk));
    assert!(report.message.unwrap().contains("give PASSWORD again"));
    let (report, after) = resumed(&bench, &disk, &[("PASSWORD", "swordfish")]);
    assert_eq!(report.code, 0, "{report:?}");
    let lines = bench.snapshot(&after);
    assert!(has(&lines, "Secret REG_SZ swordfish") && has(&lines, "Name REG_SZ Greeter you"));
}

#[test]
fn a_second_part_that_fails_undoes_all_and_one_that_cannot_begin_leaves_it_waiting() {
    let bench = Bench::new();
    let package = restarting(&bench, 3900);
    let before = bench.machine();
    let disk = waiting(&bench, &before, &command(Intent::Install, &package));
    let file = bench.path("greeter/Greeter/more.txt");
    std::fs::rename(&file, bench.path("aside")).unwrap();
    let (report, after) = resumed(&bench, &disk, &[]);
    assert_eq!(report.code, 1603);
    assert_eq!(
        differences(&bench.snapshot(&after), &bench.snapshot(&before)),
        [""; 0]
    );
    assert_eq!(events_of(&bench), [1040, 11308, 11708, 1033, 1042]);
    std::fs::rename(bench.path("aside"), file).unwrap();
    std::fs::rename(bench.path("greeter"), bench.path("gone")).unwrap();
    let mut tree = Tree::open(disk.clone()).unwrap();
    let host = later();
    let error = installer(&mut tree, &bench, &host)
        .resume(given(&[]), &mut Silent, &mut Log::none(&host))
        .unwrap_err();
    assert_eq!(error.code(), 1612);
    assert!(
        error.to_string().contains("is not there any more"),
        "{error}"
    );
    assert_eq!(tree.into_disk(), disk);
}

#[test]
fn in_a_nested_run_and_outside_of_the_transaction_it_is_a_restart_at_the_end() {
    let bench = Bench::new();
    let late = bench.package(
        "late",
        &format!("{GREETER}\nInstallExecuteSequence: ForceReboot | | 6700"),
    );
    let told = bench.told(&bench.machine(), &command(Intent::Install, &late));
    assert_eq!(
        (told.report.code, told.report.reboot),
        (1641, Reboot::Initiated)
    );
    let old = format!("{GREETER}\nInstallExecuteSequence: ForceReboot | REMOVE | 4100");
    let old = bench.package("old", &old);
    let installed = bench.after(&bench.machine(), &command(Intent::Install, &old));
    let family = bench.property("old", "UpgradeCode");
    let new = format!("{GREETER}\nUpgrade: {family} | | 1.0.0 | | 512 | | OLD");
    let new = bench.package("new", &new.replace("Greeter 1.0.0", "Greeter 2.0.0"));
    let told = bench.told(&installed, &command(Intent::Install, &new));
    assert_eq!(told.report.code, 1641, "{:?}", told.report);
    assert_eq!(bench.products(&told.disk), ["Greeter 2.0.0"]);
}

fn sweep(bench: &Bench, before: &MemoryDisk, wanted: &Command, between: &[MemoryDisk]) -> Sweep {
    let work = |disk: CrashDisk| -> Result<(), WorkError> {
        let report = bench.run(disk, wanted)?;
        match report.code {
            0 | 1604 => Ok(()),
            _ => Err(report.message.unwrap_or_default().into()),
        }
    };
    let recover = |disk: CrashDisk| -> Result<(), WorkError> { bench.recover(disk) };
    crash_at_every_effect(&Scenario {
        before,
        work: &work,
        recover: &recover,
        between,
    })
}

#[test]
fn a_crash_anywhere_leaves_before_or_waiting_or_done() {
    let bench = Bench::new();
    let package = restarting(&bench, 4100);
    let wanted = command(Intent::Install, &package);
    let before = bench.machine();
    let swept = sweep(&bench, &before, &wanted, &[]);
    swept.assert_clean();
    assert!(swept.after > 0, "{swept}");
    let waits = waiting(&bench, &before, &wanted);
    let swept = sweep(&bench, &waits, &wanted, &[before]);
    swept.assert_clean();
    assert!(swept.after > 0, "{swept}");
}
