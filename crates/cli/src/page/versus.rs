//! What is different from another package: `db diff`, and custom actions as they are decoded.

use maud::{Markup, html};
use serde_json::Value as Json;

use super::{Part, ROWS_MAX, Text, folded, left_out, sign};
use crate::commands::db::diff::{array, content_line, mark, plain, shown};
use crate::commands::report::{Against, ChangedAction};
use crate::screen::counted;

pub(super) fn changes(against: &Against) -> Part {
    let told = &against.difference;
    let body = html! {
        @if told["same"] == true {
            p { "Nothing is different." }
        } @else {
            (actions(&against.custom_actions))
            (contents("Files", "files", told))
            (summary(told))
            @for table in array(&told["tables"]) { (table_of(table)) }
            (contents("Streams", "streams", told))
            (contents("Storages", "storages", told))
        }
    };
    let sum = format!("since {}", against.package);
    Part::new("changes", "What changed", sum, body)
}

fn actions(all: &[ChangedAction]) -> Markup {
    let body = html! {
        ul.actions {
            @for action in all.iter().take(ROWS_MAX) {
                @let mark = match (action.before.is_empty(), action.after.is_empty()) { (true, _) => '+', (_, true) => '-', _ => '~' };
                li {
                    (sign(mark)) " " b { (Text(&action.name)) }
                    @for line in action.before.iter().filter(|line| !action.after.contains(line)) {
                        div.gone { (sign('-')) " " (Text(line)) }
                    }
                    @for line in action.after.iter().filter(|line| !action.before.contains(line)) {
                        div.new { (sign('+')) " " (Text(line)) }
                    }
                }
            }
        }
        (left_out(all.len()))
    };
    html! { @if !all.is_empty() { (folded("Custom actions", &all.len().to_string(), all.len(), body)) } }
}

/// Files of cabinets, streams, or storages.
fn contents(title: &str, kind: &str, told: &Json) -> Markup {
    let all = array(&told[kind]);
    let body = html! {
        ul.tree {
            @for content in all.iter().take(ROWS_MAX) {
                @let name = match kind { "files" => plain(&content["file"]), _ => plain(&content["name"]) };
                @let (mark, text) = content_line(content, &name);
                li { (sign(mark)) " " (Text(&text)) }
            }
        }
        (left_out(all.len()))
    };
    html! { @if !all.is_empty() { (folded(title, &all.len().to_string(), all.len(), body)) } }
}

fn summary(told: &Json) -> Markup {
    let all = array(&told["summary"]);
    let body = html! {
        dl.wide {
            @for property in all {
                dt { (Text(&plain(&property["property"]))) }
                dd { (sides(&property["before"], &property["after"])) }
            }
        }
    };
    html! { @if !all.is_empty() { (folded("Summary information", &all.len().to_string(), all.len(), body)) } }
}

fn sides(before: &Json, after: &Json) -> Markup {
    html! {
        @if !before.is_null() { del { (Text(&shown(before))) } " " }
        @if !after.is_null() { ins { (Text(&shown(after))) } }
    }
}

fn table_of(table: &Json) -> Markup {
    let rows = array(&table["rows"]);
    let what = match mark(&table["change"]) {
        '+' => "new table, ",
        '-' => "table that goes, ",
        _ => "",
    };
    let body = html! {
        @for (mark, side) in [('-', "before"), ('+', "after")] {
            @let columns: Vec<String> = array(&table["columns"][side]).iter().map(plain).collect();
            @if !columns.is_empty() { p { (sign(mark)) " columns " code { (Text(&columns.join(" "))) } } }
        }
        div.scroll { table { tbody {
            @for row in rows.iter().take(ROWS_MAX) { (row_of(row)) }
        } } }
        (left_out(rows.len()))
    };
    let title = format!("{} ", plain(&table["name"]));
    html! {
        details open[rows.len() <= super::OPEN_MAX] {
            summary { (Text(&title)) span.sum { (what) (counted(rows.len() as u64, "row")) } }
            (body)
        }
    }
}

fn row_of(row: &Json) -> Markup {
    let key: Vec<String> = array(&row["key"]).iter().map(plain).collect();
    html! {
        tr {
            td { (sign(mark(&row["change"]))) }
            td { (Text(&key.join(" / "))) }
            td {
                @for (name, both) in row["cells"].as_object().into_iter().flatten() {
                    div { span.note { (Text(name)) } " " (sides(&both["before"], &both["after"])) }
                }
            }
        }
    }
}
