//! `package.toml`: what it may say. docs/package-toml.md tells it for people.

use serde::Deserialize;

use crate::Error;
use crate::codes::{guid, is_guid};

/// The whole manifest.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    pub(crate) package: Package,
    #[serde(default)]
    pub(crate) feature: Vec<Feature>,
    #[serde(default)]
    pub(crate) files: Vec<Files>,
    #[serde(default)]
    pub(crate) shortcut: Vec<Shortcut>,
    #[serde(default)]
    pub(crate) environment: Vec<Environment>,
    #[serde(default)]
    pub(crate) registry: Vec<Registry>,
    #[serde(default)]
    pub(crate) service: Vec<Service>,
    #[serde(default)]
    pub(crate) upgrade: Upgrade,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) manufacturer: String,
    pub(crate) upgrade_code: String,
    pub(crate) product_code: Option<String>,
    #[serde(default = "english")]
    pub(crate) language: u16,
    #[serde(default)]
    pub(crate) platform: Platform,
    #[serde(default)]
    pub(crate) scope: Scope,
    /// The folder below Program Files; the product's name where it is left out.
    pub(crate) folder: Option<String>,
    pub(crate) icon: Option<String>,
    pub(crate) comments: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) help_url: Option<String>,
}

fn english() -> u16 {
    1033
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Platform {
    X86,
    #[default]
    X64,
    Arm64,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Scope {
    #[default]
    Machine,
    User,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Feature {
    pub(crate) name: String,
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) parent: Option<String>,
    /// Is it installed where nobody chooses?
    #[serde(default = "yes")]
    pub(crate) default: bool,
    /// May nobody leave it out?
    #[serde(default)]
    pub(crate) required: bool,
}

fn yes() -> bool {
    true
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Files {
    pub(crate) from: String,
    #[serde(default)]
    pub(crate) to: String,
    pub(crate) feature: Option<String>,
    #[serde(default)]
    pub(crate) exclude: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Shortcut {
    pub(crate) name: String,
    pub(crate) target: String,
    #[serde(default)]
    pub(crate) place: Place,
    /// A folder below the place.
    pub(crate) folder: Option<String>,
    pub(crate) arguments: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) icon: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Place {
    #[default]
    Menu,
    Desktop,
    Startup,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Environment {
    pub(crate) name: String,
    pub(crate) value: String,
    #[serde(default)]
    pub(crate) action: Change,
    pub(crate) feature: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Change {
    #[default]
    Set,
    Append,
    Prepend,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Registry {
    pub(crate) root: Root,
    pub(crate) key: String,
    /// The default value where it is left out.
    pub(crate) name: Option<String>,
    pub(crate) value: Data,
    /// Are the references in a text resolved when it is read?
    #[serde(default)]
    pub(crate) expand: bool,
    pub(crate) feature: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Root {
    #[serde(rename = "HKCR")]
    Classes,
    #[serde(rename = "HKCU")]
    User,
    #[serde(rename = "HKLM")]
    Machine,
    /// The machine's or the user's, as the package is for.
    #[serde(rename = "HKMU")]
    Either,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Data {
    Text(String),
    Number(i64),
    List(Vec<String>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Service {
    pub(crate) name: String,
    pub(crate) file: String,
    pub(crate) display: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) arguments: Option<String>,
    pub(crate) account: Option<String>,
    #[serde(default)]
    pub(crate) start: Start,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Start {
    #[default]
    Automatic,
    Manual,
    Disabled,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Upgrade {
    /// Are older versions removed?
    #[serde(default = "yes")]
    pub(crate) remove_older: bool,
    /// What is said where a newer version is there.
    #[serde(default = "newer")]
    pub(crate) message: String,
}

fn newer() -> String {
    "A newer version of [ProductName] is installed.".to_owned()
}

impl Default for Upgrade {
    fn default() -> Upgrade {
        Upgrade {
            remove_older: true,
            message: newer(),
        }
    }
}

impl Manifest {
    /// Reads a manifest, and checks what its types do not.
    pub(crate) fn parse(text: &str) -> Result<Manifest, Error> {
        let manifest: Manifest = toml::from_str(text).map_err(|error| {
            let line = error
                .span()
                .map_or(1, |span| 1 + text[..span.start].matches('\n').count());
            let message = error.message().replace('\n', " ");
            Error::Manifest(format!("line {line}: {message}"))
        })?;
        manifest.check_package()?;
        manifest.check_features()?;
        Ok(manifest)
    }

    fn check_package(&self) -> Result<(), Error> {
        let package = &self.package;
        let wrong = |what: String| Err(Error::value("[package]", what));
        for (name, value) in [
            ("name", &package.name),
            ("manufacturer", &package.manufacturer),
        ] {
            if value.trim().is_empty() {
                return wrong(format!("{name} is empty"));
            }
        }
        if package.name.chars().count() > 63 {
            return wrong("name has more than 63 characters".to_owned());
        }
        let fields: Vec<Option<u32>> = package
            .version
            .split('.')
            .map(|field| field.parse().ok())
            .collect();
        let limits = [255, 255, 65535];
        let fits = (1..=3).contains(&fields.len())
            && fields
                .iter()
                .zip(limits)
                .all(|(field, limit)| field.is_some_and(|field| field <= limit));
        if !fits {
            return wrong(format!(
                "version {:?} is not major.minor.build, at most 255.255.65535",
                package.version
            ));
        }
        let codes = [Some(&package.upgrade_code), package.product_code.as_ref()];
        for code in codes.into_iter().flatten() {
            if !is_guid(code) {
                let proposal = guid(&["upgrade", &package.manufacturer, &package.name]);
                return wrong(format!(
                    "{code:?} is no code in braces; this one would do: \"{proposal}\""
                ));
            }
        }
        Ok(())
    }

    fn check_features(&self) -> Result<(), Error> {
        let known = |name: &String| self.feature.iter().any(|feature| feature.name == *name);
        for (place, feature) in self.features_named() {
            if !known(feature) {
                let names: Vec<&str> = self.feature.iter().map(|feature| &*feature.name).collect();
                let what = match names.is_empty() {
                    true => format!("there is no [[feature]] {feature:?}, nor any other"),
                    false => format!(
                        "there is no [[feature]] {feature:?}; there are: {}",
                        names.join(", ")
                    ),
                };
                return Err(Error::value(place, what));
            }
        }
        for feature in &self.feature {
            let good = feature
                .name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'.');
            let place = format!("[[feature]] {}", feature.name);
            if !good
                || feature.name.is_empty()
                || feature.name.len() > 38
                || feature.name.as_bytes()[0].is_ascii_digit()
            {
                return Err(Error::value(
                    place,
                    "a name has at most 38 letters, digits, _ and ., and begins with a letter",
                ));
            }
            let mut above = feature;
            for _ in 0..self.feature.len() {
                let parent = above.parent.as_ref();
                let Some(next) =
                    parent.and_then(|parent| self.feature.iter().find(|one| one.name == *parent))
                else {
                    break;
                };
                if next.name == feature.name {
                    return Err(Error::value(place, "it is below itself"));
                }
                above = next;
            }
        }
        Ok(())
    }

    /// Where a feature is named, and which.
    fn features_named(&self) -> Vec<(String, &String)> {
        let parents = self
            .feature
            .iter()
            .map(|one| (format!("[[feature]] {}", one.name), &one.parent));
        let files = self
            .files
            .iter()
            .map(|one| (format!("[[files]] {}", one.from), &one.feature));
        let variables = self
            .environment
            .iter()
            .map(|one| (format!("[[environment]] {}", one.name), &one.feature));
        let values = self
            .registry
            .iter()
            .map(|one| (format!("[[registry]] {}", one.key), &one.feature));
        let all = parents.chain(files).chain(variables).chain(values);
        all.filter_map(|(place, feature)| Some((place, feature.as_ref()?)))
            .collect()
    }

    /// The feature of a row: the one that it names, or the first.
    pub(crate) fn feature_of(&self, named: Option<&String>) -> String {
        let first = self.feature.first().map(|feature| &feature.name);
        named
            .or(first)
            .cloned()
            .unwrap_or_else(|| "Main".to_owned())
    }

    /// Is it for one user?
    pub(crate) fn is_per_user(&self) -> bool {
        self.package.scope == Scope::User
    }

    /// Are its parts 64-bit ones?
    pub(crate) fn is_64_bit(&self) -> bool {
        self.package.platform != Platform::X86
    }
}
