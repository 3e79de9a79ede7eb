//! Registered products, by context.

use machine::{Data, Facts, Key, KeyPath, Root, View};

use super::write::strings;
use super::{MACHINE_SID, guid, installer, user_data};
use crate::Error;

/// For whom a product is installed. "Installation Context".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Context {
    /// Per machine.
    Machine,
    /// Per user, put there by an administrator's policy.
    UserManaged,
    /// Per user.
    UserUnmanaged,
}

/// What state a product is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProductState {
    /// Installed.
    Installed,
    /// Advertised: published, nothing installed.
    Advertised,
    /// Half of its registration, or its cached package, is missing.
    Broken,
}

/// A registered product.
#[derive(Clone, Debug, PartialEq)]
pub struct Product {
    /// Its product code, upper case, in braces.
    pub product_code: String,
    /// The code of the package that installed it.
    pub package_code: Option<String>,
    /// Its family's code.
    pub upgrade_code: Option<String>,
    /// Its name; "" where none is registered.
    pub name: String,
    /// Its version as text, such as `1.2.3`.
    pub version: Option<String>,
    /// Its language as LANGID.
    pub language: Option<u32>,
    /// Who made it.
    pub manufacturer: Option<String>,
    /// For whom it is installed.
    pub context: Context,
    /// What state it is in.
    pub state: ProductState,
    /// `20261124`
    pub install_date: Option<String>,
    /// Where the installer keeps its copy of the package.
    pub local_package: Option<String>,
    /// Where it was installed from.
    pub install_source: Option<String>,
    /// The folder that its package was last found in, as it is published.
    pub last_used_source: Option<String>,
    /// The folders on disks and in networks that its package may be found in, in their order.
    pub sources: Vec<String>,
    /// The package's file name.
    pub package_name: Option<String>,
    /// The transforms that it is installed with, in the form of TRANSFORMS.
    pub transforms: Option<String>,
    /// Was it installed as one of several instances?
    pub instance: bool,
    /// Who needs it: product codes of those that installed it along, and `:` where it was installed by itself.
    pub clients: Vec<String>,
}

impl Context {
    /// The name in JSON: `machine|user_managed|user_unmanaged`.
    pub fn name(self) -> &'static str {
        match self {
            Context::Machine => "machine",
            Context::UserManaged => "user_managed",
            Context::UserUnmanaged => "user_unmanaged",
        }
    }

    /// The contexts, in the order in which a product is looked for.
    pub const ALL: [Context; 3] = [
        Context::UserManaged,
        Context::UserUnmanaged,
        Context::Machine,
    ];

    /// The SID under which installed data is kept.
    pub(crate) fn sid(self, facts: &Facts) -> &str {
        if self == Context::Machine {
            MACHINE_SID
        } else {
            &facts.user_sid
        }
    }

    /// The key with Products, Features and UpgradeCodes of what is published.
    pub(crate) fn published(self, facts: &Facts) -> KeyPath {
        match self {
            Context::Machine => KeyPath::new(Root::LocalMachine, "Software\\Classes\\Installer"),
            Context::UserUnmanaged => {
                KeyPath::new(Root::CurrentUser, "Software\\Microsoft\\Installer")
            }
            Context::UserManaged => installer()
                .join("Managed")
                .join(&facts.user_sid)
                .join("Installer"),
        }
    }
}

impl ProductState {
    /// The name in JSON: `installed|advertised|broken`.
    pub fn name(self) -> &'static str {
        match self {
            ProductState::Installed => "installed",
            ProductState::Advertised => "advertised",
            ProductState::Broken => "broken",
        }
    }
}

/// Returns all registered products, sorted by name, then product code.
///
/// Errors: the machine cannot be read.
pub fn products(view: &dyn View) -> Result<Vec<Product>, Error> {
    let mut products = Vec::new();
    for context in Context::ALL {
        for packed in codes(view, context)? {
            products.extend(read(view, context, &packed)?);
        }
    }
    products.sort_by(|a, b| (&a.name, &a.product_code).cmp(&(&b.name, &b.product_code)));
    Ok(products)
}

/// Returns the product of a code as the installer finds it: the user's own before the machine's.
///
/// Errors: the machine cannot be read.
pub fn find(view: &dyn View, product_code: &str) -> Result<Option<Product>, Error> {
    let Some(packed) = guid::pack(product_code) else {
        return Ok(None);
    };
    for context in Context::ALL {
        if let Some(product) = read(view, context, &packed)? {
            return Ok(Some(product));
        }
    }
    Ok(None)
}

/// Returns the products of a context with an upgrade code, in registered order.
pub(crate) fn related(
    view: &dyn View,
    context: Context,
    upgrade_code: &str,
) -> Result<Vec<Product>, Error> {
    let Some(packed) = guid::pack(upgrade_code) else {
        return Ok(Vec::new());
    };
    let key = context
        .published(view.facts())
        .join("UpgradeCodes")
        .join(&packed);
    let mut products = Vec::new();
    for (name, _) in view.key(&key)?.map(|key| key.values).unwrap_or_default() {
        products.extend(read(view, context, &name)?);
    }
    Ok(products)
}

