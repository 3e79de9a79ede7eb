//! Components and their key paths. "Component Table".

use std::collections::{BTreeMap, HashMap, HashSet};

use database::Record;

use crate::finding::{Findings, cell, row, table};
use crate::formatted::references;
use crate::package::{Package, base_type, component as bits};

fn attributes(component: &Record<'_>) -> i32 {
    component.integer("Attributes").unwrap_or(0)
}

/// The row that is a component's key path; none: a folder, or a row that is not there.
pub(super) fn key_path<'s>(package: &'s Package<'_>, component: &Record<'s>) -> Option<Record<'s>> {
    let attributes = attributes(component);
    let table = if attributes & bits::REGISTRY_KEY_PATH != 0 {
        "Registry"
    } else if attributes & bits::ODBC_KEY_PATH != 0 {
        "ODBCDataSource"
    } else {
        "File"
    };
    package.row(table, component.text("KeyPath"))
}

/// Has the component a key path in HKEY_CURRENT_USER?
pub(super) fn has_user_key_path(package: &Package<'_>, component: &Record<'_>) -> bool {
    attributes(component) & bits::REGISTRY_KEY_PATH != 0
        && package
            .row("Registry", component.text("KeyPath"))
            .is_some_and(|value| matches!(value.integer("Root"), Some(1 | -1)))
}

/// A key path belongs to its component.
pub(super) fn ice02(package: &Package<'_>, found: &mut Findings) {
    for component in package.rows("Component") {
        if let Some(key_path) = key_path(package, &component) {
            let owner = key_path.text("Component_");
            if owner != component.text("Component") {
                let what = format!(
                    "the key path is a row of {} of another component, {owner}",
                    key_path.table.name
                );
                found.error(cell(&component, "KeyPath"), what);
            }
        }
    }
}

/// Each component has its own GUID.
pub(super) fn ice08(package: &Package<'_>, found: &mut Findings) {
    let mut first: HashMap<String, &str> = HashMap::new();
    for component in package.rows("Component") {
        let id = component.text("ComponentId");
        let name = component.text("Component");
        if id.is_empty() {
            continue;
        }
        if let Some(other) = first.get(&id.to_ascii_uppercase()) {
            let what = format!("{other} has the same GUID, {id}");
            found.error(cell(&component, "ComponentId"), what);
        } else {
            first.insert(id.to_ascii_uppercase(), name);
        }
    }
}

/// Components in the system folder are permanent.
pub(super) fn ice09(package: &Package<'_>, found: &mut Findings) {
    for component in package.rows("Component") {
        let folder = component.text("Directory_");
        let is_system = matches!(folder, "SystemFolder" | "System64Folder" | "System16Folder");
        if is_system && attributes(&component) & bits::PERMANENT == 0 {
            let what = "a component in the system folder should be permanent";
            found.warning(cell(&component, "Attributes"), what);
        }
    }
}

/// A folder that is a key path is created.
pub(super) fn ice18(package: &Package<'_>, found: &mut Findings) {
    let mut filled = HashSet::new();
    filled.extend(package.rows("File").map(|row| row.text("Component_")));
    let mut used = HashSet::new();
    for (table, folder) in [
        ("RemoveFile", "DirProperty"),
        ("DuplicateFile", "DestFolder"),
        ("MoveFile", "DestFolder"),
    ] {
        let rows = package.rows(table);
        used.extend(rows.map(|row| (row.text("Component_"), row.text(folder))));
    }
    let created: HashSet<_> = package
        .rows("CreateFolder")
        .map(|row| (row.text("Component_"), row.text("Directory_")))
        .collect();
    for component in package.rows("Component") {
        let name = component.text("Component");
        let place = (name, component.text("Directory_"));
        let is_folder = component.text("KeyPath").is_empty();
        if !is_folder || filled.contains(name) || used.contains(&place) {
            continue;
        }
        if place.1 == "SystemFolder" {
            let what = "the system folder is always there: it is no key path";
            found.error(cell(&component, "KeyPath"), what);
        } else if !created.contains(&place) {
            let what = format!(
                "its key path is the folder {}, which no row of CreateFolder makes",
                place.1
            );
            found.error(cell(&component, "KeyPath"), what);
        }
    }
}

/// Every component belongs to a feature.
pub(super) fn ice21(package: &Package<'_>, found: &mut Findings) {
    let features = package.features_of();
    for component in package.rows("Component") {
        if !features.contains_key(component.text("Component")) {
            found.error(row(&component), "it belongs to no feature");
        }
    }
}

