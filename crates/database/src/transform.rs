//! Transforms: changes to the tables of another database.
//!
//! A transform is a file of its own, or a storage in a package or patch. It has a string pool, a stream for
//! each table that it changes, `_Tables` and `_Columns` among them, and a stream for each binary cell.
//! Follows: Microsoft, "About Transforms", "Summary Property Descriptions".

mod apply;
mod conditions;
mod decode;
mod error;
#[cfg(test)]
mod made;
mod make;
mod schema;
#[cfg(test)]
mod tests;
pub(crate) mod validation;
mod view;

use std::io::{Read, Seek};

pub use self::conditions::{ErrorConditions, Validation};
pub use self::decode::RowChange;
pub use self::error::TransformError;
pub use self::schema::TableChanges;
pub use self::validation::{Applicability, ProductProperties, UpdateKind};
use crate::{Database, Error, Kind, SummaryInformation};

/// A transform.
#[derive(Debug)]
pub struct Transform {
    database: Database,
    summary: SummaryInformation,
}

/// A product code and a version, as a transform's revision number names them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProductIdentity<'a> {
    /// The product code, with braces.
    pub code: &'a str,
    /// The version.
    pub version: &'a str,
}

impl Transform {
    /// Opens a transform over any reader.
    ///
    /// Errors: [`TransformError::NoTransform`]; others as [`Database::open`].
    pub fn open<R: Read + Seek + Send + 'static>(reader: R) -> Result<Transform, Error> {
        Transform::new(Database::open(reader)?)
    }

    /// Takes an open file or storage as a transform.
    ///
    /// Errors: [`TransformError::NoTransform`]; [`Error::Stream`] where its summary information is damaged.
    pub fn new(database: Database) -> Result<Transform, Error> {
        if database.kind() != Kind::Transform {
            return Err(TransformError::NoTransform.into());
        }
        let summary = database.summary()?.clone();
        Ok(Transform { database, summary })
    }

    /// Its summary information.
    pub fn summary(&self) -> &SummaryInformation {
        &self.summary
    }

    /// The code page of its texts; 0 is neutral.
    pub fn code_page(&self) -> u32 {
        self.database.code_page()
    }

    /// What has to be compared before it is applied. "Character Count Summary".
    pub fn validation(&self) -> Validation {
        Validation((self.character_count() >> 16) as u16)
    }

    /// The conditions that are no errors when an installation applies it. "Character Count Summary".
    pub fn suppressed(&self) -> ErrorConditions {
        ErrorConditions(self.character_count() as u16)
    }

    fn character_count(&self) -> u32 {
        self.summary.character_count().unwrap_or(0).cast_unsigned()
    }

    /// The product that it was made from. "Revision Number Summary".
    pub fn original(&self) -> ProductIdentity<'_> {
        self.product(0)
    }

    /// The product that it makes.
    pub fn result(&self) -> ProductIdentity<'_> {
        self.product(1)
    }

    /// The upgrade code of the products; "" where it has none.
    pub fn upgrade_code(&self) -> &str {
        self.revision_part(2)
    }

    fn product(&self, place: usize) -> ProductIdentity<'_> {
        let part = self.revision_part(place);
        let (code, version) = match part.find('}') {
            Some(end) => part.split_at(end + 1),
            None => (part, ""),
        };
        ProductIdentity {
            code,
            version: version.trim(),
        }
    }

    fn revision_part(&self, place: usize) -> &str {
        let mut parts = self.summary.revision_number().split(';');
        parts.nth(place).unwrap_or("").trim()
    }
}

impl Database {
    /// Opens a transform in this package or patch; none where there is no storage of that name.
    ///
    /// Errors: as [`Database::storage`] and [`Transform::new`].
    pub fn transform(&self, name: &str) -> Result<Option<Transform>, Error> {
        self.storage(name)?.map(Transform::new).transpose()
    }
}
