//! `msikit`: the door. It reads what was typed, picks the machine, asks the engine, prints, and ends with a status.
//!
//! Absent here on purpose: any rule of Windows Installer.

#![cfg_attr(
    windows,
    allow(
        dead_code,
        reason = "what changes a machine's directory is not on Windows"
    )
)]

mod arguments;
mod commands;
mod duration;
mod files;
mod help;
mod image;
#[cfg_attr(not(unix), path = "interrupt_elsewhere.rs")]
mod interrupt;
mod log_file;
mod msiexec;
mod output;
mod page;
mod picture;
mod place;
mod progress;
mod reg_file;
mod request;
mod screen;
mod suggestions;
mod telling;
mod world;

use std::process::ExitCode;

use arguments::Arguments;
use clap::FromArgMatches;
use clap::error::ErrorKind;
use output::{End, ExitStatus, Failure, Output};
use world::World;

fn main() -> ExitCode {
    let world = World::of_process();
    ended(door(&world).status())
}

#[cfg(unix)]
fn ended(status: ExitStatus) -> ExitCode {
    ExitCode::from(status)
}

/// Windows keeps the whole code.
#[cfg(windows)]
#[expect(clippy::disallowed_methods, reason = "main ends the process")]
fn ended(status: ExitStatus) -> ExitCode {
    std::process::exit(status.cast_signed())
}

/// Carries out what was typed.
fn door(world: &World) -> End {
    let matches = help::command().try_get_matches_from(world.words());
    let arguments = match matches.and_then(|matches| Arguments::from_arg_matches(&matches)) {
        Ok(arguments) => arguments,
        Err(error) => return misunderstood(&error, world),
    };
    let mut output = Output::new(arguments.global.json).telling(&world.telling);
    match commands::run(arguments, world, &mut output) {
        Ok(end) => end,
        Err(failure) => {
            output.failure(&failure);
            End::Code(failure.code)
        }
    }
}

/// Help and version are answers; anything else is 1639 with clap's first line and its hint.
fn misunderstood(error: &clap::Error, world: &World) -> End {
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    ) {
        let _ = error.print();
        return End::OK;
    }
    let text = error.render().to_string();
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("For more information"))
        .collect();
    let mut told: Vec<&str> = lines
        .iter()
        .copied()
        .take_while(|line| !line.starts_with("Usage:"))
        .collect();
    if told.is_empty() || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        told = vec!["say what to do: `msikit --help` lists the verbs"];
    }
    let message = told.join(" ").replace(" tip: ", "; ");
    let json = world.asks_for_json();
    let mut output = Output::new(json).telling(&world.telling);
    output.failure(&Failure::usage(message.trim_start_matches("error: ")));
    End::Code(installer::code::COMMAND_LINE)
}
