//! `db transform`: transforms made of two packages, and packages made of one and transforms.

use std::io::Cursor;
use std::path::Path;

use database::{Database, ErrorConditions, Transform, Validation};
use serde_json::json;

use super::{open, save, unreadable};
use crate::arguments::{MakeTransform, Suppress, Validate};
use crate::commands::Context;
use crate::files;
use crate::output::{End, Failure};

pub fn transform(typed: &MakeTransform, context: &mut Context<'_>) -> Result<End, Failure> {
    match (&typed.changed, typed.view) {
        (Some(changed), _) => make(typed, changed, context),
        (None, true) => view(typed, context),
        (None, false) => apply(typed, context),
    }
}

fn make(typed: &MakeTransform, changed: &str, context: &mut Context<'_>) -> Result<End, Failure> {
    let one = open(&typed.package, context)?;
    let other = open(changed, context)?;
    let validation = typed.validate.iter().copied().map(validation);
    let validation = validation.fold(Validation::default(), |all, flag| all | flag);
    let suppress = suppressed(&typed.suppress).unwrap_or_default();
    let path = output(typed)?;
    let mut bytes = Vec::new();
    one.save_transform(&other, validation, suppress, &mut bytes)
        .map_err(unreadable)?;
    let failed = |error| Failure::file("write", path, &error);
    save::write(path, typed.dry_run, context, |to| {
        to.write_all(&bytes).map_err(failed)
    })?;
    let transform = Transform::open(Cursor::new(bytes)).map_err(unreadable)?;
    let changes = transform
        .changes(&one, ErrorConditions::ALL)
        .map_err(unreadable)?;
    let tables: Vec<_> = changes.iter().map(|table| table.name.to_string()).collect();
    done(&tables, context)
}

fn apply(typed: &MakeTransform, context: &mut Context<'_>) -> Result<End, Failure> {
    let mut tables = Vec::new();
    let mut package = open(&typed.package, context)?;
    let original = open(&typed.package, context)?;
    for path in &typed.transforms {
        let transform = read(path, &original)?;
        check(typed, &transform, &package)?;
        let suppress = suppressed(&typed.suppress).unwrap_or(transform.suppressed());
        let changes = transform.changes(&package, suppress).map_err(unreadable)?;
        package
            .apply_transform(&transform, suppress)
            .map_err(unreadable)?;
        tables.extend(changes.iter().map(|table| table.name.to_string()));
    }
    tables.sort();
    tables.dedup();
    save::save(&mut package, output(typed)?, typed.dry_run, context)?;
    done(&tables, context)
}

/// Lists what transforms would change. Each is compared with the package as it is.
fn view(typed: &MakeTransform, context: &mut Context<'_>) -> Result<End, Failure> {
    let mut package = open(&typed.package, context)?;
    for path in &typed.transforms {
        let transform = read(path, &package)?;
        check(typed, &transform, &package)?;
        let suppress = suppressed(&typed.suppress).unwrap_or(transform.suppressed());
        package
            .apply_transform(&transform, suppress | ErrorConditions::VIEW)
            .map_err(unreadable)?;
    }
    let statement = "SELECT * FROM `_TransformView`";
    let selection = package.select(statement, &[]).map_err(unreadable)?;
    super::query::show(&package, Some(&selection), context)
}

/// Reads a transform: a file, or `:NAME` for one in the package.
fn read(path: &Path, package: &Database) -> Result<Transform, Failure> {
    let embedded = path.to_str().and_then(|path| path.strip_prefix(':'));
    let Some(name) = embedded else {
        let bytes = files::read(path).map_err(|error| Failure::file("read", path, &error))?;
        return Transform::open(Cursor::new(bytes)).map_err(unreadable);
    };
    let found = package.transform(name).map_err(unreadable)?;
    found.ok_or_else(|| {
        let there = package.storage_names().join(", ");
        Failure::usage(format!(
            "there is no transform {name} in the package; it has: {there}"
        ))
    })
}

fn check(typed: &MakeTransform, transform: &Transform, package: &Database) -> Result<(), Failure> {
    if !typed.validate.is_empty() {
        let what = "--validate is for transforms that are made: with --apply each says itself what it compares";
        return Err(Failure::usage(what));
    }
    transform.check(package).map_err(unreadable)
}

fn output(typed: &MakeTransform) -> Result<&Path, Failure> {
    let missing = || Failure::usage("-o FILE is missing: where does the result go?");
    typed.output.as_deref().ok_or_else(missing)
}

/// Says which tables were changed.
fn done(tables: &[String], context: &mut Context<'_>) -> Result<End, Failure> {
    if context.output.json {
        context.output.value(&json!({ "tables": tables }));
        return Ok(End::OK);
    }
    for table in tables {
        let _ = context.output.line(table);
    }
    Ok(End::OK)
}

fn validation(flag: Validate) -> Validation {
    match flag {
        Validate::Language => Validation::LANGUAGE,
        Validate::Product => Validation::PRODUCT,
        Validate::MajorVersion => Validation::MAJOR_VERSION,
        Validate::MinorVersion => Validation::MINOR_VERSION,
        Validate::UpdateVersion => Validation::UPDATE_VERSION,
        Validate::Less => Validation::LESS,
        Validate::LessOrEqual => Validation::LESS_OR_EQUAL,
        Validate::Equal => Validation::EQUAL,
        Validate::GreaterOrEqual => Validation::GREATER_OR_EQUAL,
        Validate::Greater => Validation::GREATER,
        Validate::UpgradeCode => Validation::UPGRADE_CODE,
    }
}

/// The conditions that were typed; none where none were.
fn suppressed(typed: &[Suppress]) -> Option<ErrorConditions> {
    let condition = |condition: &Suppress| match condition {
        Suppress::AddExistingRow => ErrorConditions::ADD_EXISTING_ROW,
        Suppress::DeleteMissingRow => ErrorConditions::DELETE_MISSING_ROW,
        Suppress::AddExistingTable => ErrorConditions::ADD_EXISTING_TABLE,
        Suppress::DeleteMissingTable => ErrorConditions::DELETE_MISSING_TABLE,
        Suppress::UpdateMissingRow => ErrorConditions::UPDATE_MISSING_ROW,
        Suppress::ChangeCodePage => ErrorConditions::CHANGE_CODE_PAGE,
        Suppress::All => ErrorConditions::ALL,
        Suppress::None => ErrorConditions::NONE,
    };
    let all = typed.iter().map(condition);
    all.reduce(|all, condition| all | condition)
}
