//! `InstallFinalize`: runs what is left of the script and closes the transaction. Where the whole product goes
//! it adds what takes the product off the machine's records.
//!
//! Follows: Microsoft, "InstallFinalize Action".

use machine::View;

use crate::actions::Flow;
use crate::{ActionResult, Error, Run, Step, embedded_chainer, registration};

pub(crate) fn install_finalize(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    if !run.walk.transaction {
        let message = "there was no InstallInitialize before it".to_owned();
        return Ok(Flow::Stop(ActionResult::Failure, 1603, message));
    }
    let mut steps = Vec::new();
    let mut operations = registration::unregister(run, view)?;
    if run.resumes() {
        operations.extend(registration::waits_no_longer(view)?);
    }
    if !operations.is_empty() {
        steps.push(Step::Operations {
            action: "InstallFinalize".to_owned(),
            operations,
        });
    }
    steps.extend(embedded_chainer::leave_out(run, view)?);
    steps.push(Step::Finalize);
    Ok(Flow::Continue(steps))
}
