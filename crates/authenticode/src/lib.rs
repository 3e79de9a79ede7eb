//! Authenticode signatures: what is signed, by whom, and whether the signature is of that.
//!
//! A signature is read leniently and checked in parts, each with an answer of its own: is it the signer's, who stands
//! behind the signer, when was it made. Nothing here says "valid": that takes roots that somebody trusts
//! ([`Roots::judge`]), and even then revocation is not looked up.
//! Follows: Microsoft, "Windows Authenticode Portable Executable Signature Format"; RFC 5652, RFC 3161, RFC 5280.

mod algorithm;
mod cabinet;
mod certificate;
mod chain;
mod roots;
mod signature;
mod signed_data;
mod timestamp;
mod tlv;

pub use algorithm::{DigestAlgorithm, Outcome};
pub use cabinet::{CabinetFault, CabinetSignature, check_cabinet};
pub use certificate::Certificate;
pub use chain::{Chain, ChainState};
pub use roots::{Judgement, Roots};
pub use signature::Signature;
pub use timestamp::{Timestamp, TimestampKind};

/// Why a signature or certificate cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is not what its kind of data is made of.
    #[error("it is no {what}: {why}")]
    Malformed {
        /// What it should be.
        what: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// It has more parts than any real one.
    #[error("it has more than {max} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// The most that are read.
        max: usize,
    },
}

impl Error {
    fn malformed(what: &'static str, why: impl ToString) -> Error {
        Error::Malformed {
            what,
            why: why.to_string(),
        }
    }
}
