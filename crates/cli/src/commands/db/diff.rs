//! `db diff`: what is different in another package, for people, for programs, and as an exit status.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io::{Read, Seek, SeekFrom};

use cabinet::{Member, NoVolumes, Sink, Verdict};
use database::{Column, Database, Difference, RowDifference, SummaryValue, TableDifference, Value};
use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};

use super::patches::open_patched;
use super::{SUMMARY, open, rfc3339, size_of, unreadable};
use crate::arguments::Compare;
use crate::commands::Context;
use crate::output::{End, Failure};
use crate::screen::painted;

pub fn diff(typed: &Compare, context: &mut Context<'_>) -> Result<End, Failure> {
    let one = open(&typed.before, context)?;
    let after = typed.after.as_ref().unwrap_or(&typed.before);
    let other = open_patched(after, &typed.files, context)?;
    let told = compare(&one, &other)?;
    let end = End::Status(u8::from(told["same"] != true));
    if context.output.json {
        context.output.value(&told);
        return Ok(end);
    }
    let color = context.colors();
    for line in lines(&told) {
        let text = painted(color, line.mark, &line.text);
        if context.output.line(&text).is_err() {
            break;
        }
    }
    Ok(end)
}

/// `added`, `removed` or `changed`.
fn change(before: bool, after: bool) -> &'static str {
    match (before, after) {
        (false, _) => "added",
        (true, false) => "removed",
        (true, true) => "changed",
    }
}

/// What is different in another package, as programs get it.
///
/// Errors: what cannot be read of either.
pub fn compare(one: &Database, other: &Database) -> Result<Json, Failure> {
    let difference = one.difference(other).map_err(unreadable)?;
    told(&difference, one, other)
}

fn told(difference: &Difference, one: &Database, other: &Database) -> Result<Json, Failure> {
    let summary = difference.summary.iter().map(|(number, before, after)| {
        let name = SUMMARY.iter().find(|(other, _)| other == number);
        json!({
            "property": name.map_or_else(|| number.to_string(), |(_, name)| (*name).to_owned()),
            "before": before.as_ref().map(property),
            "after": after.as_ref().map(property),
        })
    });
    let (mut streams, mut files) = (Vec::new(), Vec::new());
    for (name, before, after) in &difference.streams {
        streams.push(json!({
            "name": name,
            "change": change(*before, *after),
            "before": content(one, name)?,
            "after": content(other, name)?,
        }));
        files.extend(cabinet_files(one, other, name)?);
    }
    let storages = difference
        .storages
        .iter()
        .map(|(name, before, after)| json!({"name": name, "change": change(*before, *after)}));
    Ok(json!({
        "same": difference.is_empty(),
        "code_page": difference.code_page.map(|(before, after)| json!({"before": before, "after": after})),
        "summary": summary.collect::<Vec<_>>(),
        "tables": difference.tables.iter().map(table).collect::<Vec<_>>(),
        "streams": streams,
        "storages": storages.collect::<Vec<_>>(),
        "files": files,
    }))
}

fn property(value: &SummaryValue) -> Json {
    match value {
        SummaryValue::Integer(number) => json!(number),
        SummaryValue::Text(text) => json!(&**text),
        SummaryValue::Time(time) => json!(rfc3339(time.unix_seconds())),
    }
}

fn table(table: &TableDifference) -> Json {
    let columns = |columns: &Option<Vec<Column>>| {
        let column = |column: &Column| {
            let key = if column.key { "*" } else { "" };
            format!("{}:{}{key}", column.name, column.definition())
        };
        let columns = columns.as_ref();
        columns.map(|columns| columns.iter().map(column).collect::<Vec<_>>())
    };
    let (before, after) = (columns(&table.before), columns(&table.after));
    json!({
        "name": &*table.name,
        "change": change(before.is_some(), after.is_some()),
        "columns": (before != after).then(|| json!({"before": before, "after": after})),
        "rows": table.rows.iter().map(row).collect::<Vec<_>>(),
    })
}

fn row(row: &RowDifference) -> Json {
    let cells = row.cells.iter().map(|(name, before, after)| {
        let sides = json!({"before": cell(before), "after": cell(after)});
        (name.to_string(), sides)
    });
    json!({
        "key": row.key.iter().map(cell).collect::<Vec<_>>(),
        "change": change(row.before, row.after),
        "cells": cells.collect::<Map<_, _>>(),
    })
}

fn cell(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Integer(number) => json!(number),
        Value::Text(text) => json!(&**text),
        Value::Stream(name) => json!({"stream": &**name}),
    }
}

/// A stream's length and hash; null where it is not there.
fn content(package: &Database, name: &str) -> Result<Json, Failure> {
    let Some(mut stream) = package.stream(name).map_err(unreadable)? else {
        return Ok(Json::Null);
    };
    let mut hash = Sha256::new();
    let mut block = [0; 1 << 14];
    loop {
        let failed = |error| Failure::file("read stream", std::path::Path::new(name), &error);
        match stream.read(&mut block).map_err(failed)? {
            0 => break,
            count => hash.update(&block[..count]),
        }
    }
    Ok(json!({"bytes": size_of(package, name)?, "sha256": hex(hash)}))
}

