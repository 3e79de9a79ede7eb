//! Where everything lies in a compound file, and the tables that say so.
//!
//! A file of up to 2 GiB has sectors of 512 bytes (version 3), which every reader knows. A longer one has sectors of
//! 4,096 bytes (version 4) and leaves out the sector that programs on Windows lock parts of. Sectors are counted
//! without that one; [`Sectors::number`] gives the number in the file. Follows: [MS-CFB] 2.1 to 2.4.

use super::container::numbers;
use crate::Error;

pub(super) const MINI_SECTOR: u64 = 64;
/// Streams shorter than this lie in the mini stream.
pub(super) const MINI_CUTOFF: u64 = 4096;
const ENTRY: u64 = 128;
/// How many sectors of the allocation table the header names.
const IN_HEADER: u64 = 109;
/// Where programs lock ranges of bytes. Files that reach this far have large sectors.
const LOCKS: u64 = 0x7FFF_FF00;
/// Numbers above this mean something else than a sector.
const SECTORS_MAX: u64 = 0xFFFF_FFF9;
/// The table names its sectors, those of its list, the end of a chain, and what is free.
const LIST: u32 = 0xFFFF_FFFC;
const TABLE: u32 = 0xFFFF_FFFD;
pub(super) const END: u32 = 0xFFFF_FFFE;
const FREE: u32 = 0xFFFF_FFFF;

/// The size of sectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sectors {
    /// 512 bytes.
    Small,
    /// 4,096 bytes.
    Large,
}

impl Sectors {
    /// In bytes.
    pub(super) fn size(self) -> u64 {
        match self {
            Sectors::Small => 512,
            Sectors::Large => 4096,
        }
    }

    /// How many numbers a sector holds.
    fn numbers(self) -> u64 {
        self.size() / 4
    }

    /// The sector that is left out for locks.
    fn locked(self) -> u64 {
        LOCKS / self.size() - 1
    }

    /// Where that one begins in the file, in bytes.
    pub(super) fn locks_at(self) -> u64 {
        (self.locked() + 1) * self.size()
    }

    /// The number that a sector has in the file.
    pub(super) fn number(self, sector: u64) -> u32 {
        let left_out = u64::from(sector >= self.locked());
        u32::try_from(sector + left_out).unwrap_or(FREE)
    }
}

/// Where everything lies, in sectors.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) sectors: Sectors,
    pub(super) mini_stream: Run,
    pub(super) mini_table: Run,
    pub(super) directory: Run,
    table: Run,
    list: Run,
}

/// Sectors in a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Run {
    pub(super) start: u64,
    pub(super) count: u64,
}

impl Run {
    fn after(self, bytes: u64, sectors: Sectors) -> Run {
        Run {
            start: self.end(),
            count: bytes.div_ceil(sectors.size()),
        }
    }

    fn end(self) -> u64 {
        self.start + self.count
    }
}

/// How many bytes there are to lay out.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Lengths {
    /// Of the long streams, each rounded up to whole sectors; in sectors.
    pub(super) long: u64,
    pub(super) mini_stream: u64,
    /// In mini sectors.
    pub(super) mini_table: u64,
    /// How many the directory has.
    pub(super) entries: u64,
}

impl Layout {
    /// Lays everything out behind the long streams. None where sectors of this size cannot hold so much.
    pub(super) fn new(sectors: Sectors, lengths: Lengths) -> Option<Layout> {
        let long = Run {
            start: 0,
            count: lengths.long,
        };
        let mini_stream = long.after(lengths.mini_stream, sectors);
        let mini_table = mini_stream.after(4 * lengths.mini_table, sectors);
        let directory = mini_table.after(ENTRY * lengths.entries, sectors);
        let (table, list) = tables(directory.end(), sectors);
        let table = directory.after(table * sectors.size(), sectors);
        let list = table.after(list * sectors.size(), sectors);
        let fits = match sectors {
            Sectors::Small => list.end() <= sectors.locked(),
            Sectors::Large => list.end() < SECTORS_MAX,
        };
        fits.then_some(Layout {
            sectors,
            mini_stream,
            mini_table,
            directory,
            table,
            list,
        })
    }

    fn number(&self, sector: u64) -> u32 {
        self.sectors.number(sector)
    }

    /// The number of a run's first sector; where it has none, the end of a chain.
    pub(super) fn first(&self, run: Run) -> u32 {
        match run.count {
            0 => END,
            _ => self.number(run.start),
        }
    }

    /// The allocation table: for each sector in the file the next one of its chain.
    pub(super) fn allocation(&self, chains: &[Run]) -> Vec<u32> {
        let mut table = Vec::new();
        for run in chains.iter().filter(|run| run.count > 0) {
            for sector in run.start + 1..run.end() {
                self.allocate(&mut table, self.number(sector));
            }
            self.allocate(&mut table, END);
        }
        for _ in 0..self.table.count {
            self.allocate(&mut table, TABLE);
        }
        for _ in 0..self.list.count {
            self.allocate(&mut table, LIST);
        }
        table
    }

    /// Adds what follows the next sector. The one that is left out is a chain of its own.
    fn allocate(&self, table: &mut Vec<u32>, next: u32) {
        if table.len() as u64 == self.sectors.locked() {
            table.push(END);
        }
        table.push(next);
    }

