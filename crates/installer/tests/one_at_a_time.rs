//! Both cases of 1618, by what somebody sees who watches an installation: when the gate is held and when it is
//! not, whatever the table and however it ends. Follows: Microsoft, "_MSIExecute Mutex", "Concurrent Installations".
#![allow(
    clippy::disallowed_methods,
    reason = "packages lie in a folder of the host"
)]

mod bench;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bench::{Bench, command};
use gate::{Cancel, Gate, Probe};
use installer::{Command, HolderReport, Intent, Message, MessageKind, Silent, State, Ui, UiLevel};
use machine::MemoryDisk;

const GREETER: &str = "
    product Greeter 1.0.0
    file hello.txt in Main: Hello
    AdminUISequence: CostInitialize | | 800
    AdminUISequence: FileCost | | 900
    AdminExecuteSequence: CostInitialize | | 800
    AdminExecuteSequence: CostFinalize | | 1000
    AdvtExecuteSequence: CostInitialize | | 800
    AdvtExecuteSequence: CostFinalize | | 1000
    InstallUISequence: AppSearch | | 1400
    AdminUISequence: AppSearch | | 1400
";

/// While one test has a UI sequence, no install of the process begins: the tests take turns.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Does something at every action that begins.
struct Watching<F: FnMut(&str)>(F);

impl<F: FnMut(&str)> Ui for Watching<F> {
    fn message(&mut self, message: &Message) {
        if let (MessageKind::ActionStart, Some(action)) = (message.kind, &message.action) {
            (self.0)(&action.name);
        }
    }

    fn progress(&mut self, _: u64, _: u64) {}

    fn waiting(&mut self, _: Option<&HolderReport>, _: u64) {}
}

/// `free`, or the table that the holder's record names.
fn seen(gate: &Gate) -> String {
    match gate.probe() {
        Probe::Free => "free".to_owned(),
        Probe::Held { holder, .. } => holder
            .and_then(|holder| holder.sequence)
            .unwrap_or_else(|| "held".to_owned()),
        Probe::Unknown { reason } => panic!("{reason}"),
    }
}

/// Installs and returns what was seen at each action, and the code.
fn watch(bench: &Bench, command: &Command) -> (Vec<(String, String)>, u32) {
    let gate = bench.gate();
    let mut all = Vec::new();
    let mut ui = Watching(|action: &str| all.push((action.to_owned(), seen(&gate))));
    let (report, _) = bench.guarded(&bench.machine(), command, &Cancel::never(), &mut ui);
    assert_eq!(seen(&gate), "free", "after {report:?}");
    (all, report.code)
}

/// What a run over one table is seen to hold at its actions, without the top-level action around it.
fn table(name: &str) -> Vec<(String, String)> {
    let bench = Bench::new();
    let mut wanted = command(Intent::Install, &bench.package("greeter", GREETER));
    wanted.properties = vec![
        ("ACTION".to_owned(), "SEQUENCE".to_owned()),
        ("SEQUENCE".to_owned(), name.to_owned()),
    ];
    let (mut seen, code) = watch(&bench, &wanted);
    assert_eq!(code, 0, "{name}: {seen:?}");
    assert_eq!(seen.remove(0), ("INSTALL".to_owned(), "free".to_owned()));
    assert!(seen.len() > 1, "{name}: {seen:?}");
    seen
}

#[test]
fn the_three_execute_tables_hold_and_the_two_ui_tables_do_not() {
    let _turn = turn();
    for name in [
        "InstallExecuteSequence",
        "AdminExecuteSequence",
        "AdvtExecuteSequence",
    ] {
        for (action, seen) in table(name) {
            assert_eq!(seen, name, "{action}");
        }
    }
    // The execute table within a UI table holds; what is before and after it does not.
    for name in ["InstallUISequence", "AdminUISequence"] {
        let ui = table(name);
        let is_begin = |(action, _): &(String, String)| action == "INSTALL";
        let from = ui.iter().rposition(is_begin).unwrap();
        let last = ui.len() - 1;
        assert_eq!(ui[last].0, "AppSearch");
        for (at, (action, seen)) in ui.iter().enumerate() {
            let expected = match at > from && at < last {
                true => "InstallExecuteSequence",
                false => "free",
            };
            assert_eq!(seen, expected, "{name}: {action}");
        }
        assert!(from > 1 && last > from + 20, "{ui:?}");
    }
}

#[test]
fn the_gate_is_free_after_success_failure_and_refusal() {
    let _turn = turn();
    let stop = "CustomAction: Stop | 19 | | no\nInstallExecuteSequence: Stop | | 5000";
    for (more, expected) in [
        ("", 0),
        (stop, 1603),
        ("LaunchCondition: VersionNT > 9999 | too old", 1603),
    ] {
        let bench = Bench::new();
        let package = bench.package("greeter", &format!("{GREETER}\n{more}"));
        let (_, code) = watch(&bench, &command(Intent::Install, &package));
        assert_eq!(code, expected, "{more}");
    }
}

