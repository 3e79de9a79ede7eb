//! Setting a folder after costing: what a type 35 custom action, or a dialog, does.
//!
//! Follows: Microsoft, "Changing the Target Location for a Directory", "Custom Action Type 35".

use crate::directory::with_backslash;
use crate::{Error, Run};

/// Sets the target folder of a Directory key and moves what is below it along.
/// Nothing happens in maintenance: installed components stay where they are.
///
/// Errors: a key that is not in the Directory table.
pub(crate) fn set(run: &mut Run, action: &str, directory: &str, path: &str) -> Result<(), Error> {
    if !run.directories.contains(directory) {
        return Err(crate::run::no_such(
            "CustomAction",
            action,
            "directory",
            directory,
        ));
    }
    if path.is_empty() || run.was_installed() {
        return Ok(());
    }
    let old = run.property(directory).to_owned();
    let new = with_backslash(path);
    run.properties.set(directory, &new);
    for key in run.directories.below(directory) {
        let below = run
            .property(&key)
            .strip_prefix(&old)
            .filter(|_| !old.is_empty())
            .map(|rest| format!("{new}{rest}"));
        if let Some(moved) = below {
            run.properties.set(&key, &moved);
        }
    }
    Ok(())
}
