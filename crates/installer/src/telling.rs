//! What the loop tells the log and the watcher of a run's steps.

use script::Operation;
use sequence::{ActionResult, Message, MessageKind, StepAction};

use crate::Log;
use crate::action_data::action_data;
use crate::engine::{Engine, Part};
use crate::log::Side;
use crate::notes::{ERROR_ORDINAL, Notes};

impl Log {
    /// Writes what the event log is told at an end.
    pub(crate) fn events(&mut self, notes: &Notes) {
        for event in &notes.events {
            // The message of an error is in the log already.
            if !matches!(event.id, 1040 | 1042) && event.ordinal != ERROR_ORDINAL {
                self.line(&event.message);
            }
        }
    }
}

impl Engine<'_> {
    /// Hands a message on: to the watcher, the log and, where an action begins, the holder's record.
    pub(crate) fn tell(&mut self, part: &mut Part, message: &Message) {
        match &message.action {
            Some(action @ StepAction { result: None, .. }) => {
                self.world.tell(&action.name);
                self.log.action_start(action);
            }
            Some(StepAction {
                name,
                result: Some(result),
                ..
            }) => {
                part.failed |= !matches!(
                    result,
                    ActionResult::Success | ActionResult::NotExecuted | ActionResult::Finished
                );
                self.tell_states(part, name);
                self.log.action_ended(name, *result);
            }
            None => self.log.message(part.run.property("ProductName"), message),
        }
        self.ui.message(message);
    }

    /// Writes the states of features and components, once they are settled.
    fn tell_states(&mut self, part: &mut Part, ended: &str) {
        let settled = ended == "InstallValidate" && self.log.is_on();
        // A UI sequence only tries what the execute sequence settles.
        if settled && (part.entered || !part.has_client) {
            self.log.states(&part.run);
        }
    }

    /// Writes what a step made of properties; from then on the log knows what to hide.
    pub(crate) fn tell_changes(&mut self, part: &mut Part) {
        if self.log.is_on() {
            self.log.hide(part.run.hidden_values());
            let changes = part.run.take_property_changes();
            self.log.property_changes(&changes);
        }
    }

    /// Writes a run's properties as they stand at the end of a sequence.
    pub(crate) fn tell_properties(&mut self, part: &Part) {
        self.log.properties(&part.run, self.depth > 0);
    }

    /// From now on the log's lines are of the service's side, or of the client's where a run has one.
    pub(crate) fn begin_side(&mut self, part: &Part, side: Side) {
        if self.depth == 0 {
            let client = part.has_client && side == Side::Client;
            let side = if client { Side::Client } else { Side::Server };
            self.log.set_side(side);
        }
    }

    /// Tells what an action has scripted: the records of the action, and for debugging the operations themselves.
    pub(crate) fn tell_scripted(&mut self, part: &Part, action: &str, operations: &[Operation]) {
        for message in action_data(&part.run, action, operations) {
            self.log.message("", &message);
            self.ui.message(&message);
        }
        for operation in operations {
            self.log.debug(&format!("{action}: scripted {operation}"));
        }
    }

    /// Writes what the event log is told at the end: `Product: … -- …` and the sentence with the status.
    pub(crate) fn tell_ending(&mut self, part: &mut Part, notes: &Notes) {
        if std::mem::replace(&mut part.told, true) {
            return;
        }
        self.log.events(notes);
    }

    /// Writes a warning of the engine's own.
    pub(crate) fn warn(&mut self, text: String) {
        let warning = Message {
            kind: MessageKind::Warning,
            ..Message::info(text)
        };
        self.log.message("", &warning);
    }
}
