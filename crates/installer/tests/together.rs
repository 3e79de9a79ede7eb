//! Several packages in one transaction: all or none of them, under one hold.
//!
//! Follows: Microsoft, "Multiple-Package Installations", "ForceReboot Action", "ScheduleReboot Action", "Error Codes".
#![allow(
    clippy::disallowed_methods,
    reason = "packages lie in a folder of the host"
)]

mod bench;

use bench::{Bench, ToldTogether, command, host};
use gate::{Probe, Wait};
use installer::{Command, CustomActions, Error, Installer, Intent, Log, Reboot, Silent};
use machine::{MemoryDisk, Tree};
use testing::{CrashDisk, Scenario, WorkError, crash_at_every_effect};

fn text(name: &str) -> String {
    format!(
        "product {name} 1.0.0
        file {name}.txt in {name}Main: Hello from {name}
        Registry: Reg1 | 2 | Software\\{name} | Name | [ProductName] | {name}Main
        Environment: Path | =-*{name} | [INSTALLDIR] | {name}Main"
    )
}

fn package(bench: &Bench, name: &str, more: &str) -> Command {
    let place = bench.package(name, &format!("{}\n{more}", text(name)));
    command(Intent::Install, &place)
}

const FAILS: &str = "CustomAction: Stop | 19 | | I stop
    InstallExecuteSequence: Stop | | 6550";

fn codes(told: &ToldTogether) -> Vec<u32> {
    let packages = told.report.packages.iter();
    packages.map(|package| package.report.code).collect()
}

#[test]
fn all_are_installed_in_the_order_given_and_told_in_one_story() {
    let bench = Bench::new();
    let commands = ["B", "A", "C"].map(|name| package(&bench, name, ""));
    let before = bench.machine();
    let told = bench.together(&before, &commands);
    assert_eq!(told.report.report.code, 0, "{:?}", told.report);
    assert_eq!(codes(&told), [0, 0, 0]);
    assert_eq!(
        bench.products(&told.disk),
        ["A 1.0.0", "B 1.0.0", "C 1.0.0"]
    );
    assert_eq!(
        told.events,
        [
            "1040",
            "11707",
            "1033 B 1.0.0",
            "11707",
            "1033 A 1.0.0",
            "11707",
            "1033 C 1.0.0",
            "1042"
        ]
    );
    // What they leave is what they leave one after another.
    let mut one_by_one = before;
    for command in &commands {
        one_by_one = bench.after(&one_by_one, command);
    }
    let code =
        |line: &String| !line.contains("windows/Installer/") && !line.contains("LocalPackage");
    let lines = |disk: &MemoryDisk| {
        bench
            .snapshot(disk)
            .into_iter()
            .filter(code)
            .collect::<Vec<_>>()
    };
    assert_eq!(lines(&told.disk), lines(&one_by_one));
    assert!(matches!(bench.gate().probe(), Probe::Free));
}

#[test]
fn one_that_fails_undoes_all() {
    for (at, codes_expected) in [
        (0, vec![1603, 1603, 1603]),
        (1, vec![1603, 1603, 1603]),
        (2, vec![1603; 3]),
    ] {
        let bench = Bench::new();
        let commands = [0, 1, 2].map(|number| {
            let name = ["A", "B", "C"][number];
            package(&bench, name, if number == at { FAILS } else { "" })
        });
        let before = bench.machine();
        let told = bench.together(&before, &commands);
        assert_eq!(told.report.report.code, 1603);
        assert_eq!(told.report.report.message.as_deref(), Some("I stop"));
        assert_eq!(codes(&told), codes_expected);
        let failed = told.report.failed_package().unwrap();
        assert_eq!(failed.package, commands[at].target);
        assert_eq!(bench.snapshot(&told.disk), bench.snapshot(&before));
        let ended = told.events.iter().filter(|event| event.starts_with("1033"));
        assert_eq!(ended.count(), at + 1, "{:?}", told.events);
        assert!(!told.events.contains(&"11707".to_owned()));
        assert_eq!(told.events.first().unwrap(), "1040");
        assert_eq!(told.events.last().unwrap(), "1042");
        assert!(matches!(bench.gate().probe(), Probe::Free));
    }
}

#[test]
fn a_file_that_is_missing_or_a_package_that_is_none_undoes_all() {
    let bench = Bench::new();
    let first = package(&bench, "A", "");
    let missing = package(&bench, "B", "");
    std::fs::remove_file(bench.path("B/B/B.txt")).unwrap();
    let none = command(Intent::Install, bench.path("none.msi").to_str().unwrap());
    let before = bench.machine();
    for (second, code) in [(missing, 1603), (none, 1619)] {
        let told = bench.together(&before, &[first.clone(), second]);
        assert_eq!(told.report.report.code, code);
        assert_eq!(bench.snapshot(&told.disk), bench.snapshot(&before));
    }
}

