//! Rows of the Shortcut table: where the link's file is, and whether it is advertised.
//!
//! Follows: Microsoft, "Shortcut Table", "DISABLEADVTSHORTCUTS Property".

use database::Record;
use machine::MachinePath;

use crate::directory::Name;
use crate::{Component, Error, Feature, Run};

/// A row of the Shortcut table.
pub(crate) struct ShortcutRow<'a> {
    /// The row.
    pub record: Record<'a>,
    /// Its component.
    pub component: &'a Component,
    /// The feature that Target names; none: Target is formatted text.
    pub feature: Option<&'a Feature>,
}

impl<'a> ShortcutRow<'a> {
    /// Reads a row.
    ///
    /// Errors: it names no component.
    pub(crate) fn read(run: &'a Run, record: Record<'a>) -> Result<ShortcutRow<'a>, Error> {
        let component = run.component("Shortcut", &record.key(), record.text("Component_"))?;
        let target = record.required("Target")?;
        let feature = run.features().iter().find(|feature| feature.name == target);
        Ok(ShortcutRow {
            record,
            component,
            feature,
        })
    }

    /// The feature of an advertised link; none where links are plain.
    pub(crate) fn advertised(&self, run: &Run) -> Option<&'a Feature> {
        self.feature
            .filter(|_| run.property("DISABLEADVTSHORTCUTS").is_empty())
    }

    /// The link's file.
    ///
    /// Errors: the row names no folder, or its name is no file name.
    pub(crate) fn file(&self, run: &Run) -> Result<MachinePath, Error> {
        let folder = run.folder(
            "Shortcut",
            &self.record.key(),
            self.record.text("Directory_"),
        )?;
        let name = Name::parse(self.record.required("Name")?);
        let name = name.pick(run.short_names());
        let has_extension = name.to_ascii_lowercase().ends_with(".lnk");
        let name = if has_extension {
            name.to_owned()
        } else {
            format!("{name}.lnk")
        };
        Ok(folder.join(&name).map_err(machine::Error::from)?)
    }
}
