//! Tables as streams: the texts of all of them in one pool, and each table column by column.
//!
//! Rows stand in the order of their keys as they are stored, which Windows relies on. Texts keep the order that they
//! had, so that rows do too. What is temporary is left out: rows, columns and tables.
//! Follows: Microsoft, "_Tables Table", "_Columns Table"; the form of the streams is public knowledge.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Node, memory_node};
use crate::schema::type_bits;
use crate::{Column, ColumnKind, Database, Error, Row, Table, Value};

/// The top bit of the pool's first number: references have three bytes.
const LONG_REFERENCES: u32 = 0x8000_0000;
/// More texts than this need three bytes for a reference.
const SHORT_REFERENCES: usize = 0xFFFF;
const TEXTS_MAX: usize = 0xFF_FFFF;

/// Returns the streams of all tables, and those that say which there are.
pub(super) fn nodes(database: &Database) -> Result<Vec<Node>, Error> {
    let mut texts = Texts::default();
    let mut tables = Vec::new();
    for name in database.table_names() {
        if database.is_persistent(name) == Some(true) {
            tables.push(cells(database, &*database.rows(name)?, &mut texts)?);
        }
    }
    let mut schema = schema(&tables, &mut texts);
    let numbers = texts.order(database)?;
    for table in schema.iter_mut().chain(&mut tables) {
        table.renumber(&numbers);
    }
    let mut nodes = Vec::new();
    for table in schema.iter().chain(&tables).filter(|t| !t.rows.is_empty()) {
        let bytes = stream(table, texts.reference_size());
        nodes.push(memory_node(&table.name, true, bytes.into())?);
    }
    let encode = |text: &str| database.text_bytes(text).map(|bytes| bytes.into_owned());
    let (pool, data) = texts.streams(database.code_page(), &encode)?;
    nodes.push(memory_node("_StringPool", true, pool.into())?);
    nodes.push(memory_node("_StringData", true, data.into())?);
    Ok(nodes)
}

/// A table whose texts are numbers.
struct Cells {
    name: Arc<str>,
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

/// A cell as it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cell {
    Text(u32),
    Short(u16),
    Long(u32),
}

/// Every text once, with the number of its uses.
#[derive(Default)]
pub(crate) struct Texts {
    numbers: HashMap<Arc<str>, usize>,
    texts: Vec<(Arc<str>, u32)>,
}

impl Texts {
    /// Returns the reference of a text; 0 is null.
    pub(crate) fn reference(&mut self, text: &Arc<str>) -> u32 {
        let next = self.texts.len();
        let number = *self.numbers.entry(text.clone()).or_insert(next);
        if number == next {
            self.texts.push((text.clone(), 0));
        }
        self.texts[number].1 += 1;
        u32::try_from(number + 1).unwrap_or(u32::MAX)
    }

    pub(crate) fn reference_size(&self) -> usize {
        if self.texts.len() > SHORT_REFERENCES {
            3
        } else {
            2
        }
    }

    /// Brings the texts into the order that the database has for them, and returns for each reference the new one.
    fn order(&mut self, database: &Database) -> Result<Vec<u32>, Error> {
        let known = database.texts()?;
        let mut order: Vec<usize> = (0..self.texts.len()).collect();
        order.sort_by_key(|&at| known.number(&self.texts[at].0));
        let mut numbers = vec![0; self.texts.len() + 1];
        for (number, &at) in (1..).zip(&order) {
            numbers[at + 1] = number;
        }
        self.texts = order.iter().map(|&at| self.texts[at].clone()).collect();
        self.numbers.clear();
        Ok(numbers)
    }

    /// Returns `_StringPool` and `_StringData`.
    ///
    /// Errors: a text with letters that the code page does not have; too many texts.
    pub(crate) fn streams(
        &self,
        code_page: u32,
        encode: &dyn Fn(&str) -> Result<Vec<u8>, Error>,
    ) -> Result<(Vec<u8>, Vec<u8>), Error> {
        if self.texts.len() > TEXTS_MAX {
            return Err(unwritable("it has more texts than a package can hold"));
        }
        let long = if self.reference_size() == 3 {
            LONG_REFERENCES
        } else {
            0
        };
        let (mut pool, mut data) = ((code_page | long).to_le_bytes().to_vec(), Vec::new());
        for (text, uses) in &self.texts {
            let bytes = encode(text)?;
            // More uses than a count can say stay at the highest.
            let uses = u16::try_from(*uses).unwrap_or(u16::MAX);
            match u16::try_from(bytes.len()) {
                Ok(length) => {
                    pool.extend(length.to_le_bytes());
                    pool.extend(uses.to_le_bytes());
                }
                Err(_) => {
                    let length = u32::try_from(bytes.len())
                        .map_err(|_| unwritable("a text is longer than 4 GiB"))?;
                    pool.extend([0, 0]);
                    pool.extend(uses.to_le_bytes());
                    pool.extend(length.to_le_bytes());
                }
            }
            data.extend_from_slice(&bytes);
        }
        Ok((pool, data))
    }
}

fn unwritable(what: &str) -> Error {
    Error::Unwritable {
        what: what.to_string(),
    }
}

