//! Starting a program with a command line to the letter, and its whole code.
#![expect(clippy::disallowed_methods, reason = "programs are started here")]

use std::io;
use std::os::windows::process::CommandExt;
use std::process::Command;

use windows_sys::Win32::System::Environment::GetCommandLineW;

use super::names::narrow_at;
use crate::split_program;

/// A program and its words, as they are typed.
#[derive(Clone, Debug)]
pub struct Program {
    line: String,
    variables: Vec<(String, String)>,
}

impl Program {
    /// A program by its command line.
    pub fn of_line(line: &str) -> Program {
        Program {
            line: line.to_owned(),
            variables: Vec::new(),
        }
    }

    /// Adds a variable to its environment.
    pub fn with_variable(mut self, name: &str, value: &str) -> Program {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Runs it to its end; its streams are this process's. Returns its code.
    ///
    /// Errors: it cannot be started.
    pub fn run(&self) -> io::Result<u32> {
        let (program, rest) = split_program(&self.line);
        let mut command = Command::new(program);
        command.raw_arg(rest);
        let variables = self.variables.iter();
        command.envs(variables.map(|(name, value)| (name, value)));
        let status = command.status()?;
        // Windows' codes have 32 bits; a code's sign is only how it is shown.
        Ok(status.code().map_or(u32::MAX, |code| code as u32))
    }
}

/// Returns the command line of this process, to the letter.
pub fn own_command_line() -> String {
    // SAFETY: Windows keeps the text, with a zero at its end, for as long as the process.
    unsafe { narrow_at(GetCommandLineW()) }
}
