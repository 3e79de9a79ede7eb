//! `ScheduleReboot`: a restart at the end. `ForceReboot`: asks for the same; that the installation stops here and
//! goes on after the restart is missing.
//!
//! Follows: Microsoft, "ScheduleReboot Action", "ForceReboot Action", "REBOOT Property".

use machine::View;

use crate::actions::Flow;
use crate::walk::left_out;
use crate::{Error, RebootReason, Run};

pub(crate) fn schedule_reboot(run: &mut Run, _: &dyn View) -> Result<Flow, Error> {
    // "Suppress" and "ReallySuppress" both keep the restart from happening here; that one is needed stays true.
    run.walk.reboot = Some(RebootReason::ScheduleReboot);
    Ok(Flow::Continue(Vec::new()))
}

pub(crate) fn force_reboot(run: &mut Run, _: &dyn View) -> Result<Flow, Error> {
    if run.property("AFTERREBOOT").is_empty()
        && !run.property("REBOOT").to_lowercase().starts_with('r')
    {
        run.walk.reboot = Some(RebootReason::ForceReboot);
        let what = "the installation does not stop here to go on after the restart".to_owned();
        left_out(run, "ForceReboot", what);
    }
    Ok(Flow::Continue(Vec::new()))
}
