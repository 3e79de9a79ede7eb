//! Concurrent installations: packages that run others inside their own transaction.
//!
//! Follows: Microsoft, "Concurrent Installations", "Custom Action Type 7", "Custom Action Type 23", "Custom Action
//! Type 39".
#![allow(
    clippy::disallowed_methods,
    reason = "packages lie in a folder of the host"
)]

mod bench;

use bench::{Bench, Told, command};
use gate::{Cancel, Probe};
use installer::{HolderReport, Intent, Message, MessageKind, Ui, UiLevel};
use machine::MemoryDisk;
use testing::{CrashDisk, Scenario, WorkError, crash_at_every_effect};

const INNER: &str = "
    product Inner 1.0.0
    file inner.txt in InnerMain: Hello from inside
    Registry: Reg1 | 2 | Software\\Inner | Parent | [ParentProductCode] | InnerMain
    Registry: Reg2 | 2 | Software\\Inner | Asked | [ASKED] | InnerMain
    property ASKED: nobody
    cabinet
";
const OUTER: &str = "
    product Outer 1.0.0
    file outer.txt in Main: Hello from outside
    file more.txt in Extra: More
";
const INNER_FILE: &str = "C:\\Program Files (x86)\\Inner\\inner.txt";

/// How the outer package names the inner one.
#[derive(Clone, Copy, Debug)]
enum By {
    Storage,
    Source,
}

/// Puts a package of an inner and an outer one into the bench. `{INNER}` in the outer text is the inner product's code.
fn nested(bench: &Bench, by: By, inner: &str, outer: &str) -> String {
    let package = testing::package(inner);
    let outer = outer.replace("{INNER}", &package.product_code());
    let run = match by {
        By::Storage => "CustomAction: RunInner | 7 | Inside | ASKED=\"me, [ProductName]\"",
        By::Source => "CustomAction: RunInner | 23 | sub\\inner.msi | ASKED=\"me, [ProductName]\"",
    };
    let when = "InstallExecuteSequence: RunInner | NOT Installed | 4100";
    let folder = bench.package("outer", &format!("{OUTER}\n{run}\n{when}\n{outer}"));
    let mut bytes = Vec::new();
    package.database().save(&mut bytes).unwrap();
    let file = match by {
        By::Storage => bench.path("outer/_Storages/Inside"),
        By::Source => bench.path("outer/Sub/Inner.msi"),
    };
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(file, bytes).unwrap();
    folder
}

/// What removes the inner product with the outer one.
const REMOVES: &str = "
    CustomAction: RemoveInner | 39 | {INNER} | REMOVE=ALL
    InstallExecuteSequence: RemoveInner | REMOVE=\"ALL\" | 1600
";

fn install(bench: &Bench, package: &str) -> Told {
    bench.told(&bench.machine(), &command(Intent::Install, package))
}

fn value(bench: &Bench, disk: &MemoryDisk, name: &str) -> Option<String> {
    let marker = format!("Software\\Wow6432Node\\Inner\\{name}");
    let lines = bench.snapshot(disk);
    lines.into_iter().find(|line| line.contains(&marker))
}

#[test]
fn a_package_is_installed_from_a_storage_or_the_source_tree_and_removed_by_its_code() {
    for by in [By::Storage, By::Source] {
        let bench = Bench::new();
        let outer = nested(&bench, by, INNER, REMOVES);
        let before = bench.machine();
        let told = install(&bench, &outer);
        assert_eq!(told.report.code, 0, "{by:?}: {:?}", told.report);
        assert_eq!(
            bench.products(&told.disk),
            ["Inner 1.0.0", "Outer 1.0.0"],
            "{by:?}"
        );
        assert_eq!(
            bench.text(&told.disk, INNER_FILE).as_deref(),
            Some("Hello from inside")
        );
        let asked = value(&bench, &told.disk, "Asked").unwrap();
        assert!(asked.contains("me, Outer"), "{asked}");
        let parent = value(&bench, &told.disk, "Parent").unwrap();
        assert!(parent.contains(&bench.property("outer", "ProductCode")));
        assert_eq!(
            told.events,
            [
                "1040",
                "11707",
                "1033 Inner 1.0.0",
                "11707",
                "1033 Outer 1.0.0",
                "1042"
            ]
        );
        let nested = &told.report.nested;
        assert_eq!(nested.len(), 1);
        assert_eq!(nested[0].describe(), "install Inner 1.0.0 (RunInner)");

        let removed = bench.told(&told.disk, &command(Intent::Remove, &outer));
        assert_eq!(removed.report.code, 0, "{by:?}: {:?}", removed.report);
        assert_eq!(bench.snapshot(&removed.disk), bench.snapshot(&before));
        assert_eq!(
            removed.report.nested[0].describe(),
            "remove Inner 1.0.0 (RemoveInner)"
        );
    }
}

