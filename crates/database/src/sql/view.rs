//! A statement that is run step by step: opened, executed, its rows fetched and changed one by one.
//!
//! Which rows there are is decided when it is executed; what stands in them is read when they are fetched.
//! Follows: Microsoft, "MsiDatabaseOpenView", "MsiViewExecute", "MsiViewFetch", "MsiViewModify", "View.Modify method".

use super::change::{Markers, values};
use super::grammar::{self, Statement};
use super::resolve::{Item, Query};
use super::{SelectedColumn, catalog, found, prepare};
use crate::{Database, Error, Field, Row, Value};

/// A statement, and where it stands in its rows.
#[derive(Debug)]
pub struct View {
    text: String,
    statement: Statement,
    columns: Vec<SelectedColumn>,
    items: Vec<Item>,
    tables: Vec<String>,
    /// The rows, once it was executed.
    rows: Option<Vec<Found>>,
    /// The next row.
    next: usize,
    /// The row that was fetched last.
    current: Option<Found>,
}

/// A row that was found.
#[derive(Clone, Debug)]
struct Found {
    /// The key of each table's row.
    keys: Vec<Vec<Value>>,
    /// The cells of each table's row as they were.
    cells: Row,
}

/// What [`View::modify`] does with a record. "View.Modify method".
///
/// The four modes that only look at a record need to know what `_Validation` means: `check_record` of the crate
/// `validation` is those.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Modify {
    /// Fills the record from the row with its key, without moving.
    Seek,
    /// Fills the record from the row that was fetched last.
    Refresh,
    /// Adds the record; a row with its key must not be there.
    Insert,
    /// Changes the row that was fetched last, its key aside.
    Update,
    /// Changes the row with the record's key, or adds it.
    Assign,
    /// Changes the row that was fetched last; a new key makes a new row in its place.
    Replace,
    /// Adds the record, unless an equal row is there; a different one with its key must not be.
    Merge,
    /// Removes the row that was fetched last.
    Delete,
    /// Adds the record until the database is saved; a row with its key must not be there.
    InsertTemporary,
}

impl View {
    /// Opens a statement: it must be understood, and its tables and columns must be there.
    ///
    /// Errors: [`Error::Query`], [`Error::Change`] for columns in an order that cannot be, and as [`Database::table`].
    pub fn open(database: &Database, statement: &str) -> Result<View, Error> {
        let parsed = grammar::parse(statement);
        let parsed = parsed.map_err(|what| prepare::wrong(statement, what))?;
        let query = prepare::check(database, &parsed, statement)?;
        let mut view = View {
            text: statement.to_string(),
            statement: parsed,
            columns: Vec::new(),
            items: Vec::new(),
            tables: Vec::new(),
            rows: None,
            next: 0,
            current: None,
        };
        if let Some(query) = query {
            view.take_columns(&query);
        }
        Ok(view)
    }

    fn take_columns(&mut self, query: &Query) {
        self.columns = query.selected_columns();
        self.items = query.items.clone();
        self.tables = query
            .tables
            .iter()
            .map(|table| table.name.to_string())
            .collect();
    }

    /// What each field of a fetched record is; nothing for statements without rows.
    pub fn columns(&self) -> &[SelectedColumn] {
        &self.columns
    }

    /// Runs the statement; each marker `?` takes the next of `parameters`. A `SELECT` finds its rows anew.
    ///
    /// Errors: [`Error::Query`] where a marker has no value or a new table or column is there already (1615);
    /// [`Error::Change`] where a row or value cannot be (1627).
    pub fn execute(&mut self, database: &mut Database, parameters: &[Field]) -> Result<(), Error> {
        let text = self.text.as_str();
        let mut markers = Markers::new(parameters);
        match &self.statement {
            Statement::Select(_) => self.find(database, parameters),
            Statement::Insert(insert) => database.insert(insert, &mut markers, text),
            Statement::Update(update) => {
                database.update(&self.statement, update, &mut markers, text)
            }
            Statement::Delete(delete) => database.delete(&self.statement, delete, &markers, text),
            Statement::Create(create) => database.create_table(create, text),
            Statement::Drop(table) => database.drop_table(table),
            Statement::Add {
                table,
                column,
                hold,
            } => database.add_column(table, column, *hold, text),
            Statement::Hold(table) => {
                database.hold(table);
                Ok(())
            }
            Statement::Free(table) => database.free(table),
        }
    }

