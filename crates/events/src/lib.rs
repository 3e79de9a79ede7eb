//! The Application event log of a machine: the entries that Windows Installer writes ("Event Logging").
//!
//! One JSON object a line in `.msikit/events.jsonl`; what grows too long becomes `events.1.jsonl`. Whole
//! events are appended, by any number of processes at once; an event that belongs to a transaction is
//! found again by (transaction, ordinal), so that finishing one twice writes nothing twice.
//!
//! Absent here on purpose: deciding which events an install causes, and the clock: times come in.

mod error;
mod event;
mod filter;
#[cfg(unix)]
mod follow;
#[cfg(unix)]
mod journald;
#[cfg(unix)]
mod log;
#[cfg(not(unix))]
#[path = "log_elsewhere.rs"]
mod log;
mod messages;
#[cfg(unix)]
mod read;
mod xml;

pub use error::Error;
pub use event::{Event, Level, SOURCE, Stamp};
pub use filter::Filter;
#[cfg(unix)]
pub use follow::{Follow, Start};
#[cfg(unix)]
pub use journald::Journald;
pub use log::Log;
pub use messages::{Product, Restart, RestartReason};
#[cfg(unix)]
pub use read::Reading;
pub use xml::XML_ENDS;
