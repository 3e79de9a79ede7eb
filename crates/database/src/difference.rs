//! What differs between two databases: tables and columns, rows by key and cell by cell, streams, storages, summary.
//!
//! Streams of binary cells are compared with their cells' rows; here too, since their names are their rows' keys.

use std::collections::{BTreeSet, HashMap};
use std::io::Read;
use std::sync::Arc;

use crate::database::{SIGNATURES, SUMMARY};
use crate::{Column, Database, Error, StreamReader, SummaryValue, Table, Value};

/// What differs between a database and another one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Difference {
    /// The code pages, where they differ.
    pub code_page: Option<(u32, u32)>,
    /// Properties of the summary information that differ, by number.
    pub summary: Vec<(u32, Option<SummaryValue>, Option<SummaryValue>)>,
    /// Tables that differ, by name.
    pub tables: Vec<TableDifference>,
    /// Streams that hold no table and differ, by name, and whether each is in the one and in the other.
    pub streams: Vec<(String, bool, bool)>,
    /// Storages that differ, by name, and whether each is in the one and in the other.
    pub storages: Vec<(String, bool, bool)>,
}

/// What differs in a table.
#[derive(Clone, Debug, PartialEq)]
pub struct TableDifference {
    /// The table's name.
    pub name: Arc<str>,
    /// Its columns in the one; none where it is not there.
    pub before: Option<Vec<Column>>,
    /// Its columns in the other; none where it is not there.
    pub after: Option<Vec<Column>>,
    /// Rows that differ, by their keys.
    pub rows: Vec<RowDifference>,
}

/// What differs in a row.
#[derive(Clone, Debug, PartialEq)]
pub struct RowDifference {
    /// Its key.
    pub key: Vec<Value>,
    /// Is it in the one?
    pub before: bool,
    /// Is it in the other?
    pub after: bool,
    /// Cells that differ, by column: all that are not null where the row is in one only.
    pub cells: Vec<(Arc<str>, Value, Value)>,
}

impl Difference {
    /// Is nothing different?
    pub fn is_empty(&self) -> bool {
        *self == Difference::default()
    }
}

impl Database {
    /// Returns what is different in `other`. A signature is not looked at.
    ///
    /// Errors: as [`Database::table`], [`Database::summary`] and [`Database::stream`].
    pub fn difference(&self, other: &Database) -> Result<Difference, Error> {
        let pages = (self.code_page(), other.code_page());
        let mut difference = Difference {
            code_page: (pages.0 != pages.1).then_some(pages),
            summary: summaries(self, other)?,
            ..Difference::default()
        };
        let names: BTreeSet<&str> = self.table_names().chain(other.table_names()).collect();
        for name in names {
            difference.tables.extend(tables(self, other, name)?);
        }
        let (one, two) = (
            names_of(self.stream_names()),
            names_of(other.stream_names()),
        );
        for name in one.union(&two) {
            let both = (one.contains(name), two.contains(name));
            if both != (true, true) || !same_stream(self, other, name)? {
                difference.streams.push((name.to_string(), both.0, both.1));
            }
        }
        let (one, two) = (
            names_of(self.storage_names()),
            names_of(other.storage_names()),
        );
        for name in one.union(&two) {
            let both = (one.contains(name), two.contains(name));
            if both != (true, true) || !same_storage(self, other, name)? {
                difference.storages.push((name.to_string(), both.0, both.1));
            }
        }
        Ok(difference)
    }
}

fn names_of(names: Vec<&str>) -> BTreeSet<&str> {
    let kept = |name: &&str| *name != SUMMARY && !SIGNATURES.contains(name);
    names.into_iter().filter(kept).collect()
}

type Properties = Vec<(u32, Option<SummaryValue>, Option<SummaryValue>)>;

fn summaries(one: &Database, other: &Database) -> Result<Properties, Error> {
    let (one, other) = (one.summary()?, other.summary()?);
    let numbers = one.properties().chain(other.properties());
    let numbers: BTreeSet<u32> = numbers.map(|(number, _)| number).collect();
    let property = |number| {
        (
            number,
            one.property(number).cloned(),
            other.property(number).cloned(),
        )
    };
    let differ = numbers.into_iter().map(property);
    Ok(differ
        .filter(|(_, before, after)| before != after)
        .collect())
}

fn tables(one: &Database, other: &Database, name: &str) -> Result<Option<TableDifference>, Error> {
    let columns = |database: &Database| database.columns(name).map(<[Column]>::to_vec);
    let (before, after) = (columns(one), columns(other));
    let rows = rows((one, &*one.rows(name)?), (other, &*other.rows(name)?))?;
    if rows.is_empty() && before == after {
        return Ok(None);
    }
    Ok(Some(TableDifference {
        name: name.into(),
        before,
        after,
        rows,
    }))
}

/// Compares rows by key. Where the keys are other columns, rows of the one go and those of the other come.
fn rows(one: (&Database, &Table), other: (&Database, &Table)) -> Result<Vec<RowDifference>, Error> {
    let keys = |table: &Table| -> Vec<Arc<str>> {
        let keys = table.key_columns();
        keys.map(|place| table.columns[place].name.clone())
            .collect()
    };
    let comparable = keys(one.1) == keys(other.1);
    let after: HashMap<Vec<Value>, usize> = match comparable {
        true => (0..)
            .zip(&other.1.rows)
            .map(|(at, row)| (other.1.key(row), at))
            .collect(),
        false => HashMap::new(),
    };
    let mut differences = Vec::new();
    let mut met = BTreeSet::new();
    for row in &one.1.rows {
        let key = one.1.key(row);
        let place = after.get(&key).copied();
        met.extend(place);
        let twin = place.map(|place| &other.1.rows[place]);
        let cells = cells(one, other, Some(row), twin)?;
        if twin.is_none() || !cells.is_empty() {
            differences.push(RowDifference {
                key,
                before: true,
                after: twin.is_some(),
                cells,
            });
        }
    }
    for (place, row) in other.1.rows.iter().enumerate() {
        if !met.contains(&place) {
            differences.push(RowDifference {
                key: other.1.key(row),
                before: false,
                after: true,
                cells: cells(one, other, None, Some(row))?,
            });
        }
    }
    differences.sort_by_cached_key(|row| row.key.iter().map(sort_key).collect::<Vec<_>>());
    Ok(differences)
}

