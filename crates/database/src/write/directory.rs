//! The directory: an entry of 128 bytes for each stream and storage, in a search tree for each storage.
//!
//! The trees are as flat as can be. Entries are black but for those of an unfinished lowest row, so that every way
//! down has as many black ones, as the format asks for. Follows: [MS-CFB] 2.6.

use std::cmp::Ordering;

use super::{Node, NodeKind};
use crate::{Error, StreamReader};

const NO_ENTRY: u32 = 0xFFFF_FFFF;
const STORAGE: u8 = 1;
const STREAM: u8 = 2;
const ROOT: u8 = 5;
const RED: u8 = 0;
const BLACK: u8 = 1;

/// One entry.
pub(super) struct Entry {
    name: Vec<u16>,
    kind: u8,
    color: u8,
    left: u32,
    right: u32,
    child: u32,
    class: [u8; 16],
    start: u32,
    size: u64,
}

/// Where the mini stream lies, which the root's entry says.
pub(super) struct RootStream {
    start: u32,
    size: u64,
}

impl Entry {
    /// Says where the mini stream lies.
    pub(super) fn root_stream(start: u32, size: u64) -> RootStream {
        RootStream { start, size }
    }

    fn new(name: Vec<u16>, kind: u8) -> Entry {
        Entry {
            name,
            kind,
            color: BLACK,
            left: NO_ENTRY,
            right: NO_ENTRY,
            child: NO_ENTRY,
            class: [0; 16],
            start: 0,
            size: 0,
        }
    }

    fn write(&self, to: &mut Vec<u8>) {
        let begin = to.len();
        to.extend(self.name.iter().flat_map(|unit| unit.to_le_bytes()));
        to.resize(begin + 64, 0);
        // The length in bytes with the null behind the name.
        let length = u16::try_from(2 * self.name.len() + 2).unwrap_or(0);
        to.extend(length.to_le_bytes());
        to.extend([self.kind, self.color]);
        for number in [self.left, self.right, self.child] {
            to.extend(number.to_le_bytes());
        }
        to.extend(self.class);
        to.resize(begin + 116, 0);
        to.extend(self.start.to_le_bytes());
        to.extend(self.size.to_le_bytes());
    }
}

/// All entries, the root first.
pub(super) struct Entries {
    entries: Vec<Entry>,
}

impl Entries {
    /// Begins with the root.
    pub(super) fn new(class: [u8; 16]) -> Entries {
        let mut root = Entry::new("Root Entry".encode_utf16().collect(), ROOT);
        root.class = class;
        Entries {
            entries: vec![root],
        }
    }

    /// How many there are.
    pub(super) fn count(&self) -> u64 {
        self.entries.len() as u64
    }

    /// Adds what the root holds; `place` finds a place for each stream and returns its start and length.
    ///
    /// Errors: those of `place`; two names that are one to a compound file.
    pub(super) fn add(
        &mut self,
        nodes: Vec<Node>,
        place: &mut dyn FnMut(StreamReader) -> Result<(u32, u64), Error>,
    ) -> Result<(), Error> {
        self.add_to(0, nodes, place)
    }

    fn add_to(
        &mut self,
        storage: usize,
        mut nodes: Vec<Node>,
        place: &mut dyn FnMut(StreamReader) -> Result<(u32, u64), Error>,
    ) -> Result<(), Error> {
        nodes.sort_by(|a, b| order(&a.name, &b.name));
        let same = nodes
            .windows(2)
            .find(|pair| order(&pair[0].name, &pair[1].name).is_eq());
        if let Some(pair) = same {
            let name = crate::stream_name::decode(&pair[0].name).name;
            let what = format!("two streams are named `{name}`, but for the case of letters");
            return Err(Error::Unwritable { what });
        }
        let first = self.entries.len();
        let mut storages = Vec::new();
        for (at, node) in nodes.into_iter().enumerate() {
            let mut entry = Entry::new(node.name, STREAM);
            match node.kind {
                NodeKind::Stream(reader) => (entry.start, entry.size) = place(reader)?,
                NodeKind::Storage(class, nodes) => {
                    (entry.kind, entry.class) = (STORAGE, class);
                    storages.push((first + at, nodes));
                }
            }
            self.entries.push(entry);
        }
        let end = self.entries.len();
        let lowest = (end - first).checked_ilog2().unwrap_or(0);
        self.entries[storage].child = self.tree(first, end, 0, lowest);
        for (at, nodes) in storages {
            self.add_to(at, nodes, place)?;
        }
        Ok(())
    }

