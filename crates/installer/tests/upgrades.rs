//! `RemoveExistingProducts` in each of its documented places, and what a failure before, in and after it leaves.
//!
//! Follows: Microsoft, "RemoveExistingProducts Action".
#![allow(
    clippy::disallowed_methods,
    reason = "packages lie in a folder of the host"
)]

mod bench;

use bench::{Bench, Told, command};
use installer::Intent;
use machine::MemoryDisk;

/// Main is counted in SharedDLLs: whether what a failed removal scripted is forgotten shows in the count.
const OLD: &str = "
    product Greeter 1.0.0
    component Main in INSTALLDIR: 8
    file hello.txt in Main: Hello, world
    file old.txt in Old: Only the old one has this
    Registry: Reg1 | 2 | Software\\Greeter | Name | [ProductVersion] | Main
";
const NEW: &str = "
    product Greeter 2.0.0
    component Main in INSTALLDIR: 8
    file hello.txt in Main: Hello, new world
    file new.txt in New: Only the new one has this
    Registry: Reg1 | 2 | Software\\Greeter | Name | [ProductVersion] | Main
    property REINSTALLMODE: amus
";
/// Removal of the old product that fails after its script is complete.
const FAILS_WHEN_UPGRADED: &str = "
    CustomAction: Stay | 19 | | I stay
    InstallExecuteSequence: Stay | UPGRADINGPRODUCTCODE | 6590
    InstallExecuteSequence: InstallExecute | | 6500
";

/// The documented places.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    BeforeInitialize,
    AfterInitialize,
    BeforeFinalize,
    AfterFinalize,
}
use Place::{AfterFinalize, AfterInitialize, BeforeFinalize, BeforeInitialize};

impl Place {
    fn row(self) -> &'static str {
        match self {
            BeforeInitialize => "InstallExecuteSequence: RemoveExistingProducts | | 1450",
            AfterInitialize => "InstallExecuteSequence: RemoveExistingProducts | | 1510",
            BeforeFinalize => {
                "InstallExecuteSequence: InstallExecute | | 6500
                 InstallExecuteSequence: RemoveExistingProducts | | 6550"
            }
            AfterFinalize => "InstallExecuteSequence: RemoveExistingProducts | | 6700",
        }
    }
}

/// A machine with the old product, and what it may come to.
struct Upgrade {
    bench: Bench,
    old: String,
    before: MemoryDisk,
    place: Place,
}

impl Upgrade {
    fn new(place: Place, old: &str) -> Upgrade {
        let bench = Bench::new();
        let old = bench.package("old", &format!("{OLD}\n{old}"));
        let before = bench.after(&bench.machine(), &command(Intent::Install, &old));
        Upgrade {
            bench,
            old,
            before,
            place,
        }
    }

    /// The newer package, with more lines; `attributes` are those of its Upgrade row.
    fn package(&self, name: &str, attributes: i32, more: &str) -> String {
        let family = self.bench.property("old", "UpgradeCode");
        let upgrade = format!("Upgrade: {family} | | 1.0.0 | | {attributes} | | OLD");
        let text = format!("{NEW}\n{upgrade}\n{}\n{more}", self.place.row());
        self.bench.package(name, &text)
    }

    fn run(&self, attributes: i32, more: &str) -> Told {
        let new = self.package("new", attributes, more);
        self.bench
            .told(&self.before, &command(Intent::Install, &new))
    }

    /// The machine with the old product gone.
    fn without_old(&self) -> Vec<String> {
        let removal = command(Intent::Remove, &self.old);
        self.bench
            .snapshot(&self.bench.after(&self.before, &removal))
    }

    /// Asserts that nothing at all happened.
    #[track_caller]
    fn assert_untouched(&self, told: &Told) {
        let differs = self.difference(told);
        assert!(differs.is_empty(), "{:?}: {differs:#?}", self.place);
    }

