//! The shapes of the log's lines: docs/log.md shows each of them.
//!
//! Follows: Microsoft, "Logging of Action Return Values", "Checking the Installation of Features, Components, Files",
//! "Parsing Windows Installer Messages"; the lines about the mutex are those that Windows writes.

use sequence::{Failure, Message, MessageKind, PropertyChange, Run, State, StepAction};

use super::{Log, Side, clock, date};
use crate::Command;

/// What stands for a value that nobody may see.
pub(crate) const HIDDEN: &str = "**********";

impl Log {
    pub(super) fn header(&mut self) {
        let now = self.now();
        let (date, clock) = (date(&now), clock(&now));
        let program = self.host.command.split(' ').next().unwrap_or("msikit");
        let verbose = format!(
            "=== Verbose logging started: {date}  {clock}  Build type: SHIP UNICODE 5.00  Calling process: {program} ==="
        );
        if self.has('v') {
            self.raw('v', &verbose);
        } else {
            self.any(&format!("=== Logging started: {date}  {clock} ==="));
        }
    }

    pub(super) fn footer(&mut self) {
        let now = self.now();
        let (date, clock) = (date(&now), clock(&now));
        if self.has('v') {
            let verbose = format!("=== Verbose logging stopped: {date}  {clock} ===");
            self.raw('v', &verbose);
        } else {
            self.any(&format!("=== Logging stopped: {date}  {clock} ==="));
        }
    }

    /// Writes a line that is in every log.
    fn any(&mut self, text: &str) {
        if let Some(letter) = self.options.letters.chars().next() {
            self.raw(letter, text);
        }
    }

    /// Writes a verbose line: `MSI (s) (12:34) [12:01:07:123]: …`.
    pub(crate) fn line(&mut self, text: &str) {
        self.sided('v', text);
    }

    /// Writes a line of debugging, in the same form.
    pub(crate) fn debug(&mut self, text: &str) {
        self.sided('x', text);
    }

    fn sided(&mut self, letter: char, text: &str) {
        if !self.has(letter) {
            return;
        }
        let now = self.now();
        let side = match self.side {
            Side::Client => 'c',
            Side::Server => 's',
        };
        let pid = self.host.pid;
        let thread = format!("({:02X}:{:02X})", pid & 0xFF, (pid >> 8) & 0xFF);
        let clock = format!("{}:{:03}", clock(&now), now.millisecond());
        self.raw(letter, &format!("MSI ({side}) {thread} [{clock}]: {text}"));
    }

    /// Writes what was asked for: the block that begins a command. `properties` are as they may be shown.
    pub(crate) fn command(&mut self, command: &Command, properties: &str) {
        let option = command.intent.option();
        self.line("******* RunEngine:");
        for (name, value) in [
            ("Product", command.target.as_str()),
            ("Action", ""),
            (
                "CommandLine",
                format!("{option} \"{}\" {properties}", command.target).trim_end(),
            ),
        ] {
            self.raw('v', &format!("           ******* {name}: {value}"));
        }
        self.line(&format!("Command Line: {properties}"));
    }

    /// Writes `Doing action: NAME`, `Action 12:01:07: NAME. DESCRIPTION` and `Action start 12:01:07: NAME.`
    pub(crate) fn action_start(&mut self, action: &StepAction) {
        let name = &action.name;
        self.line(&format!("Doing action: {name}"));
        let now = clock(&self.now());
        let description = action.description.as_deref().unwrap_or_default();
        self.raw('a', &format!("Action {now}: {name}. {description}"));
        self.raw('a', &format!("Action start {now}: {name}."));
    }

    /// Writes `Action ended 12:01:07: NAME. Return value N.`
    pub(crate) fn action_ended(&mut self, name: &str, result: sequence::ActionResult) {
        let now = clock(&self.now());
        let number = result.log_number();
        let text = format!("Action ended {now}: {name}. Return value {number}.");
        self.raw('a', &text);
    }