    /// Makes a search tree of sorted entries, and returns its root.
    fn tree(&mut self, first: usize, end: usize, depth: u32, lowest: u32) -> u32 {
        if first >= end {
            return NO_ENTRY;
        }
        let middle = first + (end - first) / 2;
        self.entries[middle].left = self.tree(first, middle, depth + 1, lowest);
        self.entries[middle].right = self.tree(middle + 1, end, depth + 1, lowest);
        if depth == lowest && depth > 0 {
            self.entries[middle].color = RED;
        }
        u32::try_from(middle).unwrap_or(NO_ENTRY)
    }

    /// The bytes of the directory; unused entries at its end fill the last sector.
    pub(super) fn bytes(mut self, root: RootStream, sector: u64) -> Vec<u8> {
        (self.entries[0].start, self.entries[0].size) = (root.start, root.size);
        let mut bytes = Vec::with_capacity(128 * self.entries.len());
        for entry in &self.entries {
            entry.write(&mut bytes);
        }
        while !(bytes.len() as u64).is_multiple_of(sector) {
            Entry::unused().write(&mut bytes);
        }
        bytes
    }
}

impl Entry {
    fn unused() -> Entry {
        let mut entry = Entry::new(Vec::new(), 0);
        entry.color = RED;
        entry
    }
}

/// The order of names: shorter ones first, then unit by unit in upper case.
fn order(a: &[u16], b: &[u16]) -> Ordering {
    let upper = |name: &[u16]| name.iter().map(|&unit| upper(unit)).collect::<Vec<_>>();
    a.len().cmp(&b.len()).then_with(|| upper(a).cmp(&upper(b)))
}

fn upper(unit: u16) -> u16 {
    let mut upper = char::from_u32(u32::from(unit))
        .into_iter()
        .flat_map(char::to_uppercase);
    match (upper.next(), upper.next()) {
        (Some(one), None) => u16::try_from(u32::from(one)).unwrap_or(unit),
        _ => unit,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_names(count: usize) -> Entries {
        let mut entries = Entries::new([0; 16]);
        let nodes = (0..count).map(|n| Node {
            name: format!("name{}", (n * 7) % count).encode_utf16().collect(),
            kind: NodeKind::Stream(StreamReader::memory(Vec::new().into())),
        });
        entries.add(nodes.collect(), &mut |_| Ok((0, 0))).unwrap();
        entries
    }

    /// Returns how many black entries each way down from here has; each subtree is in order, no red has a red below.
    fn check(entries: &Entries, at: u32, above_is_red: bool, seen: &mut Vec<usize>) -> u32 {
        let Some(entry) = entries.entries.get(at as usize) else {
            return 0;
        };
        let red = entry.color == RED;
        assert!(!(red && above_is_red));
        let left = check(entries, entry.left, red, seen);
        seen.push(at as usize);
        let right = check(entries, entry.right, red, seen);
        assert_eq!(left, right, "black entries below {at}");
        left + u32::from(!red)
    }

    #[test]
    fn trees_are_red_black_trees_in_order() {
        for count in [1, 2, 3, 5, 6, 8, 10, 11, 13, 40, 97, 1000] {
            let entries = of_names(count);
            let mut seen = Vec::new();
            check(&entries, entries.entries[0].child, false, &mut seen);
            assert_eq!(seen.len(), count);
            assert!(seen.windows(2).all(|pair| {
                let [a, b] = [pair[0], pair[1]].map(|at| &entries.entries[at].name);
                order(a, b).is_lt()
            }));
        }
    }

    #[test]
    fn names_that_differ_in_case_only_are_one() {
        let mut entries = Entries::new([0; 16]);
        let nodes = ["ÄbC", "äBc"].map(|name| Node {
            name: name.encode_utf16().collect(),
            kind: NodeKind::Stream(StreamReader::memory(Vec::new().into())),
        });
        assert!(entries.add(nodes.into(), &mut |_| Ok((0, 0))).is_err());
    }
}
