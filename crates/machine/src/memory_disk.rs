//! A [`Disk`] in memory, for tests and for scratch machines. Everything is durable at once; nothing knows the time.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Cursor, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use crate::disk::{Disk, Listed, ListedKind, Stat, Wineserver, link_leads_out};
use crate::{Attributes, EntryKind, ReadSeek};

/// More links than this on one way are a circle.
const LINKS_MAX: usize = 40;

/// A directory in memory. Two are equal when names, contents, attributes and times are.
#[derive(Clone, Debug, Default)]
pub struct MemoryDisk {
    entries: BTreeMap<String, Entry>,
    files: BTreeMap<u64, Node>,
    next: u64,
    links: usize,
    free_bytes: Option<u64>,
    devices: BTreeSet<String>,
    without_hard_links: bool,
    wineserver: Option<Wineserver>,
}

#[derive(Clone, Debug, PartialEq)]
enum Entry {
    Folder {
        attributes: Attributes,
        modified: SystemTime,
    },
    File(u64),
    Link(String),
}

#[derive(Clone, Debug, PartialEq)]
struct Node {
    contents: Contents,
    names: usize,
    attributes: Attributes,
    modified: SystemTime,
    /// When it was made, where it was changed later; none: when it was changed last.
    created: Option<SystemTime>,
}

/// A file's bytes, shared with its writers and copied when they change: a clone of a disk costs no bytes.
#[derive(Debug, Default)]
struct Contents(Arc<Mutex<Arc<Vec<u8>>>>);

