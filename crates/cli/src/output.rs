//! What is printed, and how a command ends: the only place that writes to standard output and standard error.

use std::io::{self, BufRead, IsTerminal, Read, Write};

use installer::{Cancel, Error, HolderReport, code};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::telling::Telling;

/// An answer that is longer is none.
const ANSWER_MAX: u64 = 1000;

/// What the system keeps of a command's end: a byte.
#[cfg(unix)]
pub type ExitStatus = u8;
/// What the system keeps of a command's end: the whole code.
#[cfg(windows)]
pub type ExitStatus = u32;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// With one of Windows' codes, told through an exit status.
    Code(u32),
    /// With this exit status.
    Status(u8),
}

impl End {
    /// It went well.
    pub const OK: End = End::Code(code::SUCCESS);

    /// The exit status.
    #[cfg(unix)]
    pub fn status(self) -> ExitStatus {
        match self {
            End::Code(code) => code::exit_status(code),
            End::Status(status) => status,
        }
    }

    /// The exit status.
    #[cfg(windows)]
    pub fn status(self) -> ExitStatus {
        match self {
            End::Code(code) => code,
            End::Status(status) => status.into(),
        }
    }
}

/// Why a command ended early: one line, a code, and what else is known for JSON.
#[derive(Debug)]
pub struct Failure {
    /// Windows' code.
    pub code: u32,
    /// One line: what, where, why, what to do.
    pub message: String,
    /// More members of the JSON object.
    pub more: Map<String, Value>,
}

impl Failure {
    /// A command line that makes no sense: 1639.
    pub fn usage(message: impl Into<String>) -> Failure {
        Failure {
            code: code::COMMAND_LINE,
            message: message.into(),
            more: Map::new(),
        }
    }

    /// A part of the command line that comes later: 1639, and says so.
    pub fn not_yet(what: &str) -> Failure {
        Failure::usage(format!("{what} is not there yet"))
    }

    /// Something that a file of the host did.
    pub fn file(what: &str, path: &std::path::Path, error: &io::Error) -> Failure {
        let message = format!("cannot {what} {}: {error}", path.display());
        Failure {
            code: code::FAILURE,
            message,
            more: Map::new(),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        let mut more = Map::new();
        if let Error::Gate(gate) = &error {
            more.insert(
                "holder".to_owned(),
                json!(gate.holder().map(HolderReport::from)),
            );
        }
        Failure {
            code: error.code(),
            message: error.to_string(),
            more,
        }
    }
}

impl From<machine::Error> for Failure {
    fn from(error: machine::Error) -> Failure {
        Error::from(error).into()
    }
}

/// Waits until something was typed; false: `cancel` has fired.
#[cfg(unix)]
fn is_typed(cancel: &Cancel) -> bool {
    use rustix::event::{PollFd, PollFlags, poll};
    let input = rustix::stdio::stdin();
    let mut watched = vec![PollFd::from_borrowed_fd(input, PollFlags::IN)];
    let fired = cancel.watched();
    watched.extend(fired.map(|fired| PollFd::from_borrowed_fd(fired, PollFlags::IN)));
    loop {
        match poll(&mut watched, None) {
            Err(rustix::io::Errno::INTR) => {}
            _ => return !cancel.is_cancelled(),
        }
    }
}

/// Waits until something was typed; here reading does.
#[cfg(not(unix))]
fn is_typed(_: &Cancel) -> bool {
    true
}

/// A reader that went away, as `head` does, is no failure of the command.
pub fn unless_nobody_reads(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// Where a command prints.
pub struct Output {
    /// Is one JSON value asked for?
    pub json: bool,
    /// Whom else what is shown is told.
    pub telling: Telling,
    out: io::Stdout,
    err: io::Stderr,
}

impl Output {
    /// Prints to this process's streams.
    pub fn new(json: bool) -> Output {
        Output {
            json,
            telling: Telling::default(),
            out: io::stdout(),
            err: io::stderr(),
        }
    }

    /// The same, and what is shown is told there too.
    pub fn telling(self, telling: &Telling) -> Output {
        Output {
            telling: telling.clone(),
            ..self
        }
    }

    /// Prints one JSON value, whole.
    pub fn value(&mut self, value: &impl Serialize) {
        self.telling.result(value);
        // A reader that went away is no failure of the command.
        let _ = serde_json::to_string_pretty(value).map(|text| writeln!(self.out, "{text}"));
    }

    /// Prints one JSON value on a line of its own.
    pub fn json_line(&mut self, value: &impl Serialize) -> io::Result<()> {
        let line = serde_json::to_string(value).map_err(io::Error::other)?;
        writeln!(self.out, "{line}")?;
        self.out.flush()
    }

    /// Prints a line for people. Returns the error of a reader that went away.
    pub fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{text}")
    }

    /// Prints lines for people, up to where the reader went away: that is no failure.
    pub fn lines(&mut self, lines: impl IntoIterator<Item = impl AsRef<str>>) {
        for line in lines {
            if self.line(line.as_ref()).is_err() {
                break;
            }
        }
    }

    /// Writes bytes on standard output as they are.
    pub fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)?;
        self.out.flush()
    }

    /// Standard output, for bytes as they are.
    pub fn writer(&mut self) -> &mut impl Write {
        &mut self.out
    }

    /// Prints a note on standard error.
    pub fn note(&mut self, text: &str) {
        let _ = writeln!(self.err, "msikit: {text}");
    }

    /// Asks a question on the terminal; anything but yes is no.
    /// Where `cancel` fires first, that is no, too.
    pub fn asks(&mut self, question: &str, cancel: &Cancel) -> bool {
        if !io::stdin().is_terminal() {
            return false;
        }
        let _ = write!(self.err, "msikit: {question} [y/N] ");
        if !is_typed(cancel) {
            let _ = writeln!(self.err);
            return false;
        }
        let mut answer = String::new();
        let read = io::stdin().lock().take(ANSWER_MAX).read_line(&mut answer);
        read.is_ok() && matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
    }

    /// Prints a line on standard error as it is.
    pub fn plain_note(&mut self, text: &str) {
        let _ = writeln!(self.err, "{text}");
    }

    /// Prints a failure: one line on standard error, and an object on standard output for `--json`.
    pub fn failure(&mut self, failure: &Failure) {
        self.error_line(failure.code, &failure.message);
        if self.json {
            let mut object = Map::new();
            object.insert("code".to_owned(), json!(failure.code));
            object.insert("symbol".to_owned(), json!(code::symbol(failure.code)));
            object.insert("message".to_owned(), json!(failure.message));
            object.extend(failure.more.clone());
            self.value(&object);
        }
    }

    /// Prints `msikit: what, where, why [N SYMBOL]` on standard error.
    pub fn error_line(&mut self, code: u32, message: &str) {
        let message = message.replace(['\r', '\n'], " ");
        let _ = writeln!(
            self.err,
            "msikit: {message} [{code} {}]",
            code::symbol(code)
        );
    }
}
