//! `LaunchConditions`: ends the installation with a row's text where its condition does not hold.
//!
//! Follows: Microsoft, "LaunchConditions Action", "LaunchCondition Table".

use machine::View;

use crate::actions::Flow;
use crate::{Error, Run};

pub(crate) fn launch_conditions(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    for record in run.table("LaunchCondition")?.records() {
        let condition = record.required("Condition")?;
        if !run.condition("LaunchCondition", condition, condition)? {
            let text = run.format(view, record.text("Description"));
            return Ok(Flow::Quit(text));
        }
    }
    Ok(Flow::Continue(Vec::new()))
}
