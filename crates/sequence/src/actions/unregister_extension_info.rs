//! `UnregisterExtensionInfo`: extensions and their verbs, of features going away.
//!
//! Follows: Microsoft, "UnregisterExtensionInfo Action".

use machine::View;

use crate::actions::Flow;
use crate::classes::{extensions, write_off};
use crate::{Error, Run};

pub(crate) fn unregister_extension_info(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    let operations = write_off(view, &extensions(run, view)?)?;
    Ok(Flow::script("UnregisterExtensionInfo", operations))
}
