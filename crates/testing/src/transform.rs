//! Transforms for tests: the difference of two packages.
//!
//! Both have the same tables with the same columns; texts are UTF-8. The form of a transform is told in `database`.

use std::collections::HashMap;

use database::{ColumnKind, Database, Row, Table, Value};

use crate::compound::compound;

/// The class id of transforms.
const CLASS: [u8; 16] = [
    0x82, 0x10, 0x0C, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46,
];
/// The digits of packed stream names.
const DIGITS: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._";

/// Returns a transform that makes `new` out of `old`. `validation` are the flags that say what is compared before
/// it is applied: the high word of the character count.
///
/// Panics where the packages' tables differ in more than rows.
#[track_caller]
pub fn transform(old: &Database, new: &Database, validation: u16) -> Vec<u8> {
    let mut texts = Texts::default();
    let mut streams = Vec::new();
    for name in new.table_names() {
        let (from, to) = (rows(old, name), rows(new, name));
        assert_eq!(from.columns, to.columns, "{name}");
        let changes = texts.changes(&from, &to);
        if !changes.is_empty() {
            streams.push((table_stream(name), changes));
        }
    }
    streams.push((table_stream("_StringPool"), texts.pool()));
    streams.push((table_stream("_StringData"), texts.data.into_bytes()));
    let name = "\u{5}SummaryInformation".encode_utf16().collect();
    streams.push((name, summary(old, new, validation)));
    compound(CLASS, streams)
}

fn rows(database: &Database, table: &str) -> Table {
    let table = database.table(table).expect("a test package is whole");
    Table::clone(&table.expect("the packages have the same tables"))
}

/// The transform's texts, by number from 1.
#[derive(Default)]
struct Texts {
    numbers: HashMap<String, u16>,
    lengths: Vec<u16>,
    data: String,
}

impl Texts {
    fn changes(&mut self, old: &Table, new: &Table) -> Vec<u8> {
        let mut changes = Vec::new();
        for row in &new.rows {
            match old.find(&new.key(row)) {
                None => {
                    let columns = new.columns.len() as u16;
                    changes.extend((1 + 256 * columns).to_le_bytes());
                    changes.extend(self.cells(new, row, u16::MAX));
                }
                Some(there) if there.row != row => {
                    let mask = mask(new, |place| there.row[place] != row[place]);
                    changes.extend(mask.to_le_bytes());
                    changes.extend(self.cells(new, row, mask | keys(new)));
                }
                Some(_) => {}
            }
        }
        for row in old
            .rows
            .iter()
            .filter(|row| new.find(&old.key(row)).is_none())
        {
            changes.extend([0, 0]);
            changes.extend(self.cells(old, row, keys(old)));
        }
        changes
    }

    /// The cells of the columns whose bits are set.
    fn cells(&mut self, table: &Table, row: &Row, mask: u16) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (place, column) in table.columns.iter().enumerate() {
            if mask >> place & 1 == 0 {
                continue;
            }
            match (column.kind, &row[place]) {
                (ColumnKind::Text(_), Value::Text(text)) => bytes.extend(self.number(text)),
                (ColumnKind::Short, Value::Integer(n)) => {
                    bytes.extend((*n as u16 ^ 0x8000).to_le_bytes());
                }
                (ColumnKind::Long, Value::Integer(n)) => {
                    bytes.extend((*n as u32 ^ 0x8000_0000).to_le_bytes());
                }
                (ColumnKind::Long, Value::Null) => bytes.extend([0; 4]),
                (_, Value::Null) => bytes.extend([0; 2]),
                (_, value) => panic!("no transform for a test has {value:?}"),
            }
        }
        bytes
    }

    fn number(&mut self, text: &str) -> [u8; 2] {
        let next = self.lengths.len() as u16 + 1;
        let number = *self.numbers.entry(text.to_owned()).or_insert(next);
        if number == next {
            self.lengths.push(text.len() as u16);
            self.data += text;
        }
        number.to_le_bytes()
    }

    fn pool(&self) -> Vec<u8> {
        let mut pool = 65001u32.to_le_bytes().to_vec();
        for length in &self.lengths {
            pool.extend(length.to_le_bytes());
            pool.extend(1u16.to_le_bytes());
        }
        pool
    }
}

