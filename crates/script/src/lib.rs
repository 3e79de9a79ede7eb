//! The script: what one transaction changes, as plain values; and the journal that makes it whole or undone.
//!
//! Absent here on purpose: any decision. `sequence` says what is to be done, this crate does it.
//! Follows: Microsoft, "Installation Mechanism" and "Rollback Installation".
//!
//! ```text
//! begin ─► run … run ─► publish ─► run … ─► commit ─► (append events) ─► tidy
//!            └────────── undo ◄──────────┘     a process that ends anywhere: recover
//!   run … run ─► suspend     (a restart)     resume ─► run … ─► commit, or undo of all
//! ```

mod describe;
mod error;
mod frame;
mod ini;
mod item_list;
mod journal;
mod json;
mod operation;
mod perform;
mod prepare;
mod progress;
mod project;
mod receive;
mod record;
mod recover;
pub mod shell_link;
mod source;
mod suspend;

pub use describe::data_as_text;
pub use error::Error;
pub use journal::{Closed, Ending, Journal, begin};
pub use json::data as data_as_json;
pub use operation::{Contents, FileMetadata, Operation, PackageImage, Shortcut};
pub use progress::Progress;
pub use project::project;
pub use recover::{Recovered, recover, tidy};
pub use source::{ReceiveError, Receiver, Source, SourceError};
pub use suspend::{Suspended, parse_suspended, resume, suspended, undo_suspended};
