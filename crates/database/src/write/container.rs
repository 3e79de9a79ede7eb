//! The compound file itself: streams laid out one after the other, then the tables that find them.
//!
//! All lengths are known before the first byte is written, so the header can stand first and nothing is ever
//! written twice: any writer will do. Sectors have 512 bytes.
//!
//! ```text
//! header | long streams | mini stream | its table | directory | allocation table | list of its sectors
//! ```

use std::io::{Read, Write};

use super::Node;
use super::directory::{Entries, Entry};
use crate::{Error, StreamReader};

const SECTOR: u64 = 512;
const MINI_SECTOR: u64 = 64;
/// Streams shorter than this lie in the mini stream.
const MINI_CUTOFF: u64 = 4096;
const ENTRY: u64 = 128;
/// How many numbers a sector holds.
const PER_SECTOR: u64 = SECTOR / 4;
/// How many sectors of the allocation table the header names.
const IN_HEADER: u64 = 109;
/// Longer files need other sectors, and a sector of their own for locks.
const FILE_BYTES_MAX: u64 = 1 << 31;
/// The table names its sectors, those of its list, the end of a chain, and what is free.
const LIST: u32 = 0xFFFF_FFFC;
const TABLE: u32 = 0xFFFF_FFFD;
const END: u32 = 0xFFFF_FFFE;
const FREE: u32 = 0xFFFF_FFFF;

/// Where everything lies, in sectors.
struct Layout {
    /// Sectors of the long streams.
    long: u64,
    mini_stream: Run,
    mini_table: Run,
    directory: Run,
    table: Run,
    list: Run,
}

/// Sectors in a row.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Run {
    start: u64,
    count: u64,
}

impl Run {
    fn after(before: Run, bytes: u64) -> Run {
        Run {
            start: before.start + before.count,
            count: bytes.div_ceil(SECTOR),
        }
    }

    /// The number of its first sector; where it has none, the end of a chain.
    fn first(self) -> u32 {
        if self.count == 0 {
            END
        } else {
            number(self.start)
        }
    }
}

/// Writes a compound file whose root has this class id and holds `nodes`.
pub(super) fn write(class: [u8; 16], nodes: Vec<Node>, to: &mut dyn Write) -> Result<(), Error> {
    let (mut mini, mut mini_table, mut long) = (Vec::new(), Vec::new(), Vec::new());
    let mut chains = Vec::new();
    let mut entries = Entries::new(class);
    let mut next = 0;
    entries.add(nodes, &mut |mut reader: StreamReader| {
        let size = reader.length();
        let start = if size == 0 {
            END
        } else if size < MINI_CUTOFF {
            add_mini(&mut mini, &mut mini_table, &mut reader)?
        } else {
            let run = Run {
                start: next,
                count: size.div_ceil(SECTOR),
            };
            next += run.count;
            chains.push(run);
            long.push(reader);
            number(run.start)
        };
        if next > FILE_BYTES_MAX / SECTOR {
            return Err(too_long());
        }
        Ok((start, size))
    })?;
    let layout = layout(
        next,
        mini.len() as u64,
        mini_table.len() as u64,
        entries.count(),
    )?;
    chains.extend([layout.mini_stream, layout.mini_table, layout.directory]);
    let mut out = Output { to };
    out.write(&header(&layout))?;
    for reader in long {
        out.stream(reader)?;
    }
    out.padded(&mini, 0)?;
    out.padded(&numbers(&mini_table), 0xFF)?;
    let root = Entry::root_stream(layout.mini_stream.first(), mini.len() as u64);
    out.padded(&entries.bytes(root), 0)?;
    out.padded(&numbers(&allocation(&layout, &chains)), 0xFF)?;
    out.write(&list(&layout))?;
    out.to.flush().map_err(unwritten)
}

/// Adds a short stream to the mini stream, and returns its first mini sector.
fn add_mini(
    mini: &mut Vec<u8>,
    table: &mut Vec<u32>,
    reader: &mut StreamReader,
) -> Result<u32, Error> {
    let (begin, size) = (mini.len(), reader.length());
    reader.read_to_end(mini).map_err(unread)?;
    if (mini.len() - begin) as u64 != size {
        return Err(unread(std::io::ErrorKind::UnexpectedEof.into()));
    }
    let start = number(table.len() as u64);
    let count = number(size.div_ceil(MINI_SECTOR));
    table.extend(start + 1..start + count);
    table.push(END);
    mini.resize(mini.len().next_multiple_of(MINI_SECTOR as usize), 0);
    Ok(start)
}

/// Lays everything out behind the long streams.
///
/// Errors: the file would be too long.
fn layout(long: u64, mini: u64, mini_table: u64, entries: u64) -> Result<Layout, Error> {
    let long_run = Run {
        start: 0,
        count: long,
    };
    let mini_stream = Run::after(long_run, mini);
    let mini_table = Run::after(mini_stream, 4 * mini_table);
    let directory = Run::after(mini_table, ENTRY * entries);
    let used = directory.start + directory.count;
    let (mut table, mut list) = (0, 0);
    // The table describes itself and its list too, so their lengths are found by trying.
    while table * PER_SECTOR < used + table + list {
        table += 1;
        list = u64::saturating_sub(table, IN_HEADER).div_ceil(PER_SECTOR - 1);
    }
    if (used + table + list + 1) * SECTOR > FILE_BYTES_MAX {
        return Err(too_long());
    }
    let table = Run::after(directory, table * SECTOR);
    let list = Run::after(table, list * SECTOR);
    Ok(Layout {
        long,
        mini_stream,
        mini_table,
        directory,
        table,
        list,
    })
}

