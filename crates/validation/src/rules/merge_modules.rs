//! Merge modules, and packages that had some merged. "Merge Module Database Tables".

use std::collections::{HashMap, HashSet};

use database::Record;
use sequence::STANDARD_ACTIONS;

use crate::finding::{Findings, cell, row, table as whole};
use crate::package::{PROFILE_FOLDERS, Package, USER_ONLY_FOLDERS, component as bits};

/// The modules that were merged: identifier and version.
fn merged<'s>(package: &'s Package<'_>) -> HashMap<&'s str, &'s str> {
    package
        .rows("ModuleSignature")
        .map(|module| (module.text("ModuleID"), module.text("Version")))
        .collect()
}

fn numbers(version: &str) -> Vec<u32> {
    let mut numbers: Vec<u32> = version
        .split('.')
        .map(|part| part.parse().unwrap_or(0))
        .collect();
    numbers.resize(4, 0);
    numbers
}

/// Merged modules have what they depend on, and nothing that they exclude.
pub(super) fn ice25(package: &Package<'_>, found: &mut Findings) {
    let merged = merged(package);
    for dependency in package.rows("ModuleDependency") {
        let (id, needed) = (
            dependency.text("RequiredID"),
            dependency.text("RequiredVersion"),
        );
        match merged.get(id) {
            None => found.error(
                row(&dependency),
                format!("the module {id} is needed, and not merged"),
            ),
            Some(version) if !needed.is_empty() && numbers(version) < numbers(needed) => {
                found.error(
                    row(&dependency),
                    format!("{id} is needed in version {needed}, and merged in {version}"),
                );
            }
            Some(_) => {}
        }
    }
    for exclusion in package.rows("ModuleExclusion") {
        let id = exclusion.text("ExcludedID");
        let Some(version) = merged.get(id).filter(|_| id != exclusion.text("ModuleID")) else {
            continue;
        };
        let (min, max) = (
            exclusion.text("ExcludedMinVersion"),
            exclusion.text("ExcludedMaxVersion"),
        );
        let inside = (min.is_empty() || numbers(version) >= numbers(min))
            && (max.is_empty() || numbers(version) <= numbers(max));
        if inside {
            found.error(
                row(&exclusion),
                format!("the module {id} {version} is excluded, and merged"),
            );
        }
    }
}

/// Dependencies and exclusions are the module's own.
pub(super) fn icem02(package: &Package<'_>, found: &mut Findings) {
    let own: HashSet<&str> = merged(package).into_keys().collect();
    for (table, other) in [
        ("ModuleDependency", "RequiredID"),
        ("ModuleExclusion", "ExcludedID"),
    ] {
        for record in package.rows(table) {
            if !own.contains(record.text("ModuleID")) {
                found.error(cell(&record, "ModuleID"), "it is about another module");
            }
            if own.contains(record.text(other)) {
                found.error(cell(&record, other), "the module names itself");
            }
        }
    }
}

/// The tables of a module's actions.
const MODULE_SEQUENCES: [&str; 5] = [
    "ModuleAdminUISequence",
    "ModuleAdminExecuteSequence",
    "ModuleAdvtExecuteSequence",
    "ModuleInstallUISequence",
    "ModuleInstallExecuteSequence",
];

/// Actions come from base actions.
pub(super) fn icem03(package: &Package<'_>, found: &mut Findings) {
    for table in MODULE_SEQUENCES {
        for step in package.rows(table) {
            let mut at = step;
            let mut seen = HashSet::new();
            // A base action may itself come from one, until one has a number.
            while at.integer("Sequence").is_none() && seen.insert(at.text("Action")) {
                match package.row(table, at.text("BaseAction")) {
                    Some(base) => at = base,
                    None => break,
                }
            }
            let base = at.text("BaseAction");
            let is_standard = STANDARD_ACTIONS.iter().any(|one| one.name == base);
            if at.integer("Sequence").is_none() && !is_standard {
                found.error(cell(&step, "BaseAction"), "it comes from no base action");
            }
        }
    }
}

/// Tables that must be empty are. "ICEM04".
pub(super) fn icem04(package: &Package<'_>, found: &mut Findings) {
    for table in MODULE_SEQUENCES {
        let plain = table.trim_start_matches("Module");
        if package.rows(table).next().is_some() && !package.has(plain) {
            found.error(
                whole(table),
                format!("an empty table {plain} must be in the module"),
            );
        }
        if package.rows(plain).next().is_some() {
            found.error(whole(plain), "it must be empty in a module");
        }
    }
    if package.rows("FeatureComponents").next().is_some() {
        found.error(whole("FeatureComponents"), "it must be empty in a module");
    }
}

/// Components belong to the module.
pub(super) fn icem05(package: &Package<'_>, found: &mut Findings) {
    let own = merged(package);
    let mut listed = HashSet::new();
    for link in package.rows("ModuleComponents") {
        listed.insert(link.text("Component"));
        if !own.contains_key(link.text("ModuleID")) {
            found.error(cell(&link, "ModuleID"), "it is another module's");
        }
        if package.row("Component", link.text("Component")).is_none() {
            found.error(cell(&link, "Component"), "there is no such component");
        }
    }
    for component in package.rows("Component") {
        if !listed.contains(component.text("Component")) {
            found.error(row(&component), "it is not in ModuleComponents");
        }
    }
}

/// What stands for the feature that a package gives. "Referencing Features in Merge Modules".
pub(super) const NO_FEATURE: &str = "{00000000-0000-0000-0000-000000000000}";

