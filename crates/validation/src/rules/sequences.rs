//! The sequence tables. "Using a Sequence Table", "Standard Actions Reference".

use std::collections::{BTreeMap, HashSet};

use sequence::STANDARD_ACTIONS;

use crate::finding::{Findings, cell, table as whole};
use crate::package::{Package, SEQUENCE_TABLES};

const INSTALL: &str = "InstallExecuteSequence";

/// Dialogs are in no execute table.
pub(super) fn ice13(package: &Package<'_>, found: &mut Findings) {
    for (table, _) in SEQUENCE_TABLES.iter().filter(|(_, executes)| *executes) {
        for step in package.rows(table) {
            if package.row("Dialog", step.text("Action")).is_some() {
                found.error(cell(&step, "Action"), "a dialog is in an execute table");
            }
        }
    }
}

/// What each table must have. "ICE26".
const REQUIRED: [(&str, &[&str]); 4] = [
    (
        "AdminUISequence",
        &[
            "CostFinalize",
            "CostInitialize",
            "ExecuteAction",
            "FileCost",
        ],
    ),
    (
        "AdminExecuteSequence",
        &[
            "CostFinalize",
            "CostInitialize",
            "FileCost",
            "InstallAdminPackage",
            "InstallFiles",
            "InstallFinalize",
            "InstallInitialize",
            "InstallValidate",
        ],
    ),
    (
        "InstallUISequence",
        &[
            "CostFinalize",
            "CostInitialize",
            "ExecuteAction",
            "FileCost",
        ],
    ),
    (
        INSTALL,
        &[
            "CostFinalize",
            "CostInitialize",
            "FileCost",
            "InstallFinalize",
            "InstallInitialize",
            "InstallValidate",
            "ProcessComponents",
            "PublishFeatures",
            "PublishProduct",
            "RegisterProduct",
            "RegisterUser",
            "UnpublishFeatures",
        ],
    ),
];

/// What each table must not have: actions that change the machine in a user interface, and the other way round.
fn is_prohibited(table: &str, action: &str) -> bool {
    let administrative = ["InstallAdminPackage"];
    match table {
        "AdminUISequence" | "InstallUISequence" => SCRIPTED.contains(&action),
        "AdminExecuteSequence" => action == "ExecuteAction" || ADMIN_PROHIBITED.contains(&action),
        INSTALL => action == "ExecuteAction" || administrative.contains(&action),
        _ => false,
    }
}

/// Actions that write a script, in the order that they must keep. "Suggested InstallExecuteSequence".
const SCRIPTED: [&str; 49] = [
    "InstallInitialize",
    "AllocateRegistrySpace",
    "ProcessComponents",
    "UnpublishComponents",
    "MsiUnpublishAssemblies",
    "UnpublishFeatures",
    "StopServices",
    "DeleteServices",
    "UnregisterComPlus",
    "SelfUnregModules",
    "UnregisterTypeLibraries",
    "RemoveODBC",
    "UnregisterFonts",
    "RemoveRegistryValues",
    "UnregisterClassInfo",
    "UnregisterExtensionInfo",
    "UnregisterProgIdInfo",
    "UnregisterMIMEInfo",
    "RemoveIniValues",
    "RemoveShortcuts",
    "RemoveEnvironmentStrings",
    "RemoveDuplicateFiles",
    "RemoveFiles",
    "RemoveFolders",
    "CreateFolders",
    "MoveFiles",
    "InstallFiles",
    "PatchFiles",
    "DuplicateFiles",
    "BindImage",
    "CreateShortcuts",
    "RegisterClassInfo",
    "RegisterExtensionInfo",
    "RegisterProgIdInfo",
    "RegisterMIMEInfo",
    "WriteRegistryValues",
    "WriteIniValues",
    "WriteEnvironmentStrings",
    "RegisterFonts",
    "InstallODBC",
    "RegisterTypeLibraries",
    "SelfRegModules",
    "RegisterComPlus",
    "InstallServices",
    "StartServices",
    "PublishComponents",
    "PublishFeatures",
    "PublishProduct",
    "InstallFinalize",
];

/// What an administrative image has no use for.
const ADMIN_PROHIBITED: [&str; 6] = [
    "PublishComponents",
    "PublishFeatures",
    "PublishProduct",
    "RegisterProduct",
    "RegisterUser",
    "UnpublishFeatures",
];

