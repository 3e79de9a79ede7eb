//! What a package is: the head of the page, and `db info`.

use indicatif::BinaryBytes;
use maud::{Markup, html};
use validation::Level;

use super::{Part, Text, folded};
use crate::commands::db::info::detection_text;
use crate::commands::report::Report;

/// The name, and what one wants to know at once.
pub(super) fn header(report: &Report) -> Markup {
    let described = &report.sheet.described;
    let by = described.manufacturer.as_deref().unwrap_or_default();
    html! {
        header {
            h1 { (Text(&report.sheet.heading)) }
            @if !by.is_empty() { p.by { "by " (Text(by)) } }
            ul.tiles {
                @for tile in tiles(report) {
                    li class=[tile.class] { b { (tile.number) } " " (tile.of) }
                }
            }
        }
    }
}

/// A number that stands out.
struct Tile {
    class: Option<&'static str>,
    number: String,
    of: String,
}

fn tiles(report: &Report) -> Vec<Tile> {
    let described = &report.sheet.described;
    let count = |level| {
        let found = report.findings.iter();
        found.filter(|finding| finding.level == level).count()
    };
    let code = report.inspection.custom_actions.iter();
    let code = code.filter(|action| action.is_code()).count();
    let tile = |number: String, of: &str, class| Tile {
        class,
        number,
        of: of.to_owned(),
    };
    let count_of = |count: u64, noun: &str, class: Option<&'static str>| Tile {
        class: class.filter(|_| count > 0),
        number: count.to_string(),
        of: noun_of(count, noun),
    };
    let (errors, warnings) = (count(Level::Error), count(Level::Warning));
    let signed = match &report.inspection.signature {
        None => ("not", Some("warning")),
        Some(signature) if signature.faults().is_empty() => ("is", None),
        Some(_) => ("wrongly", Some("error")),
    };
    vec![
        count_of(described.file_count, "file", None),
        tile(
            BinaryBytes(described.file_bytes).to_string(),
            "of files",
            None,
        ),
        count_of(described.feature_count, "feature", None),
        count_of(code as u64, "code action", Some("warning")),
        count_of(errors as u64, "error", Some("error")),
        count_of(warnings as u64, "warning", Some("warning")),
        tile(signed.0.to_owned(), "signed", signed.1),
    ]
}

fn noun_of(count: u64, noun: &str) -> String {
    match count {
        1 => noun.to_owned(),
        _ => format!("{noun}s"),
    }
}

/// What `db info` says.
pub(super) fn facts(report: &Report) -> Part {
    let sheet = &report.sheet;
    let body = html! {
        dl {
            @for (label, value) in &sheet.facts {
                dt { (label) }
                dd { (Text(value)) }
            }
            @if let Some(sha256) = &report.sha256 {
                dt { "SHA-256" }
                dd { code { (sha256) } }
            }
            @if let Some(detection) = &sheet.described.detection {
                dt { "detected by" }
                dd { code { (Text(&detection.key)) } ", " (Text(&detection_text(detection))) }
            }
        }
        (properties(report))
        h3 { "Install and remove it silently, with a log" }
        pre { @for line in sheet.lines.all() { (Text(line)) "\n" } }
    };
    Part::new("what", "What it is", "", body)
}

fn properties(report: &Report) -> Markup {
    let (own, others) = (&report.sheet.properties, &report.sheet.others);
    let count = own.len() + others.len();
    let body = html! {
        dl.wide {
            @for (name, value) in own {
                dt { (Text(name)) }
                dd { (Text(value)) }
            }
        }
        @if !others.is_empty() {
            p { "others: " (Text(&others.join(", "))) }
        }
    };
    html! {
        @if count > 0 {
            (folded("Properties that can be set", &count.to_string(), own.len(), body))
        }
    }
}
