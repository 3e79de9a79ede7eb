//! What can go wrong when a machine is read or changed.

use crate::{KeyPath, MachinePath, PathError};

/// Why a machine could not be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A text is no path of a machine.
    #[error(transparent)]
    Path(#[from] PathError),
    /// A path names a drive that the machine does not have.
    #[error("there is no drive {drive}: in this machine (`{path}`)")]
    NoSuchDrive {
        /// The letter.
        drive: char,
        /// The path that named it.
        path: String,
    },
    /// There is nothing at a path.
    #[error("there is no {0}")]
    NotFound(MachinePath),
    /// Something is at a path that should be free.
    #[error("{0} is already there")]
    AlreadyThere(MachinePath),
    /// Something that a place with a journal of its own does not have, so that it cannot be undone there.
    #[error("{0} is outside of what may be changed here")]
    Outside(String),
    /// A symbolic link inside the machine leads out of it.
    #[error("{0} is a symbolic link that leads out of the machine")]
    LinkLeadsOut(String),
    /// A symbolic link leads out of a user's folder, as Wine makes them to the home directory.
    #[error(
        "{0} is a symbolic link that leads out of the machine, into the home directory: --follow-user-links allows it"
    )]
    UserLinkLeadsOut(String),
    /// An unfinished transaction's journal is there.
    #[error("an earlier change of this machine was not finished: run `msikit recover`")]
    JournalActive,
    /// A hive is not in Wine's text format.
    #[error("{file}, line {line}: {what}")]
    Hive {
        /// The file, `system.reg` for one.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        what: String,
    },
    /// A key below `HKEY_USERS` of someone whom the machine does not know.
    #[error("there is no hive that holds {0}")]
    NoSuchHive(KeyPath),
    /// A hive was written by someone else after it was read.
    #[error(
        "{0} was changed by another program meanwhile: close the programs of this prefix, or run `wineserver -w`"
    )]
    HiveChanged(String),
    /// A wineserver has the registry in its memory.
    #[error("a wineserver is using this prefix: close its programs, or run `wineserver -w`")]
    WineserverRuns,
    /// A directory has nothing that a machine has.
    #[error("there is no machine here: neither `drive_c` nor `.msikit/machine.toml`")]
    NoMachine,
    /// A planned file has no bytes yet.
    #[error("{0} is planned and has no contents yet")]
    NotYetWritten(MachinePath),
    /// `machine.toml` cannot be understood.
    #[error("machine.toml: {0}")]
    Facts(String),
    /// The system said no.
    #[error("cannot {what} {path}: {source}")]
    Io {
        /// What was tried: "read", "create", "rename", …
        what: &'static str,
        /// The path, inside the machine or of the machine's own files.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
}

impl Error {
    /// Does someone else have the registry, so that what was to be written would be lost or would undo their changes?
    pub fn is_registry_taken(&self) -> bool {
        matches!(self, Error::HiveChanged(_) | Error::WineserverRuns)
    }

    /// Makes an error of the system's, for `map_err`.
    pub(crate) fn io(
        what: &'static str,
        path: impl std::fmt::Display,
    ) -> impl FnOnce(std::io::Error) -> Error {
        move |source| {
            if crate::disk::leads_out(&source) {
                return Error::LinkLeadsOut(path.to_string());
            }
            Error::Io {
                what,
                path: path.to_string(),
                source,
            }
        }
    }
}
