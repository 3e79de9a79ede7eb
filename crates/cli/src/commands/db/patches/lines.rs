//! What patches and transforms say, in lines for people.

use serde_json::Value as Json;

use super::Told;
use crate::commands::db::plain;

/// The member of JSON, the word before each line, and how an item is shown.
type Part = (&'static str, &'static str, fn(&Json) -> String);

/// What is told beyond the summary.
pub fn lines(told: &Told) -> Vec<String> {
    let parts: [Part; 8] = [
        ("obsoletes", "obsoletes", plain),
        ("targets", "target", plain),
        ("sources", "source", plain),
        ("transforms", "transform", transform),
        ("sequence", "family", family),
        ("media", "disk", disk),
        ("metadata", "metadata", metadata),
        ("patches", "patch", patch),
    ];
    let mut lines = Vec::new();
    if let Some(code) = told.get("patch_code") {
        lines.push(format!("{:<20} {}", "patch_code", plain(code)));
    }
    for (name, label, shown) in parts {
        let items = told.get(name).and_then(Json::as_array);
        let items = items.into_iter().flatten();
        lines.extend(items.map(|item| format!("{label:<20} {}", shown(item))));
    }
    lines
}

/// A text with something around it; nothing where there is none.
fn around(before: &str, text: &Json, after: &str) -> String {
    match plain(text) {
        text if text.is_empty() => text,
        text => format!("{before}{text}{after}"),
    }
}

fn transform(transform: &Json) -> String {
    let name = around("", &transform["name"], ": ");
    let product = |side: &str| {
        let product = &transform[side];
        let (code, version) = (plain(&product["product_code"]), plain(&product["version"]));
        format!("{code} {version}")
    };
    let (from, to) = (product("from"), product("to"));
    let kind = plain(&transform["kind"]);
    let change = match kind.as_str() {
        "small" => from,
        _ => format!("{from} -> {to}"),
    };
    let compared = transform["validation"].as_array();
    let compared: Vec<String> = compared.into_iter().flatten().map(plain).collect();
    let compared = match compared.is_empty() {
        true => "nothing".to_owned(),
        false => compared.join(", "),
    };
    format!("{name}{kind} update of {change}; compares {compared}")
}

fn family(family: &Json) -> String {
    let supersedes = match family["supersedes_earlier"] == true {
        true => ", supersedes earlier ones",
        false => "",
    };
    let product = around(" for ", &family["product_code"], "");
    let (name, place) = (plain(&family["family"]), plain(&family["sequence"]));
    format!("{name} {place}{product}{supersedes}")
}

fn disk(disk: &Json) -> String {
    let (number, cabinet) = (&disk["disk_id"], plain(&disk["cabinet"]));
    let source = around(", from [", &disk["source"], "]");
    format!(
        "{number} {cabinet} for {}{source}",
        plain(&disk["transform"])
    )
}

fn metadata(one: &Json) -> String {
    let company = around(" (", &one["company"], ")");
    let (property, value) = (plain(&one["property"]), plain(&one["value"]));
    format!("{property}{company}: {value}")
}

fn patch(patch: &Json) -> String {
    let file = plain(&patch["file"]);
    match patch["applied"] == true {
        true => format!(
            "{}. {file} ({})",
            patch["place"],
            plain(&patch["transform"])
        ),
        false => format!("{file} is not applied: {}", plain(&patch["reason"])),
    }
}
