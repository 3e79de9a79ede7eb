//! The package: compound file, string pool, tables, SQL, text archive, transforms, patches, merge modules, summary information.
//!
//! Opens over any reader and saves to any writer; it knows no file system and no machine.
//! Follows: Microsoft, "Database Tables", "SQL Syntax", "OLE Limitations on Streams", "Archive File Format", "About Transforms".

mod archive;
mod bytes;
mod code_page;
mod compound;
mod database;
mod difference;
mod error;
#[cfg(test)]
mod made;
mod merge;
mod module;
mod patch;
mod pool;
mod rows;
mod schema;
mod sql;
mod storage;
mod stream;
mod stream_name;
mod summary;
mod table;
mod transform;
mod value;
mod write;

pub use self::archive::{TextFolder, TextSink};
pub use self::compound::ReadSeek;
pub use self::database::{Database, Kind};
pub use self::difference::{Difference, RowDifference, TableDifference};
pub use self::error::Error;
pub use self::module::{
    ConfigurationItem, ItemFormat, MergeOptions, MergeProblem, Merged, Module, ModuleCabinet,
    ModuleDependency, ModuleSignature,
};
pub use self::patch::{
    AppliedPatch, Exclusion, FileDifference, Patch, PatchFamily, PatchMedia, PatchMetadata,
    PatchOutcome, PatchOutline, PatchSequence, PatchTransform, Patched, sequence_patches,
};
pub use self::sql::{Modify, SelectedColumn, Selection, View};
pub use self::stream::StreamReader;
pub use self::summary::{FileTime, SummaryInformation, SummaryValue, word_count};
pub use self::table::{Record, Table};
pub use self::transform::{
    Applicability, ErrorConditions, ProductIdentity, ProductProperties, RowChange, TableChanges,
    Transform, TransformError, UpdateKind, Validation,
};
pub use self::value::{Column, ColumnKind, Field, Row, Value};
