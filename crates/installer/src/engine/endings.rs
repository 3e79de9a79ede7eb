//! How a run ends: undone or kept, told to the event log and to whoever watches.

use machine::Pending;
use sequence::{Outcome, RebootReason};

use super::{Engine, Part};
use crate::notes::{self, Deed, Notes, Story, product_of};
use crate::{Error, Reboot, code, nested, restart};

impl Engine<'_> {
    pub(super) fn roll_back(&mut self, part: &mut Part, status: u32) -> Result<(), Error> {
        part.script.clear();
        if !self.world.is_open() {
            return Ok(());
        }
        let deed = part.deed.unwrap_or_else(|| Deed::of(&part.run));
        let Some(story) = &self.story else {
            return Ok(());
        };
        let notes = story.ends((self.host.now)(), deed, &product_of(&part.run), status);
        let notes = self.with_error(part, story, notes);
        if self.keeps {
            let line = format!("The transaction {} failed; what was done stays.", story.id);
            self.log.line(&line);
            self.world.keep(&notes)?;
        } else {
            let line = format!("Rolling the transaction {} back.", story.id);
            self.log.line(&line);
            self.world.undo(&notes)?;
        }
        self.tell_ending(part, &notes);
        self.pending = Pending::default();
        Ok(())
    }

    /// The run has ended: whatever is still open is undone, and the log gets what it ends with.
    pub(super) fn done(&mut self, part: &mut Part, mut outcome: Outcome) -> Outcome {
        if !part.shares_transaction {
            self.close(part, &mut outcome);
        }
        match self.depth {
            0 if self.together => self.end_member(part, &mut outcome),
            0 => self.settle_restart(part, &outcome),
            _ => {}
        }
        self.tell_changes(part);
        self.tell_properties(part);
        outcome
    }

    /// Lets recovery know what is undone with the others, from here on.
    pub(super) fn foretell(&mut self, part: &Part) -> Result<(), Error> {
        let Some(story) = self.story.as_ref().filter(|_| self.depth == 0) else {
            return Ok(());
        };
        let mut story = story.clone();
        story.add_member(Deed::of(&part.run), product_of(&part.run), code::FAILURE);
        let notes = story.ends_together((self.host.now)(), false);
        self.world.retell(&notes)
    }

    /// One of several packages has ended: what it scripted is done now, when nothing can stop it any more.
    fn end_member(&mut self, part: &mut Part, outcome: &mut Outcome) {
        let done = match code::is_success(outcome.code) && part.finalized {
            true => self.execute(part),
            false => Ok(()),
        };
        if let Err(error) = done {
            outcome.code = error.code();
            outcome.message = Some(error.failure().to_string());
        }
        if restart::reason(outcome, &self.nested).is_some() {
            self.restart = Reboot::Required;
        }
        let Some(mut story) = self.story.take() else {
            return;
        };
        let deed = part.deed.unwrap_or_else(|| Deed::of(&part.run));
        if part.entered {
            story.add_member(deed, product_of(&part.run), outcome.code);
            let stamp = story.stamp((self.host.now)(), notes::ERROR_ORDINAL);
            story.add_error(nested::error_event(part, stamp));
        }
        self.story = Some(story);
    }

    /// Settles whether a restart follows, and tells it where that was not done yet.
    fn settle_restart(&mut self, part: &Part, outcome: &Outcome) {
        if let Some(reason) = restart::reason(outcome, &self.nested) {
            self.restart = restart::happens(&part.run);
            self.tell_restart(part, reason);
        }
    }

    /// Tells of a restart, once.
    pub(super) fn tell_restart(&mut self, part: &Part, reason: RebootReason) {
        let Some(story) = self.story.as_ref().filter(|_| !self.restart_told) else {
            return;
        };
        self.restart_told = true;
        let stamp = story.stamp((self.host.now)(), 0);
        let follows = restart::happens(&part.run);
        let notes = restart::notes(&product_of(&part.run), follows, reason, &stamp);
        for event in &notes.events {
            self.log.line(&event.message);
        }
        if let Err(error) = self.world.write_notes(&notes) {
            self.warn(error.to_string());
        }
    }

    fn close(&mut self, part: &mut Part, outcome: &mut Outcome) {
        let was_open = self.world.is_open();
        if let Err(error) = self.roll_back(part, outcome.code) {
            outcome.code = error.code();
            outcome.message = Some(format!(
                "{}; then: {error}",
                outcome.message.clone().unwrap_or_default()
            ));
        }
        if !was_open {
            self.tell_end(part, outcome.code);
        }
        if self.depth == 0 {
            self.world.leave(self.log);
        }
    }

    /// The message of Windows' that a failed run ended with is told too, and first.
    pub(super) fn with_error(&self, part: &Part, story: &Story, mut notes: Notes) -> Notes {
        let stamp = story.stamp((self.host.now)(), notes::ERROR_ORDINAL);
        notes.events.splice(0..0, nested::error_event(part, stamp));
        notes
    }

    /// Nothing was begun, or everything before it was committed: the result is told all the same.
    pub(super) fn tell_end(&mut self, part: &mut Part, code: u32) {
        if let Some(story) = self
            .story
            .as_ref()
            .filter(|_| !part.committed && part.entered && !self.told)
        {
            let deed = part.deed.unwrap_or_else(|| Deed::of(&part.run));
            let notes = story.ends((self.host.now)(), deed, &product_of(&part.run), code);
            let notes = self.with_error(part, story, notes);
            match self.world.write_notes(&notes) {
                Ok(()) => self.tell_ending(part, &notes),
                Err(error) => self.warn(error.to_string()),
            }
        }
    }
}
