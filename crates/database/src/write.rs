//! Writing a package: a compound file, stream by stream, to any writer.
//!
//! What was not changed since the package was opened is copied byte for byte, tables and their texts included. Once a
//! table was changed, all tables are written anew from memory; so are those that come from text. What is left of
//! another program's order of sectors is nothing: the file is laid out anew.
//! Follows: [MS-CFB]; Microsoft, "OLE Limitations on Streams".

mod container;
mod directory;
mod layout;
pub(crate) mod summary;
pub(crate) mod tables;

use std::io::Write;
use std::sync::Arc;

use crate::database::SUMMARY;
use crate::storage::Stored;
use crate::{Database, Error, Kind, StreamReader, stream_name};

/// A name in a compound file has so many units at most.
const NAME_UNITS_MAX: usize = 31;

/// Something in a storage, with its name as it is stored.
pub(crate) struct Node {
    /// The name, packed.
    pub(crate) name: Vec<u16>,
    /// What it is.
    pub(crate) kind: NodeKind,
}

/// What a node is.
pub(crate) enum NodeKind {
    /// A stream with its bytes.
    Stream(StreamReader),
    /// A storage: its class id, and what it holds.
    Storage([u8; 16], Vec<Node>),
}

impl Database {
    /// Writes the package, as it is in memory, as a compound file.
    ///
    /// Errors: [`Error::Io`] where a stream cannot be read or the writer refuses; [`Error::Unwritable`] for what no
    /// compound file can hold.
    pub fn save(&self, to: &mut dyn Write) -> Result<(), Error> {
        container::write(self.class()?, self.nodes()?, to)
    }

    /// Writes a storage in it as a file of its own.
    ///
    /// Errors: as [`Database::save`]; [`Error::Unwritable`] where there is no such storage.
    pub fn save_storage(&self, name: &str, to: &mut dyn Write) -> Result<(), Error> {
        let Some(storage) = self.open_storage(name)? else {
            let what = format!("there is no storage `{name}`");
            return Err(Error::Unwritable { what });
        };
        let nodes = storage.stored()?.into_iter().map(|stored| stored.node);
        container::write(storage.class()?, nodes.collect(), to)
    }

    /// The class id of the root storage, which says what kind of file it is.
    fn class(&self) -> Result<[u8; 16], Error> {
        match self.stored() {
            Some(storage) => storage.class(),
            None => Ok(class_of(self.kind())),
        }
    }

    /// Everything that is written, in any order.
    fn nodes(&self) -> Result<Vec<Node>, Error> {
        let mut nodes = Vec::new();
        let tables_anew = self.tables_changed() || self.stored().is_none();
        let summary_anew = self.summary_changed();
        for stored in self.stored().map_or(Ok(Vec::new()), |root| root.stored())? {
            let Stored { name, table, node } = stored;
            let replaced = !table && self.put_streams().contains_key(&name);
            let storage = matches!(node.kind, NodeKind::Storage(..));
            let replaced = replaced || (storage && self.put_storages().contains_key(&name));
            if (table && tables_anew) || replaced || (summary_anew && name == SUMMARY) {
                continue;
            }
            nodes.push(node);
        }
        let put = self.put_streams().iter();
        for (name, contents) in put.filter(|(name, _)| !(summary_anew && *name == SUMMARY)) {
            if let Some(contents) = contents {
                nodes.push(node(name, false, contents.reader())?);
            }
        }
        for name in self.put_storages().keys() {
            if let Some(storage) = self.open_storage(name)? {
                let inside = storage.stored()?.into_iter().map(|stored| stored.node);
                nodes.push(Node {
                    name: packed(name, false)?,
                    kind: NodeKind::Storage(storage.class()?, inside.collect()),
                });
            }
        }
        if summary_anew {
            let bytes = summary::bytes(self.summary()?);
            nodes.push(memory_node(SUMMARY, false, bytes.into())?);
        }
        if tables_anew {
            nodes.extend(tables::nodes(self)?);
        }
        Ok(nodes)
    }
}

/// Makes a node of bytes under a name as people see it.
pub(crate) fn memory_node(name: &str, table: bool, bytes: Arc<[u8]>) -> Result<Node, Error> {
    node(name, table, StreamReader::memory(bytes))
}

fn node(name: &str, table: bool, reader: StreamReader) -> Result<Node, Error> {
    Ok(Node {
        name: packed(name, table)?,
        kind: NodeKind::Stream(reader),
    })
}

/// Returns a name as it is stored.
fn packed(name: &str, table: bool) -> Result<Vec<u16>, Error> {
    // Names of other property sets and of signatures are stored as they are.
    let units = match name.starts_with('\u{5}') {
        true => name.encode_utf16().collect(),
        false => stream_name::encode(name, table),
    };
    if units.is_empty() || units.len() > NAME_UNITS_MAX {
        let what = format!("`{name}` is too long for a stream's name, or empty");
        return Err(Error::Unwritable { what });
    }
    Ok(units)
}

/// Writes nodes as a file of its own kind.
pub(crate) fn write_nodes(kind: Kind, nodes: Vec<Node>, to: &mut dyn Write) -> Result<(), Error> {
    container::write(class_of(kind), nodes, to)
}

fn class_of(kind: Kind) -> [u8; 16] {
    let first = match kind {
        Kind::Package => 0x84,
        Kind::Patch => 0x86,
        Kind::Transform => 0x82,
    };
    [
        first, 0x10, 0x0C, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46,
    ]
}

#[cfg(test)]
mod tests;
