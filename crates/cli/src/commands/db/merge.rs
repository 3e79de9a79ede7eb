//! `db merge`: a merge module merged into a package; and what a module says of itself.

use std::collections::BTreeMap;
use std::path::Path;

use database::{
    ConfigurationItem, Database, ItemFormat, MergeOptions, MergeProblem, Merged, Module,
    ModuleCabinet, Value,
};
use installer::code;
use serde_json::{Map, Value as Json, json};

use super::{open, plain, save, unreadable};
use crate::arguments::{DryRun, MergeModule};
use crate::commands::Context;
use crate::output::{End, Failure};

pub fn merge(typed: &MergeModule, context: &mut Context<'_>) -> Result<End, Failure> {
    let mut package = save::open_or_make(&typed.package)?;
    let module = open(&typed.module, context)?;
    let module = Module::new(module).map_err(|error| named(&typed.module, error))?;
    let module = in_language(module, typed, &package)?;
    let options = options(typed, &package)?;
    let merged = package.merge_module(&module, &options);
    let merged = merged.map_err(|error| named(&typed.module, error))?;
    if stopped(&merged, typed.keep) {
        return Err(refused(typed, &merged, context));
    }
    if let (Some(path), Some(cabinet)) = (&typed.cabinet, module.cabinet().map_err(unreadable)?) {
        let failed = |error| Failure::file("write", path, &error);
        save::write(path, typed.dry_run, context, |to| {
            to.write_all(&cabinet).map_err(failed)
        })?;
    }
    let output = typed.output.as_deref();
    let output = output.unwrap_or(Path::new(&typed.package));
    if typed.uncompressed {
        lay_out(&module, &package, &merged, output, typed.dry_run, context)?;
    }
    save::save(&mut package, output, typed.dry_run, context)?;
    tell(&module, &merged, context);
    Ok(End::OK)
}

/// Names the module in a failure.
fn named(module: &str, error: database::Error) -> Failure {
    let mut failure = unreadable(error);
    failure.message = format!("{module}: {}", failure.message);
    failure
}

fn in_language(module: Module, typed: &MergeModule, package: &Database) -> Result<Module, Failure> {
    let of_package = package.product_properties().map_err(unreadable)?.language;
    match typed.language.or(of_package.trim().parse().ok()) {
        Some(language) => {
            let module = module.into_language(language);
            module.map_err(|error| named(&typed.module, error))
        }
        None => Ok(module),
    }
}

fn options(typed: &MergeModule, package: &Database) -> Result<MergeOptions, Failure> {
    let mut items = BTreeMap::new();
    for item in &typed.items {
        let Some((name, value)) = item.split_once('=') else {
            return Err(Failure::usage(format!(
                "--config takes ITEM=VALUE, and not `{item}`"
            )));
        };
        items.insert(name.to_owned(), value.to_owned());
    }
    let mut features = typed.features.clone();
    if features.is_empty() {
        let there = package.rows("Feature").map_err(unreadable)?;
        let names: Vec<String> = there.records().map(|record| record.key()).collect();
        if names.len() != 1 {
            let names = names.join(", ");
            return Err(Failure::usage(format!(
                "--feature F is missing: the package has {names}"
            )));
        }
        features = names;
    }
    let cabinet = match typed.cabinet.as_ref().and_then(|path| path.file_name()) {
        Some(name) => ModuleCabinet::External(name.to_string_lossy().into_owned()),
        None if typed.uncompressed => ModuleCabinet::LaidOut,
        None => ModuleCabinet::Embedded,
    };
    Ok(MergeOptions {
        features,
        folder: typed.directory.clone(),
        items,
        cabinet,
        keep: typed.keep,
    })
}

/// Writes the module's files beside the package.
fn lay_out(
    module: &Module,
    package: &Database,
    merged: &Merged,
    output: &Path,
    dry_run: DryRun,
    context: &mut Context<'_>,
) -> Result<(), Failure> {
    let Some(cabinet) = module.cabinet().map_err(unreadable)? else {
        return Ok(());
    };
    let folder = match output.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    if dry_run.dry_run {
        let count = merged.files.len();
        context.would(&format!("write {count} files below {}", folder.display()));
        return Ok(());
    }
    installer::lay_out(package, &merged.files, cabinet, folder)?;
    Ok(())
}

/// Does what speaks against the merge stop it?
fn stopped(merged: &Merged, keep: bool) -> bool {
    let only_row = |problem: &MergeProblem| matches!(problem, MergeProblem::Row { .. });
    !merged
        .problems
        .iter()
        .all(|problem| keep && only_row(problem))
}

/// What speaks against a merge, line by line; the package stays as it is.
fn refused(typed: &MergeModule, merged: &Merged, context: &mut Context<'_>) -> Failure {
    for problem in &merged.problems {
        context.output.note(&problem.to_string());
    }
    let only_rows = |problem: &MergeProblem| matches!(problem, MergeProblem::Row { .. });
    let advice = match merged.problems.iter().all(only_rows) {
        true => "; --keep merges the others and keeps the package's rows",
        false => "",
    };
    let (module, count) = (&typed.module, merged.problems.len());
    let things = if count == 1 {
        "thing speaks"
    } else {
        "things speak"
    };
    let message = format!("{module} is not merged: {count} {things} against it{advice}");
    let mut more = Map::new();
    more.insert("problems".to_owned(), problems(merged));
    Failure {
        code: code::FUNCTION_FAILED,
        message,
        more,
    }
}

