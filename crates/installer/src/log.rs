//! The verbose log, in msiexec's form: people and tools grep for its lines.
//!
//! Follows: Microsoft, "Windows Installer Logging" and "Logging of Action Return Values"; the lines about the mutex
//! are those that Windows writes. Hidden values never come here: the run masks them.

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

/// The verbose log of one command. An error of the disk ends logging, and is told once by [`Log::finish`].
pub struct Log {
    out: Option<Box<dyn Write + Send>>,
    encoding: LogEncoding,
    host: Host,
    error: Option<io::Error>,
}

impl Log {
    /// Begins a log on `out` with msiexec's first line.
    pub fn new(out: Box<dyn Write + Send>, encoding: LogEncoding, host: &Host) -> Log {
        let mut log = Log {
            out: Some(out),
            encoding,
            host: host.clone(),
            error: None,
        };
        if encoding == LogEncoding::Utf16Le {
            log.write(&[0xFF, 0xFE]);
        }
        let now = host.local();
        log.raw(&format!(
            "=== Verbose logging started: {}  {}  Build type: SHIP UNICODE 5.00  Calling process: {} ===",
            date(&now),
            clock(&now),
            host.command.split(' ').next().unwrap_or("msikit"),
        ));
        log
    }

    /// Returns a log that keeps nothing.
    pub fn none(host: &Host) -> Log {
        Log {
            out: None,
            encoding: LogEncoding::Utf8,
            host: host.clone(),
            error: None,
        }
    }

    /// Writes a line of the service's side: `MSI (s) (12:34) [12:01:07:123]: …`.
    pub fn line(&mut self, text: &str) {
        if self.out.is_none() {
            return;
        }
        let now = self.host.local();
        let thread = format!(
            "({:02X}:{:02X})",
            self.host.pid & 0xFF,
            (self.host.pid >> 8) & 0xFF
        );
        self.raw(&format!(
            "MSI (s) {thread} [{}:{:03}]: {text}",
            clock(&now),
            now.millisecond()
        ));
    }

    /// Writes `Action start 12:01:07: NAME.`
    pub fn action_start(&mut self, name: &str) {
        self.line(&format!("Doing action: {name}"));
        let now = clock(&self.host.local());
        self.raw(&format!("Action start {now}: {name}."));
    }

    /// Writes `Action ended 12:01:07: NAME. Return value N.`
    pub fn action_ended(&mut self, name: &str, result: sequence::ActionResult) {
        let now = clock(&self.host.local());
        self.raw(&format!(
            "Action ended {now}: {name}. Return value {}.",
            result.log_number()
        ));
    }

    /// Writes a line as it is.
    pub fn raw(&mut self, text: &str) {
        if self.out.is_none() {
            return;
        }
        let line = format!("{}\r\n", text.replace('\0', "[~]"));
        match self.encoding {
            LogEncoding::Utf8 => self.write(line.as_bytes()),
            LogEncoding::Utf16Le => {
                let bytes: Vec<u8> = line.encode_utf16().flat_map(u16::to_le_bytes).collect();
                self.write(&bytes);
            }
        }
    }

    /// Writes what a run ends with: its properties, features and components.
    pub fn ending(&mut self, run: &sequence::Run) {
        if self.out.is_none() {
            return;
        }
        for (name, value) in run.properties() {
            self.raw(&format!("Property(S): {name} = {value}"));
        }
        for feature in run.features() {
            let [installed, request, action] =
                [feature.installed, feature.request, feature.action].map(state);
            self.line(&format!(
                "Feature: {}; Installed: {installed};   Request: {request};   Action: {action}",
                feature.name
            ));
        }
        for component in run.components() {
            let [installed, request, action] =
                [component.installed, component.request, component.action].map(state);
            self.line(&format!(
                "Component: {}; Installed: {installed};   Request: {request};   Action: {action}",
                component.name
            ));
        }
        let product = |name: &str| run.property(name).to_owned();
        self.line(&format!(
            "Product: {} -- {}",
            product("ProductName"),
            product("ProductCode")
        ));
    }

    /// Writes the last line and returns the first error that writing met.
    pub fn finish(&mut self) -> Option<io::Error> {
        let now = self.host.local();
        self.raw(&format!(
            "=== Verbose logging stopped: {}  {} ===",
            date(&now),
            clock(&now)
        ));
        if let Some(mut out) = self.out.take()
            && let Err(error) = out.flush()
        {
            self.error.get_or_insert(error);
        }
        self.error.take()
    }

    fn write(&mut self, bytes: &[u8]) {
        if let Some(out) = &mut self.out
            && let Err(error) = out.write_all(bytes)
        {
            self.error = Some(error);
            self.out = None;
        }
    }
}

/// A state as msiexec's log names it.
fn state(state: sequence::State) -> &'static str {
    match state {
        sequence::State::Unknown => "Null",
        sequence::State::Advertised => "Advertise",
        sequence::State::Absent => "Absent",
        sequence::State::Local => "Local",
        sequence::State::Source => "Source",
    }
}

fn clock(time: &ZonedDateTime) -> String {
    time.strftime("%H:%M:%S").to_string()
}

fn date(time: &ZonedDateTime) -> String {
    time.strftime("%d/%m/%Y").to_string()
}
