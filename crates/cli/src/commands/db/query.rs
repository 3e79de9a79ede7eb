//! `db query`: one SQL statement, and with `--write` one that changes the package.

use std::path::Path;

use database::{Database, Field, Selection, Value};
use serde_json::{Map, Value as Json, json};

use super::patches::open_patched;
use super::{plain, save, size_of, unreadable};
use crate::arguments::Query;
use crate::commands::Context;
use crate::files;
use crate::output::{End, Failure};

pub fn query(typed: &Query, context: &mut Context<'_>) -> Result<End, Failure> {
    let parameters = typed.parameters.iter().map(|text| parameter(text));
    let parameters = parameters.collect::<Result<Vec<_>, _>>()?;
    if !typed.write {
        let package = open_patched(&typed.package, &typed.patches.files, context)?;
        let values: Vec<Value> = parameters.iter().map(value).collect();
        let selection = package.select(&typed.statement, &values);
        let selection = selection.map_err(|error| {
            let mut failure = unreadable(error);
            if !begins_with_select(&typed.statement) {
                failure.message.push_str(" (with --write it may)");
            }
            failure
        })?;
        return show(&package, Some(&selection), context);
    }
    let mut package = save::open_or_make(&typed.package)?;
    let selection = package.execute(&typed.statement, &parameters);
    let selection = selection.map_err(unreadable)?;
    if package.is_changed() {
        save::save(
            &mut package,
            Path::new(&typed.package),
            typed.dry_run,
            context,
        )?;
    }
    show(&package, selection.as_ref(), context)
}

fn begins_with_select(statement: &str) -> bool {
    let word = statement.trim_start().get(..6);
    word.is_some_and(|word| word.eq_ignore_ascii_case("select"))
}

/// A parameter: text, which becomes a number where the column holds numbers; `@FILE` is a stream, `@@` begins a text
/// with `@`.
fn parameter(text: &str) -> Result<Field, Failure> {
    match text.strip_prefix('@') {
        Some(escaped) if escaped.starts_with('@') => Ok(Field::from(escaped)),
        Some(file) => {
            let bytes = files::read(Path::new(file));
            let bytes = bytes.map_err(|error| Failure::file("read", Path::new(file), &error))?;
            Ok(Field::Bytes(bytes.into()))
        }
        None => Ok(Field::from(text)),
    }
}

fn value(field: &Field) -> Value {
    match field {
        Field::Value(value) => value.clone(),
        Field::Bytes(_) => Value::Null,
    }
}

pub fn show(
    package: &Database,
    selection: Option<&Selection>,
    context: &mut Context<'_>,
) -> Result<End, Failure> {
    let rows = match selection {
        Some(selection) => rows(package, selection)?,
        None => Vec::new(),
    };
    if context.output.json {
        context.output.value(&rows);
        return Ok(End::OK);
    }
    for row in &rows {
        let line: Vec<String> = row.values().map(plain_cell).collect();
        if context.output.line(&line.join("\t")).is_err() {
            break;
        }
    }
    Ok(End::OK)
}

fn rows(package: &Database, selection: &Selection) -> Result<Vec<Map<String, Json>>, Failure> {
    let mut rows = Vec::new();
    for row in &selection.rows {
        let mut told = Map::new();
        for (column, value) in selection.columns.iter().zip(row) {
            let value = match value {
                Value::Null => Json::Null,
                Value::Integer(number) => json!(number),
                Value::Text(text) => json!(&**text),
                Value::Stream(name) => json!({"stream": &**name, "bytes": size_of(package, name)?}),
            };
            told.insert(column.name().to_owned(), value);
        }
        rows.push(told);
    }
    Ok(rows)
}

fn plain_cell(value: &Json) -> String {
    match value.get("stream") {
        Some(name) => format!("[{}]", plain(name)),
        None => plain(value),
    }
}
