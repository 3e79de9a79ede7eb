//! Features. "Feature Table".

use std::collections::BTreeMap;

use crate::finding::{Findings, cell, row, table};
use crate::package::Package;

const FOLLOW_PARENT: i32 = 2;
const FAVOR_ADVERTISE: i32 = 4;
const DISALLOW_ADVERTISE: i32 = 8;

/// A feature and its parent agree on advertising.
pub(super) fn ice10(package: &Package<'_>, found: &mut Findings) {
    for feature in package.rows("Feature") {
        let parent = feature.text("Feature_Parent");
        if parent.is_empty() {
            continue;
        }
        let Some(parent_row) = package.row("Feature", parent) else {
            let what = format!("its parent {parent} is not there");
            found.error(cell(&feature, "Feature_Parent"), what);
            continue;
        };
        let attributes = feature.integer("Attributes").unwrap_or(0);
        let parents = parent_row.integer("Attributes").unwrap_or(0);
        if attributes & DISALLOW_ADVERTISE != 0 && parents & FAVOR_ADVERTISE != 0 {
            let what = format!("it may not be advertised, and its parent {parent} favors it");
            found.error(cell(&feature, "Attributes"), what);
        }
    }
}

/// A root feature follows no parent, and none is its own.
pub(super) fn ice14(package: &Package<'_>, found: &mut Findings) {
    for feature in package.rows("Feature") {
        let parent = feature.text("Feature_Parent");
        let attributes = feature.integer("Attributes").unwrap_or(0);
        if parent.is_empty() && attributes & FOLLOW_PARENT != 0 {
            found.error(
                cell(&feature, "Attributes"),
                "it follows its parent and has none",
            );
        }
        if parent == feature.text("Feature") {
            found.error(cell(&feature, "Feature_Parent"), "it is its own parent");
        }
    }
}

/// A feature has fewer than 1600 components.
pub(super) fn ice47(package: &Package<'_>, found: &mut Findings) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for row in package.rows("FeatureComponents") {
        *counts.entry(row.text("Feature_")).or_default() += 1;
    }
    for (feature, count) in counts.into_iter().filter(|&(_, count)| count >= 1600) {
        let what = format!("the feature {feature} has {count} components, 1600 or more");
        found.error(table("FeatureComponents"), what);
    }
}

/// A feature's name has at most 38 characters.
pub(super) fn ice101(package: &Package<'_>, found: &mut Findings) {
    for feature in package.rows("Feature") {
        let length = feature.text("Feature").chars().count();
        if length > 38 {
            let what = format!("the name has {length} characters, more than 38");
            found.error(row(&feature), what);
        }
    }
}
