//! One storage of a compound file by unpacked names: a package's root, or a transform within a package.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::sync::Arc;

use crate::compound::{Compound, Entry, EntryKind};
use crate::stream::StreamReader;
use crate::write::{Node, NodeKind};
use crate::{Error, stream_name};

/// Storages in storages in storages: none has so many.
const DEPTH_MAX: u32 = 16;

/// Something in a storage as it is stored, and what people call it.
pub(crate) struct Stored {
    /// Its name, unpacked.
    pub(crate) name: String,
    /// Does it hold a table?
    pub(crate) table: bool,
    /// It, to be written elsewhere.
    pub(crate) node: Node,
}

/// The streams of a signature. "Digital Signatures and Windows Installer".
const SIGNATURES: [&str; 2] = ["\u{5}DigitalSignature", "\u{5}MsiDigitalSignatureEx"];

/// A storage, with what it holds by name.
pub(crate) struct Storage {
    file: Arc<Compound>,
    number: u32,
    /// Entry numbers of the streams that hold tables.
    tables: BTreeMap<String, u32>,
    /// Entry numbers of the other streams.
    streams: BTreeMap<String, u32>,
    /// Entry numbers of the storages within.
    storages: BTreeMap<String, u32>,
}

impl Storage {
    /// Lists the root storage.
    pub(crate) fn root(file: Compound) -> Result<Storage, Error> {
        let root = file.root();
        Storage::list(Arc::new(file), root)
    }

    fn list(file: Arc<Compound>, number: u32) -> Result<Storage, Error> {
        let mut storage = Storage {
            number,
            tables: BTreeMap::new(),
            streams: BTreeMap::new(),
            storages: BTreeMap::new(),
            file,
        };
        for child in storage.file.children(number)? {
            let entry = storage.file.entry(child)?;
            let name = stream_name::decode(&entry.name);
            let names = match entry.kind {
                EntryKind::Storage => &mut storage.storages,
                EntryKind::Stream if name.table => &mut storage.tables,
                EntryKind::Stream => &mut storage.streams,
                EntryKind::Unused => continue,
            };
            names.entry(name.name).or_insert(child);
        }
        Ok(storage)
    }

    /// The class id, as 16 stored bytes.
    pub(crate) fn class(&self) -> Result<[u8; 16], Error> {
        Ok(self.file.entry(self.number)?.class)
    }

    /// How many bytes of the file the container uses.
    pub(crate) fn used_length(&self) -> u64 {
        self.file.used_length()
    }

    /// Hands on what a signature of the file covers: the bytes of each stream in the order of their stored names,
    /// storages as what they hold, then the class. The signature's own streams are left out.
    ///
    /// Errors: [`Error::Container`] where a chain is damaged, [`Error::Io`], and those of `to`.
    pub(crate) fn signed(&self, to: &mut dyn Write) -> Result<(), Error> {
        self.signed_below(self.number, true, 0, to)
    }

    fn signed_below(
        &self,
        number: u32,
        is_root: bool,
        depth: u32,
        to: &mut dyn Write,
    ) -> Result<(), Error> {
        if depth > DEPTH_MAX {
            return Err(Error::container("storages lie in each other too deep", 48));
        }
        let mut children = self.file.children(number)?;
        let stored_name = |number: &u32| -> Vec<u8> {
            let entry = self.file.entry(*number);
            entry.map_or_else(
                |_| Vec::new(),
                |entry| {
                    entry
                        .name
                        .iter()
                        .flat_map(|unit| unit.to_le_bytes())
                        .collect()
                },
            )
        };
        children.sort_by_cached_key(stored_name);
        for child in children {
            let entry = self.file.entry(child)?;
            match entry.kind {
                EntryKind::Storage => self.signed_below(child, false, depth + 1, to)?,
                EntryKind::Stream => {
                    let name = String::from_utf16_lossy(&entry.name);
                    if !(is_root && SIGNATURES.contains(&name.as_str())) {
                        let mut reader = self.reader(entry)?;
                        std::io::copy(&mut reader, to).map_err(|source| Error::Io {
                            what: format!("the stream {name}"),
                            source,
                        })?;
                    }
                }
                EntryKind::Unused => {}
            }
        }
        let class = self.file.entry(number)?.class;
        to.write_all(&class).map_err(|source| Error::Io {
            what: "what is signed".to_owned(),
            source,
        })
    }

    /// The names of the streams that hold tables, sorted.
    pub(crate) fn table_names(&self) -> impl Iterator<Item = &str> {
        self.tables.keys().map(String::as_str)
    }

    /// The names of the streams that hold no table, sorted.
    pub(crate) fn stream_names(&self) -> impl Iterator<Item = &str> {
        self.streams.keys().map(String::as_str)
    }

    /// The names of the storages within, sorted.
    pub(crate) fn storage_names(&self) -> impl Iterator<Item = &str> {
        self.storages.keys().map(String::as_str)
    }

    /// Opens a storage within.
    pub(crate) fn storage(&self, name: &str) -> Result<Option<Storage>, Error> {
        self.storages
            .get(name)
            .map(|&number| Storage::list(self.file.clone(), number))
            .transpose()
    }

    /// Opens a stream that holds no table.
    pub(crate) fn stream(&self, name: &str) -> Result<Option<StreamReader>, Error> {
        self.streams
            .get(name)
            .map(|&number| self.reader(self.file.entry(number)?))
            .transpose()
    }

    /// Reads a stream that holds a table, whole; none where there is no such stream.
    pub(crate) fn table(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        let Some(&number) = self.tables.get(name) else {
            return Ok(None);
        };
        let mut reader = self.reader(self.file.entry(number)?)?;
        let mut bytes = Vec::with_capacity(usize::try_from(reader.length()).unwrap_or(0));
        reader.read_to_end(&mut bytes).map_err(|source| Error::Io {
            what: format!("the table stream {name}"),
            source,
        })?;
        Ok(Some(bytes))
    }

    /// Returns everything in it as it is stored, storages with what they hold.
    ///
    /// Errors: [`Error::Container`] where a chain of sectors or the tree of entries is damaged.
    pub(crate) fn stored(&self) -> Result<Vec<Stored>, Error> {
        let mut all = Vec::new();
        for node in self.nodes(self.number, 0)? {
            let name = stream_name::decode(&node.name);
            all.push(Stored {
                table: name.table && matches!(node.kind, NodeKind::Stream(_)),
                name: name.name,
                node,
            });
        }
        Ok(all)
    }

    fn nodes(&self, storage: u32, depth: u32) -> Result<Vec<Node>, Error> {
        if depth > DEPTH_MAX {
            return Err(Error::container("storages lie in each other too deep", 48));
        }
        let mut nodes = Vec::new();
        for child in self.file.children(storage)? {
            let entry = self.file.entry(child)?;
            let kind = match entry.kind {
                EntryKind::Stream => NodeKind::Stream(self.reader(entry)?),
                EntryKind::Storage => NodeKind::Storage(entry.class, self.nodes(child, depth + 1)?),
                EntryKind::Unused => continue,
            };
            let name = entry.name.clone();
            nodes.push(Node { name, kind });
        }
        Ok(nodes)
    }

    fn reader(&self, entry: &Entry) -> Result<StreamReader, Error> {
        let extents = self.file.extents(entry)?;
        Ok(StreamReader::file(self.file.source().clone(), extents))
    }
}
