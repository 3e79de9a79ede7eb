//! Rows of the DuplicateFile table: what is copied where. Follows: Microsoft, "DuplicateFile Table".

use database::Record;
use machine::{MachinePath, View};

use crate::directory::Name;
use crate::{Error, Run};

/// Returns the original and its copy; none where DestFolder holds no full path, or both are the same.
///
/// Errors: the row names no file, or its name is no file name.
pub(crate) fn duplicate(
    run: &Run,
    view: &dyn View,
    row: Record<'_>,
) -> Result<Option<(MachinePath, MachinePath)>, Error> {
    let original = run.file_target("DuplicateFile", &row.key(), row.required("File_")?)?;
    let folder = match row.text("DestFolder") {
        "" => original.parent(),
        property => view.path(run.property(property)).ok(),
    };
    let Some(folder) = folder else {
        return Ok(None);
    };
    let name = match row.text("DestName") {
        "" => original.name().unwrap_or("").to_owned(),
        name => Name::parse(name).pick(run.short_names()).to_owned(),
    };
    let copy = folder.join(&name).map_err(machine::Error::from)?;
    Ok((copy != original).then_some((original, copy)))
}
