//! Holding the gate: keeping the record true, handing the hold down, and letting go.

use crate::Gate;
use crate::error::Surroundings;
use crate::files::{Folder, LockFile};
use crate::holder::Holder;
use crate::lock;
use crate::probe::{self, HOLDER};
use crate::queue::Ticket;

/// The gate, held. Dropped, it is let go; [`Hold::release`] does so too and tells what went wrong.
#[must_use = "a hold that is dropped is let go"]
pub struct Hold {
    folder: Folder,
    lock: LockFile,
    ticket: Ticket,
    holder: Holder,
    released: bool,
}

/// The right to do one's part of an install under the hold of its root: nested installs have it and so
/// never meet 1618 from their own ("Concurrent Installations"). Only a [`Hold`] gives it, and only inside
/// the program: neither a process id nor the environment can make one.
#[derive(Clone, Copy)]
pub struct Token<'a> {
    hold: &'a Hold,
}

impl Token<'_> {
    /// Returns whether this admits to `gate`: a hold of one machine says nothing of another.
    pub fn admits(self, gate: &Gate) -> bool {
        gate.folder() == self.hold.folder.path()
    }

    /// Returns the generation of the hold.
    pub fn generation(self) -> u64 {
        self.hold.generation()
    }
}

impl Hold {
    /// Starts a hold of the locked gate: writes its record.
    pub(crate) fn begin(
        folder: Folder,
        lock: LockFile,
        ticket: Ticket,
        holder: Holder,
    ) -> Result<Hold, Surroundings> {
        let hold = Hold {
            folder,
            lock,
            ticket,
            holder,
            released: false,
        };
        hold.write()?;
        Ok(hold)
    }

    /// Returns the number of this hold. A program that the holder starts gets it as `MSIKIT_HOLDER`.
    pub fn generation(&self) -> u64 {
        self.holder.generation
    }

    /// Returns the record as it stands.
    pub fn holder(&self) -> &Holder {
        &self.holder
    }

    /// Returns what admits a nested install.
    pub fn token(&self) -> Token<'_> {
        Token { hold: self }
    }

    /// Changes the record: product, sequence, action. Cheap enough for every action (some 10 µs):
    /// nothing is synced. What identifies the hold stays.
    ///
    /// Errors: the record cannot be written; the hold stands, and the old record too.
    pub fn update(&mut self, change: impl FnOnce(&mut Holder)) -> Result<(), Surroundings> {
        let (generation, ticket) = (self.holder.generation, self.holder.ticket);
        change(&mut self.holder);
        self.holder.generation = generation;
        self.holder.ticket = ticket;
        self.write()
    }

    /// Lets go: unlocks, and leaves the queue last, so that who comes next finds the
    /// gate free.
    ///
    /// Errors: the first thing that failed. The gate is free all the same.
    pub fn release(mut self) -> Result<(), Surroundings> {
        self.let_go()
    }

    fn write(&self) -> Result<(), Surroundings> {
        let text = serde_json::to_string(&self.holder)
            .map_err(|error| self.folder.error(HOLDER, error))?;
        self.folder.replace(HOLDER, &text)
    }

    fn let_go(&mut self) -> Result<(), Surroundings> {
        if std::mem::replace(&mut self.released, true) {
            return Ok(());
        }
        let unlocked = lock::unlock(&self.lock);
        let unlocked = unlocked.map_err(|source| probe::lock_error(&self.folder, source));
        unlocked.and(self.ticket.leave())
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        // The lock ends with its descriptor in any case; a record left behind is known by its generation.
        let _ = self.let_go();
    }
}