/// A hash in hexadecimal digits.
pub fn hex(hash: Sha256) -> String {
    let bytes = hash.finalize();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The files of a cabinet, by name: their length and hash.
#[derive(Default)]
struct Files {
    found: BTreeMap<String, (u32, String)>,
    hash: Sha256,
}

impl Sink for Files {
    type Error = Infallible;

    fn begin(&mut self, _: &Member) -> Result<Verdict, Infallible> {
        self.hash = Sha256::new();
        Ok(Verdict::Take)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Infallible> {
        self.hash.update(bytes);
        Ok(())
    }

    fn end(&mut self, member: &Member) -> Result<(), Infallible> {
        let hash = hex(std::mem::take(&mut self.hash));
        self.found.insert(member.name.clone(), (member.size, hash));
        Ok(())
    }
}

/// The files of a stream that is a whole cabinet; none where it is none, or one that cannot be read.
fn files(package: &Database, name: &str) -> Result<BTreeMap<String, (u32, String)>, Failure> {
    let Some(mut stream) = package.stream(name).map_err(unreadable)? else {
        return Ok(BTreeMap::new());
    };
    let mut begin = [0; 4];
    let is_cabinet = stream.read_exact(&mut begin).is_ok() && &begin == b"MSCF";
    let mut files = Files::default();
    if is_cabinet && stream.seek(SeekFrom::Start(0)).is_ok() {
        let read = cabinet::extract(Box::new(stream), &mut NoVolumes, &mut files);
        if read.is_err() {
            return Ok(BTreeMap::new());
        }
    }
    Ok(files.found)
}

fn cabinet_files(one: &Database, other: &Database, name: &str) -> Result<Vec<Json>, Failure> {
    let (before, after) = (files(one, name)?, files(other, name)?);
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.sort();
    names.dedup();
    let side = |found: Option<&(u32, String)>| match found {
        Some((size, hash)) => json!({"bytes": size, "sha256": hash}),
        None => Json::Null,
    };
    let mut told = Vec::new();
    for file in names {
        let (old, new) = (before.get(file), after.get(file));
        if old != new {
            told.push(json!({
                "cabinet": name,
                "file": file,
                "change": change(old.is_some(), new.is_some()),
                "before": side(old),
                "after": side(new),
            }));
        }
    }
    Ok(told)
}

/// A line for people, and what it is about: `+`, `-`, `~`, or a heading.
struct Line {
    mark: char,
    text: String,
}

fn lines(told: &Json) -> Vec<Line> {
    let mut lines = Vec::new();
    if !told["code_page"].is_null() {
        let page = &told["code_page"];
        lines.push(line(
            '~',
            format!("code page: {} -> {}", page["before"], page["after"]),
        ));
    }
    for property in array(&told["summary"]) {
        let text = format!(
            "summary {}: {} -> {}",
            plain(&property["property"]),
            shown(&property["before"]),
            shown(&property["after"])
        );
        lines.push(line('~', text));
    }
    for table in array(&told["tables"]) {
        table_lines(table, &mut lines);
    }
    for (kind, name) in [
        ("streams", "stream"),
        ("storages", "storage"),
        ("files", "file"),
    ] {
        for content in array(&told[kind]) {
            let title = match kind {
                "files" => format!("{}/{}", plain(&content["cabinet"]), plain(&content["file"])),
                _ => plain(&content["name"]),
            };
            let (mark, text) = content_line(content, &format!("{name} {title}"));
            lines.push(line(mark, text));
        }
    }
    lines
}

fn line(mark: char, text: String) -> Line {
    let text = match mark {
        ' ' => text,
        mark => format!("{mark} {text}"),
    };
    Line { mark, text }
}

/// `+`, `-` or `~`, of `added`, `removed` and all else.
pub fn mark(change: &Json) -> char {
    match change.as_str() {
        Some("added") => '+',
        Some("removed") => '-',
        _ => '~',
    }
}

fn table_lines(table: &Json, lines: &mut Vec<Line>) {
    let name = plain(&table["name"]);
    match mark(&table["change"]) {
        '~' => lines.push(line(' ', format!("table {name}"))),
        mark => lines.push(line(mark, format!("table {name}"))),
    }
    let columns = |side: &Json| array(side).iter().map(plain).collect::<Vec<_>>().join(" ");
    for (mark, side) in [('-', "before"), ('+', "after")] {
        let side = &table["columns"][side];
        if !side.is_null() {
            lines.push(line(mark, format!("  columns {}", columns(side))));
        }
    }
    for row in array(&table["rows"]) {
        let key: Vec<String> = array(&row["key"]).iter().map(plain).collect();
        let mark = mark(&row["change"]);
        let mut cells = Vec::new();
        for (name, sides) in row["cells"].as_object().into_iter().flatten() {
            cells.push(match mark {
                '+' => format!("{name}={}", shown(&sides["after"])),
                '-' => format!("{name}={}", shown(&sides["before"])),
                _ => format!(
                    "{name}: {} -> {}",
                    shown(&sides["before"]),
                    shown(&sides["after"])
                ),
            });
        }
        let text = format!("  {}  {}", key.join("/"), cells.join(", "));
        lines.push(line(mark, text));
    }
}

/// A mark and a line for what a stream, storage or file was and is.
pub fn content_line(content: &Json, title: &str) -> (char, String) {
    let side = |side: &Json| match side.get("bytes") {
        Some(bytes) => {
            let hash = plain(&side["sha256"]);
            format!("{bytes} bytes {}", hash.get(..12).unwrap_or(&hash))
        }
        None => String::new(),
    };
    let mark = mark(&content["change"]);
    let sides = [side(&content["before"]), side(&content["after"])];
    let sides: Vec<String> = sides.into_iter().filter(|side| !side.is_empty()).collect();
    match sides.is_empty() {
        true => (mark, title.to_owned()),
        false => (mark, format!("{title}: {}", sides.join(" -> "))),
    }
}

/// The values of an array; none of all else.
pub fn array(value: &Json) -> &[Json] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// A value as it is; nothing for null.
pub fn plain(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Null => String::new(),
        other => other.to_string(),
    }
}

/// A value between quotes where it is text, on one line.
pub fn shown(value: &Json) -> String {
    match value.get("stream") {
        Some(name) => format!("[{}]", plain(name)),
        None => value.to_string(),
    }
}
