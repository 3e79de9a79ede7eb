//! Rows added, changed and removed one by one, in memory.
//!
//! A table whose rows change is first put in the order that its file will have: rows by the numbers of their keys.
//! So rows are found, and keys that are there already are seen, without an index that every change would spoil.

use std::borrow::Cow;
use std::io::Read;
use std::sync::{Arc, OnceLock};

use super::Database;
use super::texts::Texts;
use crate::stream::Contents;
use crate::{Column, ColumnKind, Error, Field, Row, Table, Value, code_page, rows};

impl Database {
    /// The texts of this database by number, as stored; those that are not in the file follow table by table.
    pub(crate) fn texts(&self) -> Result<&Texts, Error> {
        if let Some(texts) = self.texts.get() {
            return Ok(texts);
        }
        let mut texts = Texts::default();
        self.pool
            .each_text(|number, text| texts.add_stored(text, number))?;
        for slot in &self.slots {
            texts.add(&slot.name);
            slot.columns
                .iter()
                .for_each(|column| texts.add(&column.name));
        }
        // Rows of the file have only texts of the pool; others are in memory already.
        for table in self.slots.iter().filter_map(|slot| slot.table.get()) {
            table
                .rows
                .iter()
                .flatten()
                .for_each(|value| texts.add_value(value));
        }
        Ok(self.texts.get_or_init(|| texts))
    }

    /// Returns the bytes of a text in the database's code page. One that was damaged in the file has those of the
    /// file: what they stand for is not lost.
    ///
    /// Errors: [`Error::Unwritable`], [`Error::CodePage`].
    pub(crate) fn text_bytes<'a>(&'a self, text: &'a str) -> Result<Cow<'a, [u8]>, Error> {
        if self.pool.code_page() == self.code_page && text.contains('\u{FFFD}') {
            let number = self.texts()?.number(text);
            let there = number <= self.pool.count();
            if there && self.pool.text(number)?.as_deref() == Some(text) {
                return Ok(self.pool.bytes(number).unwrap_or_default().into());
            }
        }
        code_page::encode(self.code_page, text)
    }

