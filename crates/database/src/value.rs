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

/// One row: a cell for each column of its table.
pub type Row = Vec<Value>;
