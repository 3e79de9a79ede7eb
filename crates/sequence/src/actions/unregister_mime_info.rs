//! `UnregisterMIMEInfo`: the content types of extensions and classes going away.
//!
//! Follows: Microsoft, "UnregisterMIMEInfo Action".

use machine::View;

use crate::actions::Flow;
use crate::classes::{mime_types, write_off};
use crate::{Error, Run};

pub(crate) fn unregister_mime_info(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    let operations = write_off(view, &mime_types(run, view)?)?;
    Ok(Flow::script("UnregisterMIMEInfo", operations))
}
