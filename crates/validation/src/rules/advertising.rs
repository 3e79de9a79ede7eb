//! What is advertised: published components, shortcuts, classes, extensions, and their icons.

use std::collections::{BTreeSet, HashSet};

use database::Record;

use crate::finding::{Findings, cell, row};
use crate::package::{Package, component as bits};

/// What is advertised has a component with a GUID and a key path.
pub(super) fn ice19(package: &Package<'_>, found: &mut Findings) {
    for table in ["Class", "Extension", "TypeLib"] {
        for record in package.rows(table) {
            if package.row("Feature", record.text("Feature_")).is_some() {
                has_guid(package, &record, found);
                has_file(package, &record, found);
            }
        }
    }
    for record in package.rows("PublishComponent") {
        has_guid(package, &record, found);
    }
    for shortcut in package.rows("Shortcut") {
        if package.row("Feature", shortcut.text("Target")).is_some() {
            has_guid(package, &shortcut, found);
        }
    }
}

fn has_guid(package: &Package<'_>, record: &Record<'_>, found: &mut Findings) {
    let name = record.text("Component_");
    let component = package.row("Component", name);
    if component.is_some_and(|component| component.text("ComponentId").is_empty()) {
        let what = format!("it is advertised, and its component {name} has no GUID");
        found.error(cell(record, "Component_"), what);
    }
}

fn has_file(package: &Package<'_>, record: &Record<'_>, found: &mut Findings) {
    let name = record.text("Component_");
    let Some(component) = package.row("Component", name) else {
        return;
    };
    let attributes = component.integer("Attributes").unwrap_or(0);
    let is_file = attributes & (bits::REGISTRY_KEY_PATH | bits::ODBC_KEY_PATH) == 0
        && package.row("File", component.text("KeyPath")).is_some();
    if !is_file {
        let what = format!("it is advertised, and the key path of its component {name} is no file");
        found.error(cell(record, "Component_"), what);
    }
}

/// Published components belong to their features.
pub(super) fn ice22(package: &Package<'_>, found: &mut Findings) {
    let features = package.features_of();
    for published in package.rows("PublishComponent") {
        let (feature, component) = (published.text("Feature_"), published.text("Component_"));
        if !features
            .get(component)
            .is_some_and(|of| of.contains(feature))
        {
            let what =
                format!("the component {component} does not belong to the feature {feature}");
            found.error(row(&published), what);
        }
    }
}

/// Icons are used.
pub(super) fn ice36(package: &Package<'_>, found: &mut Findings) {
    let mut used: HashSet<&str> = HashSet::new();
    used.extend(package.property("ARPPRODUCTICON"));
    for table in ["Class", "ProgId", "Shortcut"] {
        used.extend(package.rows(table).map(|row| row.text("Icon_")));
    }
    let icons: BTreeSet<&str> = package.rows("Icon").map(|icon| icon.text("Name")).collect();
    for name in icons.into_iter().filter(|name| !used.contains(name)) {
        if let Some(icon) = package.row("Icon", name) {
            found.warning(
                row(&icon),
                "nothing uses the icon, and every advertising copies it",
            );
        }
    }
}
