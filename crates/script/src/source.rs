//! Where files' bytes come from, and who takes them: the two sides of one delivery.
//!
//! A source knows packages, cabinets and folders; it knows nothing of machines. The receiver is `run`.

use std::time::SystemTime;

use crate::Contents;

/// Gives the bytes of files.
pub trait Source {
    /// Delivers each of `wanted` once, in whatever order is fastest: a cabinet in one pass.
    /// For each: `begin` with its index in `wanted`, `write` as often as needed, `end`. No two of
    /// `wanted` are equal, and none is [`Contents::Bytes`].
    ///
    /// Errors: [`SourceError`], at the first that cannot be delivered. A [`ReceiveError`] is handed on.
    fn deliver(
        &mut self,
        wanted: &[&Contents],
        receiver: &mut dyn Receiver,
    ) -> Result<(), SourceError>;
}

/// Takes the bytes of files, one file at a time.
pub trait Receiver {
    /// Begins the file `wanted[index]`. `modified` is the source's own time of last change.
    fn begin(&mut self, index: usize, modified: Option<SystemTime>) -> Result<(), ReceiveError>;

    /// Takes the next bytes of the file.
    fn write(&mut self, bytes: &[u8]) -> Result<(), ReceiveError>;

    /// Ends the file.
    fn end(&mut self) -> Result<(), ReceiveError>;
}

/// The receiver wants no more. It keeps the reason; a source only stops and hands this on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the receiver stopped")]
pub struct ReceiveError;

/// Why a source could not deliver.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A file or cabinet is not at the source.
    #[error("there is no {what}")]
    Missing {
        /// The file or cabinet, as people would look for it.
        what: String,
        /// Is it a cabinet (1311), or a file (1308)?
        cabinet: bool,
    },
    /// A cabinet does not have a file that the package says is in it.
    #[error("cabinet {cabinet} has no file {member}")]
    NoMember {
        /// The cabinet.
        cabinet: String,
        /// The file's name in it.
        member: String,
    },
    /// A cabinet is damaged.
    #[error("cabinet {cabinet} is damaged: {what}")]
    Damaged {
        /// The cabinet.
        cabinet: String,
        /// What is wrong, and where.
        what: String,
    },
    /// A cabinet has no signature, and the package asks for one.
    #[error("cabinet {cabinet} is not digitally signed, as the package says that it must be")]
    NotSigned {
        /// The cabinet.
        cabinet: String,
    },
    /// A cabinet's signature is not what the package asks for.
    #[error("cabinet {cabinet} has not the digital signature that the package says: {why}")]
    BadSignature {
        /// The cabinet.
        cabinet: String,
        /// What is wrong.
        why: String,
        /// What WinVerifyTrust answers for it; none: it has nothing against it.
        trust: Option<u32>,
    },
    /// Something that this engine cannot read yet.
    #[error("{what} is not supported yet")]
    Unsupported {
        /// What it is.
        what: String,
    },
    /// The system could not read.
    #[error("cannot read {what}: {source}")]
    Io {
        /// What was being read.
        what: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The receiver stopped the delivery.
    #[error(transparent)]
    Stopped(#[from] ReceiveError),
}

impl SourceError {
    /// Windows' message number. "Windows Installer Error Messages".
    pub fn code(&self) -> Option<u32> {
        match self {
            SourceError::Missing { cabinet: true, .. } => Some(1311),
            SourceError::Missing { cabinet: false, .. } => Some(1308),
            SourceError::NoMember { .. } => Some(1334),
            SourceError::Damaged { .. } => Some(1335),
            SourceError::NotSigned { .. } => Some(1329),
            SourceError::BadSignature { .. } => Some(1330),
            SourceError::Io { .. } => Some(1305),
            SourceError::Unsupported { .. } | SourceError::Stopped(_) => None,
        }
    }

    /// The fields of that message, from `[2]` on.
    pub fn fields(&self) -> Vec<String> {
        match self {
            SourceError::Missing { what, .. } => vec![what.clone()],
            SourceError::NoMember { cabinet, member } => vec![member.clone(), cabinet.clone()],
            SourceError::Damaged { cabinet, .. } | SourceError::NotSigned { cabinet } => {
                vec![cabinet.clone()]
            }
            SourceError::BadSignature { cabinet, trust, .. } => {
                let trust = trust.map(|answer| answer.cast_signed().to_string());
                vec![cabinet.clone(), trust.unwrap_or_default()]
            }
            SourceError::Io { what, source } => vec![what.clone(), source.to_string()],
            SourceError::Unsupported { .. } | SourceError::Stopped(_) => Vec::new(),
        }
    }
}
