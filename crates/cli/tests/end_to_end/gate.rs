//! One at a time, first come, first served; and a refusal names who is in the way.

use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;

use rustix::process::{Pid, Signal, kill_process};

use crate::world::{World, feed, feed_whoever_reads, named_pipe};

/// A package whose first file is written and whose second is a named pipe: the install parks there. Returns both.
pub fn parking_package(world: &World, name: &str) -> (String, PathBuf) {
    let text = format!(
        "product {name} 1.0.0\nfile first.txt in Main: first\nfile second.txt in Main: second"
    );
    let folder = world.package(name, &text);
    let source = folder.join(name).join("second.txt");
    std::fs::remove_file(&source).unwrap();
    named_pipe(&source);
    (folder.to_str().unwrap().to_owned(), source)
}

/// Waits until an install is parked: its first file is there.
pub fn await_parked(world: &World, name: &str) -> serde_json::Value {
    let first = world
        .machine()
        .join(format!("drive_c/Program Files (x86)/{name}/first.txt"));
    world.await_status(|status| status["holder"]["action"] == "InstallFinalize" && first.exists())
}

pub fn package(world: &World, name: &str) -> String {
    let folder = world.package(
        name,
        &format!("product {name} 1.0.0\nfile {name}.txt in Main: {name}"),
    );
    folder.to_str().unwrap().to_owned()
}

#[test]
fn an_install_is_refused_while_a_program_holds_the_gate_and_told_by_whom() {
    let world = World::new();
    let package = package(&world, "Second");
    let pipe = world.path("pipe");
    named_pipe(&pipe);
    let holder = world.spawn(&["run", "--", "cat", pipe.to_str().unwrap()]);
    let status = world.await_status(|status| status["holder"].is_object());
    assert_eq!(
        (&status["busy"], &status["holder"]["pid"]),
        (&true.into(), &holder.id().into())
    );
    assert_eq!(world.msikit(&["status"]).status, 82);

    let log = world.path("refused.log");
    let refused = [
        "install",
        &package,
        "--no-wait",
        "--json",
        "--log",
        log.to_str().unwrap(),
    ];
    let refused = world.msikit(&refused);
    assert_eq!(refused.status, 82);
    let log = std::fs::read_to_string(log).unwrap();
    for wanted in [
        "]: Failed to grab execution mutex. System error 258.\r\n",
        ": INSTALL. Return value 8.\r\n",
        "]: MainEngineThread is returning 1618\r\n",
    ] {
        assert!(log.contains(wanted), "{wanted}: {log}");
    }
    let line = refused.err.lines().last().unwrap();
    let expected = format!(
        "another installation is in progress: run cat HOME/pipe (pid {}, alice, since ",
        holder.id()
    );
    assert!(
        line.contains(&expected) && line.ends_with("[1618 ERROR_INSTALL_ALREADY_RUNNING]"),
        "{line}"
    );
    let report = refused.json();
    assert_eq!(
        (&report["code"], &report["holder"]["pid"]),
        (&1618.into(), &holder.id().into())
    );
    let events = world.msikit(&["events"]).out;
    assert!(
        events.contains("11500") && events.contains("run cat"),
        "{events}"
    );
    assert_eq!(world.msikit(&["list"]).out, "");

    feed(&pipe, b"let go\n");
    let ran = world.end(holder);
    assert_eq!((ran.status, ran.out.as_str()), (0, "let go\n"));
    assert_eq!(world.status()["state"], "free");
    assert_eq!(world.msikit(&["install", &package, "--no-wait"]).status, 0);
}

#[test]
fn an_install_parked_in_the_midst_of_its_files_is_named_by_the_refusal() {
    let world = World::new();
    let ((first, source), second) = (parking_package(&world, "First"), package(&world, "Second"));
    let parked = world.spawn(&["install", &first]);
    let status = await_parked(&world, "First");
    assert_eq!(status["holder"]["product_name"], "First");
    assert_eq!(status["holder"]["sequence"], "InstallExecuteSequence");

    let refused = world.msikit(&["install", &second, "--no-wait"]);
    assert_eq!(refused.status, 82);
    let line = refused.err.lines().last().unwrap();
    assert!(line.contains(": First 1.0.0 (pid "), "{line}");
    assert!(
        line.contains("InstallExecuteSequence/InstallFinalize"),
        "{line}"
    );

    feed(&source, b"second");
    let ran = world.end(parked);
    assert_eq!(ran.status, 0, "{ran:?}");
    let listed = world.msikit(&["list"]).out;
    assert!(
        listed.contains("First") && !listed.contains("Second"),
        "{listed}"
    );
}

