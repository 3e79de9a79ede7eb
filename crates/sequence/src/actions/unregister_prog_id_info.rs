//! `UnregisterProgIdInfo`: the ProgIds of classes and extensions going away.
//!
//! Follows: Microsoft, "UnregisterProgIdInfo Action".

use machine::View;

use crate::actions::Flow;
use crate::classes::{prog_ids, write_off};
use crate::{Error, Run};

pub(crate) fn unregister_prog_id_info(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    let operations = write_off(view, &prog_ids(run, view)?)?;
    Ok(Flow::script("UnregisterProgIdInfo", operations))
}