    /// The numbers of the allocation table's sectors that the header has no room for, with the next sector at each end.
    pub(super) fn list(&self) -> Vec<u8> {
        let mut rest = (self.table.start..self.table.end()).skip(IN_HEADER as usize);
        let named = self.sectors.numbers() as usize - 1;
        let mut bytes = Vec::new();
        for sector in self.list.start..self.list.end() {
            let here = rest.by_ref().take(named).map(|sector| self.number(sector));
            let mut here: Vec<u32> = here.collect();
            here.resize(named, FREE);
            here.push(match sector + 1 == self.list.end() {
                true => END,
                false => self.number(sector + 1),
            });
            bytes.extend(numbers(&here));
        }
        bytes
    }

    /// The header, which has a sector of its own.
    pub(super) fn header(&self) -> Vec<u8> {
        let mut header = vec![0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
        header.resize(24, 0);
        // Minor and major version, byte order, sizes of sectors and mini sectors as powers of two.
        let (version, shift) = match self.sectors {
            Sectors::Small => (3, 9),
            Sectors::Large => (4, 12),
        };
        for word in [0x3E, version, 0xFFFE, shift, 6_u16] {
            header.extend(word.to_le_bytes());
        }
        header.resize(40, 0);
        let of_directory = match self.sectors {
            Sectors::Small => 0,
            Sectors::Large => self.directory.count as u32,
        };
        header.extend(numbers(&[
            of_directory,
            self.table.count as u32,
            self.first(self.directory),
            0,
            MINI_CUTOFF as u32,
            self.first(self.mini_table),
            self.mini_table.count as u32,
            self.first(self.list),
            self.list.count as u32,
        ]));
        let named = (self.table.start..self.table.end()).take(IN_HEADER as usize);
        let mut named: Vec<u32> = named.map(|sector| self.number(sector)).collect();
        named.resize(IN_HEADER as usize, FREE);
        header.extend(numbers(&named));
        header.resize(self.sectors.size() as usize, 0);
        header
    }
}

/// How many sectors the allocation table and its list need behind `used` others. They describe themselves too, so
/// their lengths are found by trying.
fn tables(used: u64, sectors: Sectors) -> (u64, u64) {
    let mut table = used / sectors.numbers();
    loop {
        let list = u64::saturating_sub(table, IN_HEADER).div_ceil(sectors.numbers() - 1);
        let all = used + table + list;
        if table * sectors.numbers() >= all + u64::from(all > sectors.locked()) {
            return (table, list);
        }
        table += 1;
    }
}

/// Returns the sectors for a package whose streams have so many bytes in all, each rounded up to 512.
pub(super) fn sectors_for(bytes: u64) -> Sectors {
    // A 64th is more than what the tables need.
    match bytes + bytes / 64 < LOCKS {
        true => Sectors::Small,
        false => Sectors::Large,
    }
}

/// What no compound file can hold.
pub(super) fn too_long() -> Error {
    Error::Unwritable {
        what: "the package would be longer than 16 TiB".to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(sectors: Sectors, long: u64) -> Option<Layout> {
        let lengths = Lengths {
            long,
            mini_stream: 6400,
            mini_table: 100,
            entries: 30,
        };
        Layout::new(sectors, lengths)
    }

    #[test]
    fn tables_hold_themselves() {
        for long in [0, 1, 126, 127, 128, 13_000, 13_950, 14_000, 2_000_000] {
            for sectors in [Sectors::Small, Sectors::Large] {
                let layout = of(sectors, long).unwrap();
                let all = u64::from(layout.number(layout.list.end()));
                assert!(layout.table.count * sectors.numbers() >= all, "{long}");
                assert!(
                    layout.table.count <= all.div_ceil(sectors.numbers()) + 1,
                    "{long}"
                );
                let listed = IN_HEADER + layout.list.count * (sectors.numbers() - 1);
                assert!(listed >= layout.table.count, "{long}");
                let words = layout.list().len() as u64 / 4;
                assert_eq!(words, layout.list.count * sectors.numbers(), "{long}");
            }
        }
    }

    #[test]
    fn small_sectors_end_before_the_locks() {
        assert!(of(Sectors::Small, LOCKS / 512 - 40_000).is_some());
        assert!(of(Sectors::Small, LOCKS / 512 - 30_000).is_none());
        assert_eq!(sectors_for(LOCKS - (32 << 20)), Sectors::Small);
        assert_eq!(sectors_for(LOCKS), Sectors::Large);
        assert!(of(Sectors::Large, SECTORS_MAX).is_none());
    }

    #[test]
    fn large_sectors_leave_out_the_one_for_locks() {
        let layout = of(Sectors::Large, 600_000).unwrap();
        let chain = Run {
            start: 524_285,
            count: 3,
        };
        let numbers = [524_285, 524_286, 524_287].map(|sector| layout.number(sector));
        assert_eq!(numbers, [524_285, 524_287, 524_288]);
        let before = Run {
            start: 0,
            count: 524_285,
        };
        let table = layout.allocation(&[before, chain]);
        assert_eq!(table[524_285..524_290], [524_287, END, 524_288, END, TABLE]);
    }
}
