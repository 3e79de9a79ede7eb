//! What is installed on: [`View`] reads a machine, [`Machine`] changes it, [`Overlay`] is a view with
//! pending changes on top. Kinds: [`Tree`] over a [`Disk`] — a real directory ([`OsDisk`]) or memory ([`MemoryDisk`]).
//!
//! Absent here on purpose: any decision about what to change, and any knowledge of packages.

mod error;
mod facts;
mod path;
mod registry;
mod view;

pub use error::Error;
pub use facts::{Architecture, Facts, Folder};
pub use path::{MachinePath, PathError, fold, same_name};
pub use registry::{Bitness, Data, Key, KeyPath, Root};
pub use view::{Attributes, Entry, EntryKind, Machine, Metadata, ReadSeek, Saved, View};