#[test]
fn without_an_action_of_its_own_it_stays_and_the_user_removes_it() {
    let bench = Bench::new();
    let outer = nested(&bench, By::Storage, INNER, "");
    let told = install(&bench, &outer);
    let left = bench.after(&told.disk, &command(Intent::Remove, &outer));
    assert_eq!(bench.products(&left), ["Inner 1.0.0"]);
    let none = bench.after(&left, &command(Intent::Remove, "Inner"));
    assert_eq!(bench.products(&none), Vec::<String>::new());
}

#[test]
fn a_plan_shows_what_the_inner_package_would_do() {
    let bench = Bench::new();
    let outer = nested(&bench, By::Storage, INNER, REMOVES);
    let wanted = command(Intent::Install, &outer);
    let plan = bench.plan(&bench.machine(), &wanted);
    let told = install(&bench, &outer);
    assert_eq!(plan.operations.len() as u64, told.report.operation_count);
    let operations: Vec<String> = plan.operations.iter().map(ToString::to_string).collect();
    assert!(
        operations
            .iter()
            .any(|line| line.contains("Inner\\inner.txt")),
        "{operations:#?}"
    );
    assert_eq!(plan.report.nested, told.report.nested);
    let removal = bench.plan(&told.disk, &command(Intent::Remove, &outer));
    assert_eq!(removal.report.nested[0].command, "remove");
}

/// Lines for the outer package that make it fail after the inner one is in.
const FAILS_LATE: &str = "
    CustomAction: Stop | 19 | | I stop
    InstallExecuteSequence: Stop | NOT Installed | 6550
";

#[test]
fn it_is_rolled_back_with_the_main_installation() {
    for by in [By::Storage, By::Source] {
        let bench = Bench::new();
        let outer = nested(&bench, by, INNER, FAILS_LATE);
        let before = bench.machine();
        let told = install(&bench, &outer);
        assert_eq!(told.report.code, 1603);
        assert_eq!(told.report.message.as_deref(), Some("I stop"));
        assert_eq!(bench.snapshot(&told.disk), bench.snapshot(&before));
        // That it came is not told, for it did not.
        assert_eq!(
            told.events,
            ["1040", "11708", "1033 Outer 1.0.0", "1042"],
            "{by:?}"
        );
    }
}

#[test]
fn its_failure_is_the_main_ones_unless_it_is_ignored() {
    let fails = format!(
        "{INNER}\nCustomAction: No | 19 | | Not with me\nInstallExecuteSequence: No | | 6550"
    );
    let bench = Bench::new();
    let outer = nested(&bench, By::Storage, &fails, "");
    let before = bench.machine();
    let told = install(&bench, &outer);
    assert_eq!(told.report.code, 1603);
    let message = told.report.message.unwrap();
    assert!(
        message.contains("RunInner") && message.contains("Not with me") && message.contains("1713"),
        "{message}"
    );
    assert_eq!(bench.snapshot(&told.disk), bench.snapshot(&before));

    // msidbCustomActionTypeContinue
    let bench = Bench::new();
    let outer = nested(&bench, By::Storage, &fails, "");
    let file = bench.path("outer/CustomAction.idt");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("RunInner\t7\t", "RunInner\t71\t")).unwrap();
    let told = install(&bench, &outer);
    assert_eq!(told.report.code, 0, "{:?}", told.report);
    assert_eq!(bench.products(&told.disk), ["Outer 1.0.0"]);
    assert_eq!(bench.text(&told.disk, INNER_FILE), None);
    assert_eq!(told.report.nested[0].code, 1603);
    let alone = bench.package("alone", OUTER);
    let alone = bench.told(&bench.machine(), &command(Intent::Install, &alone));
    assert_eq!(told.report.operation_count, alone.report.operation_count);
}

