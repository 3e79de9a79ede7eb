//! One product: what is registered of it, its features, and where that is asked for, how its files compare.
//! Nothing is taken or changed.

use sequence::registration::{self, Product};
use serde::Serialize;

use crate::products::{find_any, report};
use crate::{Error, ProductReport, Site, Verification};

/// One product with its features, as `show --json` has it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Shown {
    /// What `list` says of it.
    #[serde(flatten)]
    pub product: ProductReport,
    /// Where it was installed from.
    pub install_source: Option<String>,
    /// Its features with their states, as they are registered.
    pub features: Vec<ShownFeature>,
    /// Registered key paths that are not there.
    pub missing_key_paths: Vec<String>,
    /// How the machine compares with the package; only where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verification: Option<Verification>,
}

/// A feature of an installed product.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShownFeature {
    /// Its name.
    pub name: String,
    /// `absent|local|source|advertised|unknown`
    pub state: &'static str,
}

/// Shows one product, by product code, package or name.
///
/// Errors: [`Error::UnknownProduct`] (1605).
pub fn show(site: &dyn Site, name: &str) -> Result<Shown, Error> {
    let product = find_any(site, name)?;
    let mut missing =
        registration::missing_key_paths(site.as_view(), std::slice::from_ref(&product))?;
    let missing_key_paths = missing.pop().unwrap_or_default();
    Ok(Shown {
        product: report(&product, &missing_key_paths),
        install_source: product.install_source.clone(),
        features: features(site, &product)?,
        missing_key_paths,
        verification: None,
    })
}

fn features(site: &dyn Site, product: &Product) -> Result<Vec<ShownFeature>, Error> {
    let features = registration::registered_features(site.as_view(), product)?;
    let shown = features.into_iter().map(|(name, state)| ShownFeature {
        name,
        state: state.name(),
    });
    Ok(shown.collect())
}

impl Shown {
    /// The lines for people.
    pub fn lines(&self) -> Vec<String> {
        let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
        let product = &self.product;
        let language = product.language.map(|language| language.to_string());
        let mut lines = vec![
            format!("{} {}", text(&product.name), text(&product.version)),
            format!("  product code   {}", product.product_code),
            format!("  package code   {}", text(&product.package_code)),
            format!("  upgrade code   {}", text(&product.upgrade_code)),
            format!("  manufacturer   {}", text(&product.manufacturer)),
            format!("  language       {}", text(&language)),
            format!("  context        {}", product.context),
            format!("  state          {}", product.state),
            format!("  installed on   {}", text(&product.install_date)),
            format!("  installed from {}", text(&self.install_source)),
            format!("  cached package {}", text(&product.package)),
        ];
        let features = self.features.iter();
        lines.extend(
            features
                .map(|feature| format!("  feature        {} ({})", feature.name, feature.state)),
        );
        let missing = self.missing_key_paths.iter();
        lines.extend(missing.map(|path| format!("  not there      {path}")));
        if !self.missing_key_paths.is_empty() {
            lines.push("  what to do     mend it: `msikit repair`".to_owned());
        }
        lines.extend(self.verification.iter().flat_map(Verification::lines));
        lines
    }
}
