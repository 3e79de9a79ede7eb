//! An open package.

mod edit;
mod texts;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{Cursor, Read, Seek};
use std::sync::{Arc, OnceLock};

use self::texts::Texts;
use crate::compound::{Compound, ReadSeek, Source};
use crate::pool::Pool;
use crate::storage::Storage;
use crate::stream::Contents;
use crate::summary::SummaryInformation;
use crate::{Column, Error, Row, StreamReader, Table, Value, rows, schema};

/// The name of the stream that holds the summary information.
pub(crate) const SUMMARY: &str = "\u{5}SummaryInformation";

/// The names of the streams that hold a signature of the file.
pub(crate) const SIGNATURES: [&str; 2] = ["\u{5}DigitalSignature", "\u{5}MsiDigitalSignatureEx"];

/// An open package. Tables are read when asked for, and kept.
///
/// What is changed is changed in memory only.
pub struct Database {
    kind: Kind,
    storage: Option<Storage>,
    pool: Pool,
    code_page: u32,
    /// Tables in stored order.
    slots: Vec<Slot>,
    places: HashMap<Arc<str>, usize>,
    /// Streams that are not in the file, or not as they are there; none where one went.
    streams: BTreeMap<String, Option<Contents>>,
    /// Storages that are not in the file, or not as they are there, as files; none where one went.
    storages: BTreeMap<String, Option<Arc<[u8]>>>,
    summary: OnceLock<SummaryInformation>,
    /// Tables, columns or the code page are not as they are in the file.
    tables_changed: bool,
    /// The summary information is not as it is in the file.
    summary_changed: bool,
    /// Texts by number, once rows were changed.
    texts: OnceLock<Texts>,
    /// How often each table with temporary columns is held.
    holds: HashMap<Arc<str>, u32>,
    /// The keys of rows that are left out when the database is saved.
    temporary_rows: HashMap<Arc<str>, HashSet<Vec<Value>>>,
}

/// What kind of file a database is, by its class id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An installation package or a merge module.
    Package,
    /// A patch: transforms as storages, and cabinets.
    Patch,
    /// A transform: its table streams hold changes and are no tables.
    Transform,
}

/// A table: its columns, and its rows once they were asked for.
struct Slot {
    name: Arc<str>,
    columns: Vec<Column>,
    table: OnceLock<Arc<Table>>,
    /// Are the rows in the order of their keys?
    sorted: bool,
}

