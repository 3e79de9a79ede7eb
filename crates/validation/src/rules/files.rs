//! Files. "File Table", "Media Table", "Font Table".

use std::collections::{BTreeMap, HashSet};

use database::Record;

use crate::category::{self, names};
use crate::finding::{Findings, Place, cell, row};
use crate::package::{Package, component as bits};

/// The file's bit that it is in no cabinet, and that it is in one. "File Table".
const NONCOMPRESSED: i32 = 0x2000;
const COMPRESSED: i32 = 0x4000;

/// The folder of a file's component.
fn folder_of<'s>(package: &'s Package<'_>, file: &Record<'s>) -> &'s str {
    let component = package.row("Component", file.text("Component_"));
    component.map_or("", |component| component.text("Directory_"))
}

/// The last medium has the last file.
pub(super) fn ice04(package: &Package<'_>, found: &mut Findings) {
    let media = package.rows("Media");
    let last = media
        .filter_map(|medium| medium.integer("LastSequence"))
        .max();
    for file in package.rows("File") {
        if let Some(sequence) = file.integer("Sequence")
            && sequence > last.unwrap_or(0)
        {
            let what = format!(
                "{sequence} is beyond the last medium, which ends at {}",
                last.unwrap_or(0)
            );
            found.error(cell(&file, "Sequence"), what);
        }
    }
}

/// Fonts go to the fonts folder.
pub(super) fn ice07(package: &Package<'_>, found: &mut Findings) {
    for font in package.rows("Font") {
        if let Some(file) = package.row("File", font.text("File_")) {
            let folder = folder_of(package, &file);
            if folder != "FontsFolder" {
                let what = format!("a font is installed to {folder}, not to FontsFolder");
                found.error(cell(&font, "File_"), what);
            }
        }
    }
}

/// Where a file goes, as far as it is known before the installation: the keys and names of its folders.
fn target(package: &Package<'_>, folder: &str, long: bool) -> String {
    let mut parts = Vec::new();
    for folder in package.folders_up(folder) {
        let row = package.row("Directory", folder);
        let name = row.map_or("", |row| row.text("DefaultDir"));
        let target = name.split(':').next().unwrap_or("");
        let (short_name, long_name) = names(target);
        let name = if long { long_name } else { short_name };
        let is_root = row.is_none_or(|row| row.text("Directory_Parent").is_empty());
        let is_property =
            folder.ends_with("Folder") || folder.chars().all(|c| !c.is_ascii_lowercase());
        match name {
            _ if is_root
                || is_property
                    && row.is_some_and(|row| row.text("DefaultDir").starts_with('.')) =>
            {
                parts.push(format!("[{folder}]"));
                break;
            }
            "." | "" => {}
            _ => parts.push(name.to_ascii_lowercase()),
        }
    }
    parts.reverse();
    parts.join("\\")
}

/// No file is installed twice in one folder by several components.
pub(super) fn ice30(package: &Package<'_>, found: &mut Findings) {
    let mut folders: BTreeMap<(&str, bool), String> = BTreeMap::new();
    for long in [true, false] {
        let mut places: BTreeMap<(String, String), Record<'_>> = BTreeMap::new();
        for file in package.rows("File") {
            let (short_name, long_name) = names(file.text("FileName"));
            let folder = folder_of(package, &file);
            let path = folders
                .entry((folder, long))
                .or_insert_with(|| target(package, folder, long))
                .clone();
            let name = if long { long_name } else { short_name };
            match places.get(&(path.clone(), name.to_ascii_lowercase())) {
                Some(other) if other.text("Component_") != file.text("Component_") => {
                    collision(package, other, &file, long, found);
                }
                Some(_) => {}
                None => drop(places.insert((path, name.to_ascii_lowercase()), file)),
            }
        }
    }
}

fn collision(
    package: &Package<'_>,
    one: &Record<'_>,
    other: &Record<'_>,
    long: bool,
    found: &mut Findings,
) {
    let condition = |file: &Record<'_>| {
        let component = package.row("Component", file.text("Component_"));
        component.is_some_and(|component| !component.text("Condition").is_empty())
    };
    let names = if long { "long" } else { "short" };
    let what = format!(
        "by its {names} name it goes where the file {} of the component {} goes",
        one.text("File"),
        one.text("Component_")
    );
    match condition(one) && condition(other) {
        true => found.warning(row(other), format!("{what}, if both conditions are true")),
        false => found.error(row(other), what),
    }
}

