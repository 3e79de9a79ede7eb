//! `InstallExecute` and `InstallExecuteAgain`: run what was scripted so far; the transaction stays open.
//!
//! Follows: Microsoft, "InstallExecute Action", "InstallExecuteAgain Action".

use machine::View;

use crate::actions::Flow;
use crate::{ActionResult, Error, Run, Step};

pub(crate) fn install_execute(run: &mut Run, _: &dyn View) -> Result<Flow, Error> {
    if !run.walk.transaction {
        let message = "it is not between InstallInitialize and InstallFinalize".to_owned();
        return Ok(Flow::Stop(ActionResult::Failure, 1603, message));
    }
    run.walk.executed = true;
    Ok(Flow::Continue(vec![Step::Execute]))
}
