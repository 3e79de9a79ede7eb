//! `db …`: looking into packages, and making and changing them.

pub mod authored;
pub mod diff;
pub mod info;
mod merge;
pub mod patches;
mod query;
mod save;
mod text;
mod transform;
pub mod validate;

use std::io::Read;

use database::Database;
use serde_json::{Value as Json, json};

use super::Context;
use super::extract::extract;
use crate::arguments::DbVerb;
use crate::output::{End, Failure};

pub fn db(verb: &DbVerb, context: &mut Context<'_>) -> Result<End, Failure> {
    match verb {
        DbVerb::Info(typed) => info::info(typed, context),
        DbVerb::Tables(typed) => {
            let package = patches::open_patched(&typed.package, &typed.patches.files, context)?;
            tables(&package, context)
        }
        DbVerb::Streams { package } => streams(&open(package, context)?, context),
        DbVerb::Query(typed) => query::query(typed, context),
        DbVerb::Export(typed) => text::export(typed, context),
        DbVerb::Import(typed) => text::import(typed, context),
        DbVerb::Build(typed) => text::build(typed, context),
        DbVerb::Diff(typed) => diff::diff(typed, context),
        DbVerb::Transform(typed) => transform::transform(typed, context),
        DbVerb::Merge(typed) => merge::merge(typed, context),
        DbVerb::Validate(typed) => validate::validate(typed, context),
        DbVerb::Extract(typed) => extract(typed, context),
    }
}

/// Opens the database of a package of the host, or of one in the machine.
fn open(package: &str, context: &mut Context<'_>) -> Result<Database, Failure> {
    Ok(context.package(package)?.database)
}

fn unreadable(error: database::Error) -> Failure {
    installer::Error::from(error).into()
}

/// The names of the summary information's properties. "Summary Property Descriptions".
const SUMMARY: [(u32, &str); 17] = [
    (2, "title"),
    (3, "subject"),
    (4, "author"),
    (5, "keywords"),
    (6, "comments"),
    (7, "template"),
    (8, "last_saved_by"),
    (9, "revision_number"),
    (11, "last_printed"),
    (12, "create_time"),
    (13, "last_saved_time"),
    (14, "page_count"),
    (15, "word_count"),
    (16, "character_count"),
    (18, "creating_application"),
    (19, "security"),
    (1, "code_page"),
];

fn rfc3339(seconds: i64) -> Option<String> {
    jiff::Timestamp::from_second(seconds)
        .ok()
        .map(|time| time.to_string())
}

pub fn plain(value: &Json) -> String {
    match value {
        Json::String(text) => text.replace(['\r', '\n', '\t'], " "),
        Json::Null => String::new(),
        other => other.to_string(),
    }
}

fn tables(package: &Database, context: &mut Context<'_>) -> Result<End, Failure> {
    let mut told = Vec::new();
    for name in package.table_names() {
        let rows = package.rows(name).map_err(unreadable)?.rows.len();
        let columns = package
            .columns(name)
            .unwrap_or_default()
            .iter()
            .map(|column| {
                json!({
                    "name": &*column.name,
                    "type": column.definition(),
                    "key": column.key,
                    "nullable": column.nullable,
                })
            });
        told.push(json!({"name": name, "rows": rows, "columns": columns.collect::<Vec<_>>()}));
    }
    if context.output.json {
        context.output.value(&told);
        return Ok(End::OK);
    }
    for table in &told {
        let columns = table["columns"].as_array().map(|columns| {
            let shown = columns
                .iter()
                .map(|column| format!("{}:{}", plain(&column["name"]), plain(&column["type"])));
            shown.collect::<Vec<_>>().join(" ")
        });
        let line = format!(
            "{:<28} {:>6}  {}",
            plain(&table["name"]),
            table["rows"],
            columns.unwrap_or_default()
        );
        if context.output.line(&line).is_err() {
            break;
        }
    }
    Ok(End::OK)
}

fn streams(package: &Database, context: &mut Context<'_>) -> Result<End, Failure> {
    let mut told = Vec::new();
    for name in package.stream_names() {
        told.push(json!({"name": name, "bytes": size_of(package, name)?}));
    }
    if context.output.json {
        context.output.value(&told);
        return Ok(End::OK);
    }
    for stream in &told {
        let _ = context.output.line(&format!(
            "{:>12}  {}",
            stream["bytes"],
            plain(&stream["name"])
        ));
    }
    Ok(End::OK)
}

fn size_of(package: &Database, name: &str) -> Result<u64, Failure> {
    let Some(mut stream) = package.stream(name).map_err(unreadable)? else {
        return Ok(0);
    };
    let (mut size, mut block) = (0, [0; 8192]);
    loop {
        match stream.read(&mut block) {
            Ok(0) => return Ok(size),
            Ok(count) => size += count as u64,
            Err(error) => {
                return Err(Failure::file(
                    "read stream",
                    std::path::Path::new(name),
                    &error,
                ));
            }
        }
    }
}