impl Database {
    /// Opens a package over any reader.
    ///
    /// Errors: [`Error::Container`] when it is not one; [`Error::Stream`] where its list of tables is damaged.
    pub fn open<R: Read + Seek + Send + 'static>(reader: R) -> Result<Database, Error> {
        let storage = Storage::root(Compound::open(reader)?)?;
        let kind = match storage.class()? {
            [
                0x82,
                0x10,
                0x0C,
                0,
                0,
                0,
                0,
                0,
                0xC0,
                0,
                0,
                0,
                0,
                0,
                0,
                0x46,
            ] => Kind::Transform,
            [
                0x86,
                0x10,
                0x0C,
                0,
                0,
                0,
                0,
                0,
                0xC0,
                0,
                0,
                0,
                0,
                0,
                0,
                0x46,
            ] => Kind::Patch,
            _ => Kind::Package,
        };
        Database::from_storage(storage, kind)
    }

    fn from_storage(storage: Storage, kind: Kind) -> Result<Database, Error> {
        let pool = match storage.table("_StringPool")? {
            Some(pool) => Pool::read(&pool, storage.table("_StringData")?.unwrap_or_default())?,
            None if kind == Kind::Package => {
                return Err(Error::container("it has no string pool", 0));
            }
            None => Pool::default(),
        };
        let tables = match kind {
            Kind::Transform => Vec::new(),
            Kind::Package | Kind::Patch => schema::read(&storage, &pool)?,
        };
        let mut database = Database::empty(kind, pool.code_page());
        database.storage = Some(storage);
        database.pool = pool;
        for table in tables {
            database.add_slot(table.name, table.columns);
        }
        Ok(database)
    }

    /// Makes a new database, without tables and of the neutral code page. In memory only.
    pub fn create(kind: Kind) -> Database {
        Database::empty(kind, 0)
    }

    /// Makes a database without tables.
    pub(crate) fn empty(kind: Kind, code_page: u32) -> Database {
        Database {
            kind,
            storage: None,
            pool: Pool::default(),
            code_page,
            slots: Vec::new(),
            places: HashMap::new(),
            streams: BTreeMap::new(),
            storages: BTreeMap::new(),
            summary: OnceLock::new(),
            tables_changed: false,
            summary_changed: false,
            texts: OnceLock::new(),
            holds: HashMap::new(),
            temporary_rows: HashMap::new(),
        }
    }

    fn add_slot(&mut self, name: Arc<str>, columns: Vec<Column>) -> usize {
        let place = *self.places.entry(name.clone()).or_insert(self.slots.len());
        let slot = Slot {
            name,
            columns,
            table: OnceLock::new(),
            sorted: false,
        };
        match self.slots.get_mut(place) {
            Some(there) => *there = slot,
            None => self.slots.push(slot),
        }
        place
    }

    fn slot(&self, name: &str) -> Option<&Slot> {
        Some(&self.slots[*self.places.get(name)?])
    }

    /// What kind of file it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Says what kind of file it will be when it is saved. In memory only.
    pub fn set_kind(&mut self, kind: Kind) {
        self.kind = kind;
    }

    /// The code page of its texts; 0 is neutral.
    pub fn code_page(&self) -> u32 {
        self.code_page
    }

    /// Sets the code page that its texts have when it is saved. In memory only.
    pub fn set_code_page(&mut self, code_page: u32) {
        self.code_page = code_page;
        self.tables_changed = true;
    }

    /// The texts of the file.
    pub(crate) fn pool(&self) -> &Pool {
        &self.pool
    }

    /// The names of the streams in the file that hold tables, or changes of tables.
    pub(crate) fn table_streams(&self) -> impl Iterator<Item = &str> {
        let storage = self.storage.iter();
        storage.flat_map(|storage| storage.table_names())
    }

    /// Reads a stream that holds a table or its changes; none where there is no such stream.
    pub(crate) fn table_stream(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        match &self.storage {
            Some(storage) => storage.table(name),
            None => Ok(None),
        }
    }

    /// The names of its tables, in stored order.
    pub fn table_names(&self) -> impl Iterator<Item = &str> {
        self.slots.iter().map(|slot| &*slot.name)
    }

    /// Has it this table, be it empty? Names are case-sensitive.
    pub fn has_table(&self, name: &str) -> bool {
        self.places.contains_key(name)
    }

    /// The columns of a table, without reading its rows; none where there is no such table.
    pub fn columns(&self, table: &str) -> Option<&[Column]> {
        Some(&self.slot(table)?.columns)
    }

    /// Is a table saved with the database? Not if all its columns are temporary. None where there is no such table.
    pub fn is_persistent(&self, table: &str) -> Option<bool> {
        let columns = self.columns(table)?;
        Some(columns.is_empty() || columns.iter().any(|column| !column.temporary))
    }

    /// Returns a table; none where the package has no such table.
    ///
    /// Errors: [`Error::Stream`] and [`Error::Cell`] where its rows are damaged.
    pub fn table(&self, name: &str) -> Result<Option<Arc<Table>>, Error> {
        let Some(slot) = self.slot(name) else {
            return Ok(None);
        };
        if let Some(table) = slot.table.get() {
            return Ok(Some(table.clone()));
        }
        let stream = self.table_stream(name)?.unwrap_or_default();
        let rows = rows::read(name, &slot.columns, &self.pool, &stream)?;
        let table = Table::new(slot.name.clone(), slot.columns.clone(), rows);
        Ok(Some(slot.table.get_or_init(|| Arc::new(table)).clone()))
    }

    /// Returns a table, for those who only walk its rows; one without columns and rows where the package has none.
    ///
    /// Errors: as [`Database::table`].
    pub fn rows(&self, name: &str) -> Result<Arc<Table>, Error> {
        let table = self.table(name)?;
        Ok(table.unwrap_or_else(|| Arc::new(Table::new(name, Vec::new(), Vec::new()))))
    }

    /// Puts a table in the place of one of that name, or adds it. In memory only.
    pub fn replace_table(&mut self, table: Table) {
        if let Some(texts) = self.texts.get_mut() {
            texts.add(&table.name);
            table
                .columns
                .iter()
                .for_each(|column| texts.add(&column.name));
            table
                .rows
                .iter()
                .flatten()
                .for_each(|value| texts.add_value(value));
        }
        let place = self.add_slot(table.name.clone(), table.columns.clone());
        self.slots[place].table = OnceLock::from(Arc::new(table));
        self.tables_changed = true;
    }

    /// Takes a table away. In memory only.
    pub fn remove_table(&mut self, name: &str) {
        self.temporary_rows.remove(name);
        self.holds.remove(name);
        if let Some(place) = self.places.remove(name) {
            self.slots.remove(place);
            self.tables_changed = true;
            for other in self.places.values_mut() {
                *other -= usize::from(*other > place);
            }
        }
    }

    /// Adds a row to a table, or puts it in the place of the one with its key. In memory only.
    ///
    /// Errors: as [`Database::table`]; [`Error::Cell`] where there is no such table or the row's length differs.
    pub fn insert_row(&mut self, table: &str, row: Row) -> Result<(), Error> {
        let wrong = |what: &str| Error::Cell {
            table: table.to_string(),
            row: String::new(),
            column: String::new(),
            what: what.to_string(),
        };
        let Some(read) = self.table(table)? else {
            return Err(wrong("there is no such table"));
        };
        if row.len() != read.columns.len() {
            return Err(wrong(
                "a new row has not as many cells as the table has columns",
            ));
        }
        let key = read.key(&row);
        let mut changed = Table::clone(&read);
        match changed.rows.iter().position(|other| read.key(other) == key) {
            Some(place) => changed.rows[place] = row,
            None => changed.rows.push(row),
        }
        self.replace_table(changed);
        Ok(())
    }

    /// The names of its streams that hold no table, sorted: cabinets, binary cells, summary information, signature.
    pub fn stream_names(&self) -> Vec<&str> {
        let stored = self
            .storage
            .iter()
            .flat_map(|storage| storage.stream_names());
        let mut names: Vec<&str> = stored
            .chain(self.streams.keys().map(String::as_str))
            .filter(|&name| !matches!(self.streams.get(name), Some(None)))
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Opens a stream; none where there is no such stream. Names are case-sensitive.
    ///
    /// Errors: [`Error::Container`] where its chain of sectors is damaged.
    pub fn stream(&self, name: &str) -> Result<Option<StreamReader>, Error> {
        if let Some(contents) = self.streams.get(name) {
            return Ok(contents.as_ref().map(Contents::reader));
        }
        match &self.storage {
            Some(storage) => storage.stream(name),
            None => Ok(None),
        }
    }

    /// Puts a stream in the place of one of that name, or adds it. In memory only.
    pub fn replace_stream(&mut self, name: &str, bytes: impl Into<Arc<[u8]>>) {
        self.put_stream(name, Some(bytes.into()));
    }

    /// Puts all that a reader has in the place of a stream of that name, or adds it. It is read when the stream is.
    ///
    /// Errors: [`Error::Io`] where the reader does not say how much it has.
    pub fn replace_stream_from(
        &mut self,
        name: &str,
        reader: Box<dyn ReadSeek>,
    ) -> Result<(), Error> {
        let source = Source::new(reader)?;
        self.put_contents(name, Some(Contents::Source(Arc::new(source))));
        Ok(())
    }

    /// Puts a stream in the place of one of that name, adds it, or takes it away. In memory only.
    pub(crate) fn put_stream(&mut self, name: &str, bytes: Option<Arc<[u8]>>) {
        self.put_contents(name, bytes.map(Contents::Bytes));
    }

    fn put_contents(&mut self, name: &str, contents: Option<Contents>) {
        self.streams.insert(name.to_string(), contents);
        if name == SUMMARY {
            self.summary = OnceLock::new();
            self.summary_changed = false;
        }
    }

    /// Takes a stream away. In memory only.
    pub fn remove_stream(&mut self, name: &str) {
        self.put_stream(name, None);
    }

    /// The names of the storages in it, sorted: the transforms of a patch, embedded and instance transforms.
    pub fn storage_names(&self) -> Vec<&str> {
        let stored = self
            .storage
            .iter()
            .flat_map(|storage| storage.storage_names());
        let mut names: Vec<&str> = stored
            .chain(self.storages.keys().map(String::as_str))
            .filter(|&name| self.storages.get(name) != Some(&None))
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Opens a storage in it, as the transform that storages in packages and patches are; none where there is no such storage.
    ///
    /// Errors: as [`Database::open`].
    pub fn storage(&self, name: &str) -> Result<Option<Database>, Error> {
        self.open_storage(name)?
            .map(|storage| Database::from_storage(storage, Kind::Transform))
            .transpose()
    }

    /// Opens a storage in it, be it in the file or put there since.
    pub(crate) fn open_storage(&self, name: &str) -> Result<Option<Storage>, Error> {
        match (self.storages.get(name), &self.storage) {
            (Some(None), _) | (None, None) => Ok(None),
            (Some(Some(bytes)), _) => {
                let file = Compound::open(Cursor::new(bytes.clone()))?;
                Storage::root(file).map(Some)
            }
            (None, Some(storage)) => storage.storage(name),
        }
    }

    /// Puts a storage, as a file of its own, in the place of one of that name, adds it, or takes it away. In memory
    /// only.
    ///
    /// Errors: [`Error::Container`] where the bytes are no such file.
    pub fn put_storage(&mut self, name: &str, bytes: Option<Arc<[u8]>>) -> Result<(), Error> {
        if let Some(bytes) = &bytes {
            Compound::open(Cursor::new(bytes.clone()))?;
        }
        self.storages.insert(name.to_string(), bytes);
        Ok(())
    }

    /// How often a table is held.
    pub(crate) fn holds(&self, table: &str) -> u32 {
        self.holds.get(table).copied().unwrap_or(0)
    }

    pub(crate) fn holds_mut(&mut self) -> &mut HashMap<Arc<str>, u32> {
        &mut self.holds
    }

    /// Returns the summary information; one without properties where the package has none.
    ///
    /// Errors: [`Error::Stream`] where it is damaged.
    pub fn summary(&self) -> Result<&SummaryInformation, Error> {
        if let Some(summary) = self.summary.get() {
            return Ok(summary);
        }
        let mut bytes = Vec::new();
        if let Some(mut reader) = self.stream(SUMMARY)? {
            reader.read_to_end(&mut bytes).map_err(|source| Error::Io {
                what: "the summary information".to_string(),
                source,
            })?;
        }
        let summary = SummaryInformation::read(&bytes)?;
        Ok(self.summary.get_or_init(|| summary))
    }

    /// Puts summary information in the place of what is there. In memory only.
    pub fn replace_summary(&mut self, summary: SummaryInformation) {
        self.summary = OnceLock::from(summary);
        self.summary_changed = true;
    }

    /// The file that it was opened from.
    pub(crate) fn stored(&self) -> Option<&Storage> {
        self.storage.as_ref()
    }

    /// Storages that are not in the file, or not as they are there; none where one went.
    pub(crate) fn put_storages(&self) -> &BTreeMap<String, Option<Arc<[u8]>>> {
        &self.storages
    }

    /// Streams that are not in the file, or not as they are there; none where one went.
    pub(crate) fn put_streams(&self) -> &BTreeMap<String, Option<Contents>> {
        &self.streams
    }

    /// How many bytes of the file that it was opened from are its own; none for one that was made in memory. What
    /// stands behind them is no part of the package.
    pub fn container_length(&self) -> Option<u64> {
        self.storage.as_ref().map(Storage::used_length)
    }

    /// Hands on the bytes that a signature of the file covers, as they are stored.
    ///
    /// Errors: [`Error::Container`] where the file is damaged, [`Error::Io`]; nothing is handed on for a database that
    /// was made in memory.
    pub fn signed_content(&self, to: &mut dyn std::io::Write) -> Result<(), Error> {
        self.storage
            .as_ref()
            .map_or(Ok(()), |storage| storage.signed(to))
    }

    /// Is anything other than in the file that it was opened from?
    pub fn is_changed(&self) -> bool {
        let put = !self.streams.is_empty() || !self.storages.is_empty();
        put || self.tables_changed || self.summary_changed || self.storage.is_none()
    }

    /// Takes the signature away, which a changed file no longer has. True where there was one.
    pub fn remove_signature(&mut self) -> bool {
        let signed = self
            .stream_names()
            .iter()
            .any(|name| SIGNATURES.contains(name));
        if signed {
            SIGNATURES
                .iter()
                .for_each(|name| self.put_stream(name, None));
        }
        signed
    }

    /// Are tables, columns or the code page other than in the file?
    pub(crate) fn tables_changed(&self) -> bool {
        self.tables_changed
    }

    /// Is the summary information other than in the file?
    pub(crate) fn summary_changed(&self) -> bool {
        self.summary_changed
    }
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Database({:?}, {} tables)", self.kind, self.slots.len())
    }
}

#[cfg(test)]
mod tests;
