//! The first 512 bytes. Follows: [MS-CFB] 2.2, "Compound File Header".

use super::source::Source;
use crate::Error;
use crate::bytes::{u16_at, u32_at};

const SIGNATURE: [u8; 8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
/// How many table sectors the header itself names.
const FAT_SECTORS_IN_HEADER: usize = 109;

/// What the header says.
pub(super) struct Header {
    /// Sector size: 2 to this, 9 or 12.
    pub(super) sector_shift: u32,
    /// First sector of the directory.
    pub(super) directory_start: u32,
    /// Streams shorter than this many bytes lie in the mini stream.
    pub(super) mini_cutoff: u64,
    /// First sector of the mini stream's allocation table.
    pub(super) mini_fat_start: u32,
    /// First sector that lists more sectors of the allocation table.
    pub(super) difat_start: u32,
    /// The first sectors of the allocation table.
    pub(super) fat_sectors: Vec<u32>,
}

impl Header {
    pub(super) fn read(source: &Source) -> Result<Header, Error> {
        if source.length() < 512 {
            return Err(Error::container("it is shorter than a header", 0));
        }
        let mut bytes = [0; 512];
        source.read_padded(0, &mut bytes, 0)?;
        if bytes[..8] != SIGNATURE {
            return Err(Error::container("it is no compound file", 0));
        }
        let sector_shift = u16_at(&bytes, 30);
        if sector_shift != 9 && sector_shift != 12 {
            let what = format!("sectors of 2^{sector_shift} bytes do not exist");
            return Err(Error::container(what, 30));
        }
        if u16_at(&bytes, 32) != 6 {
            return Err(Error::container("mini sectors are not of 64 bytes", 32));
        }
        Ok(Header {
            sector_shift: u32::from(sector_shift),
            directory_start: u32_at(&bytes, 48),
            mini_cutoff: u64::from(u32_at(&bytes, 56)),
            mini_fat_start: u32_at(&bytes, 60),
            difat_start: u32_at(&bytes, 68),
            fat_sectors: (0..FAT_SECTORS_IN_HEADER)
                .map(|n| u32_at(&bytes, 76 + 4 * n))
                .collect(),
        })
    }
}