#[test]
fn a_result_is_told_before_the_gate_is_let_go() {
    let _turn = turn();
    let mut bench = Bench::new();
    bench.begin_events("events.jsonl");
    // It fails before the transaction is opened, and its user interface has an action for that.
    let rows = "CustomAction: Stop | 19 | | no\nInstallExecuteSequence: Stop | | 50\n\
                InstallUISequence: CCPSearch | | -3";
    let package = bench.package("greeter", &format!("{GREETER}\n{rows}"));
    let mut wanted = command(Intent::Install, &package);
    wanted.ui_level = UiLevel::Full;
    let (gate, mut at_end) = (bench.gate(), None);
    let mut ui = Watching(|action: &str| {
        if action == "CCPSearch" {
            let told = bench.events().read(&events::Filter::default()).unwrap();
            let ids: Vec<u32> = told.events.iter().map(|event| event.id).collect();
            at_end = Some((seen(&gate), ids));
        }
    });
    let (report, _) = bench.guarded(&bench.machine(), &wanted, &Cancel::never(), &mut ui);
    assert_eq!(report.code, 1603, "{report:?}");
    let expected = vec![1040, 11708, 1033, 1042];
    assert_eq!(at_end, Some(("free".to_owned(), expected)));
}

#[test]
fn a_restart_is_told_before_the_gate_is_let_go() {
    let _turn = turn();
    let mut bench = Bench::new();
    bench.begin_events("events.jsonl");
    // The user interface has an action after the execute sequence: the gate is free there.
    let rows = "InstallExecuteSequence: ScheduleReboot | | 6800\n\
                InstallUISequence: CCPSearch | | 1350";
    let package = bench.package("greeter", &format!("{GREETER}\n{rows}"));
    let mut wanted = command(Intent::Install, &package);
    wanted.ui_level = UiLevel::Full;
    let (gate, mut at_end) = (bench.gate(), None);
    let mut ui = Watching(|action: &str| {
        if action == "CCPSearch" {
            let told = bench.events().read(&events::Filter::default()).unwrap();
            let ids: Vec<u32> = told.events.iter().map(|event| event.id).collect();
            at_end = Some((seen(&gate), ids));
        }
    });
    let (report, _) = bench.guarded(&bench.machine(), &wanted, &Cancel::never(), &mut ui);
    assert_eq!(report.code, 3010, "{report:?}");
    let expected = vec![1040, 11707, 1033, 1042, 1038, 1029];
    assert_eq!(at_end, Some(("free".to_owned(), expected)));
    let told = bench.events().read(&events::Filter::default()).unwrap();
    assert_eq!(told.events.len(), 6, "each is told once");
}

#[test]
fn the_gate_is_free_after_a_cancel() {
    let _turn = turn();
    let bench = Bench::new();
    let wanted = command(Intent::Install, &bench.package("greeter", GREETER));
    let (gate, before) = (bench.gate(), bench.machine());
    for at in ["CostInitialize", "InstallFiles", "InstallFinalize"] {
        let cancel = Cancel::new().unwrap();
        let mut ui = Watching(|action: &str| {
            if action == at {
                cancel.cancel();
            }
        });
        let (report, after) = bench.guarded(&before, &wanted, &cancel, &mut ui);
        assert_eq!(report.code, 1602, "{at}: {report:?}");
        assert_eq!(seen(&gate), "free", "{at}");
        assert_eq!(bench.snapshot(&after), bench.snapshot(&before), "{at}");
    }
}

#[test]
fn the_gate_is_free_after_a_panic_and_the_next_install_undoes_what_it_left() {
    let _turn = turn();
    let mut bench = Bench::new();
    bench.begin_events("events.jsonl");
    let wanted = command(Intent::Install, &bench.package("greeter", GREETER));
    let gate = bench.gate();
    let mut wanted_shown = wanted.clone();
    wanted_shown.ui_level = UiLevel::Full;
    for wanted in [&wanted, &wanted_shown] {
        let mut ui = Watching(|action: &str| assert_ne!(action, "InstallFinalize", "as wanted"));
        let run = || bench.guarded(&bench.machine(), wanted, &Cancel::never(), &mut ui);
        assert!(catch_unwind(AssertUnwindSafe(run)).is_err());
        assert_eq!(seen(&gate), "free");
    }
    let reports = events::Filter {
        ids: vec![1013],
        ..events::Filter::default()
    };
    let told = bench.events().read(&reports).unwrap().events;
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].message.contains("as wanted"), "{told:?}");
    // Neither the hold nor the UI sequence of the one that fell over is left.
    let (seen, code) = watch(&bench, &wanted);
    assert_eq!(code, 0, "{seen:?}");
}

