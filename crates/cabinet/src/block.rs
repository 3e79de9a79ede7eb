//! Data blocks (CFDATA): where each lies, its checksum, and blocks that two cabinets share.

use crate::volume::{Volume, u16_at, u32_at};
use crate::{Error, Place};

/// The header of a data block.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BlockHeader {
    /// Where the block begins.
    pub offset: u64,
    /// Bytes of compressed data.
    pub stored: usize,
    /// Bytes when decoded; 0 for the first part of a block that goes on in the next cabinet.
    pub size: usize,
    checksum: u32,
}

impl BlockHeader {
    /// Returns where the block after this one begins.
    pub fn end(&self, volume: &Volume) -> u64 {
        self.offset + 8 + u64::from(volume.data_reserve) + self.stored as u64
    }
}

/// Reads the header of the block at `offset`; `scratch` is left with its bytes after the checksum.
pub(crate) fn read_header(
    volume: &mut Volume,
    offset: u64,
    scratch: &mut Vec<u8>,
) -> Result<BlockHeader, Error> {
    scratch.clear();
    let length = 8 + usize::from(volume.data_reserve);
    volume.append(offset, length, "data", scratch)?;
    let checksum = u32_at(scratch, 0);
    scratch.drain(..4);
    let (stored, size) = (
        usize::from(u16_at(scratch, 0)),
        usize::from(u16_at(scratch, 2)),
    );
    Ok(BlockHeader {
        offset,
        stored,
        size,
        checksum,
    })
}

/// Appends the block's data to `data`, and checks the sum; `head` is what `read_header` left.
pub(crate) fn read_data(
    volume: &mut Volume,
    header: &BlockHeader,
    head: &[u8],
    data: &mut Vec<u8>,
    place: impl FnOnce() -> Place,
) -> Result<(), Error> {
    let start = data.len();
    let offset = header.offset + 8 + u64::from(volume.data_reserve);
    volume.append(offset, header.stored, "data", data)?;
    if header.checksum != 0 {
        let found = checksum(head) ^ checksum(&data[start..]);
        if found != header.checksum {
            return Err(Error::Checksum {
                place: place(),
                stored: header.checksum,
                found,
            });
        }
    }
    Ok(())
}

/// Returns the checksum of [MS-CAB] section 3.1: 32-bit words xored, and the last, incomplete one
/// read with its first byte highest.
pub(crate) fn checksum(bytes: &[u8]) -> u32 {
    let (pairs, rest) = bytes.as_chunks::<8>();
    let pairs = pairs
        .iter()
        .fold(0, |sum, pair| sum ^ u64::from_le_bytes(*pair));
    let mut sum = pairs as u32 ^ (pairs >> 32) as u32;
    let (words, rest) = rest.as_chunks::<4>();
    for word in words {
        sum ^= u32::from_le_bytes(*word);
    }
    sum ^ rest
        .iter()
        .fold(0, |word, byte| word << 8 | u32::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_is_of_words_and_a_backward_rest() {
        assert_eq!(checksum(b""), 0);
        assert_eq!(checksum(&[1, 2, 3]), 0x010203);
        assert_eq!(checksum(&[1, 2, 3, 4]), 0x04030201);
        assert_eq!(checksum(&[1, 2, 3, 4, 5, 6]), 0x04030201 ^ 0x0506);
        assert_eq!(checksum(&[1, 0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0, 8]), 15);
    }
}
