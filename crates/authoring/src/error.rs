//! Why no package could be built.

/// Why no package could be built, and where.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The manifest is no TOML, or has a name or value that it does not know.
    #[error("package.toml: {0}")]
    Manifest(String),
    /// A value is wrong.
    #[error("package.toml, {place}: {what}")]
    Value {
        /// The table and its name, such as `[[shortcut]] Tools`.
        place: String,
        /// What is wrong, and what it should be.
        what: String,
    },
    /// A file cannot be read.
    #[error("cannot read {path}: {source}")]
    File {
        /// The path, as the manifest has it.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The cabinet cannot be written.
    #[error("the cabinet: {0}")]
    Cabinet(#[from] cabinet::WriteError),
    /// The database refuses what was made.
    #[error(transparent)]
    Database(#[from] database::Error),
}

impl Error {
    /// A value of the manifest is wrong.
    pub(crate) fn value(place: impl Into<String>, what: impl Into<String>) -> Error {
        Error::Value {
            place: place.into(),
            what: what.into(),
        }
    }
}