impl Contents {
    /// The bytes as they are now. A writer that panicked has written what it has written.
    fn bytes(&self) -> Arc<Vec<u8>> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn push(&self, bytes: &[u8]) {
        Arc::make_mut(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
            .extend_from_slice(bytes);
    }

    fn writer(&self) -> Contents {
        Contents(Arc::clone(&self.0))
    }
}

impl Clone for Contents {
    fn clone(&self) -> Contents {
        Contents(Arc::new(Mutex::new(self.bytes())))
    }
}

impl PartialEq for Contents {
    fn eq(&self, other: &Contents) -> bool {
        self.bytes() == other.bytes()
    }
}

impl Write for Contents {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.push(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Bytes as they were when a file was opened.
struct Snapshot(Arc<Vec<u8>>);

impl AsRef<[u8]> for Snapshot {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// What stands at one path of a [`MemoryDisk`].
#[derive(Clone, Debug, PartialEq)]
pub enum MemoryEntry<'a> {
    /// A folder and its attributes.
    Folder(Attributes),
    /// A file's contents, attributes and time of last change.
    File(Arc<Vec<u8>>, Attributes, SystemTime),
    /// A symbolic link's target.
    Link(&'a str),
}

impl MemoryDisk {
    /// Makes an empty disk with 64 GiB free.
    pub fn new() -> MemoryDisk {
        MemoryDisk::default()
    }

    /// Says how many bytes [`Disk::free_bytes`] returns.
    pub fn set_free_bytes(&mut self, bytes: u64) {
        self.free_bytes = Some(bytes);
    }

    /// Makes a folder another device: nothing is renamed or linked across its border.
    pub fn set_device(&mut self, folder: &str) {
        self.devices.insert(folder.to_owned());
    }

    /// Refuses hard links from now on, as some file systems do.
    pub fn refuse_hard_links(&mut self) {
        self.without_hard_links = true;
    }

    /// Says from now on that a wineserver runs, or none.
    pub fn set_wineserver(&mut self, wineserver: Option<Wineserver>) {
        self.wineserver = wineserver;
    }

    /// The folder whose device a path is on; "" is the disk's own.
    fn device(&self, path: &str) -> &str {
        let holds = |folder: &&String| {
            path.strip_prefix(folder.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.devices
            .iter()
            .rev()
            .find(holds)
            .map_or("", String::as_str)
    }

    /// Returns every path with what stands there, sorted by path.
    pub fn entries(&self) -> impl Iterator<Item = (&str, MemoryEntry<'_>)> {
        self.entries.iter().filter_map(|(path, entry)| {
            let shown = match entry {
                Entry::Folder { attributes, .. } => MemoryEntry::Folder(*attributes),
                Entry::File(id) => {
                    let node = self.files.get(id)?;
                    MemoryEntry::File(node.contents.bytes(), node.attributes, node.modified)
                }
                Entry::Link(target) => MemoryEntry::Link(target),
            };
            Some((path.as_str(), shown))
        })
    }

    /// Returns a file's contents, where `path` is one; links are followed.
    pub fn bytes(&self, path: &str) -> Option<Arc<Vec<u8>>> {
        self.node(path).ok().map(|node| node.contents.bytes())
    }

    /// Puts a file there with the folders above it, replacing a file or link.
    pub fn put_file(&mut self, path: &str, bytes: &[u8]) {
        self.put_above(path);
        self.unlink(path);
        let id = self.new_node();
        if let Some(node) = self.files.get_mut(&id) {
            node.contents.push(bytes);
        }
        self.entries.insert(path.to_owned(), Entry::File(id));
    }

    /// Changes a file as its user would: it is from then on one that was changed an hour after it was made.
    /// Where there is none it is made.
    pub fn change_file(&mut self, path: &str, bytes: &[u8]) {
        self.put_file(path, bytes);
        let made = SystemTime::UNIX_EPOCH;
        if let Ok(node) = self.node_mut(path) {
            node.created = Some(made);
            node.modified = made + std::time::Duration::from_secs(3600);
        }
    }

    /// Puts a folder there, with those above it.
    pub fn put_folder(&mut self, path: &str) {
        self.put_above(path);
        let folder = Entry::Folder {
            attributes: Attributes::default(),
            modified: SystemTime::UNIX_EPOCH,
        };
        if !path.is_empty() {
            self.entries.entry(path.to_owned()).or_insert(folder);
        }
    }

    /// Puts a symbolic link there with the folders above it, replacing a file or link.
    pub fn put_link(&mut self, path: &str, target: &str) {
        self.put_above(path);
        self.unlink(path);
        self.links += 1;
        self.entries
            .insert(path.to_owned(), Entry::Link(target.to_owned()));
    }

    fn put_above(&mut self, path: &str) {
        if let Some((above, _)) = path.rsplit_once('/') {
            self.put_folder(above);
        }
    }

    fn new_node(&mut self) -> u64 {
        self.next += 1;
        let node = Node {
            contents: Contents::default(),
            names: 1,
            attributes: Attributes::default(),
            modified: SystemTime::UNIX_EPOCH,
            created: None,
        };
        self.files.insert(self.next, node);
        self.next
    }

    /// Removes one name; a file without names goes.
    fn unlink(&mut self, path: &str) {
        match self.entries.remove(path) {
            Some(Entry::File(id)) => {
                if let Some(node) = self.files.get_mut(&id) {
                    node.names -= 1;
                    if node.names == 0 {
                        self.files.remove(&id);
                    }
                }
            }
            Some(Entry::Link(_)) => self.links -= 1,
            _ => {}
        }
    }

    /// Follows links in all names but the last.
    fn parent_resolved(&self, path: &str) -> io::Result<String> {
        if self.links == 0 {
            return Ok(path.to_owned());
        }
        match path.rsplit_once('/') {
            Some((above, name)) => Ok(join(&self.resolved(above)?, name)),
            None => Ok(path.to_owned()),
        }
    }

    /// Follows all links.
    fn resolved(&self, path: &str) -> io::Result<String> {
        if self.links == 0 {
            return Ok(path.to_owned());
        }
        let mut left: Vec<String> = path.split('/').rev().map(str::to_owned).collect();
        let mut done: Vec<String> = Vec::new();
        let mut links = 0;
        while let Some(name) = left.pop() {
            match name.as_str() {
                "" | "." => continue,
                ".." => {
                    done.pop().ok_or_else(link_leads_out)?;
                    continue;
                }
                _ => done.push(name),
            }
            if let Some(Entry::Link(target)) = self.entries.get(&done.join("/")) {
                links += 1;
                if links > LINKS_MAX || target.starts_with('/') {
                    return Err(link_leads_out());
                }
                done.pop();
                left.extend(target.split('/').rev().map(str::to_owned));
            }
        }
        Ok(done.join("/"))
    }

    fn node(&self, path: &str) -> io::Result<&Node> {
        match self.entries.get(&self.resolved(path)?) {
            Some(Entry::File(id)) => self.files.get(id).ok_or_else(not_found),
            _ => Err(not_found()),
        }
    }

    fn node_mut(&mut self, path: &str) -> io::Result<&mut Node> {
        match self.entries.get(&self.resolved(path)?) {
            Some(Entry::File(id)) => self.files.get_mut(id).ok_or_else(not_found),
            _ => Err(not_found()),
        }
    }

    /// Checks that something can be made at `path`, and returns where.
    fn vacant(&self, path: &str) -> io::Result<String> {
        let path = self.parent_resolved(path)?;
        let above = path.rsplit_once('/').map_or("", |(above, _)| above);
        if !above.is_empty() && !matches!(self.entries.get(above), Some(Entry::Folder { .. })) {
            return Err(not_found());
        }
        if path.is_empty() || self.entries.contains_key(&path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        Ok(path)
    }

    fn children(&self, folder: &str) -> impl Iterator<Item = (&str, &Entry)> {
        let prefix = if folder.is_empty() {
            String::new()
        } else {
            format!("{folder}/")
        };
        let length = prefix.len();
        let below = self
            .entries
            .range(prefix.clone()..)
            .take_while(move |(path, _)| path.starts_with(&prefix));
        below
            .map(move |(path, entry)| (&path[length..], entry))
            .filter(|(name, _)| !name.contains('/'))
    }

    fn move_below(&mut self, from: &str, to: &str) {
        let below: Vec<String> = self
            .entries
            .range(format!("{from}/")..format!("{from}0"))
            .map(|(path, _)| path.clone())
            .collect();
        for path in below {
            if let Some(entry) = self.entries.remove(&path) {
                self.entries
                    .insert(format!("{to}{}", &path[from.len()..]), entry);
            }
        }
    }
}

impl PartialEq for MemoryDisk {
    fn eq(&self, other: &MemoryDisk) -> bool {
        let times = |disk: &MemoryDisk| -> Vec<SystemTime> {
            let folders = disk.entries.values().filter_map(|entry| match entry {
                Entry::Folder { modified, .. } => Some(*modified),
                _ => None,
            });
            folders.collect()
        };
        self.entries().eq(other.entries()) && times(self) == times(other)
    }
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    }
}

fn not_found() -> io::Error {
    io::ErrorKind::NotFound.into()
}

impl Disk for MemoryDisk {
    fn stat(&self, path: &str) -> io::Result<Option<Stat>> {
        let path = self.resolved(path)?;
        let folder = |attributes, modified| Stat {
            kind: EntryKind::Folder,
            size: 0,
            mode: 0o755,
            attributes,
            created: modified,
            modified,
        };
        Ok(match self.entries.get(&path) {
            None if path.is_empty() => Some(folder(Attributes::default(), SystemTime::UNIX_EPOCH)),
            Some(Entry::Folder {
                attributes,
                modified,
            }) => Some(folder(*attributes, *modified)),
            Some(Entry::File(id)) => self.files.get(id).map(|node| Stat {
                kind: EntryKind::File,
                size: node.contents.bytes().len() as u64,
                mode: if node.attributes.read_only {
                    0o444
                } else {
                    0o644
                },
                attributes: node.attributes,
                created: node.created.unwrap_or(node.modified),
                modified: node.modified,
            }),
            _ => None,
        })
    }

    fn read_link(&self, path: &str) -> io::Result<String> {
        match self.entries.get(&self.parent_resolved(path)?) {
            Some(Entry::Link(target)) => Ok(target.clone()),
            Some(_) => Err(io::ErrorKind::InvalidInput.into()),
            None => Err(not_found()),
        }
    }

    fn list(&self, folder: &str) -> io::Result<Option<Vec<Listed>>> {
        let folder = self.resolved(folder)?;
        if !folder.is_empty() && !matches!(self.entries.get(&folder), Some(Entry::Folder { .. })) {
            return Ok(None);
        }
        let listed = self.children(&folder).map(|(name, entry)| Listed {
            name: name.to_owned(),
            kind: match entry {
                Entry::Folder { .. } => ListedKind::Folder,
                Entry::File(_) => ListedKind::File,
                Entry::Link(_) => ListedKind::Link,
            },
        });
        Ok(Some(listed.collect()))
    }

    fn open_read(&self, file: &str) -> io::Result<Box<dyn ReadSeek>> {
        Ok(Box::new(Cursor::new(Snapshot(
            self.node(file)?.contents.bytes(),
        ))))
    }

    fn create_new(&mut self, file: &str) -> io::Result<Box<dyn Write>> {
        let path = self.vacant(file)?;
        let id = self.new_node();
        self.entries.insert(path, Entry::File(id));
        let node = self.files.get_mut(&id).ok_or_else(not_found)?;
        Ok(Box::new(node.contents.writer()))
    }

    fn append(&mut self, file: &str, bytes: &[u8]) -> io::Result<()> {
        self.node(file)?.contents.push(bytes);
        Ok(())
    }

    fn sync_file(&mut self, file: &str) -> io::Result<()> {
        self.node(file).map(|_| ())
    }

    fn sync_folder(&mut self, folder: &str) -> io::Result<()> {
        self.list(folder)?.map(|_| ()).ok_or_else(not_found)
    }

    fn sync_all(&mut self, _folder: &str) -> io::Result<()> {
        Ok(())
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        let from = self.parent_resolved(from)?;
        let entry = self.entries.get(&from).cloned().ok_or_else(not_found)?;
        let to = match self.vacant(to) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                self.parent_resolved(to)?
            }
            other => other?,
        };
        if self.device(&from) != self.device(&to) {
            return Err(io::ErrorKind::CrossesDevices.into());
        }
        match (self.entries.get(&to), &entry) {
            (Some(there), entry) if there == entry && matches!(entry, Entry::File(_)) => {
                return Ok(());
            }
            (Some(Entry::Folder { .. }), _) => return Err(io::ErrorKind::IsADirectory.into()),
            (Some(_), Entry::Folder { .. }) => return Err(io::ErrorKind::NotADirectory.into()),
            _ => self.unlink(&to),
        }
        self.entries.remove(&from);
        if matches!(entry, Entry::Folder { .. }) {
            self.move_below(&from, &to);
        }
        self.entries.insert(to, entry);
        Ok(())
    }

    fn hard_link(&mut self, from: &str, to: &str) -> io::Result<()> {
        let Some(Entry::File(id)) = self.entries.get(&self.parent_resolved(from)?).cloned() else {
            return Err(not_found());
        };
        let to = self.vacant(to)?;
        if self.without_hard_links {
            return Err(io::ErrorKind::Unsupported.into());
        }
        if self.device(from) != self.device(&to) {
            return Err(io::ErrorKind::CrossesDevices.into());
        }
        self.files.get_mut(&id).ok_or_else(not_found)?.names += 1;
        self.entries.insert(to, Entry::File(id));
        Ok(())
    }

    fn remove_file(&mut self, file: &str) -> io::Result<()> {
        let path = self.parent_resolved(file)?;
        match self.entries.get(&path) {
            None => Err(not_found()),
            Some(Entry::Folder { .. }) => Err(io::ErrorKind::IsADirectory.into()),
            Some(_) => {
                self.unlink(&path);
                Ok(())
            }
        }
    }

    fn create_folder(&mut self, folder: &str) -> io::Result<()> {
        let path = self.vacant(folder)?;
        let made = Entry::Folder {
            attributes: Attributes::default(),
            modified: SystemTime::UNIX_EPOCH,
        };
        self.entries.insert(path, made);
        Ok(())
    }

    fn remove_folder(&mut self, folder: &str) -> io::Result<()> {
        let path = self.parent_resolved(folder)?;
        match self.entries.get(&path) {
            None => return Err(not_found()),
            Some(Entry::Folder { .. }) => {}
            Some(_) => return Err(io::ErrorKind::NotADirectory.into()),
        }
        if self.children(&path).next().is_some() {
            return Err(io::ErrorKind::DirectoryNotEmpty.into());
        }
        self.entries.remove(&path);
        Ok(())
    }

    fn set_attributes(&mut self, path: &str, attributes: Attributes) -> io::Result<()> {
        let at = self.resolved(path)?;
        if let Some(Entry::Folder {
            attributes: old, ..
        }) = self.entries.get_mut(&at)
        {
            *old = attributes;
            return Ok(());
        }
        self.node_mut(path)?.attributes = attributes;
        Ok(())
    }

    fn set_modified(&mut self, path: &str, time: SystemTime) -> io::Result<()> {
        let at = self.resolved(path)?;
        if let Some(Entry::Folder { modified, .. }) = self.entries.get_mut(&at) {
            *modified = time;
            return Ok(());
        }
        self.node_mut(path)?.modified = time;
        Ok(())
    }

    fn free_bytes(&self, _folder: &str) -> io::Result<u64> {
        Ok(self.free_bytes.unwrap_or(64 << 30))
    }

    fn wineserver(&self) -> io::Result<Option<Wineserver>> {
        Ok(self.wineserver)
    }

    fn same_device(&self, one: &str, other: &str) -> io::Result<bool> {
        Ok(self.device(&self.resolved(one)?) == self.device(&self.resolved(other)?))
    }
}
