//! `ScheduleReboot`: a restart at the end. `ForceReboot`: what was scripted is run, and the installation waits for a
//! restart to go on (1604).
//!
//! In a nested run, and outside of the transaction, where the page does not allow it, ForceReboot asks for a restart
//! at the end.
//! Follows: Microsoft, "ScheduleReboot Action", "ForceReboot Action", "REBOOT Property".

use machine::View;

use crate::actions::Flow;
use crate::registration::waits_for_restart;
use crate::{Error, Outer, RebootReason, Run, Step};

pub(crate) fn schedule_reboot(run: &mut Run, _: &dyn View) -> Result<Flow, Error> {
    // "Suppress" and "ReallySuppress" both keep the restart from happening here; that one is needed stays true.
    run.walk.reboot = Some(RebootReason::ScheduleReboot);
    Ok(Flow::Continue(Vec::new()))
}

pub(crate) fn force_reboot(run: &mut Run, _: &dyn View) -> Result<Flow, Error> {
    let passed = run.resume.as_ref().map(|resume| resume.after);
    if passed.is_some_and(|passed| run.walk.row <= passed) {
        return Ok(Flow::Continue(Vec::new()));
    }
    // "Suppress" is for the end.
    let suppressed = run.property("REBOOT").to_lowercase().starts_with('r');
    if suppressed || run.request.outer != Outer::None || !run.walk.transaction {
        run.walk.reboot = Some(RebootReason::ForceReboot);
        return Ok(Flow::Continue(Vec::new()));
    }
    let registered = Step::Operations {
        action: "ForceReboot".to_owned(),
        operations: waits_for_restart(run),
    };
    Ok(Flow::Continue(vec![registered, Step::Suspend]))
}