#[test]
fn what_cannot_be_a_concurrent_installation_is_refused_by_name() {
    let code = |text: &str| testing::package(text).product_code();
    let outer_code = code(OUTER);
    let cases = [
        // Its own package.
        (
            "CustomAction: Bad | 39 | {OUTER} | REMOVE=ALL",
            "4200",
            "a package cannot install itself",
        ),
        // Outside of the transaction, in any table.
        (
            "CustomAction: Bad | 7 | Inside | ",
            "1450",
            "stands between InstallInitialize and InstallFinalize",
        ),
        (
            "CustomAction: Bad | 7 | Inside | ",
            "6700",
            "stands between InstallInitialize and InstallFinalize",
        ),
        (
            "CustomAction: Bad | 135 | Inside | ",
            "4200",
            "cannot be asynchronous",
        ),
        (
            "CustomAction: Bad | 7 | Elsewhere | ",
            "4200",
            "no storage of that name",
        ),
        (
            "CustomAction: Bad | 23 | no.msi | ",
            "4200",
            "it is not below",
        ),
        (
            "CustomAction: Bad | 23 | ..\\outer.msi | ",
            "4200",
            "it is not below",
        ),
        (
            "CustomAction: Bad | 39 | {12345678-0000-0000-0000-00000000ABCD} | ",
            "4200",
            "neither advertised nor installed",
        ),
        (
            "CustomAction: Bad | 39 | Inner | ",
            "4200",
            "is no product code",
        ),
        (
            "CustomAction: Bad | 7 | Inside | REMOVE",
            "4200",
            "`REMOVE` where a property is to be set",
        ),
    ];
    for (row, place, expected) in cases {
        let bench = Bench::new();
        let row = row.replace("{OUTER}", &outer_code);
        let more = format!("{row}\nInstallExecuteSequence: Bad | | {place}");
        let outer = nested(&bench, By::Storage, INNER, &more);
        let before = bench.machine();
        let told = install(&bench, &outer);
        let message = told.report.message.unwrap_or_default();
        assert!(message.contains(expected), "{row}: {message}");
        // After InstallFinalize it is too late to take anything back.
        if place != "6700" {
            assert_eq!(bench.snapshot(&told.disk), bench.snapshot(&before), "{row}");
        }
    }
}

#[test]
fn a_package_that_comes_back_to_itself_is_refused() {
    for by in [By::Storage, By::Source] {
        let bench = Bench::new();
        // The inner package is another one of the outer product.
        let outer = nested(&bench, by, &format!("{OUTER}\ncabinet"), "");
        let before = bench.machine();
        let told = install(&bench, &outer);
        let message = told.report.message.unwrap_or_default();
        assert!(
            message.contains("a package cannot install itself concurrently"),
            "{by:?}: {message}"
        );
        assert_eq!(bench.snapshot(&told.disk), bench.snapshot(&before));
    }
}

#[test]
fn by_its_code_only_what_this_package_installed_is_removed() {
    let bench = Bench::new();
    // The user has installed the inner product, and another outer one never did.
    let inner = bench.package("inner", INNER);
    let by_user = bench.after(&bench.machine(), &command(Intent::Install, &inner));
    let no_inner =
        OUTER.to_owned() + &REMOVES.replace("{INNER}", &bench.property("inner", "ProductCode"));
    let other = bench.package("other", &no_inner.replace("Outer", "Other"));
    let with_other = bench.after(&by_user, &command(Intent::Install, &other));
    let told = bench.told(&with_other, &command(Intent::Remove, &other));
    assert_eq!(told.report.code, 1603);
    let message = told.report.message.unwrap();
    assert!(message.contains("installed by other means"), "{message}");
    assert_eq!(bench.snapshot(&told.disk), bench.snapshot(&with_other));
}

