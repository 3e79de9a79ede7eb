//! What a manifest refers to: files of the host, as whoever builds sees them.

use std::io;

use machine::ReadSeek;

/// A file that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its path below what was asked for, with `/`; its name alone where a file was asked for.
    pub path: String,
    /// Its length in bytes.
    pub size: u64,
}

/// The files beside a manifest. Paths have `/` and begin at the manifest's folder.
pub trait Source {
    /// Returns the files below a folder, or the file of that path, sorted by path.
    ///
    /// Errors: the system's; nothing there is an error.
    fn list(&self, path: &str) -> io::Result<Vec<Found>>;

    /// Opens a file.
    ///
    /// Errors: the system's.
    fn open(&self, path: &str) -> io::Result<Box<dyn ReadSeek>>;
}
