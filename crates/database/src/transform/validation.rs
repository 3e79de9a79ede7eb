//! Is this transform for this package?
//!
//! Follows: Microsoft, "About Transforms", "Database.CreateTransformSummaryInfo method". A template without
//! language, or with the neutral one, sets no bound. The template's platform is not compared, since no flag
//! asks for it and no message tells of it.

use std::cmp::Ordering;

use super::{Transform, TransformError, Validation};
use crate::{Database, Error, Value};

impl Transform {
    /// Compares what [`Transform::validation`] asks for with the properties of a package, as earlier transforms
    /// left them.
    ///
    /// Errors: [`Error::Transform`] with what was expected and what was found; those of [`Database::table`].
    pub fn check(&self, database: &Database) -> Result<(), Error> {
        self.check_language(database)?;
        self.check_product(database)?;
        self.check_version(database)?;
        self.check_upgrade_code(database)
    }

    fn check_language(&self, database: &Database) -> Result<(), Error> {
        let template = self.summary.template();
        let languages = template
            .split_once(';')
            .map_or("", |(_, languages)| languages);
        let languages: Vec<&str> = languages.split(',').map(str::trim).collect();
        let neutral = languages
            .iter()
            .all(|&language| matches!(language, "" | "0"));
        if !self.validation().contains(Validation::LANGUAGE) || neutral {
            return Ok(());
        }
        let found = property(database, "ProductLanguage")?;
        if languages.contains(&found.trim()) {
            return Ok(());
        }
        let expected = languages.join(",");
        Err(TransformError::Language { expected, found }.into())
    }

    fn check_product(&self, database: &Database) -> Result<(), Error> {
        let found = property(database, "ProductCode")?;
        let expected = self.original().code;
        if !self.validation().contains(Validation::PRODUCT) || found.eq_ignore_ascii_case(expected)
        {
            return Ok(());
        }
        let expected = expected.to_string();
        Err(TransformError::Product { expected, found }.into())
    }

    fn check_version(&self, database: &Database) -> Result<(), Error> {
        let fields = self.validation().version_fields();
        let Some((relation, allowed)) = self.validation().relation() else {
            return Ok(());
        };
        let found = property(database, "ProductVersion")?;
        let expected = self.original().version;
        let order = version(&found)[..fields].cmp(&version(expected)[..fields]);
        if fields == 0 || allowed.contains(&order) {
            return Ok(());
        }
        Err(TransformError::Version {
            relation,
            expected: expected.to_string(),
            found,
        }
        .into())
    }

    fn check_upgrade_code(&self, database: &Database) -> Result<(), Error> {
        let found = property(database, "UpgradeCode")?;
        let expected = self.upgrade_code();
        let asked = self.validation().contains(Validation::UPGRADE_CODE);
        if !asked || found.eq_ignore_ascii_case(expected) {
            return Ok(());
        }
        let expected = expected.to_string();
        Err(TransformError::UpgradeCode { expected, found }.into())
    }
}

impl Validation {
    /// How the package's version may stand to the original's, in a sign and in orders.
    fn relation(self) -> Option<(&'static str, &'static [Ordering])> {
        use Ordering::{Equal, Greater, Less};
        let relations: [(Validation, &str, &[Ordering]); 5] = [
            (Validation::LESS, "<", &[Less]),
            (Validation::LESS_OR_EQUAL, "<=", &[Less, Equal]),
            (Validation::EQUAL, "=", &[Equal]),
            (Validation::GREATER_OR_EQUAL, ">=", &[Greater, Equal]),
            (Validation::GREATER, ">", &[Greater]),
        ];
        relations
            .into_iter()
            .find(|&(flag, ..)| self.contains(flag))
            .map(|(_, sign, allowed)| (sign, allowed))
    }
}

/// The first three fields of a version; what is missing or no number is 0.
fn version(text: &str) -> [u32; 3] {
    let mut fields = text
        .split('.')
        .map(|field| field.trim().parse().unwrap_or(0));
    std::array::from_fn(|_| fields.next().unwrap_or(0))
}

/// Returns a property of a package's `Property` table; "" where it has none.
fn property(database: &Database, name: &str) -> Result<String, Error> {
    let properties = database.rows("Property")?;
    let record = properties.find(&[Value::from(name)]);
    Ok(record.map_or("", |record| record.text("Value")).to_string())
}
