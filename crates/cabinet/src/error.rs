//! Why a cabinet could not be read.

use std::io;

/// Where in a cabinet a data block lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The cabinet's name as the one before it gives it; empty for the first.
    pub cabinet: String,
    /// The folder's index in that cabinet.
    pub folder: usize,
    /// The block's index in that folder and cabinet.
    pub block: usize,
    /// Bytes from the cabinet's start to the block's header.
    pub offset: u64,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            folder,
            block,
            offset,
            ..
        } = self;
        write!(f, "folder {folder}, block {block}, offset {offset}")?;
        match self.cabinet.as_str() {
            "" => Ok(()),
            name => write!(f, " of cabinet `{name}`"),
        }
    }
}

/// Why a cabinet could not be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The reader failed. Offsets count bytes from the cabinet's start.
    #[error("cannot read the cabinet at offset {offset}")]
    Read {
        /// Where reading failed.
        offset: u64,
        /// What the reader said.
        source: io::Error,
    },
    /// The cabinet ends too early.
    #[error("the cabinet ends too early, at offset {offset}, in its {what}")]
    Truncated {
        /// The part that was being read.
        what: &'static str,
        /// Where that part (or the piece of it that is missing) begins.
        offset: u64,
    },
    /// The next cabinet of the set could not be opened.
    #[error("cannot open the next cabinet of the set, `{name}`")]
    Volume {
        /// Its name, as the cabinet before gives it.
        name: String,
        /// What [`Volumes::open`](crate::Volumes::open) said.
        source: io::Error,
    },
    /// A cabinet was opened that is not the next one of the set.
    #[error("cabinet `{name}` does not go on where the one before it ends: {why}")]
    WrongVolume {
        /// The name that it was opened by.
        name: String,
        /// What does not fit.
        why: &'static str,
    },
    /// The data do not begin with `MSCF`.
    #[error("this is not a cabinet: it does not begin with MSCF")]
    NotACabinet,
    /// Another version than 1.3 of the format.
    #[error("version {major}.{minor} of the cabinet format is not known (only 1.3)")]
    Version {
        /// The major version.
        major: u8,
        /// The minor version.
        minor: u8,
    },
    /// A header contradicts itself.
    #[error("the cabinet's header is damaged at offset {offset}: {what}")]
    Header {
        /// What is wrong.
        what: &'static str,
        /// Where.
        offset: u64,
    },
    /// A folder's compression is none of the known ones.
    #[error("folder {folder} is compressed by an unknown method, type 0x{kind:04x}")]
    Compression {
        /// The folder's index.
        folder: usize,
        /// `typeCompress` of the folder.
        kind: u16,
    },
    /// A data block's checksum is wrong.
    #[error("damaged data at {place}: the checksum is {found:08x} and should be {stored:08x}")]
    Checksum {
        /// The block.
        place: Place,
        /// The checksum that the block carries.
        stored: u32,
        /// The checksum of what is there.
        found: u32,
    },
    /// A data block cannot be decoded.
    #[error("damaged data at {place}: {why}")]
    Block {
        /// The block.
        place: Place,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A member's bytes lie behind the end of its folder's data.
    #[error("member `{member}` lies behind the end of its folder's data")]
    NoData {
        /// The member's name.
        member: String,
    },
    /// A member begins before a place that the single pass has left behind: its cabinet's member
    /// list says so too late.
    #[error("member `{member}` overlaps one of an earlier cabinet of the set")]
    OutOfOrder {
        /// The member's name.
        member: String,
    },
    /// A member was taken whose folder begins in an earlier cabinet than the first one given.
    #[error("member `{member}` needs the cabinets before this one, from `{previous}` back")]
    NeedsPrevious {
        /// The member's name.
        member: String,
        /// The name of the cabinet before this one.
        previous: String,
    },
}

impl Error {
    /// Returns the number of the Windows Installer message that tells this class of error:
    /// 1311 source not found, 2348 cannot be read, 2350 the extractor cannot do this, 1335 corrupt.
    ///
    /// Follows: Microsoft, "Windows Installer Error Messages".
    pub fn message_number(&self) -> u16 {
        match self {
            Self::Volume { .. } => 1311,
            Self::Read { .. } => 2348,
            Self::NeedsPrevious { .. } => 2350,
            _ => 1335,
        }
    }
}

/// Why [`extract`](crate::extract) ended early: the cabinet, or where it was extracted to.
#[derive(Debug, thiserror::Error)]
pub enum ExtractError<E> {
    /// The cabinet could not be read.
    #[error(transparent)]
    Cabinet(#[from] Error),
    /// The sink failed.
    #[error("the extracted file could not be taken")]
    Sink(E),
}
