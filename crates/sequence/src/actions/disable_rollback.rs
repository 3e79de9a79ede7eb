//! `DisableRollback`: no undo from here on; before InstallInitialize for the whole installation.
//!
//! After InstallInitialize the transaction goes on keeping what undoes it: more is put back than was asked for.
//! Follows: Microsoft, "DisableRollback Action".

use machine::View;

use crate::actions::Flow;
use crate::{Error, Run};

pub(crate) fn disable_rollback(run: &mut Run, _: &dyn View) -> Result<Flow, Error> {
    run.walk.rollback_disabled = true;
    run.properties.set("RollbackDisabled", "1");
    Ok(Flow::Continue(Vec::new()))
}
