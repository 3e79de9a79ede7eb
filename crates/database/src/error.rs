//! Why a package could not be read.

/// Why a package could not be read, and where.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file is not a compound file, or is damaged.
    #[error("not a Windows Installer package: {what} (at byte {offset})")]
    Container {
        /// What is wrong.
        what: String,
        /// Where in the file.
        offset: u64,
    },
    /// A stream of the package does not hold what its kind must hold.
    #[error("stream {stream}: {what} (at byte {offset} of it)")]
    Stream {
        /// The stream's name.
        stream: String,
        /// What is wrong.
        what: String,
        /// Where in the stream.
        offset: u64,
    },
    /// A cell is missing where its column must have one, or holds something else.
    #[error("table {table}, row {row}, column {column}: {what}")]
    Cell {
        /// The table.
        table: String,
        /// The row's key.
        row: String,
        /// The column.
        column: String,
        /// What is wrong.
        what: String,
    },
    /// A text table cannot be understood.
    #[error("{file}, line {line}: {what}")]
    Text {
        /// The file's name in its folder.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        what: String,
    },
    /// A query is wrong, or names what is not there.
    #[error("query `{statement}`: {what}")]
    Query {
        /// The statement.
        statement: String,
        /// What is wrong.
        what: String,
    },
    /// A change that is not possible.
    #[error("table {table}: {what}")]
    Change {
        /// The table.
        table: String,
        /// What is wrong.
        what: String,
    },
    /// Tables of one name that do not fit together.
    #[error("table {table}, column {column}: {what}")]
    Mismatch {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// What does not fit.
        what: String,
    },
    /// The package's text is in a code page that is not known.
    #[error("code page {code_page} is not supported")]
    CodePage {
        /// Its number.
        code_page: u32,
    },
    /// A transform is not for this package, cannot be applied to it or is damaged.
    #[error("cannot apply the transform: {0}")]
    Transform(#[from] crate::TransformError),
    /// A patch is none, or is damaged.
    #[error("cannot read the patch: {what}")]
    Patch {
        /// What is wrong.
        what: String,
    },
    /// A merge module is none, or cannot be merged so.
    #[error("cannot merge the module: {what}")]
    Module {
        /// What is wrong.
        what: String,
    },
    /// What is to be written cannot be in a package.
    #[error("cannot write the package: {what}")]
    Unwritable {
        /// What, and why.
        what: String,
    },
    /// The writer refused.
    #[error("cannot write the package: {source}")]
    Write {
        /// What it said.
        source: std::io::Error,
    },
    /// The system could not read.
    #[error("cannot read {what}: {source}")]
    Io {
        /// What was being read.
        what: String,
        /// What the system said.
        source: std::io::Error,
    },
}

impl Error {
    pub(crate) fn container(what: impl Into<String>, offset: u64) -> Error {
        Error::Container {
            what: what.into(),
            offset,
        }
    }

    pub(crate) fn stream(stream: &str, what: impl Into<String>, offset: u64) -> Error {
        Error::Stream {
            stream: stream.to_string(),
            what: what.into(),
            offset,
        }
    }

    pub(crate) fn change(table: &str, what: impl Into<String>) -> Error {
        Error::Change {
            table: table.to_string(),
            what: what.into(),
        }
    }

    /// Windows' number for it, as the API's functions return it.
    pub fn code(&self) -> u32 {
        match self {
            Error::Container { .. } | Error::Stream { .. } | Error::Cell { .. } => 1620,
            Error::Query { .. } => 1615,
            Error::Text { .. }
            | Error::Change { .. }
            | Error::Module { .. }
            | Error::Unwritable { .. }
            | Error::Write { .. } => 1627,
            Error::Mismatch { .. } => 1629,
            Error::CodePage { .. } => 1623,
            Error::Transform(_) => 1624,
            Error::Patch { .. } => 1636,
            Error::Io { .. } => 1619,
        }
    }
}
