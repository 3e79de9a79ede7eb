//! Rows of the Font table: the file, and what the registry calls it.
//!
//! Follows: Microsoft, "Font Table".

use machine::{KeyPath, MachinePath, Root, View, fold};

use crate::costing::File;
use crate::{Component, Error, Run};

/// A row of the Font table.
pub(crate) struct FontRow<'a> {
    /// The font's file.
    pub file: &'a File,
    /// Its component.
    pub component: &'a Component,
    /// Where it is installed.
    pub path: MachinePath,
    /// `FontTitle`, or "".
    pub title: String,
}

impl FontRow<'_> {
    /// What the registry holds for it: the file's name in the fonts' folder, elsewhere its path.
    pub(crate) fn data(&self, run: &Run, view: &dyn View) -> String {
        let fonts = view.path(run.property("FontsFolder")).ok();
        match (self.path.parent(), self.path.name()) {
            (Some(folder), Some(name)) if fonts.as_ref() == Some(&folder) => name.to_owned(),
            _ => self.path.to_string(),
        }
    }

    /// Is registered data about this file?
    pub(crate) fn is_meant(&self, run: &Run, view: &dyn View, data: &str) -> bool {
        fold(data) == fold(&self.data(run, view)) || fold(data) == fold(&self.path.to_string())
    }
}

/// The key of all fonts, which both views share.
pub(crate) fn fonts_key() -> KeyPath {
    let path = "Software\\Microsoft\\Windows NT\\CurrentVersion\\Fonts";
    KeyPath::new(Root::LocalMachine, path)
}

/// Returns the rows in the table's order.
///
/// Errors: a row names no file.
pub(crate) fn font_rows(run: &Run) -> Result<Vec<FontRow<'_>>, Error> {
    let mut rows = Vec::new();
    for record in run.table("Font")?.records() {
        let key = record.required("File_")?;
        let path = run.file_target("Font", key, key)?;
        let Some(file) = run.costs.file(key) else {
            continue;
        };
        rows.push(FontRow {
            file,
            component: run.component("File", key, &file.component)?,
            path,
            title: record.text("FontTitle").to_owned(),
        });
    }
    Ok(rows)
}
