//! The container: a compound file, read over any reader.
//!
//! Own code rather than a library, because Windows opens files that libraries refuse: lengths that are no
//! multiple of the sector, trailing bytes, a last sector that is cut short, directories out of order. What
//! leads outside the file, or round in a circle, is an error with its place. Memory is bounded by the file's
//! length: the allocation tables are held, streams are not.
//! Follows: [MS-CFB], "Compound File Binary File Format". Writing is in `write`.

mod allocation;
mod directory;
mod header;
mod source;

use std::io::{Read, Seek};
use std::sync::Arc;

use self::allocation::Allocation;
pub(crate) use self::allocation::Extent;
use self::directory::{Directory, ROOT};
pub(crate) use self::directory::{Entry, EntryKind};
use self::header::Header;
pub use self::source::ReadSeek;
pub(crate) use self::source::Source;
use crate::Error;

/// An open compound file.
pub(crate) struct Compound {
    source: Arc<Source>,
    allocation: Allocation,
    directory: Directory,
}

impl Compound {
    /// Reads header, allocation tables and directory.
    ///
    /// Errors: [`Error::Container`] where the file is none or is damaged there, [`Error::Io`].
    pub(crate) fn open<R: Read + Seek + Send + 'static>(reader: R) -> Result<Compound, Error> {
        let source = Source::new(Box::new(reader))?;
        let header = Header::read(&source)?;
        let mut allocation = Allocation::read(&source, &header)?;
        let directory = Directory::read(&source, &allocation, &header)?;
        allocation.read_mini(&source, &header, directory.root().start)?;
        Ok(Compound {
            source: Arc::new(source),
            allocation,
            directory,
        })
    }

    /// The number of the root storage's entry.
    pub(crate) fn root(&self) -> u32 {
        ROOT
    }

    /// An entry of the directory, by a number that the directory gave.
    pub(crate) fn entry(&self, number: u32) -> Result<&Entry, Error> {
        self.directory.entry(number)
    }

    /// Returns the numbers of the entries in a storage.
    ///
    /// Errors: [`Error::Container`] where the tree of entries is damaged.
    pub(crate) fn children(&self, storage: u32) -> Result<Vec<u32>, Error> {
        self.directory.children(storage)
    }

    /// Returns where a stream's bytes lie in the file, in order.
    ///
    /// Errors: [`Error::Container`] where its chain of sectors is damaged.
    pub(crate) fn extents(&self, entry: &Entry) -> Result<Vec<Extent>, Error> {
        self.allocation.extents(entry.start, entry.size)
    }

    /// How many bytes of the file belong to it: up to the end of the last sector that is used.
    pub(crate) fn used_length(&self) -> u64 {
        self.allocation.used_length()
    }

    /// The reader under it.
    pub(crate) fn source(&self) -> &Arc<Source> {
        &self.source
    }
}