    /// Asserts that both products are there, as if the old one was only looked for.
    #[track_caller]
    fn assert_both(&self, told: &Told) {
        const ONLY_DETECT: i32 = 512 + 2;
        let detected = self.run(ONLY_DETECT, "");
        let (did, detecting) = (&told.report, &detected.report);
        assert_eq!(
            did.operation_count, detecting.operation_count,
            "{:?}",
            self.place
        );
        let both = detected.disk;
        let mut differs = machine::difference(
            &self.bench.snapshot(&both),
            &self.bench.snapshot(&told.disk),
        );
        // The packages differ in their Upgrade table, so their codes and their copies do.
        differs.retain(|difference| {
            let text = format!("{difference:?}");
            let places = ["\\\\PackageCode", "\\\\LocalPackage", "windows/Installer/"];
            !places.iter().any(|place| text.contains(place))
        });
        assert!(differs.is_empty(), "{:?}: {differs:#?}", self.place);
    }

    fn difference(&self, told: &Told) -> Vec<machine::Difference> {
        let before = self.bench.snapshot(&self.before);
        machine::difference(&before, &self.bench.snapshot(&told.disk))
    }

    fn products(&self, told: &Told) -> Vec<String> {
        self.bench.products(&told.disk)
    }
}

/// `msidbUpgradeAttributesVersionMaxInclusive`.
const REMOVE: i32 = 512;
/// With `msidbUpgradeAttributesIgnoreRemoveFailure`.
const REMOVE_IF_POSSIBLE: i32 = 512 + 4;
const ALL: [Place; 4] = [
    BeforeInitialize,
    AfterInitialize,
    BeforeFinalize,
    AfterFinalize,
];

#[test]
fn an_upgrade_replaces_the_old_product_wherever_it_stands() {
    let fresh = {
        let upgrade = Upgrade::new(AfterInitialize, "");
        let new = upgrade.package("new", REMOVE, "");
        let told = upgrade
            .bench
            .told(&upgrade.bench.machine(), &command(Intent::Install, &new));
        told.events
    };
    assert_eq!(fresh, ["1040", "11707", "1033 Greeter 2.0.0", "1042"]);
    for place in ALL {
        let upgrade = Upgrade::new(place, "");
        let told = upgrade.run(REMOVE, "");
        assert_eq!(told.report.code, 0, "{place:?}: {:?}", told.report);
        assert_eq!(upgrade.products(&told), ["Greeter 2.0.0"], "{place:?}");
        let text = |name: &str| {
            let path = format!("C:\\Program Files (x86)\\Greeter\\{name}");
            upgrade.bench.text(&told.disk, &path)
        };
        assert_eq!(
            text("hello.txt").as_deref(),
            Some("Hello, new world"),
            "{place:?}"
        );
        assert_eq!(text("old.txt"), None, "{place:?}");
        assert!(text("new.txt").is_some(), "{place:?}");
        let lines = upgrade.bench.snapshot(&told.disk);
        let named: Vec<&String> = lines
            .iter()
            .filter(|line| line.contains("Greeter\\Name"))
            .collect();
        assert!(
            named.len() == 1 && named[0].ends_with("2.0.0"),
            "{place:?}: {named:?}"
        );
        let (removed, installed) = (
            ["11724", "1034 Greeter 1.0.0"],
            ["11707", "1033 Greeter 2.0.0"],
        );
        let expected: Vec<&str> = match place {
            BeforeInitialize => [
                &["1040", "1040"],
                &removed[..],
                &["1042"],
                &installed[..],
                &["1042"],
            ]
            .concat(),
            AfterInitialize | BeforeFinalize => {
                [&["1040"], &removed[..], &installed[..], &["1042"]].concat()
            }
            AfterFinalize => [
                &["1040"],
                &installed[..],
                &["1042", "1040"],
                &removed[..],
                &["1042"],
            ]
            .concat(),
        };
        assert_eq!(told.events, expected, "{place:?}");
    }
}

/// A type 19 action as the last before InstallFinalize.
const FAILS_LATE: &str = "
    CustomAction: Fail | 19 | | It was not to be
    InstallExecuteSequence: Fail | | 6590";
/// The same after everything.
const FAILS_LAST: &str = "
    CustomAction: Fail | 19 | | It was not to be
    InstallExecuteSequence: Fail | | 6900";

