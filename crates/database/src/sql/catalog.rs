//! The tables that describe a package: `_Tables`, `_Columns`, `_Streams`, `_Storages`.
//!
//! Follows: Microsoft, "_Tables Table", "_Columns Table", "_Streams Table", "_Storages Table".

use std::sync::Arc;

use crate::schema::{column, type_bits};
use crate::{Database, Row, Table, Value};

/// Is this the name of such a table?
pub(super) fn is_catalog(name: &str) -> bool {
    matches!(name, "_Streams" | "_Storages") || is_read_only(name)
}

/// Is this a table that statements cannot change?
pub(super) fn is_read_only(name: &str) -> bool {
    matches!(name, "_Tables" | "_Columns")
}

/// Returns a table of this kind; none where the name is another's.
pub(super) fn table(database: &Database, name: &str) -> Option<Arc<Table>> {
    let (columns, rows): (&[(&str, u16)], Vec<Row>) = match name {
        "_Tables" => (&[("Name", 0x2D40)], tables(database)),
        "_Columns" => (
            &[
                ("Table", 0x2D40),
                ("Number", 0x2502),
                ("Name", 0x0D40),
                ("Type", 0x0502),
            ],
            columns(database),
        ),
        "_Streams" => (
            &[("Name", 0x2D3E), ("Data", 0x1900)],
            contents(database.stream_names()),
        ),
        "_Storages" => (
            &[("Name", 0x2D3E), ("Data", 0x1900)],
            contents(database.storage_names()),
        ),
        _ => return None,
    };
    let columns = columns
        .iter()
        .map(|&(name, kind)| column(name.into(), kind));
    Some(Arc::new(Table::new(name, columns.collect(), rows)))
}

fn tables(database: &Database) -> Vec<Row> {
    database
        .table_names()
        .filter(|name| database.is_persistent(name) == Some(true))
        .map(|name| vec![name.into()])
        .collect()
}

fn columns(database: &Database) -> Vec<Row> {
    let mut rows = Vec::new();
    for table in database.table_names() {
        for (column, number) in database.columns(table).unwrap_or_default().iter().zip(1..) {
            if column.temporary {
                continue;
            }
            let kind = i32::from(type_bits(column));
            let name = Value::from(&*column.name);
            rows.push(vec![
                table.into(),
                Value::Integer(number),
                name,
                Value::Integer(kind),
            ]);
        }
    }
    rows
}

fn contents(names: Vec<&str>) -> Vec<Row> {
    let row = |name: &str| vec![name.into(), Value::Stream(name.into())];
    names.into_iter().map(row).collect()
}
