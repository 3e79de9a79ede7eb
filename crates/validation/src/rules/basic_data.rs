//! Data against its columns. "ICE03", "ICE06", "_Validation Table".

use std::collections::{HashMap, HashSet};

use database::{ColumnKind, Record, Table, Value};

use super::merge_modules::NO_FEATURE;
use crate::category;
use crate::columns::{Known, column as known};
use crate::finding::{Findings, cell, column, row, table as whole};
use crate::package::{Package, base_type};

/// Data fits its column.
pub(super) fn ice03(package: &Package<'_>, found: &mut Findings) {
    validation_rows(package, found);
    let mut keys = Keys::default();
    for table in package.tables() {
        if !table.name.starts_with('_') {
            untold_columns(package, table, found);
            unique_keys(table, found);
            for (place, _) in table.columns.iter().enumerate() {
                column_data(package, table, place, &mut keys, found);
            }
        }
    }
    custom_sources(package, found);
}

/// Every column that `_Validation` tells is in the database, where its table is.
pub(super) fn ice06(package: &Package<'_>, found: &mut Findings) {
    for told in package.rows("_Validation") {
        let (table, name) = (told.text("Table"), told.text("Column"));
        if let Some(table) = package.table(table)
            && table.column(name).is_none()
        {
            found.error(
                column(&table.name, name),
                "_Validation tells this column, and the table does not have it",
            );
        }
    }
}

/// The rows of `_Validation` itself.
fn validation_rows(package: &Package<'_>, found: &mut Findings) {
    let told: HashSet<&str> = package
        .rows("_Validation")
        .map(|row| row.text("Table"))
        .collect();
    let exists = |table: &str| {
        package.has(table) || told.contains(table) || crate::columns::is_documented(table)
    };
    for told in package.rows("_Validation") {
        let category = told.text("Category");
        if !category.is_empty() && !category::is_known(category) {
            let what = format!("there is no category {category:?}");
            found.error(cell(&told, "Category"), what);
        }
        for table in told.text("KeyTable").split(';').map(str::trim) {
            if !table.is_empty() && !exists(table) {
                let what = format!("the table {table:?} is not there");
                found.error(cell(&told, "KeyTable"), what);
            }
        }
        if let (Some(min), Some(max)) = (told.integer("MinValue"), told.integer("MaxValue"))
            && max < min
        {
            let what = format!("the highest value, {max}, is below the lowest, {min}");
            found.error(cell(&told, "MaxValue"), what);
        }
    }
}

/// A table whose columns `_Validation` does not tell cannot be checked as its author meant it.
fn untold_columns(package: &Package<'_>, table: &Table, found: &mut Findings) {
    let is_untold = |name: &str| known(package, &table.name, name).is_none();
    let untold: Vec<&str> = table
        .columns
        .iter()
        .map(|column| &*column.name)
        .filter(|name| is_untold(name))
        .collect();
    if !untold.is_empty() {
        let what = format!(
            "_Validation does not tell its columns {}",
            untold.join(", ")
        );
        found.warning(whole(&table.name), what);
    }
}

fn unique_keys(table: &Table, found: &mut Findings) {
    let mut seen = HashSet::new();
    for record in table.records() {
        if !seen.insert(table.key(record.row)) {
            found.error(row(&record), "another row has the same primary key");
        }
    }
    for column in table.columns.iter() {
        if column.key && column.localizable {
            found.error(
                crate::finding::column(&table.name, &column.name),
                "a primary key cannot be localized",
            );
        }
    }
}

/// The values of key columns, by table and place.
#[derive(Default)]
struct Keys(HashMap<(String, usize), HashSet<Value>>);

impl Keys {
    fn has(&mut self, package: &Package<'_>, table: &str, place: usize, value: &Value) -> bool {
        let values = self.0.entry((table.to_owned(), place)).or_insert_with(|| {
            let rows = package.rows(table);
            rows.filter_map(|record| record.row.get(place).cloned())
                .collect()
        });
        values.contains(value)
    }
}

