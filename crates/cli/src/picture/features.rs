//! Features as a tree, and components.

use installer::{Plan, PlannedComponent, PlannedFeature};

use super::Lines;

/// The widest column of names.
const NAMES_MAX: usize = 40;

/// What a state becomes, as a mark and as words.
pub fn becomes(installed: &str, action: &str) -> (char, String) {
    let mark = match (installed, action) {
        (_, "unknown") => ' ',
        ("absent", "absent") => ' ',
        (_, "absent") => '-',
        ("absent" | "unknown", _) => '+',
        (was, is) if was == is => '~',
        ("advertised", _) => '+',
        _ => '~',
    };
    let words = match mark {
        ' ' => installed.to_owned(),
        _ => format!("{installed} -> {action}"),
    };
    (mark, words)
}

pub(super) fn features(plan: &Plan, lines: &mut Lines) {
    let all = &plan.features;
    if all.is_empty() {
        return;
    }
    let told = |feature: &&PlannedFeature| becomes(feature.installed, feature.action).0 != ' ';
    let changing = all.iter().filter(told).count();
    lines.heading("Features", &format!("{changing} of {} change", all.len()));
    let tree = tree(all);
    let widths = tree
        .iter()
        .map(|(depth, feature)| 2 * depth + feature.name.chars().count() + 6);
    let column = widths.max().unwrap_or(0).min(NAMES_MAX);
    for (depth, feature) in tree {
        feature_line(feature, 2 + 2 * depth, column, lines);
    }
}

/// Name, states, and why it stays out or its title.
fn feature_line(feature: &PlannedFeature, indent: usize, column: usize, lines: &mut Lines) {
    let (mark, words) = becomes(feature.installed, feature.action);
    let name = format!("{:indent$}{mark} {}", "", feature.name);
    let start = format!("{name:<width$}  {words:<15}", width = column - 2);
    let note = feature.why_not.as_ref().or(feature.title.as_ref());
    lines.noted(mark, start, indent + 6, note.map_or("", |note| note));
}

/// The features as a tree: each with its depth, parents first, neighbours in the order of their Display column.
pub fn tree(all: &[PlannedFeature]) -> Vec<(usize, &PlannedFeature)> {
    let roots = in_order(all, |feature| feature.parent.is_none());
    let trees = roots.into_iter().map(|root| below(all, root, 0));
    trees.flatten().collect()
}

fn in_order(
    all: &[PlannedFeature],
    is_wanted: impl Fn(&PlannedFeature) -> bool,
) -> Vec<&PlannedFeature> {
    let mut found: Vec<&PlannedFeature> = all.iter().filter(|feature| is_wanted(feature)).collect();
    // Those that are not shown are last.
    found.sort_by_key(|feature| (feature.display.unwrap_or(i32::MAX), &feature.name));
    found
}

/// A feature and those below it, each with its depth. A feature that is its own parent is no part of any tree.
fn below<'a>(
    all: &'a [PlannedFeature],
    feature: &'a PlannedFeature,
    depth: usize,
) -> Vec<(usize, &'a PlannedFeature)> {
    let mut tree = vec![(depth, feature)];
    for child in in_order(all, |child| child.parent.as_ref() == Some(&feature.name)) {
        tree.extend(below(all, child, depth + 1));
    }
    tree
}

pub(super) fn components(plan: &Plan, lines: &mut Lines) {
    let all = &plan.components;
    if all.is_empty() {
        return;
    }
    let count = |wanted: char| {
        let marks = all
            .iter()
            .map(|component| becomes(component.installed, component.action).0);
        marks.filter(|mark| *mark == wanted).count()
    };
    let counts = [('+', "come"), ('~', "are done again"), ('-', "go")];
    let counted = counts.map(|(mark, word)| (count(mark), word));
    let told = counted.iter().filter(|(count, _)| *count > 0);
    let words: Vec<String> = told
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    let sum = match words.is_empty() {
        true => format!("{}, none changes", all.len()),
        false => format!("{}: {}", all.len(), words.join(", ")),
    };
    lines.heading("Components", &sum);
    for component in all {
        component_line(component, lines);
    }
}

/// A component that a condition keeps out is always told.
fn component_line(component: &PlannedComponent, lines: &mut Lines) {
    let (mark, words) = becomes(component.installed, component.action);
    let note = match &component.kept_out_by {
        Some(condition) => format!("kept out by {condition}"),
        None if lines.is_whole() => {
            let key_path = component
                .key_path
                .as_deref()
                .unwrap_or(&component.directory);
            format!("{words:<15}  {key_path}")
        }
        None => return,
    };
    lines.entry(mark, 2, &component.name, NAMES_MAX, &note);
}
