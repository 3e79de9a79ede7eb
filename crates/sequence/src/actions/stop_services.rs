//! `StopServices`: nothing, for nothing runs on a machine at rest; a service that does not run is as it should be.
//!
//! Rows are read all the same, so that one which names no service ends the installation here too.
//! Follows: Microsoft, "StopServices Action", "ServiceControl Table".

use machine::View;

use crate::actions::Flow;
use crate::service_rows::controlled;
use crate::{Error, Run};

/// `Event`: stop while installing, stop while removing.
const STOP: i32 = 0x2;
const REMOVAL_STOP: i32 = 0x20;

pub(crate) fn stop_services(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    controlled(run, view, STOP, REMOVAL_STOP)?;
    Ok(Flow::Continue(Vec::new()))
}
