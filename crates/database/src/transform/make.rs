//! Transforms made: what has to be changed in one database so that it becomes another.
//!
//! The form of the streams is in `decode.rs`. Columns never go and never change their kind in a transform; sizes and
//! attributes of columns that are there already stay as they are.
//! Follows: Microsoft, "Database.GenerateTransform method", "Database.CreateTransformSummaryInfo method".

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;

use super::validation::property;
use super::{ErrorConditions, Validation};
use crate::database::SUMMARY;
use crate::difference::same_stream;
use crate::schema::type_bits;
use crate::write::tables::{Cell, Texts, cells_of};
use crate::write::{memory_node, summary, write_nodes};
use crate::{
    Column, ColumnKind, Database, Error, Kind, Row, SummaryInformation, SummaryValue, Table, Value,
};

/// So many columns have a bit in a mask.
const MASK_BITS: usize = 16;
/// A table has so many columns at most.
const COLUMNS_MAX: usize = 32;

/// A record: its mask and its cells.
struct Change {
    mask: u16,
    cells: Vec<Cell>,
}

/// What a transform will hold.
#[derive(Default)]
struct Making {
    texts: Texts,
    /// Records by the table that they change.
    tables: BTreeMap<String, Vec<Change>>,
    /// Contents of binary cells by their stream.
    streams: BTreeMap<String, Arc<[u8]>>,
}

impl Database {
    /// Writes the transform that makes `new` of this database.
    ///
    /// `validation` says what is compared before it is applied, `suppress` which conditions are no errors then. Storages
    /// and streams that belong to no row are not in a transform.
    /// Errors: [`Error::Mismatch`] where columns went or changed; as [`Database::save`].
    pub fn save_transform(
        &self,
        new: &Database,
        validation: Validation,
        suppress: ErrorConditions,
        to: &mut dyn Write,
    ) -> Result<(), Error> {
        let mut making = Making::default();
        making.catalogue(self, new)?;
        for name in persistent(new) {
            making.table(name, self, new)?;
        }
        let summary = summary_of(self, new, validation, suppress)?;
        making.finish(new, &summary, to)
    }
}

fn persistent(database: &Database) -> impl Iterator<Item = &str> {
    let names = database.table_names();
    names.filter(|name| database.is_persistent(name) == Some(true))
}

/// The columns of a table that are saved.
fn columns<'a>(database: &'a Database, name: &str) -> Vec<&'a Column> {
    let columns = database.columns(name).unwrap_or_default();
    columns.iter().filter(|column| !column.temporary).collect()
}