/// Components in the profile have a key path in HKEY_CURRENT_USER.
pub(super) fn ice38(package: &Package<'_>, found: &mut Findings) {
    let holds_files: HashSet<&str> = package
        .rows("File")
        .map(|row| row.text("Component_"))
        .collect();
    for component in package.rows("Component") {
        let name = component.text("Component");
        if package.is_in_profile(component.text("Directory_"))
            && holds_files.contains(name)
            && !has_user_key_path(package, &component)
        {
            let what = "it has files in the user's profile, and its key path is no value in HKEY_CURRENT_USER";
            found.error(cell(&component, "KeyPath"), what);
        }
    }
}

/// What a component has of one user and of the machine.
#[derive(Default)]
struct Mixture<'a> {
    user: Option<&'a str>,
    machine: Option<&'a str>,
}

/// No component mixes data of a user and of the machine.
pub(super) fn ice57(package: &Package<'_>, found: &mut Findings) {
    let mut mixtures: BTreeMap<&str, Mixture<'_>> = BTreeMap::new();
    for value in package.rows("Registry") {
        let mixture = mixtures.entry(value.text("Component_")).or_default();
        match value.integer("Root") {
            Some(1) => mixture.user = Some("registry values"),
            Some(2) => mixture.machine = Some("registry values"),
            _ => {}
        }
    }
    for file in package.rows("File") {
        let component = file.text("Component_");
        let Some(folder) = package.row("Component", component) else {
            continue;
        };
        place(
            package,
            folder.text("Directory_"),
            "files",
            mixtures.entry(component).or_default(),
        );
    }
    for shortcut in package.rows("Shortcut") {
        if package.row("Feature", shortcut.text("Target")).is_none() {
            let mixture = mixtures.entry(shortcut.text("Component_")).or_default();
            place(package, shortcut.text("Directory_"), "shortcuts", mixture);
        }
    }
    for (name, mixture) in mixtures {
        if let (Some(user), Some(machine)) = (mixture.user, mixture.machine)
            && let Some(component) = package.row("Component", name)
        {
            let what = format!("it has {user} of one user and {machine} of the machine");
            found.error(row(&component), what);
        }
    }
}

fn place<'a>(package: &Package<'_>, folder: &str, what: &'a str, mixture: &mut Mixture<'a>) {
    if package.is_below(folder, &crate::package::USER_ONLY_FOLDERS) {
        mixture.user = Some(what);
    } else if !package.is_in_profile(folder) {
        mixture.machine = Some(what);
    }
}

/// Isolated components work.
pub(super) fn ice62(package: &Package<'_>, found: &mut Findings) {
    let features = package.features_of();
    for isolated in package.rows("IsolatedComponent") {
        let shared = isolated.text("Component_Shared");
        let application = isolated.text("Component_Application");
        let row_of = |name: &str| package.row("Component", name);
        let (Some(shared_row), Some(application_row)) = (row_of(shared), row_of(application))
        else {
            continue;
        };
        if attributes(&shared_row) & bits::SHARED_DLL == 0 {
            let what = format!("the shared component {shared} is not counted as a shared library");
            found.error(cell(&isolated, "Component_Shared"), what);
        }
        for (column, component) in [
            ("Component_Shared", &shared_row),
            ("Component_Application", &application_row),
        ] {
            let is_file = attributes(component) & (bits::REGISTRY_KEY_PATH | bits::ODBC_KEY_PATH)
                == 0
                && !component.text("KeyPath").is_empty();
            if !is_file {
                found.error(cell(&isolated, column), "its key path is no file");
            }
        }
        let none = HashSet::new();
        let of = |component: &str| features.get(component).unwrap_or(&none);
        if !of(application).is_subset(of(shared)) {
            let what = format!("{shared} does not belong to each feature of {application}");
            found.error(row(&isolated), what);
        }
        if !shared_row.text("Condition").is_empty() {
            let what = format!(
                "the shared component {shared} has a condition: where it is false, nothing is isolated"
            );
            found.warning(cell(&isolated, "Component_Shared"), what);
        }
    }
}

/// No text refers to another component.
pub(super) fn ice69(package: &Package<'_>, found: &mut Findings) {
    let features = package.features_of();
    for (name, column) in package.columns_of("Formatted") {
        let Some(table) = package
            .table(name)
            .filter(|table| table.column("Component_").is_some())
        else {
            continue;
        };
        for record in table.records() {
            let own = record.text("Component_");
            for reference in references(record.text(&column)) {
                if let Some(other) = reference.strip_prefix('$').filter(|other| *other != own) {
                    let shared = features.get(other).zip(features.get(own));
                    let same = shared.is_some_and(|(one, other)| !one.is_disjoint(other));
                    let what =
                        format!("[${other}] refers to another component than its own, {own}");
                    match same {
                        true => found.warning(cell(&record, &column), what),
                        false => found.error(cell(&record, &column), what),
                    }
                }
                if let Some(key) = reference.strip_prefix(['#', '!']) {
                    file_reference(package, &record, &column, key, found);
                }
            }
        }
    }
}

