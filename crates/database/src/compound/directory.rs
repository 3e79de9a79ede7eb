//! The directory: the names of streams and storages. Follows: [MS-CFB] 2.6.
//!
//! Names are not searched in the tree's order, since some writers sort it wrongly: the whole tree is walked.

use super::allocation::{Allocation, read_extent};
use super::header::Header;
use super::source::Source;
use crate::Error;
use crate::bytes::{u16_at, u32_at, u64_at};

const ENTRY_SIZE: usize = 128;
const NO_ENTRY: u32 = 0xFFFF_FFFF;
/// The number of the root storage's entry.
pub(super) const ROOT: u32 = 0;

/// What an entry names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EntryKind {
    /// Nothing: not in use, or of a kind that no reader knows.
    Unused,
    /// A storage, which holds entries.
    Storage,
    /// A stream, which holds bytes.
    Stream,
}

/// One entry.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Its name, as stored.
    pub(crate) name: Vec<u16>,
    /// What it names.
    pub(crate) kind: EntryKind,
    /// Its class id, as 16 stored bytes.
    pub(crate) class: [u8; 16],
    /// Its first sector.
    pub(crate) start: u32,
    /// Its length in bytes.
    pub(crate) size: u64,
    left: u32,
    right: u32,
    child: u32,
}

/// All entries.
pub(super) struct Directory {
    entries: Vec<Entry>,
}

impl Directory {
    pub(super) fn read(
        source: &Source,
        allocation: &Allocation,
        header: &Header,
    ) -> Result<Directory, Error> {
        let mut entries = Vec::new();
        for extent in allocation.whole_chain(header.directory_start)? {
            let bytes = read_extent(source, extent, 0)?;
            entries.extend(
                bytes
                    .chunks_exact(ENTRY_SIZE)
                    .map(|bytes| entry(bytes, header.sector_shift)),
            );
        }
        match entries.first() {
            Some(root) if root.kind == EntryKind::Storage => Ok(Directory { entries }),
            _ => Err(Error::container("there is no root storage", 48)),
        }
    }

    pub(super) fn root(&self) -> &Entry {
        &self.entries[ROOT as usize]
    }

    pub(super) fn entry(&self, number: u32) -> Result<&Entry, Error> {
        self.entries
            .get(number as usize)
            .ok_or_else(|| Error::container(format!("the directory has no entry {number}"), 48))
    }

    pub(super) fn children(&self, storage: u32) -> Result<Vec<u32>, Error> {
        let mut seen = vec![false; self.entries.len()];
        let mut children = Vec::new();
        let mut waiting = vec![self.entry(storage)?.child];
        while let Some(number) = waiting.pop() {
            if number == NO_ENTRY {
                continue;
            }
            let entry = self.entry(number)?;
            if std::mem::replace(&mut seen[number as usize], true) {
                return Err(Error::container("the directory runs in a circle", 48));
            }
            // Wine leaves emptied entries in the tree, whose zeros are no way on.
            if entry.kind == EntryKind::Unused && entry.name.is_empty() {
                continue;
            }
            waiting.extend([entry.right, entry.left]);
            if entry.kind != EntryKind::Unused && number != ROOT {
                children.push(number);
            }
        }
        children.sort_unstable();
        Ok(children)
    }
}

fn entry(bytes: &[u8], sector_shift: u32) -> Entry {
    let units = usize::from(u16_at(bytes, 64) / 2).clamp(1, 32) - 1;
    let size = u64_at(bytes, 120);
    Entry {
        name: (0..units).map(|n| u16_at(bytes, 2 * n)).collect(),
        kind: match bytes[66] {
            1 | 5 => EntryKind::Storage,
            2 => EntryKind::Stream,
            _ => EntryKind::Unused,
        },
        class: std::array::from_fn(|n| bytes[80 + n]),
        start: u32_at(bytes, 116),
        // The high half is only used with large sectors; old writers left garbage in it.
        size: if sector_shift == 9 {
            size & 0xFFFF_FFFF
        } else {
            size
        },
        left: u32_at(bytes, 68),
        right: u32_at(bytes, 72),
        child: u32_at(bytes, 76),
    }
}
