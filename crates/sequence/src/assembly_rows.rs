//! Rows of the MsiAssembly table: what an assembly is called, and where it is registered.
//!
//! Follows: Microsoft, "MsiAssembly Table", "MsiAssemblyName Table", "Assembly Registry Keys Written by Windows
//! Installer".

use database::Value;
use machine::{KeyPath, View};

use crate::registration::places::Places;
use crate::registration::write::descriptor;
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
        rows.push(Assembly {
            name: name(run, &component.name)?,
            component,
            feature: run.feature("MsiAssembly", &key, record.required("Feature_")?)?,
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

/// Is a component a Win32 assembly? Its classes, extensions and type libraries are described by its manifest, and
/// the tables about them are skipped. "Installing Win32 Assemblies for Side-by-Side Sharing".
///
/// Errors: the table cannot be read.
pub(crate) fn is_side_by_side(run: &Run, component: &Component) -> Result<bool, Error> {
    let table = run.table("MsiAssembly")?;
    let row = table.find(&[Value::Text(component.name.as_str().into())]);
    Ok(row.is_some_and(|row| row.integer("Attributes") == Some(WIN32)))
}
