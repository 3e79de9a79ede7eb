//! `FileCost`: what files take. Folders are not known before CostFinalize, so the sums are made there.
//!
//! Follows: Microsoft, "FileCost Action", "File Costing".

use machine::View;

use crate::actions::Flow;
use crate::{Error, Run};

pub(crate) fn file_cost(run: &mut Run, _: &dyn View) -> Result<Flow, Error> {
    run.costs.counts_files = true;
    Ok(Flow::Continue(Vec::new()))
}
