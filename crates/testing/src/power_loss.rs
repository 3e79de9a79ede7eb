//! What a power loss leaves: names and contents since the last syncs, and the disks that they can become.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use machine::{Attributes, Disk, MemoryDisk, MemoryEntry};

/// One change of names, in the order in which they reach the disk.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Create(String),
    Folder(String),
    Rename(String, String),
    Link(String, String),
    Remove(String),
    Attributes(String, Attributes),
    Modified(String, SystemTime),
}

/// The model beside the disk.
pub(crate) struct PowerLoss {
    /// Names that are durable.
    durable: Names,
    /// Names as the process sees them.
    live: Names,
    /// From `durable` to `live`.
    pending: Vec<(Change, usize)>,
    contents: Vec<Contents>,
}

/// One file's contents; two names may lead to it.
#[derive(Clone, Default)]
struct Contents {
    durable: Arc<Vec<u8>>,
    live: Arc<Vec<u8>>,
}

/// A tree of names. Files are numbers into `contents`.
#[derive(Clone, Default)]
struct Names {
    entries: BTreeMap<String, Entry>,
    files: BTreeMap<usize, (Attributes, SystemTime)>,
}

#[derive(Clone, Copy, PartialEq)]
enum Entry {
    File(usize),
    Folder(Attributes, SystemTime),
}

/// What becomes of contents that were not synced.
#[derive(Clone, Copy, Debug)]
enum Unsynced {
    There,
    Torn,
    Zeros,
    Missing,
}

impl PowerLoss {
    pub(crate) fn new(disk: &MemoryDisk) -> PowerLoss {
        let mut names = Names::default();
        let mut contents: Vec<Contents> = Vec::new();
        let mut known: Vec<(Arc<Vec<u8>>, usize)> = Vec::new();
        for (path, entry) in disk.entries() {
            match entry {
                MemoryEntry::Folder(attributes) => {
                    let modified = disk.stat(path).ok().flatten().map(|stat| stat.modified);
                    let modified = modified.unwrap_or(SystemTime::UNIX_EPOCH);
                    names
                        .entries
                        .insert(path.to_owned(), Entry::Folder(attributes, modified));
                }
                MemoryEntry::File(bytes, attributes, modified) => {
                    // Two names of one file show the same bytes, not only equal ones.
                    let same = known.iter().find(|(other, _)| Arc::ptr_eq(other, &bytes));
                    let number = match same {
                        Some((_, number)) => *number,
                        None => {
                            let (durable, live) = (bytes.clone(), bytes.clone());
                            contents.push(Contents { durable, live });
                            contents.len() - 1
                        }
                    };
                    known.push((bytes, number));
                    names.entries.insert(path.to_owned(), Entry::File(number));
                    names.files.insert(number, (attributes, modified));
                }
                MemoryEntry::Link(_) => panic!("symbolic links are not part of the model: {path}"),
            }
        }
        PowerLoss {
            durable: names.clone(),
            live: names,
            pending: Vec::new(),
            contents,
        }
    }

    pub(crate) fn change(&mut self, change: Change) {
        let number = self.contents.len();
        if matches!(change, Change::Create(_)) {
            self.contents.push(Contents::default());
        }
        self.live.apply(&change, number);
        self.pending.push((change, number));
    }

    pub(crate) fn append(&mut self, file: &str, bytes: &[u8]) {
        if let Some(contents) = self.contents_of(file) {
            Arc::make_mut(&mut contents.live).extend_from_slice(bytes);
        }
    }

    pub(crate) fn sync_file(&mut self, file: &str) {
        if let Some(contents) = self.contents_of(file) {
            contents.durable = contents.live.clone();
        }
    }

    pub(crate) fn sync_folder(&mut self, folder: &str) {
        let last = self
            .pending
            .iter()
            .rposition(|(change, _)| change.is_in(folder));
        let Some(last) = last else { return };
        for (change, number) in self.pending.drain(..=last) {
            self.durable.apply(&change, number);
        }
    }

    pub(crate) fn sync_all(&mut self) {
        self.pending.clear();
        self.durable = self.live.clone();
        for contents in &mut self.contents {
            contents.durable = contents.live.clone();
        }
    }

    fn contents_of(&mut self, file: &str) -> Option<&mut Contents> {
        match self.live.entries.get(file) {
            Some(Entry::File(number)) => self.contents.get_mut(*number),
            _ => None,
        }
    }

    /// The disk if everything was synced now.
    pub(crate) fn everything(&self) -> MemoryDisk {
        self.disk(self.pending.len(), |_| Unsynced::There)
    }

    /// Disks that a power loss can leave, the extremes and a few between.
    pub(crate) fn survivors(&self, seed: u64) -> Vec<MemoryDisk> {
        let all = self.pending.len();
        let mut random = Random(seed);
        let mut disks: Vec<MemoryDisk> = Vec::new();
        for kind in [Unsynced::Missing, Unsynced::Torn, Unsynced::Zeros] {
            disks.push(self.disk(all, |_| kind));
        }
        disks.push(self.disk(0, |_| Unsynced::Missing));
        disks.push(self.disk(0, |_| Unsynced::There));
        for _ in 0..2 {
            let some = random.below(all + 1);
            disks.push(self.disk(some, |_| match random.below(4) {
                0 => Unsynced::There,
                1 => Unsynced::Torn,
                2 => Unsynced::Zeros,
                _ => Unsynced::Missing,
            }));
        }
        let mut different: Vec<MemoryDisk> = Vec::new();
        for disk in disks {
            if !different.contains(&disk) {
                different.push(disk);
            }
        }
        different
    }

