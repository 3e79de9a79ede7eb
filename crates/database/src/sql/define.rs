//! `CREATE TABLE`, `DROP TABLE` and `ALTER TABLE`.
//!
//! Temporary columns live as long as their table is held: `HOLD` counts up, `FREE` down. At none they go, and a table
//! that has no others goes with them.

use super::catalog;
use super::grammar::Create;
use super::prepare::wrong;
use crate::{Column, ColumnKind, Database, Error, Table, stream_name};

/// How many 16-bit units the stored name of a table may have, the mark before it included.
const NAME_UNITS_MAX: usize = 31;
/// A table has so many columns at most.
const COLUMNS_MAX: usize = 32;

/// Returns a new table's columns as they will stand: each key column changes places with the one that stands where it
/// belongs.
pub(super) fn columns(create: &Create) -> Vec<Column> {
    let mut columns = create.columns.clone();
    for (place, key) in create.keys.iter().enumerate() {
        let found = columns.iter().position(|column| &*column.name == key);
        if let Some(found) = found {
            columns.swap(place, found);
            columns[place].key = true;
        }
    }
    columns
}

/// Refuses columns that a table cannot have together. A row's stream is named after its key, so that it can have one.
pub(super) fn check_columns(columns: &[Column]) -> Result<(), String> {
    let streams = columns
        .iter()
        .filter(|column| column.kind == ColumnKind::Binary);
    if streams.count() > 1 {
        return Err("a table cannot have two columns of streams".to_string());
    }
    match columns.get(COLUMNS_MAX) {
        Some(column) => Err(format!(
            "{} would be column {}, and a table has {COLUMNS_MAX} at most",
            column.name,
            COLUMNS_MAX + 1
        )),
        None => Ok(()),
    }
}

impl Database {
    pub(super) fn create_table(&mut self, create: &Create, text: &str) -> Result<(), Error> {
        let name = create.table.as_str();
        if self.has_table(name) || catalog::is_catalog(name) {
            return Err(wrong(text, format!("there is a table {name} already")));
        }
        if stream_name::encode(name, true).len() > NAME_UNITS_MAX {
            return Err(wrong(text, format!("the name {name} is too long")));
        }
        self.texts()?;
        self.replace_table(Table::new(name, columns(create), Vec::new()));
        self.sort_slots()?;
        if create.hold {
            self.hold(name);
        }
        self.drop_unheld(name)
    }

    pub(super) fn drop_table(&mut self, name: &str) -> Result<(), Error> {
        if catalog::is_catalog(name) {
            return Err(Error::change(name, "it cannot be dropped"));
        }
        self.forget_table(name)
    }

    pub(super) fn add_column(
        &mut self,
        name: &str,
        column: &Column,
        hold: bool,
        text: &str,
    ) -> Result<(), Error> {
        if catalog::is_catalog(name) {
            return Err(Error::change(name, "it cannot have more columns"));
        }
        let mut columns = self.columns(name).unwrap_or_default().to_vec();
        if columns.iter().any(|other| other.name == column.name) {
            let what = format!("there is a column {} already", column.name);
            return Err(wrong(text, what));
        }
        if !column.temporary && columns.last().is_some_and(|last| last.temporary) {
            let what = "persistent columns must stand before temporary ones";
            return Err(Error::change(name, what));
        }
        columns.push(column.clone());
        check_columns(&columns).map_err(|what| wrong(text, what))?;
        self.change_columns(name, columns)?;
        if hold {
            self.hold(name);
        }
        self.drop_unheld(name)
    }

    pub(super) fn hold(&mut self, name: &str) {
        let count = self.holds_mut().entry(name.into()).or_insert(0);
        *count = count.saturating_add(1);
    }

    pub(super) fn free(&mut self, name: &str) -> Result<(), Error> {
        if let Some(count) = self.holds_mut().get_mut(name) {
            *count = count.saturating_sub(1);
        }
        self.drop_unheld(name)
    }

    /// Takes away the temporary columns of a table that nobody holds.
    fn drop_unheld(&mut self, name: &str) -> Result<(), Error> {
        let columns = self.columns(name).unwrap_or_default();
        let held = self.holds(name) > 0;
        if held || columns.iter().all(|column| !column.temporary) {
            return Ok(());
        }
        let kept: Vec<Column> = columns
            .iter()
            .filter(|column| !column.temporary)
            .cloned()
            .collect();
        if kept.is_empty() {
            return self.drop_table(name);
        }
        self.change_columns(name, kept)
    }
}