#[test]
fn products_are_removed_and_replaced_together_too() {
    let bench = Bench::new();
    let commands = ["A", "B"].map(|name| package(&bench, name, ""));
    let before = bench.machine();
    let both = bench.together(&before, &commands);
    let removals = commands.clone().map(|command| Command {
        intent: Intent::Remove,
        ..command
    });
    let none = bench.together(&both.disk, &removals);
    assert_eq!(none.report.report.code, 0, "{:?}", none.report);
    assert_eq!(bench.snapshot(&none.disk), bench.snapshot(&before));

    // A newer package of the same family, wherever it removes the older: in the same transaction as both.
    for place in [1450, 1510, 6700] {
        let family = bench.property("A", "UpgradeCode");
        let newer = text("A").replace("1.0.0", "2.0.0");
        let newer = format!(
            "{newer}\nUpgrade: {family} | | 1.0.0 | | 513 | | OLD
            InstallExecuteSequence: RemoveExistingProducts | | {place}"
        );
        let name = format!("newer{place}");
        let newer = command(Intent::Install, &bench.package(&name, &newer));
        let told = bench.together(&before, &[commands[0].clone(), newer.clone()]);
        assert_eq!(told.report.report.code, 0, "{place}: {:?}", told.report);
        assert_eq!(bench.products(&told.disk), ["A 2.0.0"], "{place}");
        let begun = told.events.iter().filter(|event| *event == "1040");
        assert_eq!(begun.count(), 1, "{place}");
        // And what follows it undoes the removal with the rest.
        let fails = package(&bench, "F", FAILS);
        let told = bench.together(&both.disk, &[newer, fails]);
        assert_eq!(told.report.report.code, 1603, "{place}");
        assert_eq!(
            bench.snapshot(&told.disk),
            bench.snapshot(&both.disk),
            "{place}"
        );
    }
}

#[test]
fn a_package_that_restarts_the_machine_is_left_out_alone() {
    for row in [
        "InstallExecuteSequence: ScheduleReboot | | 6800",
        "InstallExecuteSequence: ForceReboot | | 6550",
        // Its condition comes true when nothing can be foreseen any more.
        "InstallExecuteSequence: ScheduleReboot | LATE | 6800
        CustomAction: Late | 51 | LATE | 1
        InstallExecuteSequence: Late | | 6700",
    ] {
        let bench = Bench::new();
        let commands = [
            package(&bench, "A", ""),
            package(&bench, "B", row),
            package(&bench, "C", ""),
        ];
        let told = bench.together(&bench.machine(), &commands);
        assert_eq!(codes(&told), [0, 1603, 0], "{row}: {:?}", told.report);
        assert_eq!(told.report.report.code, 1603);
        let message = told.report.report.message.unwrap();
        assert!(message.contains("install it alone"), "{message}");
        assert_eq!(bench.products(&told.disk), ["A 1.0.0", "C 1.0.0"]);
        assert_eq!(
            told.events,
            [
                "1040",
                "11707",
                "1033 A 1.0.0",
                "11708",
                "1033 B 1.0.0",
                "11707",
                "1033 C 1.0.0",
                "1042"
            ]
        );
    }
    // One whose condition is false has nothing to do with it.
    let bench = Bench::new();
    let row = "InstallExecuteSequence: ScheduleReboot | NEVER | 6800";
    let commands = [package(&bench, "A", row), package(&bench, "B", "")];
    assert_eq!(codes(&bench.together(&bench.machine(), &commands)), [0, 0]);
}

#[test]
fn a_restart_that_a_property_wants_does_not_begin() {
    let bench = Bench::new();
    let mut commands = ["A", "B"].map(|name| package(&bench, name, ""));
    commands[0]
        .properties
        .push(("REBOOT".to_owned(), "Force".to_owned()));
    let told = bench.together(&bench.machine(), &commands);
    assert_eq!(codes(&told), [3010, 0]);
    assert_eq!(told.report.report.code, 3010);
    assert_eq!(told.report.report.reboot, Reboot::Required);
    let last: Vec<&str> = told
        .events
        .iter()
        .rev()
        .take(3)
        .rev()
        .map(String::as_str)
        .collect();
    assert_eq!(last, ["1042", "1038 A 1.0.0", "1029"]);
}