/// Sequence tables have what they must, and nothing that they must not.
pub(super) fn ice26(package: &Package<'_>, found: &mut Findings) {
    for (table, required) in REQUIRED {
        if !package.has(table) || package.rows(table).next().is_none() {
            continue;
        }
        for action in required {
            if package.row(table, action).is_none() {
                found.error(whole(table), format!("the action {action} is required"));
            }
        }
    }
    for (table, _) in SEQUENCE_TABLES {
        for step in package.rows(table) {
            if is_prohibited(table, step.text("Action")) {
                found.error(
                    cell(&step, "Action"),
                    "the action has no place in this table",
                );
            }
        }
    }
}

/// Where an action belongs: between two others, none: the table's begin or end. "ICE27".
const SECTIONS: [(&str, Option<&str>, Option<&str>); 8] = [
    ("AppSearch", None, Some("CostInitialize")),
    ("CCPSearch", None, Some("CostInitialize")),
    ("RMCCPSearch", None, Some("CostInitialize")),
    ("FileCost", Some("CostInitialize"), Some("CostFinalize")),
    (
        "SetODBCFolders",
        Some("CostFinalize"),
        Some("InstallValidate"),
    ),
    ("InstallValidate", Some("CostFinalize"), None),
    (
        "InstallInitialize",
        Some("InstallValidate"),
        Some("InstallFinalize"),
    ),
    (
        "MigrateFeatureStates",
        Some("CostFinalize"),
        Some("InstallValidate"),
    ),
];

/// Pairs of which the first comes before the second, where both are. The pages of the actions.
const ORDERS: [(&str, &str); 29] = [
    ("FindRelatedProducts", "MigrateFeatureStates"),
    ("CCPSearch", "RMCCPSearch"),
    ("StopServices", "DeleteServices"),
    ("DeleteServices", "InstallServices"),
    ("InstallServices", "StartServices"),
    ("InstallFiles", "InstallServices"),
    ("RemoveDuplicateFiles", "RemoveFiles"),
    ("RemoveFiles", "InstallFiles"),
    ("RemoveFiles", "RemoveFolders"),
    ("CreateFolders", "InstallFiles"),
    ("MoveFiles", "InstallFiles"),
    ("InstallFiles", "PatchFiles"),
    ("InstallFiles", "DuplicateFiles"),
    ("PatchFiles", "DuplicateFiles"),
    ("InstallFiles", "BindImage"),
    ("InstallFiles", "CreateShortcuts"),
    ("InstallFiles", "SelfRegModules"),
    ("InstallFiles", "RegisterFonts"),
    ("InstallFiles", "RegisterTypeLibraries"),
    ("RemoveRegistryValues", "WriteRegistryValues"),
    ("UnregisterClassInfo", "RegisterClassInfo"),
    ("UnregisterExtensionInfo", "RegisterExtensionInfo"),
    ("UnregisterProgIdInfo", "RegisterProgIdInfo"),
    ("UnregisterMIMEInfo", "RegisterMIMEInfo"),
    ("RegisterClassInfo", "RegisterProgIdInfo"),
    ("RemoveIniValues", "WriteIniValues"),
    ("RemoveEnvironmentStrings", "WriteEnvironmentStrings"),
    ("SelfUnregModules", "RemoveFiles"),
    ("RemoveShortcuts", "CreateShortcuts"),
];

/// Actions exist and stand in an order that works.
pub(super) fn ice27(package: &Package<'_>, found: &mut Findings) {
    for (table, _) in SEQUENCE_TABLES {
        for step in package.rows(table) {
            let action = step.text("Action");
            let exists = STANDARD_ACTIONS.iter().any(|one| one.name == action)
                || package.row("CustomAction", action).is_some()
                || package.row("Dialog", action).is_some();
            if !exists {
                let what = format!("there is no action, custom action or dialog {action}");
                found.error(cell(&step, "Action"), what);
            }
        }
        for (action, after, before) in SECTIONS {
            in_section(package, table, action, after, before, found);
        }
        let scripted = SCRIPTED
            .iter()
            .filter(|action| !action.starts_with("InstallFin"));
        for action in scripted.filter(|action| **action != "InstallInitialize") {
            in_section(
                package,
                table,
                action,
                Some("InstallInitialize"),
                Some("InstallFinalize"),
                found,
            );
        }
        for (first, second) in ORDERS {
            in_section(package, table, first, None, Some(second), found);
        }
    }
}