    fn find(&mut self, database: &Database, parameters: &[Field]) -> Result<(), Error> {
        let parameters = values(parameters);
        let query = prepare::query(database, &self.statement, &self.text, Some(&parameters))?;
        let Some(query) = query else {
            return Ok(());
        };
        let row = |rows: Vec<usize>| {
            let tables = query.tables.iter().zip(&rows);
            Found {
                keys: tables
                    .map(|(table, &row)| table.key(&table.rows[row]))
                    .collect(),
                cells: query.record(&rows),
            }
        };
        self.rows = Some(found(&query).into_iter().map(row).collect());
        self.next = 0;
        self.current = None;
        self.take_columns(&query);
        Ok(())
    }

    /// Lets go of the rows; the statement can be executed again.
    pub fn close(&mut self) {
        self.rows = None;
        self.current = None;
    }

    /// Returns the next row as it is now; none at the end, and after that the first again. Rows that have gone are
    /// left out.
    ///
    /// Errors: [`Error::Change`] where the statement has no rows or was not executed.
    pub fn fetch(&mut self, database: &Database) -> Result<Option<Vec<Field>>, Error> {
        let rows = self.rows.as_ref();
        let rows = rows.ok_or_else(|| Error::change("", "the view has no rows"))?;
        while let Some(found) = rows.get(self.next) {
            self.next += 1;
            if let Some(record) = self.record(database, found)? {
                self.current = Some(found.clone());
                return Ok(Some(record));
            }
        }
        self.next = 0;
        Ok(None)
    }

    /// Reads a row as it is now; none where it has gone.
    fn record(&self, database: &Database, found: &Found) -> Result<Option<Vec<Field>>, Error> {
        let mut rows = Vec::with_capacity(self.tables.len());
        for (name, key) in self.tables.iter().zip(&found.keys) {
            if catalog::is_catalog(name) {
                let cells = found.cells.iter().cloned();
                return Ok(Some(cells.map(Field::Value).collect()));
            }
            let Some(place) = database.row_place(name, key)? else {
                return Ok(None);
            };
            rows.push((database.rows(name)?, place));
        }
        let cell = |item: &Item| match item {
            Item::Empty => Value::Null,
            Item::Column(at) => {
                let (table, place) = &rows[at.table];
                let cell = table.rows[*place].get(at.column);
                cell.cloned().unwrap_or(Value::Null)
            }
        };
        Ok(Some(
            self.items.iter().map(cell).map(Field::Value).collect(),
        ))
    }

    /// Changes the database with a record, or the record with the database.
    ///
    /// Errors: [`Error::Change`] where the mode does not fit the view, or the row or value cannot be.
    pub fn modify(
        &mut self,
        database: &mut Database,
        mode: Modify,
        record: &mut Vec<Field>,
    ) -> Result<(), Error> {
        if self.rows.is_none() {
            return Err(self.wrong("the view has no rows"));
        }
        match mode {
            Modify::Refresh => self.refresh(database, record),
            Modify::Update => self.update(database, record),
            _ if self.tables.len() != 1 => Err(self.wrong("it cannot be changed through a join")),
            Modify::Seek => self.seek(database, record),
            Modify::Insert => self.insert(database, record, false),
            Modify::InsertTemporary => self.insert(database, record, true),
            Modify::Assign => self.assign(database, record),
            Modify::Replace => self.replace(database, record),
            Modify::Merge => self.merge(database, record),
            Modify::Delete => self.delete(database),
        }
    }

    fn wrong(&self, what: &str) -> Error {
        Error::change(self.tables.first().map_or("", String::as_str), what)
    }

    fn current(&self) -> Result<&Found, Error> {
        let current = self.current.as_ref();
        current.ok_or_else(|| self.wrong("no row was fetched"))
    }

    fn refresh(&self, database: &Database, record: &mut Vec<Field>) -> Result<(), Error> {
        let now = self.record(database, self.current()?)?;
        *record = now.ok_or_else(|| self.wrong("the row has gone"))?;
        Ok(())
    }

    fn seek(&mut self, database: &Database, record: &mut Vec<Field>) -> Result<(), Error> {
        let found = Found {
            keys: vec![self.key(database, record)?],
            cells: values(record),
        };
        let now = self.record(database, &found)?;
        *record = now.ok_or_else(|| self.wrong("there is no such row"))?;
        self.current = Some(found);
        Ok(())
    }

