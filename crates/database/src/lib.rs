//! The package: compound file, string pool, tables, SQL, text archive, transforms, summary information.
//!
//! Opens over any reader; it knows no file system and no machine.
//! Follows: Microsoft, "Database Tables", "SQL Syntax", "OLE Limitations on Streams", "Archive File Format".

mod value;

mod database;
mod error;

pub use self::database::{Database, Record, Table};
pub use error::Error;
pub use value::{Column, ColumnKind, Row, Value};
