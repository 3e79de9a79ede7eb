//! `AllocateRegistrySpace`: makes sure that the registry has room for AVAILABLEFREEREG kilobytes. A machine's
//! registry has no limit, so the room is always there.
//!
//! Follows: Microsoft, "AllocateRegistrySpace Action".

use machine::View;

use crate::actions::Flow;
use crate::{Error, Run};

pub(crate) fn allocate_registry_space(_: &mut Run, _: &dyn View) -> Result<Flow, Error> {
    Ok(Flow::Continue(Vec::new()))
}
