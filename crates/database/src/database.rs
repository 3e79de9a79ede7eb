//! An open package.

use std::io::{Read, Seek};
use std::sync::Arc;

use crate::{Column, Error, Row, Value};

/// An open package. Tables are read when asked for.
pub struct Database {}

/// One table, as read.
#[derive(Debug, Clone)]
pub struct Table {
    /// Its name.
    pub name: Arc<str>,
    /// Its columns, keys first.
    pub columns: Vec<Column>,
    /// Its rows, in stored order.
    pub rows: Vec<Row>,
}

/// One row of a table, its cells by column name.
#[derive(Clone, Copy)]
pub struct Record<'a> {
    /// The table.
    pub table: &'a Table,
    /// The row.
    pub row: &'a Row,
}

impl Database {
    /// Opens a package over any reader.
    ///
    /// Errors: [`Error::Container`] when it is not one.
    pub fn open<R: Read + Seek + Send + 'static>(reader: R) -> Result<Database, Error> {
        let _ = reader;
        unimplemented!()
    }

    /// Returns a table; none where the package has no such table.
    pub fn table(&self, name: &str) -> Result<Option<Arc<Table>>, Error> {
        let _ = name;
        unimplemented!()
    }
}

impl Table {
    /// Returns the rows as records.
    pub fn records(&self) -> impl Iterator<Item = Record<'_>> {
        self.rows.iter().map(|row| Record { table: self, row })
    }

    /// Returns the row with this primary key.
    pub fn find(&self, key: &[Value]) -> Option<Record<'_>> {
        let _ = key;
        unimplemented!()
    }
}

impl<'a> Record<'a> {
    /// Returns a cell; `Null` where the table has no such column.
    pub fn value(&self, column: &str) -> &'a Value {
        let _ = column;
        unimplemented!()
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
        let _ = column;
        unimplemented!()
    }

    /// Returns the primary key as people read it: `key1/key2`.
    pub fn key(&self) -> String {
        unimplemented!()
    }
}
