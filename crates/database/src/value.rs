//! Cells, rows and columns.

use std::fmt;
use std::sync::Arc;

/// One cell.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    /// No value. Empty text is the same as null in a package.
    Null,
    /// A 16- or 32-bit integer.
    Integer(i32),
    /// Text, never empty.
    Text(Arc<str>),
    /// A binary cell, by the name of the stream that holds it, such as `Icon.app.exe`.
    Stream(Arc<str>),
}

impl Value {
    /// The text of a text cell.
    pub fn text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number of an integer cell.
    pub fn integer(&self) -> Option<i32> {
        match self {
            Value::Integer(number) => Some(*number),
            _ => None,
        }
    }
}

impl fmt::Display for Value {
    /// Text and numbers as they are, null as nothing, a stream as its name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => Ok(()),
            Value::Integer(number) => number.fmt(f),
            Value::Text(text) | Value::Stream(text) => text.fmt(f),
        }
    }
}

impl From<&str> for Value {
    /// Empty text is null.
    fn from(text: &str) -> Value {
        if text.is_empty() {
            Value::Null
        } else {
            Value::Text(Arc::from(text))
        }
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::from(text.as_str())
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Value {
        Value::Integer(number)
    }
}

/// What a statement's marker or a view's record is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field {
    /// A value; a stream is one of the same database, by its name.
    Value(Value),
    /// The bytes of a new stream.
    Bytes(Arc<[u8]>),
}

impl<T: Into<Value>> From<T> for Field {
    fn from(value: T) -> Field {
        Field::Value(value.into())
    }
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// 16-bit integer.
    Short,
    /// 32-bit integer.
    Long,
    /// Text of at most so many characters; 0 is unlimited.
    Text(u8),
    /// A stream.
    Binary,
}

/// One column of a table, as `_Columns` describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: Arc<str>,
    /// What it holds.
    pub kind: ColumnKind,
    /// Is it part of the primary key?
    pub key: bool,
    /// May it be null?
    pub nullable: bool,
    /// May it be localized?
    pub localizable: bool,
    /// Is it left out when the package is saved?
    pub temporary: bool,
}

impl Column {
    /// Its definition in a letter and a size, such as `s72` or `I2`. "Column Definition Format".
    pub fn definition(&self) -> String {
        let (letter, size) = match (self.kind, self.temporary) {
            (ColumnKind::Short, false) => ('i', 2),
            (ColumnKind::Long, false) => ('i', 4),
            (ColumnKind::Text(size), false) if self.localizable => ('l', size),
            (ColumnKind::Text(size), false) => ('s', size),
            (ColumnKind::Binary, false) => ('v', 0),
            (ColumnKind::Short, true) => ('j', 2),
            (ColumnKind::Long, true) => ('j', 4),
            (ColumnKind::Text(size), true) => ('g', size),
            (ColumnKind::Binary, true) => ('o', 0),
        };
        match self.nullable {
            true => format!("{}{size}", letter.to_ascii_uppercase()),
            false => format!("{letter}{size}"),
        }
    }
}

/// One row: a cell for each column of its table.
pub type Row = Vec<Value>;
