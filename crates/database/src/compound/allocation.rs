//! Which sectors belong together: the allocation tables, and a stream's place in the file.
//!
//! A chain is followed only as far as its stream is long, so no chain costs more than the file has sectors.
//! Follows: [MS-CFB] 2.3 to 2.5.

use super::header::Header;
use super::source::Source;
use crate::Error;
use crate::bytes::u32_at;

/// Sector numbers from here on are marks: end of chain, free, table sector.
const MARKS: u32 = 0xFFFF_FFFA;
/// The mark of a sector that nothing uses.
const FREE: u32 = 0xFFFF_FFFF;
const MINI_SHIFT: u32 = 6;

/// A run of bytes in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Extent {
    /// Its first byte, from the start of the file.
    pub(crate) offset: u64,
    /// Its length in bytes.
    pub(crate) length: u64,
}

/// The allocation tables of a file.
pub(super) struct Allocation {
    sector_shift: u32,
    /// How many sectors the file has, one that is cut short included.
    sector_count: u64,
    /// Next sector by sector.
    fat: Vec<u32>,
    /// Next mini sector by mini sector.
    mini_fat: Vec<u32>,
    mini_cutoff: u64,
    /// Where the mini stream lies.
    mini_stream: Vec<Extent>,
}

impl Allocation {
    /// Reads the table of sectors.
    pub(super) fn read(source: &Source, header: &Header) -> Result<Allocation, Error> {
        let sector = 1u64 << header.sector_shift;
        let sector_count = source
            .length()
            .saturating_sub(sector)
            .div_ceil(sector)
            .min(u64::from(MARKS));
        let mut allocation = Allocation {
            sector_shift: header.sector_shift,
            sector_count,
            fat: Vec::new(),
            mini_fat: Vec::new(),
            mini_cutoff: header.mini_cutoff,
            mini_stream: Vec::new(),
        };
        let sectors = allocation.fat_sectors(source, header)?;
        let mut bytes = vec![0; sector as usize];
        for number in sectors {
            source.read_padded(allocation.offset(number)?, &mut bytes, 0xFF)?;
            allocation
                .fat
                .extend((0..bytes.len() / 4).map(|n| u32_at(&bytes, 4 * n)));
        }
        Ok(allocation)
    }

    /// How many bytes the header and every sector up to the last one in use have.
    pub(super) fn used_length(&self) -> u64 {
        let used = self.fat.iter().rposition(|&next| next != FREE);
        let sectors = used.map_or(0, |last| last as u64 + 1);
        (sectors + 1) << self.sector_shift
    }

    /// Reads the table of mini sectors, and finds the mini stream: all of its chain, whatever length is said.
    pub(super) fn read_mini(
        &mut self,
        source: &Source,
        header: &Header,
        start: u32,
    ) -> Result<(), Error> {
        self.mini_stream = self.whole_chain(start)?;
        for extent in self.whole_chain(header.mini_fat_start)? {
            let bytes = read_extent(source, extent, 0xFF)?;
            self.mini_fat
                .extend((0..bytes.len() / 4).map(|n| u32_at(&bytes, 4 * n)));
        }
        Ok(())
    }

    /// Returns the numbers of the sectors that hold the table: as many as the file's sectors need, no more.
    fn fat_sectors(&self, source: &Source, header: &Header) -> Result<Vec<u32>, Error> {
        let per_sector = 1u64 << (self.sector_shift - 2);
        let needed = self.sector_count.div_ceil(per_sector) as usize;
        let mut sectors: Vec<u32> = header.fat_sectors.clone();
        let mut next = header.difat_start;
        let mut bytes = vec![0; 1 << self.sector_shift];
        let mut steps = 0;
        while next < MARKS && sectors.len() < needed {
            let offset = self.offset(next)?;
            source.read_padded(offset, &mut bytes, 0xFF)?;
            let count = bytes.len() / 4 - 1;
            sectors.extend((0..count).map(|n| u32_at(&bytes, 4 * n)));
            next = u32_at(&bytes, 4 * count);
            steps += 1;
            if steps > self.sector_count {
                return Err(Error::container(
                    "the list of table sectors has no end",
                    offset,
                ));
            }
        }
        sectors.truncate(needed);
        sectors.retain(|&number| number < MARKS);
        Ok(sectors)
    }

    /// Returns the place of a sector in the file.
    fn offset(&self, sector: u32) -> Result<u64, Error> {
        let offset = (u64::from(sector) + 1) << self.sector_shift;
        if u64::from(sector) < self.sector_count {
            Ok(offset)
        } else {
            let what = format!("sector {sector} lies behind the end of the file");
            Err(Error::container(what, offset))
        }
    }

    /// Returns where a stream's bytes lie.
    pub(super) fn extents(&self, start: u32, size: u64) -> Result<Vec<Extent>, Error> {
        if size == 0 {
            Ok(Vec::new())
        } else if size < self.mini_cutoff {
            self.mini_chain(start, size)
        } else {
            self.chain(start, size)
        }
    }

    /// Follows a chain of sectors for `size` bytes.
    fn chain(&self, start: u32, size: u64) -> Result<Vec<Extent>, Error> {
        let sector = 1u64 << self.sector_shift;
        if size.div_ceil(sector) > self.sector_count {
            let what = format!("a stream of {size} bytes is longer than the file");
            return Err(Error::container(what, 0));
        }
        let mut extents = Extents::default();
        let mut number = start;
        let mut left = size;
        while left > 0 {
            let offset = self.following(number)?;
            extents.push(offset, left.min(sector));
            left -= left.min(sector);
            if left > 0 {
                number = self.next(number, offset)?;
            }
        }
        extents.checked()
    }

