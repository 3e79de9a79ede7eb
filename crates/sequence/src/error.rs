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
    /// The folder of a Directory key, or of a property in its place, cannot be one.
    #[error("folder {directory}: {source}")]
    Folder {
        /// The key or property.
        directory: String,
        /// What is wrong with its path.
        source: machine::Error,
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
    /// A sequence table that the run begins with is missing.
    #[error("the package has no table {0}: there is nothing that it could do")]
    NoTable(&'static str),
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

impl Error {
    /// The number of Windows' message; none where there is none for it. "Windows Installer Error Messages".
    pub fn number(&self) -> Option<u32> {
        match self {
            // What the command line names is no foreign key.
            Error::NoSuch { table, what, .. } if table == "Property" => match *what {
                "feature" => Some(2711),
                "component" => Some(2709),
                "file" => Some(2715),
                _ => Some(2733),
            },
            Error::NoSuch { .. } => Some(2733),
            Error::BadCell { .. } => Some(2730),
            Error::Folder { .. } => Some(1606),
            Error::Cycle {
                table: "Feature", ..
            } => Some(2701),
            Error::Cycle { .. } => Some(2705),
            Error::Condition { .. } => Some(2717),
            Error::NoTable(_) => Some(2229),
            Error::NoProperty(_) => Some(2604),
            Error::Database(database::Error::Cell { .. }) => Some(2713),
            Error::Database(_) => Some(2725),
            Error::Machine(_) => None,
        }
    }

    /// The fields of that message, from `[2]` on.
    pub(crate) fn fields(&self) -> Vec<String> {
        let fields: &[&str] = match self {
            Error::NoSuch {
                table, row, name, ..
            } => &[name, row, table],
            Error::BadCell {
                table, row, column, ..
            } => &[table, row, column],
            Error::Folder { directory, .. } => &[directory],
            Error::Cycle {
                table: "Feature", ..
            } => &["16"],
            Error::Cycle { table, .. } => &[table],
            Error::Condition { row, .. } => &[row],
            Error::NoTable(name) => &["", name],
            Error::NoProperty(name) => &[name],
            Error::Database(database::Error::Cell {
                table, row, column, ..
            }) => &[row, column, table],
            Error::Database(_) | Error::Machine(_) => &[],
        };
        fields.iter().map(|&field| field.to_owned()).collect()
    }
}
