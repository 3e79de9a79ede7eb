//! Why a script could not be run, undone or recovered.

use std::io;

use crate::SourceError;

/// Why a script could not be run, undone or recovered.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An operation could not be done.
    #[error("{operation} {path}: {source}")]
    Operation {
        /// The operation's name.
        operation: &'static str,
        /// What it was about: a file, a folder or a key.
        path: String,
        /// Windows' message number.
        code: u32,
        /// Why.
        source: machine::Error,
    },
    /// A file's bytes could not be read or written.
    #[error("{operation} {path}: {source}")]
    Bytes {
        /// The operation's name.
        operation: &'static str,
        /// The file.
        path: String,
        /// Windows' message number: 1304, 1305 or 1307.
        code: u32,
        /// What the system said.
        source: io::Error,
    },
    /// A folder is where a file is to be.
    #[error("a folder is where the file {0} is to be")]
    FolderInTheWay(String),
    /// A file is where a folder is to be.
    #[error("a file is where the folder {0} is to be")]
    FileInTheWay(String),
    /// A file does not have the size that the package says.
    #[error("{file} has {found} bytes at the source, and the package says {expected}")]
    Size {
        /// The file.
        file: String,
        /// The size that the package says, in bytes.
        expected: u64,
        /// The size found, in bytes.
        found: u64,
    },
    /// The source ended without delivering a file.
    #[error("the source did not deliver {0}")]
    NotDelivered(String),
    /// The source could not deliver.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A target of a shell link is no path.
    #[error("shortcut {file}: {what}")]
    Shortcut {
        /// The link's file.
        file: String,
        /// What is wrong.
        what: String,
    },
    /// The user cancelled (1602).
    #[error("cancelled by the user")]
    Cancelled,
    /// The machine could not be read while the undo was being worked out.
    #[error("cannot examine {path}: {source}")]
    Unreadable {
        /// What was examined.
        path: String,
        /// Why.
        source: machine::Error,
    },
    /// The journal could not be written, read or closed. Nothing more may be done before `recover`.
    #[error("the journal of the change under way: cannot {what}: {source}")]
    Journal {
        /// What was tried.
        what: &'static str,
        /// Why.
        source: machine::Error,
    },
    /// Someone else has the registry: a wineserver, or a program that wrote it meanwhile. What was done can be undone.
    #[error(transparent)]
    RegistryTaken(machine::Error),
    /// The journal failed earlier: `recover` is what can be done.
    #[error("the journal failed earlier; the change is undone by `msikit recover`")]
    JournalFailed,
    /// An operation failed earlier: undoing is what can be done.
    #[error("an earlier operation failed; the change can only be undone")]
    MustUndo,
    /// A journal has sound records behind a damaged one: what is missing cannot be undone.
    #[error("the journal `{journal}` is damaged at byte {offset}: {what}")]
    Damaged {
        /// `active`, or the name of a closed one.
        journal: String,
        /// Where.
        offset: usize,
        /// What is wrong.
        what: String,
    },
    /// An undo did not succeed; everything else was undone, and `recover` tries again.
    #[error("cannot undo ({record}): {source}")]
    Undo {
        /// The first record that failed, as text.
        record: String,
        /// Why.
        source: machine::Error,
    },
    /// A transaction's id has other characters than letters, digits and hyphens, or is not 1 to 64 long.
    #[error("`{0}` cannot name a transaction")]
    BadId(String),
}

impl Error {
    /// Windows' message number, such as 1310; none where the journal or the engine itself failed.
    /// "Windows Installer Error Messages".
    pub fn code(&self) -> Option<u32> {
        match self {
            Error::Operation { code, .. } | Error::Bytes { code, .. } => Some(*code),
            Error::FolderInTheWay(_) => Some(1301),
            Error::FileInTheWay(_) => Some(1312),
            Error::Source(error) => error.code(),
            Error::Size { .. } => Some(1331),
            Error::NotDelivered(_) => Some(1308),
            _ => None,
        }
    }

    /// The fields of that message, from `[2]` on.
    pub fn fields(&self) -> Vec<String> {
        match self {
            Error::Operation { path, .. } | Error::Bytes { path, .. } => vec![path.clone()],
            Error::FolderInTheWay(path) | Error::FileInTheWay(path) | Error::NotDelivered(path) => {
                vec![path.clone()]
            }
            Error::Size { file, .. } => vec![file.clone()],
            Error::Source(error) => error.fields(),
            _ => Vec::new(),
        }
    }

    /// The code that the installation ends with: 1602 when cancelled, else 1603.
    pub fn exit_code(&self) -> u32 {
        if matches!(self, Error::Cancelled) {
            1602
        } else {
            1603
        }
    }
}