    /// Follows a chain of sectors to its end, for those whose length is not said elsewhere.
    pub(super) fn whole_chain(&self, start: u32) -> Result<Vec<Extent>, Error> {
        let sector = 1u64 << self.sector_shift;
        let mut extents = Extents::default();
        let mut number = start;
        let mut steps = 0;
        while number < MARKS {
            let offset = self.offset(number)?;
            extents.push(offset, sector);
            number = self.next(number, offset)?;
            steps += 1;
            if steps > self.sector_count {
                return Err(Error::container("a chain of sectors has no end", offset));
            }
        }
        extents.checked()
    }

    /// Follows a chain of mini sectors for `size` bytes.
    fn mini_chain(&self, start: u32, size: u64) -> Result<Vec<Extent>, Error> {
        let mini = 1u64 << MINI_SHIFT;
        let mut extents = Extents::default();
        let mut number = start;
        let mut left = size;
        let place = MiniPlace::new(&self.mini_stream);
        while left > 0 {
            let offset = place
                .offset(u64::from(number) << MINI_SHIFT)
                .ok_or_else(|| {
                    let what =
                        format!("mini sector {number} lies behind the end of the mini stream");
                    Error::container(what, 0)
                })?;
            extents.push(offset, left.min(mini));
            left -= left.min(mini);
            if left > 0 {
                number = *self.mini_fat.get(number as usize).ok_or_else(|| {
                    let what = format!("the table of mini sectors ends before {number}");
                    Error::container(what, offset)
                })?;
            }
        }
        extents.checked()
    }

    /// The place of a sector that must be there, since its stream goes on.
    fn following(&self, number: u32) -> Result<u64, Error> {
        if number >= MARKS {
            return Err(Error::container(
                "a chain of sectors ends before its stream",
                0,
            ));
        }
        self.offset(number)
    }

    fn next(&self, number: u32, offset: u64) -> Result<u32, Error> {
        self.fat.get(number as usize).copied().ok_or_else(|| {
            let what = format!("the table of sectors ends before sector {number}");
            Error::container(what, offset)
        })
    }
}

/// Finds places in the mini stream, which itself lies in pieces.
struct MiniPlace<'a> {
    extents: &'a [Extent],
    /// Where each piece begins in the mini stream.
    starts: Vec<u64>,
}

impl<'a> MiniPlace<'a> {
    fn new(extents: &'a [Extent]) -> MiniPlace<'a> {
        let starts = extents
            .iter()
            .scan(0, |end, extent| {
                *end += extent.length;
                Some(*end - extent.length)
            })
            .collect();
        MiniPlace { extents, starts }
    }

    fn offset(&self, position: u64) -> Option<u64> {
        let piece = self.starts.partition_point(|&start| start <= position);
        let piece = piece.checked_sub(1)?;
        let within = position - self.starts[piece];
        let extent = self.extents[piece];
        (within < extent.length).then_some(extent.offset + within)
    }
}

/// Gathers pieces; those that touch become one.
#[derive(Default)]
struct Extents(Vec<Extent>);

impl Extents {
    fn push(&mut self, offset: u64, length: u64) {
        match self.0.last_mut() {
            Some(last) if last.offset + last.length == offset => last.length += length,
            _ => self.0.push(Extent { offset, length }),
        }
    }

    /// A chain that meets itself is a circle: some piece comes twice.
    fn checked(self) -> Result<Vec<Extent>, Error> {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        for pair in sorted.windows(2) {
            if pair[0].offset + pair[0].length > pair[1].offset {
                return Err(Error::container(
                    "a chain of sectors runs in a circle",
                    pair[1].offset,
                ));
            }
        }
        Ok(self.0)
    }
}

/// Reads a piece of the structure whole; what the file lacks of its last sector reads as `fill`.
pub(super) fn read_extent(source: &Source, extent: Extent, fill: u8) -> Result<Vec<u8>, Error> {
    let mut bytes = vec![0; usize::try_from(extent.length).unwrap_or(0)];
    source.read_padded(extent.offset, &mut bytes, fill)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const END_OF_CHAIN: u32 = 0xFFFF_FFFE;

    fn allocation(fat: Vec<u32>) -> Allocation {
        Allocation {
            sector_shift: 9,
            sector_count: fat.len() as u64,
            fat,
            mini_fat: vec![1, END_OF_CHAIN],
            mini_cutoff: 4096,
            mini_stream: vec![Extent {
                offset: 512,
                length: 128,
            }],
        }
    }

    #[test]
    fn neighbours_become_one_extent() {
        let allocation = allocation(vec![1, 2, 4, END_OF_CHAIN, 3]);
        let extents = allocation.chain(0, 2500).unwrap();
        assert_eq!(
            extents,
            [(512, 1536), (2560, 512), (2048, 452)]
                .map(|(offset, length)| Extent { offset, length })
        );
    }

    #[test]
    fn a_circle_is_found() {
        let allocation = allocation(vec![1, 0, 2, 3, 4, 5, 6, 7]);
        for error in [allocation.chain(0, 2048), allocation.whole_chain(0)] {
            assert!(error.is_err());
        }
        assert!(allocation.chain(0, 1024).is_ok());
    }

    #[test]
    fn what_leads_outside_is_refused() {
        let allocation = allocation(vec![END_OF_CHAIN, 77]);
        for (start, size) in [(0, 513), (1, 513), (9, 1), (0, 5000), (0xFFFF_FFFF, 1)] {
            assert!(allocation.chain(start, size).is_err(), "{start} {size}");
        }
        assert!(allocation.extents(0, 129).is_err());
        assert!(allocation.extents(2, 1).is_err());
        assert_eq!(allocation.extents(0, 100).unwrap().len(), 1);
    }
}
