//! Rows of the MsiAssembly table: what an assembly is called, and where it is registered.
//!
//! Follows: Microsoft, "MsiAssembly Table", "MsiAssemblyName Table", "Assembly Registry Keys Written by Windows
//! Installer".

use machine::{KeyPath, View};

use crate::registration::places::Places;
use crate::registration::write::descriptor;
use crate::run::no_such;
use crate::{Component, Error, Feature, Run};

/// `MsiAssembly.Attributes` of a Win32 assembly; anything else is the common language runtime's.
const WIN32: i32 = 1;

/// An assembly.
pub(crate) struct Assembly<'a> {
    /// Its name and attributes, as `Name,Version="1.0.0.0"`.
    pub name: String,
    /// Its component.
    pub component: &'a Component,
    /// The feature that provides it.
    pub feature: &'a Feature,
    /// The file of the application that alone uses it; none: it is for all.
    pub application: Option<String>,
    /// Is it a Win32 assembly, which is described by manifests and not by the registry?
    pub is_win32: bool,
}

impl Assembly<'_> {
    /// The key that it is registered in.
    ///
    /// Errors: its application is no file.
    pub(crate) fn key(&self, run: &Run, view: &dyn View) -> Result<KeyPath, Error> {
        let place = match &self.application {
            Some(file) => {
                let path = run.file_target("MsiAssembly", &self.component.name, file)?;
                path.to_string().replace('\\', "|")
            }
            None => "Global".to_owned(),
        };
        let places = Places::of(run, view)?;
        Ok(places.published().join("Assemblies").join(&place))
    }

    /// What it is registered with: the descriptor of its component. None: its component has no id.
    pub(crate) fn descriptor(&self, run: &Run, view: &dyn View) -> Result<Option<String>, Error> {
        let Some(id) = &self.component.id else {
            return Ok(None);
        };
        let places = Places::of(run, view)?;
        Ok(descriptor(run, &places, &self.feature.name, id))
    }
}

/// Returns the assemblies in the table's order.
///
/// Errors: a row names no component or feature.
pub(crate) fn assemblies(run: &Run) -> Result<Vec<Assembly<'_>>, Error> {
    let mut rows = Vec::new();
    for record in run.table("MsiAssembly")?.records() {
        let key = record.key();
        let component = run.component("MsiAssembly", &key, record.required("Component_")?)?;
        let feature = record.required("Feature_")?;
        let known = run.features().iter().find(|known| known.name == feature);
        rows.push(Assembly {
            name: name(run, &component.name)?,
            component,
            feature: known.ok_or_else(|| no_such("MsiAssembly", &key, "feature", feature))?,
            application: Some(record.text("File_Application").to_owned())
                .filter(|file| !file.is_empty()),
            is_win32: record.integer("Attributes") == Some(WIN32),
        });
    }
    Ok(rows)
}

/// The name first, then the other attributes in the table's order.
fn name(run: &Run, component: &str) -> Result<String, Error> {
    let (mut name, mut attributes) = (String::new(), String::new());
    for record in run.table("MsiAssemblyName")?.records() {
        if record.text("Component_") != component {
            continue;
        }
        let (attribute, value) = (record.text("Name"), record.text("Value"));
        if attribute.eq_ignore_ascii_case("Name") {
            name = value.to_owned();
        } else {
            attributes += &format!(",{attribute}=\"{value}\"");
        }
    }
    Ok(name + &attributes)
}
