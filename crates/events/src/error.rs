//! Why the log could not be written, read or followed.

use std::io;
use std::path::{Path, PathBuf};

/// Why the log could not be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The system refused.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Something else lies where the log belongs: a link, a folder, a pipe.
    #[error("{}: not a regular file", .path.display())]
    NotAFile {
        /// Where.
        path: PathBuf,
    },
    /// The event cannot be written as one line of JSON.
    #[error("event {id} cannot be written: {source}")]
    Unwritable {
        /// The event's id.
        id: u32,
        /// Why.
        source: serde_json::Error,
    },
}

impl Error {
    pub(crate) fn at(path: &Path, source: impl Into<io::Error>) -> Error {
        Error::Io {
            path: path.to_owned(),
            source: source.into(),
        }
    }
}
