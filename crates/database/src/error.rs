//! Why a package could not be read.

/// Why a package could not be read, and where.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file is not a compound file, or is damaged.
    #[error("not a Windows Installer package: {what} (at byte {offset})")]
    Container {
        /// What is wrong.
        what: String,
        /// Where in the file.
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
    /// The system could not read.
    #[error("cannot read {what}: {source}")]
    Io {
        /// What was being read.
        what: String,
        /// What the system said.
        source: std::io::Error,
    },
}