impl Making {
    fn catalogue(&mut self, old: &Database, new: &Database) -> Result<(), Error> {
        for name in persistent(new) {
            let (there, wanted) = (columns(old, name), columns(new, name));
            if !old.has_table(name) {
                let name = self.text(name);
                self.add("_Tables", insertion(vec![name]));
            }
            check(name, &there, &wanted)?;
            for (place, column) in wanted.iter().enumerate().skip(there.len()) {
                // Columns of a new table have no number. Where there are some already, Wine asks for one.
                let number = match u16::try_from(place + 1) {
                    Ok(number) if !there.is_empty() => number ^ 0x8000,
                    _ => 0,
                };
                let cells = vec![
                    self.text(name),
                    Cell::Short(number),
                    self.text(&column.name),
                    Cell::Short(type_bits(column) ^ 0x8000),
                ];
                self.add("_Columns", insertion(cells));
            }
        }
        for name in persistent(old).filter(|name| !new.has_table(name)) {
            let cells = vec![self.text(name)];
            self.add("_Tables", Change { mask: 0, cells });
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Cell {
        Cell::Text(self.texts.reference(&Arc::from(text)))
    }

    fn add(&mut self, table: &str, change: Change) {
        self.tables
            .entry(table.to_string())
            .or_default()
            .push(change);
    }

    fn table(&mut self, name: &str, old: &Database, new: &Database) -> Result<(), Error> {
        let (from, to) = (old.rows(name)?, new.rows(name)?);
        for row in from
            .rows
            .iter()
            .filter(|row| to.find(&from.key(row)).is_none())
        {
            self.delete(&to, row)?;
        }
        for row in &to.rows {
            if new.is_temporary(name, &to.key(row)) {
                continue;
            }
            let Some(there) = from.find(&to.key(row)) else {
                self.insert(new, &to, row)?;
                continue;
            };
            let places = changed(old, there.row, new, row)?;
            if places.iter().any(|&place| place >= MASK_BITS) {
                self.delete(&to, row)?;
                self.insert(new, &to, row)?;
            } else if !places.is_empty() {
                self.take_streams(new, places.iter().filter_map(|&place| row.get(place)))?;
                self.update(&to, row, &places)?;
            }
        }
        Ok(())
    }

    fn delete(&mut self, table: &Table, row: &Row) -> Result<(), Error> {
        let cells = self.cells(table, row, |column| column.key)?;
        self.add(&table.name, Change { mask: 0, cells });
        Ok(())
    }

    fn insert(&mut self, new: &Database, table: &Table, row: &Row) -> Result<(), Error> {
        let change = insertion(self.cells(table, row, |_| true)?);
        self.take_streams(new, row.iter())?;
        self.add(&table.name, change);
        Ok(())
    }

    fn update(&mut self, table: &Table, row: &Row, places: &[usize]) -> Result<(), Error> {
        let mut cells = self.cells(table, row, |column| column.key)?;
        let mut mask = 0;
        for &place in places {
            let column = table.columns[place].name.clone();
            cells.extend(self.cells(table, row, |other| other.name == column)?);
            mask |= 1 << place;
        }
        self.add(&table.name, Change { mask, cells });
        Ok(())
    }

    /// The cells of some of a row's columns, temporary ones left out.
    fn cells(
        &mut self,
        table: &Table,
        row: &Row,
        wanted: impl Fn(&Column) -> bool,
    ) -> Result<Vec<Cell>, Error> {
        let columns = table.columns.iter().enumerate();
        let wanted = columns.filter(|(_, column)| !column.temporary && wanted(column));
        cells_of(table, row, wanted.map(|(place, _)| place), &mut self.texts)
    }

    fn take_streams<'a>(
        &mut self,
        database: &Database,
        cells: impl Iterator<Item = &'a Value>,
    ) -> Result<(), Error> {
        for value in cells {
            if let Value::Stream(name) = value {
                let bytes = database.stream_bytes(name)?.unwrap_or_default();
                self.streams.insert(name.to_string(), bytes);
            }
        }
        Ok(())
    }

    fn finish(
        self,
        new: &Database,
        summary: &SummaryInformation,
        to: &mut dyn Write,
    ) -> Result<(), Error> {
        let mut nodes = Vec::new();
        for (name, changes) in &self.tables {
            let mut bytes = Vec::new();
            for change in changes {
                bytes.extend(change.mask.to_le_bytes());
                for cell in &change.cells {
                    cell.write(self.texts.reference_size(), &mut bytes);
                }
            }
            nodes.push(memory_node(name, true, bytes.into())?);
        }
        for (name, bytes) in self.streams {
            nodes.push(memory_node(&name, false, bytes)?);
        }
        let encode = |text: &str| new.text_bytes(text).map(|bytes| bytes.into_owned());
        let (pool, data) = self.texts.streams(new.code_page(), &encode)?;
        nodes.push(memory_node("_StringPool", true, pool.into())?);
        nodes.push(memory_node("_StringData", true, data.into())?);
        let summary = summary::bytes(summary);
        nodes.push(memory_node(SUMMARY, false, summary.into())?);
        write_nodes(Kind::Transform, nodes, to)
    }
}

/// A new row with these cells.
fn insertion(cells: Vec<Cell>) -> Change {
    let count = u16::try_from(cells.len()).unwrap_or(0).min(0xFF);
    Change {
        mask: 1 + 256 * count,
        cells,
    }
}

/// The places of the cells that differ.
fn changed(old: &Database, there: &Row, new: &Database, row: &Row) -> Result<Vec<usize>, Error> {
    let mut places = Vec::new();
    for (place, value) in row.iter().enumerate() {
        let before = there.get(place).unwrap_or(&Value::Null);
        let same = match (before, value) {
            (Value::Stream(one), Value::Stream(other)) if one == other => {
                same_stream(old, new, one)?
            }
            _ => before == value,
        };
        if !same {
            places.push(place);
        }
    }
    Ok(places)
}

/// Can a table with the columns `there` become one with the columns `wanted`?
fn check(table: &str, there: &[&Column], wanted: &[&Column]) -> Result<(), Error> {
    let wrong = |column: &Column, what: &str| Error::Mismatch {
        table: table.to_string(),
        column: column.name.to_string(),
        what: what.to_string(),
    };
    for (place, one) in there.iter().enumerate() {
        let Some(other) = wanted.get(place) else {
            return Err(wrong(one, "a column cannot go"));
        };
        if one.name != other.name || one.key != other.key || !same_kind(one.kind, other.kind) {
            return Err(wrong(one, "a column cannot change"));
        }
    }
    let more = wanted.get(there.len()..).unwrap_or_default();
    match more.iter().find(|column| column.key && !there.is_empty()) {
        Some(column) => return Err(wrong(column, "a new column cannot be a key")),
        None if wanted.len() <= COLUMNS_MAX => {}
        None => {
            return Err(wrong(
                wanted[COLUMNS_MAX],
                "a transform cannot say so many columns",
            ));
        }
    }
    Ok(())
}

fn same_kind(one: ColumnKind, other: ColumnKind) -> bool {
    std::mem::discriminant(&one) == std::mem::discriminant(&other)
}

/// The summary of the transform: the result's, with what it is for. "Summary Property Descriptions".
fn summary_of(
    old: &Database,
    new: &Database,
    validation: Validation,
    suppress: ErrorConditions,
) -> Result<SummaryInformation, Error> {
    let (from, to) = (old.summary()?, new.summary()?);
    let mut summary = SummaryInformation::default();
    for number in [1, 2, 3, 4, 5, 6, 12, 18, 19] {
        if let Some(value) = to.property(number) {
            summary.set(number, value.clone());
        }
    }
    let text = |text: &str| SummaryValue::Text(text.into());
    let revision = format!(
        "{}{};{}{};{}",
        property(old, "ProductCode")?,
        property(old, "ProductVersion")?,
        property(new, "ProductCode")?,
        property(new, "ProductVersion")?,
        property(new, "UpgradeCode")?,
    );
    let flags = u32::from(validation.0) << 16 | u32::from(suppress.0);
    let installer = from.page_count().max(to.page_count()).unwrap_or(0);
    summary.set(7, text(from.template()));
    summary.set(8, text(to.template()));
    summary.set(9, text(&revision));
    summary.set(14, SummaryValue::Integer(installer));
    summary.set(16, SummaryValue::Integer(flags.cast_signed()));
    Ok(summary)
}
