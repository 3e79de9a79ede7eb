//! A transform applied to a database: everything or nothing.

use std::collections::HashMap;
use std::io::Read;
use std::sync::Arc;

use super::{ErrorConditions, RowChange, TableChanges, Transform, TransformError, view};
use crate::{Database, Error, Row, Table, Value};

/// What a database becomes; nothing of it is changed before all of it is known.
#[derive(Default)]
struct Outcome {
    tables: Vec<Table>,
    dropped: Vec<Arc<str>>,
    streams: Vec<StreamChange>,
}

/// A stream's name and its new contents; none where it goes.
type StreamChange = (String, Option<Arc<[u8]>>);

impl Database {
    /// Applies a transform, in memory.
    ///
    /// The conditions of `suppress` are no errors; [`Transform::suppressed`] has those that the transform itself
    /// names. Whether the transform is for this package is asked with [`Transform::check`]. Fails without having
    /// changed anything.
    /// Errors: [`Error::Transform`] for the first condition that is not suppressed, or where it is damaged.
    pub fn apply_transform(
        &mut self,
        transform: &Transform,
        suppress: ErrorConditions,
    ) -> Result<(), Error> {
        let code_page = merged_code_page(self.code_page(), transform.code_page(), suppress)?;
        let changes = transform.changes(self, suppress)?;
        if suppress.contains(ErrorConditions::VIEW) {
            self.replace_table(view::table(self, &changes)?);
            return Ok(());
        }
        let mut outcome = Outcome::default();
        for change in changes {
            outcome.add(self, transform, change, suppress)?;
        }
        self.set_code_page(code_page);
        for name in outcome.dropped {
            self.remove_table(&name);
        }
        for table in outcome.tables {
            self.replace_table(table);
        }
        for (name, bytes) in outcome.streams {
            self.put_stream(&name, bytes);
        }
        Ok(())
    }
}

/// Returns the code page of the result.
fn merged_code_page(package: u32, transform: u32, suppress: ErrorConditions) -> Result<u32, Error> {
    let any = suppress.contains(ErrorConditions::CHANGE_CODE_PAGE);
    match (package, transform) {
        (_, 0) => Ok(package),
        (0, _) => Ok(transform),
        _ if package == transform || any => Ok(transform),
        _ => Err(TransformError::CodePage { transform, package }.into()),
    }
}

impl Outcome {
    fn add(
        &mut self,
        database: &Database,
        transform: &Transform,
        changes: TableChanges,
        suppress: ErrorConditions,
    ) -> Result<(), Error> {
        let there = database.rows(&changes.name)?;
        if changes.dropped {
            let streams = there.rows.iter().flat_map(streams);
            self.streams
                .extend(streams.map(|name| (name.to_string(), None)));
            self.dropped.push(changes.name);
            return Ok(());
        }
        let mut rows = there.rows.clone();
        for row in &mut rows {
            row.resize(changes.columns.len(), Value::Null);
        }
        let table = Table::new(changes.name, changes.columns, rows);
        let mut changing = Changing::new(table, transform, suppress);
        for change in changes.rows {
            changing.change(change)?;
        }
        let (table, streams) = changing.finish();
        self.tables.push(table);
        self.streams.extend(streams);
        Ok(())
    }
}

/// A table while its rows change.
struct Changing<'a> {
    /// The table, without rows.
    table: Table,
    /// The rows; none where a row went.
    rows: Vec<Option<Row>>,
    /// The places of the rows, by key.
    places: HashMap<Vec<Value>, usize>,
    streams: Vec<StreamChange>,
    transform: &'a Transform,
    suppress: ErrorConditions,
}

