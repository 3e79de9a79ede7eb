//! Why a transform cannot be applied.

/// Why a transform is not for a package, or cannot be applied to it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransformError {
    /// The package's language is not the one that the transform is for.
    #[error("it is for the language {expected}, and the package's language is {found}")]
    Language {
        /// The languages of the transform's template.
        expected: String,
        /// The package's `ProductLanguage`.
        found: String,
    },
    /// The package's product code is not the one that the transform is for.
    #[error("it is for the product {expected}, and the package is of {found}")]
    Product {
        /// The product code of the transform's original.
        expected: String,
        /// The package's `ProductCode`.
        found: String,
    },
    /// The package's version is not one that the transform is for.
    #[error("it is for a version {relation} {expected}, and the package's version is {found}")]
    Version {
        /// `<`, `<=`, `=`, `>=` or `>`.
        relation: &'static str,
        /// The version of the transform's original.
        expected: String,
        /// The package's `ProductVersion`.
        found: String,
    },
    /// The package's upgrade code is not the one that the transform is for.
    #[error("it is for the upgrade code {expected}, and the package's upgrade code is {found}")]
    UpgradeCode {
        /// The transform's upgrade code.
        expected: String,
        /// The package's `UpgradeCode`.
        found: String,
    },
    /// The code pages differ, and neither is neutral.
    #[error("its texts are in code page {transform}, and the package's are in {package}")]
    CodePage {
        /// The transform's code page.
        transform: u32,
        /// The package's code page.
        package: u32,
    },
    /// It adds a row that is there.
    #[error("it adds a row to table {table} that is there: {row}")]
    RowExists {
        /// The table.
        table: String,
        /// The row's key.
        row: String,
    },
    /// It deletes a row that is not there.
    #[error("it deletes a row of table {table} that is not there: {row}")]
    NoRowToDelete {
        /// The table.
        table: String,
        /// The row's key.
        row: String,
    },
    /// It changes a row that is not there.
    #[error("it changes a row of table {table} that is not there: {row}")]
    NoRowToUpdate {
        /// The table.
        table: String,
        /// The row's key.
        row: String,
    },
    /// It adds a table that is there.
    #[error("it adds the table {table}, which is there")]
    TableExists {
        /// The table.
        table: String,
    },
    /// It drops a table that is not there.
    #[error("it drops the table {table}, which is not there")]
    NoTableToDrop {
        /// The table.
        table: String,
    },
    /// It adds a column whose name is taken, or a table that is there with other columns.
    #[error("it adds the column {column} to table {table}, whose columns do not allow it")]
    ColumnExists {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// The file is no transform.
    #[error("the file is no transform")]
    NoTransform,
    /// It is damaged.
    #[error("its changes of {stream} cannot be read: {what} (at byte {offset})")]
    Format {
        /// The table, or the stream of a binary cell.
        stream: String,
        /// What is wrong.
        what: String,
        /// Where in the stream.
        offset: usize,
    },
}

impl TransformError {
    /// The number of Windows Installer's message about it ("Windows Installer Error Messages").
    pub fn message(&self) -> u32 {
        match self {
            TransformError::Language { .. } => 2745,
            TransformError::Product { .. } => 2746,
            TransformError::Version { relation, .. } => match *relation {
                "<" => 2747,
                "<=" => 2748,
                "=" => 2749,
                ">=" => 2750,
                _ => 2751,
            },
            TransformError::UpgradeCode { .. } => 2760,
            TransformError::CodePage { .. } => 2222,
            TransformError::RowExists { .. } => 2250,
            TransformError::NoRowToDelete { .. } => 2251,
            TransformError::NoRowToUpdate { .. } => 2254,
            TransformError::TableExists { .. } => 2252,
            TransformError::NoTableToDrop { .. } => 2253,
            TransformError::ColumnExists { .. } => 2255,
            TransformError::NoTransform | TransformError::Format { .. } => 2246,
        }
    }
}
