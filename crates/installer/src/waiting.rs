//! The loop's part in installations that wait for a restart: putting one by, and asking what to do with another's.

use sequence::{Answer, RebootReason};

use crate::engine::{Engine, Part};
use crate::nested;
use crate::notes::{Deed, Story, product_of};
use crate::suspension::{self, Suspension};
use crate::{Error, Reboot, code, restart};

impl Engine<'_> {
    /// Runs what was scripted and puts the transaction by.
    pub(crate) fn suspend(&mut self, part: &mut Part) -> Result<(), Error> {
        self.execute(part)?;
        // The last moment to call it off.
        if self.cancel.is_cancelled() {
            return Err(script::Error::Cancelled.into());
        }
        let Some(story) = self.story.clone() else {
            return Ok(());
        };
        let deed = part.deed.unwrap_or_else(|| Deed::of(&part.run));
        let (now, product) = ((self.host.now)(), product_of(&part.run));
        let mut notes = story.waits(now, deed, &product);
        let restart = restart::at_force_reboot(&part.run);
        let stamp = story.stamp(now, 0);
        let tells = restart::notes(&product, restart, RebootReason::ForceReboot, &stamp);
        notes.events.extend(tells.events);
        let record =
            suspension::record(part, self.command, &self.chosen, notes.clone(), self.host)?;
        let undone = story.taken_back(now, deed, &product);
        self.world.suspend(&undone, &record)?;
        // There is nothing to call off any more, and nothing to undo by itself.
        part.committed = true;
        self.restart = Reboot::Required;
        self.log.line(&format!(
            "The transaction {} waits for a restart.",
            story.id
        ));
        self.world.write_notes(&notes)?;
        self.tell_ending(part, &notes);
        Ok(())
    }

    /// Settles what happens with an installation that waits for a restart, under the gate: none, or the one that this
    /// run goes on with, is left alone.
    pub(crate) fn settle_waiting(&mut self, part: &mut Part) -> Result<(), Answer> {
        let failed = |error: Error| Answer::Failed(error.failure());
        let Some(waiting) = self.world.suspended().map_err(failed)? else {
            return Ok(());
        };
        let is_of = |waiting: &Suspension| {
            let summary = part.run.database().summary();
            let package_code =
                summary.map_or_else(|_| String::new(), |s| s.package_code().to_owned());
            let product_code = part.run.property("ProductCode");
            waiting.record.user == self.host.user
                && waiting.is_of(self.command, product_code, &package_code)
        };
        if is_of(&waiting) {
            self.waiting = Some(waiting);
            return Ok(());
        }
        self.undo_waiting(part, &waiting)
    }

    fn undo_waiting(&mut self, part: &mut Part, waiting: &Suspension) -> Result<(), Answer> {
        let failure = waiting.in_the_way(part.run.property("ProductCode"), self.host);
        // In the words of the package's Error table, where it has some.
        let number = failure.number.and_then(|number| i32::try_from(number).ok());
        let text = number.and_then(|number| nested::error_text(part, number, &failure.fields));
        if !self.ui.agrees(&waiting.question(&failure, text)) {
            return Err(Answer::Failed(failure));
        }
        let undone = self.world.undo_suspended(self.log);
        undone.map_err(|error| Answer::Failed(error.failure()))?;
        if let Some(message) = waiting.tells_other_user(self.host) {
            self.tell(part, &message);
        }
        Ok(())
    }

    /// Opens the transaction: a new one, or the one that waits.
    pub(crate) fn open(&mut self, part: &Part, story: &Story) -> Result<(), Error> {
        let notes = story.ends(
            (self.host.now)(),
            Deed::of(&part.run),
            &product_of(&part.run),
            code::FAILURE,
        );
        match part.run.resumes() && self.depth == 0 {
            true => self.world.resume(&story.id, &notes),
            false => self.world.begin(&story.id, &notes),
        }
    }
}
