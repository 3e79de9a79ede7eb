//! What is installed: `list` and `show`. Nothing is taken or changed.

use machine::View;
use sequence::registration::{self, Product};
use serde::Serialize;

use crate::package::{Package, is_machine_path};
use crate::{Command, Error, Host, Intent, Log, Silent, Site, UiLevel};

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

/// One product with its features, as `show --json` has it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Shown {
    /// What `list` says of it.
    #[serde(flatten)]
    pub product: ProductReport,
    /// Where it was installed from.
    pub install_source: Option<String>,
    /// Its features with their states; null where its cached package cannot be read.
    pub features: Option<Vec<ShownFeature>>,
}

/// A feature of an installed product.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShownFeature {
    /// Its name.
    pub name: String,
    /// `absent|local|source|advertised|unknown`
    pub state: &'static str,
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
    Ok(registration::products(view)?
        .iter()
        .map(ProductReport::from)
        .collect())
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

/// Shows one product, by product code, package or name.
///
/// Errors: [`Error::UnknownProduct`] (1605).
pub fn show(site: &dyn Site, name: &str, host: &Host) -> Result<Shown, Error> {
    let unknown = || Error::UnknownProduct {
        name: name.to_owned(),
    };
    let is_package = is_machine_path(name) || std::path::Path::new(name).exists();
    let product = if registration::guid::normal(name).is_some() {
        registration::find(site.as_view(), name)?
    } else if is_package {
        registration::find(
            site.as_view(),
            &Package::open(name, site)?.property("ProductCode")?,
        )?
    } else {
        find_product(site.as_view(), name)?
    };
    let product = product.ok_or_else(unknown)?;
    Ok(Shown {
        product: ProductReport::from(&product),
        install_source: product.install_source.clone(),
        features: features(site, &product.product_code, host),
    })
}

/// The states that a run finds: those of a plan that asks for nothing.
fn features(site: &dyn Site, product_code: &str, host: &Host) -> Option<Vec<ShownFeature>> {
    let command = Command {
        intent: Intent::Install,
        target: product_code.to_owned(),
        properties: Vec::new(),
        ui_level: UiLevel::None,
        custom_actions: crate::CustomActions::Skip,
        wait: crate::Wait::No,
    };
    let plan = crate::plan(site, &command, host, &mut Silent, &mut Log::none(host)).ok()?;
    let shown = |feature: &crate::plan::PlannedFeature| ShownFeature {
        name: feature.name.clone(),
        state: feature.installed,
    };
    Some(plan.features.iter().map(shown).collect())
}

impl Shown {
    /// The lines for people.
    pub fn lines(&self) -> Vec<String> {
        let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
        let product = &self.product;
        let mut lines = vec![
            format!("{} {}", text(&product.name), text(&product.version)),
            format!("  product code   {}", product.product_code),
            format!("  package code   {}", text(&product.package_code)),
            format!("  upgrade code   {}", text(&product.upgrade_code)),
            format!("  manufacturer   {}", text(&product.manufacturer)),
            format!(
                "  language       {}",
                product
                    .language
                    .map_or_else(|| "-".to_owned(), |language| language.to_string())
            ),
            format!("  context        {}", product.context),
            format!("  state          {}", product.state),
            format!("  installed on   {}", text(&product.install_date)),
            format!("  installed from {}", text(&self.install_source)),
            format!("  cached package {}", text(&product.package)),
        ];
        for feature in self.features.iter().flatten() {
            lines.push(format!(
                "  feature        {} ({})",
                feature.name, feature.state
            ));
        }
        lines
    }
}
