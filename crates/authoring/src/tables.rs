//! Rows by table, and the columns that the tables have.

use std::collections::BTreeMap;
use std::sync::Arc;

use database::{Column, ColumnKind, Database, Row, Table, Value};

/// Columns of the tables that a manifest fills: name, `*` for a key, and the definition as `_Columns` has it.
const TABLES: &str = include_str!("tables.txt");
/// Table, action, number and condition of the suggested sequences, as far as a manifest needs them.
const SEQUENCES: &str = include_str!("sequences.txt");

/// The tables of a package in the making.
pub(crate) struct Tables {
    rows: BTreeMap<&'static str, Vec<Row>>,
}

impl Tables {
    /// The sequences, and nothing else.
    pub(crate) fn new() -> Tables {
        let mut tables = Tables {
            rows: BTreeMap::new(),
        };
        for line in SEQUENCES.lines().filter(|line| !line.starts_with('#')) {
            let mut words = line.splitn(4, ' ');
            if let (Some(table), Some(action), Some(number)) =
                (words.next(), words.next(), words.next())
            {
                let condition = words.next().unwrap_or("");
                let number: i32 = number.parse().unwrap_or(0);
                tables.add(table, [action.into(), condition.into(), number.into()]);
            }
        }
        tables
    }

    /// Adds a row; cells that are left out at its end are null.
    pub(crate) fn add(&mut self, table: &'static str, row: impl IntoIterator<Item = Value>) {
        self.rows
            .entry(table)
            .or_default()
            .push(row.into_iter().collect());
    }

    pub(crate) fn has(&self, table: &str) -> bool {
        self.rows.contains_key(table)
    }

    /// Puts the tables in a database, with what `_Validation` says of their columns.
    pub(crate) fn write(mut self, database: &mut Database) {
        let documented: Vec<validation::DocumentedColumn> =
            validation::documented_columns().collect();
        let mut told = Vec::new();
        let definitions: Vec<(&str, Vec<Column>)> = TABLES.lines().filter_map(definition).collect();
        let filled = |name: &str| self.rows.contains_key(name) || name == "_Validation";
        for (name, columns) in definitions.iter().filter(|(name, _)| filled(name)) {
            for column in columns {
                let known = documented
                    .iter()
                    .find(|known| known.table == *name && known.column == &*column.name);
                told.extend(known.map(|known| validation_row(known, &filled)));
            }
        }
        self.rows.insert("_Validation", told);
        for (name, columns) in definitions {
            let Some(mut rows) = self.rows.remove(name) else {
                continue;
            };
            for row in &mut rows {
                row.resize(columns.len(), Value::Null);
            }
            let table = Table::new(name, columns, rows);
            database.replace_table(table);
        }
    }
}

/// A row of `_Validation`. "_Validation Table".
fn validation_row(known: &validation::DocumentedColumn, filled: &dyn Fn(&str) -> bool) -> Row {
    let range = match known.category {
        "Integer" => Some(0x7FFF),
        "DoubleInteger" => Some(0x7FFF_FFFF),
        _ => None,
    };
    let category = if range.is_some() { "" } else { known.category };
    let key_table = if filled(known.key_table) {
        known.key_table
    } else {
        ""
    };
    vec![
        known.table.into(),
        known.column.into(),
        if known.nullable { "Y" } else { "N" }.into(),
        range.map_or(Value::Null, |most| Value::from(-most)),
        range.map_or(Value::Null, Value::from),
        key_table.into(),
        if key_table.is_empty() {
            Value::Null
        } else {
            Value::from(1)
        },
        category.into(),
        Value::Null,
        Value::Null,
    ]
}

fn definition(line: &'static str) -> Option<(&'static str, Vec<Column>)> {
    let (name, columns) = line.split_once(": ")?;
    Some((name, columns.split(", ").filter_map(column).collect()))
}

fn column(text: &str) -> Option<Column> {
    let (name, kind) = text.split_once(':')?;
    let letter = kind.chars().next()?;
    let size: u8 = kind[1..].parse().ok()?;
    Some(Column {
        name: Arc::from(name.trim_end_matches('*')),
        kind: match letter.to_ascii_lowercase() {
            'i' if size == 2 => ColumnKind::Short,
            'i' => ColumnKind::Long,
            'v' => ColumnKind::Binary,
            _ => ColumnKind::Text(size),
        },
        key: name.ends_with('*'),
        nullable: letter.is_ascii_uppercase(),
        localizable: letter.eq_ignore_ascii_case(&'l'),
        temporary: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_table() {
        for line in TABLES.lines() {
            let (name, columns) = definition(line).unwrap();
            assert_eq!(columns.len(), line.matches(", ").count() + 1, "{name}");
            assert!(columns[0].key, "{name}");
        }
    }
}
