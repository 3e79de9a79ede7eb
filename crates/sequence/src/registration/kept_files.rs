//! The folders in which the installer keeps a product's icons and transforms.
//!
//! Follows: Microsoft, "Installation Context", "Secured Transforms", "Unsecured Transforms".

use machine::{Folder, MachinePath, View, special_folder};

use super::Context;
use crate::Error;

/// Returns the folder of a product's transforms: secured ones lie where users cannot write.
///
/// Errors: the registry cannot be read.
pub fn transform_folder(
    view: &dyn View,
    context: Context,
    product_code: &str,
    secured: bool,
) -> Result<MachinePath, Error> {
    let context = if secured { Context::Machine } else { context };
    product_folder(view, context, product_code)
}

/// Returns the folder of a product's icons.
///
/// Errors: the registry cannot be read.
pub(crate) fn product_folder(
    view: &dyn View,
    context: Context,
    product_code: &str,
) -> Result<MachinePath, Error> {
    let per_machine = context == Context::Machine;
    let (folder, names): (Folder, &[&str]) = if per_machine {
        (Folder::Windows, &["Installer"])
    } else {
        (Folder::AppData, &["Microsoft", "Installer"])
    };
    let root = special_folder(view, folder, per_machine)?;
    let mut path = root.ok_or(Error::NoProperty("WindowsFolder"))?;
    for name in names.iter().chain([&product_code]) {
        path = path.join(name).map_err(machine::Error::from)?;
    }
    Ok(path)
}
