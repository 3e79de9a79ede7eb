//! What an installation would do: the plan.

use installer::{Plan, Reboot};
use maud::{Markup, html};

use super::{Part, ROWS_MAX, Text, folded, left_out, sign};
use crate::commands::report::Report;
use crate::picture::changes::{self, Entry, Group};
use crate::picture::features::{becomes, tree};
use crate::picture::{Depth, what_is_left_out};

pub(super) fn plan(report: &Report) -> Part {
    let body = match &report.plan {
        Ok(plan) => html! {
            (outcome(plan))
            (features(plan))
            (components(plan))
            @for part in changes::parts(plan) {
                (changes_of(&part))
            }
            (left(plan))
            (conditions(plan))
        },
        Err(why) => html! { p.error { "It cannot be told: " (Text(why)) } },
    };
    let sum = format!("installed on {}", report.machine);
    Part::new("plan", "What it would do", sum, body)
}

/// How it would end.
fn outcome(plan: &Plan) -> Markup {
    let whom = match plan.per_machine {
        true => "all users",
        false => "the current user",
    };
    let restart = match plan.report.reboot {
        Reboot::None => "no restart is asked for",
        Reboot::Required => "the machine must be restarted (3010)",
        Reboot::Initiated => "the machine restarts (1641)",
    };
    let operations = plan.operations.len();
    html! {
        @if plan.report.is_success() {
            p { "For " (whom) "; " (operations) " operations; " (restart) "." }
        } @else {
            p.error {
                "It would fail with " (plan.report.code) ", and nothing would be changed: "
                (Text(plan.report.message.as_deref().unwrap_or(plan.report.symbol)))
            }
        }
    }
}

fn features(plan: &Plan) -> Markup {
    let all = &plan.features;
    let body = html! {
        ul.tree {
            @for (depth, feature) in tree(all).into_iter().take(ROWS_MAX) {
                @let (mark, words) = becomes(feature.installed, feature.action);
                @let note = feature.why_not.as_ref().or(feature.title.as_ref());
                li style=(format!("--depth:{}", depth.min(16))) {
                    (sign(mark)) " " b { (Text(&feature.name)) } " " span.note { (words) }
                    @if let Some(note) = note { " " (Text(note)) }
                }
            }
        }
        (left_out(all.len()))
    };
    html! { @if !all.is_empty() { (folded("Features", &all.len().to_string(), all.len(), body)) } }
}

fn components(plan: &Plan) -> Markup {
    let all = &plan.components;
    let body = html! {
        div.scroll { table {
            thead { tr { th {} th { "component" } th { "state" } th { "key path" } } }
            tbody {
                @for component in all.iter().take(ROWS_MAX) {
                    @let (mark, words) = becomes(component.installed, component.action);
                    @let path = component.key_path.as_ref().unwrap_or(&component.directory);
                    tr {
                        td { (sign(mark)) }
                        td { (Text(&component.name)) }
                        td { (words) @if let Some(condition) = &component.kept_out_by { ", kept out by " code { (Text(condition)) } } }
                        td { (Text(path)) }
                    }
                }
            }
        } }
        (left_out(all.len()))
    };
    html! { @if !all.is_empty() { (folded("Components", &all.len().to_string(), all.len(), body)) } }
}

fn changes_of(part: &changes::Part<'_>) -> Markup {
    if part.is_registration() {
        // What every product has; the name of the kept package is another one each time.
        return html! { details { summary { (part.title()) " " span.sum { (part.sum()) } } p.note { "The package is kept, and the product is listed." } } };
    }
    let groups = part.groups(Depth::Whole);
    let count: usize = groups.iter().map(|group| 1 + group.entries.len()).sum();
    let body = html! {
        (group_table(&groups))
        (left_out(count))
    };
    folded(part.title(), &part.sum(), count, body)
}

/// Folders and keys with what is in them.
fn group_table(groups: &[Group]) -> Markup {
    let mut left = ROWS_MAX;
    html! {
        div.scroll { table.things {
            @for group in groups {
                @let shown = group.entries.len().min(left.saturating_sub(1));
                @if left > 0 {
                    tbody {
                        @if !group.name.is_empty() {
                            tr.group { td { (sign(group.mark)) } th colspan="3" scope="rowgroup" { (Text(&group.name)) } }
                        }
                        @for entry in &group.entries[..shown] { (thing(entry)) }
                    }
                }
                @let () = left = left.saturating_sub(1 + shown);
            }
        } }
    }
}

fn thing(entry: &Entry) -> Markup {
    html! {
        tr {
            td { (sign(entry.mark)) }
            td { (Text(&entry.name)) }
            @match entry.size {
                Some(size) => {
                    td.number { (changes::bytes(size)) }
                    td { (Text(&entry.note)) }
                }
                None => { td colspan="2" { (Text(&entry.note)) } }
            }
        }
    }
}

/// What would not be done.
fn left(plan: &Plan) -> Markup {
    let rows = what_is_left_out(plan);
    let body = html! {
        dl.wide {
            @for (name, why) in &rows {
                dt { (Text(name)) }
                dd { (Text(why)) }
            }
        }
    };
    html! { @if !rows.is_empty() { (folded("Left out by msikit", &rows.len().to_string(), rows.len(), body)) } }
}

fn conditions(plan: &Plan) -> Markup {
    let all = &plan.launch_conditions;
    let body = html! {
        ul.tree {
            @for row in all {
                li {
                    @if row.holds { span.note { "holds" } } @else { span.error { "does not hold" } }
                    " " code { (Text(&row.condition)) } " " (Text(&row.text))
                }
            }
        }
    };
    html! { @if !all.is_empty() { (folded("Launch conditions", &all.len().to_string(), all.len(), body)) } }
}
