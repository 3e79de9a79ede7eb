//! What people on a terminal see while they wait.

use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::process::Stdio;

use expect_test::expect;
use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::world::{World, feed, named_pipe};

/// A terminal: where its user looks, and where a program writes.
fn terminal() -> (std::fs::File, OwnedFd) {
    let user = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&user).unwrap();
    unlockpt(&user).unwrap();
    let name = ptsname(user.as_fd(), Vec::new()).unwrap();
    let program = openat(CWD, name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
    (user.into(), program)
}

/// Reads on until `wanted` was seen; returns all.
fn read_until(user: &mut std::fs::File, seen: &mut String, wanted: &str) {
    while !seen.contains(wanted) {
        let mut bytes = [0; 4096];
        let read = user.read(&mut bytes).unwrap();
        seen.push_str(&String::from_utf8_lossy(&bytes[..read]));
    }
}

/// Reads until the other end is closed.
fn read_all(mut user: std::fs::File) -> String {
    let (mut seen, mut bytes) = (Vec::new(), [0; 4096]);
    while let Ok(read @ 1..) = user.read(&mut bytes) {
        seen.extend_from_slice(&bytes[..read]);
    }
    String::from_utf8_lossy(&seen).into_owned()
}

#[test]
fn a_terminal_shows_what_is_done_how_much_and_how_fast_and_a_pipe_gets_none_of_it() {
    let world = World::new();
    let text = "product Greeter 1.0.0\nfile a.txt in Main: a\nActionText: CostFinalize | Reckoning with disks. |";
    let package = world.package("greeter", text).to_str().unwrap().to_owned();
    let shown = |arguments: &[&str]| {
        let (user, program) = terminal();
        let mut child = world
            .command(arguments)
            .env("TERM", "xterm")
            .stderr(Stdio::from(program))
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        // The command's copy of the terminal is closed with it.
        let seen = read_all(user);
        assert!(child.wait().unwrap().success());
        seen
    };
    let seen = shown(&["install", &package]);
    let last = seen.rsplit("\u{1b}[2K").find(|line| line.contains("/s"));
    let last = last.unwrap_or_else(|| panic!("no rate: {seen:?}"));
    assert!(last.contains('%') && last.contains("B/s"), "{last:?}");
    assert!(!shown(&["install", &package, "--ui", "none"]).contains('%'));
    let piped = world.msikit(&["remove", &package]);
    assert_eq!(piped.status, 0, "{piped:?}");
    assert_eq!(piped.err, "msikit: machine HOME/machine\n");
}

