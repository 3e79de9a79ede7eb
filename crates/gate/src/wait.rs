//! How long to wait for the gate, and how a wait stands or ended: the same on every system.

use crate::holder::Holder;
use std::time::Duration;

/// How long to wait for the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Not at all: refused when anyone holds the gate or waits for it.
    No,
    /// At most this long.
    For(Duration),
    /// Until it is free.
    Forever,
}

/// How a wait stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitState {
    /// The place in the queue: 1 is next.
    pub place: usize,
    /// Who holds the gate, where that can be read.
    pub holder: Option<Box<Holder>>,
    /// How long this taker has waited.
    pub waited: Duration,
}

/// How a wait for a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProcessWait {
    /// The process has ended, or cannot be watched and is to be looked for again.
    LookAgain,
    /// The time is over.
    Deadline,
    /// The wait was called off.
    Cancelled,
}
