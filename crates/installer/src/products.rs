//! What is installed: `list`, and finding a product by what people call it. Nothing is taken or changed.

use machine::View;
use sequence::registration::{self, Product, ProductState};
use serde::Serialize;

use crate::package::{Package, is_machine_path};
use crate::{Error, Site, folder};

/// One product, as `list --json` has it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[allow(missing_docs)]
pub struct ProductReport {
    pub product_code: String,
    pub package_code: Option<String>,
    pub upgrade_code: Option<String>,
    pub name: Option<String>,
    pub version: Option<String>,
    pub language: Option<u32>,
    pub manufacturer: Option<String>,
    /// `machine|user_managed|user_unmanaged`
    pub context: &'static str,
    /// `installed|advertised|broken`
    pub state: &'static str,
    /// `2026-11-24`
    pub install_date: Option<String>,
    pub instance: bool,
    /// The cached package.
    pub package: Option<String>,
}

impl From<&Product> for ProductReport {
    fn from(product: &Product) -> ProductReport {
        ProductReport {
            product_code: product.product_code.clone(),
            package_code: product.package_code.clone(),
            upgrade_code: product.upgrade_code.clone(),
            name: Some(product.name.clone()).filter(|name| !name.is_empty()),
            version: product.version.clone(),
            language: product.language,
            manufacturer: product.manufacturer.clone(),
            context: product.context.name(),
            state: product.state.name(),
            install_date: product.install_date.as_deref().map(date),
            instance: product.instance,
            package: product.local_package.clone(),
        }
    }
}

/// `20261124` as `2026-11-24`; anything else as it is.
fn date(text: &str) -> String {
    match text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        true => format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..]),
        false => text.to_owned(),
    }
}

/// Returns all products of a machine, sorted by name, then product code.
///
/// Errors: the machine cannot be read.
pub fn list(view: &dyn View) -> Result<Vec<ProductReport>, Error> {
    let products = registration::products(view)?;
    let missing = registration::missing_key_paths(view, &products)?;
    let told = products.iter().zip(missing);
    Ok(told
        .map(|(product, missing)| report(product, &missing))
        .collect())
}

/// What is told of a product; one with key paths that are not there is broken.
pub(crate) fn report(product: &Product, missing: &[String]) -> ProductReport {
    let mut report = ProductReport::from(product);
    if !missing.is_empty() {
        report.state = ProductState::Broken.name();
    }
    report
}

/// Finds a product by its name, where only one has it.
///
/// Errors: [`Error::AmbiguousProduct`].
pub(crate) fn find_product(view: &dyn View, name: &str) -> Result<Option<Product>, Error> {
    let mut named: Vec<Product> = registration::products(view)?;
    named.retain(|product| product.name.to_lowercase() == name.to_lowercase());
    if named.len() > 1 {
        let codes: Vec<&str> = named
            .iter()
            .map(|product| product.product_code.as_str())
            .collect();
        let codes = codes.join(", ");
        return Err(Error::AmbiguousProduct {
            name: name.to_owned(),
            count: named.len(),
            codes,
        });
    }
    Ok(named.pop())
}

/// Finds a product by product code, package or name.
///
/// Errors: [`Error::UnknownProduct`] (1605), [`Error::AmbiguousProduct`]; a package that cannot be opened.
pub(crate) fn find_any(site: &dyn Site, name: &str) -> Result<Product, Error> {
    let view = site.as_view();
    let is_package = is_machine_path(name) || folder::exists(std::path::Path::new(name));
    let product = if registration::guid::normal(name).is_some() {
        registration::find(view, name)?
    } else if is_package {
        registration::find(view, &Package::open(name, site)?.property("ProductCode")?)?
    } else {
        find_product(view, name)?
    };
    product.ok_or_else(|| Error::UnknownProduct {
        name: name.to_owned(),
    })
}
