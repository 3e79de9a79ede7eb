//! Rows out of a table's stream, in which each column stands whole before the next.

use std::sync::Arc;

use crate::bytes::{u16_at, u32_at};
use crate::pool::Pool;
use crate::schema::reference;
use crate::{Column, ColumnKind, Error, Row, Value};

/// Returns the rows of a table.
///
/// Errors: [`Error::Stream`] where the bytes are no whole number of rows, [`Error::Cell`] for a text that the
/// pool does not have.
pub(crate) fn read(
    table: &str,
    columns: &[Column],
    pool: &Pool,
    stream: &[u8],
) -> Result<Vec<Row>, Error> {
    let widths: Vec<usize> = columns.iter().map(|column| width(column, pool)).collect();
    let row_width: usize = widths.iter().sum();
    if row_width == 0 {
        return Ok(Vec::new());
    }
    let count = stream.len() / row_width;
    if !stream.len().is_multiple_of(row_width) {
        let what = format!("it is no whole number of rows of {row_width} bytes");
        return Err(Error::stream(table, what, (count * row_width) as u64));
    }
    let mut starts = Vec::with_capacity(widths.len());
    let mut start = 0;
    for width in &widths {
        starts.push(start);
        start += width * count;
    }
    (0..count)
        .map(|row| {
            let cell = |column: usize| {
                let at = starts[column] + row * widths[column];
                &stream[at..at + widths[column]]
            };
            read_row(table, columns, pool, row, &cell)
        })
        .collect()
}

/// How many bytes a cell has.
pub(crate) fn width(column: &Column, pool: &Pool) -> usize {
    match column.kind {
        ColumnKind::Short | ColumnKind::Binary => 2,
        ColumnKind::Long => 4,
        ColumnKind::Text(_) => pool.reference_size(),
    }
}

fn read_row<'a>(
    table: &str,
    columns: &[Column],
    pool: &Pool,
    row: usize,
    cell: &dyn Fn(usize) -> &'a [u8],
) -> Result<Row, Error> {
    let mut values = Vec::with_capacity(columns.len());
    for (number, column) in columns.iter().enumerate() {
        let value = read_value(column, pool, cell(number)).map_err(|error| match error {
            Error::Stream { what, .. } => Error::Cell {
                table: table.to_string(),
                row: (row + 1).to_string(),
                column: column.name.to_string(),
                what,
            },
            other => other,
        })?;
        values.push(value);
    }
    name_streams(table, columns, &mut values);
    Ok(values)
}

/// Reads one cell; a stream is still without its name.
pub(crate) fn read_value(column: &Column, pool: &Pool, cell: &[u8]) -> Result<Value, Error> {
    Ok(match column.kind {
        ColumnKind::Short => match u16_at(cell, 0) {
            0 => Value::Null,
            stored => Value::Integer(i32::from(stored) - 0x8000),
        },
        ColumnKind::Long => match u32_at(cell, 0) {
            0 => Value::Null,
            stored => Value::Integer((stored ^ 0x8000_0000).cast_signed()),
        },
        ColumnKind::Text(_) => pool.text(reference(cell))?.map_or(Value::Null, Value::Text),
        ColumnKind::Binary => match u16_at(cell, 0) {
            0 => Value::Null,
            _ => Value::Stream(Arc::from("")),
        },
    })
}

/// Gives each binary cell the name of its stream: table and keys, joined by periods.
pub(crate) fn name_streams(table: &str, columns: &[Column], row: &mut Row) {
    for number in 0..columns.len() {
        if columns[number].kind == ColumnKind::Binary && row[number] != Value::Null {
            row[number] = Value::Stream(stream_name(table, columns, row).into());
        }
    }
}

/// Returns the name of the stream that a row's binary cell has.
pub(crate) fn stream_name(table: &str, columns: &[Column], row: &Row) -> String {
    let cells = columns.iter().zip(row);
    let key = cells.filter(|(column, _)| column.key);
    key_stream_name(table, key.map(|(_, value)| value))
}

/// Returns the name of the stream that the binary cell of the row with this key has.
pub(crate) fn key_stream_name<'a>(table: &str, key: impl IntoIterator<Item = &'a Value>) -> String {
    let mut name = table.to_string();
    for value in key {
        name.push('.');
        name.push_str(&value.to_string());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::column;

    fn columns() -> Vec<Column> {
        [
            ("Key", 0x2D48),
            ("Short", 0x1502),
            ("Long", 0x1104),
            ("Data", 0x1900),
        ]
        .map(|(name, kind)| column(name.into(), kind))
        .to_vec()
    }

    fn pool() -> Pool {
        Pool::read(&[0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0], b"ab".to_vec()).unwrap()
    }

    #[test]
    fn columns_stand_one_after_the_other() {
        let stream = [
            &[1, 0, 2, 0][..],
            &[0, 0, 0xff, 0x7f],
            &[0, 0, 0, 0, 0x70, 0x11, 1, 0x80],
            &[1, 0, 0, 0],
        ]
        .concat();
        let rows = read("T", &columns(), &pool(), &stream).unwrap();
        assert_eq!(
            rows,
            [
                vec![
                    Value::from("a"),
                    Value::Null,
                    Value::Null,
                    Value::Stream("T.a".into())
                ],
                vec![
                    Value::from("b"),
                    Value::from(-1),
                    Value::from(70000),
                    Value::Null
                ],
            ]
        );
    }

    #[test]
    fn damage_is_named() {
        let error = |stream: &[u8]| {
            read("T", &columns(), &pool(), stream)
                .unwrap_err()
                .to_string()
        };
        assert_eq!(
            error(&[3, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
            "table T, row 1, column Key: there is no text 3"
        );
        assert_eq!(
            error(&[1, 0, 0]),
            "stream T: it is no whole number of rows of 10 bytes (at byte 0 of it)"
        );
    }
}
