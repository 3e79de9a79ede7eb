//! `run … -- CMD`: holds the gate while a program runs.
//!
//! The program is started through `run-child`, which asks the system to end it with `run`; what it starts in turn and
//! lets go is outside, but for what runs under Wine in this machine: the gate is held until its wineserver has ended.
//! If the program is msikit or msiexec, it takes its turn itself.

use std::ffi::OsString;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus};

use gate::{Gate, Hold, Taker};
use installer::{Cancel, Installer, Log, Silent, Wait, wait_for_wineserver};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{
    PidfdFlags, Signal, kill_process, pidfd_open, set_parent_process_death_signal,
};
use serde_json::json;

use super::Context;
use crate::arguments::{Run, RunChild};
use crate::output::{End, Failure};
use crate::progress::Watcher;
use crate::{interrupt, request};

pub fn run(typed: &Run, context: &mut Context<'_>) -> Result<End, Failure> {
    let place = context.place()?;
    if typed.dry_run.dry_run {
        let held = installer::status(&Gate::at(&place.gate()), &place.state()).holder;
        let first = held.map_or_else(String::new, |holder| {
            format!("wait for {}, ", holder.describe())
        });
        let command = command_line(typed);
        context.would(&format!("{first}keep installations out and run {command}"));
        return Ok(End::OK);
    }
    let signals = interrupt::stop_and_terminate();
    let (stop, terminate) =
        signals.map_err(|error| Failure::file("watch signals for", &place.directory, &error))?;
    let host = &context.world.host;
    let begun = (host.now)();
    let held = if takes_its_own_turn(&typed.command) {
        None
    } else {
        let mut machine = place.open_or_create(host, context.output)?;
        let gate = Gate::at(&place.gate());
        let hold = take(typed, &gate, &stop, context)?;
        let events = Some(context.event_log(&place));
        let mut installer = Installer {
            machine: &mut machine,
            gate: None,
            events,
            host,
            cancel: stop.clone(),
        };
        installer.recover(Wait::No, &mut Silent, &mut Log::none(host))?;
        Some((hold, machine))
    };
    let waited = host.since(begun);
    let hold = held.as_ref().map(|(hold, _)| hold);
    let status = run_program(typed, hold, &terminate, context)?;
    if let Some((hold, machine)) = held {
        // What the program started under Wine may still write the registry. Ctrl-C ends this wait, not the answer.
        let mut watcher = Watcher::new(context.output, context.world.terminal, false);
        let log = &mut Log::none(host);
        let ended = wait_for_wineserver(&machine, Wait::Forever, host, &stop, &mut watcher, log);
        watcher.finish();
        if let Err(error) = ended {
            context.output.note(&error.to_string());
        }
        let _ = hold.release();
    }
    if context.output.json {
        let told = json!({"origin": "child", "attempts": 1, "waited_ms": waited.as_millis() as u64, "exit": exit_byte(status)});
        context.output.plain_note(&told.to_string());
    }
    Ok(End::Status(exit_byte(status)))
}

fn command_line(typed: &Run) -> String {
    let words = typed.command.iter().map(|word| word.to_string_lossy());
    words.collect::<Vec<_>>().join(" ")
}

fn takes_its_own_turn(command: &[OsString]) -> bool {
    let name = command
        .first()
        .and_then(|program| Path::new(program).file_stem());
    name.is_some_and(|name| name == "msikit" || name.eq_ignore_ascii_case("msiexec"))
}

fn take(
    typed: &Run,
    gate: &Gate,
    stop: &Cancel,
    context: &mut Context<'_>,
) -> Result<Hold, Failure> {
    let host = &context.world.host;
    let taker = Taker {
        command: format!("run {}", command_line(typed)),
        user: Some(host.user.clone()),
        parent: host.parent_hold(),
        ..Taker::default()
    };
    let wait = request::wait(&typed.waiting, Wait::Forever);
    let mut watcher = Watcher::new(context.output, context.world.terminal, false);
    let hold = gate.take(&taker, wait, stop, &mut |state| watcher.waits(state));
    watcher.finish();
    hold.map_err(|error| {
        let mut failure = Failure::from(installer::Error::from(error));
        failure.more.insert("origin".to_owned(), json!("gate"));
        failure
    })
}

#[expect(clippy::disallowed_methods, reason = "only cli starts programs")]
fn run_program(
    typed: &Run,
    hold: Option<&Hold>,
    terminate: &Cancel,
    context: &mut Context<'_>,
) -> Result<ExitStatus, Failure> {
    let mut command = Command::new(&context.world.program);
    command
        .arg("run-child")
        .arg(context.world.host.pid.to_string())
        .arg("--")
        .args(&typed.command);
    if let Some(hold) = hold {
        command.env("MSIKIT_HOLDER", hold.generation().to_string());
    }
    let failed = |error: std::io::Error| Failure::file("run", Path::new(&typed.command[0]), &error);
    let child = command.spawn().map_err(failed)?;
    wait_for(child, terminate).map_err(failed)
}

/// Waits for the program; hands SIGTERM on to it. Ctrl-C reaches it from the terminal.
fn wait_for(mut child: Child, terminate: &Cancel) -> std::io::Result<ExitStatus> {
    let Some(pid) = i32::try_from(child.id())
        .ok()
        .and_then(rustix::process::Pid::from_raw)
    else {
        return child.wait();
    };
    let ended = pidfd_open(pid, PidfdFlags::empty())?;
    let mut handed_on = false;
    loop {
        let mut watches = vec![PollFd::new(&ended, PollFlags::IN)];
        if let Some(asked) = terminate.watched().filter(|_| !handed_on) {
            watches.push(PollFd::from_borrowed_fd(asked, PollFlags::IN));
        }
        match poll(&mut watches, None) {
            Err(rustix::io::Errno::INTR) => continue,
            other => other?,
        };
        if !watches[0].revents().is_empty() {
            return child.wait();
        }
        handed_on = true;
        kill_process(pid, Signal::TERM)?;
    }
}

/// The child's code, or 128 + the signal that ended it.
fn exit_byte(status: ExitStatus) -> u8 {
    let code = status
        .code()
        .or_else(|| status.signal().map(|signal| 128 + signal));
    u8::try_from(code.unwrap_or(255) & 0xFF).unwrap_or(255)
}

/// Becomes the program, after asking to be killed when `run` ends.
#[expect(clippy::disallowed_methods, reason = "only cli starts programs")]
pub fn child(typed: &RunChild) -> Result<End, Failure> {
    let failed = |error: std::io::Error| Failure::file("run", Path::new(&typed.command[0]), &error);
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(|error| failed(error.into()))?;
    let parent = rustix::process::getppid().map(|pid| pid.as_raw_nonzero().get());
    if parent != Some(typed.parent) {
        // `run` ended before the system could be asked.
        return Ok(End::Status(137));
    }
    let (program, arguments) = (&typed.command[0], &typed.command[1..]);
    let error = Command::new(program).args(arguments).exec();
    let missing = error.kind() == std::io::ErrorKind::NotFound;
    crate::output::Output::new(false).note(&failed(error).message);
    Ok(End::Status(if missing { 127 } else { 126 }))
}