#[test]
fn a_failure_of_the_new_product_gives_the_old_one_back_inside_the_transaction() {
    for place in [AfterInitialize, BeforeFinalize, AfterFinalize] {
        let upgrade = Upgrade::new(place, "");
        let told = upgrade.run(REMOVE, FAILS_LATE);
        assert_eq!(told.report.code, 1603, "{place:?}");
        let message = told.report.message.clone().unwrap_or_default();
        assert!(message.contains("It was not to be"), "{message}");
        upgrade.assert_untouched(&told);
        assert_eq!(told.events, ["1040", "11708", "1033 Greeter 2.0.0", "1042"]);
    }
}

#[test]
fn a_removal_before_the_transaction_stays_when_the_new_product_fails() {
    let upgrade = Upgrade::new(BeforeInitialize, "");
    let told = upgrade.run(REMOVE, FAILS_LATE);
    assert_eq!(told.report.code, 1603);
    assert_eq!(upgrade.bench.snapshot(&told.disk), upgrade.without_old());
    let expected = [
        "1040",
        "1040",
        "11724",
        "1034 Greeter 1.0.0",
        "1042",
        "11708",
        "1033 Greeter 2.0.0",
        "1042",
    ];
    assert_eq!(told.events, expected);
}

#[test]
fn a_source_that_is_gone_is_a_failure_like_any_other() {
    for place in ALL {
        let upgrade = Upgrade::new(place, "");
        let new = upgrade.package("new", REMOVE, "");
        std::fs::remove_file(upgrade.bench.path("new/Greeter/new.txt")).unwrap();
        let told = upgrade
            .bench
            .told(&upgrade.before, &command(Intent::Install, &new));
        assert_eq!(told.report.code, 1603, "{place:?} {:?}", told.report);
        if place == BeforeInitialize {
            assert_eq!(upgrade.bench.snapshot(&told.disk), upgrade.without_old());
        } else {
            upgrade.assert_untouched(&told);
        }
    }
}

#[test]
fn a_removal_that_fails_undoes_both_but_after_installfinalize_only_itself() {
    for place in ALL {
        let upgrade = Upgrade::new(place, FAILS_WHEN_UPGRADED);
        let told = upgrade.run(REMOVE, "");
        assert_eq!(told.report.code, 1603, "{place:?}");
        if place == AfterFinalize {
            upgrade.assert_both(&told);
            assert_eq!(upgrade.products(&told).len(), 2);
        } else {
            upgrade.assert_untouched(&told);
        }
    }
}

#[test]
fn a_removal_whose_failure_is_ignored_leaves_both_products_whole() {
    for place in ALL {
        let upgrade = Upgrade::new(place, FAILS_WHEN_UPGRADED);
        let told = upgrade.run(REMOVE_IF_POSSIBLE, "");
        assert_eq!(told.report.code, 0, "{place:?}: {:?}", told.report);
        upgrade.assert_both(&told);
    }
}

#[test]
fn what_fails_after_installfinalize_undoes_nothing() {
    let upgrade = Upgrade::new(AfterFinalize, "");
    let told = upgrade.run(REMOVE, FAILS_LAST);
    assert_eq!(told.report.code, 1603);
    assert_eq!(upgrade.products(&told), ["Greeter 2.0.0"]);
}

#[test]
fn elsewhere_is_an_error_that_changes_nothing() {
    let upgrade = Upgrade::new(AfterInitialize, "");
    let told = upgrade.run(
        REMOVE,
        "InstallExecuteSequence: RemoveExistingProducts | | 4100",
    );
    assert_eq!(told.report.code, 1603);
    assert!(told.report.message.clone().unwrap().contains("2613"));
    upgrade.assert_untouched(&told);
}

#[test]
fn a_plan_of_an_upgrade_has_the_operations_of_both() {
    for place in ALL {
        let upgrade = Upgrade::new(place, "");
        let new = upgrade.package("new", REMOVE, "");
        let plan = upgrade
            .bench
            .plan(&upgrade.before, &command(Intent::Install, &new));
        let told = upgrade.run(REMOVE, "");
        assert_eq!(plan.report.code, 0);
        let planned: Vec<String> = plan.operations.iter().map(ToString::to_string).collect();
        let has = |part: &str| planned.iter().any(|line| line.contains(part));
        assert!(has("new.txt") && has("old.txt"), "{place:?}: {planned:#?}");
        assert_eq!(
            planned.len() as u64,
            told.report.operation_count,
            "{place:?}"
        );
    }
}
