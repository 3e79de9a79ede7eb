//! A folder's decoder: one kind for each compression, block in, block out.

use crate::Error;
use crate::lzx::Lzx;
use crate::mszip::Mszip;
use crate::quantum::Quantum;

/// Bytes that a block of MSZIP or LZX has at most when decoded.
pub(crate) const BLOCK: usize = 32 * 1024;

/// The decoder of one folder. A clone goes on from the same place.
#[derive(Clone)]
pub(crate) enum Decoder {
    /// Not compressed: the last block.
    Stored(Vec<u8>),
    /// MSZIP.
    Mszip(Box<Mszip>),
    /// LZX.
    Lzx(Box<Lzx>),
    /// Quantum.
    Quantum(Box<Quantum>),
}

impl Decoder {
    /// Returns the decoder for a folder's `typeCompress`.
    pub fn new(kind: u16, folder: usize) -> Result<Self, Error> {
        let window = kind >> 8 & 0x1f;
        let decoder = match kind & 0xf {
            0 => Some(Self::Stored(Vec::new())),
            1 => Some(Self::Mszip(Box::default())),
            2 => Quantum::new(window).map(|quantum| Self::Quantum(Box::new(quantum))),
            3 => Lzx::new(window).map(|lzx| Self::Lzx(Box::new(lzx))),
            _ => None,
        };
        decoder.ok_or(Error::Compression { folder, kind })
    }

    /// Returns whether blocks can be left out without harm to later ones.
    pub fn can_leave_out(&self) -> bool {
        matches!(self, Self::Stored(_))
    }

    /// Decodes the next block, which is to have `size` bytes then; says what is wrong with it.
    ///
    /// `data` is left with anything.
    pub fn decode(&mut self, data: &mut Vec<u8>, size: usize) -> Result<(), &'static str> {
        match self {
            Self::Stored(_) if data.len() != size => Err("its two sizes differ, and it is stored"),
            Self::Stored(block) => {
                std::mem::swap(block, data);
                Ok(())
            }
            Self::Mszip(mszip) => mszip.decode(data, size),
            Self::Lzx(lzx) => lzx.decode(data, size),
            Self::Quantum(quantum) => quantum.decode(data, size),
        }
    }

    /// Returns the bytes of the block decoded last.
    pub fn output(&self) -> &[u8] {
        match self {
            Self::Stored(block) => block,
            Self::Mszip(mszip) => mszip.output(),
            Self::Lzx(lzx) => lzx.output(),
            Self::Quantum(quantum) => quantum.output(),
        }
    }
}
