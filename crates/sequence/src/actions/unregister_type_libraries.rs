//! `UnregisterTypeLibraries`: what RegisterTypeLibraries wrote, of components going away.
//!
//! Missing: the same as there. Follows: Microsoft, "UnregisterTypeLibraries Action".

use machine::View;

use crate::actions::Flow;
use crate::classes::{type_libraries, write_off};
use crate::{Error, Run};

pub(crate) fn unregister_type_libraries(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    let libraries = type_libraries(run, view)?.into_iter();
    let entries: Vec<_> = libraries.filter_map(|library| library.entries).collect();
    Ok(Flow::script(
        "UnregisterTypeLibraries",
        write_off(view, &entries)?,
    ))
}
