//! `CostInitialize`: loads features, components, files and folders, and what of them is installed.
//!
//! Follows: Microsoft, "CostInitialize Action".

use database::word_count;
use machine::View;

use crate::actions::Flow;
use crate::registration::read_states;
use crate::{Error, Run, costing};

pub(crate) fn cost_initialize(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    let bits = run.database.summary()?.word_count().unwrap_or(0);
    run.costs.short_source_names = bits & word_count::SHORT_NAMES != 0;
    costing::load(run)?;
    read_states(run, view)?;
    run.properties.set("CostingComplete", "");
    Ok(Flow::Continue(Vec::new()))
}
