//! Rows of the ODBCDriver, ODBCTranslator and ODBCDataSource tables, and where the driver manager keeps them.
//!
//! The driver manager has one registry for 32-bit and one for 64-bit drivers, as components have.
//! Follows: Microsoft, "ODBCDriver Table", "ODBCTranslator Table", "ODBCDataSource Table", "ODBCAttribute Table",
//! "ODBCSourceAttribute Table", "Driver Specification Subkeys", "Component Usage Count".

use machine::{Data, KeyPath, Root, View};

use crate::registry_rows::bitness;
use crate::{Component, Error, Run};

/// Drivers or translators: what differs between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OdbcKind {
    Driver,
    Translator,
}

impl OdbcKind {
    /// The table.
    fn table(self) -> &'static str {
        match self {
            OdbcKind::Driver => "ODBCDriver",
            OdbcKind::Translator => "ODBCTranslator",
        }
    }

    /// The value that holds the library's path.
    fn value(self) -> &'static str {
        match self {
            OdbcKind::Driver => "Driver",
            OdbcKind::Translator => "Translator",
        }
    }

    /// The key that lists all of them.
    fn list(self) -> &'static str {
        match self {
            OdbcKind::Driver => "ODBC Drivers",
            OdbcKind::Translator => "ODBC Translators",
        }
    }
}

/// A driver or translator.
pub(crate) struct OdbcLibrary {
    /// `Description`: its name.
    pub description: String,
    /// Its key.
    pub key: KeyPath,
    /// The key that lists it.
    pub list: KeyPath,
    /// Its values but for the usage count: library, setup library, attributes.
    pub values: Vec<(String, String)>,
    /// Its component.
    pub component: Component,
}

/// A data source.
pub(crate) struct OdbcSource {
    /// `Description`: its name.
    pub description: String,
    /// `DriverDescription`: the driver, which may be there already.
    pub driver: String,
    /// Its key.
    pub key: KeyPath,
    /// The key that lists it.
    pub list: KeyPath,
    /// Its attributes, but for the driver.
    pub values: Vec<(String, String)>,
    /// Its component.
    pub component: Component,
}

/// The driver manager's key of drivers and translators, in the component's view.
pub(crate) fn odbcinst(view: &dyn View, component: &Component) -> KeyPath {
    let path = "Software\\ODBC\\ODBCINST.INI";
    KeyPath::in_view(Root::LocalMachine, path, bitness(view, component))
}

/// Returns the drivers or translators in the table's order.
///
/// Errors: a row names no component or no file.
pub(crate) fn libraries(
    run: &Run,
    view: &dyn View,
    kind: OdbcKind,
) -> Result<Vec<OdbcLibrary>, Error> {
    let mut rows = Vec::new();
    for record in run.table(kind.table())?.records() {
        let key = record.key();
        let component = run.component(kind.table(), &key, record.required("Component_")?)?;
        let library = run.file_target(kind.table(), &key, record.required("File_")?)?;
        let mut values = vec![(kind.value().to_owned(), library.to_string())];
        let setup = record.text("File_Setup");
        if !setup.is_empty() {
            let setup = run.file_target(kind.table(), &key, setup)?;
            values.push(("Setup".to_owned(), setup.to_string()));
        }
        values.extend(attributes(run, view, "ODBCAttribute", "Driver_", &key)?);
        let description = record.required("Description")?.to_owned();
        let odbcinst = odbcinst(view, component);
        rows.push(OdbcLibrary {
            key: odbcinst.join(&description),
            list: odbcinst.join(kind.list()),
            description,
            values,
            component: component.clone(),
        });
    }
    Ok(rows)
}

/// Returns the data sources in the table's order.
///
/// Errors: a row names no component.
pub(crate) fn sources(run: &Run, view: &dyn View) -> Result<Vec<OdbcSource>, Error> {
    let mut rows = Vec::new();
    for record in run.table("ODBCDataSource")?.records() {
        let key = record.key();
        let component = run.component("ODBCDataSource", &key, record.required("Component_")?)?;
        let description = record.required("Description")?.to_owned();
        let root = match record.integer("Registration") {
            Some(1) => Root::CurrentUser,
            _ => Root::LocalMachine,
        };
        let odbc = KeyPath::in_view(root, "Software\\ODBC\\ODBC.INI", bitness(view, component));
        let mut values = attributes(run, view, "ODBCSourceAttribute", "DataSource_", &key)?;
        values.retain(|(name, _)| !name.eq_ignore_ascii_case("Driver"));
        rows.push(OdbcSource {
            key: odbc.join(&description),
            list: odbc.join("ODBC Data Sources"),
            description,
            driver: record.required("DriverDescription")?.to_owned(),
            values,
            component: component.clone(),
        });
    }
    Ok(rows)
}

/// The attributes that a table has for a row; one without a value is none.
fn attributes(
    run: &Run,
    view: &dyn View,
    table: &str,
    column: &str,
    key: &str,
) -> Result<Vec<(String, String)>, Error> {
    let mut values = Vec::new();
    for record in run.table(table)?.records() {
        let value = run.format(view, record.text("Value"));
        if record.text(column) == key && !value.is_empty() {
            values.push((record.required("Attribute")?.to_owned(), value));
        }
    }
    Ok(values)
}

/// The usage count of a driver, a translator or the driver manager; 0 where there is none.
///
/// Errors: the machine cannot be read.
pub(crate) fn usage_count(view: &dyn View, key: &KeyPath) -> Result<u32, Error> {
    match view.value(key, "UsageCount")? {
        Some(Data::Dword(count)) => Ok(count),
        _ => Ok(0),
    }
}

/// Returns the components that carry the driver manager: `ODBCDriverManager`, or what the property of that name
/// says, and `ODBCDriverManager64`; with the key that counts their installations.
pub(crate) fn managers<'a>(run: &'a Run, view: &dyn View) -> Vec<(&'a Component, KeyPath)> {
    let names = ["ODBCDriverManager", "ODBCDriverManager64"].map(|name| match run.property(name) {
        "" => name,
        renamed => renamed,
    });
    run.components()
        .iter()
        .filter(|component| names.contains(&component.name.as_str()))
        .map(|component| (component, odbcinst(view, component).join("ODBC Core")))
        .collect()
}
