//! What can be seen of a statement before it is run: do its tables and columns exist, does it fit together?

use std::sync::Arc;

use super::grammar::{Condition, Create, Insert, Statement};
use super::resolve::{Query, resolve, rows_of};
use super::{catalog, define};
use crate::{Database, Error, Table, Value};

/// Checks a statement against a database, and returns its query where it has one.
pub(super) fn check(
    database: &Database,
    statement: &Statement,
    text: &str,
) -> Result<Option<Query>, Error> {
    let wrong = |what: String| wrong(text, what);
    match statement {
        Statement::Select(_) => return query(database, statement, text, None),
        Statement::Insert(insert) => {
            let table = changed_table(database, &insert.table, text)?;
            check_insert(insert, &table).map_err(wrong)?;
        }
        Statement::Update(update) => {
            let table = changed_table(database, &update.table, text)?;
            let mut columns = update.cells.iter().map(|(column, _)| column);
            let missing = columns.find(|name| table.column(&name.name).is_none());
            if let Some(name) = missing {
                return Err(wrong(format!("there is no column {}", name.name)));
            }
            query(database, statement, text, None)?;
        }
        Statement::Delete(delete) => {
            changed_table(database, &delete.table, text)?;
            query(database, statement, text, None)?;
        }
        Statement::Create(create) => check_create(create, text)?,
        Statement::Drop(table)
        | Statement::Add { table, .. }
        | Statement::Hold(table)
        | Statement::Free(table) => {
            if !database.has_table(table) && !catalog::is_catalog(table) {
                return Err(wrong(format!("there is no table {table}")));
            }
        }
    }
    Ok(None)
}

/// Returns the query of a `SELECT`, or the rows that an `UPDATE` or `DELETE` is about; with parameters once it runs.
pub(super) fn query(
    database: &Database,
    statement: &Statement,
    text: &str,
    parameters: Option<&[Value]>,
) -> Result<Option<Query>, Error> {
    let one = |name: &str, condition: Option<&Condition>| {
        let table = table(database, name, text)?;
        rows_of(condition, table, parameters).map_err(|what| wrong(text, what))
    };
    Ok(Some(match statement {
        Statement::Select(select) => {
            let tables = select.tables.iter().map(|name| table(database, name, text));
            let tables = tables.collect::<Result<_, _>>()?;
            resolve(select, tables, parameters).map_err(|what| wrong(text, what))?
        }
        Statement::Update(update) => one(&update.table, update.condition.as_ref())?,
        Statement::Delete(delete) => one(&delete.table, delete.condition.as_ref())?,
        _ => return Ok(None),
    }))
}

fn table(database: &Database, name: &str, text: &str) -> Result<Arc<Table>, Error> {
    let table = match catalog::table(database, name) {
        Some(table) => Some(table),
        None => database.table(name)?,
    };
    table.ok_or_else(|| wrong(text, format!("there is no table {name}")))
}

/// Returns a table whose rows a statement may change.
fn changed_table(database: &Database, name: &str, text: &str) -> Result<Arc<Table>, Error> {
    if catalog::is_read_only(name) {
        return Err(wrong(text, format!("the table {name} is only for reading")));
    }
    table(database, name, text)
}

fn check_insert(insert: &Insert, table: &Table) -> Result<(), String> {
    if insert.columns.len() != insert.values.len() {
        let (columns, values) = (insert.columns.len(), insert.values.len());
        return Err(format!("{columns} columns, but {values} values"));
    }
    for (place, name) in insert.columns.iter().enumerate() {
        if table.column(name).is_none() {
            return Err(format!("there is no column {name}"));
        }
        if insert.columns[..place].contains(name) {
            return Err(format!("the column {name} stands twice"));
        }
    }
    Ok(())
}

fn check_create(create: &Create, text: &str) -> Result<(), Error> {
    let names: Vec<&str> = create.columns.iter().map(|column| &*column.name).collect();
    for (place, name) in names.iter().enumerate() {
        if names[..place].contains(name) {
            return Err(wrong(text, format!("the column {name} stands twice")));
        }
    }
    for (place, key) in create.keys.iter().enumerate() {
        if !names.contains(&key.as_str()) || create.keys[..place].contains(key) {
            return Err(wrong(text, format!("{key} cannot be a key column")));
        }
    }
    let columns = define::columns(create);
    define::check_columns(&columns).map_err(|what| wrong(text, what))?;
    if columns
        .windows(2)
        .any(|pair| pair[0].temporary && !pair[1].temporary)
    {
        let what = "persistent columns must stand before temporary ones";
        return Err(Error::change(&create.table, what));
    }
    Ok(())
}

pub(super) fn wrong(statement: &str, what: String) -> Error {
    Error::Query {
        statement: statement.to_string(),
        what,
    }
}
