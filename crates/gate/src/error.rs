//! Why the gate could not be taken or asked. What is unclear is an error, never "free".

use crate::holder::Holder;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// Why [`Gate::take`](crate::Gate::take) did not take the gate.
#[derive(Debug, thiserror::Error)]
pub enum TakeError {
    /// Another install holds the gate or is before this one, and the wait allowed is over.
    #[error("another installation is in progress{}", named(.holder.as_deref()))]
    AlreadyRunning {
        /// Who is in the way, where that could be read.
        holder: Option<Box<Holder>>,
        /// The place in the queue that was given up: 1 is next. None when this taker did not queue.
        place: Option<usize>,
        /// How long this taker waited.
        waited: Duration,
    },
    /// The taker called its own wait off.
    #[error("the wait for another installation was cancelled{}", named(.holder.as_deref()))]
    Cancelled {
        /// Who was in the way.
        holder: Option<Box<Holder>>,
        /// How long this taker waited.
        waited: Duration,
    },
    /// The holder is the program that started this one: waiting would never end.
    #[error("the installation that started this one is still in progress{}", named(.holder.as_deref()))]
    OwnParent {
        /// That installation.
        holder: Option<Box<Holder>>,
    },
    /// The files of the gate cannot be used.
    #[error(transparent)]
    Surroundings(#[from] Surroundings),
}

fn named(holder: Option<&Holder>) -> String {
    holder.map_or_else(String::new, |holder| format!(": {holder}"))
}

impl TakeError {
    /// Returns Windows' code: 1618 (ERROR_INSTALL_ALREADY_RUNNING), 1602 (ERROR_INSTALL_USEREXIT), or 1601
    /// (ERROR_INSTALL_SERVICE_FAILURE) when the gate itself cannot be used. "Error Codes".
    pub fn code(&self) -> u32 {
        match self {
            TakeError::AlreadyRunning { .. } | TakeError::OwnParent { .. } => 1618,
            TakeError::Cancelled { .. } => 1602,
            TakeError::Surroundings(_) => 1601,
        }
    }

    /// Returns who is in the way, where known.
    pub fn holder(&self) -> Option<&Holder> {
        match self {
            TakeError::AlreadyRunning { holder, .. }
            | TakeError::Cancelled { holder, .. }
            | TakeError::OwnParent { holder } => holder.as_deref(),
            TakeError::Surroundings(_) => None,
        }
    }
}

/// Why the files of a gate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Surroundings {
    /// The user may not.
    #[error("{}: not permitted: {source}; act as the user who owns the machine", .path.display())]
    NotPermitted {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file system is mounted for reading only.
    #[error("{}: the file system is read-only", .path.display())]
    ReadOnly {
        /// The file or folder.
        path: PathBuf,
    },
    /// Something else lies where a file or folder of the gate belongs.
    #[error("{}: expected {expected}, found {found}", .path.display())]
    WrongKind {
        /// Where.
        path: PathBuf,
        /// What belongs there.
        expected: &'static str,
        /// What is there.
        found: &'static str,
    },
    /// The file system may be shared with other computers, whose locks are not seen reliably.
    #[error("{}: a gate cannot be kept on {kind}: other computers may share it", .path.display())]
    SharedFileSystem {
        /// The folder.
        path: PathBuf,
        /// The kind of file system, as people call it.
        kind: String,
    },
    /// The file system has no open-file-description locks, or no named pipes.
    #[error("{}: the file system lacks {what}: {source}", .path.display())]
    Unsupported {
        /// The file or folder.
        path: PathBuf,
        /// What it lacks.
        what: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// This process or the system has too many open files.
    #[error("{}: too many open files", .path.display())]
    TooManyFiles {
        /// The file that could not be opened.
        path: PathBuf,
    },
    /// The disk, or the user's share of it, is full.
    #[error("{}: the disk is full", .path.display())]
    Full {
        /// The file that could not be written.
        path: PathBuf,
    },
    /// There is no greater ticket number left; `queue` holds a foreign file.
    #[error("{}: the ticket numbers are used up; remove the highest one", .path.display())]
    TicketsUsedUp {
        /// The queue's folder.
        path: PathBuf,
    },
    /// A machine's directory has a gate on Linux only.
    #[error("{}: a machine's directory has a gate on Linux only", .path.display())]
    OtherSystem {
        /// The folder.
        path: PathBuf,
    },
    /// Anything else.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}
