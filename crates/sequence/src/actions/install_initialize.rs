//! `InstallInitialize`: opens the transaction.
//!
//! What the user has no rights for, and custom actions that would be refused later, are refused here, before anything is changed.
//! Missing: permissions, which other actions would set on what they put in place; the outcome says so.
//! Follows: Microsoft, "InstallInitialize Action", "DISABLEROLLBACK Property".

use machine::View;

use crate::actions::{Flow, disable_rollback};
use crate::walk::left_out;
use crate::{ActionResult, Error, Run, Step, custom_action, elevation, multiple_packages};

pub(crate) fn install_initialize(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    if let Some(failure) = elevation::refusal(run) {
        return Ok(Flow::Fail(failure));
    }
    if let Some(message) = custom_action::refused_later(run, view)? {
        return Ok(Flow::Stop(ActionResult::Failure, 1603, message));
    }
    if let Some(failure) = multiple_packages::refusal_later(run)? {
        return Ok(Flow::Fail(failure));
    }
    disable_rollback::obey_property_and_policy(run, view)?;
    permissions(run)?;
    run.properties.set("UpdateStarted", "1");
    run.walk.transaction = true;
    let rollback = !run.walk.rollback_disabled;
    Ok(Flow::Continue(vec![Step::Begin { rollback }]))
}

/// Names the tables of permissions where anything is installed.
fn permissions(run: &mut Run) -> Result<(), Error> {
    let installs = |component: &crate::Component| component.action.installs();
    if !run.components().iter().any(installs) {
        return Ok(());
    }
    for table in ["LockPermissions", "MsiLockPermissionsEx"] {
        if !run.table(table)?.rows.is_empty() {
            let text =
                "files, folders, keys and services are left with the permissions that they have";
            left_out(run, table, text.to_owned());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::actions::fixture::warnings;

    #[test]
    fn permissions_are_named_where_something_comes() {
        let rows = "LockPermissions a|File||Everyone|1\nrun InstallInitialize";
        let text = "LockPermissions: files, folders, keys and services are left with the permissions that they have";
        assert_eq!(warnings(rows), [text]);
        assert!(warnings("run InstallInitialize").is_empty());
        assert!(warnings(&format!("state Tool local absent\n{rows}")).is_empty());
    }
}
