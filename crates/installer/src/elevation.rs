//! Whether an installation is elevated for a user who is no administrator, before it is begun.

use machine::View;
use sequence::registration::{self, Context, guid};

use crate::Error;

/// Would this be elevated for a user who is no administrator? `target`: a product code, or a package of the user's own.
///
/// Any package is where AlwaysInstallElevated is set for the machine and for the user; a product is once an administrator has
/// installed it for all users, or advertised it. "Installing a Package with Elevated Privileges for a Non-Admin".
/// Errors: the machine cannot be read.
pub fn elevates(view: &dyn View, target: &str) -> Result<bool, Error> {
    if sequence::always_elevated(view)? {
        return Ok(true);
    }
    if guid::normal(target).is_none() {
        return Ok(false);
    }
    let product = registration::find(view, target)?;
    Ok(product.is_some_and(|product| product.context != Context::UserUnmanaged))
}
