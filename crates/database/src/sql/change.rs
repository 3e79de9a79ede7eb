//! `INSERT`, `UPDATE` and `DELETE`, on tables and on the lists of streams and storages.
//!
//! Follows: Microsoft, "SQL Syntax", "_Streams Table", "_Storages Table".

use super::grammar::{Constant, Delete, Insert, Statement, Update};
use super::{catalog, join, prepare};
use crate::{Database, Error, Field, Table, Value};

/// The values of markers, in the order in which they are met.
pub(super) struct Markers<'a> {
    parameters: &'a [Field],
    used: usize,
}

impl<'a> Markers<'a> {
    pub(super) fn new(parameters: &'a [Field]) -> Markers<'a> {
        Markers {
            parameters,
            used: 0,
        }
    }

    fn field(&mut self, constant: &Constant, text: &str) -> Result<Field, Error> {
        Ok(match constant {
            Constant::Text(text) => Field::from(text.as_str()),
            Constant::Integer(number) => Field::from(*number),
            Constant::Null => Field::Value(Value::Null),
            Constant::Marker => {
                self.used += 1;
                let field = self.parameters.get(self.used - 1).cloned();
                let what = format!("marker {} has no value", self.used);
                field.ok_or_else(|| prepare::wrong(text, what))?
            }
        })
    }

    /// The values that are left, for a condition. A stream is compared with nothing: it counts as null.
    fn rest(&self) -> Vec<Value> {
        values(self.parameters.get(self.used..).unwrap_or_default())
    }
}

/// The values of fields, for comparisons.
pub(super) fn values(fields: &[Field]) -> Vec<Value> {
    let value = |field: &Field| match field {
        Field::Value(value) => value.clone(),
        Field::Bytes(_) => Value::Null,
    };
    fields.iter().map(value).collect()
}

impl Database {
    pub(super) fn insert(
        &mut self,
        insert: &Insert,
        markers: &mut Markers<'_>,
        text: &str,
    ) -> Result<(), Error> {
        let name = insert.table.as_str();
        let columns = match catalog::table(self, name) {
            Some(table) => table.columns.clone(),
            None => self.columns(name).unwrap_or_default().to_vec(),
        };
        let mut fields = vec![Field::Value(Value::Null); columns.len()];
        for (column, constant) in insert.columns.iter().zip(&insert.values) {
            let place = columns.iter().position(|other| &*other.name == column);
            if let Some(field) = place.and_then(|place| fields.get_mut(place)) {
                *field = markers.field(constant, text)?;
            }
        }
        self.add_record(name, &fields, insert.temporary)
    }

    /// Adds a row to a table, a stream or a storage.
    pub(super) fn add_record(
        &mut self,
        name: &str,
        fields: &[Field],
        temporary: bool,
    ) -> Result<(), Error> {
        if !catalog::is_catalog(name) {
            return self.add_row(name, fields, temporary);
        }
        let (Some(Field::Value(Value::Text(key))), Some(data)) = (fields.first(), fields.get(1))
        else {
            return Err(Error::change(name, "a row needs a name and data"));
        };
        let there = match name {
            "_Streams" => self.stream_names().contains(&&**key),
            _ => self.storage_names().contains(&&**key),
        };
        if there {
            return Err(Error::change(name, format!("there is a row {key} already")));
        }
        let key = key.to_string();
        self.put_record(name, &key, data)
    }

    /// Puts data in the place of a stream's or storage's; null takes it away.
    fn put_record(&mut self, name: &str, key: &str, data: &Field) -> Result<(), Error> {
        let bytes = self.bytes_of(data)?;
        match name {
            "_Streams" => self.put_stream(key, bytes),
            "_Storages" => self.put_storage(key, bytes)?,
            _ => return Err(Error::change(name, "it is only for reading")),
        }
        Ok(())
    }

    pub(super) fn update(
        &mut self,
        statement: &Statement,
        update: &Update,
        markers: &mut Markers<'_>,
        text: &str,
    ) -> Result<(), Error> {
        let mut named = Vec::new();
        for (column, constant) in &update.cells {
            named.push((&column.name, markers.field(constant, text)?));
        }
        let (table, keys) = self.keys_of(statement, markers, text)?;
        let mut fields = Vec::new();
        for (name, field) in named {
            fields.extend(table.column(name).map(|place| (place, field)));
        }
        if let Some((place, _)) = fields.iter().find(|(place, _)| table.columns[*place].key)
            && !catalog::is_catalog(&update.table)
        {
            let what = format!("column {} is part of the key", table.columns[*place].name);
            return Err(Error::change(&update.table, what));
        }
        for key in keys {
            self.change_record(&update.table, &key, &fields)?;
        }
        Ok(())
    }

    /// Changes a row of a table, a stream or a storage. Of the latter the name may change too.
    pub(super) fn change_record(
        &mut self,
        name: &str,
        key: &[Value],
        fields: &[(usize, Field)],
    ) -> Result<(), Error> {
        if !catalog::is_catalog(name) {
            return self.change_row(name, key, fields);
        }
        let Some(Value::Text(old)) = key.first() else {
            return Ok(());
        };
        for (place, field) in fields {
            match (place, field) {
                (0, Field::Value(Value::Text(new))) if new != old && name == "_Streams" => {
                    let bytes = self.stream_bytes(old)?;
                    self.put_stream(old, None);
                    self.put_stream(new, bytes);
                }
                (0, Field::Value(Value::Text(new))) if new == old => {}
                // A field that names the stream itself brings nothing new.
                (1, Field::Value(Value::Stream(stream))) if stream == old => {}
                (1, data) => self.put_record(name, old, data)?,
                _ => return Err(Error::change(name, "it cannot have this name")),
            }
        }
        Ok(())
    }

    pub(super) fn delete(
        &mut self,
        statement: &Statement,
        delete: &Delete,
        markers: &Markers<'_>,
        text: &str,
    ) -> Result<(), Error> {
        let (_, keys) = self.keys_of(statement, markers, text)?;
        for key in keys {
            self.remove_record(&delete.table, &key)?;
        }
        Ok(())
    }

    /// Removes a row of a table, a stream or a storage. False where it is not there.
    pub(super) fn remove_record(&mut self, name: &str, key: &[Value]) -> Result<bool, Error> {
        if !catalog::is_catalog(name) {
            return self.remove_row(name, key);
        }
        if let Some(Value::Text(key)) = key.first() {
            self.put_record(name, key, &Field::Value(Value::Null))?;
        }
        Ok(true)
    }

    /// The keys of the rows that a statement's condition finds.
    fn keys_of(
        &self,
        statement: &Statement,
        markers: &Markers<'_>,
        text: &str,
    ) -> Result<(std::sync::Arc<Table>, Vec<Vec<Value>>), Error> {
        let parameters = markers.rest();
        let query = prepare::query(self, statement, text, Some(&parameters))?;
        let query = query.ok_or_else(|| prepare::wrong(text, "it has no rows".to_string()))?;
        let table = query.tables[0].clone();
        let rows = join::rows(&query);
        let keys = rows.iter().map(|rows| table.key(&table.rows[rows[0]]));
        let keys = keys.collect();
        Ok((table, keys))
    }
}
