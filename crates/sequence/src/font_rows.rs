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
    /// Is registered data about this file: its path, or in the fonts' folder its name?
    pub(crate) fn is_meant(&self, run: &Run, view: &dyn View, data: &str) -> bool {
        let fonts = view.path(run.property("FontsFolder")).ok();
        let is_font = fonts.is_some() && self.path.parent() == fonts;
        let same = |text: Option<&str>| text.is_some_and(|text| fold(text) == fold(data));
        same(Some(&self.path.to_string())) || is_font && same(self.path.name())
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
