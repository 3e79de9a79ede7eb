//! The tables of another database merged into one: rows that are missing are added, rows that differ are conflicts.
//!
//! Either everything is merged or nothing. Cabinets and storages stay behind. Merge modules need more than this.
//! Follows: Microsoft, "MsiDatabaseMerge function", "Database.Merge method".

use std::sync::Arc;

use crate::schema::column;
use crate::{Column, ColumnKind, Database, Error, Field, Table, Value};

/// A row to add: its table and its fields.
type NewRow = (Arc<str>, Vec<Field>);

/// What a merge would do.
#[derive(Default)]
struct Plan {
    /// Tables that are new, without rows.
    tables: Vec<Table>,
    rows: Vec<NewRow>,
    /// How many rows of each table differ.
    conflicts: Vec<(Arc<str>, i32)>,
}

impl Database {
    /// Merges the tables of `other` into this database, in memory.
    ///
    /// Where rows with equal keys differ, nothing is merged, and the table `errors` lists their tables and numbers.
    /// Errors: [`Error::Mismatch`] where tables of one name do not fit, [`Error::Change`] for conflicts.
    pub fn merge(&mut self, other: &Database, errors: Option<&str>) -> Result<(), Error> {
        let mut plan = Plan::default();
        for name in other.table_names() {
            if other.is_persistent(name) == Some(true) {
                plan.add(self, other, &*other.rows(name)?)?;
            }
        }
        let count = plan.conflicts.len();
        if let Some((first, _)) = plan.conflicts.first() {
            let first = first.clone();
            if let Some(errors) = errors {
                self.list_conflicts(errors, &plan.conflicts)?;
            }
            let what = format!("rows with equal keys differ in {count} tables");
            return Err(Error::change(&first, what));
        }
        for table in plan.tables {
            self.replace_table(table);
        }
        for (table, fields) in plan.rows {
            self.add_row(&table, &fields, false)?;
        }
        self.sort_slots()
    }

    fn list_conflicts(&mut self, name: &str, conflicts: &[(Arc<str>, i32)]) -> Result<(), Error> {
        if !self.has_table(name) {
            let columns = [("Table", 0x2DFF), ("NumRowMergeConflicts", 0x0502)];
            let columns = columns.map(|(name, kind)| column(name.into(), kind));
            self.replace_table(Table::new(name, columns.to_vec(), Vec::new()));
            self.sort_slots()?;
        }
        for (table, count) in conflicts {
            let fields = [Field::from(&**table), Field::from(*count)];
            self.remove_row(name, &[Value::from(&**table)])?;
            self.add_row(name, &fields, false)?;
        }
        Ok(())
    }
}

impl Plan {
    fn add(&mut self, database: &Database, other: &Database, from: &Table) -> Result<(), Error> {
        let to = database.columns(&from.name);
        match to {
            Some(columns) => check(&from.name, columns, &from.columns)?,
            None => {
                let columns = from.columns.clone();
                self.tables
                    .push(Table::new(from.name.clone(), columns, Vec::new()));
            }
        }
        let columns = to.unwrap_or(&from.columns);
        let mut conflicts = 0;
        for row in &from.rows {
            let mut fields = vec![Field::Value(Value::Null); columns.len()];
            for (field, value) in fields.iter_mut().zip(row) {
                *field = match other.bytes_of(&Field::Value(value.clone()))? {
                    Some(bytes) => Field::Bytes(bytes),
                    None => Field::Value(value.clone()),
                };
            }
            let key = from.key(row);
            if database.row_place(&from.name, &key)?.is_none() {
                self.rows.push((from.name.clone(), fields));
            } else if !database.has_row(&from.name, &key, &fields)? {
                conflicts += 1;
            }
        }
        if conflicts > 0 {
            self.conflicts.push((from.name.clone(), conflicts));
        }
        Ok(())
    }
}

/// Do the columns of both fit, as far as both have them?
fn check(table: &str, to: &[Column], from: &[Column]) -> Result<(), Error> {
    let mismatch = |column: &Column, what: &str| Error::Mismatch {
        table: table.to_string(),
        column: column.name.to_string(),
        what: what.to_string(),
    };
    for (to, from) in to.iter().zip(from) {
        if to.name != from.name {
            return Err(mismatch(from, &format!("it stands where {} does", to.name)));
        }
        if is_text(to) != is_text(from) || is_binary(to) != is_binary(from) {
            return Err(mismatch(from, "its types differ"));
        }
        if to.key != from.key {
            return Err(mismatch(from, "it is a key in one of them only"));
        }
    }
    let more = to.iter().skip(from.len()).chain(from.iter().skip(to.len()));
    match more.clone().find(|column| column.key) {
        Some(column) => Err(mismatch(column, "it is a key in one of them only")),
        None => Ok(()),
    }
}

fn is_text(column: &Column) -> bool {
    matches!(column.kind, ColumnKind::Text(_))
}

fn is_binary(column: &Column) -> bool {
    column.kind == ColumnKind::Binary
}
