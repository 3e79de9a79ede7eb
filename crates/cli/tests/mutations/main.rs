//! Mutated packages through the real program: none panics, hangs or takes the memory of the computer, and the machine
//! is as before, or has the product.
//!
//! `MSIKIT_MUTATIONS` says how many (200), `MSIKIT_SEED` with what seed they begin (1): each is made of its own seed, and a
//! failure names it. Time and memory of each run are limited by the system (`ulimit`). Real packages are among the
//! originals where `MSIKIT_SHARED` has them.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "tests touch files, start programs, and say with what seed they began"
)]

mod mutate;
mod originals;
#[path = "../end_to_end/world.rs"]
#[allow(dead_code, reason = "the other tests use more of it")]
mod world;

use std::path::Path;
use std::process::{Command, Stdio};

use mutate::Random;
use originals::Original;
use world::World;

/// Seconds of processor time, and KiB of address space, for one run of the program.
const SECONDS_MAX: u32 = 20;
const KIB_MAX: u32 = 4 * 1024 * 1024;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect(name))
}

/// Runs msikit within its limits; panics where it was killed or did panic.
fn run(world: &World, what: &str, arguments: &[&str]) -> i32 {
    let command = world.command(arguments);
    let mut limited = Command::new("sh");
    limited.arg("-c").arg(format!(
        "ulimit -t {SECONDS_MAX} -v {KIB_MAX}; exec \"$0\" \"$@\""
    ));
    limited.arg(command.get_program()).args(command.get_args());
    limited
        .env_clear()
        .envs(
            command
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .current_dir(command.get_current_dir().unwrap())
        .stdin(Stdio::null());
    let output = limited.output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    let status = output.status.code();
    assert!(
        status.is_some() && !err.contains("panicked"),
        "{what}: {arguments:?}: {:?}: {err}",
        output.status
    );
    if status != Some(0) {
        let last = err.lines().last().unwrap_or_default();
        assert!(
            last.starts_with("msikit: ") && last.ends_with(']'),
            "{what}: {arguments:?}: {err}"
        );
    }
    status.unwrap()
}

/// The exit status of an installation that waits for a restart: 1604.
const SUSPENDED: i32 = 68;

/// Puts a mutated package through everything; returns whether it was installed.
fn check(world: &World, before: &[String], package: &Path, what: &str) -> bool {
    let package = package.to_str().unwrap();
    run(world, what, &["db", "info", package]);
    run(world, what, &["db", "tables", package, "--json"]);
    run(world, what, &["db", "streams", package]);
    run(world, what, &["plan", package, "--json"]);
    let extracted = world.path("extracted");
    run(
        world,
        what,
        &["extract", package, extracted.to_str().unwrap()],
    );
    let _ = std::fs::remove_dir_all(extracted);
    let status = run(
        world,
        what,
        &["install", package, "--no-wait", "--ui", "none"],
    );
    if status == SUSPENDED {
        // It waits for a restart: what is there so far is undone when that is asked for.
        run(world, what, &["recover", "--undo-suspended"]);
    }
    let after = world.snapshot();
    if status != 0 {
        assert!(after == before, "{what}: it failed and changed the machine");
        return false;
    }
    // What is installed can be looked at, and it can be tried to take it off.
    run(world, what, &["list", "--json"]);
    run(
        world,
        what,
        &["remove", package, "--no-wait", "--ui", "none"],
    );
    true
}

#[test]
fn mutated_packages_change_nothing_or_are_installed() {
    let (count, first) = (number("MSIKIT_MUTATIONS", 200), number("MSIKIT_SEED", 1));
    let originals = originals::all();
    println!(
        "{count} mutations of {} packages, seeds from {first}",
        originals.len()
    );
    let mut world = machine();
    let mut before = world.snapshot();
    let mut installed = 0;
    for seed in first..first + count {
        let mut random = Random::new(seed);
        let original: &Original = &originals[random.below(originals.len())];
        let what = format!("seed {seed}, {}", original.name);
        let package = original.mutated(&world.path("mutated"), &mut random);
        if check(&world, &before, &package, &what) {
            installed += 1;
            world = machine();
            before = world.snapshot();
        }
        let _ = std::fs::remove_dir_all(world.path("mutated"));
    }
    println!("{installed} of {count} were installed");
    assert!(
        installed > 0 && installed < count,
        "the mutations are too weak or too strong"
    );
}

fn machine() -> World {
    let world = World::new();
    assert_eq!(world.msikit(&["machine", "init"]).status, 0);
    world
}
