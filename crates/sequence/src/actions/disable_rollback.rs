//! `DisableRollback`: no undo from here on; before InstallInitialize for the whole installation.
//!
//! After InstallInitialize the transaction goes on keeping what undoes it: more is put back than was asked for.
//! Follows: Microsoft, "DisableRollback Action", "DISABLEROLLBACK Property", "DisableRollback" (the policy).

use machine::{Data, KeyPath, Root, View};

use crate::actions::Flow;
use crate::{Error, Run};

pub(crate) fn disable_rollback(run: &mut Run, _: &dyn View) -> Result<Flow, Error> {
    disable(run);
    Ok(Flow::Continue(Vec::new()))
}

/// Disables rollback for the installation where DISABLEROLLBACK or the policy of machine or user says so.
///
/// Errors: the machine cannot be read.
pub(crate) fn obey_property_and_policy(run: &mut Run, view: &dyn View) -> Result<(), Error> {
    let disabled = run.property("DISABLEROLLBACK") == "1" || disabled_by_policy(view)?;
    if disabled {
        disable(run);
    }
    Ok(())
}

/// Does the policy of machine or user disable rollback? "DisableRollback".
///
/// Errors: the machine cannot be read.
pub fn disabled_by_policy(view: &dyn View) -> Result<bool, Error> {
    let mut disabled = false;
    for root in [Root::LocalMachine, Root::CurrentUser] {
        let policies = KeyPath::new(root, "Software\\Policies\\Microsoft\\Windows\\Installer");
        disabled |= view.value(&policies, "DisableRollback")? == Some(Data::Dword(1));
    }
    Ok(disabled)
}

fn disable(run: &mut Run) {
    run.walk.rollback_disabled = true;
    run.properties.set("RollbackDisabled", "1");
}
