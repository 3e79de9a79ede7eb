//! The changes of one table, out of a transform's stream of that table's name.
//!
//! Microsoft does not describe the stream; this is what the transforms of several tools have in common. It
//! holds one record after the other. Each begins with a 16-bit mask:
//!
//! ```text
//! 1 + 256 × n    a new row: its first n cells follow
//! 0              a row goes: its key follows
//! otherwise      a row changes: its key follows, and a cell for each bit, bit 0 standing for the first column
//! ```
//!
//! Cells are as in a table, texts being references into the transform's own pool. The contents of a binary cell
//! are a stream of the transform. Wine reads 16 bits for tables of more columns, too; whoever writes that a later
//! cell changes takes the row away and adds it anew. Streams with masks of 32 bits are read where 16 do not fit.

use crate::bytes::{u16_at, u32_at};
use crate::pool::Pool;
use crate::{Column, Error, Row, TransformError, Value, rows};

/// One change of a table's rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowChange {
    /// A new row, with a cell for each column of the table.
    Insert(Row),
    /// The row with this key goes.
    Delete(Vec<Value>),
    /// The row with this key gets other cells.
    Update {
        /// A value for each key column, in order.
        key: Vec<Value>,
        /// The new cells, by their column's place from 0.
        cells: Vec<(usize, Value)>,
    },
}

/// Returns the changes of a table with these columns, in order.
///
/// Errors: [`TransformError::Format`] where the stream does not hold whole records of such a table.
pub(super) fn read(
    table: &str,
    columns: &[Column],
    pool: &Pool,
    stream: &[u8],
) -> Result<Vec<RowChange>, Error> {
    let records = |mask_width| {
        Records {
            table,
            columns,
            pool,
            stream,
            mask_width,
            at: 0,
        }
        .collect::<Result<Vec<_>, _>>()
    };
    let short = records(2);
    if columns.len() <= 16
        || short
            .as_ref()
            .is_ok_and(|changes| has_keys(columns, changes))
    {
        return short;
    }
    records(4).or(short)
}

/// Has every change a key where the table must have one?
fn has_keys(columns: &[Column], changes: &[RowChange]) -> bool {
    let keys = || columns.iter().filter(|column| column.key);
    let whole = |column: &Column, value: &Value| column.nullable || *value != Value::Null;
    changes.iter().all(|change| match change {
        RowChange::Insert(row) => {
            let mut cells = columns.iter().zip(row).filter(|(column, _)| column.key);
            cells.all(|(column, value)| whole(column, value))
        }
        RowChange::Delete(key) | RowChange::Update { key, .. } => {
            keys().zip(key).all(|(column, value)| whole(column, value))
        }
    })
}

struct Records<'a> {
    table: &'a str,
    columns: &'a [Column],
    pool: &'a Pool,
    stream: &'a [u8],
    /// In bytes.
    mask_width: usize,
    at: usize,
}

impl Iterator for Records<'_> {
    type Item = Result<RowChange, Error>;

    fn next(&mut self) -> Option<Result<RowChange, Error>> {
        if self.at == self.stream.len() {
            return None;
        }
        let change = self.record();
        if change.is_err() {
            self.at = self.stream.len();
        }
        Some(change)
    }
}

impl<'a> Records<'a> {
    fn record(&mut self) -> Result<RowChange, Error> {
        let start = self.at;
        let mask = match (self.take(self.mask_width)?, self.mask_width) {
            (bytes, 2) => u32::from(u16_at(bytes, 0)),
            (bytes, _) => u32_at(bytes, 0),
        };
        if mask & 1 != 0 {
            return self.new_row((mask >> 8) as usize, start);
        }
        if mask.checked_shr(self.columns.len() as u32).unwrap_or(0) != 0 {
            return Err(self.wrong("a cell is of a column that the table does not have", start));
        }
        let key_columns: Vec<usize> = self.places(|column| column.key).collect();
        let key = self.cells(&key_columns)?;
        if mask == 0 {
            return Ok(RowChange::Delete(key));
        }
        let changed: Vec<usize> = (0..self.columns.len())
            .filter(|&place| mask >> place & 1 != 0 && !self.columns[place].key)
            .collect();
        let mut cells = self.cells(&changed)?;
        let stream = rows::key_stream_name(self.table, &key);
        name_streams(&mut cells, &stream);
        let cells = changed.into_iter().zip(cells).collect();
        Ok(RowChange::Update { key, cells })
    }

    fn new_row(&mut self, count: usize, start: usize) -> Result<RowChange, Error> {
        let keys = self.places(|column| column.key).max().map_or(1, |k| k + 1);
        if !(keys..=self.columns.len()).contains(&count) {
            let what = format!("a new row has {count} cells");
            return Err(self.wrong(what, start));
        }
        let mut row = self.cells(&(0..count).collect::<Vec<_>>())?;
        row.resize(self.columns.len(), Value::Null);
        rows::name_streams(self.table, self.columns, &mut row);
        Ok(RowChange::Insert(row))
    }

    fn places(&self, wanted: impl Fn(&Column) -> bool) -> impl Iterator<Item = usize> {
        (0..self.columns.len()).filter(move |&place| wanted(&self.columns[place]))
    }

    fn cells(&mut self, places: &[usize]) -> Result<Vec<Value>, Error> {
        places.iter().map(|&place| self.cell(place)).collect()
    }

    fn cell(&mut self, place: usize) -> Result<Value, Error> {
        let (column, start) = (&self.columns[place], self.at);
        let bytes = self.take(rows::width(column, self.pool))?;
        rows::read_value(column, self.pool, bytes).map_err(|error| match error {
            Error::Stream { what, .. } => self.wrong(what, start),
            other => other,
        })
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Error> {
        let stream = self.stream;
        match stream.get(self.at..self.at + length) {
            Some(bytes) => {
                self.at += length;
                Ok(bytes)
            }
            None => Err(self.wrong("it ends within a row", self.at)),
        }
    }

    fn wrong(&self, what: impl Into<String>, offset: usize) -> Error {
        Error::Transform(TransformError::Format {
            stream: self.table.to_string(),
            what: what.into(),
            offset,
        })
    }
}

/// Gives binary cells the name of their stream.
fn name_streams(cells: &mut [Value], name: &str) {
    for cell in cells {
        if let Value::Stream(stream) = cell {
            *stream = name.into();
        }
    }
}
