//! One table in memory, and its rows as records.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, OnceLock};

use crate::{Column, Error, Row, Value};

/// One table, as read.
///
/// Change `columns` and `rows` only in a copy that was not searched yet: [`Table::find`] remembers where keys are.
#[derive(Debug)]
pub struct Table {
    /// Its name.
    pub name: Arc<str>,
    /// Its columns, keys first.
    pub columns: Vec<Column>,
    /// Its rows, in stored order.
    pub rows: Vec<Row>,
    index: OnceLock<Index>,
}

/// One row of a table, its cells by column name.
#[derive(Clone, Copy)]
pub struct Record<'a> {
    /// The table.
    pub table: &'a Table,
    /// The row.
    pub row: &'a Row,
}

/// Rows by some of their cells: the first row of each hash, and after each row the next of the same hash.
#[derive(Debug)]
pub(crate) struct Index {
    columns: Vec<usize>,
    state: RandomState,
    first: HashMap<u64, usize>,
    next: Vec<Option<usize>>,
}

impl Clone for Table {
    fn clone(&self) -> Table {
        Table::new(self.name.clone(), self.columns.clone(), self.rows.clone())
    }
}

impl Table {
    /// Makes a table; each row has a cell for each column.
    pub fn new(name: impl Into<Arc<str>>, columns: Vec<Column>, rows: Vec<Row>) -> Table {
        Table {
            name: name.into(),
            columns,
            rows,
            index: OnceLock::new(),
        }
    }

    /// Returns the rows as records.
    pub fn records(&self) -> impl Iterator<Item = Record<'_>> {
        self.rows.iter().map(|row| Record { table: self, row })
    }

    /// Returns the row with this primary key: a value for each key column, in order.
    pub fn find(&self, key: &[Value]) -> Option<Record<'_>> {
        Some(Record {
            table: self,
            row: &self.rows[self.find_place(key)?],
        })
    }

    /// Returns the place of the row with this primary key.
    pub(crate) fn find_place(&self, key: &[Value]) -> Option<usize> {
        let index = self
            .index
            .get_or_init(|| Index::new(&self.rows, self.key_columns().collect()));
        index.rows(&self.rows, key).next()
    }

    /// Lets go of what [`Table::find`] remembers, before rows change.
    pub(crate) fn forget_index(&mut self) {
        self.index = OnceLock::new();
    }

    /// Returns the place of a column, from 0. Names are case-sensitive.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| &*column.name == name)
    }

    /// The places of the columns that make the primary key.
    pub fn key_columns(&self) -> impl Iterator<Item = usize> {
        (0..self.columns.len()).filter(|&place| self.columns[place].key)
    }

    /// The primary key of a row.
    pub fn key(&self, row: &Row) -> Vec<Value> {
        self.key_columns()
            .filter_map(|place| row.get(place).cloned())
            .collect()
    }
}

impl Index {
    /// Sorts rows by the cells of these columns.
    pub(crate) fn new(rows: &[Row], columns: Vec<usize>) -> Index {
        let mut index = Index {
            columns,
            state: RandomState::new(),
            first: HashMap::with_capacity(rows.len()),
            next: vec![None; rows.len()],
        };
        // Backwards, so that rows of one hash are found in their order.
        for (number, row) in rows.iter().enumerate().rev() {
            let hash = index.hash(index.columns.iter().map(|&place| row.get(place)));
            index.next[number] = index.first.insert(hash, number);
        }
        index
    }

    /// Returns the rows whose cells are `key`, in order.
    pub(crate) fn rows<'a>(
        &'a self,
        rows: &'a [Row],
        key: &'a [Value],
    ) -> impl Iterator<Item = usize> + 'a {
        let hash = self.hash(key.iter().map(Some));
        let mut at = self.first.get(&hash).copied();
        std::iter::from_fn(move || {
            let here = at?;
            at = self.next[here];
            Some(here)
        })
        .filter(move |&number| {
            let cells = self.columns.iter().map(|&place| rows[number].get(place));
            cells.eq(key.iter().map(Some))
        })
    }

    fn hash<'a>(&self, cells: impl Iterator<Item = Option<&'a Value>>) -> u64 {
        let cells: Vec<Option<&Value>> = cells.collect();
        self.state.hash_one(cells)
    }
}

