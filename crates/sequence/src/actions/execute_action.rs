//! `ExecuteAction`: goes over to the execute sequence, which EXECUTEACTION names. `SEQUENCE`: the table that
//! the property of that name names.
//!
//! Follows: Microsoft, "ExecuteAction Action", "SEQUENCE Action".

use machine::View;

use crate::actions::Flow;
use crate::{Error, Run, walk};

pub(crate) fn execute_action(run: &mut Run, _: &dyn View) -> Result<Flow, Error> {
    walk::execute_action(run)?;
    Ok(Flow::Continue(Vec::new()))
}

pub(crate) fn sequence(run: &mut Run, _: &dyn View) -> Result<Flow, Error> {
    let table = run.property("SEQUENCE").to_owned();
    if !table.is_empty() {
        walk::begin_sequence_named(run, &table)?;
    }
    Ok(Flow::Continue(Vec::new()))
}