fn keys(table: &Table) -> u16 {
    mask(table, |place| table.columns[place].key)
}

fn mask(table: &Table, has: impl Fn(usize) -> bool) -> u16 {
    let places = (0..table.columns.len()).filter(|&place| has(place));
    places.fold(0, |mask, place| mask | 1 << place)
}

/// The units under which a table's stream is stored.
fn table_stream(name: &str) -> Vec<u16> {
    let digits: Vec<u16> = name
        .chars()
        .map(|letter| DIGITS.find(letter).expect("a table's name is packed") as u16)
        .collect();
    let pairs = digits.chunks(2).map(|pair| match pair {
        [low, high] => 0x3800 + low + (high << 6),
        single => 0x4800 + single[0],
    });
    std::iter::once(0x4840).chain(pairs).collect()
}

/// The summary information: language, products, version of the installer, and what is compared.
fn summary(old: &Database, new: &Database, validation: u16) -> Vec<u8> {
    let property = |database: &Database, name: &str| {
        let table = rows(database, "Property");
        let row = table.find(&[Value::from(name)]);
        row.map_or("", |row| row.text("Value")).to_owned()
    };
    let product =
        |database| property(database, "ProductCode") + &property(database, "ProductVersion");
    let upgrade = property(new, "UpgradeCode");
    let revision = format!("{};{};{upgrade}", product(old), product(new));
    let template = format!("Intel;{}", property(old, "ProductLanguage"));
    let values = [
        (7, text_value(&template)),
        (9, text_value(&revision)),
        (14, number_value(200)),
        (16, number_value(u32::from(validation) << 16)),
    ];
    let mut bytes = vec![0; 44];
    bytes[..2].copy_from_slice(&[0xFE, 0xFF]);
    let mut at = 8 + 8 * values.len() as u32;
    bytes.extend(
        [48, 0, values.len() as u32]
            .iter()
            .flat_map(|n| n.to_le_bytes()),
    );
    for (number, value) in &values {
        bytes.extend([*number, at].iter().flat_map(|n: &u32| n.to_le_bytes()));
        at += value.len() as u32;
    }
    bytes.extend(values.into_iter().flat_map(|(_, value)| value));
    bytes
}

fn text_value(text: &str) -> Vec<u8> {
    let mut value = [30u32.to_le_bytes(), (text.len() as u32 + 1).to_le_bytes()].concat();
    value.extend(text.as_bytes());
    value.push(0);
    value.resize(value.len().next_multiple_of(4), 0);
    value
}

fn number_value(number: u32) -> Vec<u8> {
    [3u32.to_le_bytes(), number.to_le_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use database::{Transform, Validation};

    use super::*;
    use crate::package;

    #[test]
    fn the_difference_makes_the_one_of_the_other() {
        let old = "product Greeter 1.0.0\nfile a.txt in Main: a\nfile b.txt in Main: b";
        let new = "product Greeter 1.0.1\nfile b.txt in Main: other\nproperty Greeting: Grüße";
        let (mut old, new) = (package(old).database(), package(new).database());
        let file = transform(&old, &new, Validation::PRODUCT.0);
        let transform = Transform::open(Cursor::new(file)).unwrap();
        assert_eq!(transform.validation(), Validation::PRODUCT);
        transform.check(&old).unwrap();
        old.apply_transform(&transform, transform.suppressed())
            .unwrap();
        for name in new.table_names() {
            let (mut made, mut meant) = (rows(&old, name).rows, rows(&new, name).rows);
            made.sort_by_key(|row| format!("{row:?}"));
            meant.sort_by_key(|row| format!("{row:?}"));
            assert_eq!(made, meant, "{name}");
        }
    }
}