/// The allocation table: for each sector the next one of its chain.
fn allocation(layout: &Layout, chains: &[Run]) -> Vec<u32> {
    let mut table = Vec::new();
    for run in chains.iter().filter(|run| run.count > 0) {
        debug_assert_eq!(table.len() as u64, run.start);
        table.extend(number(run.start + 1)..number(run.start + run.count));
        table.push(END);
    }
    debug_assert!(table.len() as u64 >= layout.long);
    table.extend(std::iter::repeat_n(TABLE, layout.table.count as usize));
    table.extend(std::iter::repeat_n(LIST, layout.list.count as usize));
    table
}

/// The numbers of the allocation table's sectors that the header has no room for, with the next sector at each end.
fn list(layout: &Layout) -> Vec<u8> {
    let mut rest = (layout.table.start..layout.list.start).skip(IN_HEADER as usize);
    let mut bytes = Vec::new();
    for sector in 1..=layout.list.count {
        let mut here: Vec<u32> = rest
            .by_ref()
            .take(PER_SECTOR as usize - 1)
            .map(number)
            .collect();
        here.resize(PER_SECTOR as usize - 1, FREE);
        here.push(if sector == layout.list.count {
            END
        } else {
            number(layout.list.start + sector)
        });
        bytes.extend(numbers(&here));
    }
    bytes
}

fn header(layout: &Layout) -> Vec<u8> {
    let mut header = vec![0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
    header.resize(24, 0);
    // Minor and major version, byte order, sizes of sectors and mini sectors as powers of two.
    for word in [0x3E, 3, 0xFFFE, 9, 6_u16] {
        header.extend(word.to_le_bytes());
    }
    header.resize(44, 0);
    header.extend(numbers(&[
        number(layout.table.count),
        layout.directory.first(),
        0,
        MINI_CUTOFF as u32,
        layout.mini_table.first(),
        number(layout.mini_table.count),
        layout.list.first(),
        number(layout.list.count),
    ]));
    let named = layout.table.start..layout.list.start;
    let mut named: Vec<u32> = named.take(IN_HEADER as usize).map(number).collect();
    named.resize(IN_HEADER as usize, FREE);
    header.extend(numbers(&named));
    header
}

struct Output<'a> {
    to: &'a mut dyn Write,
}

impl Output<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.to.write_all(bytes).map_err(unwritten)
    }

    fn padded(&mut self, bytes: &[u8], fill: u8) -> Result<(), Error> {
        self.write(bytes)?;
        self.pad(bytes.len() as u64, fill)
    }

    fn pad(&mut self, length: u64, fill: u8) -> Result<(), Error> {
        let missing = length.next_multiple_of(SECTOR) - length;
        self.write(&[fill; SECTOR as usize][..missing as usize])
    }

    /// Copies a stream, which has as many bytes as it said.
    fn stream(&mut self, mut reader: StreamReader) -> Result<(), Error> {
        let (size, mut done) = (reader.length(), 0);
        let mut block = vec![0; 1 << 16];
        while done < size {
            let count = match reader.read(&mut block) {
                Ok(0) => return Err(unread(std::io::ErrorKind::UnexpectedEof.into())),
                Ok(count) => count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(unread(error)),
            };
            self.write(&block[..count])?;
            done += count as u64;
        }
        self.pad(size, 0)
    }
}

/// A number of sectors or bytes of a file that is short enough.
fn number(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(FREE)
}

fn numbers(numbers: &[u32]) -> Vec<u8> {
    numbers
        .iter()
        .flat_map(|number| number.to_le_bytes())
        .collect()
}

fn too_long() -> Error {
    Error::Unwritable {
        what: "the package would be longer than 2 GiB".to_string(),
    }
}

fn unread(source: std::io::Error) -> Error {
    Error::Io {
        what: "a stream to be copied".to_string(),
        source,
    }
}

fn unwritten(source: std::io::Error) -> Error {
    Error::Write { source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_hold_themselves() {
        for long in [0, 1, 126, 127, 128, 13_000, 13_950, 14_000, 2_000_000] {
            let layout = layout(long, 6400, 100, 30).unwrap();
            let all = layout.list.start + layout.list.count;
            assert!(layout.table.count * PER_SECTOR >= all, "{long}");
            assert!((layout.table.count - 1) * PER_SECTOR < all, "{long}");
            let listed = IN_HEADER + layout.list.count * (PER_SECTOR - 1);
            assert!(listed >= layout.table.count, "{long}");
            let words = list(&layout).len() as u64 / 4;
            assert_eq!(words, layout.list.count * PER_SECTOR, "{long}");
        }
    }

    #[test]
    fn no_file_is_longer_than_two_gibibytes() {
        assert!(layout(FILE_BYTES_MAX / SECTOR - 40_000, 0, 0, 4).is_ok());
        assert!(layout(FILE_BYTES_MAX / SECTOR - 30_000, 0, 0, 4).is_err());
    }
}