fn problems(merged: &Merged) -> Json {
    merged.problems.iter().map(problem).collect()
}

fn problem(problem: &MergeProblem) -> Json {
    let message = problem.to_string();
    match problem {
        MergeProblem::AlreadyMerged { id, language } => {
            json!({"kind": "already_merged", "message": message, "module": id, "language": language})
        }
        MergeProblem::Exclusion {
            by,
            excluded,
            language,
        } => json!({
            "kind": "exclusion", "message": message, "by": by, "module": excluded, "language": language,
        }),
        MergeProblem::Row { table, key, cells } => {
            let cells = cells.iter().map(|(column, package, module)| {
                json!({"column": column, "package": value(package), "module": value(module)})
            });
            let cells: Vec<Json> = cells.collect();
            json!({"kind": "row", "message": message, "table": table, "key": key, "cells": cells})
        }
        MergeProblem::NoBaseAction {
            table,
            action,
            base,
        } => json!({
            "kind": "no_base_action", "message": message, "table": table, "action": action, "base": base,
        }),
    }
}

fn value(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Integer(number) => json!(number),
        other => json!(other.to_string()),
    }
}

/// Says what was merged.
fn tell(module: &Module, merged: &Merged, context: &mut Context<'_>) {
    let signature = module.signature();
    let missing = merged
        .missing
        .iter()
        .map(|one| json!({"module": one.id, "language": one.language, "version": one.version}));
    if context.output.json {
        let disk = merged.disk.as_ref();
        let disk = disk.map(|(number, cabinet)| json!({"disk_id": number, "cabinet": cabinet}));
        context.output.value(&json!({
            "module": signature.id,
            "language": signature.language,
            "version": signature.version,
            "tables": merged.tables,
            "disk": disk,
            "missing": missing.collect::<Vec<_>>(),
            "problems": problems(merged),
        }));
        return;
    }
    for problem in &merged.problems {
        context
            .output
            .note(&format!("{problem}: the package's row is kept"));
    }
    for one in &merged.missing {
        let version = match one.version.as_str() {
            "" => String::new(),
            version => format!(" {version}"),
        };
        let id = &one.id;
        context.output.note(&format!(
            "the module needs another one that is not there yet: {id}{version}"
        ));
    }
    let (id, language) = (&signature.id, signature.language);
    let _ = context.output.line(&format!(
        "merged {id} {}, language {language}",
        signature.version
    ));
    for (table, rows) in &merged.tables {
        let rows_word = if *rows == 1 { "row" } else { "rows" };
        let _ = context
            .output
            .line(&format!("{table:<28} {rows:>6} {rows_word}"));
    }
}

/// Tells what a module says of itself, where the file is one.
pub fn tell_module(database: Database, told: &mut Map<String, Json>) -> Result<(), Failure> {
    let Ok(module) = Module::new(database) else {
        return Ok(());
    };
    let signature = module.signature();
    let items = module.items().map_err(unreadable)?;
    let dependencies = module.dependencies().map_err(unreadable)?;
    let dependencies = dependencies
        .iter()
        .map(|one| json!({"module": one.id, "language": one.language, "version": one.version}));
    told.insert(
        "module".to_owned(),
        json!({
            "id": signature.id,
            "language": signature.language,
            "version": signature.version,
            "languages": module.languages(),
            "items": items.iter().map(item).collect::<Vec<_>>(),
            "needs": dependencies.collect::<Vec<_>>(),
        }),
    );
    Ok(())
}

fn item(item: &ConfigurationItem) -> Json {
    let format = match item.format {
        ItemFormat::Text => "text",
        ItemFormat::Key => "key",
        ItemFormat::Integer => "integer",
        ItemFormat::Bitfield => "bitfield",
    };
    json!({
        "name": item.name,
        "format": format,
        "type": item.kind,
        "context": item.context,
        "default": item.default,
        "attributes": item.attributes,
        "display_name": item.display_name,
        "description": item.description,
    })
}

/// What a module says of itself, for people.
pub fn lines(told: &Map<String, Json>) -> Vec<String> {
    let Some(module) = told.get("module") else {
        return Vec::new();
    };
    let list = |name: &str| module[name].as_array().cloned().unwrap_or_default();
    let languages: Vec<String> = list("languages").iter().map(plain).collect();
    let (id, version) = (plain(&module["id"]), plain(&module["version"]));
    let mut lines = vec![
        format!("{:<20} {id} {version}", "module"),
        format!("{:<20} {}", "languages", languages.join(", ")),
    ];
    for one in list("needs") {
        let (id, version) = (plain(&one["module"]), plain(&one["version"]));
        lines.push(
            format!("{:<20} {id} {version}", "needs")
                .trim_end()
                .to_owned(),
        );
    }
    for item in list("items") {
        let (name, format) = (plain(&item["name"]), plain(&item["format"]));
        let (default, shown) = (plain(&item["default"]), plain(&item["display_name"]));
        lines.push(
            format!(
                "{:<20} {name} ({format}) [default: {default}] {shown}",
                "item"
            )
            .trim_end()
            .to_owned(),
        );
    }
    lines
}
