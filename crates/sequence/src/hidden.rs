//! Properties whose values nobody may see, besides those that MsiHiddenProperties names.
//!
//! Follows: Microsoft, "Preventing Confidential Information from Being Written into the Log File", "Custom Action
//! Hidden Target Option", "Password Control Attribute". The Password column of ServiceInstall is text with properties:
//! a property that stands there is hidden too.

use std::collections::BTreeSet;

use crate::{Error, Run};

/// `CustomAction.Type`: the target is hidden, and with it the property of the action's name (CustomActionData).
const HIDE_TARGET: i32 = 0x2000;
/// `Control.Attributes` of an edit field: what is typed is a password.
const PASSWORD: i32 = 0x20_0000;

/// Returns the names that the package's tables hide.
pub(crate) fn named(run: &Run) -> Result<BTreeSet<String>, Error> {
    let mut names = BTreeSet::new();
    for record in run.table("CustomAction")?.records() {
        if record.integer("Type").unwrap_or(0) & HIDE_TARGET != 0 {
            names.insert(record.text("Action").to_owned());
            // A property that the action sets holds what was in its target.
            if record.integer("Type").unwrap_or(0) & 0x3f == 51 {
                names.insert(record.text("Source").to_owned());
            }
        }
    }
    for record in run.table("Control")?.records() {
        let attributes = record.integer("Attributes").unwrap_or(0);
        if record.text("Type") == "Edit" && attributes & PASSWORD != 0 {
            names.insert(record.text("Property").to_owned());
        }
    }
    for record in run.table("ServiceInstall")?.records() {
        names.extend(bracketed(record.text("Password")));
    }
    names.remove("");
    Ok(names)
}

/// The names in brackets.
fn bracketed(text: &str) -> impl Iterator<Item = String> {
    let parts = text.split('[').skip(1);
    parts.filter_map(|part| Some(part.split_once(']')?.0.to_owned()))
}