    /// Gives the texts of these values numbers.
    fn add_texts<'a>(&mut self, values: impl Iterator<Item = &'a Value>) -> Result<(), Error> {
        self.texts()?;
        if let Some(texts) = self.texts.get_mut() {
            values.for_each(|value| texts.add_value(value));
        }
        Ok(())
    }

    /// Returns the place of the row with this key; none where there is no such row or table.
    pub(crate) fn row_place(&self, name: &str, key: &[Value]) -> Result<Option<usize>, Error> {
        let (Some(table), Some(slot)) = (self.table(name)?, self.slot(name)) else {
            return Ok(None);
        };
        if slot.sorted {
            return Ok(place(&table, self.texts()?, key).ok());
        }
        Ok(table.find_place(key))
    }

    /// Returns a table that may be changed, with its rows in the order of their keys.
    fn sorted(&mut self, name: &str) -> Result<(&mut Table, &Texts), Error> {
        let missing = || Error::change(name, "there is no such table");
        self.table(name)?.ok_or_else(missing)?;
        self.texts()?;
        let place = *self.places.get(name).ok_or_else(missing)?;
        let slot = &mut self.slots[place];
        let (Some(table), Some(texts)) = (slot.table.get_mut(), self.texts.get()) else {
            return Err(missing());
        };
        let table = Arc::make_mut(table);
        table.forget_index();
        self.tables_changed = true;
        if !slot.sorted {
            sort(table, texts);
            slot.sorted = true;
        }
        Ok((table, texts))
    }

    /// The key of a record with a field for each column, brought to the kinds of the columns.
    pub(crate) fn key_of(&self, name: &str, fields: &[Field]) -> Result<Vec<Value>, Error> {
        let columns = self.columns(name).unwrap_or_default();
        let keys = columns.iter().zip(fields).filter(|(column, _)| column.key);
        keys.map(|(column, field)| cell(name, column, field))
            .collect()
    }

    /// Has the row with this key just these fields?
    pub(crate) fn has_row(
        &self,
        name: &str,
        key: &[Value],
        fields: &[Field],
    ) -> Result<bool, Error> {
        let differing = self.differing(name, key, fields)?;
        Ok(differing.is_some_and(|places| places.is_empty()))
    }

    /// The places of the cells in which the row with this key is not as these fields; none where there is no such row.
    pub(crate) fn differing(
        &self,
        name: &str,
        key: &[Value],
        fields: &[Field],
    ) -> Result<Option<Vec<usize>>, Error> {
        let (table, place) = (self.rows(name)?, self.row_place(name, key)?);
        let Some(row) = place.and_then(|place| table.rows.get(place)) else {
            return Ok(None);
        };
        let mut differing = Vec::new();
        for (place, (column, value)) in table.columns.iter().zip(row).enumerate() {
            let Some(field) = fields.get(place) else {
                break;
            };
            let same = match (value, field) {
                (Value::Stream(_), _) => {
                    self.bytes_of(&Field::Value(value.clone()))? == self.bytes_of(field)?
                }
                _ => *value == cell(name, column, field)?,
            };
            if !same {
                differing.push(place);
            }
        }
        Ok(Some(differing))
    }

    /// The row with this key; an empty one where there is none.
    pub(crate) fn row(&self, name: &str, key: &[Value]) -> Result<Row, Error> {
        let place = self.row_place(name, key)?;
        let table = self.rows(name)?;
        let row = place.and_then(|place| table.rows.get(place));
        Ok(row.cloned().unwrap_or_default())
    }

    /// Puts a table's rows in the order of their keys.
    pub(crate) fn sort_rows(&mut self, name: &str) -> Result<(), Error> {
        self.sorted(name).map(|_| ())
    }

    /// Takes a table away with the streams of its rows.
    pub(crate) fn forget_table(&mut self, name: &str) -> Result<(), Error> {
        for value in self.rows(name)?.rows.iter().flatten() {
            if let Value::Stream(stream) = value {
                self.put_stream(stream, None);
            }
        }
        self.remove_table(name);
        Ok(())
    }

    /// Adds a row: a field for each column. A temporary row is left out when the database is saved.
    ///
    /// Errors: [`Error::Change`] where a row with its key is there, or a field does not fit its column.
    pub(crate) fn add_row(
        &mut self,
        name: &str,
        fields: &[Field],
        temporary: bool,
    ) -> Result<(), Error> {
        let columns: Vec<Column> = self.columns(name).unwrap_or_default().to_vec();
        let mut row = Row::with_capacity(columns.len());
        for (place, column) in columns.iter().enumerate() {
            let field = fields.get(place).unwrap_or(&Field::Value(Value::Null));
            row.push(cell(name, column, field)?);
        }
        rows::name_streams(name, &columns, &mut row);
        let streams = self.streams_of(&columns, fields)?;
        self.add_texts(row.iter())?;
        let (table, texts) = self.sorted(name)?;
        let key = table.key(&row);
        let Err(place) = place(table, texts, &key) else {
            let what = format!("there is a row {} already", shown(&key));
            return Err(Error::change(name, what));
        };
        let stream = rows::stream_name(name, &table.columns, &row);
        table.rows.insert(place, row);
        for bytes in streams {
            self.put_stream(&stream, Some(bytes));
        }
        if temporary {
            let keys = self.temporary_rows.entry(name.into());
            keys.or_default().insert(key);
        }
        Ok(())
    }

    /// Changes cells of the row with this key, by their column's place; none of them is part of the key.
    ///
    /// Errors: [`Error::Change`] where there is no such row, a cell is part of the key or does not fit its column.
    pub(crate) fn change_row(
        &mut self,
        name: &str,
        key: &[Value],
        fields: &[(usize, Field)],
    ) -> Result<(), Error> {
        let columns: Vec<Column> = self.columns(name).unwrap_or_default().to_vec();
        let stream = rows::key_stream_name(name, key);
        let mut cells = Vec::with_capacity(fields.len());
        for (place, field) in fields {
            let Some(column) = columns.get(*place).filter(|column| !column.key) else {
                let what = "columns of the primary key cannot be changed";
                return Err(Error::change(name, what));
            };
            let mut value = cell(name, column, field)?;
            if let Value::Stream(name) = &mut value {
                *name = stream.as_str().into();
            }
            cells.push((*place, value));
        }
        self.add_texts(cells.iter().map(|(_, value)| value))?;
        let mut bytes = None;
        for (place, field) in fields {
            if columns[*place].kind == ColumnKind::Binary {
                bytes = Some(self.bytes_of(field)?);
            }
        }
        let (table, texts) = self.sorted(name)?;
        let Ok(place) = place(table, texts, key) else {
            return Err(Error::change(
                name,
                format!("there is no row {}", shown(key)),
            ));
        };
        for (column, value) in cells {
            table.rows[place][column] = value;
        }
        if let Some(bytes) = bytes {
            self.put_stream(&stream, bytes);
        }
        Ok(())
    }

    /// Removes the row with this key, and its stream. False where there is no such row.
    pub(crate) fn remove_row(&mut self, name: &str, key: &[Value]) -> Result<bool, Error> {
        let (table, texts) = self.sorted(name)?;
        let Ok(place) = place(table, texts, key) else {
            return Ok(false);
        };
        let row = table.rows.remove(place);
        for value in row {
            if let Value::Stream(stream) = value {
                self.put_stream(&stream, None);
            }
        }
        if let Some(keys) = self.temporary_rows.get_mut(name) {
            keys.remove(key);
        }
        Ok(true)
    }

    /// Is this row left out when the database is saved?
    pub(crate) fn is_temporary(&self, table: &str, key: &[Value]) -> bool {
        let keys = self.temporary_rows.get(table);
        keys.is_some_and(|keys| keys.contains(key))
    }

    /// The contents of the binary fields of a new row.
    fn streams_of(&self, columns: &[Column], fields: &[Field]) -> Result<Vec<Arc<[u8]>>, Error> {
        let mut streams = Vec::new();
        for (column, field) in columns.iter().zip(fields) {
            if column.kind == ColumnKind::Binary {
                streams.extend(self.bytes_of(field)?);
            }
        }
        Ok(streams)
    }

    /// The bytes that a field brings; none for null.
    pub(crate) fn bytes_of(&self, field: &Field) -> Result<Option<Arc<[u8]>>, Error> {
        match field {
            Field::Bytes(bytes) => Ok(Some(bytes.clone())),
            Field::Value(Value::Stream(name)) => self.stream_bytes(name),
            Field::Value(_) => Ok(None),
        }
    }

    /// Reads a stream whole; none where there is no such stream.
    pub(crate) fn stream_bytes(&self, name: &str) -> Result<Option<Arc<[u8]>>, Error> {
        match self.streams.get(name) {
            Some(Some(Contents::Bytes(bytes))) => return Ok(Some(bytes.clone())),
            Some(None) => return Ok(None),
            Some(Some(Contents::Source(_))) | None => {}
        }
        let Some(mut reader) = self.stream(name)? else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        let read = reader.read_to_end(&mut bytes);
        read.map_err(|source| Error::Io {
            what: format!("stream {name}"),
            source,
        })?;
        Ok(Some(bytes.into()))
    }

    /// Takes a row's place in the order of tables anew, after tables came or went.
    pub(crate) fn sort_slots(&mut self) -> Result<(), Error> {
        let texts = self.texts()?.clone();
        self.slots.sort_by_key(|slot| texts.number(&slot.name));
        let names = self.slots.iter().enumerate();
        self.places = names
            .map(|(place, slot)| (slot.name.clone(), place))
            .collect();
        Ok(())
    }

    /// Changes the columns of a table; rows that are too short get null cells, columns that go take their cells along.
    pub(crate) fn change_columns(&mut self, name: &str, columns: Vec<Column>) -> Result<(), Error> {
        self.texts()?;
        if let Some(texts) = self.texts.get_mut() {
            columns.iter().for_each(|column| texts.add(&column.name));
        }
        let old = self.rows(name)?;
        let places: Vec<Option<usize>> = columns
            .iter()
            .map(|column| old.column(&column.name))
            .collect();
        let cell = |row: &Row, place: &Option<usize>| {
            place
                .and_then(|place| row.get(place).cloned())
                .unwrap_or(Value::Null)
        };
        let rows = old
            .rows
            .iter()
            .map(|row| places.iter().map(|place| cell(row, place)).collect());
        let table = Table::new(name, columns, rows.collect());
        self.tables_changed = true;
        if let Some(&place) = self.places.get(name) {
            let slot = &mut self.slots[place];
            slot.columns = table.columns.clone();
            slot.table = OnceLock::from(Arc::new(table));
        }
        Ok(())
    }
}

