//! Which tables a package has, and their columns: `_Tables` and `_Columns`.

use std::collections::HashMap;
use std::sync::Arc;

use crate::bytes::u16_at;
use crate::pool::Pool;
use crate::storage::Storage;
use crate::{Column, ColumnKind, Error};

/// Bits of a column's type, as `_Columns` holds it.
pub(crate) mod bits {
    pub(crate) const SIZE: u16 = 0xFF;
    pub(crate) const PERSISTENT: u16 = 0x100;
    pub(crate) const LOCALIZABLE: u16 = 0x200;
    /// With `STRING`: text; alone: a 16-bit integer.
    pub(crate) const SHORT: u16 = 0x400;
    /// Alone: a stream.
    pub(crate) const STRING: u16 = 0x800;
    pub(crate) const NULLABLE: u16 = 0x1000;
    pub(crate) const KEY: u16 = 0x2000;
    pub(crate) const TEMPORARY: u16 = 0x4000;
}

/// A table's name and columns.
pub(crate) struct TableSchema {
    pub(crate) name: Arc<str>,
    pub(crate) columns: Vec<Column>,
}

/// Reads the tables that a package says it has, in stored order.
///
/// Errors: [`Error::Stream`] where a name or number is missing; one without `_Tables` has none.
pub(crate) fn read(storage: &Storage, pool: &Pool) -> Result<Vec<TableSchema>, Error> {
    let mut columns = read_columns(storage, pool)?;
    let size = pool.reference_size();
    let stream = storage.table("_Tables")?.unwrap_or_default();
    let mut tables = Vec::with_capacity(stream.len() / size);
    for bytes in stream.chunks_exact(size) {
        if let Some(name) = pool.text(reference(bytes))? {
            let mut columns = columns.remove(&name).unwrap_or_default();
            columns.sort_by_key(|&(number, _)| number);
            tables.push(TableSchema {
                columns: columns.into_iter().map(|(_, column)| column).collect(),
                name,
            });
        }
    }
    Ok(tables)
}

type NumberedColumns = HashMap<Arc<str>, Vec<(i32, Column)>>;

/// Reads `_Columns`, whose own columns are Table, Number, Name and Type.
fn read_columns(storage: &Storage, pool: &Pool) -> Result<NumberedColumns, Error> {
    let size = pool.reference_size();
    let stream = storage.table("_Columns")?.unwrap_or_default();
    let rows = stream.len() / (2 * size + 4);
    let (names, numbers, types) = (rows * (size + 2), rows * size, rows * (2 * size + 2));
    let mut tables = NumberedColumns::new();
    for row in 0..rows {
        let text = |at: usize| pool.text(reference(&stream[at..at + size]));
        let (Some(table), Some(name)) = (text(row * size)?, text(names + row * size)?) else {
            let offset = (row * size) as u64;
            return Err(Error::stream("_Columns", "a row has no name", offset));
        };
        let number = i32::from(u16_at(&stream, numbers + 2 * row) ^ 0x8000);
        let column = column(name, u16_at(&stream, types + 2 * row) ^ 0x8000);
        tables.entry(table).or_default().push((number, column));
    }
    Ok(tables)
}

/// Reads a reference of two or three bytes.
pub(crate) fn reference(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .rev()
        .fold(0, |number, &byte| number << 8 | u32::from(byte))
}

/// Returns the column that these type bits describe.
pub(crate) fn column(name: Arc<str>, kind: u16) -> Column {
    let size = (kind & bits::SIZE) as u8;
    Column {
        name,
        kind: match (kind & bits::STRING != 0, kind & bits::SHORT != 0) {
            (true, true) => ColumnKind::Text(size),
            (true, false) => ColumnKind::Binary,
            (false, _) if size == 2 => ColumnKind::Short,
            (false, _) if size == 4 => ColumnKind::Long,
            (false, true) => ColumnKind::Short,
            (false, false) => ColumnKind::Long,
        },
        key: kind & bits::KEY != 0,
        nullable: kind & bits::NULLABLE != 0,
        localizable: kind & bits::LOCALIZABLE != 0,
        temporary: kind & bits::TEMPORARY != 0,
    }
}

/// Returns the type bits of a column.
pub(crate) fn type_bits(column: &Column) -> u16 {
    let mut kind = match column.kind {
        ColumnKind::Short => bits::SHORT | 2,
        ColumnKind::Long => 4,
        ColumnKind::Text(size) => bits::STRING | bits::SHORT | u16::from(size),
        ColumnKind::Binary => bits::STRING,
    };
    for (set, bit) in [
        (column.key, bits::KEY),
        (column.nullable, bits::NULLABLE),
        (column.localizable, bits::LOCALIZABLE),
        (column.temporary, bits::TEMPORARY),
        (!column.temporary, bits::PERSISTENT),
    ] {
        if set {
            kind |= bit;
        }
    }
    kind
}