/// Features are left to the package.
pub(super) fn icem06(package: &Package<'_>, found: &mut Findings) {
    for (table, column) in [
        ("Class", "Feature_"),
        ("Extension", "Feature_"),
        ("TypeLib", "Feature_"),
        ("MsiAssembly", "Feature_"),
        ("PublishComponent", "Feature_"),
        ("Shortcut", "Target"),
    ] {
        for record in package.rows(table) {
            let feature = record.text(column);
            let is_plain = feature.is_empty() || feature == NO_FEATURE || feature.contains('[');
            if !is_plain {
                found.error(
                    cell(&record, column),
                    format!("{feature} names a feature, which only the package can"),
                );
            }
        }
    }
}

/// The cabinet of a module. "MergeModule.CABinet".
const CABINET: &str = "MergeModule.CABinet";

/// Files are in the order of their cabinet.
pub(super) fn icem07(package: &Package<'_>, found: &mut Findings) {
    if package.rows("File").next().is_none() {
        return;
    }
    let members = match members(package) {
        Ok(members) => members,
        Err(what) => return found.error(whole("File"), what),
    };
    let places: HashMap<&str, (usize, u32)> = members
        .iter()
        .map(|member| (&*member.name, (member.folder, member.offset)))
        .collect();
    let mut files: Vec<Record<'_>> = package.rows("File").collect();
    files.sort_by_key(|file| file.integer("Sequence"));
    let mut last = (0, 0);
    for file in files {
        let Some(&place) = places.get(file.text("File")) else {
            found.error(row(&file), format!("it is not in {CABINET}"));
            continue;
        };
        // Equal files may share their bytes, which then have the place of the first.
        let shares = places.values().filter(|other| **other == place).count() > 1;
        if place < last && !shares {
            found.error(
                cell(&file, "Sequence"),
                format!("it stands elsewhere in {CABINET}"),
            );
        }
        last = last.max(place);
    }
}

fn members(package: &Package<'_>) -> Result<Vec<cabinet::Member>, String> {
    let stream = package
        .database
        .stream(CABINET)
        .map_err(|error| error.to_string())?;
    let stream = stream.ok_or_else(|| format!("there are files, and no {CABINET}"))?;
    let members = cabinet::list(Box::new(stream), &mut cabinet::NoVolumes);
    members.map_err(|error| format!("{CABINET}: {error}"))
}

/// No module is both needed and excluded.
pub(super) fn icem08(package: &Package<'_>, found: &mut Findings) {
    let needed: HashSet<&str> = package
        .rows("ModuleDependency")
        .map(|row| row.text("RequiredID"))
        .collect();
    for exclusion in package.rows("ModuleExclusion") {
        if needed.contains(exclusion.text("ExcludedID")) {
            found.error(cell(&exclusion, "ExcludedID"), "the module is needed too");
        }
    }
}

/// Folders of Windows beside those of a profile. "System Folder Properties".
const WINDOWS_FOLDERS: [&str; 12] = [
    "ProgramFilesFolder",
    "ProgramFiles64Folder",
    "CommonFilesFolder",
    "CommonFiles64Folder",
    "SystemFolder",
    "System64Folder",
    "System16Folder",
    "WindowsFolder",
    "WindowsVolume",
    "FontsFolder",
    "CommonAppDataFolder",
    "TempFolder",
];

/// Folders of Windows are not used directly.
pub(super) fn icem09(package: &Package<'_>, found: &mut Findings) {
    for component in package.rows("Component") {
        let folder = component.text("Directory_");
        let is_windows = WINDOWS_FOLDERS.contains(&folder)
            || PROFILE_FOLDERS.contains(&folder)
            || USER_ONLY_FOLDERS.contains(&folder);
        let attributes = component.integer("Attributes").unwrap_or(0);
        if is_windows && attributes & bits::REGISTRY_KEY_PATH == 0 {
            let what = format!(
                "it goes right to {folder}: a folder of the module's own avoids collisions"
            );
            found.warning(cell(&component, "Directory_"), what);
        }
    }
}

/// A module has no product's properties.
pub(super) fn icem10(package: &Package<'_>, found: &mut Findings) {
    for name in [
        "ProductLanguage",
        "ProductCode",
        "ProductVersion",
        "ProductName",
        "Manufacturer",
    ] {
        if let Some(property) = package.row("Property", name) {
            found.error(row(&property), "it is the product's to say");
        }
    }
}

/// Tables of configuration are not merged.
pub(super) fn icem11(package: &Package<'_>, found: &mut Findings) {
    for table in ["ModuleConfiguration", "ModuleSubstitution"] {
        if package.has(table) && package.row("ModuleIgnoreTable", table).is_none() {
            found.error(
                whole(table),
                "it is not in ModuleIgnoreTable: older tools would merge it",
            );
        }
    }
}

/// Rows of module sequences have a number or a base action.
pub(super) fn icem12(package: &Package<'_>, found: &mut Findings) {
    for table in MODULE_SEQUENCES {
        for step in package.rows(table) {
            let is_standard = STANDARD_ACTIONS
                .iter()
                .any(|one| one.name == step.text("Action"));
            let has_number = step.integer("Sequence").is_some();
            let has_base = !step.text("BaseAction").is_empty() || step.integer("After").is_some();
            if is_standard && (!has_number || has_base) {
                found.error(
                    row(&step),
                    "a standard action has a number, and no base action",
                );
            }
            if !is_standard && has_number && has_base {
                found.error(row(&step), "it has both a number and a base action");
            }
            if !is_standard
                && !has_number
                && (step.text("BaseAction").is_empty() || step.integer("After").is_none())
            {
                found.error(
                    row(&step),
                    "it has neither a number nor a base action with its side",
                );
            }
        }
    }
}
