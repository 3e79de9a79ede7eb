//! Upgrades. "Upgrade Table", "RemoveExistingProducts Action".

use std::cmp::Ordering;
use std::collections::HashSet;

use database::Record;

use crate::category::is_product_version;
use crate::finding::{Findings, cell, row};
use crate::package::Package;

const ONLY_DETECT: i32 = 2;
const MIN_INCLUSIVE: i32 = 256;
const MAX_INCLUSIVE: i32 = 512;

/// The first three numbers, which alone count.
fn version(text: &str) -> Vec<u32> {
    let mut numbers: Vec<u32> = text
        .split('.')
        .take(3)
        .map(|part| part.parse().unwrap_or(0))
        .collect();
    numbers.resize(3, 0);
    numbers
}

fn compare(one: &str, other: &str) -> Ordering {
    version(one).cmp(&version(other))
}

/// The Upgrade table works.
pub(super) fn ice61(package: &Package<'_>, found: &mut Findings) {
    let secure: HashSet<&str> = package
        .property("SecureCustomProperties")
        .unwrap_or("")
        .split(';')
        .map(str::trim)
        .collect();
    let mut seen = HashSet::new();
    for upgrade in package.rows("Upgrade") {
        let name = upgrade.text("ActionProperty");
        let place = || cell(&upgrade, "ActionProperty");
        if package.property(name).is_some() {
            found.error(place(), format!("{name} has a value in the Property table"));
        }
        if name.chars().any(|c| c.is_ascii_lowercase()) {
            found.error(place(), format!("{name} is no public property"));
        }
        if !secure.contains(name) {
            found.error(place(), format!("{name} is not in SecureCustomProperties"));
        }
        if !seen.insert(name) {
            found.error(place(), format!("{name} is set by another row too"));
        }
        versions(package, &upgrade, found);
    }
}

fn versions(package: &Package<'_>, upgrade: &Record<'_>, found: &mut Findings) {
    let (min, max) = (upgrade.text("VersionMin"), upgrade.text("VersionMax"));
    for (column, text) in [("VersionMin", min), ("VersionMax", max)] {
        if !text.is_empty() && !is_product_version(text) {
            found.error(
                cell(upgrade, column),
                format!("{text:?} is no version of a product"),
            );
        }
    }
    if !min.is_empty() && !max.is_empty() && compare(max, min) == Ordering::Less {
        found.error(
            cell(upgrade, "VersionMax"),
            format!("{max} is below the lowest version, {min}"),
        );
    }
    let attributes = upgrade.integer("Attributes").unwrap_or(0);
    let own = package.property("ProductVersion").unwrap_or("");
    let same_family = package.property("UpgradeCode") == Some(upgrade.text("UpgradeCode"));
    if !same_family || attributes & ONLY_DETECT != 0 || own.is_empty() {
        return;
    }
    let reaches = match (max.is_empty(), compare(max, own)) {
        (true, _) | (false, Ordering::Greater) => true,
        (false, Ordering::Equal) => attributes & MAX_INCLUSIVE != 0,
        (false, Ordering::Less) => false,
    };
    let begins_after = !min.is_empty()
        && match compare(min, own) {
            Ordering::Greater => false,
            Ordering::Equal => attributes & MIN_INCLUSIVE == 0 && max.is_empty(),
            Ordering::Less => false,
        };
    if reaches && !begins_after {
        found.warning(
            row(upgrade),
            format!("it removes this version, {own}, or a newer one"),
        );
    }
}

/// RemoveExistingProducts stands where it may: before InstallInitialize, right after it, right after InstallExecute
/// or InstallExecuteAgain, or after InstallFinalize.
pub(super) fn ice63(package: &Package<'_>, found: &mut Findings) {
    let table = "InstallExecuteSequence";
    let place = |action: &str| package.place(table, action);
    let (Some(remove), Some(step)) = (
        place("RemoveExistingProducts"),
        package.row(table, "RemoveExistingProducts"),
    ) else {
        return;
    };
    let (Some(validate), Some(begin), Some(end)) = (
        place("InstallValidate"),
        place("InstallInitialize"),
        place("InstallFinalize"),
    ) else {
        return;
    };
    if remove <= validate {
        found.error(
            cell(&step, "Sequence"),
            format!("{remove} is not after InstallValidate, at {validate}"),
        );
        return;
    }
    if remove < begin || remove > end {
        return;
    }
    // Between those two, nothing may have been scripted since InstallInitialize or an InstallExecute.
    let since = ["InstallExecute", "InstallExecuteAgain"]
        .iter()
        .filter_map(|action| place(action))
        .filter(|&place| place < remove)
        .max()
        .unwrap_or(begin);
    let scripts = |action: &str| {
        sequence::STANDARD_ACTIONS
            .iter()
            .any(|one| one.name == action)
            || package
                .custom_action(action)
                .is_some_and(|kind| kind & 0x400 != 0)
    };
    let between = package
        .steps(table)
        .into_iter()
        .find(|step| since < step.number && step.number < remove && scripts(step.action));
    if let Some(between) = between {
        let what = format!(
            "{} is scripted before it: old products must be removed first",
            between.action
        );
        found.error(cell(&step, "Sequence"), what);
    }
}