#[test]
fn a_package_can_refuse_to_be_one() {
    let bench = Bench::new();
    let inner = format!("{INNER}\nLaunchCondition: NOT ParentProductCode | Not inside of another");
    let outer = nested(&bench, By::Storage, &inner, "");
    let told = install(&bench, &outer);
    let message = told.report.message.unwrap();
    assert!(message.contains("Not inside of another"), "{message}");
}

/// Asks for the gate, and tries to take it, while the inner package's files are scripted.
struct Outsider<'a> {
    bench: &'a Bench,
    actions: Vec<String>,
    seen: Vec<String>,
}

impl Ui for Outsider<'_> {
    fn message(&mut self, message: &Message) {
        let (MessageKind::ActionStart, Some(action)) = (message.kind, &message.action) else {
            return;
        };
        self.actions.push(action.name.clone());
        if action.name == "InstallFiles" {
            let held = matches!(self.bench.gate().probe(), Probe::Held { .. });
            let other = self
                .bench
                .package("other", "product Other 1.0.0\nfile a.txt in Main: a");
            let wanted = command(Intent::Install, &other);
            let (report, _) = self.bench.guarded(
                &self.bench.machine(),
                &wanted,
                &Cancel::never(),
                &mut installer::Silent,
            );
            self.seen
                .push(format!("held {held}, other {}", report.code));
        }
    }
    fn progress(&mut self, _: u64, _: u64) {}
    fn waiting(&mut self, _: Option<&HolderReport>, _: u64) {}
}

#[test]
fn it_runs_under_the_hold_of_the_main_one_and_everybody_else_is_locked_out() {
    let bench = Bench::new();
    let outer = nested(&bench, By::Storage, INNER, "");
    let mut ui = Outsider {
        bench: &bench,
        actions: Vec::new(),
        seen: Vec::new(),
    };
    let mut wanted = command(Intent::Install, &outer);
    wanted.ui_level = UiLevel::Basic;
    let (report, disk) = bench.guarded(&bench.machine(), &wanted, &Cancel::never(), &mut ui);
    assert_eq!(report.code, 0, "{report:?}");
    assert_eq!(bench.products(&disk).len(), 2);
    // Once in each of the two runs, and then the main one goes on.
    assert_eq!(ui.seen, ["held true, other 1618", "held true, other 1618"]);
    let at = |name: &str| {
        ui.actions
            .iter()
            .rposition(|action| action == name)
            .unwrap()
    };
    assert!(at("RunInner") < at("InstallFinalize"));
    assert!(matches!(bench.gate().probe(), Probe::Free));
}

#[test]
fn a_restart_that_it_needs_is_the_main_ones_unless_it_is_ignored() {
    let inner = format!("{INNER}\nInstallExecuteSequence: ScheduleReboot | | 6800");
    for (kind, expected) in [("7", 1641), ("71", 0)] {
        let bench = Bench::new();
        let outer = nested(&bench, By::Storage, &inner, "");
        let file = bench.path("outer/CustomAction.idt");
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(
            &file,
            text.replace("RunInner\t7\t", &format!("RunInner\t{kind}\t")),
        )
        .unwrap();
        let told = install(&bench, &outer);
        assert_eq!(told.report.code, expected, "{kind}");
    }
}

#[test]
fn a_crash_anywhere_leaves_both_or_none() {
    let bench = Bench::new();
    let outer = nested(&bench, By::Storage, INNER, REMOVES);
    let before = bench.machine();
    let wanted = command(Intent::Install, &outer);
    let work = |disk: CrashDisk| -> Result<(), WorkError> {
        let report = bench.run(disk, &wanted)?;
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
