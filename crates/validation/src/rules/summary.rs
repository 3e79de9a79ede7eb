//! The summary information. "Summary Property Descriptions".

use database::{SummaryInformation, SummaryValue};

use crate::category::{is_guid, is_language};
use crate::finding::{Findings, cell, row, summary as place};
use crate::package::{Package, component as bits};

/// The numbers of its times.
mod number {
    pub(super) const LAST_PRINTED: u32 = 11;
    pub(super) const CREATED: u32 = 12;
    pub(super) const SAVED: u32 = 13;
}

/// The platforms of Template; an empty one is Intel.
const PLATFORMS: [&str; 6] = ["Intel", "Intel64", "x64", "Arm", "Arm64", "Alpha"];

/// The summary information is well formed.
pub(super) fn ice39(package: &Package<'_>, found: &mut Findings) {
    let summary = match package.database.summary() {
        Ok(summary) => summary,
        Err(error) => return found.error(place(), format!("it cannot be read: {error}")),
    };
    template(summary.template(), found);
    let codes = summary.revision_number();
    let is_module = package.is_module();
    if !codes.get(..38).is_some_and(is_guid) && !is_module || is_module && !is_guid(codes) {
        found.error(
            place(),
            format!("the revision number {codes:?} begins with no package code"),
        );
    }
    match summary.page_count() {
        None if !is_module => found.error(
            place(),
            "the page count, the version of Windows Installer that is needed, is missing",
        ),
        Some(count) if count < 0 => found.error(
            place(),
            format!("the page count {count} is no version of Windows Installer"),
        ),
        _ => {}
    }
    match summary.word_count() {
        None => found.error(
            place(),
            "the word count, which tells how the source is laid out, is missing",
        ),
        Some(words) if words & !0xF != 0 => {
            found.error(place(), format!("the word count {words} has bits above 8"))
        }
        Some(words) => layout(package, words, found),
    }
    for (what, at) in [
        ("printed", number::LAST_PRINTED),
        ("created", number::CREATED),
        ("saved", number::SAVED),
    ] {
        if summary
            .property(at)
            .is_some_and(|value| !matches!(value, SummaryValue::Time(_)))
        {
            found.error(place(), format!("the time when it was {what} is no time"));
        }
    }
}

fn template(template: &str, found: &mut Findings) {
    let Some((platforms, languages)) = template.split_once(';') else {
        return found.error(
            place(),
            format!("the template {template:?} is no platform;languages"),
        );
    };
    for platform in platforms.split(',').filter(|platform| !platform.is_empty()) {
        if !PLATFORMS
            .iter()
            .any(|known| known.eq_ignore_ascii_case(platform))
        {
            found.error(place(), format!("there is no platform {platform:?}"));
        }
    }
    if !languages.is_empty() && !is_language(languages) {
        found.error(place(), format!("{languages:?} is no list of languages"));
    }
}

fn layout(package: &Package<'_>, words: i32, found: &mut Findings) {
    const COMPRESSED_FILE: i32 = 0x4000;
    if words & database::word_count::COMPRESSED != 0 {
        let marked = package
            .rows("File")
            .find(|file| file.integer("Attributes").unwrap_or(0) & COMPRESSED_FILE != 0);
        if let Some(file) = marked {
            let what = "the word count says already that files are in cabinets";
            found.warning(cell(&file, "Attributes"), what);
        }
    }
    if words & 8 != 0 && package.rows("MsiPackageCertificate").next().is_some() {
        found.warning(
            place(),
            "it asks for no elevation, and has MsiPackageCertificate",
        );
    }
}

/// The bits of a custom action's type for a 64-bit script, and of a locator for 64-bit keys.
const SCRIPT_64: i32 = 0x1000;
const LOCATOR_64: i32 = 16;

/// Folders of 64-bit Windows. "System Folder Properties".
const FOLDERS_64: [&str; 3] = [
    "ProgramFiles64Folder",
    "CommonFiles64Folder",
    "System64Folder",
];
const FOLDERS_32: [&str; 3] = ["ProgramFilesFolder", "CommonFilesFolder", "SystemFolder"];

/// 64-bit parts and the platform agree; so do languages.
pub(super) fn ice80(package: &Package<'_>, found: &mut Findings) {
    let Ok(summary) = package.database.summary() else {
        return;
    };
    let template = summary.template();
    let platform = template.split(';').next().unwrap_or("");
    let needed = match &*platform.to_ascii_lowercase() {
        "intel64" => Some(150),
        "x64" => Some(200),
        "arm64" => Some(500),
        _ => None,
    };
    match needed {
        Some(needed) if package.schema() < needed => {
            let what = format!(
                "{platform} needs a page count of {needed}, and it is {}",
                package.schema()
            );
            found.error(place(), what);
        }
        Some(_) => {}
        None => parts_of_64_bits(package, platform, found),
    }
    folders(package, needed.is_some(), found);
    language(package, summary, found);
}

fn parts_of_64_bits(package: &Package<'_>, platform: &str, found: &mut Findings) {
    for component in package.rows("Component") {
        if component.integer("Attributes").unwrap_or(0) & bits::BITS_64 != 0 {
            found.error(
                row(&component),
                format!("it is a 64-bit component in a package for {platform:?}"),
            );
        }
    }
    for action in package.rows("CustomAction") {
        if action.integer("Type").unwrap_or(0) & SCRIPT_64 != 0 {
            found.error(
                row(&action),
                format!("it is a 64-bit script in a package for {platform:?}"),
            );
        }
    }
    for locator in package.rows("RegLocator") {
        if locator.integer("Type").unwrap_or(0) & LOCATOR_64 != 0 {
            found.error(
                row(&locator),
                format!("it searches 64-bit keys in a package for {platform:?}"),
            );
        }
    }
}

fn folders(package: &Package<'_>, is_64_bit: bool, found: &mut Findings) {
    for component in package.rows("Component") {
        let is_64 = component.integer("Attributes").unwrap_or(0) & bits::BITS_64 != 0;
        let folder = component.text("Directory_");
        if is_64 && package.is_below(folder, &FOLDERS_32) {
            found.error(
                cell(&component, "Directory_"),
                format!("a 64-bit component goes to the 32-bit folder {folder}"),
            );
        }
        let holds_files = package.row("File", component.text("KeyPath")).is_some();
        if is_64_bit && !is_64 && holds_files && package.is_below(folder, &FOLDERS_64) {
            found.warning(
                cell(&component, "Directory_"),
                format!("a 32-bit component goes to the 64-bit folder {folder}"),
            );
        }
    }
}

fn language(package: &Package<'_>, summary: &SummaryInformation, found: &mut Findings) {
    let languages = summary
        .template()
        .split_once(';')
        .map_or("", |(_, languages)| languages);
    if let Some(property) = package.row("Property", "ProductLanguage") {
        let language = property.text("Value");
        let listed = languages.split(',').any(|one| one.trim() == language);
        if !listed && !languages.is_empty() {
            let what = format!("{language} is none of the languages of the template, {languages}");
            found.error(cell(&property, "Value"), what);
        }
    }
}