    /// Writes a message that is no action's beginning or end; `product` is the package's ProductName.
    pub(crate) fn message(&mut self, product: &str, message: &Message) {
        let text = message.text.as_str();
        match message.kind {
            MessageKind::Error | MessageKind::FatalExit => {
                let letter = match (message.kind, message.number) {
                    (MessageKind::FatalExit, _) => 'm',
                    (_, Some(1601 | 1605)) => 'o',
                    _ => 'e',
                };
                self.error(letter, product, message.number, &message.fields, text);
            }
            MessageKind::Warning => self.raw('w', text),
            MessageKind::User => self.raw('u', text),
            MessageKind::ActionData => self.raw('r', text),
            MessageKind::CommonData => self.raw('c', text),
            MessageKind::Info => self.raw('i', text),
            MessageKind::Progress | MessageKind::ActionStart => {}
            MessageKind::Verbose => self.line(text),
        }
    }

    /// Writes why a command could not even begin.
    pub(crate) fn failure(&mut self, failure: &Failure) {
        let (number, fields) = (failure.number, &failure.fields);
        self.error('e', "", number, fields, &failure.text);
    }

    fn error(
        &mut self,
        letter: char,
        product: &str,
        number: Option<u32>,
        fields: &[String],
        text: &str,
    ) {
        let text = match number {
            Some(number) => {
                let numbered = fields.iter().enumerate();
                let fields: Vec<String> = numbered
                    .map(|(at, field)| format!(" {}: {field}", at + 2))
                    .collect();
                self.line(&format!("Note: 1: {number}{}", fields.concat()));
                format!("Error {number}. {text}")
            }
            None => text.to_owned(),
        };
        // In a log of out-of-disk-space messages alone it must be there as well as in one of errors.
        let letter = if self.has(letter) { letter } else { 'e' };
        self.raw(letter, &text);
        if !product.is_empty() {
            self.line(&format!("Product: {product} -- {text}"));
        }
    }

    /// Writes what became of properties.
    pub(crate) fn property_changes(&mut self, changes: &[PropertyChange]) {
        for PropertyChange { name, old, new } in changes {
            self.line(&match (old.as_str(), new.as_str()) {
                ("", new) => {
                    format!("PROPERTY CHANGE: Adding {name} property. Its value is '{new}'.")
                }
                (old, "") => {
                    format!(
                        "PROPERTY CHANGE: Deleting {name} property. Its current value is '{old}'."
                    )
                }
                (old, new) => format!(
                    "PROPERTY CHANGE: Modifying {name} property. Its current value is '{old}'. Its new value: '{new}'."
                ),
            });
        }
    }

    /// Writes the states of features and components.
    pub(crate) fn states(&mut self, run: &Run) {
        for feature in run.features() {
            let states = [feature.installed, feature.request, feature.action];
            self.state("Feature", &feature.name, states);
        }
        for component in run.components() {
            let states = [component.installed, component.request, component.action];
            self.state("Component", &component.name, states);
        }
    }

    fn state(&mut self, what: &str, name: &str, states: [State; 3]) {
        let [installed, request, action] = states.map(state);
        self.line(&format!(
            "{what}: {name}; Installed: {installed};   Request: {request};   Action: {action}"
        ));
    }

    /// Writes the properties that a run ends with; those of a run inside another are `N`.
    pub(crate) fn properties(&mut self, run: &Run, nested: bool) {
        if !self.has('p') {
            return;
        }
        let side = match self.side {
            _ if nested => 'N',
            Side::Client => 'C',
            Side::Server => 'S',
        };
        for (name, value) in run.properties() {
            self.raw('p', &format!("Property({side}): {name} = {value}"));
        }
    }
}

/// A state as msiexec's log names it.
fn state(state: State) -> &'static str {
    match state {
        State::Unknown => "Null",
        State::Advertised => "Advertise",
        State::Absent => "Absent",
        State::Local => "Local",
        State::Source => "Source",
    }
}
