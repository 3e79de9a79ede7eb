//! Crashes whole installs, removals, upgrades and rollbacks at every effect, by kill and by power loss, and recovery
//! at every one of its effects: what is left is before or after, byte for byte.
#![allow(
    clippy::disallowed_methods,
    reason = "packages lie in a folder of the host"
)]

mod bench;

use bench::{Bench, command};
use installer::Intent;
use machine::MemoryDisk;
use testing::{CrashDisk, Scenario, Sweep, WorkError, crash_at_every_effect};

const GREETER: &str = "
    product Greeter 1.0.0
    file hello.txt in Main: Hello, world
    file more.txt in Extra: More
    feature More: Extra
    cabinet
    Registry: Reg1 | 2 | Software\\Greeter | Name | [ProductName] | Main
    Environment: Path | =-*GREETER | [INSTALLDIR] | Main
";

/// Sweeps one command over a machine.
fn sweep(
    bench: &Bench,
    before: &MemoryDisk,
    intent: Intent,
    target: &str,
    between: &[MemoryDisk],
) -> Sweep {
    let command = command(intent, target);
    let work = |disk: CrashDisk| -> Result<(), WorkError> {
        let report = bench.run(disk, &command)?;
        report.message.map_or(Ok(()), |message| Err(message.into()))
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
fn a_crash_anywhere_in_an_install_leaves_before_or_after() {
    let bench = Bench::new();
    let package = bench.package("greeter", GREETER);
    sweep(&bench, &bench.machine(), Intent::Install, &package, &[]).assert_clean();
}

#[test]
fn a_crash_anywhere_in_a_removal_leaves_before_or_after() {
    let bench = Bench::new();
    let package = bench.package("greeter", GREETER);
    let installed = bench.after(&bench.machine(), &command(Intent::Install, &package));
    sweep(&bench, &installed, Intent::Remove, &package, &[]).assert_clean();
}

#[test]
fn a_crash_anywhere_in_a_rollback_leaves_before() {
    let bench = Bench::new();
    // The second file of the package is not where it should be: the install undoes itself.
    let package = bench.package("greeter", &GREETER.replace("cabinet", ""));
    std::fs::remove_file(bench.path("greeter/Greeter/more.txt")).unwrap();
    let swept = sweep(&bench, &bench.machine(), Intent::Install, &package, &[]);
    swept.assert_clean();
    assert_eq!(swept.after, 0, "{swept}");
}

/// Two versions of a product, the newer of which removes the older at this place of its sequence.
fn upgrade(bench: &Bench, place: u32) -> (String, String) {
    let old = bench.package("old", GREETER);
    let row = format!(
        "Upgrade: {} | | 1.0.0 | | 513 | | OLD",
        bench.property("old", "UpgradeCode")
    );
    let place = format!(
        "without RemoveExistingProducts\nInstallExecuteSequence: RemoveExistingProducts | | {place}"
    );
    let text = GREETER
        .replace("1.0.0", "2.0.0")
        .replace("Hello, world", "Hello, new world");
    (
        old,
        bench.package("new", &format!("{text}\n{row}\n{place}")),
    )
}

#[test]
fn a_crash_anywhere_in_an_upgrade_leaves_one_of_the_two() {
    let bench = Bench::new();
    let (old, new) = upgrade(&bench, 1510);
    let installed = bench.after(&bench.machine(), &command(Intent::Install, &old));
    let upgraded = bench.after(&installed, &command(Intent::Install, &new));
    assert_eq!(bench.products(&upgraded), ["Greeter 2.0.0"]);
    sweep(&bench, &installed, Intent::Install, &new, &[]).assert_clean();
}

#[test]
fn an_early_removal_in_an_upgrade_is_a_transaction_of_its_own() {
    let bench = Bench::new();
    let (old, new) = upgrade(&bench, 1450);
    let installed = bench.after(&bench.machine(), &command(Intent::Install, &old));
    let removed = bench.after(&installed, &command(Intent::Remove, &old));
    let upgraded = bench.after(&installed, &command(Intent::Install, &new));
    assert_eq!(bench.products(&upgraded), ["Greeter 2.0.0"]);
    sweep(&bench, &installed, Intent::Install, &new, &[removed]).assert_clean();
}
