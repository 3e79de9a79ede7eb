//! However often an installation and its recovery are killed, its result is told exactly once, and truly.
#![allow(
    clippy::disallowed_methods,
    reason = "packages and the event log lie in a folder of the host"
)]

mod bench;

use bench::{Bench, command};
use installer::Intent;
use machine::MemoryDisk;
use testing::{CrashDisk, Fault};

const GREETER: &str = "product Greeter 1.0.0\nfile hello.txt in Main: Hello";

/// What the event log tells: how often it began, succeeded, failed and ended.
fn told(bench: &Bench) -> [usize; 4] {
    let events = bench
        .events()
        .read(&events::Filter::default())
        .unwrap()
        .events;
    [1040, 11707, 11708, 1042].map(|id| events.iter().filter(|event| event.id == id).count())
}

/// Kills the install at an effect and then recovery at each of its effects until one gets through; returns the disk.
fn killed(bench: &Bench, before: &MemoryDisk, package: &str, at: u64) -> MemoryDisk {
    let disk = CrashDisk::new(before.clone(), Fault::Die(at));
    // That it failed is the point.
    let _ = bench.run(disk.clone(), &command(Intent::Install, package));
    let mut left = disk.after_kill();
    for at in 1.. {
        let disk = CrashDisk::new(left, Fault::Die(at));
        let recovered = bench.recover(disk.clone());
        left = disk.after_kill();
        if recovered.is_ok() {
            break;
        }
    }
    left
}

#[test]
fn a_killed_install_is_told_once_and_as_it_ended() {
    let mut bench = Bench::new();
    let package = bench.package("greeter", GREETER);
    let before = bench.machine();
    let whole = CrashDisk::new(before.clone(), Fault::None);
    assert_eq!(
        bench
            .run(whole.clone(), &command(Intent::Install, &package))
            .unwrap()
            .code,
        0
    );
    let (mut undone, mut done) = (0, 0);
    for at in 1..=whole.effects() {
        bench.begin_events(&format!("events-{at}.jsonl"));
        let left = killed(&bench, &before, &package, at);
        let installed = bench.products(&left) == ["Greeter 1.0.0"];
        let told = told(&bench);
        match (installed, told) {
            (true, [1, 1, 0, 1]) => done += 1,
            (false, [1, 0, 1, 1]) => undone += 1,
            // Before the journal was begun there was nothing to undo, and nobody is left to tell.
            (false, [0 | 1, 0, 0, 0]) => {}
            _ => panic!("killed at {at}: installed {installed}, told {told:?}"),
        }
    }
    assert!(undone > 5 && done > 0, "{undone} undone, {done} done");
}