/// Puts a table's rows in the order of their keys.
pub(crate) fn sort(table: &mut Table, texts: &Texts) {
    let keys: Vec<usize> = table.key_columns().collect();
    table
        .rows
        .sort_by(|one, other| texts.compare(cells(&keys, one), cells(&keys, other)));
}

/// The cells of a row in these places.
fn cells<'a>(places: &'a [usize], row: &'a Row) -> impl Iterator<Item = &'a Value> {
    places.iter().filter_map(|&place| row.get(place))
}

/// Finds a key in a table whose rows are in order: its place, or the one that it would have.
fn place(table: &Table, texts: &Texts, key: &[Value]) -> Result<usize, usize> {
    let keys: Vec<usize> = table.key_columns().collect();
    table
        .rows
        .binary_search_by(|row| texts.compare(cells(&keys, row), key.iter()))
}

/// Brings a field to its column's kind; the stream of a binary one has no name yet.
fn cell(table: &str, column: &Column, field: &Field) -> Result<Value, Error> {
    let wrong = |what: &str| Error::change(table, format!("column {}: {what}", column.name));
    let integer = |number: i32| match column.kind {
        ColumnKind::Short => (-0x7FFF..=0x7FFF).contains(&number),
        _ => number != i32::MIN,
    };
    let value = match (column.kind, field) {
        (ColumnKind::Binary, Field::Bytes(_) | Field::Value(Value::Stream(_))) => {
            Value::Stream("".into())
        }
        // The lowest number is how records say null.
        (_, Field::Value(Value::Null | Value::Integer(i32::MIN))) => Value::Null,
        (ColumnKind::Binary, _) => return Err(wrong("it holds streams")),
        (_, Field::Bytes(_) | Field::Value(Value::Stream(_))) => {
            return Err(wrong("it does not hold streams"));
        }
        (ColumnKind::Text(_), Field::Value(value)) => Value::from(value.to_string()),
        (_, Field::Value(Value::Integer(number))) if integer(*number) => Value::Integer(*number),
        (_, Field::Value(value)) => match value.to_string().trim().parse() {
            Ok(number) if integer(number) => Value::Integer(number),
            _ => return Err(wrong(&format!("`{value}` is no number of its size"))),
        },
    };
    if value == Value::Null && !column.nullable {
        return Err(wrong("it must have a value"));
    }
    Ok(value)
}

/// A key as people read it.
fn shown(key: &[Value]) -> String {
    let key: Vec<String> = key.iter().map(Value::to_string).collect();
    key.join("/")
}