#[test]
fn twenty_waiters_are_installed_in_the_order_of_their_tickets() {
    let world = World::new();
    let pipe = world.path("pipe");
    named_pipe(&pipe);
    let names: Vec<String> = (0..20).map(|number| format!("Waiter{number}")).collect();
    let packages: Vec<String> = names.iter().map(|name| package(&world, name)).collect();
    let holder = world.spawn(&["run", "--", "cat", pipe.to_str().unwrap()]);
    world.await_status(|status| status["holder"].is_object());
    let mut waiters = Vec::new();
    for package in &packages {
        waiters.push(world.spawn(&["install", package, "--wait"]));
        world.await_status(|status| status["waiting"].as_array().unwrap().len() == waiters.len());
    }
    feed(&pipe, b"");
    assert_eq!(world.end(holder).status, 0);
    for waiter in waiters {
        let ran = world.end(waiter);
        assert_eq!(ran.status, 0, "{ran:?}");
    }
    let installed = world.msikit(&["events", "--id", "1033", "--json"]).out;
    let order = installed
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let order: Vec<String> = order
        .map(|event| event["strings"][0].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(order, names);
    assert_eq!(world.msikit(&["list"]).out.lines().count(), 20);
}

#[test]
fn one_that_waited_sees_what_the_one_before_it_did() {
    let world = World::new();
    let package = package(&world, "Same");
    let pipe = world.path("pipe");
    named_pipe(&pipe);
    let holder = world.spawn(&["run", "--", "cat", pipe.to_str().unwrap()]);
    world.await_status(|status| status["holder"].is_object());
    let mut waiters = Vec::new();
    for _ in 0..2 {
        waiters.push(world.spawn(&["install", &package, "--wait"]));
        world.await_status(|status| status["waiting"].as_array().unwrap().len() == waiters.len());
    }
    feed(&pipe, b"");
    assert_eq!(world.end(holder).status, 0);
    for waiter in waiters {
        assert_eq!(world.end(waiter).status, 0);
    }
    // Both began to wait when it was not installed; the second one found that it is.
    let events = world.msikit(&["events"]).out;
    let told = |id: &str| events.matches(id).count();
    assert_eq!((told(" 11707 "), told(" 11728 ")), (1, 1), "{events}");
}

#[test]
fn ctrl_c_leaves_the_queue() {
    let world = World::new();
    let package = package(&world, "Second");
    let pipe = world.path("pipe");
    named_pipe(&pipe);
    let holder = world.spawn(&["run", "--", "cat", pipe.to_str().unwrap()]);
    world.await_status(|status| status["holder"].is_object());
    let waiter = world.spawn(&["install", &package, "--wait"]);
    world.await_status(|status| status["waiting"].as_array().unwrap().len() == 1);
    kill_process(Pid::from_child(&waiter), Signal::INT).unwrap();
    let ran = world.end(waiter);
    assert_eq!(ran.status, 66, "{ran:?}");
    assert!(
        ran.err
            .trim_end()
            .ends_with("[1602 ERROR_INSTALL_USEREXIT]"),
        "{ran:?}"
    );
    assert_eq!(world.status()["waiting"], serde_json::json!([]));
    feed(&pipe, b"");
    assert_eq!(world.end(holder).status, 0);
}

#[test]
fn ctrl_c_in_the_midst_of_an_install_undoes_it() {
    let world = World::new();
    assert_eq!(world.msikit(&["machine", "init"]).status, 0);
    let before = world.snapshot();
    let (package, source) = parking_package(&world, "First");
    let parked = world.spawn(&["install", &package]);
    await_parked(&world, "First");
    kill_process(Pid::from_child(&parked), Signal::INT).unwrap();
    // It may stop before it reads.
    feed_whoever_reads(&source);
    let ran = world.end(parked);
    assert_eq!(ran.status, 66, "{ran:?}");
    assert_eq!(world.snapshot(), before);
}

#[test]
fn an_install_that_was_killed_is_undone_by_the_next_and_told_once() {
    let world = World::new();
    assert_eq!(world.msikit(&["machine", "init"]).status, 0);
    let before = world.snapshot();
    let ((first, _), second) = (parking_package(&world, "First"), package(&world, "Second"));
    let parked = world.spawn(&["install", &first]);
    await_parked(&world, "First");
    kill_process(Pid::from_child(&parked), Signal::KILL).unwrap();
    assert_eq!(parked.wait_with_output().unwrap().status.signal(), Some(9));
    let status = world.msikit(&["status", "--json"]);
    assert_eq!(
        (status.status, &status.json()["state"]),
        (68, &"suspended".into())
    );
    assert_ne!(
        world.snapshot(),
        before,
        "the kill came too early for this test"
    );

    assert_eq!(world.msikit(&["recover"]).status, 0);
    assert_eq!(world.snapshot(), before);
    assert_eq!(world.msikit(&["recover"]).out, "nothing to recover\n");
    assert_eq!(world.msikit(&["install", &second]).status, 0);
    let events = world.msikit(&["events"]).out;
    assert_eq!(events.matches("11708").count(), 1, "{events}");
}

#[test]
fn run_gives_the_programs_own_status() {
    let world = World::new();
    let run = |script: &str| world.msikit(&["run", "--", "sh", "-c", script]);
    assert_eq!(run("exit 7").status, 7);
    assert_eq!(run("kill -TERM $$").status, 128 + 15);
    assert_eq!(run("test -n \"$MSIKIT_HOLDER\"").status, 0);
    let missing = world.msikit(&["run", "--", "no-such-program"]);
    assert_eq!(missing.status, 127, "{missing:?}");
    // A program that installs while its own parent holds the gate is refused at once, and not kept waiting.
    let package = package(&world, "Inside");
    let install = format!(
        "'{}' install '{package}' --wait",
        env!("CARGO_BIN_EXE_msikit")
    );
    let inside = run(&install);
    assert_eq!(inside.status, 82, "{inside:?}");
    assert!(
        inside
            .err
            .contains("the installation that started this one"),
        "{inside:?}"
    );
}

#[test]
fn wait_ends_when_the_gate_is_free_or_its_time_is_over() {
    let world = World::new();
    assert_eq!(world.msikit(&["wait"]).status, 0);
    let pipe = world.path("pipe");
    named_pipe(&pipe);
    let holder = world.spawn(&["run", "--", "cat", pipe.to_str().unwrap()]);
    world.await_status(|status| status["holder"].is_object());
    let over = world.msikit(&["wait", "0"]);
    assert_eq!(over.status, 82, "{over:?}");
    let waiter = world.spawn(&["wait"]);
    world.await_status(|status| status["waiting"].as_array().unwrap().len() == 1);
    feed(&pipe, b"");
    assert_eq!((world.end(holder).status, world.end(waiter).status), (0, 0));
}

#[test]
fn a_program_ends_with_the_run_that_holds_the_gate_for_it() {
    let world = World::new();
    let pipe = world.path("pipe");
    named_pipe(&pipe);
    let holder = world.spawn(&["run", "--", "cat", pipe.to_str().unwrap()]);
    world.await_status(|status| status["holder"].is_object());
    // Opening for writing waits until the program reads; it is the only one that does.
    let writer = std::fs::OpenOptions::new().write(true).open(&pipe).unwrap();
    kill_process(Pid::from_child(&holder), Signal::KILL).unwrap();
    assert_eq!(holder.wait_with_output().unwrap().status.signal(), Some(9));
    assert_eq!(world.status()["state"], "free");
    // Once it is gone nobody has the pipe's other end.
    let mut watched = [rustix::event::PollFd::new(
        &writer,
        rustix::event::PollFlags::ERR,
    )];
    rustix::event::poll(&mut watched, None).unwrap();
    assert!(watched[0].revents().contains(rustix::event::PollFlags::ERR));
}
