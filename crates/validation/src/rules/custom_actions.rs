//! Custom actions. "CustomAction Table", "Summary List of All Custom Action Types".

use sequence::STANDARD_ACTIONS;

use crate::category::is_guid;
use crate::finding::{Findings, cell, row, table as whole};
use crate::package::{Package, SEQUENCE_TABLES, base_type};

/// The option bits of CustomAction.Type. "Custom Action In-Script Execution Options".
const IN_SCRIPT: i32 = 0x400;
const NO_IMPERSONATE: i32 = 0x800;

/// Nested installs name another product's code.
pub(super) fn ice11(package: &Package<'_>, found: &mut Findings) {
    let own = package.property("ProductCode").unwrap_or("");
    for action in package.rows("CustomAction") {
        if action.integer("Type").map(base_type) != Some(39) {
            continue;
        }
        let source = action.text("Source");
        if !is_guid(source) {
            let what = format!("{source:?} is no product code in braces and capital letters");
            found.error(cell(&action, "Source"), what);
        } else if source == own {
            found.error(
                cell(&action, "Source"),
                "it is the code of this product itself",
            );
        }
    }
}

/// Folders are set on the right side of CostFinalize.
pub(super) fn ice12(package: &Package<'_>, found: &mut Findings) {
    for (table, _) in SEQUENCE_TABLES {
        let cost = package.place(table, "CostFinalize");
        for step in package.steps(table) {
            let Some(action) = package.row("CustomAction", step.action) else {
                continue;
            };
            let kind = base_type(action.integer("Type").unwrap_or(0));
            let sets_folder =
                kind == 51 && package.row("Directory", action.text("Source")).is_some();
            if kind != 35 && !sets_folder {
                continue;
            }
            let place = cell(&step.record, "Sequence");
            match cost {
                None => found.error(whole(table), "it sets folders and has no CostFinalize"),
                Some(cost) if kind == 35 && step.number < cost => {
                    found.error(
                        place,
                        format!("it sets a folder before CostFinalize, at {cost}"),
                    );
                }
                Some(cost) if kind == 51 && step.number > cost => {
                    found.warning(place, format!("it sets the property of a folder after CostFinalize, at {cost}: the folder stays"));
                }
                Some(_) => {}
            }
        }
    }
}

/// The base types that there are. "Summary List of All Custom Action Types".
const BASE_TYPES: [i32; 20] = [
    1, 2, 5, 6, 7, 17, 18, 19, 21, 22, 23, 34, 35, 37, 38, 39, 50, 51, 53, 54,
];

/// Types of custom actions are valid.
pub(super) fn ice68(package: &Package<'_>, found: &mut Findings) {
    for action in package.rows("CustomAction") {
        let Some(kind) = action.integer("Type") else {
            continue;
        };
        let is_base = BASE_TYPES.contains(&base_type(kind));
        if kind <= 0 || !is_base {
            let what = format!("there is no custom action of type {kind}");
            found.error(cell(&action, "Type"), what);
        } else if kind & NO_IMPERSONATE != 0 && kind & IN_SCRIPT == 0 {
            let what = "not to impersonate means nothing where an action is not deferred";
            found.warning(cell(&action, "Type"), what);
        }
    }
}

/// Advertising runs only custom actions of types 19, 35 and 51.
pub(super) fn ice72(package: &Package<'_>, found: &mut Findings) {
    for step in package.steps("AdvtExecuteSequence") {
        if let Some(kind) = package.custom_action(step.action).map(base_type)
            && !matches!(kind, 19 | 35 | 51)
        {
            let what =
                format!("a custom action of type {kind} is not run when a product is advertised");
            found.error(cell(&step.record, "Action"), what);
        }
    }
}

/// Custom actions from installed files come after CostFinalize.
pub(super) fn ice75(package: &Package<'_>, found: &mut Findings) {
    for (table, _) in SEQUENCE_TABLES {
        let cost = package.place(table, "CostFinalize");
        for step in package.steps(table) {
            let kind = package.custom_action(step.action).map(base_type);
            if matches!(kind, Some(17 | 18 | 21 | 22))
                && cost.is_none_or(|cost| step.number <= cost)
                && step.number > 0
            {
                let what = "its source is an installed file, and it is not after CostFinalize";
                found.error(cell(&step.record, "Sequence"), what);
            }
        }
    }
}

/// Deferred custom actions are in the script.
pub(super) fn ice77(package: &Package<'_>, found: &mut Findings) {
    for table in ["InstallExecuteSequence", "AdminExecuteSequence"] {
        let begin = package.place(table, "InstallInitialize");
        let end = package.place(table, "InstallFinalize");
        for step in package.steps(table) {
            let Some(kind) = package.custom_action(step.action) else {
                continue;
            };
            // Types without code have no script to be in.
            if kind & IN_SCRIPT == 0 || matches!(base_type(kind), 19 | 35 | 51) {
                continue;
            }
            let place = cell(&step.record, "Sequence");
            match begin.zip(end) {
                None => found.error(
                    place,
                    "it is deferred, and there is no InstallInitialize or no InstallFinalize",
                ),
                Some((begin, end)) if !(begin < step.number && step.number < end) => {
                    found.error(place, format!("it is deferred, and not between InstallInitialize, {begin}, and InstallFinalize, {end}"));
                }
                Some(_) => {}
            }
        }
    }
}

/// No custom action has a standard action's name.
pub(super) fn ice93(package: &Package<'_>, found: &mut Findings) {
    for action in package.rows("CustomAction") {
        let name = action.text("Action");
        if STANDARD_ACTIONS.iter().any(|one| one.name == name) {
            let what = format!("{name} is a standard action, which is run in its place");
            found.warning(row(&action), what);
        }
    }
}
