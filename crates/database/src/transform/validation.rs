//! Is this transform for this package?
//!
//! Follows: Microsoft, "About Transforms", "Database.CreateTransformSummaryInfo method". A template without
//! language, or with the neutral one, sets no bound. The template's platform is not compared, since no flag
//! asks for it and no message tells of it.

use std::cmp::Ordering;

use super::{Transform, TransformError, Validation};
use crate::{Database, Error, Value};

/// What transforms compare of a package: four of its properties, "" where it has none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProductProperties {
    /// `ProductCode`, with braces.
    pub code: String,
    /// `ProductVersion`; three fields of it count.
    pub version: String,
    /// `ProductLanguage`, a decimal number.
    pub language: String,
    /// `UpgradeCode`, with braces.
    pub upgrade_code: String,
}

/// What a transform is for and what it makes of that, as its summary information says it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applicability {
    /// The product that it was made from, with the languages of its template.
    pub original: ProductProperties,
    /// The product that it makes.
    pub result: ProductProperties,
    /// What has to be compared.
    pub validation: Validation,
}

/// What an update does to a product. "Patching and Upgrades".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdateKind {
    /// Product code and version stay.
    Small,
    /// The version changes.
    Minor,
    /// The product code changes.
    Major,
}

impl Database {
    /// Returns what transforms compare of this package.
    ///
    /// Errors: as [`Database::table`].
    pub fn product_properties(&self) -> Result<ProductProperties, Error> {
        Ok(ProductProperties {
            code: property(self, "ProductCode")?,
            version: property(self, "ProductVersion")?,
            language: property(self, "ProductLanguage")?,
            upgrade_code: property(self, "UpgradeCode")?,
        })
    }
}

impl Transform {
    /// Returns what it is for, and what it makes of that.
    pub fn applicability(&self) -> Applicability {
        let languages = |template: &str| {
            let languages = template.split_once(';').map_or("", |(_, after)| after);
            languages.trim().to_string()
        };
        let properties = |product: super::ProductIdentity<'_>, template| ProductProperties {
            code: product.code.to_string(),
            version: product.version.to_string(),
            language: languages(template),
            upgrade_code: self.upgrade_code().to_string(),
        };
        Applicability {
            original: properties(self.original(), self.summary.template()),
            result: properties(self.result(), self.summary.last_saved_by()),
            validation: self.validation(),
        }
    }

    /// Compares what [`Transform::validation`] asks for with the properties of a package, as earlier transforms
    /// left them.
    ///
    /// Errors: [`Error::Transform`] with what was expected and what was found; those of [`Database::table`].
    pub fn check(&self, database: &Database) -> Result<(), Error> {
        let product = database.product_properties()?;
        Ok(self.applicability().check(&product)?)
    }
}

impl Applicability {
    /// Compares what its validation asks for with a product.
    ///
    /// Errors: what was expected and what was found.
    pub fn check(&self, product: &ProductProperties) -> Result<(), TransformError> {
        self.check_language(product)?;
        self.check_product(product)?;
        self.check_version(product)?;
        self.check_upgrade_code(product)
    }

    /// What it does to a product.
    pub fn kind(&self) -> UpdateKind {
        let (from, to) = (&self.original, &self.result);
        if !from.code.eq_ignore_ascii_case(&to.code) {
            UpdateKind::Major
        } else if version(&from.version) != version(&to.version) {
            UpdateKind::Minor
        } else {
            UpdateKind::Small
        }
    }

    /// Returns what a product is afterwards: what it does not change stays as the product has it.
    pub fn after(&self, product: &ProductProperties) -> ProductProperties {
        let changed = |from: &str, to: &str, there: &str| match from == to || to.is_empty() {
            true => there.to_string(),
            false => to.to_string(),
        };
        let (from, to) = (&self.original, &self.result);
        let language = to.language.split(',').next().unwrap_or("");
        ProductProperties {
            code: changed(&from.code, &to.code, &product.code),
            version: changed(&from.version, &to.version, &product.version),
            language: match from.language == to.language {
                true => product.language.clone(),
                false => changed("", language, &product.language),
            },
            upgrade_code: product.upgrade_code.clone(),
        }
    }

    fn check_language(&self, product: &ProductProperties) -> Result<(), TransformError> {
        let languages: Vec<&str> = self.original.language.split(',').map(str::trim).collect();
        let neutral = languages
            .iter()
            .all(|&language| matches!(language, "" | "0"));
        if !self.validation.contains(Validation::LANGUAGE) || neutral {
            return Ok(());
        }
        if languages.contains(&product.language.trim()) {
            return Ok(());
        }
        Err(TransformError::Language {
            expected: languages.join(","),
            found: product.language.clone(),
        })
    }

    fn check_product(&self, product: &ProductProperties) -> Result<(), TransformError> {
        let expected = &self.original.code;
        if !self.validation.contains(Validation::PRODUCT)
            || product.code.eq_ignore_ascii_case(expected)
        {
            return Ok(());
        }
        Err(TransformError::Product {
            expected: expected.clone(),
            found: product.code.clone(),
        })
    }

    fn check_version(&self, product: &ProductProperties) -> Result<(), TransformError> {
        let fields = self.validation.version_fields();
        let Some((relation, allowed)) = self.validation.relation() else {
            return Ok(());
        };
        let expected = &self.original.version;
        let order = version(&product.version)[..fields].cmp(&version(expected)[..fields]);
        if fields == 0 || allowed.contains(&order) {
            return Ok(());
        }
        Err(TransformError::Version {
            relation,
            expected: expected.clone(),
            found: product.version.clone(),
        })
    }

    fn check_upgrade_code(&self, product: &ProductProperties) -> Result<(), TransformError> {
        let expected = &self.original.upgrade_code;
        let asked = self.validation.contains(Validation::UPGRADE_CODE);
        if !asked || product.upgrade_code.eq_ignore_ascii_case(expected) {
            return Ok(());
        }
        Err(TransformError::UpgradeCode {
            expected: expected.clone(),
            found: product.upgrade_code.clone(),
        })
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
pub(crate) fn version(text: &str) -> [u32; 3] {
    let mut fields = text
        .split('.')
        .map(|field| field.trim().parse().unwrap_or(0));
    std::array::from_fn(|_| fields.next().unwrap_or(0))
}

/// Returns a property of a package's `Property` table; "" where it has none.
pub(crate) fn property(database: &Database, name: &str) -> Result<String, Error> {
    let properties = database.rows("Property")?;
    let record = properties.find(&[Value::from(name)]);
    Ok(record.map_or("", |record| record.text("Value")).to_string())
}
