//! What a column may hold: by the package's own `_Validation`, and where it is silent, by the documentation.

use std::collections::HashMap;
use std::sync::OnceLock;

use database::Value;

use crate::package::Package;

/// Table, column, category, nullable (Y or N) and key table of every documented column.
const DOCUMENTED: &str = include_str!("columns.tsv");

/// What is known of a column.
pub(crate) struct Known<'a> {
    /// May it be null?
    pub(crate) nullable: bool,
    /// The lowest number.
    pub(crate) min: Option<i32>,
    /// The highest number.
    pub(crate) max: Option<i32>,
    /// Tables that it is a key of, joined by semicolons.
    pub(crate) key_tables: &'a str,
    /// Which column of them, from 1.
    pub(crate) key_column: usize,
    /// The name of its category; empty where none is told.
    pub(crate) category: &'a str,
    /// The values that it may have, joined by semicolons; empty: any.
    pub(crate) set: &'a str,
}

/// Returns what is known of a column.
pub(crate) fn column<'a>(package: &'a Package<'_>, table: &str, column: &str) -> Option<Known<'a>> {
    let key = [Value::from(table), Value::from(column)];
    let row = package
        .table("_Validation")
        .and_then(|table| table.find(&key));
    if let Some(row) = row {
        return Some(Known {
            nullable: row.text("Nullable").eq_ignore_ascii_case("Y"),
            min: row.integer("MinValue"),
            max: row.integer("MaxValue"),
            key_tables: row.text("KeyTable"),
            key_column: row
                .integer("KeyColumn")
                .and_then(|number| usize::try_from(number).ok())
                .unwrap_or(1),
            category: row.text("Category"),
            set: row.text("Set"),
        });
    }
    documented().get(&(table, column)).map(|known| Known {
        nullable: known.nullable,
        min: None,
        max: None,
        key_tables: known.key_table,
        key_column: 1,
        category: known.category,
        set: "",
    })
}

/// Is the table in the documentation?
pub fn is_documented(table: &str) -> bool {
    documented()
        .keys()
        .any(|(documented, _)| *documented == table)
}

/// A column as the documentation has it.
pub struct DocumentedColumn {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// Its category, such as `Identifier`.
    pub category: &'static str,
    /// May it be null?
    pub nullable: bool,
    /// The table that it is a key of; empty: of none.
    pub key_table: &'static str,
}

/// Every documented column of tables in packages: what `_Validation` has to say.
pub fn documented_columns() -> impl Iterator<Item = DocumentedColumn> {
    documented()
        .iter()
        .map(|(&(table, column), known)| DocumentedColumn {
            table,
            column,
            category: known.category,
            nullable: known.nullable,
            key_table: known.key_table,
        })
}

struct Documented {
    category: &'static str,
    nullable: bool,
    key_table: &'static str,
}

fn documented() -> &'static HashMap<(&'static str, &'static str), Documented> {
    static COLUMNS: OnceLock<HashMap<(&str, &str), Documented>> = OnceLock::new();
    COLUMNS.get_or_init(|| {
        DOCUMENTED
            .lines()
            .filter_map(|line| {
                let mut cells = line.split('\t');
                let place = (cells.next()?, cells.next()?);
                let known = Documented {
                    category: cells.next()?,
                    nullable: cells.next()? == "Y",
                    key_table: cells.next()?,
                };
                Some((place, known))
            })
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_column() {
        assert_eq!(documented().len(), DOCUMENTED.lines().count());
        let keys = documented().values().map(|known| known.key_table);
        let tables: Vec<&str> = documented().keys().map(|(table, _)| *table).collect();
        for key in keys.filter(|key| !key.is_empty()) {
            assert!(tables.contains(&key), "{key}");
        }
    }
}
