//! The compound file itself: streams laid out one after the other, then the tables that find them.
//!
//! All lengths are known before the first byte is written, so the header can stand first and nothing is ever
//! written twice: any writer will do.
//!
//! ```text
//! header | long streams | mini stream | its table | directory | allocation table | list of its sectors
//! ```

use std::io::{Read, Write};

use super::directory::{Entries, Entry};
use super::layout::{
    END, Layout, Lengths, MINI_CUTOFF, MINI_SECTOR, Run, Sectors, sectors_for, too_long,
};
use super::{Node, NodeKind};
use crate::{Error, StreamReader};

/// Writes a compound file whose root has this class id and holds `nodes`.
pub(super) fn write(class: [u8; 16], nodes: Vec<Node>, to: &mut dyn Write) -> Result<(), Error> {
    let sectors = sectors_for(bytes_of(&nodes));
    let mut streams = Streams::new(sectors);
    let mut entries = Entries::new(class);
    entries.add(nodes, &mut |reader| streams.place(reader))?;
    let lengths = Lengths {
        long: streams.next,
        mini_stream: streams.mini.len() as u64,
        mini_table: streams.mini_table.len() as u64,
        entries: entries.count(),
    };
    let layout = Layout::new(sectors, lengths).ok_or_else(too_long)?;
    let mut chains = streams.chains;
    chains.extend([layout.mini_stream, layout.mini_table, layout.directory]);
    let mut out = Output::new(to, sectors);
    out.padded(&layout.header(), 0)?;
    for reader in streams.long {
        out.stream(reader)?;
    }
    out.padded(&streams.mini, 0)?;
    out.padded(&numbers(&streams.mini_table), 0xFF)?;
    let root = Entry::root_stream(layout.first(layout.mini_stream), lengths.mini_stream);
    out.padded(&entries.bytes(root, sectors.size()), 0)?;
    out.padded(&numbers(&layout.allocation(&chains)), 0xFF)?;
    out.padded(&layout.list(), 0)?;
    out.to.flush().map_err(unwritten)
}

/// The bytes of all streams, each rounded up to 512.
fn bytes_of(nodes: &[Node]) -> u64 {
    let bytes = |node: &Node| match &node.kind {
        NodeKind::Stream(reader) => reader.length().next_multiple_of(512),
        NodeKind::Storage(_, nodes) => bytes_of(nodes),
    };
    nodes.iter().map(bytes).sum()
}

/// The streams in the order in which they are written.
struct Streams {
    sectors: Sectors,
    mini: Vec<u8>,
    mini_table: Vec<u32>,
    long: Vec<StreamReader>,
    /// The sectors of each long stream.
    chains: Vec<Run>,
    /// The first sector that is not used.
    next: u64,
}

impl Streams {
    fn new(sectors: Sectors) -> Streams {
        Streams {
            sectors,
            mini: Vec::new(),
            mini_table: Vec::new(),
            long: Vec::new(),
            chains: Vec::new(),
            next: 0,
        }
    }

    /// Finds a place for a stream, and returns its first sector or mini sector and its length.
    fn place(&mut self, mut reader: StreamReader) -> Result<(u32, u64), Error> {
        let size = reader.length();
        let start = if size == 0 {
            END
        } else if size < MINI_CUTOFF {
            self.add_mini(&mut reader)?
        } else {
            let run = Run {
                start: self.next,
                count: size.div_ceil(self.sectors.size()),
            };
            self.next += run.count;
            self.chains.push(run);
            self.long.push(reader);
            self.sectors.number(run.start)
        };
        Ok((start, size))
    }

    /// Adds a short stream to the mini stream, and returns its first mini sector.
    fn add_mini(&mut self, reader: &mut StreamReader) -> Result<u32, Error> {
        let (begin, size) = (self.mini.len(), reader.length());
        reader.read_to_end(&mut self.mini).map_err(unread)?;
        if (self.mini.len() - begin) as u64 != size {
            return Err(unread(std::io::ErrorKind::UnexpectedEof.into()));
        }
        let number = |sectors: u64| u32::try_from(sectors).map_err(|_| too_long());
        let start = number(self.mini_table.len() as u64)?;
        let count = number(size.div_ceil(MINI_SECTOR))?;
        self.mini_table.extend(start + 1..start + count);
        self.mini_table.push(END);
        let length = self.mini.len().next_multiple_of(MINI_SECTOR as usize);
        self.mini.resize(length, 0);
        Ok(start)
    }
}

struct Output<'a> {
    to: &'a mut dyn Write,
    sectors: Sectors,
    /// How many bytes may follow before the sector that is left out.
    until_locks: u64,
}

impl Output<'_> {
    fn new(to: &mut dyn Write, sectors: Sectors) -> Output<'_> {
        Output {
            to,
            sectors,
            until_locks: sectors.locks_at(),
        }
    }

    fn write(&mut self, mut bytes: &[u8]) -> Result<(), Error> {
        while bytes.len() as u64 > self.until_locks {
            let (before, after) = bytes.split_at(self.until_locks as usize);
            self.to.write_all(before).map_err(unwritten)?;
            let left_out = vec![0; self.sectors.size() as usize];
            self.to.write_all(&left_out).map_err(unwritten)?;
            (bytes, self.until_locks) = (after, u64::MAX);
        }
        self.until_locks -= bytes.len() as u64;
        self.to.write_all(bytes).map_err(unwritten)
    }

    fn padded(&mut self, bytes: &[u8], fill: u8) -> Result<(), Error> {
        self.write(bytes)?;
        self.pad(bytes.len() as u64, fill)
    }

    fn pad(&mut self, length: u64, fill: u8) -> Result<(), Error> {
        let missing = length.next_multiple_of(self.sectors.size()) - length;
        self.write(&vec![fill; missing as usize])
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

pub(super) fn numbers(numbers: &[u32]) -> Vec<u8> {
    numbers
        .iter()
        .flat_map(|number| number.to_le_bytes())
        .collect()
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
