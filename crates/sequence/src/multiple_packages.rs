//! Packages that are installed together: none of them may restart the machine in the midst of it, so one that would is
//! stopped, before it has changed anything where that can be foreseen.
//!
//! Follows: Microsoft, "Multiple-Package Installations", "ForceReboot Action", "ScheduleReboot Action".

use crate::{Error, Failure, Run};

/// Stops a run together with others at an action that restarts the machine; none: it goes on.
pub(crate) fn refusal(run: &mut Run, action: &str) -> Option<Failure> {
    if !run.request.together || !restarts(action) {
        return None;
    }
    run.walk.left_out = true;
    let why = "a package that restarts the machine is not installed together with others: install it alone";
    Some(Failure::new(1603, why).of(action))
}

/// The same for the first such action among the rows to come whose condition holds by now.
///
/// Errors: a condition that does not parse.
pub(crate) fn refusal_later(run: &mut Run) -> Result<Option<Failure>, Error> {
    let Some(table) = run.walk.table().filter(|_| run.request.together) else {
        return Ok(None);
    };
    for row in run.walk.rows_to_come() {
        if restarts(&row.action) && run.condition(table.name(), &row.action, &row.condition)? {
            return Ok(refusal(run, &row.action));
        }
    }
    Ok(None)
}

fn restarts(action: &str) -> bool {
    matches!(action, "ForceReboot" | "ScheduleReboot")
}
