//! One event, as a line of the log holds it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The source of every event of Windows Installer.
pub const SOURCE: &str = "MsiInstaller";

/// How grave an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// It went as it should.
    Information,
    /// It went on, but not as it should.
    Warning,
    /// It failed.
    Error,
}

/// When and for whom an event happened, and where it stands in its transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The host's clock.
    pub time: Timestamp,
    /// The user of the machine for whom the install runs.
    pub user: String,
    /// The id of the transaction that it belongs to. None: to none; it is then never looked for again.
    pub transaction: Option<String>,
    /// Its number among the events of that transaction.
    pub ordinal: u32,
}

/// One event. "Event Logging".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When it happened.
    pub time: Timestamp,
    /// Event id; every kind of event has its own.
    pub id: u32,
    /// How grave it is.
    pub level: Level,
    /// [`SOURCE`].
    pub source: String,
    /// The user of the machine for whom the install ran.
    pub user: String,
    /// The text, in English, with the strings in it.
    pub message: String,
    /// The fields of the event, in Microsoft's order.
    pub strings: Vec<String>,
    /// The id of its transaction.
    pub transaction: Option<String>,
    /// Its number in that transaction.
    pub ordinal: u32,
    /// The code of the product that it is about (Windows keeps it as the event's binary data).
    #[serde(default)]
    pub product_code: Option<String>,
}

impl Event {
    /// Returns whether both are the same event of one transaction.
    pub fn is_same_step(&self, other: &Event) -> bool {
        self.transaction.is_some()
            && self.transaction == other.transaction
            && self.ordinal == other.ordinal
    }
}