impl<'a> Changing<'a> {
    fn new(mut table: Table, transform: &'a Transform, suppress: ErrorConditions) -> Changing<'a> {
        let rows = std::mem::take(&mut table.rows);
        let keys = rows.iter().map(|row| table.key(row));
        Changing {
            places: keys.enumerate().map(|(place, key)| (key, place)).collect(),
            rows: rows.into_iter().map(Some).collect(),
            streams: Vec::new(),
            table,
            transform,
            suppress,
        }
    }

    fn change(&mut self, change: RowChange) -> Result<(), Error> {
        let table = self.table.name.to_string();
        match change {
            RowChange::Insert(row) => {
                let key = self.table.key(&row);
                let there = self.places.get(&key).copied();
                if there.is_some() && !self.suppress.contains(ErrorConditions::ADD_EXISTING_ROW) {
                    let row = shown(&key);
                    return Err(TransformError::RowExists { table, row }.into());
                }
                let place = there.unwrap_or(self.rows.len());
                self.places.insert(key, place);
                self.put(place, Some(row))
            }
            RowChange::Delete(key) => match self.places.remove(&key) {
                Some(place) => self.put(place, None),
                None if self.suppress.contains(ErrorConditions::DELETE_MISSING_ROW) => Ok(()),
                None => {
                    let row = shown(&key);
                    Err(TransformError::NoRowToDelete { table, row }.into())
                }
            },
            RowChange::Update { key, cells } => match self.places.get(&key).copied() {
                Some(place) => self.update(place, cells),
                None if self.suppress.contains(ErrorConditions::UPDATE_MISSING_ROW) => Ok(()),
                None => {
                    let row = shown(&key);
                    Err(TransformError::NoRowToUpdate { table, row }.into())
                }
            },
        }
    }

    fn update(&mut self, place: usize, cells: Vec<(usize, Value)>) -> Result<(), Error> {
        let Some(mut row) = self.rows[place].clone() else {
            return Ok(());
        };
        let mut streams = Vec::new();
        for (column, value) in cells {
            if let Value::Stream(name) = &value {
                streams.push(name.clone());
            }
            row[column] = value;
        }
        let old = self.rows[place].replace(row);
        self.forget_streams(place, old);
        streams.iter().try_for_each(|name| self.take_stream(name))
    }

    /// Puts a whole row in a place, or takes it away; its streams come from the transform.
    fn put(&mut self, place: usize, row: Option<Row>) -> Result<(), Error> {
        if place == self.rows.len() {
            self.rows.push(None);
        }
        let old = std::mem::replace(&mut self.rows[place], row);
        self.forget_streams(place, old);
        let names: Vec<Arc<str>> = self.rows[place].iter().flat_map(streams).cloned().collect();
        names.iter().try_for_each(|name| self.take_stream(name))
    }

    /// Lets the streams of a row's former cells go that its new ones do not have.
    fn forget_streams(&mut self, place: usize, old: Option<Row>) {
        let kept: Vec<&Arc<str>> = self.rows[place].iter().flat_map(streams).collect();
        for name in old.iter().flat_map(streams) {
            if !kept.contains(&name) {
                self.streams.push((name.to_string(), None));
            }
        }
    }

    /// Takes a binary cell's contents out of the transform.
    fn take_stream(&mut self, name: &str) -> Result<(), Error> {
        let wrong = |what: &str| {
            Error::Transform(TransformError::Format {
                stream: name.to_string(),
                what: what.to_string(),
                offset: 0,
            })
        };
        let reader = self.transform.database.stream(name)?;
        let mut reader = reader.ok_or_else(|| wrong("there is no such stream"))?;
        let mut bytes = Vec::new();
        let read = reader.read_to_end(&mut bytes);
        read.map_err(|error| wrong(&error.to_string()))?;
        self.streams.push((name.to_string(), Some(bytes.into())));
        Ok(())
    }

    fn finish(mut self) -> (Table, Vec<StreamChange>) {
        self.table.rows = self.rows.into_iter().flatten().collect();
        (self.table, self.streams)
    }
}

/// The names of the streams that a row's binary cells are in.
fn streams(row: &Row) -> impl Iterator<Item = &Arc<str>> {
    row.iter().filter_map(|value| match value {
        Value::Stream(name) => Some(name),
        _ => None,
    })
}

/// A key as people read it.
fn shown(key: &[Value]) -> String {
    let key: Vec<String> = key.iter().map(Value::to_string).collect();
    key.join("/")
}
