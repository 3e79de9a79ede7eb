//! What is written is read again, and is the same.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use proptest::prelude::*;

use super::*;
use crate::made::{Layout, compound, package};
use crate::schema::column;
use crate::{Column, SummaryValue, Table, Value};

fn columns() -> Vec<Column> {
    [
        ("K", 0x2D48),
        ("N", 0x1502),
        ("L", 0x1104),
        ("T", 0x1F00),
        ("D", 0x1900),
    ]
    .map(|(name, kind)| column(name.into(), kind))
    .to_vec()
}

fn table(rows: &[(&str, Option<i32>)]) -> Table {
    let row = |(key, number): &(&str, Option<i32>)| {
        let short = number.map(|number| number % 32768);
        vec![
            Value::from(*key),
            short.map_or(Value::Null, Value::Integer),
            number.map_or(Value::Null, Value::Integer),
            Value::from(format!("text of {key}")),
            Value::Stream(format!("T.{key}").into()),
        ]
    };
    Table::new("T", columns(), rows.iter().map(row).collect())
}

fn streams(sizes: &[usize]) -> Vec<(Vec<u16>, Vec<u8>)> {
    let stream = |(number, &size): (usize, &usize)| {
        let bytes = (0..size)
            .map(|n| (n / 3 + n / 512 + number) as u8)
            .collect();
        (
            stream_name::encode(&format!("stream{number}"), false),
            bytes,
        )
    };
    sizes.iter().enumerate().map(stream).collect()
}

fn saved(database: &Database) -> Vec<u8> {
    let mut bytes = Vec::new();
    database.save(&mut bytes).unwrap();
    assert!(bytes.len().is_multiple_of(512));
    bytes
}

fn open(bytes: Vec<u8>) -> Database {
    Database::open(Cursor::new(bytes)).unwrap()
}

/// Every stream as people name it, tables included.
fn all(database: &Database) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    for stored in database.stored().unwrap().stored().unwrap() {
        if let NodeKind::Stream(mut reader) = stored.node.kind {
            let mut bytes = Vec::new();
            reader.read_to_end(&mut bytes).unwrap();
            let mark = if stored.table { "table " } else { "" };
            all.insert(format!("{mark}{}", stored.name), bytes);
        }
    }
    all
}

const ROWS: [(&str, Option<i32>); 4] = [
    ("b", Some(7)),
    ("a", Some(-40_000)),
    ("ä", None),
    ("c", Some(i32::MAX)),
];

#[test]
fn what_is_unchanged_is_copied_byte_for_byte() {
    let sizes = [0, 1, 63, 64, 65, 4095, 4096, 4097, 8192, 100_000, 9_000_000];
    for (sector_shift, backwards) in [(9, false), (9, true), (12, true)] {
        let mut content = package(true, &[table(&ROWS)]);
        content.extend(streams(&sizes));
        let layout = Layout {
            sector_shift,
            backwards,
        };
        let original = open(compound(layout, &content));
        let copy = open(saved(&original));
        assert_eq!(all(&copy), all(&original));
        assert_eq!(copy.kind(), original.kind());
        assert_eq!(saved(&copy), saved(&original));
    }
}

#[test]
fn streams_come_and_go_and_the_summary_is_written_anew() {
    let mut content = package(false, &[table(&ROWS)]);
    content.extend(streams(&[10, 5000]));
    let layout = Layout {
        sector_shift: 9,
        backwards: false,
    };
    let mut database = open(compound(layout, &content));
    let before = all(&database);
    database.remove_stream("stream1");
    database.replace_stream("New", vec![1, 2, 3]);
    let mut summary = database.summary().unwrap().clone();
    summary.set(15, SummaryValue::Integer(4));
    database.replace_summary(summary.clone());
    let copy = open(saved(&database));
    assert_eq!(copy.summary().unwrap(), &summary);
    let (mut expected, mut found) = (before, all(&copy));
    expected.remove("stream1");
    expected.insert("New".to_owned(), vec![1, 2, 3]);
    found.remove(SUMMARY);
    assert_eq!(found, expected);
}

#[test]
fn tables_in_memory_are_written() {
    let text = "== Property.idt\nProperty\tValue\ns72\tl0\nProperty\tProperty\nB\tzwei\nA\teins\n\
        == _SummaryInformation.idt\nPropertyId\tValue\ni2\tl255\n_SummaryInformation\tPropertyId\n9\t{X}\n15\t2\n";
    let database = Database::from_text_str(text).unwrap();
    let copy = open(saved(&database));
    let values = |database: &Database| {
        let table = database.rows("Property").unwrap();
        let mut rows: Vec<String> = table
            .records()
            .map(|row| format!("{}={}", row.text("Property"), row.text("Value")))
            .collect();
        rows.sort();
        rows
    };
    assert_eq!(values(&copy), ["A=eins", "B=zwei"]);
    assert_eq!(copy.columns("Property"), database.columns("Property"));
    assert_eq!(copy.summary().unwrap().word_count(), Some(2));
    assert_eq!(copy.kind(), Kind::Package);
}

#[test]
fn what_fits_nowhere_is_refused() {
    let layout = Layout {
        sector_shift: 9,
        backwards: false,
    };
    let content = package(false, &[table(&ROWS)]);
    let refused = |change: &dyn Fn(&mut Database)| {
        let mut database = open(compound(layout, &content));
        change(&mut database);
        database.save(&mut Vec::new()).unwrap_err().to_string()
    };
    let name = "n".repeat(63);
    assert!(refused(&|database| database.replace_stream(&name, vec![])).contains("too long"));
    let wide = |database: &mut Database| {
        let mut table = table(&ROWS);
        table.rows[0][1] = Value::Integer(40_000);
        database.replace_table(table);
    };
    assert_eq!(
        refused(&wide),
        "table T, row b, column N: the value does not fit into the column"
    );
    let foreign = |database: &mut Database| database.set_code_page(1252);
    assert!(
        refused(&|database| {
            let mut table = table(&ROWS);
            table.rows[0][3] = Value::from("Ж");
            database.replace_table(table);
            foreign(database);
        })
        .contains("code page 1252")
    );
}

proptest! {
    #[test]
    fn any_table_survives(
        rows in proptest::collection::btree_map("[a-zA-ZäЖ.]{1,12}", proptest::option::of(-2_147_483_647i32..), 0..50),
        sizes in proptest::collection::vec(0usize..9000, 0..12),
    ) {
        let rows: Vec<(&str, Option<i32>)> = rows.iter().map(|(key, number)| (key.as_str(), *number)).collect();
        let expected = table(&rows);
        let layout = Layout { sector_shift: 9, backwards: false };
        let mut content = package(false, &[table(&ROWS)]);
        content.extend(streams(&sizes));
        let mut database = open(compound(layout, &content));
        database.replace_table(expected.clone());
        let copy = open(saved(&database));
        let found = copy.table("T").unwrap().unwrap();
        prop_assert_eq!(&found.columns, &expected.columns);
        let sorted = |table: &Table| {
            let mut rows = table.rows.clone();
            rows.sort_by_key(|row| format!("{row:?}"));
            rows
        };
        prop_assert_eq!(sorted(&found), sorted(&expected));
        for (number, size) in sizes.iter().enumerate() {
            let mut bytes = Vec::new();
            copy.stream(&format!("stream{number}")).unwrap().unwrap().read_to_end(&mut bytes).unwrap();
            prop_assert_eq!(&bytes, &streams(&sizes)[number].1);
            prop_assert_eq!(bytes.len(), *size);
        }
    }
}
