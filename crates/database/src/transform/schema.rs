//! Which tables a transform adds, drops and changes, and with which columns.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{ErrorConditions, RowChange, Transform, TransformError, decode};
use crate::schema::column;
use crate::{Column, Database, Error, Value};

/// What a transform changes in one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableChanges {
    /// The table's name.
    pub name: Arc<str>,
    /// Is the table new?
    pub created: bool,
    /// Does the table go, with all its rows?
    pub dropped: bool,
    /// The columns of the table afterwards.
    pub columns: Vec<Column>,
    /// How many of the columns, at the end, are new.
    pub added_columns: usize,
    /// The changes of its rows, in order.
    pub rows: Vec<RowChange>,
}

/// The changes of the catalogue: `_Tables` and `_Columns`.
#[derive(Default)]
struct Catalogue {
    created: BTreeSet<Arc<str>>,
    dropped: BTreeSet<Arc<str>>,
    /// New columns by table, each with its number where it says one.
    columns: BTreeMap<Arc<str>, Vec<(Option<i32>, Column)>>,
}

impl Transform {
    /// Returns what it changes in `database`, table by table.
    ///
    /// Rows of tables that the package does not have are left out: they have no columns to read them by.
    /// Errors: [`Error::Transform`] where a stream is damaged, or a table or column may not be added and
    /// `suppress` does not say otherwise.
    pub fn changes(
        &self,
        database: &Database,
        suppress: ErrorConditions,
    ) -> Result<Vec<TableChanges>, Error> {
        let catalogue = self.catalogue()?;
        let mut names: BTreeSet<&str> = self.database.table_streams().collect();
        names.retain(|name| !is_system(name));
        let catalogued = catalogue.created.iter().chain(&catalogue.dropped);
        names.extend(
            catalogued
                .chain(catalogue.columns.keys())
                .map(|name| &**name),
        );
        let mut changes = Vec::new();
        for name in names {
            if let Some(mut table) = catalogue.table(name, database, suppress)? {
                if !table.dropped {
                    let stream = self.database.table_stream(name)?.unwrap_or_default();
                    let pool = self.database.pool();
                    table.rows = decode::read(name, &table.columns, pool, &stream)?;
                }
                changes.push(table);
            }
        }
        Ok(changes)
    }

    fn catalogue(&self) -> Result<Catalogue, Error> {
        let mut catalogue = Catalogue::default();
        for change in self.system_rows("_Tables", &[("Name", 0x2D40)])? {
            let (names, row) = match change {
                RowChange::Insert(row) => (&mut catalogue.created, row),
                RowChange::Delete(key) => (&mut catalogue.dropped, key),
                RowChange::Update { .. } => continue,
            };
            if let [Value::Text(name)] = &row[..] {
                names.insert(name.clone());
            }
        }
        let columns = [
            ("Table", 0x2D40),
            ("Number", 0x2502),
            ("Name", 0x0D40),
            ("Type", 0x0502),
        ];
        for change in self.system_rows("_Columns", &columns)? {
            // Columns never go, save with their table, and do not change.
            if let RowChange::Insert(row) = change {
                catalogue.add_column(&row)?;
            }
        }
        for columns in catalogue.columns.values_mut() {
            columns.sort_by_key(|(number, _)| number.unwrap_or(i32::MAX));
        }
        Ok(catalogue)
    }

    fn system_rows(&self, table: &str, columns: &[(&str, u16)]) -> Result<Vec<RowChange>, Error> {
        let columns: Vec<Column> = columns
            .iter()
            .map(|&(name, kind)| column(name.into(), kind))
            .collect();
        let stream = self.database.table_stream(table)?.unwrap_or_default();
        decode::read(table, &columns, self.database.pool(), &stream)
    }
}

impl Catalogue {
    fn add_column(&mut self, row: &[Value]) -> Result<(), Error> {
        let [
            Value::Text(table),
            number,
            Value::Text(name),
            Value::Integer(kind),
        ] = row
        else {
            return Err(Error::Transform(TransformError::Format {
                stream: "_Columns".to_string(),
                what: "a new column has no name or type".to_string(),
                offset: 0,
            }));
        };
        // The bits fill the 16-bit integer that holds them, its sign included.
        let column = column(name.clone(), *kind as u16);
        let columns = self.columns.entry(table.clone()).or_default();
        columns.push((number.integer(), column));
        Ok(())
    }

    /// Returns what happens to a table, rows aside; none where the package does not have it.
    fn table(
        &self,
        name: &str,
        database: &Database,
        suppress: ErrorConditions,
    ) -> Result<Option<TableChanges>, Error> {
        let added: Vec<Column> = self
            .columns
            .get(name)
            .map(|columns| columns.iter().map(|(_, column)| column.clone()).collect())
            .unwrap_or_default();
        let created = self.created.contains(name);
        let mut changes = TableChanges {
            name: name.into(),
            created: false,
            dropped: self.dropped.contains(name),
            columns: Vec::new(),
            added_columns: 0,
            rows: Vec::new(),
        };
        let Some(there) = database.columns(name) else {
            if changes.dropped && !suppress.contains(ErrorConditions::DELETE_MISSING_TABLE) {
                let table = name.to_string();
                return Err(TransformError::NoTableToDrop { table }.into());
            }
            if !created {
                return Ok(None);
            }
            changes.created = true;
            changes.added_columns = added.len();
            changes.columns = added;
            return Ok(Some(changes));
        };
        if created && !suppress.contains(ErrorConditions::ADD_EXISTING_TABLE) {
            let table = name.to_string();
            return Err(TransformError::TableExists { table }.into());
        }
        let columns = if created {
            over_existing(name, there, added)?
        } else {
            after_existing(name, there, added)?
        };
        changes.added_columns = columns.len().saturating_sub(there.len());
        changes.columns = columns;
        Ok(Some(changes))
    }
}

/// Returns the columns of a table that is made although it is there: the ones of both must agree in their order.
fn over_existing(table: &str, there: &[Column], made: Vec<Column>) -> Result<Vec<Column>, Error> {
    let differs = there.iter().zip(&made).find(|(there, made)| {
        there.name != made.name
            || there.key != made.key
            || std::mem::discriminant(&there.kind) != std::mem::discriminant(&made.kind)
    });
    if let Some((_, made)) = differs {
        return Err(column_exists(table, made));
    }
    let more = made.into_iter().skip(there.len());
    Ok(there.iter().cloned().chain(more).collect())
}

/// Returns the columns of a table that gets more.
fn after_existing(table: &str, there: &[Column], added: Vec<Column>) -> Result<Vec<Column>, Error> {
    let mut columns = there.to_vec();
    for column in added {
        if columns.iter().any(|other| other.name == column.name) {
            return Err(column_exists(table, &column));
        }
        columns.push(column);
    }
    Ok(columns)
}

fn column_exists(table: &str, column: &Column) -> Error {
    Error::Transform(TransformError::ColumnExists {
        table: table.to_string(),
        column: column.name.to_string(),
    })
}

/// Is this a stream of the database itself, and no table of its own?
fn is_system(name: &str) -> bool {
    matches!(name, "_Tables" | "_Columns" | "_StringPool" | "_StringData")
}
