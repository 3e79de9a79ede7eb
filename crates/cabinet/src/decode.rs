//! A folder's decoder: one kind for each compression, block in, block out.

use crate::Error;
use crate::lzx::Lzx;
use crate::mszip::Mszip;

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
}

impl Decoder {
    /// Returns the decoder for a folder's `typeCompress`.
    pub fn new(kind: u16, folder: usize) -> Result<Self, Error> {
        match kind & 0xf {
            0 => Ok(Self::Stored(Vec::new())),
            1 => Ok(Self::Mszip(Box::default())),
            2 => Err(Error::NotYet {
                folder,
                method: "Quantum",
            }),
            3 => match Lzx::new(kind >> 8 & 0x1f) {
                Some(lzx) => Ok(Self::Lzx(Box::new(lzx))),
                None => Err(Error::Compression { folder, kind }),
            },
            _ => Err(Error::Compression { folder, kind }),
        }
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
        }
    }

    /// Returns the bytes of the block decoded last.
    pub fn output(&self) -> &[u8] {
        match self {
            Self::Stored(block) => block,
            Self::Mszip(mszip) => mszip.output(),
            Self::Lzx(lzx) => lzx.output(),
        }
    }
}