/// Turns a table's rows into cells.
fn cells(database: &Database, table: &Table, texts: &mut Texts) -> Result<Cells, Error> {
    let kept: Vec<usize> = (0..table.columns.len())
        .filter(|&place| !table.columns[place].temporary)
        .collect();
    let columns: Vec<Column> = kept.iter().map(|&at| table.columns[at].clone()).collect();
    let mut rows = Vec::with_capacity(table.rows.len());
    for row in &table.rows {
        if database.is_temporary(&table.name, &table.key(row)) {
            continue;
        }
        rows.push(cells_of(table, row, kept.iter().copied(), texts)?);
    }
    Ok(Cells {
        name: table.name.clone(),
        columns,
        rows,
    })
}

impl Cell {
    /// Writes the cell; a text's reference has two or three bytes.
    pub(crate) fn write(self, reference_size: usize, to: &mut Vec<u8>) {
        match self {
            Cell::Text(number) => to.extend(&number.to_le_bytes()[..reference_size]),
            Cell::Short(number) => to.extend(number.to_le_bytes()),
            Cell::Long(number) => to.extend(number.to_le_bytes()),
        }
    }
}

impl Cells {
    /// Gives texts their new references, and sorts the rows by key.
    fn renumber(&mut self, numbers: &[u32]) {
        for cell in self.rows.iter_mut().flatten() {
            if let Cell::Text(number) = cell {
                *number = numbers.get(*number as usize).copied().unwrap_or(0);
            }
        }
        sort(&self.columns, &mut self.rows);
    }
}

fn sort(columns: &[Column], rows: &mut [Vec<Cell>]) {
    let keys: Vec<usize> = (0..columns.len()).filter(|&at| columns[at].key).collect();
    rows.sort_by(|a, b| {
        keys.iter()
            .map(|&at| a[at])
            .cmp(keys.iter().map(|&at| b[at]))
    });
}

/// Turns some of a row's values into cells.
///
/// Errors: [`Error::Cell`] where a value does not fit into its column.
pub(crate) fn cells_of(
    table: &Table,
    row: &Row,
    places: impl Iterator<Item = usize>,
    texts: &mut Texts,
) -> Result<Vec<Cell>, Error> {
    let cell = |place: usize| {
        let column = &table.columns[place];
        let value = row.get(place).unwrap_or(&Value::Null);
        cell(column, value, texts).ok_or_else(|| Error::Cell {
            table: table.name.to_string(),
            row: row.first().map(Value::to_string).unwrap_or_default(),
            column: column.name.to_string(),
            what: "the value does not fit into the column".to_string(),
        })
    };
    places.map(cell).collect()
}

/// Returns a cell as it is stored; none where the value does not fit into the column.
fn cell(column: &Column, value: &Value, texts: &mut Texts) -> Option<Cell> {
    Some(match (column.kind, value) {
        (ColumnKind::Text(_), Value::Text(text)) => Cell::Text(texts.reference(text)),
        (ColumnKind::Text(_), Value::Null) => Cell::Text(0),
        (ColumnKind::Short, Value::Integer(number)) => {
            let number = i16::try_from(*number).ok().filter(|&n| n != i16::MIN)?;
            Cell::Short(number.cast_unsigned() ^ 0x8000)
        }
        (ColumnKind::Long, Value::Integer(number)) if *number != i32::MIN => {
            Cell::Long(number.cast_unsigned() ^ 0x8000_0000)
        }
        (ColumnKind::Binary, Value::Stream(_)) => Cell::Short(1),
        (ColumnKind::Short | ColumnKind::Binary, Value::Null) => Cell::Short(0),
        (ColumnKind::Long, Value::Null) => Cell::Long(0),
        _ => return None,
    })
}

/// `_Tables` and `_Columns`, which are in neither.
fn schema(tables: &[Cells], texts: &mut Texts) -> [Cells; 2] {
    let (mut names, mut columns) = (Vec::new(), Vec::new());
    for table in tables {
        names.push(vec![Cell::Text(texts.reference(&table.name))]);
        for (number, column) in (1_u16..).zip(&table.columns) {
            columns.push(vec![
                Cell::Text(texts.reference(&table.name)),
                Cell::Short(number ^ 0x8000),
                Cell::Text(texts.reference(&column.name)),
                Cell::Short(type_bits(column) ^ 0x8000),
            ]);
        }
    }
    let key = |kind| Column {
        name: Arc::from(""),
        kind,
        key: true,
        nullable: false,
        localizable: false,
        temporary: false,
    };
    let made = |name: &str, columns: Vec<Column>, rows: Vec<Vec<Cell>>| Cells {
        name: Arc::from(name),
        columns,
        rows,
    };
    let two = vec![key(ColumnKind::Text(64)), key(ColumnKind::Short)];
    [
        made("_Tables", vec![key(ColumnKind::Text(64))], names),
        made("_Columns", two, columns),
    ]
}

/// Writes a table column by column.
fn stream(table: &Cells, reference_size: usize) -> Vec<u8> {
    let width = table.rows.first().map_or(0, Vec::len);
    let mut bytes = Vec::new();
    for place in 0..width {
        for row in &table.rows {
            row[place].write(reference_size, &mut bytes);
        }
    }
    bytes
}
