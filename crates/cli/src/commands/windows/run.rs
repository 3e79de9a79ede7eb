//! `run … -- CMD` on Windows: starts a program when it is its turn and the gate is free, and again on 1618.
//!
//! The gate is never held for the program: msiexec would find it taken. Whoever does not queue here can overtake; then the
//! program answers 1618, and is started again until the deadline.

use std::io;
use std::path::Path;
use std::time::Duration;

use installer::{Wait, code};
use serde_json::json;
use windows::{Attempts, Door, Patience, Program, Rest, Woken};

use super::Context;
use super::windows::Turn;
use super::windows::turn::{already_running, cancelled, refused};
use crate::arguments::{Run, RunChild};
use crate::output::{End, Failure};
use crate::request;

pub fn run(typed: &Run, context: &mut Context<'_>) -> Result<End, Failure> {
    let line = windows::own_command_line();
    let line = windows::after_double_dash(&line).unwrap_or_default();
    let program = Program::of_line(line);
    let begun = context.world.host.now.clone()();
    let ended = if is_msikit(line) {
        // It takes its turn itself.
        program.run().map(|code| Attempts {
            end: windows::End::Program(code),
            starts: 1,
        })
    } else {
        let turn = Turn::take(request::wait(&typed.waiting, Wait::Forever), context)?;
        in_turn(&turn, program)
    };
    let ended = ended.map_err(|error| Failure::file("run", Path::new(line), &error))?;
    let waited = context.world.host.since(begun);
    let (origin, code) = match ended.end {
        windows::End::Program(code) => ("child", code),
        windows::End::Deadline => ("gate", code::ALREADY_RUNNING),
        windows::End::Stopped => ("gate", code::USER_EXIT),
    };
    if context.output.json {
        let told = json!({"origin": origin, "attempts": ended.starts, "waited_ms": waited.as_millis() as u64, "exit": code});
        context.output.plain_note(&told.to_string());
    }
    match ended.end {
        windows::End::Program(code) => Ok(End::Code(code)),
        windows::End::Deadline => Err(refused(code, already_running())),
        windows::End::Stopped => Err(refused(code, cancelled())),
    }
}

fn is_msikit(line: &str) -> bool {
    let (program, _) = windows::split_program(line);
    let name = Path::new(&program).file_stem();
    name.is_some_and(|name| name.eq_ignore_ascii_case("msikit"))
}

/// Runs a program in its turn, as often as it takes.
///
/// Errors: it cannot be started.
pub fn in_turn(turn: &Turn, program: Program) -> io::Result<Attempts> {
    let ticket = turn.number.to_string();
    let mut door = RealDoor {
        patience: turn.patience,
        program: program.with_variable("MSIKIT_HOLDER", &ticket),
    };
    windows::attempts(&mut door)
}

/// The gate of this computer.
struct RealDoor {
    patience: Patience,
    program: Program,
}

impl Door for RealDoor {
    fn look(&mut self) -> windows::State {
        windows::look().state
    }

    fn rest(&mut self, time: Duration) -> Rest {
        match self.patience.rest(time) {
            Ok(Woken::Rested | Woken::Ready) => Rest::Rested,
            Ok(Woken::Deadline) => Rest::Deadline,
            // A wait that cannot be waited is over.
            Ok(Woken::Stopped) | Err(_) => Rest::Stopped,
        }
    }

    fn start(&mut self) -> io::Result<u32> {
        self.program.run()
    }
}

/// There is no process between `run` and its program here.
pub fn child(_: &RunChild) -> Result<End, Failure> {
    Err(Failure::usage("not on Windows: run-child"))
}
