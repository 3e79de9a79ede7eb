//! Classes, extensions, MIME types and programmatic identifiers.

use crate::category::names;
use crate::finding::{Findings, cell, row};
use crate::package::Package;

/// MIME types and extensions refer to each other.
pub(super) fn ice15(package: &Package<'_>, found: &mut Findings) {
    for mime in package.rows("MIME") {
        let (kind, extension) = (mime.text("ContentType"), mime.text("Extension_"));
        let mut of = package
            .rows("Extension")
            .filter(|row| row.text("Extension") == extension)
            .peekable();
        if of.peek().is_some() && !of.any(|row| row.text("MIME_") == kind) {
            let what = format!("the extension {extension} does not refer back to {kind}");
            found.error(cell(&mime, "Extension_"), what);
        }
    }
    for extension in package.rows("Extension") {
        let (name, kind) = (extension.text("Extension"), extension.text("MIME_"));
        if kind.is_empty() {
            continue;
        }
        match package.row("MIME", kind) {
            None => found.error(
                cell(&extension, "MIME_"),
                format!("{kind:?} is no key of MIME"),
            ),
            Some(mime) => {
                let back = mime.text("Extension_");
                let refers = |row: database::Record<'_>| {
                    row.text("Extension") == back && row.text("MIME_") == kind
                };
                if back != name && !package.rows("Extension").any(refers) {
                    let what = format!("{kind} refers to {back}, which does not refer back");
                    found.error(cell(&extension, "MIME_"), what);
                }
            }
        }
    }
}

/// Classes and extensions belong to their features.
pub(super) fn ice41(package: &Package<'_>, found: &mut Findings) {
    let features = package.features_of();
    for table in ["Class", "Extension"] {
        for record in package.rows(table) {
            let (feature, component) = (record.text("Feature_"), record.text("Component_"));
            if package.row("Feature", feature).is_some()
                && !features
                    .get(component)
                    .is_some_and(|of| of.contains(feature))
            {
                let what =
                    format!("the component {component} does not belong to the feature {feature}");
                found.error(row(&record), what);
            }
        }
    }
}

/// Servers in process are no programs.
pub(super) fn ice42(package: &Package<'_>, found: &mut Findings) {
    for class in package.rows("Class") {
        let context = class.text("Context");
        let is_local = matches!(context, "LocalServer" | "LocalServer32");
        let file = package
            .row("Component", class.text("Component_"))
            .and_then(|component| package.row("File", component.text("KeyPath")));
        let is_program = file.is_some_and(|file| {
            let (_, name) = names(file.text("FileName"));
            name.to_ascii_lowercase().ends_with(".exe")
        });
        if matches!(context, "InprocServer" | "InprocServer32") && is_program {
            found.error(cell(&class, "Context"), "a server in process is an .exe");
        }
        for column in ["Argument", "DefInprocHandler"] {
            if !is_local && !class.text(column).is_empty() {
                found.error(
                    cell(&class, column),
                    format!("a class of {context} has none"),
                );
            }
        }
    }
}

/// Parents of programmatic identifiers are there.
pub(super) fn ice89(package: &Package<'_>, found: &mut Findings) {
    for id in package.rows("ProgId") {
        let parent = id.text("ProgId_Parent");
        if !parent.is_empty() && package.row("ProgId", parent).is_none() {
            found.error(
                cell(&id, "ProgId_Parent"),
                format!("{parent:?} is no key of ProgId"),
            );
        }
    }
}