#[test]
fn without_rollback_there_is_no_transaction() {
    let bench = Bench::new();
    let commands = ["A", "B"].map(|name| package(&bench, name, ""));
    let mut policy = bench.machine();
    let hive = String::from_utf8(policy.bytes("system.reg").unwrap().to_vec()).unwrap();
    let key = "[Software\\\\Policies\\\\Microsoft\\\\Windows\\\\Installer]";
    let hive = format!("{hive}\n{key}\n\"DisableRollback\"=dword:00000001\n");
    policy.put_file("system.reg", hive.as_bytes());
    let told = bench.together(&policy, &commands);
    assert_eq!((told.report.report.code, codes(&told)), (1653, vec![]));
    assert_eq!(told.events, Vec::<String>::new());

    let row = "InstallExecuteSequence: DisableRollback | | 1450";
    let mut by_property = commands[1].clone();
    by_property
        .properties
        .push(("DISABLEROLLBACK".to_owned(), "1".to_owned()));
    let before = bench.machine();
    for second in [package(&bench, "C", row), by_property] {
        let told = bench.together(&before, &[commands[0].clone(), second]);
        assert_eq!(told.report.report.code, 1653);
        assert_eq!(bench.snapshot(&told.disk), bench.snapshot(&before));
    }
}

#[test]
fn one_at_a_time_and_a_second_gets_1618() {
    let bench = Bench::new();
    let commands = ["A", "B"].map(|name| package(&bench, name, ""));
    let (mut tree, host) = (Tree::open(bench.machine()).unwrap(), host());
    let mut log = Log::none(&host);
    let mut installer = Installer {
        gate: Some(bench.gate()),
        ..bench.installer(&mut tree, &host)
    };
    let mut transaction = installer
        .begin_transaction("first", "install", Wait::No, &mut Silent, &mut log)
        .unwrap();
    transaction.add(&commands[0], &mut Silent, &mut log);
    // Between two of its packages as well.
    let told = bench.together(&bench.machine(), &commands);
    assert_eq!(told.report.report.code, 1618);
    let holder = told.report.report.holder.unwrap();
    assert_eq!(holder.product_name.as_deref(), Some("A"));
    assert_eq!(told.events, ["11500"]);
    let alone = bench.told(&bench.machine(), &commands[1]);
    assert_eq!(alone.report.code, 1618);
    let report = transaction.commit(&mut log);
    assert_eq!(report.report.code, 0);
    assert_eq!(bench.products(&tree.into_disk()), ["A 1.0.0"]);
    assert_eq!(
        bench
            .together(&bench.machine(), &commands)
            .report
            .report
            .code,
        0
    );
}

#[test]
fn rolled_back_or_dropped_it_leaves_nothing_and_lets_the_gate_go() {
    let bench = Bench::new();
    let commands = ["A", "B"].map(|name| package(&bench, name, ""));
    for drops in [true, false] {
        let before = bench.machine();
        let (mut tree, host) = (Tree::open(before.clone()).unwrap(), host());
        let mut log = Log::none(&host);
        let mut installer = Installer {
            gate: Some(bench.gate()),
            ..bench.installer(&mut tree, &host)
        };
        let mut transaction = installer
            .begin_transaction("several", "install", Wait::No, &mut Silent, &mut log)
            .unwrap();
        for command in &commands {
            assert_eq!(transaction.add(command, &mut Silent, &mut log).code, 0);
        }
        if drops {
            drop(transaction);
        } else {
            let report = transaction.roll_back(&mut log);
            assert_eq!(report.report.code, 0);
            assert!(
                report
                    .packages
                    .iter()
                    .all(|package| package.report.code == 1603)
            );
        }
        let after = tree.into_disk();
        assert_eq!(bench.snapshot(&after), bench.snapshot(&before), "{drops}");
        let left = after
            .entries()
            .any(|(path, _)| path.contains("journal/active"));
        assert!(!left, "{drops}");
        assert!(matches!(bench.gate().probe(), Probe::Free));
    }
}

#[test]
fn an_image_is_made_by_itself() {
    let bench = Bench::new();
    let image = Command {
        intent: Intent::Admin,
        ..package(&bench, "A", "")
    };
    let told = bench.together(&bench.machine(), &[image]);
    assert_eq!(codes(&told), [1639]);
    assert!(matches!(Error::UiSequence.code(), 1618));
}

#[test]
fn a_plan_of_several_shows_each_on_top_of_those_before_it() {
    let bench = Bench::new();
    let commands = ["A", "B"].map(|name| package(&bench, name, ""));
    let (tree, host) = (Tree::open(bench.machine()).unwrap(), host());
    let plan = |commands: &[Command]| {
        installer::plan_together(&tree, commands, &host, &mut Silent, &mut Log::none(&host))
            .unwrap()
    };
    let planned = plan(&commands);
    let told = bench.together(&bench.machine(), &commands);
    for (plan, done) in planned.packages.iter().zip(&told.report.packages) {
        assert_eq!(
            plan.plan.operations.len() as u64,
            done.report.operation_count
        );
    }
    let failing = [
        commands[0].clone(),
        package(&bench, "C", FAILS),
        commands[1].clone(),
    ];
    let planned = plan(&failing);
    assert_eq!((planned.code, planned.packages.len()), (1603, 2));
}

