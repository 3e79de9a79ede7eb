//! Systems without Linux' file handles: a machine's directory has no event log there, and says so where it is asked for.
//! On Windows the event log of the computer itself is read by `msikit-windows`.

use crate::error::Error;
use crate::event::Event;
use std::io;
use std::path::{Path, PathBuf};

/// The log of one machine, named by its file; it can be named, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    path: PathBuf,
}

impl Log {
    /// Names the log in the file `path`.
    pub fn at(path: &Path) -> Log {
        Log {
            path: path.to_owned(),
        }
    }

    /// Appends nothing.
    ///
    /// Errors: always [`io::ErrorKind::Unsupported`].
    pub fn append(&self, _: &[Event]) -> Result<(), Error> {
        Err(Error::at(&self.path, io::ErrorKind::Unsupported))
    }

    /// As [`Log::append`].
    pub fn append_missing(&self, events: &[Event]) -> Result<usize, Error> {
        self.append(events).map(|()| 0)
    }

    /// As [`Log::append`].
    pub fn sync(&self) -> Result<(), Error> {
        self.append(&[])
    }
}
