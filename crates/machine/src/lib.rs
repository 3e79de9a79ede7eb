//! What is installed on: [`View`] reads a machine, [`Machine`] changes it, [`Overlay`] is a view with
//! pending changes on top. Kinds: [`Tree`] over a [`Disk`] — a real directory ([`OsDisk`]) or memory ([`MemoryDisk`]).
//!
//! Absent here on purpose: any decision about what to change, and any knowledge of packages.

mod disk;
mod drive_disk;
mod error;
mod facts;
mod folders;
mod hive;
mod memory_disk;
#[cfg(unix)]
mod os_disk;
#[cfg(not(unix))]
#[path = "os_disk_elsewhere.rs"]
mod os_disk;
mod overlay;
mod path;
mod pending;
mod reg_file;
mod registry;
mod snapshot;
mod tree;
mod version;
mod view;

pub use disk::{Disk, Listed, ListedKind, Stat, Wineserver, leads_out, link_leads_out};
pub use drive_disk::DriveDisk;
pub use error::Error;
pub use facts::{Architecture, Facts, Folder};
pub use folders::special_folder;
pub use memory_disk::{MemoryDisk, MemoryEntry};
pub use os_disk::OsDisk;
pub use overlay::Overlay;
pub use path::{MachinePath, PathError, fold, same_name};
pub use pending::{Pending, PlannedFile};
pub use reg_file::RegFile;
pub use registry::{Bitness, Data, Key, KeyChange, KeyPath, Root};
pub use snapshot::{
    Difference, ImageEntry, ImageKind, Item, SnapshotLine, difference, hash_of, hive_file, image,
    inventory, registry_lines, snapshot,
};
pub use tree::{Tree, memory};
pub use version::{FileVersion, Version, VersionError, file_version, read_version};
pub use view::{Attributes, Entry, EntryKind, Machine, Metadata, ReadSeek, Saved, View};
