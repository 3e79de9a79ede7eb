//! Cabinets: one streaming pass over a cabinet, or over a set of several.
//!
//! [`extract`] offers each [`Member`] to a [`Sink`] and writes it there as it is decoded. No folder
//! is decoded from its start twice; a folder in which nothing is taken is not decoded at all, and
//! decoding of a folder ends with its last member that is taken. Memory is bounded by the member
//! list (at most 65,535 of them for each cabinet) and one decoder (at most 4 MiB, twice that where
//! members overlap), whatever the members' sizes.
//!
//! Stored, MSZIP, LZX and Quantum folders are decoded.
//! [`Writer`] makes cabinets (stored and MSZIP). Nothing here touches a file system, and a member's
//! name is a key, never a path: see [`safe_path`].
//!
//! Follows: Microsoft, [MS-CAB] "Cabinet File Format", [MS-MCI] "Microsoft ZIP (MSZIP) Compression
//! and Decompression Data Structure", [MS-PATCH] "LZX DELTA Compression and Decompression".

mod block;
mod decode;
mod error;
mod extract;
mod folder;
mod lzx;
mod member;
mod mszip;
mod path;
mod quantum;
mod section;
mod set;
mod volume;
mod window;
mod write;

use std::io::{Read, Seek};

pub use error::{Error, ExtractError, Place};
pub use extract::{extract, list};
pub use member::{Attributes, Member};
pub use path::{UnsafePath, safe_path};
pub use section::Section;
pub use write::{Compression, WriteError, Writer};

/// What a cabinet is read from: bytes that can be read in any order.
pub trait ReadSeek: Read + Seek + Send {}

impl<T: Read + Seek + Send> ReadSeek for T {}

/// Where the later cabinets of a set come from.
pub trait Volumes {
    /// Opens the next cabinet of a set by the name that the one before gives.
    ///
    /// The name is what the cabinet says, often a file name beside the first one; as with members
    /// it is a key, never to be trusted as a path.
    /// Errors: whatever opening it gives; it is handed on in [`Error::Volume`].
    fn open(&mut self, name: &str) -> std::io::Result<Box<dyn ReadSeek>>;
}

/// [`Volumes`] of a cabinet that stands alone: there is no next one.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoVolumes;

impl Volumes for NoVolumes {
    fn open(&mut self, _name: &str) -> std::io::Result<Box<dyn ReadSeek>> {
        Err(std::io::ErrorKind::NotFound.into())
    }
}

/// What a [`Sink`] wants to do with a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Write its bytes.
    Take,
    /// Go on to the next member.
    Skip,
    /// Nothing further is wanted: `extract` returns, and opens no further cabinets.
    Stop,
}

/// What members are extracted to.
///
/// For each member that is taken: one `begin`, any number of `write`s that sum up to
/// [`Member::size`], one `end`; members never interleave. For others: only `begin`. After an error,
/// of the sink's or of the cabinet's, nothing is called any more.
pub trait Sink {
    /// What can go wrong in the sink.
    type Error;

    /// Decides about the next member. Members come in the order of folders, in a folder in the
    /// order of their data; one that spans cabinets comes once.
    ///
    /// Errors: end the extraction, as [`ExtractError::Sink`].
    fn begin(&mut self, member: &Member) -> Result<Verdict, Self::Error>;

    /// Receives the next bytes of the member begun last: 1 to 65,535 of them.
    ///
    /// Errors: end the extraction, as [`ExtractError::Sink`].
    fn write(&mut self, bytes: &[u8]) -> Result<(), Self::Error>;

    /// Hears that all bytes of `member` were written.
    ///
    /// Errors: end the extraction, as [`ExtractError::Sink`].
    fn end(&mut self, member: &Member) -> Result<(), Self::Error>;
}
