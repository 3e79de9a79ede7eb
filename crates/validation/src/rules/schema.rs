//! Tables as such: streams, types of keys, reserved bits, conditions. "_Validation Table", "Column Definition Format".

use std::collections::{BTreeMap, HashSet};

use database::{ColumnKind, Value};
use sequence::condition::Symbol;

use crate::finding::{Findings, cell, column as in_column, row, summary};
use crate::formatted;
use crate::package::Package;

/// How many characters of a stream's name are kept. "OLE Limitations on Streams".
const STREAM_NAME: usize = 62;

/// Names of streams stay apart when they are cut.
pub(super) fn ice29(package: &Package<'_>, found: &mut Findings) {
    for table in package.tables() {
        if !table
            .columns
            .iter()
            .any(|column| column.kind == ColumnKind::Binary)
        {
            continue;
        }
        let mut seen: BTreeMap<String, String> = BTreeMap::new();
        for record in table.records() {
            let keys = table.key(record.row);
            let name = keys
                .iter()
                .fold(table.name.to_string(), |name, key| format!("{name}.{key}"));
            let cut: String = name.chars().take(STREAM_NAME).collect();
            if let Some(other) = seen.insert(cut, name.clone()) {
                let what =
                    format!("cut to {STREAM_NAME} characters, its stream has the name of {other}");
                found.error(row(&record), what);
            }
        }
    }
}

/// Keys and foreign keys have the same type and size.
pub(super) fn ice32(package: &Package<'_>, found: &mut Findings) {
    for told in package.rows("_Validation") {
        let (table, name) = (told.text("Table"), told.text("Column"));
        let column = package
            .table(table)
            .and_then(|table| table.columns.get(table.column(name)?));
        let place = told
            .integer("KeyColumn")
            .and_then(|number| usize::try_from(number - 1).ok());
        let (Some(column), Some(place)) = (column, place) else {
            continue;
        };
        for other in told.text("KeyTable").split(';').map(str::trim) {
            let Some(key) = package
                .table(other)
                .and_then(|table| table.columns.get(place))
            else {
                continue;
            };
            let is_text = |kind: ColumnKind| matches!(kind, ColumnKind::Text(_));
            if is_text(key.kind) != is_text(column.kind) {
                let what = format!(
                    "it is {}, and the key {other}.{} is {}",
                    column.definition(),
                    key.name,
                    key.definition()
                );
                found.error(in_column(table, name), what);
            } else if key.kind != column.kind {
                let what = format!(
                    "it is {}, and the key {other}.{} is {}",
                    column.definition(),
                    key.name,
                    key.definition()
                );
                found.warning(in_column(table, name), what);
            }
        }
    }
}

/// The bits that each column may have. The pages of the tables.
const BITS: [(&str, &str, i32); 12] = [
    ("BBControl", "Attributes", 0x00FF_FFFF | 0x0100_0000),
    ("Dialog", "Attributes", 0x103FF),
    ("Feature", "Attributes", 0x3F),
    ("File", "Attributes", 0x7E07),
    ("MoveFile", "Options", 1),
    ("ModuleConfiguration", "Attributes", 3),
    ("ODBCDataSource", "Registration", 1),
    ("Patch", "Attributes", 1),
    ("RemoveFile", "InstallMode", 3),
    ("ServiceControl", "Event", 0xBB),
    ("ServiceInstall", "ServiceType", 0x133),
    ("TextStyle", "StyleBits", 0xF),
];

/// Reserved bits are not set.
pub(super) fn ice45(package: &Package<'_>, found: &mut Findings) {
    for (table, column, bits) in BITS {
        for record in package.rows(table) {
            let reserved = record.integer(column).unwrap_or(0) & !bits;
            if reserved != 0 {
                found.error(
                    cell(&record, column),
                    format!("the reserved bits {reserved:#x} are set"),
                );
            }
        }
    }
}

/// What newer versions of Windows Installer brought, and the schema that they need. "ICE66", "Page Count Summary".
const SCHEMAS: [(&str, i32); 14] = [
    ("MsiAssembly", 150),
    ("MsiAssemblyName", 150),
    ("IsolatedComponent", 110),
    ("Upgrade", 110),
    ("MsiFileHash", 150),
    ("MsiDigitalSignature", 150),
    ("MsiDigitalCertificate", 150),
    ("MsiPatchCertificate", 300),
    ("MsiEmbeddedUI", 450),
    ("MsiEmbeddedChainer", 450),
    ("MsiServiceConfig", 500),
    ("MsiServiceConfigFailureActions", 500),
    ("MsiLockPermissionsEx", 500),
    ("MsiShortcutProperty", 500),
];

/// The schema that is told is the one that the tables need.
pub(super) fn ice66(package: &Package<'_>, found: &mut Findings) {
    let told = package.schema();
    for (table, needed) in SCHEMAS {
        if told < needed && package.rows(table).next().is_some() {
            let what = format!(
                "{table} needs a page count of {needed}, and it is {told}: older versions pass the table over"
            );
            found.warning(summary(), what);
        }
    }
}

/// Every condition of the package: its table, row and column, and what it refers to.
fn conditions<'s>(package: &'s Package<'_>) -> Vec<(database::Record<'s>, String, Symbol, String)> {
    let mut all = Vec::new();
    for (table, column) in package.columns_of("Condition") {
        for record in package.rows(table) {
            for (kind, name) in formatted::symbols(record.text(&column)).unwrap_or_default() {
                all.push((record, column.clone(), kind, name));
            }
        }
    }
    all
}

/// Conditions refer to components and features that are there.
pub(super) fn ice79(package: &Package<'_>, found: &mut Findings) {
    for (record, column, kind, name) in conditions(package) {
        let table = match kind {
            Symbol::ComponentAction | Symbol::ComponentInstalled => "Component",
            Symbol::FeatureAction | Symbol::FeatureInstalled => "Feature",
            Symbol::Property | Symbol::Environment => continue,
        };
        if package.row(table, &name).is_none() {
            found.error(
                cell(&record, &column),
                format!("there is no {} {name}", table.to_ascii_lowercase()),
            );
        }
    }
}

/// Conditions ask for Privileged, not for AdminUser.
pub(super) fn ice86(package: &Package<'_>, found: &mut Findings) {
    let mut told = HashSet::new();
    for (record, column, kind, name) in conditions(package) {
        let place: Vec<Value> = record.row.clone();
        if kind == Symbol::Property && name == "AdminUser" && told.insert((place, column.clone())) {
            found.warning(
                cell(&record, &column),
                "AdminUser tells nothing of rights that are given: Privileged does",
            );
        }
    }
}