    fn disk(&self, changes: usize, mut unsynced: impl FnMut(usize) -> Unsynced) -> MemoryDisk {
        let mut names = self.durable.clone();
        for (change, number) in &self.pending[..changes] {
            names.apply(change, *number);
        }
        let bytes: Vec<Vec<u8>> = self
            .contents
            .iter()
            .enumerate()
            .map(|(number, contents)| contents.left(unsynced(number)))
            .collect();
        names.disk(&bytes)
    }
}

impl Contents {
    fn left(&self, unsynced: Unsynced) -> Vec<u8> {
        // A file is only ever appended to.
        let new = &self.live[self.durable.len()..];
        let mut left = self.durable.to_vec();
        match unsynced {
            Unsynced::There => left.extend(new),
            Unsynced::Torn => left.extend(&new[..new.len() / 2]),
            Unsynced::Zeros => left.resize(self.live.len(), 0),
            Unsynced::Missing => {}
        }
        left
    }
}

impl Change {
    /// Is one of the names that it changes in this folder?
    fn is_in(&self, folder: &str) -> bool {
        let in_folder = |path: &str| path.rsplit_once('/').map_or("", |(above, _)| above) == folder;
        match self {
            Change::Rename(from, to) | Change::Link(from, to) => in_folder(from) || in_folder(to),
            Change::Create(path)
            | Change::Folder(path)
            | Change::Remove(path)
            | Change::Attributes(path, _)
            | Change::Modified(path, _) => in_folder(path),
        }
    }
}

impl Names {
    /// Applies a change that the disk accepted; `number` is a new file's.
    fn apply(&mut self, change: &Change, number: usize) {
        let new = (Attributes::default(), SystemTime::UNIX_EPOCH);
        match change {
            Change::Create(path) => {
                self.entries.insert(path.clone(), Entry::File(number));
                self.files.insert(number, new);
            }
            Change::Folder(path) => {
                self.entries
                    .insert(path.clone(), Entry::Folder(new.0, new.1));
            }
            Change::Rename(from, to) => self.rename(from, to),
            Change::Link(from, to) => {
                if let Some(entry) = self.entries.get(from).copied() {
                    self.entries.insert(to.clone(), entry);
                }
            }
            Change::Remove(path) => {
                self.entries.remove(path);
            }
            Change::Attributes(path, attributes) => {
                self.with_metadata(path, |metadata| metadata.0 = *attributes);
            }
            Change::Modified(path, modified) => {
                self.with_metadata(path, |metadata| metadata.1 = *modified);
            }
        }
    }

    fn rename(&mut self, from: &str, to: &str) {
        let same = self.entries.get(from) == self.entries.get(to);
        let is_file = matches!(self.entries.get(from), Some(Entry::File(_)));
        if same && is_file {
            return;
        }
        if let Some(entry) = self.entries.remove(from) {
            self.entries.insert(to.to_owned(), entry);
        }
        let below = format!("{from}/");
        let moved: Vec<String> = self
            .entries
            .keys()
            .filter(|path| path.starts_with(&below))
            .cloned()
            .collect();
        for path in moved {
            if let Some(entry) = self.entries.remove(&path) {
                self.entries
                    .insert(format!("{to}{}", &path[from.len()..]), entry);
            }
        }
    }

    fn with_metadata(&mut self, path: &str, set: impl FnOnce(&mut (Attributes, SystemTime))) {
        match self.entries.get_mut(path) {
            Some(Entry::File(number)) => {
                if let Some(metadata) = self.files.get_mut(number) {
                    set(metadata);
                }
            }
            Some(Entry::Folder(attributes, modified)) => {
                let mut metadata = (*attributes, *modified);
                set(&mut metadata);
                (*attributes, *modified) = metadata;
            }
            None => {}
        }
    }

    fn disk(&self, contents: &[Vec<u8>]) -> MemoryDisk {
        let mut disk = MemoryDisk::new();
        let mut first_names: BTreeMap<usize, &str> = BTreeMap::new();
        for (path, entry) in &self.entries {
            let (attributes, modified) = match entry {
                Entry::Folder(attributes, modified) => {
                    disk.put_folder(path);
                    (*attributes, *modified)
                }
                Entry::File(number) => {
                    match first_names.get(number) {
                        Some(first) => disk.hard_link(first, path).expect("a second name"),
                        None => disk.put_file(path, &contents[*number]),
                    }
                    first_names.insert(*number, path);
                    self.files[number]
                }
            };
            disk.set_attributes(path, attributes)
                .expect("it was just made");
            disk.set_modified(path, modified).expect("it was just made");
        }
        disk
    }
}

/// A small generator (SplitMix64): a seed repeats a run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        (mixed % limit.max(1) as u64) as usize
    }
}