fn file_reference(
    package: &Package<'_>,
    record: &Record<'_>,
    column: &str,
    key: &str,
    found: &mut Findings,
) {
    let own = record.text("Component_");
    match package.row("File", key) {
        None => found.error(cell(record, column), format!("[#{key}] names no file")),
        // The file of another component has no path while that component is not installed.
        Some(file) if file.text("Component_") != own => {
            let what = format!(
                "[#{key}] is a file of another component, {}",
                file.text("Component_")
            );
            found.warning(cell(record, column), what);
        }
        Some(_) => {}
    }
}

/// Assemblies are published, and their manifests are no key paths.
pub(super) fn ice83(package: &Package<'_>, found: &mut Findings) {
    let mut any = false;
    for assembly in package.rows("MsiAssembly") {
        any = true;
        let manifest = assembly.text("File_Manifest");
        let component = package.row("Component", assembly.text("Component_"));
        if assembly.integer("Attributes") == Some(1)
            && component.is_some_and(|component| component.text("KeyPath") == manifest)
        {
            found.error(
                cell(&assembly, "File_Manifest"),
                "a Win32 assembly's manifest is its key path",
            );
        }
    }
    let published = ["MsiPublishAssemblies", "MsiUnpublishAssemblies"];
    let sequence = match package.is_module() {
        true => "ModuleInstallExecuteSequence",
        false => "InstallExecuteSequence",
    };
    if any
        && published
            .iter()
            .any(|action| package.row(sequence, action).is_none())
    {
        let what =
            "there are assemblies, and not both MsiPublishAssemblies and MsiUnpublishAssemblies";
        found.error(table(sequence), what);
    }
}

/// Permanent components have a GUID, and are not removed when superseded.
pub(super) fn ice92(package: &Package<'_>, found: &mut Findings) {
    for component in package.rows("Component") {
        let attributes = attributes(&component);
        if attributes & bits::PERMANENT == 0 {
            continue;
        }
        if component.text("ComponentId").is_empty() {
            found.error(
                cell(&component, "ComponentId"),
                "it is permanent and has no GUID",
            );
        }
        if attributes & bits::UNINSTALL_ON_SUPERSEDENCE != 0 {
            let what = "it is permanent, so that it is not uninstalled when it is superseded";
            found.warning(cell(&component, "Attributes"), what);
        }
    }
}

/// No two components isolate a component in one folder.
pub(super) fn ice97(package: &Package<'_>, found: &mut Findings) {
    let mut places: HashMap<(&str, &str), &str> = HashMap::new();
    for isolated in package.rows("IsolatedComponent") {
        let application = isolated.text("Component_Application");
        let Some(component) = package.row("Component", application) else {
            continue;
        };
        let place = (
            isolated.text("Component_Shared"),
            component.text("Directory_"),
        );
        if let Some(other) = places.insert(place, application) {
            let what = format!(
                "{other} isolates {} in the same folder, {}",
                place.0, place.1
            );
            found.warning(row(&isolated), what);
        }
    }
}

/// Folders that only an administrator may change. "ICE105".
const MACHINE_FOLDERS: [&str; 9] = [
    "AdminToolsFolder",
    "CommonAppDataFolder",
    "FontsFolder",
    "System16Folder",
    "System64Folder",
    "SystemFolder",
    "TempFolder",
    "WindowsFolder",
    "WindowsVolume",
];

/// A package that can be installed for one user stays within what a user may change: those that say so, by
/// MSIINSTALLPERUSER or by ALLUSERS left out or 2.
pub(super) fn ice105(package: &Package<'_>, found: &mut Findings) {
    let says_so = package.property("MSIINSTALLPERUSER").is_some()
        || package.property("ALLUSERS") == Some("2");
    if !says_so {
        return;
    }
    for action in package.rows("CustomAction") {
        let kind = action.integer("Type").unwrap_or(0);
        if kind & 0xC00 == 0xC00 && base_type(kind) != 19 {
            found.warning(cell(&action, "Type"), "it runs with elevated rights");
        }
    }
    for folder in package.rows("Directory") {
        if MACHINE_FOLDERS.contains(&folder.text("Directory")) {
            found.warning(row(&folder), "it is a folder of the machine");
        }
    }
    for value in package
        .rows("Registry")
        .filter(|value| value.integer("Root") == Some(2))
    {
        found.warning(cell(&value, "Root"), "it is in HKEY_LOCAL_MACHINE");
    }
    for name in ["ODBCDataSource", "ServiceInstall"] {
        if package.rows(name).next().is_some() {
            found.warning(table(name), "it is installed for the machine");
        }
    }
    for assembly in package.rows("MsiAssembly") {
        if assembly.text("File_Application").is_empty() {
            found.warning(row(&assembly), "it goes to the global assembly cache");
        }
    }
}
