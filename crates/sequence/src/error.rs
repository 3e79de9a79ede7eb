//! Why a run could not decide what to do.

/// Why a run could not decide what to do; where in the package the reason lies.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A row names something that another table does not have.
    #[error("table {table}, row {row}: there is no {what} `{name}`")]
    NoSuch {
        /// The table of the row.
        table: String,
        /// The row's key.
        row: String,
        /// What is missing: `component`, `directory`, …
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// A cell does not hold what its column must hold.
    #[error("table {table}, row {row}, column {column}: {what}")]
    BadCell {
        /// The table.
        table: String,
        /// The row's key.
        row: String,
        /// The column.
        column: String,
        /// What is wrong.
        what: String,
    },
    /// Rows refer to each other in a circle.
    #[error("table {table}: `{row}` is its own ancestor")]
    Cycle {
        /// The table.
        table: &'static str,
        /// A row of the circle.
        row: String,
    },
    /// A condition does not parse.
    #[error(
        "table {table}, row {row}: the condition `{condition}` does not parse at character {at}"
    )]
    Condition {
        /// The table.
        table: String,
        /// The row's key.
        row: String,
        /// The condition.
        condition: String,
        /// Where, from 1.
        at: usize,
    },
    /// A property that every package must have is missing.
    #[error("table Property has no `{0}`")]
    NoProperty(&'static str),
    /// The package cannot be read.
    #[error("the package cannot be read: {0}")]
    Database(#[from] database::Error),
    /// The machine cannot be read.
    #[error(transparent)]
    Machine(#[from] machine::Error),
}