#[test]
fn what_a_package_is_fits_a_terminal_and_lines_to_paste_stay_whole_in_a_pipe() {
    let world = World::new();
    let text =
        "product Greeter-With-A-Long-Name 1.0.0\nfile a.txt in Main: a\nproperty COLOUR: blue";
    world.package("a-package-with-a-long-name", text);
    let words = ["db", "info", "a-package-with-a-long-name"];
    let (user, program) = terminal();
    let size = rustix::termios::Winsize {
        ws_row: 24,
        ws_col: 80,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    rustix::termios::tcsetwinsize(&program, size).unwrap();
    let mut command = world.command(&words);
    let mut child = command
        .stdout(Stdio::from(program))
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    drop(command);
    let seen = read_all(user);
    assert!(child.wait().unwrap().success());
    for line in seen.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    let from = seen.find("Install and remove").unwrap();
    expect![[r#"
        Install and remove it silently, with a log
          msiexec /i a-package-with-a-long-name /qn /norestart /l*v ^
              a-package-with-a-long-name.log
          msikit install a-package-with-a-long-name --ui none --log \
              a-package-with-a-long-name.log
          msiexec /x {CB257068-1BC8-6720-D888-7BB8012C4A22} /qn /norestart /l*v ^
              a-package-with-a-long-name.log
          msikit remove '{CB257068-1BC8-6720-D888-7BB8012C4A22}' --ui none --log \
              a-package-with-a-long-name.log

        It is installed where DisplayVersion is 1.0.0 in
          HKLM\Software\WOW6432Node\Microsoft\Windows\CurrentVersion\Uninstall\
              {CB257068-1BC8-6720-D888-7BB8012C4A22}
    "#]]
    .assert_eq(&seen[from..].replace("\r\n", "\n"));
    let piped = world.msikit(&words).out;
    let pasted = seen[from..].replace("\r\n", "\n");
    let together = pasted
        .replace(" ^\n     ", "")
        .replace(" \\\n     ", "")
        .replace("\\\n      ", "\\");
    assert!(piped.ends_with(&together), "{piped}\n{together}");
}

#[test]
fn a_terminal_shows_who_holds_the_gate_and_the_place_and_changes_only_when_that_does() {
    let world = World::new();
    let text = "product Second 1.0.0\nfile b.txt in Main: b";
    let package = world.package("second", text).to_str().unwrap().to_owned();
    let pipe = world.path("pipe");
    named_pipe(&pipe);
    let holder = world.spawn(&["run", "--", "cat", pipe.to_str().unwrap()]);
    world.await_status(|status| status["holder"].is_object());
    let before = world.spawn(&["install", &package, "--wait"]);
    world.await_status(|status| status["waiting"].as_array().unwrap().len() == 1);

    let (mut user, program) = terminal();
    let waiter = world
        .command(&["install", &package, "--wait"])
        .env("TERM", "xterm")
        .env("COLUMNS", "200")
        .stderr(Stdio::from(program))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut seen = String::new();
    let first = "waiting, place 2 in the queue, for run cat ";
    read_until(&mut user, &mut seen, first);
    let who = format!("(pid {}, alice, since ", holder.id());
    // Whoever is before it gives up: the place moves.
    rustix::process::kill_process(
        rustix::process::Pid::from_child(&before),
        rustix::process::Signal::INT,
    )
    .unwrap();
    read_until(&mut user, &mut seen, "waiting, place 1 in the queue");
    assert_eq!(seen.matches("place 2").count(), 1, "{seen:?}");
    feed(&pipe, b"");
    assert_eq!(
        (world.end(before).status, world.end(holder).status),
        (66, 0)
    );
    assert_eq!(world.end(waiter).status, 0);
    let shown = seen.replace(world.path("").to_str().unwrap(), "");
    assert!(
        shown.contains(&who) || shown.contains("run cat pipe"),
        "{shown:?}"
    );
}

const ON_A_DISK: &str = "product Greeter 1.0.0
file a.txt in Main: a
Media: 1 | 1 | the blue disk | | GREETER |
";

/// Begins an install on a terminal, whose disk is not there; returns when it is asked for.
fn asked_for_a_disk(world: &World) -> (std::fs::File, std::process::Child, String) {
    world.package("greeter", ON_A_DISK);
    let file = world.path("greeter/Greeter/a.txt");
    std::fs::rename(&file, world.path("a.txt")).unwrap();
    let (mut user, program) = terminal();
    let child = world
        .command(&["install", "greeter"])
        .env("TERM", "xterm")
        .stdin(Stdio::from(program.try_clone().unwrap()))
        .stderr(Stdio::from(program))
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut seen = String::new();
    read_until(&mut user, &mut seen, "[y/N]");
    assert!(seen.contains("insert the disk: the blue disk"), "{seen:?}");
    let status = world.status();
    assert_eq!(status["asks_for_disk"], true, "{status}");
    assert_eq!(status["state"], "held");
    let told = world.msikit(&["status"]).out;
    assert!(told.contains("somebody is asked for one"), "{told}");
    (user, child, seen)
}

#[test]
fn a_disk_is_asked_for_until_it_is_there() {
    let world = World::new();
    let (mut user, mut child, mut seen) = asked_for_a_disk(&world);
    // It is still not there.
    user.write_all(b"y\n").unwrap();
    seen.clear();
    read_until(&mut user, &mut seen, "[y/N]");
    std::fs::rename(world.path("a.txt"), world.path("greeter/Greeter/a.txt")).unwrap();
    user.write_all(b"y\n").unwrap();
    let rest = read_all(user);
    assert!(child.wait().unwrap().success(), "{rest}");
    assert_eq!(world.status()["asks_for_disk"], false);
}

#[test]
fn who_is_asked_for_a_disk_may_call_it_off() {
    for by_key in [true, false] {
        let world = World::new();
        let (mut user, mut child, _) = asked_for_a_disk(&world);
        match by_key {
            true => user.write_all(b"n\n").unwrap(),
            false => {
                let pid = rustix::process::Pid::from_child(&child);
                rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
            }
        }
        let seen = read_all(user);
        assert_eq!(child.wait().unwrap().code(), Some(1602 % 256), "{seen}");
        assert!(seen.contains("[1602 "), "{seen}");
        assert_eq!(world.msikit(&["list"]).out, "");
    }
}