fn in_section(
    package: &Package<'_>,
    table: &str,
    action: &str,
    after: Option<&str>,
    before: Option<&str>,
    found: &mut Findings,
) {
    let (Some(place), Some(step)) = (package.place(table, action), package.row(table, action))
    else {
        return;
    };
    let at = |action: Option<&str>| action.and_then(|action| package.place(table, action));
    if let (Some(limit), Some(after)) = (at(after), after)
        && place <= limit
    {
        let what = format!("{place} is not after {after}, at {limit}");
        found.error(cell(&step, "Sequence"), what);
    }
    if let (Some(limit), Some(before)) = (at(before), before)
        && place >= limit
    {
        let what = format!("{place} is not before {before}, at {limit}");
        found.error(cell(&step, "Sequence"), what);
    }
}

/// The group that ForceReboot must not part. "ForceReboot Action".
const TOGETHER: [&str; 9] = [
    "RegisterProduct",
    "RegisterUser",
    "PublishProduct",
    "PublishFeatures",
    "CreateShortcuts",
    "RegisterMIMEInfo",
    "RegisterExtensionInfo",
    "RegisterClassInfo",
    "RegisterProgIdInfo",
];

/// ForceReboot parts no group of actions.
pub(super) fn ice28(package: &Package<'_>, found: &mut Findings) {
    for (table, _) in SEQUENCE_TABLES {
        let (Some(reboot), Some(step)) = (
            package.place(table, "ForceReboot"),
            package.row(table, "ForceReboot"),
        ) else {
            continue;
        };
        let places: Vec<i32> = TOGETHER
            .iter()
            .filter_map(|action| package.place(table, action))
            .collect();
        let (first, last) = (places.iter().min(), places.iter().max());
        if let (Some(first), Some(last)) = (first, last)
            && (first..last).contains(&&reboot)
        {
            let what = format!("it parts the actions from {first} to {last} that belong together");
            found.error(cell(&step, "Sequence"), what);
        }
    }
}

/// Advertising has no user interface.
pub(super) fn ice78(package: &Package<'_>, found: &mut Findings) {
    if package.rows("AdvtUISequence").next().is_some() {
        found.error(
            whole("AdvtUISequence"),
            "advertising has no user interface: the table must be empty",
        );
    }
}

/// Products are registered as a whole; no two actions share a number.
pub(super) fn ice82(package: &Package<'_>, found: &mut Findings) {
    let all = [
        "RegisterProduct",
        "RegisterUser",
        "PublishProduct",
        "PublishFeatures",
    ];
    let (there, missing): (Vec<&str>, Vec<&str>) = all
        .iter()
        .copied()
        .partition(|action| package.row(INSTALL, action).is_some());
    if there.is_empty() && package.has(INSTALL) {
        found.warning(
            whole(INSTALL),
            format!(
                "it does not register the product: there is none of {}",
                missing.join(", ")
            ),
        );
    } else if !missing.is_empty() && package.has(INSTALL) {
        let what = format!(
            "it registers the product in part: it has {}, and not {}",
            there.join(", "),
            missing.join(", ")
        );
        found.error(whole(INSTALL), what);
    }
    for (table, _) in SEQUENCE_TABLES {
        let mut first: BTreeMap<i32, &str> = BTreeMap::new();
        for step in package.steps(table) {
            if let Some(other) = first.get(&step.number) {
                let what = format!("{other} has the same number, {}", step.number);
                found.warning(cell(&step.record, "Sequence"), what);
            } else {
                first.insert(step.number, step.action);
            }
        }
    }
}

/// Required actions have no conditions.
pub(super) fn ice84(package: &Package<'_>, found: &mut Findings) {
    let required: HashSet<&str> = [
        "CostInitialize",
        "CostFinalize",
        "FileCost",
        "InstallValidate",
        "InstallInitialize",
        "InstallFinalize",
        "ProcessComponents",
        "PublishFeatures",
        "PublishProduct",
        "RegisterProduct",
        "UnpublishFeatures",
    ]
    .into();
    for (table, _) in SEQUENCE_TABLES.iter().filter(|(_, executes)| *executes) {
        for step in package.steps(table) {
            if required.contains(step.action) && !step.condition.is_empty() {
                found.warning(
                    cell(&step.record, "Condition"),
                    "a required action has a condition",
                );
            }
        }
    }
}

/// Advertising publishes features and product.
pub(super) fn ice96(package: &Package<'_>, found: &mut Findings) {
    let table = "AdvtExecuteSequence";
    if package.rows(table).next().is_none() {
        return;
    }
    for action in ["PublishFeatures", "PublishProduct"] {
        if package.row(table, action).is_none() {
            found.warning(
                whole(table),
                format!("without {action} nothing can be advertised"),
            );
        }
    }
}