/// Is the file in a cabinet?
fn is_compressed(package: &Package<'_>, file: &Record<'_>) -> bool {
    let attributes = file.integer("Attributes").unwrap_or(0);
    let words = package
        .database
        .summary()
        .ok()
        .and_then(|summary| summary.word_count())
        .unwrap_or(0);
    attributes & NONCOMPRESSED == 0
        && (attributes & COMPRESSED != 0 || words & database::word_count::COMPRESSED != 0)
}

/// Files in cabinets do not run from the source.
pub(super) fn ice35(package: &Package<'_>, found: &mut Findings) {
    for file in package.rows("File") {
        let Some(component) = package.row("Component", file.text("Component_")) else {
            continue;
        };
        let attributes = component.integer("Attributes").unwrap_or(0);
        if attributes & (bits::SOURCE_ONLY | bits::OPTIONAL) == bits::SOURCE_ONLY
            && is_compressed(package, &file)
        {
            let what = format!(
                "it runs from the source only, and its file {} is in a cabinet",
                file.text("File")
            );
            match package.schema() >= 200 {
                true => found.warning(row(&component), what),
                false => found.error(row(&component), what),
            }
        }
    }
}

/// The extensions of fonts that hold their own title. "ICE51".
const TITLED: [&str; 3] = ["ttc", "ttf", "otf"];

/// Fonts have the titles that they need.
pub(super) fn ice51(package: &Package<'_>, found: &mut Findings) {
    for font in package.rows("Font") {
        let Some(file) = package.row("File", font.text("File_")) else {
            continue;
        };
        let (_, name) = names(file.text("FileName"));
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        let holds_title = TITLED.iter().any(|one| one.eq_ignore_ascii_case(extension));
        let title = font.text("FontTitle");
        if holds_title && !title.is_empty() {
            found.error(
                cell(&font, "FontTitle"),
                "the font's file has a title of its own: it would be registered twice",
            );
        }
        if !holds_title && title.is_empty() {
            found.warning(
                cell(&font, "FontTitle"),
                "the font's file has no title of its own",
            );
        }
    }
}

/// No key path has its version from another file.
pub(super) fn ice54(package: &Package<'_>, found: &mut Findings) {
    for component in package.rows("Component") {
        if component.integer("Attributes").unwrap_or(0)
            & (bits::REGISTRY_KEY_PATH | bits::ODBC_KEY_PATH)
            != 0
        {
            continue;
        }
        if let Some(file) = package.row("File", component.text("KeyPath"))
            && let version = file.text("Version")
            && package.row("File", version).is_some()
        {
            let what = format!(
                "the key path {} has its version from the file {version}",
                file.text("File")
            );
            found.warning(cell(&component, "KeyPath"), what);
        }
    }
}

/// Files with a version have a language, and no hash.
pub(super) fn ice60(package: &Package<'_>, found: &mut Findings) {
    let fonts: HashSet<&str> = package
        .rows("Font")
        .map(|font| font.text("File_"))
        .collect();
    for file in package.rows("File") {
        let key = file.text("File");
        let version = file.text("Version");
        if category::is_version(version) && file.text("Language").is_empty() && !fonts.contains(key)
        {
            let what =
                format!("it has the version {version} and no language: repairs copy it needlessly");
            found.warning(cell(&file, "Language"), what);
        }
    }
    for hash in package.rows("MsiFileHash") {
        let file = package.row("File", hash.text("File_"));
        if file.is_some_and(|file| !file.text("Version").is_empty()) {
            found.error(row(&hash), "the file has a version: it is not hashed");
        }
    }
}

/// Files of catalogs are not bound.
pub(super) fn ice76(package: &Package<'_>, found: &mut Findings) {
    for listed in package.rows("FileSFPCatalog") {
        let key = listed.text("File_");
        if package.row("BindImage", key).is_some() {
            found.error(
                row(&listed),
                "the file is in BindImage, which changes what the catalog has",
            );
        }
        let component = package
            .row("File", key)
            .and_then(|file| package.row("Component", file.text("Component_")));
        let attributes = component.and_then(|component| component.integer("Attributes"));
        if attributes.is_some_and(|attributes| {
            attributes & bits::PERMANENT == 0
                || attributes & (bits::SOURCE_ONLY | bits::OPTIONAL) != 0
        }) {
            found.error(
                row(&listed),
                "its component must be permanent and installed locally",
            );
        }
    }
}

/// Files are moved by a valid name.
pub(super) fn ice85(package: &Package<'_>, found: &mut Findings) {
    for file in package.rows("MoveFile") {
        let name = file.text("SourceName");
        if !name.is_empty() && !name.contains('[') && !category::is_long_name(name, true) {
            let place: Place = cell(&file, "SourceName");
            found.error(place, format!("{name:?} is no long file name"));
        }
    }
}
