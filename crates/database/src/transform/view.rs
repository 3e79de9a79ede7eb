//! The changes of a transform as a table.
//!
//! Follows: Microsoft, "_TransformView table".

use super::{RowChange, TableChanges};
use crate::schema::{bits, column, type_bits};
use crate::{Database, Error, Row, Table, Value};

const NAME: &str = "_TransformView";

/// Returns the table `_TransformView` with these changes, after those that it has in `database`.
pub(super) fn table(database: &Database, changes: &[TableChanges]) -> Result<Table, Error> {
    let mut view = match database.table(NAME)? {
        Some(table) => Table::clone(&table),
        None => empty(),
    };
    for change in changes {
        let there = database.rows(&change.name)?;
        add_schema(&mut view.rows, change);
        for row in &change.rows {
            add_row(&mut view.rows, change, &there, row);
        }
    }
    Ok(view)
}

fn empty() -> Table {
    const TEXT: u16 = bits::TEMPORARY | bits::STRING | bits::SHORT;
    let columns = [
        ("Table", TEXT | bits::KEY),
        ("Column", TEXT | bits::KEY),
        ("Row", TEXT | bits::KEY | bits::NULLABLE),
        ("Data", TEXT | bits::NULLABLE),
        ("Current", TEXT | bits::NULLABLE),
    ];
    let columns = columns.map(|(name, kind)| column(name.into(), kind));
    Table::new(NAME, columns.to_vec(), Vec::new())
}

fn add_schema(view: &mut Vec<Row>, change: &TableChanges) {
    let cells = |column: &str, data: Value, current: Value| {
        let table = Value::Text(change.name.clone());
        vec![table, column.into(), Value::Null, data, current]
    };
    if change.dropped {
        view.push(cells("DROP", Value::Null, Value::Null));
        return;
    }
    if change.created {
        view.push(cells("CREATE", Value::Null, Value::Null));
    }
    let first = change.columns.len() - change.added_columns;
    for (place, column) in change.columns.iter().enumerate().skip(first) {
        let definition = type_bits(column).to_string();
        let number = (place + 1).to_string();
        view.push(cells(&column.name, definition.into(), number.into()));
    }
}

fn add_row(view: &mut Vec<Row>, change: &TableChanges, there: &Table, row: &RowChange) {
    let mut add = |column: &str, key: &[Value], data: Value, current: Value| {
        let table = Value::Text(change.name.clone());
        view.push(vec![table, column.into(), row_key(key), data, current]);
    };
    match row {
        RowChange::Insert(row) => {
            let columns = change.columns.iter().zip(row);
            let key = columns.filter(|(column, _)| column.key);
            let key: Vec<Value> = key.map(|(_, value)| value.clone()).collect();
            add("INSERT", &key, Value::Null, Value::Null);
        }
        RowChange::Delete(key) => add("DELETE", key, Value::Null, Value::Null),
        RowChange::Update { key, cells } => {
            let current = there.find(key);
            for (place, value) in cells {
                let old = current.and_then(|record| record.row.get(*place));
                let old = old.map_or(Value::Null, |value| value.to_string().into());
                let data = value.to_string().into();
                add(&change.columns[*place].name, key, data, old);
            }
        }
    }
}

/// The keys, separated by tabs; a null key is a space.
fn row_key(key: &[Value]) -> Value {
    let key: Vec<String> = key
        .iter()
        .map(|value| match value {
            Value::Null => " ".to_string(),
            other => other.to_string(),
        })
        .collect();
    key.join("\t").into()
}
