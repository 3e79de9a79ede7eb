//! The log, in msiexec's form: people and tools grep for its lines. Their shapes are in docs/log.md and in `log/lines.rs`.
//!
//! This file holds what is written and where to: letters, encoding, time, and the values that nobody may see.
//! Follows: Microsoft, "Windows Installer Logging", "Normal Logging", "Command-Line Options" (the letters of /L).

mod lines;

pub(crate) use lines::HIDDEN;

use std::io::{self, Write};

use jiff::ZonedDateTime;

use crate::Host;

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum LogEncoding {
    /// UTF-8 without a mark.
    #[default]
    Utf8,
    /// UTF-16, low byte first, with a mark: as msiexec writes it.
    Utf16Le,
}

/// What is logged, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogOptions {
    /// The encoding.
    pub encoding: LogEncoding,
    /// Letters of /L in lower case: `i` status, `w` warnings, `e` errors, `a` actions, `r` records of actions, `u` user
    /// requests, `c` first parameters of the user interface, `m` out of memory and fatal exits, `o` out of disk space,
    /// `p` properties at the end, `v` verbose, `x` debugging.
    pub letters: String,
    /// Is every line handed to the system at once (`!`)?
    pub flush: bool,
    /// Does the file have lines already, so that no mark of the encoding is due?
    pub continues: bool,
    /// The log's path, for the property MsiLogFileLocation.
    pub location: String,
}

impl LogOptions {
    /// All letters.
    pub const ALL: &str = "iwearucmopvx";
}

/// Whose side writes: the client's (user interface) or the service's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Client,
    Server,
}

/// A hidden value that is shorter is too common a text to be looked for in every line.
const HIDDEN_LENGTH_MIN: usize = 4;

/// The log of one command line. An error of the disk ends logging, and is told once by [`Log::finish`].
pub struct Log {
    out: Option<Box<dyn Write + Send>>,
    options: LogOptions,
    host: Host,
    side: Side,
    hidden: Vec<String>,
    error: Option<io::Error>,
}

impl Log {
    /// Begins a log on `out` with msiexec's first lines.
    pub fn new(out: Box<dyn Write + Send>, options: LogOptions, host: &Host) -> Log {
        let utf16 = options.encoding == LogEncoding::Utf16Le && !options.continues;
        let mut log = Log {
            out: Some(out),
            options,
            ..Log::none(host)
        };
        if utf16 {
            log.write(&[0xFF, 0xFE]);
        }
        log.header();
        log
    }

    /// Returns a log that keeps nothing.
    pub fn none(host: &Host) -> Log {
        Log {
            out: None,
            options: LogOptions {
                encoding: LogEncoding::Utf8,
                letters: String::new(),
                flush: false,
                continues: false,
                location: String::new(),
            },
            host: host.clone(),
            side: Side::Client,
            hidden: Vec::new(),
            error: None,
        }
    }

    /// Is anything kept?
    pub(crate) fn is_on(&self) -> bool {
        self.out.is_some()
    }

    /// Names the properties that the user may not hand over.
    pub(crate) fn tell_disallowed(&mut self, command: &crate::Command, run: &sequence::Run) {
        let elevation = &run.request().elevation;
        let given = command.properties.iter().map(|(name, _)| name);
        for name in given.filter(|name| !elevation.lets_pass(name)) {
            self.line(&format!("Ignoring disallowed property {name}"));
        }
    }

    /// Gives a run the log's path: MsiLogFileLocation.
    pub(crate) fn tell_location(&self, run: &mut sequence::Run) {
        if self.is_on() && !self.options.location.is_empty() {
            run.set_property("MsiLogFileLocation", &self.options.location);
        }
    }

    /// From now on lines are of this side.
    pub(crate) fn set_side(&mut self, side: Side) {
        self.side = side;
    }

    /// From now on these values are stars wherever they occur; one that is shorter than four characters, only where
    /// the property is named.
    pub(crate) fn hide(&mut self, values: Vec<String>) {
        for value in values {
            if value.chars().count() >= HIDDEN_LENGTH_MIN && !self.hidden.contains(&value) {
                self.hidden.push(value);
                // A value that is part of another must not spoil it.
                self.hidden
                    .sort_by_key(|value| std::cmp::Reverse(value.len()));
            }
        }
    }

    /// Writes the last line and returns the first error that writing met.
    pub fn finish(&mut self) -> Option<io::Error> {
        self.footer();
        if let Some(mut out) = self.out.take()
            && let Err(error) = out.flush()
        {
            self.error.get_or_insert(error);
        }
        self.error.take()
    }

    fn has(&self, letter: char) -> bool {
        self.out.is_some() && self.options.letters.contains(letter)
    }

    /// Writes a line as it is, where its letter is asked for.
    fn raw(&mut self, letter: char, text: &str) {
        if !self.has(letter) {
            return;
        }
        let mut line = text.replace('\0', "[~]");
        for value in &self.hidden {
            if line.contains(value) {
                line = line.replace(value, lines::HIDDEN);
            }
        }
        line.push_str("\r\n");
        match self.options.encoding {
            LogEncoding::Utf8 => self.write(line.as_bytes()),
            LogEncoding::Utf16Le => {
                let bytes: Vec<u8> = line.encode_utf16().flat_map(u16::to_le_bytes).collect();
                self.write(&bytes);
            }
        }
    }

    fn write(&mut self, bytes: &[u8]) {
        if let Some(out) = &mut self.out {
            let written = out
                .write_all(bytes)
                .and_then(|()| match self.options.flush {
                    true => out.flush(),
                    false => Ok(()),
                });
            if let Err(error) = written {
                self.error = Some(error);
                self.out = None;
            }
        }
    }

    fn now(&self) -> ZonedDateTime {
        self.host.local()
    }
}

fn clock(time: &ZonedDateTime) -> String {
    time.strftime("%H:%M:%S").to_string()
}

fn date(time: &ZonedDateTime) -> String {
    time.strftime("%d/%m/%Y").to_string()
}
