//! Transforms made for tests: the difference of two databases, as tools write it.

use std::io::Read;

use crate::made::{Layout, Texts, compound};
use crate::schema::type_bits;
use crate::{Column, Database, Row, SummaryInformation, Transform, Value, stream_name};

/// Streams by name; the flag tells those of tables.
type Streams = Vec<(String, bool, Vec<u8>)>;

struct Writer {
    texts: Texts,
    streams: Streams,
}

/// Returns the file of a transform that makes `new` out of `old`.
pub(crate) fn transform(old: &Database, new: &Database, long_references: bool) -> Vec<u8> {
    let mut writer = Writer {
        texts: Texts::new(long_references),
        streams: Vec::new(),
    };
    writer.catalogue(old, new);
    for name in new.table_names() {
        writer.table(name, old, new);
    }
    writer.finish()
}

/// Opens a transform that makes `new` out of `old`, with this summary information.
pub(crate) fn open(old: &Database, new: &Database, summary: SummaryInformation) -> Transform {
    let file = std::io::Cursor::new(transform(old, new, false));
    let mut database = Database::open(file).unwrap();
    database.replace_summary(summary);
    Transform::new(database).unwrap()
}

impl Writer {
    fn catalogue(&mut self, old: &Database, new: &Database) {
        let (mut tables, mut columns) = (Vec::new(), Vec::new());
        for name in new.table_names() {
            if !old.has_table(name) {
                tables.extend(0x0101u16.to_le_bytes());
                tables.extend(self.texts.reference(name));
            }
            let there = old.columns(name).map_or(0, <[Column]>::len);
            for column in &new.columns(name).unwrap()[there..] {
                columns.extend(0x0401u16.to_le_bytes());
                columns.extend(self.texts.reference(name));
                columns.extend([0, 0]);
                columns.extend(self.texts.reference(&column.name));
                columns.extend((type_bits(column) ^ 0x8000).to_le_bytes());
            }
        }
        for name in old.table_names().filter(|name| !new.has_table(name)) {
            tables.extend([0, 0]);
            tables.extend(self.texts.reference(name));
        }
        self.add("_Tables", true, tables);
        self.add("_Columns", true, columns);
    }

    fn table(&mut self, name: &str, old: &Database, new: &Database) {
        let (from, to) = (old.rows(name).unwrap(), new.rows(name).unwrap());
        let mut changes = Vec::new();
        for row in &to.rows {
            let there = from.find(&to.key(row)).map(|record| record.row);
            changes.extend(match there {
                None => self.new_row(&to.columns, row),
                Some(there) => self.changed_row(&to.columns, there, row, (old, new)),
            });
            for value in row {
                if let Value::Stream(stream) = value {
                    self.add(stream, false, bytes(new, value));
                }
            }
        }
        for row in &from.rows {
            if to.find(&from.key(row)).is_none() {
                changes.extend(mask(to.columns.len(), 0));
                changes.extend(self.key(&from.columns, row));
            }
        }
        self.add(name, true, changes);
    }

    fn new_row(&mut self, columns: &[Column], row: &Row) -> Vec<u8> {
        let mut cells = mask(columns.len(), 1 + 256 * columns.len() as u32);
        for (column, value) in columns.iter().zip(row) {
            cells.extend(self.texts.cell(column.kind, value));
        }
        cells
    }

    fn changed_row(
        &mut self,
        columns: &[Column],
        old: &Row,
        new: &Row,
        databases: (&Database, &Database),
    ) -> Vec<u8> {
        let mut bits = 0;
        let mut cells = Vec::new();
        for (place, column) in columns.iter().enumerate() {
            let there = old.get(place).unwrap_or(&Value::Null);
            let same = *there == new[place]
                && bytes(databases.0, there) == bytes(databases.1, &new[place]);
            if !same {
                bits |= 1 << place;
                cells.extend(self.texts.cell(column.kind, &new[place]));
            }
        }
        match bits {
            0 => Vec::new(),
            _ => [mask(columns.len(), bits), self.key(columns, new), cells].concat(),
        }
    }

    fn key(&mut self, columns: &[Column], row: &Row) -> Vec<u8> {
        let cells = columns.iter().zip(row).filter(|(column, _)| column.key);
        cells
            .flat_map(|(column, value)| self.texts.cell(column.kind, value))
            .collect()
    }

    fn add(&mut self, name: &str, table: bool, bytes: Vec<u8>) {
        if !bytes.is_empty() || !table {
            self.streams.push((name.to_string(), table, bytes));
        }
    }

    fn finish(mut self) -> Vec<u8> {
        let pool = std::mem::take(&mut self.texts.pool);
        let data = std::mem::take(&mut self.texts.data);
        self.add("_StringPool", true, pool);
        self.add("_StringData", true, data);
        let mut streams: Vec<(Vec<u16>, Vec<u8>)> = self
            .streams
            .into_iter()
            .map(|(name, table, bytes)| (stream_name::encode(&name, table), bytes))
            .collect();
        streams.sort_by_key(|(name, _)| (name.len(), name.clone()));
        let layout = Layout {
            sector_shift: 9,
            backwards: false,
        };
        let mut file = compound(layout, &streams);
        let directory = u32::from_le_bytes(file[48..52].try_into().unwrap()) as usize;
        // The class id of the root entry, which is the first of the directory.
        let class = 512 * (directory + 1) + 80;
        file[class..class + 16].copy_from_slice(&[
            0x82, 0x10, 0x0C, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46,
        ]);
        file
    }
}

/// A mask as long as a table of so many columns needs it.
fn mask(columns: usize, mask: u32) -> Vec<u8> {
    mask.to_le_bytes()[..if columns > 16 { 4 } else { 2 }].to_vec()
}

/// The contents of a binary cell.
fn bytes(database: &Database, value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Value::Stream(name) = value {
        let mut reader = database.stream(name).unwrap().unwrap();
        reader.read_to_end(&mut bytes).unwrap();
    }
    bytes
}
