//! What a probe answers, and who waits: the same on every system.

use crate::error::Surroundings;
use crate::holder::Holder;
use jiff::Timestamp;

/// The answer to "is an install in progress?".
#[derive(Debug)]
pub enum Probe {
    /// No.
    Free,
    /// Yes.
    Held {
        /// By whom. None: the record is not there, not readable, or another hold's.
        holder: Option<Box<Holder>>,
        /// Which hold: the length of its lock. 0: the lock is not of this crate's making.
        generation: u64,
    },
    /// It could not be found out. Not to be taken for free.
    Unknown {
        /// Why.
        reason: Surroundings,
    },
}

/// One that waits for the gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiter {
    /// The place in the queue: 1 is next.
    pub place: usize,
    /// What it told when it came, and since when it waits. None: its record is not readable.
    pub record: Option<Holder>,
}

impl Waiter {
    /// Returns its process id, where known.
    pub fn pid(&self) -> Option<u32> {
        self.record.as_ref().map(|record| record.pid)
    }

    /// Returns since when it waits, where known.
    pub fn since(&self) -> Option<Timestamp> {
        self.record.as_ref().map(|record| record.since)
    }

    /// Returns what it wants to do, where known.
    pub fn command(&self) -> Option<&str> {
        self.record.as_ref().map(|record| record.command.as_str())
    }
}
