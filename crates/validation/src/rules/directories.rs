//! Folders. "Directory Table", "CreateFolder Table", "RemoveFile Table".

use std::collections::HashSet;

use crate::finding::{Findings, cell, row, table};
use crate::package::{PROFILE_FOLDERS, Package, USER_ONLY_FOLDERS, base_type};

/// No folder is fixed to a local drive.
pub(super) fn ice48(package: &Package<'_>, found: &mut Findings) {
    for folder in package.rows("Directory") {
        if let Some(property) = package.row("Property", folder.text("Directory")) {
            let value = property.text("Value").as_bytes();
            if value.len() > 1 && value[0].is_ascii_alphabetic() && value[1] == b':' {
                let what = format!("the folder is fixed to {}", property.text("Value"));
                found.warning(cell(&property, "Value"), what);
            }
        }
    }
}

/// There is one root folder: TARGETDIR, from SourceDir.
pub(super) fn ice56(package: &Package<'_>, found: &mut Findings) {
    let mut used = HashSet::new();
    for component in package.rows("Component") {
        used.extend(package.folders_up(component.text("Directory_")));
    }
    for folder in package.rows("Directory") {
        let name = folder.text("Directory");
        let parent = folder.text("Directory_Parent");
        if !parent.is_empty() && parent != name {
            continue;
        }
        if name == "TARGETDIR" {
            let source = folder.text("DefaultDir");
            if source.rsplit(':').next() != Some("SourceDir") {
                let what = format!("its source is {source:?}, not SourceDir");
                found.error(cell(&folder, "DefaultDir"), what);
            }
        } else if used.contains(name) {
            let what = "it is a root beside TARGETDIR: an administrative image is wrong";
            found.error(cell(&folder, "Directory_Parent"), what);
        }
    }
    if package.row("Directory", "TARGETDIR").is_none() && !used.is_empty() {
        found.error(table("Directory"), "there is no root TARGETDIR");
    }
}

/// New folders in the profile are removed.
pub(super) fn ice64(package: &Package<'_>, found: &mut Findings) {
    let mut used = HashSet::new();
    for component in package.rows("Component") {
        used.extend(package.folders_up(component.text("Directory_")));
    }
    for shortcut in package.rows("Shortcut") {
        used.extend(package.folders_up(shortcut.text("Directory_")));
    }
    let removed: HashSet<&str> = package
        .rows("RemoveFile")
        .map(|remove| remove.text("DirProperty"))
        .collect();
    for folder in package.rows("Directory") {
        let name = folder.text("Directory");
        let is_windows = PROFILE_FOLDERS.contains(&name) || USER_ONLY_FOLDERS.contains(&name);
        let target = folder.text("DefaultDir").split(':').next().unwrap_or("");
        if is_windows || target == "." || !used.contains(name) || removed.contains(name) {
            continue;
        }
        if package.is_in_profile(name) {
            let what = "it is a new folder in the profile, and no row of RemoveFile removes it";
            found.error(row(&folder), what);
        }
    }
}

/// Properties that hold a folder before any row is read. "ICE88".
const KNOWN_FOLDERS: [&str; 6] = [
    "ProgramFilesFolder",
    "CommonFilesFolder",
    "SystemFolder",
    "ProgramFiles64Folder",
    "CommonFiles64Folder",
    "System64Folder",
];

/// Folders of .ini files are known.
pub(super) fn ice88(package: &Package<'_>, found: &mut Findings) {
    let mut known: HashSet<&str> = KNOWN_FOLDERS.into_iter().collect();
    known.insert("WindowsFolder");
    known.extend(package.rows("Directory").map(|row| row.text("Directory")));
    known.extend(package.rows("Property").map(|row| row.text("Property")));
    known.extend(package.rows("AppSearch").map(|row| row.text("Property")));
    let sets = |kind: Option<i32>| kind.map(base_type) == Some(51);
    let actions = package.rows("CustomAction");
    known.extend(
        actions
            .filter(|row| sets(row.integer("Type")))
            .map(|row| row.text("Source")),
    );
    for ini in package.rows("IniFile") {
        let folder = ini.text("DirProperty");
        if !folder.is_empty() && !known.contains(folder) {
            let what = format!("nothing sets the folder {folder}");
            found.warning(cell(&ini, "DirProperty"), what);
        }
    }
}

/// Nothing goes to folders of one user only.
pub(super) fn ice91(package: &Package<'_>, found: &mut Findings) {
    let only_user = package.property("ALLUSERS").is_none();
    if only_user {
        return;
    }
    let user_folder = |folder: &str| package.is_below(folder, &USER_ONLY_FOLDERS);
    for file in package.rows("File") {
        let component = package.row("Component", file.text("Component_"));
        let folder = component.map_or("", |component| component.text("Directory_"));
        if user_folder(folder) {
            found.warning(
                row(&file),
                format!("it goes to {folder} of one user, whatever ALLUSERS says"),
            );
        }
    }
    for (name, column) in [("IniFile", "DirProperty"), ("Shortcut", "Directory_")] {
        for record in package.rows(name) {
            let folder = record.text(column);
            if user_folder(folder) {
                let what = format!("it goes to {folder} of one user, whatever ALLUSERS says");
                found.warning(cell(&record, column), what);
            }
        }
    }
}

/// Properties of the installer that name no folder. "ICE99", "Property Reference".
const RESERVED: [&str; 30] = [
    "ACTION",
    "ADDDEFAULT",
    "ADDLOCAL",
    "ADDSOURCE",
    "ADMINUSER",
    "ADVERTISE",
    "ALLUSERS",
    "ARPPRODUCTICON",
    "COMPADDLOCAL",
    "DISABLEROLLBACK",
    "FILEADDLOCAL",
    "INSTALLLEVEL",
    "LIMITUI",
    "LOGACTION",
    "MSINODISABLEMEDIA",
    "Manufacturer",
    "PATCH",
    "PRIMARYFOLDER",
    "PROMPTROLLBACKCOST",
    "ProductCode",
    "ProductLanguage",
    "ProductName",
    "ProductVersion",
    "REBOOT",
    "REINSTALL",
    "REINSTALLMODE",
    "REMOVE",
    "ROOTDRIVE",
    "TRANSFORMS",
    "UpgradeCode",
];

/// No folder has the name of one of the installer's properties.
pub(super) fn ice99(package: &Package<'_>, found: &mut Findings) {
    for folder in package.rows("Directory") {
        let name = folder.text("Directory");
        if RESERVED.contains(&name) {
            let what = format!("{name} is a property of the installer");
            found.error(row(&folder), what);
        }
    }
}