    fn update(&self, database: &mut Database, record: &[Field]) -> Result<(), Error> {
        let current = self.current()?.clone();
        let before = self.record(database, &current)?;
        let before = before.ok_or_else(|| self.wrong("the row has gone"))?;
        for (table, (name, key)) in self.tables.iter().zip(&current.keys).enumerate() {
            let mut fields = Vec::new();
            for ((item, field), old) in self.items.iter().zip(record).zip(&before) {
                if let Item::Column(at) = item
                    && at.table == table
                    && field != old
                {
                    fields.push((at.column, field.clone()));
                }
            }
            database.change_record(name, key, &fields)?;
        }
        Ok(())
    }

    /// The record as a row of the view's only table; columns that it does not show are null.
    fn fields(&self, database: &Database, record: &[Field]) -> Vec<Field> {
        let count = match catalog::table(database, &self.tables[0]) {
            Some(table) => table.columns.len(),
            None => database.columns(&self.tables[0]).map_or(0, <[_]>::len),
        };
        let mut fields = vec![Field::Value(Value::Null); count];
        for (item, field) in self.items.iter().zip(record) {
            if let Item::Column(at) = item
                && let Some(place) = fields.get_mut(at.column)
            {
                *place = field.clone();
            }
        }
        fields
    }

    /// The key that a record has, brought to the kinds of its columns.
    fn key(&self, database: &Database, record: &[Field]) -> Result<Vec<Value>, Error> {
        let name = self.tables[0].as_str();
        let fields = self.fields(database, record);
        if catalog::is_catalog(name) {
            return Ok(values(&fields[..1]));
        }
        database.key_of(name, &fields)
    }

    fn insert(
        &self,
        database: &mut Database,
        record: &[Field],
        temporary: bool,
    ) -> Result<(), Error> {
        let fields = self.fields(database, record);
        database.add_record(&self.tables[0], &fields, temporary)
    }

    fn assign(&self, database: &mut Database, record: &[Field]) -> Result<(), Error> {
        let (name, key) = (self.tables[0].as_str(), self.key(database, record)?);
        if !self.is_there(database, &key)? {
            return self.insert(database, record, false);
        }
        database.change_record(name, &key, &self.cells(database, record))
    }

    /// Is there a row with this key?
    fn is_there(&self, database: &Database, key: &[Value]) -> Result<bool, Error> {
        let name = self.tables[0].as_str();
        Ok(match catalog::table(database, name) {
            Some(table) => table.find(key).is_some(),
            None => database.row_place(name, key)?.is_some(),
        })
    }

    /// The record's fields by their columns, those of the key left out.
    fn cells(&self, database: &Database, record: &[Field]) -> Vec<(usize, Field)> {
        let columns = database.columns(&self.tables[0]).unwrap_or_default();
        let mut cells = Vec::new();
        for (item, field) in self.items.iter().zip(record) {
            if let Item::Column(at) = item
                && columns
                    .get(at.column)
                    .map_or(at.column > 0, |column| !column.key)
            {
                cells.push((at.column, field.clone()));
            }
        }
        cells
    }

    fn replace(&mut self, database: &mut Database, record: &[Field]) -> Result<(), Error> {
        let old = self.current()?.keys[0].clone();
        let key = self.key(database, record)?;
        if key == old {
            return self.update(database, record);
        }
        if self.is_there(database, &key)? {
            return Err(self.wrong("there is a row with the new key already"));
        }
        // Streams of the old row must be read before it goes.
        let mut record = record.to_vec();
        for field in &mut record {
            if let Some(bytes) = database.bytes_of(field)? {
                *field = Field::Bytes(bytes);
            }
        }
        database.remove_record(&self.tables[0], &old)?;
        self.insert(database, &record, false)?;
        self.current = Some(Found {
            keys: vec![key],
            cells: values(&record),
        });
        Ok(())
    }

    fn merge(&self, database: &mut Database, record: &[Field]) -> Result<(), Error> {
        let (name, key) = (self.tables[0].as_str(), self.key(database, record)?);
        if !self.is_there(database, &key)? {
            return self.insert(database, record, false);
        }
        let fields = self.fields(database, record);
        match database.has_row(name, &key, &fields)? {
            true => Ok(()),
            false => Err(self.wrong("there is a different row with this key")),
        }
    }

    fn delete(&self, database: &mut Database) -> Result<(), Error> {
        let current = self.current()?;
        match database.remove_record(&self.tables[0], &current.keys[0])? {
            true => Ok(()),
            false => Err(self.wrong("the row has gone")),
        }
    }
}
