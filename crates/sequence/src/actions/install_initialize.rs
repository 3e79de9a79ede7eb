//! `InstallInitialize`: opens the transaction.
//!
//! Custom actions that would be refused later are refused here, before anything is changed.
//! Follows: Microsoft, "InstallInitialize Action", "DISABLEROLLBACK Property".

use machine::View;

use crate::actions::Flow;
use crate::{ActionResult, Error, Run, Step, custom_action};

pub(crate) fn install_initialize(run: &mut Run, _: &dyn View) -> Result<Flow, Error> {
    if let Some(message) = custom_action::refused_later(run)? {
        return Ok(Flow::Stop(ActionResult::Failure, 1603, message));
    }
    let off = run.walk.rollback_disabled || run.property("DISABLEROLLBACK") == "1";
    if off {
        run.properties.set("RollbackDisabled", "1");
    }
    run.properties.set("UpdateStarted", "1");
    run.walk.transaction = true;
    Ok(Flow::Continue(vec![Step::Begin { rollback: !off }]))
}
