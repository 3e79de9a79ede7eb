//! What a [`crate::Tree`] needs of the place where it lives: a few effects, small enough to be failed one by one.
//!
//! Paths are relative to the machine's own directory, `/`-separated, in exact case; "" is the directory itself.
//! They never hold `..`. Nothing is durable before a `sync_*` call says so. Symbolic links are followed where they
//! stay inside the directory; one that leads out is an error that [`leads_out`] knows.

use std::io;
use std::time::SystemTime;

use crate::{Attributes, EntryKind, ReadSeek};

/// What is known of a file or folder without opening it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stat {
    /// File or folder. Devices, sockets and pipes count as files that cannot be opened.
    pub kind: EntryKind,
    /// Size in bytes; 0 for a folder.
    pub size: u64,
    /// Unix permission bits, such as `0o644`.
    pub mode: u32,
    /// Attribute bits.
    pub attributes: Attributes,
    /// When it was made; where that is not known, `modified`.
    pub created: SystemTime,
    /// When its contents last changed.
    pub modified: SystemTime,
}

/// What a name in a folder is, before links are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListedKind {
    /// A folder.
    Folder,
    /// A file, or something that is neither folder nor link.
    File,
    /// A symbolic link.
    Link,
}

/// One name in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The name as stored.
    pub name: String,
    /// What it is.
    pub kind: ListedKind,
}

/// The process that has a prefix's registry in its memory, and writes its files from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wineserver {
    /// Its number; none where it has none here, as in another container.
    pub pid: Option<u32>,
}

/// The place where a machine is kept: reads, and one effect a method.
///
/// Errors are the system's. Where a method finds nothing it says [`io::ErrorKind::NotFound`].
pub trait Disk {
    /// Returns what is at `path`, or none.
    fn stat(&self, path: &str) -> io::Result<Option<Stat>>;

    /// Returns the target of the symbolic link at `path`; what is there is not followed.
    fn read_link(&self, path: &str) -> io::Result<String>;

    /// Returns the names in a folder, in any order; none where there is no folder.
    fn list(&self, folder: &str) -> io::Result<Option<Vec<Listed>>>;

    /// Opens a file for reading.
    fn open_read(&self, file: &str) -> io::Result<Box<dyn ReadSeek>>;

    /// Makes a new, empty file, and returns where to write: each write is one effect of its own.
    ///
    /// Errors: [`io::ErrorKind::AlreadyExists`], also for a link that leads nowhere.
    fn create_new(&mut self, file: &str) -> io::Result<Box<dyn io::Write>>;

    /// Appends to a file.
    fn append(&mut self, file: &str, bytes: &[u8]) -> io::Result<()>;

    /// Syncs a file's contents. They are durable on return; its name need not be.
    fn sync_file(&mut self, file: &str) -> io::Result<()>;

    /// Syncs a folder. The names in it are durable on return.
    fn sync_folder(&mut self, folder: &str) -> io::Result<()>;

    /// Syncs everything on the file system that `folder` is on. All of it is durable on return.
    fn sync_all(&mut self, folder: &str) -> io::Result<()>;

    /// Moves a file, folder or link, replacing a file at `to`. Two names of one file: nothing happens.
    ///
    /// Errors: [`io::ErrorKind::CrossesDevices`].
    fn rename(&mut self, from: &str, to: &str) -> io::Result<()>;

    /// Gives a file a second name.
    ///
    /// Errors: [`io::ErrorKind::AlreadyExists`]; whatever a file system without hard links says.
    fn hard_link(&mut self, from: &str, to: &str) -> io::Result<()>;

    /// Removes one name of a file, or a link.
    fn remove_file(&mut self, file: &str) -> io::Result<()>;

    /// Makes a folder in one that is there.
    ///
    /// Errors: [`io::ErrorKind::AlreadyExists`].
    fn create_folder(&mut self, folder: &str) -> io::Result<()>;

    /// Removes an empty folder.
    ///
    /// Errors: [`io::ErrorKind::DirectoryNotEmpty`].
    fn remove_folder(&mut self, folder: &str) -> io::Result<()>;

    /// Sets attribute bits. Where the file system cannot keep hidden and system, they are dropped.
    fn set_attributes(&mut self, path: &str, attributes: Attributes) -> io::Result<()>;

    /// Sets the time of last change.
    fn set_modified(&mut self, path: &str, modified: SystemTime) -> io::Result<()>;

    /// Returns the number of bytes free on the file system that `folder` is on.
    fn free_bytes(&self, folder: &str) -> io::Result<u64>;

    /// Returns where something is on the host, for programs beside this one; none where it has no place there.
    fn host_path(&self, path: &str) -> Option<std::path::PathBuf> {
        let _ = path;
        None
    }

    /// Returns the wineserver that runs on this directory, if one does.
    ///
    /// Errors: the system's, where that cannot be told.
    fn wineserver(&self) -> io::Result<Option<Wineserver>> {
        Ok(None)
    }

    /// Are two folders on one device, so that files can be renamed between them?
    fn same_device(&self, one: &str, other: &str) -> io::Result<bool>;
}

/// The error of a symbolic link that leads out of the machine.
#[derive(Debug, thiserror::Error)]
#[error("a symbolic link leads out of the machine")]
struct LeadsOut;

/// Makes the error of a symbolic link that leads out of the machine.
pub fn link_leads_out() -> io::Error {
    io::Error::other(LeadsOut)
}

/// Is this the error of [`link_leads_out`]?
pub fn leads_out(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<LeadsOut>())
}