/// Tries a second install on the same machine, and reads, at every action of the first.
#[test]
fn a_second_session_of_the_process_is_refused_and_reads_are_not() {
    let _turn = turn();
    let bench = Bench::new();
    let first = command(Intent::Install, &bench.package("greeter", GREETER));
    let second = command(
        Intent::Install,
        &bench.package("other", "product Other 1.0.0\nfile b.txt in B: b"),
    );
    let (gate, before) = (bench.gate(), bench.machine());
    let mut shown = first.clone();
    shown.ui_level = UiLevel::Full;
    for (first, is_shown) in [(&first, false), (&shown, true)] {
        let mut seconds = Vec::new();
        let mut ui = Watching(|action: &str| {
            let never = Cancel::never();
            let (report, after) = bench.guarded(&before, &second, &never, &mut Silent);
            seconds.push((seen(&gate), report.code));
            match report.code {
                0 => {}
                _ => assert!(after == before, "{action}"),
            }
            reads(&bench, &before, &gate, &second);
        });
        let (report, _) = bench.guarded(&before, first, &Cancel::never(), &mut ui);
        assert_eq!(report.code, 0, "{report:?}");
        // Case (a): held. Case (b): in the user interface, though the gate is free.
        let expected = |seen: &str| if is_shown || seen != "free" { 1618 } else { 0 };
        for (seen, code) in &seconds {
            assert_eq!(*code, expected(seen), "{seen}, shown: {is_shown}");
        }
        let free = seconds.iter().filter(|(seen, _)| seen == "free").count();
        assert!(free > 0 && free < seconds.len(), "{seconds:?}");
    }
}

/// What reads works whoever installs.
fn reads(bench: &Bench, before: &MemoryDisk, gate: &Gate, other: &Command) {
    assert!(bench.products(before).is_empty());
    assert_eq!(bench.plan(before, other).report.code, 0);
    let state = installer::status(gate, gate.folder().parent().unwrap()).state;
    assert_eq!(state == State::Held, seen(gate) != "free", "{state:?}");
}

#[test]
fn another_process_is_not_kept_out_by_a_ui_sequence() {
    let _turn = turn();
    let bench = Bench::new();
    let mut wanted = command(Intent::Install, &bench.package("greeter", GREETER));
    wanted.ui_level = UiLevel::Full;
    let gate = bench.gate();
    let mut taken = 0;
    let mut ui = Watching(|_: &str| {
        // What another process does: it knows nothing of this one's user interface.
        let who = gate::Taker::default();
        let hold = gate.take(&who, gate::Wait::No, &Cancel::never(), &mut |_| None);
        taken += u32::from(hold.is_ok());
    });
    let (report, _) = bench.guarded(&bench.machine(), &wanted, &Cancel::never(), &mut ui);
    assert_eq!(report.code, 0, "{report:?}");
    assert!(taken > 3, "{taken}");
}

#[test]
fn an_upgrade_removes_the_old_product_under_its_own_hold() {
    let _turn = turn();
    let bench = Bench::new();
    let old = bench.package(
        "old",
        "product Greeter 1.0.0\nfile hello.txt in Main: Hello",
    );
    let upgrade = bench.property("old", "UpgradeCode");
    let before = bench.after(&bench.machine(), &command(Intent::Install, &old));
    for place in [1450, 1510, 6700] {
        let name = format!("new-{place}");
        let new = bench.package(
            &name,
            &format!(
                "product Greeter 2.0.0\nfile hello.txt in Main: Hello\n\
                 Upgrade: {upgrade} | 1.0.0 | 2.0.0 | | 256 | | OLD\n\
                 InstallExecuteSequence: RemoveExistingProducts | | {place}"
            ),
        );
        let gate = bench.gate();
        let mut generations = Vec::new();
        let mut nested = 0;
        let mut ui = Watching(|action: &str| {
            if let Probe::Held { generation, .. } = gate.probe() {
                generations.push(generation);
            }
            nested += u32::from(action == "RemoveFiles");
        });
        let wanted = command(Intent::Install, &new);
        let (report, after) = bench.guarded(&before, &wanted, &Cancel::never(), &mut ui);
        assert_eq!(report.code, 0, "{report:?}");
        assert_eq!(bench.products(&after), ["Greeter 2.0.0"], "{place}");
        assert_eq!(nested, 2, "one run, and one within it");
        generations.dedup();
        assert_eq!(generations.len(), 1, "one hold from beginning to end");
    }
}

#[test]
fn a_child_of_the_holder_is_refused_at_once_whatever_it_would_wait() {
    let _turn = turn();
    let bench = Bench::new();
    let wanted = command(Intent::Install, &bench.package("greeter", GREETER));
    let gate = bench.gate();
    let mut codes = Vec::new();
    let mut ui = Watching(|_: &str| {
        if let Probe::Held { generation, .. } = gate.probe() {
            let mut child = wanted.clone();
            child.wait = gate::Wait::Forever;
            let report = bench.as_child_of(generation, &bench.machine(), &child);
            codes.push((report.code, report.holder.is_some()));
        }
    });
    let (report, _) = bench.guarded(&bench.machine(), &wanted, &Cancel::never(), &mut ui);
    assert_eq!(report.code, 0, "{report:?}");
    assert!(codes.len() > 10);
    assert!(codes.iter().all(|told| *told == (1618, true)), "{codes:?}");
}