#[test]
fn a_crash_anywhere_leaves_all_or_none() {
    let bench = Bench::new();
    let small = |name: &str| {
        let text = format!(
            "product {name} 1.0.0\nfile {name}.txt in {name}Main: {name}
            file both.txt in Shared{name}: {name}\ncabinet
            Registry: Reg1 | 2 | Software\\Both | Name | [ProductName] | {name}Main"
        );
        command(Intent::Install, &bench.package(name, &text))
    };
    let commands = [small("A"), small("B")];
    let before = bench.machine();
    let work = |disk: CrashDisk| -> Result<(), WorkError> {
        let report = bench.run_together(disk, &commands)?.report;
        report.message.map_or(Ok(()), |message| Err(message.into()))
    };
    let recover = |disk: CrashDisk| -> Result<(), WorkError> { bench.recover(disk) };
    let swept = crash_at_every_effect(&Scenario {
        before: &before,
        work: &work,
        recover: &recover,
        between: &[],
    });
    swept.assert_clean();
    assert!(swept.after > 0, "{swept}");
}

#[test]
fn the_program_that_installs_further_packages_is_named_and_left_out_or_the_end() {
    let bench = Bench::new();
    let rows = "
        property SECRET: s3cret
        property MsiHiddenProperties: SECRET
        MsiEmbeddedChainer: Chain | NOT REMOVE | /packages \"[INSTALLDIR]\" [SECRET] | Setup | 2
        MsiEmbeddedChainer: Never | 1 = 2 | | Setup | 2
        MsiEmbeddedChainer: Unknown | | | Setup | 1";
    let mut wanted = package(&bench, "A", rows);
    let before = bench.machine();
    let plan = bench.plan(&before, &wanted);
    let told = bench.told(&before, &wanted);
    assert_eq!(told.report.code, 0, "{:?}", told.report);
    assert_eq!(plan.report.skipped_chainers, told.report.skipped_chainers);
    let left_out = plan.report.skipped_chainers.iter();
    let left_out = left_out.map(|chainer| {
        format!(
            "{}: {} {}",
            chainer.name, chainer.source, chainer.command_line
        )
    });
    assert_eq!(
        left_out.collect::<Vec<_>>(),
        ["Chain: Setup /packages \"C:\\Program Files (x86)\\A\\\" **********"]
    );
    let removed = bench.told(
        &told.disk,
        &Command {
            intent: Intent::Remove,
            ..wanted.clone()
        },
    );
    assert_eq!(removed.report.skipped_chainers, []);

    wanted.custom_actions = CustomActions::Fail;
    let told = bench.told(&before, &wanted);
    assert_eq!((told.report.code, told.report.operation_count), (1603, 0));
    let message = told.report.message.unwrap();
    assert!(
        message.contains("the embedded chainer Chain runs Windows code"),
        "{message}"
    );
    assert_eq!(bench.snapshot(&told.disk), bench.snapshot(&before));
}

#[test]
fn a_plan_knows_the_packages_that_are_only_planned() {
    let bench = Bench::new();
    let old = package(&bench, "A", "");
    let family = bench.property("A", "UpgradeCode");
    let newer = text("A").replace("1.0.0", "2.0.0");
    for place in [1450, 1510, 6700] {
        let newer = format!(
            "{newer}\nUpgrade: {family} | | 1.0.0 | | 513 | | OLD
            InstallExecuteSequence: RemoveExistingProducts | | {place}"
        );
        let name = format!("newer{place}");
        let newer = command(Intent::Install, &bench.package(&name, &newer));
        let commands = [old.clone(), newer];
        let (tree, host) = (Tree::open(bench.machine()).unwrap(), host());
        let planned =
            installer::plan_together(&tree, &commands, &host, &mut Silent, &mut Log::none(&host))
                .unwrap();
        let told = bench.together(&bench.machine(), &commands);
        assert_eq!(
            (planned.code, told.report.report.code),
            (0, 0),
            "{place}: {:?}",
            planned.message
        );
        for (plan, done) in planned.packages.iter().zip(&told.report.packages) {
            let planned = plan.plan.operations.len() as u64;
            assert_eq!(planned, done.report.operation_count, "{place}");
            assert_eq!(plan.plan.report.nested, done.report.nested, "{place}");
        }
    }
}
