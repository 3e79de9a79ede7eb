//! The script: what one transaction changes, as plain values; and the journal that makes it whole or undone.
//!
//! Absent here on purpose: any decision. `sequence` says what is to be done, this crate does it.
//! Follows: Microsoft, "Installation Mechanism" and "Rollback Installation".

mod operation;

pub use operation::{Contents, FileMetadata, Operation, Shortcut};
