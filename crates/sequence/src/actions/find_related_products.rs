//! `FindRelatedProducts`: puts the codes of installed products that an Upgrade row means into its property.
//!
//! Follows: Microsoft, "FindRelatedProducts Action", "Upgrade Table". Products of the other context are not seen.

use std::cmp::Ordering;

use database::Record;
use machine::View;

use crate::actions::Flow;
use crate::registration::{Context, Product, related};
use crate::version::{Version, languages};
use crate::{Error, Message, MessageKind, Run, Step};

const MIN_INCLUSIVE: i32 = 256;
const MAX_INCLUSIVE: i32 = 512;
const LANGUAGES_EXCLUSIVE: i32 = 1024;

pub(crate) fn find_related_products(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    let mut steps = Vec::new();
    if run.was_installed() || run.removes_product() {
        return Ok(Flow::Continue(steps));
    }
    for record in run.table("Upgrade")?.records() {
        let range = Range::read(record)?;
        let property = record.required("ActionProperty")?;
        for product in products(run, view, &record.required("UpgradeCode")?.to_uppercase())? {
            if range.has(&product) {
                append(run, property, &product.product_code);
                steps.push(Step::Message(Message {
                    kind: MessageKind::ActionData,
                    number: None,
                    fields: Vec::new(),
                    action: None,
                    text: product.product_code.clone(),
                }));
            }
        }
    }
    Ok(Flow::Continue(steps))
}

/// The other products of a family in this run's context: the product itself, advertised before, is none of them.
pub(crate) fn products(
    run: &Run,
    view: &dyn View,
    upgrade_code: &str,
) -> Result<Vec<Product>, Error> {
    let contexts: &[Context] = if run.per_machine() {
        &[Context::Machine]
    } else {
        &[Context::UserManaged, Context::UserUnmanaged]
    };
    let mut products = Vec::new();
    for &context in contexts {
        products.extend(related(view, context, upgrade_code)?);
    }
    products.retain(|product| product.product_code != run.property("ProductCode"));
    Ok(products)
}

fn append(run: &mut Run, property: &str, code: &str) {
    let known = run.property(property);
    if known.split(';').any(|other| other == code) {
        return;
    }
    let all = if known.is_empty() {
        code.to_owned()
    } else {
        format!("{known};{code}")
    };
    run.properties.set(property, &all);
}

/// What an Upgrade row means.
pub(crate) struct Range {
    min: Option<Version>,
    max: Option<Version>,
    languages: String,
    attributes: i32,
}

impl Range {
    /// Reads a row.
    ///
    /// Errors: both ends are null, or an end is no version.
    pub(crate) fn read(record: Record<'_>) -> Result<Range, Error> {
        let bad = |column: &str, what: &str| Error::BadCell {
            table: "Upgrade".to_owned(),
            row: record.key(),
            column: column.to_owned(),
            what: what.to_owned(),
        };
        let end = |column: &str| match record.text(column) {
            "" => Ok(None),
            text => Version::parse(text)
                .map(Some)
                .ok_or_else(|| bad(column, "it is no version")),
        };
        let (min, max) = (end("VersionMin")?, end("VersionMax")?);
        if min.is_none() && max.is_none() {
            return Err(bad("VersionMin", "it and VersionMax are both empty"));
        }
        let attributes = record.integer("Attributes").unwrap_or(0);
        Ok(Range {
            min,
            max,
            languages: record.text("Language").to_owned(),
            attributes,
        })
    }

    /// Is a product in the range and of a language that is meant?
    pub(crate) fn has(&self, product: &Product) -> bool {
        let Some(version) = product.version.as_deref().and_then(Version::parse) else {
            return false;
        };
        let above = self
            .min
            .is_none_or(|min| match version.compare_product(&min) {
                Ordering::Greater => true,
                Ordering::Equal => self.attributes & MIN_INCLUSIVE != 0,
                Ordering::Less => false,
            });
        let below = self
            .max
            .is_none_or(|max| match version.compare_product(&max) {
                Ordering::Less => true,
                Ordering::Equal => self.attributes & MAX_INCLUSIVE != 0,
                Ordering::Greater => false,
            });
        let listed = languages(&self.languages);
        let named = product
            .language
            .is_some_and(|language| listed.contains(&language));
        let spoken = listed.is_empty() || named != (self.attributes & LANGUAGES_EXCLUSIVE != 0);
        above && below && spoken
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registration::ProductState;

    fn product(version: &str, language: u32) -> Product {
        Product {
            product_code: String::new(),
            package_code: None,
            upgrade_code: None,
            name: String::new(),
            version: Some(version.to_owned()),
            language: Some(language),
            manufacturer: None,
            context: Context::Machine,
            state: ProductState::Installed,
            install_date: None,
            local_package: None,
            install_source: None,
            last_used_source: None,
            sources: Vec::new(),
            package_name: None,
            transforms: None,
            instance: false,
            clients: Vec::new(),
        }
    }

    #[test]
    fn ranges_and_languages() {
        let range = |min: &str, max: &str, languages: &str, attributes| Range {
            min: Version::parse(min),
            max: Version::parse(max),
            languages: languages.to_owned(),
            attributes,
        };
        let cases = [
            (range("1.0", "2.0", "", 0), "1.0.0", 1033, false),
            (range("1.0", "2.0", "", 256), "1.0.0", 1033, true),
            (range("1.0", "2.0", "", 256), "2.0", 1033, false),
            (range("1.0", "2.0", "", 768), "2.0.0.7", 1033, true),
            (range("", "2.0", "", 0), "0.1", 1033, true),
            (range("1.0", "", "1031", 256), "9.0", 1033, false),
            (range("1.0", "", "1031", 256 + 1024), "9.0", 1033, true),
            (range("1.0", "", "1031, 1033", 256), "9.0", 1033, true),
            (range("1.0", "", "", 256 + 1024), "9.0", 1033, true),
        ];
        for (n, (range, version, language, expected)) in cases.iter().enumerate() {
            assert_eq!(
                range.has(&product(version, *language)),
                *expected,
                "case {n}"
            );
        }
    }
}
