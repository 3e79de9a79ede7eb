//! What one should know of a package, and what is wrong with it: `inspect` and `db validate`.

use inspection::CustomAction;
use maud::{Markup, html};
use validation::{Finding, Level, RULES};

use super::{OPEN_MAX, Part, ROWS_MAX, Text, folded, left_out};
use crate::commands::db::validate::{page, place};
use crate::commands::inspect;
use crate::commands::report::Report;

/// What deserves a second look.
pub(super) fn remarks(report: &Report) -> Part {
    let all = &report.inspection.remarks;
    let body = html! {
        @if all.is_empty() { p { "Nothing stands out." } }
        ul.findings {
            @for remark in all {
                @let level = inspect::word(remark.level);
                li class=(level) {
                    span.level { (level) } " " b { (remark.rule) } " "
                    @if !remark.place.is_empty() { code { (Text(&remark.place)) } " " }
                    (Text(&remark.message))
                }
            }
        }
    };
    Part::new("look", "To look at", counted(all.len()), body)
}

/// A number, or nothing for none.
fn counted(count: usize) -> String {
    match count {
        0 => String::new(),
        count => count.to_string(),
    }
}

pub(super) fn custom_actions(report: &Report) -> Part {
    let all = &report.inspection.custom_actions;
    let (code, own): (Vec<_>, Vec<_>) = all.iter().partition(|action| action.is_code());
    let body = html! {
        @if all.is_empty() { p { "It has none." } }
        @if !code.is_empty() { (folded("Run code of the package's author", &code.len().to_string(), code.len(), action_list(&code))) }
        @if !own.is_empty() { (folded("Set properties and folders, or end the installation", &own.len().to_string(), own.len(), action_list(&own))) }
    };
    Part::new("actions", "Custom actions", counted(all.len()), body)
}

fn action_list(actions: &[&CustomAction]) -> Markup {
    html! {
        ul.actions {
            @for action in actions.iter().take(ROWS_MAX) {
                li {
                    b { (Text(&action.name)) } " " span.note { (inspect::how(action)) }
                    div { (Text(&what(action))) }
                    @for placed in &action.placed {
                        div.note { (Text(&inspect::place(placed))) }
                    }
                    @for event in &action.dialogs {
                        div.note { (Text(&inspect::dialog(event))) }
                    }
                    @if let Some(script) = &action.script {
                        details {
                            summary { "its script" }
                            pre { @for line in script.lines() { (Text(line)) "\n" } }
                        }
                    }
                }
            }
        }
        (left_out(actions.len()))
    }
}

/// What a custom action does. A script's text has a place of its own.
fn what(action: &CustomAction) -> String {
    match (&action.script, action.from) {
        (Some(_), "text") => format!("{} from text", action.kind),
        _ => inspect::what(action),
    }
}

/// What others meet: upgrades, rights, and what starts by itself.
pub(super) fn surface(report: &Report) -> Option<Part> {
    let inspection = &report.inspection;
    let lists = [
        (
            "Upgrades",
            inspection.upgrades.iter().map(inspect::upgrade).collect(),
        ),
        (
            "Rights that are given",
            inspection.permissions.iter().map(inspect::rights).collect(),
        ),
        (
            "Starts by itself",
            inspection.run_keys.iter().map(inspect::run_key).collect(),
        ),
        (
            "Tables of its author's own",
            inspection.vendor_tables.clone(),
        ),
        (
            "Streams that no table names",
            inspection
                .unnamed_streams
                .iter()
                .map(inspect::stream)
                .collect(),
        ),
        ("What cannot be read", inspection.damage.clone()),
    ];
    let lists: Vec<(&str, Vec<String>)> = lists
        .into_iter()
        .filter(|(_, list): &(&str, Vec<String>)| !list.is_empty())
        .collect();
    let body = html! {
        @for (title, list) in &lists {
            @let body = html! { ul { @for line in list.iter().take(ROWS_MAX) { li { (Text(line)) } } } (left_out(list.len())) };
            (folded(title, &list.len().to_string(), list.len(), body))
        }
    };
    (!lists.is_empty()).then(|| Part::new("surface", "What others meet", "", body))
}

pub(super) fn signature(report: &Report) -> Part {
    let signature = &report.inspection.signature;
    let body = html! {
        @for line in inspect::signature::lines(signature.as_ref()) { p { (Text(&line)) } }
        @for certificate in signature.iter().flat_map(|signature| &signature.certificates) {
            dl {
                dt { "for" } dd { (Text(&certificate.subject())) }
                dt { "by" } dd { (Text(&certificate.issuer())) }
                dt { "valid" } dd { (Text(&certificate.validity().0)) " to " (Text(&certificate.validity().1)) }
                dt { "serial" } dd { code { (Text(&certificate.serial())) } }
            }
        }
    };
    Part::new("signature", "Signature", "", body)
}

pub(super) fn validation(report: &Report) -> Part {
    let found = &report.findings;
    let broken = RULES.iter().filter_map(|rule| {
        let own = found.iter().filter(|finding| finding.rule == rule.name);
        let own: Vec<&Finding> = own.collect();
        let level = own.iter().map(|finding| finding.level).max()?;
        Some((level, rule, own))
    });
    let mut broken: Vec<_> = broken.collect();
    broken.sort_by_key(|(level, ..)| std::cmp::Reverse(*level));
    let body = html! {
        @if broken.is_empty() { p { "None of " (RULES.len()) " rules is broken." } }
        @for (level, rule, own) in &broken {
            details open[own.len() <= OPEN_MAX && *level == Level::Error] {
                summary {
                    span class=(format!("level {}", level.name())) { (level.name()) } " "
                    b { (rule.name) } " " (rule.about) " " span.sum { (own.len()) }
                }
                (findings_of(own))
                p.note { a href=(page(rule.name)) rel="noreferrer" { "what the rule asks for" } }
            }
        }
    };
    let sum = format!("{} by {} rules", found.len(), RULES.len());
    Part::new("validation", "Validation", sum, body)
}

fn findings_of(own: &[&Finding]) -> Markup {
    html! {
        ul {
            @for finding in own.iter().take(ROWS_MAX) {
                li { code { (Text(&place(finding))) } " " (Text(&finding.message)) }
            }
        }
        (left_out(own.len()))
    }
}