/// The packed codes of the products of a context.
fn codes(view: &dyn View, context: Context) -> Result<Vec<String>, Error> {
    let facts = view.facts();
    let published = context.published(facts).join("Products");
    let mut codes = view
        .key(&published)?
        .map(|key| key.subkeys)
        .unwrap_or_default();
    // Installed data of a user stands under one SID for both per-user contexts: count what is published nowhere once.
    if context != Context::UserManaged {
        let installed = user_data(context.sid(facts)).join("Products");
        for code in view
            .key(&installed)?
            .map(|key| key.subkeys)
            .unwrap_or_default()
        {
            if !codes.iter().any(|known| known.eq_ignore_ascii_case(&code))
                && !managed(view, context, &code)?
            {
                codes.push(code);
            }
        }
    }
    Ok(codes)
}

fn managed(view: &dyn View, context: Context, code: &str) -> Result<bool, Error> {
    let key = Context::UserManaged
        .published(view.facts())
        .join("Products")
        .join(code);
    Ok(context == Context::UserUnmanaged && view.key(&key)?.is_some())
}

fn text(key: Option<&Key>, name: &str) -> Option<String> {
    let value = key?
        .values
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name));
    value
        .and_then(|(_, data)| data.as_text())
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

fn number(key: Option<&Key>, name: &str) -> Option<u32> {
    match key?
        .values
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))?
        .1
    {
        Data::Dword(number) => Some(number),
        _ => None,
    }
}

fn read(view: &dyn View, context: Context, packed: &str) -> Result<Option<Product>, Error> {
    let Some(product_code) = guid::unpack(packed) else {
        return Ok(None);
    };
    let published_key = context
        .published(view.facts())
        .join("Products")
        .join(packed);
    let published = view.key(&published_key)?;
    let sources = view.key(&published_key.join("SourceList"))?;
    let installed_key = user_data(context.sid(view.facts()))
        .join("Products")
        .join(packed);
    let installed = view.key(&installed_key.join("InstallProperties"))?;
    let belongs = published.is_some()
        || (context != Context::UserManaged && !managed(view, context, packed)?);
    if !belongs || (published.is_none() && installed.is_none()) {
        return Ok(None);
    }
    let (published, installed) = (published.as_ref(), installed.as_ref());
    let local_package =
        text(installed, "LocalPackage").or_else(|| text(installed, "ManagedLocalPackage"));
    Ok(Some(Product {
        package_code: text(published, "PackageCode").and_then(|packed| guid::unpack(&packed)),
        upgrade_code: upgrade_code(view, packed)?,
        name: text(installed, "DisplayName")
            .or_else(|| text(published, "ProductName"))
            .unwrap_or_default(),
        version: text(installed, "DisplayVersion")
            .or_else(|| number(published, "Version").map(version_text)),
        language: number(published, "Language").or_else(|| number(installed, "Language")),
        manufacturer: text(installed, "Publisher"),
        context,
        state: state(view, published, installed, local_package.as_deref())?,
        install_date: text(installed, "InstallDate"),
        install_source: text(installed, "InstallSource"),
        last_used_source: text(sources.as_ref(), "LastUsedSource").and_then(|text| place(&text)),
        sources: network_sources(view, &published_key)?,
        package_name: text(sources.as_ref(), "PackageName"),
        transforms: text(published, "Transforms"),
        instance: number(published, "InstanceType").is_some_and(|number| number != 0),
        clients: strings(view, &published_key, "Clients")?,
        local_package,
        product_code,
    }))
}

/// The list of network sources, by their numbers. "Source Resiliency".
fn network_sources(view: &dyn View, published_key: &KeyPath) -> Result<Vec<String>, Error> {
    let key = view.key(&published_key.join("SourceList\\Net"))?;
    let values = key.iter().flat_map(|key| &key.values);
    let numbered =
        values.filter_map(|(number, data)| Some((number.parse::<u32>().ok()?, data.as_text()?)));
    let mut sources: Vec<(u32, &str)> = numbered.collect();
    sources.sort_unstable();
    Ok(sources
        .into_iter()
        .map(|(_, folder)| folder.to_owned())
        .collect())
}

/// The folder of a published source: its kind, its number in the list of that kind, then the folder.
fn place(source: &str) -> Option<String> {
    source.splitn(3, ';').nth(2).map(str::to_owned)
}

fn state(
    view: &dyn View,
    published: Option<&Key>,
    installed: Option<&Key>,
    local_package: Option<&str>,
) -> Result<ProductState, Error> {
    Ok(match (published, installed) {
        (Some(_), None) => ProductState::Advertised,
        (None, _) => ProductState::Broken,
        (Some(_), Some(_)) => {
            let path = local_package.and_then(|path| view.path(path).ok());
            let cached = path
                .map(|path| view.is_file(&path))
                .transpose()?
                .unwrap_or(false);
            if cached {
                ProductState::Installed
            } else {
                ProductState::Broken
            }
        }
    })
}

/// A registered version number: eight bits, eight bits, sixteen bits.
fn version_text(number: u32) -> String {
    format!(
        "{}.{}.{}",
        number >> 24,
        number >> 16 & 0xff,
        number & 0xffff
    )
}

/// Finds the upgrade code under which a product is registered.
fn upgrade_code(view: &dyn View, packed: &str) -> Result<Option<String>, Error> {
    let codes = installer().join("UpgradeCodes");
    for code in view.key(&codes)?.map(|key| key.subkeys).unwrap_or_default() {
        let products = view
            .key(&codes.join(&code))?
            .map(|key| key.values)
            .unwrap_or_default();
        if products
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case(packed))
        {
            return Ok(guid::unpack(&code));
        }
    }
    Ok(None)
}