/// Numbers before texts, each in their order.
fn sort_key(value: &Value) -> (i64, String) {
    match value {
        Value::Integer(number) => (i64::from(*number), String::new()),
        other => (i64::MAX, other.to_string()),
    }
}

type Cells = Vec<(Arc<str>, Value, Value)>;

fn cells(
    one: (&Database, &Table),
    other: (&Database, &Table),
    before: Option<&Vec<Value>>,
    after: Option<&Vec<Value>>,
) -> Result<Cells, Error> {
    let names = |table: &Table| -> Vec<Arc<str>> {
        table
            .columns
            .iter()
            .map(|column| column.name.clone())
            .collect()
    };
    let (mut all, there) = (names(one.1), names(other.1));
    all.extend(
        there
            .into_iter()
            .filter(|name| one.1.column(name).is_none()),
    );
    let cell = |table: &Table, row: Option<&Vec<Value>>, name: &str| {
        let value = row.and_then(|row| row.get(table.column(name)?).cloned());
        value.unwrap_or(Value::Null)
    };
    let mut cells = Vec::new();
    for name in all {
        let (old, new) = (cell(one.1, before, &name), cell(other.1, after, &name));
        let same = match (&old, &new) {
            (Value::Stream(stream), Value::Stream(new)) if stream == new => {
                same_stream(one.0, other.0, stream)?
            }
            _ => old == new,
        };
        if !same {
            cells.push((name, old, new));
        }
    }
    Ok(cells)
}

/// Do both have the same bytes in a stream of this name?
pub(crate) fn same_stream(one: &Database, other: &Database, name: &str) -> Result<bool, Error> {
    match (one.stream(name)?, other.stream(name)?) {
        (Some(one), Some(other)) => same_bytes(one, other),
        (one, other) => Ok(one.is_none() && other.is_none()),
    }
}

fn same_bytes(mut one: StreamReader, mut other: StreamReader) -> Result<bool, Error> {
    if one.length() != other.length() {
        return Ok(false);
    }
    let mut blocks = [vec![0; 1 << 16], vec![0; 1 << 16]];
    loop {
        let [first, second] = &mut blocks;
        let (count, found) = (read(&mut one, first)?, read(&mut other, second)?);
        if first[..count] != second[..found] {
            return Ok(false);
        }
        if count == 0 {
            return Ok(true);
        }
    }
}

/// Reads until the block is full or the stream ends.
fn read(reader: &mut StreamReader, block: &mut [u8]) -> Result<usize, Error> {
    let mut done = 0;
    while done < block.len() {
        match reader.read(&mut block[done..]) {
            Ok(0) => break,
            Ok(count) => done += count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(source) => {
                let what = "a stream".to_string();
                return Err(Error::Io { what, source });
            }
        }
    }
    Ok(done)
}

fn same_storage(one: &Database, other: &Database, name: &str) -> Result<bool, Error> {
    let saved = |database: &Database| {
        let mut bytes = Vec::new();
        database.save_storage(name, &mut bytes).map(|()| bytes)
    };
    Ok(saved(one)? == saved(other)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "== Binary.idt\nName\tData\ns72\tv0\nBinary\tName\na\ta\nb\tb\n== Binary/a\nold== Binary/b\nsame\
        == Property.idt\nProperty\tValue\ns72\tl0\nProperty\tProperty\nGone\t1\nKept\tx\nOther\ty\n\
        == Left.idt\nA\ni2\nLeft\tA\n";
    const NEW: &str = "== Binary.idt\nName\tData\ns72\tv0\nBinary\tName\na\ta\nb\tb\n== Binary/a\nnew== Binary/b\nsame\
        == Property.idt\nProperty\tValue\tMore\ns72\tl0\tI2\nProperty\tProperty\nKept\tx\nNew\tn\nOther\tz\t5\n";

    #[test]
    fn differences_by_key_and_column() {
        let [old, new] = [OLD, NEW].map(|text| Database::from_text_str(text).unwrap());
        let difference = old.difference(&new).unwrap();
        let mut lines = Vec::new();
        for table in &difference.tables {
            let sides = (table.before.is_some(), table.after.is_some());
            lines.push(format!("{} {sides:?}", table.name));
            for row in &table.rows {
                let cells = row.cells.iter();
                let cells = cells.map(|(name, old, new)| format!("{name}:{old}>{new}"));
                let cells = cells.collect::<Vec<_>>().join(" ");
                lines.push(format!(
                    "  {} {} {} {cells}",
                    row.key[0], row.before, row.after
                ));
            }
        }
        expect_test::expect![[r"
            Binary (true, true)
              a true true Data:Binary.a>Binary.a
            Left (true, false)
            Property (true, true)
              Gone true false Property:Gone> Value:1>
              New false true Property:>New Value:>n
              Other true true Value:y>z More:>5
        "]]
        .assert_eq(&(lines.join("\n") + "\n"));
        assert_eq!(difference.streams, [("Binary.a".to_string(), true, true)]);
        assert!(old.difference(&old).unwrap().is_empty() && !difference.is_empty());
    }
}
