//! Items that whoever merges a module may set, and the cells that they go into.
//!
//! Follows: Microsoft, "ModuleConfiguration Table", "ModuleSubstitution Table", "Key Format Types", "Bitfield Format
//! Types".

use std::collections::{BTreeMap, BTreeSet};

use super::merge::Tables;
use super::special_format::{Piece, parts, template};
use super::wrong;
use crate::{ColumnKind, Database, Error, Record, Value};

/// `msmConfigurableOptionKeyNoOrphan`.
const KEY_NO_ORPHAN: i32 = 1;
/// `msmConfigurableOptionNonNullable`.
const NON_NULLABLE: i32 = 2;
/// Tables whose cells cannot be configured.
const FIXED: [&str; 4] = [
    "ModuleSubstitution",
    "ModuleConfiguration",
    "ModuleExclusion",
    "ModuleSignature",
];

/// An item that may be set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigurationItem {
    /// Its name.
    pub name: String,
    /// What its values are.
    pub format: ItemFormat,
    /// The type within the format, such as the table of a key; "" where none is said.
    pub kind: String,
    /// What it is about, such as the values of an enumeration; "" where none is said.
    pub context: String,
    /// Its value where none is given; "" for null.
    pub default: String,
    /// Bits: 1 where an unused default row is left out, 2 where null is not allowed.
    pub attributes: i32,
    /// A short text for people.
    pub display_name: String,
    /// A long text for people.
    pub description: String,
}

/// What an item's values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemFormat {
    /// Any text.
    Text,
    /// The key of a row; semicolons part its columns.
    Key,
    /// A number.
    Integer,
    /// A number of which the bits of a mask count.
    Bitfield,
}

pub(super) fn items(database: &Database) -> Result<Vec<ConfigurationItem>, Error> {
    let rows = database.rows("ModuleConfiguration")?;
    let item = |record: Record<'_>| {
        let text = |column: &str| record.text(column).to_string();
        Ok(ConfigurationItem {
            name: record.required("Name")?.to_string(),
            format: match record.required_integer("Format")? {
                0 => ItemFormat::Text,
                1 => ItemFormat::Key,
                2 => ItemFormat::Integer,
                3 => ItemFormat::Bitfield,
                _ => return Err(record.error("Format", "it must be 0 to 3")),
            },
            kind: text("Type"),
            context: text("ContextData"),
            default: text("DefaultValue"),
            attributes: record.integer("Attributes").unwrap_or(0),
            display_name: text("DisplayName"),
            description: text("Description"),
        })
    };
    rows.records().map(item).collect()
}

/// The items of a module with the values that they have for a merge.
pub(super) struct Configuration<'a> {
    items: BTreeMap<String, ConfigurationItem>,
    given: &'a BTreeMap<String, String>,
}

