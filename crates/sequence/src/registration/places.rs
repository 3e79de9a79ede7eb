//! Where a product is registered: the keys and folders of its context.
//!
//! Per machine: `HKLM\Software\Classes\Installer` and `UserData\S-1-5-18`; per user:
//! `HKCU\Software\Microsoft\Installer` and `UserData\<SID>`. Microsoft's pages name the Uninstall key and the
//! folders ("Uninstall Registry Key", "Installation Context"); the rest is public knowledge.

use machine::{Architecture, Bitness, KeyPath, MachinePath, Root, View};

use super::kept_files::{product_folder, transform_folder};
use super::{Context, guid, installer, user_data};
use crate::{Error, Run};

/// The client that a permanent component has besides its products: the system.
pub(crate) const SYSTEM_CLIENT: &str = "00000000000000000000000000000000";

/// The places of one product.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    /// The product code in braces.
    pub product_code: String,
    /// The product code, packed.
    pub product: String,
    context: Context,
    published: KeyPath,
    user_data: KeyPath,
    uninstall: KeyPath,
    windows_folder: String,
}

impl Places {
    /// Returns the places of the run's product.
    ///
    /// Errors: ProductCode is no GUID.
    pub(crate) fn of(run: &Run, view: &dyn View) -> Result<Places, Error> {
        let product_code = run.property("ProductCode").to_ascii_uppercase();
        let product = guid::pack(&product_code).ok_or_else(|| Error::BadCell {
            table: "Property".to_owned(),
            row: "ProductCode".to_owned(),
            column: "Value".to_owned(),
            what: format!("`{product_code}` is no GUID"),
        })?;
        let context = context(run);
        let narrow = view.facts().architecture == Architecture::X64 && !is_64_bit(run)?;
        let bitness = if narrow {
            Bitness::Bits32
        } else {
            Bitness::Bits64
        };
        let uninstall = "Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall";
        Ok(Places {
            uninstall: KeyPath::in_view(Root::LocalMachine, uninstall, bitness).join(&product_code),
            product_code,
            product,
            published: context.published(view.facts()),
            user_data: user_data(context.sid(view.facts())),
            context,
            windows_folder: run.property("WindowsFolder").to_owned(),
        })
    }

    /// The root of what is published: products, features, upgrade codes, qualified components.
    pub(crate) fn published(&self) -> &KeyPath {
        &self.published
    }

    /// The published record of the product.
    pub(crate) fn published_product(&self) -> KeyPath {
        self.published().join("Products").join(&self.product)
    }

    /// The published states of its features.
    pub(crate) fn published_features(&self) -> KeyPath {
        self.published().join("Features").join(&self.product)
    }

    /// The root of what is installed in the product's context.
    pub(crate) fn user_data(&self) -> &KeyPath {
        &self.user_data
    }

    /// The installed product.
    pub(crate) fn installed_product(&self) -> KeyPath {
        self.user_data().join("Products").join(&self.product)
    }

    /// The installed product's properties.
    pub(crate) fn install_properties(&self) -> KeyPath {
        self.installed_product().join("InstallProperties")
    }

    /// The clients of a component in the product's context; `id` is the ComponentId in braces.
    pub(crate) fn component(&self, id: &str) -> Option<KeyPath> {
        Some(self.user_data().join("Components").join(&guid::pack(id)?))
    }

    /// The products of an upgrade code: where the installer looks, and where it is published.
    pub(crate) fn upgrade_code(&self, upgrade_code: &str) -> Option<[KeyPath; 2]> {
        let packed = guid::pack(upgrade_code)?;
        Some(
            [installer(), self.published.clone()]
                .map(|root| root.join("UpgradeCodes").join(&packed)),
        )
    }

    /// The product in the list of programs; for a 32-bit package in the 32-bit view.
    pub(crate) fn uninstall(&self) -> &KeyPath {
        &self.uninstall
    }

    /// The folder of cached packages.
    ///
    /// Errors: WindowsFolder is no path of the machine.
    pub(crate) fn cache_folder(&self, view: &dyn View) -> Result<MachinePath, Error> {
        Ok(view
            .path(&self.windows_folder)?
            .join("Installer")
            .map_err(machine::Error::from)?)
    }

    /// The folder of the product's icons.
    ///
    /// Errors: the registry cannot be read.
    pub(crate) fn icon_folder(&self, view: &dyn View) -> Result<MachinePath, Error> {
        product_folder(view, self.context, &self.product_code)
    }

    /// The folder of the product's transforms.
    ///
    /// Errors: the registry cannot be read.
    pub(crate) fn transform_folder(
        &self,
        view: &dyn View,
        secured: bool,
    ) -> Result<MachinePath, Error> {
        transform_folder(view, self.context, &self.product_code, secured)
    }

    /// The file of an icon: a row of the Icon table by its name.
    ///
    /// Errors: as [`Places::icon_folder`]; the name is no file name.
    pub(crate) fn icon(&self, view: &dyn View, name: &str) -> Result<MachinePath, Error> {
        Ok(self
            .icon_folder(view)?
            .join(name)
            .map_err(machine::Error::from)?)
    }
}

/// An installed product stays in its context.
fn context(run: &Run) -> Context {
    match &run.product {
        Some(product) => product.context,
        None if run.per_machine() => Context::Machine,
        None => Context::UserUnmanaged,
    }
}

/// Is the package for a 64-bit platform? "Template Summary Property".
fn is_64_bit(run: &Run) -> Result<bool, Error> {
    let template = run.database().summary()?.template();
    let platforms = template.split(';').next().unwrap_or("");
    let is_wide = |platform: &str| {
        ["x64", "Intel64", "AMD64", "Arm64"]
            .iter()
            .any(|wide| wide.eq_ignore_ascii_case(platform))
    };
    Ok(platforms
        .split(',')
        .any(|platform| is_wide(platform.trim())))
}