impl<'a> Record<'a> {
    /// Returns a cell; `Null` where the table has no such column.
    pub fn value(&self, column: &str) -> &'a Value {
        const NULL: &Value = &Value::Null;
        self.table
            .column(column)
            .and_then(|place| self.row.get(place))
            .unwrap_or(NULL)
    }

    /// Returns the text of a cell; "" for null.
    pub fn text(&self, column: &str) -> &'a str {
        self.value(column).text().unwrap_or("")
    }

    /// Returns the number of a cell, or none.
    pub fn integer(&self, column: &str) -> Option<i32> {
        self.value(column).integer()
    }

    /// Returns the text of a cell that may not be null.
    ///
    /// Errors: [`Error::Cell`] with table, row and column.
    pub fn required(&self, column: &str) -> Result<&'a str, Error> {
        let text = self.value(column).text();
        text.ok_or_else(|| self.missing(column, "it must have a text and has none"))
    }

    /// Returns the number of a cell that may not be null.
    ///
    /// Errors: [`Error::Cell`] with table, row and column.
    pub fn required_integer(&self, column: &str) -> Result<i32, Error> {
        let number = self.integer(column);
        number.ok_or_else(|| self.missing(column, "it must have a number and has none"))
    }

    fn missing(&self, column: &str, what: &str) -> Error {
        let columns = &self.table.columns;
        let has_column = columns.iter().any(|other| *other.name == *column);
        let no_column = "the table has no such column";
        self.error(column, if has_column { what } else { no_column })
    }

    /// Returns the error that a cell of this row is wrong.
    pub fn error(&self, column: &str, what: impl Into<String>) -> Error {
        Error::Cell {
            table: self.table.name.to_string(),
            row: self.key(),
            column: column.to_string(),
            what: what.into(),
        }
    }

    /// Returns the primary key as people read it: `key1/key2`.
    pub fn key(&self) -> String {
        let keys = self.table.key(self.row);
        let keys: Vec<String> = keys.iter().map(Value::to_string).collect();
        keys.join("/")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::column;

    fn table(rows: usize) -> Table {
        let columns = [("K", 0x2D48), ("N", 0x2502), ("V", 0x1D00)];
        Table::new(
            "T",
            columns
                .map(|(name, kind)| column(name.into(), kind))
                .to_vec(),
            (0..rows)
                .map(|n| {
                    let number = i32::try_from(n / 2).unwrap();
                    let text = if n % 2 == 0 { "even" } else { "odd" };
                    vec![
                        Value::from(text),
                        Value::from(number),
                        Value::from(format!("v{n}")),
                    ]
                })
                .collect(),
        )
    }

    #[test]
    fn rows_are_found_by_key() {
        let table = table(1000);
        for n in 0..500 {
            let key = [Value::from("odd"), Value::from(n)];
            assert_eq!(
                table.find(&key).unwrap().text("V"),
                format!("v{}", 2 * n + 1)
            );
        }
        assert!(
            table
                .find(&[Value::from("odd"), Value::from(500)])
                .is_none()
        );
        assert!(table.find(&[Value::from("odd")]).is_none());
    }

    #[test]
    fn a_copy_is_searched_anew() {
        let table = table(2);
        let key = [Value::from("even"), Value::from(0)];
        assert!(table.find(&key).is_some());
        let mut copy = table.clone();
        copy.rows.remove(0);
        assert!(copy.find(&key).is_none());
    }

    #[test]
    fn cells_by_name() {
        let table = table(1);
        let record = table.records().next().unwrap();
        assert_eq!(record.key(), "even/0");
        assert_eq!((record.text("Nope"), record.integer("N")), ("", Some(0)));
        assert_eq!(record.required("V").unwrap(), "v0");
        assert_eq!(
            record.required("N").unwrap_err().to_string(),
            "table T, row even/0, column N: it must have a text and has none"
        );
    }
}