impl<'a> Configuration<'a> {
    /// Errors: [`Error::Module`] where a value is given for an item that is not there, or is none of its format.
    pub(super) fn new(
        module: &Database,
        given: &'a BTreeMap<String, String>,
    ) -> Result<Configuration<'a>, Error> {
        let items = items(module)?.into_iter();
        let items: BTreeMap<_, _> = items.map(|item| (item.name.clone(), item)).collect();
        if let Some(name) = given.keys().find(|name| !items.contains_key(*name)) {
            let names: Vec<&str> = items.keys().map(String::as_str).collect();
            let has = match names.is_empty() {
                true => "it has none".to_string(),
                false => format!("it has {}", names.join(", ")),
            };
            return Err(wrong(format!("it has no item {name} to be set: {has}")));
        }
        Ok(Configuration { items, given })
    }

    /// The value of an item.
    ///
    /// Errors: [`Error::Module`] where there is no such item, or its value is none of its format.
    fn value(&self, name: &str) -> Result<(&ConfigurationItem, &str), Error> {
        let Some(item) = self.items.get(name) else {
            return Err(wrong(format!(
                "ModuleSubstitution names the item {name}, which is not there"
            )));
        };
        let value = self.given.get(name).unwrap_or(&item.default).as_str();
        let number = matches!(item.format, ItemFormat::Integer | ItemFormat::Bitfield);
        if number && value.trim().parse::<i32>().is_err() {
            return Err(wrong(format!(
                "item {name} must be a number, and is `{value}`"
            )));
        }
        let required = item.format == ItemFormat::Key || item.attributes & NON_NULLABLE != 0;
        // A key that nothing was given for is what the module says, null included.
        let given = self.given.contains_key(name) || item.attributes & NON_NULLABLE != 0;
        if required && given && value.is_empty() {
            return Err(wrong(format!("item {name} must have a value")));
        }
        Ok((item, value))
    }

    /// Puts values into the cells that `ModuleSubstitution` names.
    ///
    /// Errors: [`Error::Module`] where a row, column or item is not there, or a value does not fit its cell.
    pub(super) fn substitute(&self, module: &Database, tables: &mut Tables) -> Result<(), Error> {
        let mut changes = Vec::new();
        for record in module.rows("ModuleSubstitution")?.records() {
            let table = record.required("Table")?;
            if FIXED.contains(&table) {
                return Err(record.error("Table", "the cells of this table cannot be set"));
            }
            // Rows are chosen by their keys as they are before anything changes.
            if let Some((row, column)) = place(&record, tables)? {
                let value = self.cell(
                    &record,
                    &tables[table].columns[column],
                    &tables[table].rows[row][column],
                )?;
                changes.push((table.to_string(), row, column, value));
            }
        }
        for (table, row, column, value) in changes {
            if let Some(table) = tables.get_mut(table.as_str()) {
                table.rows[row][column] = value;
            }
        }
        self.drop_orphans(module, tables)
    }

    /// The new value of a cell.
    fn cell(
        &self,
        record: &Record<'_>,
        column: &crate::Column,
        there: &Value,
    ) -> Result<Value, Error> {
        let pieces = template(record.text("Value"));
        let pieces = pieces.ok_or_else(|| record.error("Value", "an item in brackets is wrong"))?;
        let integer = matches!(column.kind, ColumnKind::Short | ColumnKind::Long);
        if let (true, Some(number)) = (integer, self.bits(&pieces, there)?) {
            return Ok(Value::Integer(number));
        }
        let mut text = String::new();
        for piece in &pieces {
            match piece {
                Piece::Text(plain) => text.push_str(plain),
                Piece::Item(name, part) => {
                    let (item, value) = self.value(name)?;
                    text.push_str(&match item.format {
                        ItemFormat::Key => {
                            parts(value).into_iter().nth(part - 1).unwrap_or_default()
                        }
                        _ => value.to_string(),
                    });
                }
            }
        }
        match (text.as_str(), integer) {
            ("", _) if column.nullable => Ok(Value::Null),
            ("", _) => Err(record.error("Value", "it is null, and its cell must have a value")),
            (number, true) => {
                let parsed = number.trim().parse().map(Value::Integer);
                parsed.map_err(|_| {
                    record.error(
                        "Value",
                        format!("`{number}` is no number, and its cell must be one"),
                    )
                })
            }
            _ if column.kind == ColumnKind::Binary => {
                Err(record.error("Column", "a stream cannot be set"))
            }
            (text, false) => Ok(Value::from(text)),
        }
    }

    /// The number that a row of bitfields makes of a cell; none where the template is something else.
    fn bits(&self, pieces: &[Piece], there: &Value) -> Result<Option<i32>, Error> {
        let (mut mask, mut bits, mut fields) = (0, 0, 0);
        for piece in pieces {
            let Piece::Item(name, _) = piece else {
                return Ok(None);
            };
            let (item, value) = self.value(name)?;
            let value: i32 = value.trim().parse().unwrap_or(0);
            let own = match item.format {
                ItemFormat::Bitfield => {
                    fields += 1;
                    let mask = parts(&item.context).into_iter().next().unwrap_or_default();
                    let mask = mask.trim().parse();
                    mask.map_err(|_| wrong(format!("the mask of item {name} is no number")))?
                }
                ItemFormat::Integer => -1,
                ItemFormat::Text | ItemFormat::Key => return Ok(None),
            };
            mask |= own;
            bits |= value & own;
        }
        let there = there.integer().unwrap_or(0);
        Ok((fields > 0).then_some(there & !mask | bits))
    }

    /// Leaves out rows that were the defaults of keys, where another row was given for all of them.
    fn drop_orphans(&self, module: &Database, tables: &mut Tables) -> Result<(), Error> {
        let used = substituted(module)?;
        let keys = self
            .items
            .values()
            .filter(|item| item.format == ItemFormat::Key);
        let mut orphans: BTreeMap<(&str, &str), bool> = BTreeMap::new();
        for item in keys.filter(|item| used.contains(&item.name)) {
            let given = self
                .given
                .get(&item.name)
                .is_some_and(|value| *value != item.default);
            let goes = given && item.attributes & KEY_NO_ORPHAN != 0;
            *orphans.entry((&item.kind, &item.default)).or_insert(true) &= goes;
        }
        for ((table, key), _) in orphans.into_iter().filter(|(_, goes)| *goes) {
            if let Some(table) = tables.get_mut(table) {
                let key = parts(key);
                table.rows.retain(|row| {
                    let keys = row
                        .iter()
                        .zip(&table.columns)
                        .filter(|(_, column)| column.key);
                    !keys
                        .map(|(value, _)| value.to_string())
                        .eq(key.iter().cloned())
                });
            }
        }
        Ok(())
    }
}

/// The items that `ModuleSubstitution` uses.
fn substituted(module: &Database) -> Result<BTreeSet<String>, Error> {
    let mut used = BTreeSet::new();
    for record in module.rows("ModuleSubstitution")?.records() {
        for piece in template(record.text("Value")).unwrap_or_default() {
            if let Piece::Item(name, _) = piece {
                used.insert(name);
            }
        }
    }
    Ok(used)
}

/// The row and column that a row of `ModuleSubstitution` names; none where the module has no such table.
fn place(record: &Record<'_>, tables: &Tables) -> Result<Option<(usize, usize)>, Error> {
    let Some(table) = tables.get(record.text("Table")) else {
        return Ok(None);
    };
    let column = table.column(record.text("Column"));
    let column = column.ok_or_else(|| record.error("Column", "the table has no such column"))?;
    let key = parts(record.text("Row"));
    let row = table.rows.iter().position(|row| {
        let found = table.key(row);
        found.iter().map(Value::to_string).eq(key.iter().cloned())
    });
    let row = row.ok_or_else(|| record.error("Row", "the module has no such row"))?;
    Ok(Some((row, column)))
}