fn column_data(
    package: &Package<'_>,
    table: &Table,
    place: usize,
    keys: &mut Keys,
    found: &mut Findings,
) {
    let column = &table.columns[place];
    let known = known(package, &table.name, &column.name);
    for record in table.records() {
        let Some(value) = record.row.get(place) else {
            continue;
        };
        let wrong = match (value, &known) {
            (Value::Null, _) => {
                let nullable = known
                    .as_ref()
                    .map_or(column.nullable, |known| known.nullable);
                (!nullable).then(|| "it must have a value and has none".to_owned())
            }
            (Value::Integer(number), Some(known)) => integer(package, known, *number, value, keys),
            (Value::Text(text), Some(known)) => self::text(package, known, text, value, keys),
            _ => None,
        };
        if let Some(wrong) = wrong {
            found.error(cell(&record, &column.name), wrong);
        }
        if let (ColumnKind::Text(size), Value::Text(text)) = (column.kind, value)
            && size > 0
            && text.chars().count() > usize::from(size)
        {
            let length = text.chars().count();
            let what = format!("{length} characters stand in a column of {size}");
            found.warning(cell(&record, &column.name), what);
        }
    }
}

fn integer(
    package: &Package<'_>,
    known: &Known<'_>,
    number: i32,
    value: &Value,
    keys: &mut Keys,
) -> Option<String> {
    if let Some(min) = known.min.filter(|&min| number < min) {
        return Some(format!("{number} is below the lowest value, {min}"));
    }
    if let Some(max) = known.max.filter(|&max| number > max) {
        return Some(format!("{number} is above the highest value, {max}"));
    }
    let in_set = |set: &str| set.split(';').any(|one| one.trim().parse() == Ok(number));
    if !known.set.is_empty() && !in_set(known.set) {
        return Some(format!("{number} is none of {}", known.set));
    }
    foreign_key(package, known, value, keys)
}

fn text(
    package: &Package<'_>,
    known: &Known<'_>,
    text: &str,
    value: &Value,
    keys: &mut Keys,
) -> Option<String> {
    let in_set = |set: &str| set.split(';').any(|one| one == text);
    if !known.set.is_empty() && in_set(known.set) {
        return None;
    }
    let category = known.category;
    let wrong = category::check(category, text)
        .err()
        .map(|wrong| format!("{text:?} {wrong}"));
    if !known.key_tables.is_empty() {
        let missing = foreign_key(package, known, value, keys)?;
        // A version, or the key of another file: where there are two ways, one is enough.
        let is_key_alone = category.is_empty() || category.eq_ignore_ascii_case("Identifier");
        return match is_key_alone {
            true => Some(missing),
            false => wrong.map(|wrong| format!("{wrong}, and {missing}")),
        };
    }
    let may_be_else = !category.is_empty() && !category.eq_ignore_ascii_case("Text");
    if !known.set.is_empty() && !may_be_else {
        return Some(format!("{text:?} is none of {}", known.set));
    }
    wrong
}

/// Returns what is wrong with a key of other tables.
fn foreign_key(
    package: &Package<'_>,
    known: &Known<'_>,
    value: &Value,
    keys: &mut Keys,
) -> Option<String> {
    if known.key_tables.is_empty() {
        return None;
    }
    if package.is_module() && known.key_tables == "Feature" && value.text() == Some(NO_FEATURE) {
        return None;
    }
    let place = known.key_column.saturating_sub(1);
    let tables = known.key_tables.split(';').map(str::trim);
    for table in tables {
        if keys.has(package, table, place, value) {
            return None;
        }
    }
    Some(format!(
        "{:?} is no key of {}",
        value.to_string(),
        known.key_tables.replace(';', ", ")
    ))
}

/// Where the code of a custom action is depends on its type. "CustomSource".
fn custom_sources(package: &Package<'_>, found: &mut Findings) {
    for action in package.rows("CustomAction") {
        if let Some(wrong) = custom_source(package, &action) {
            found.error(cell(&action, "Source"), wrong);
        }
    }
}

fn custom_source(package: &Package<'_>, action: &Record<'_>) -> Option<String> {
    let source = action.text("Source");
    let missing = |table: &str| {
        (package.row(table, source).is_none()).then(|| format!("{source:?} is no key of {table}"))
    };
    match base_type(action.integer("Type")?) {
        1 | 2 | 5 | 6 => missing("Binary"),
        17 | 18 | 21 | 22 => missing("File"),
        34 | 35 => missing("Directory"),
        50 | 51 | 53 | 54 if !category::is_identifier(source) => {
            Some(format!("{source:?} is no name of a property"))
        }
        _ => None,
    }
}
