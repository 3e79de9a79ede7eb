//! Packages of every layout, whole and damaged.

use std::io::{Cursor, Read, Seek, SeekFrom};

use proptest::prelude::*;

use super::*;
use crate::made::{Layout, compound, package};
use crate::schema::column;
use crate::{ColumnKind, Value, stream_name};

const fn layout(sector_shift: u32, backwards: bool) -> Layout {
    Layout {
        sector_shift,
        backwards,
    }
}

const LAYOUTS: [Layout; 4] = [
    layout(9, false),
    layout(9, true),
    layout(12, false),
    layout(12, true),
];

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

fn table(rows: usize) -> Table {
    let row = |n: usize| {
        vec![
            Value::from(format!("key{n}")),
            if n.is_multiple_of(3) {
                Value::Null
            } else {
                Value::Integer(n as i32 % 65535 - 32767)
            },
            Value::Integer(i32::MAX - n as i32),
            Value::from(["", "one", "two", "ünö"][n % 4]),
            if n.is_multiple_of(5) {
                Value::Stream(format!("T.key{n}").into())
            } else {
                Value::Null
            },
        ]
    };
    Table::new("T", columns(), (0..rows).map(row).collect())
}

fn open(file: Vec<u8>) -> Result<Database, Error> {
    Database::open(Cursor::new(file))
}

fn stream(number: usize, length: usize) -> (Vec<u16>, Vec<u8>) {
    let bytes = (0..length)
        .map(|n| (n * 31 + n / 256 + number) as u8)
        .collect();
    (
        stream_name::encode(&format!("stream{number}"), false),
        bytes,
    )
}

#[test]
fn every_layout_opens() {
    for layout in LAYOUTS {
        for long_references in [false, true] {
            let table = table(1000);
            let streams = package(long_references, std::slice::from_ref(&table));
            let database = open(compound(layout, &streams)).unwrap();
            assert_eq!(database.code_page(), 65001);
            let read = database.table("T").unwrap().unwrap();
            assert_eq!(read.columns, table.columns, "{layout:?}");
            assert_eq!(read.rows, table.rows, "{layout:?}");
        }
    }
}

#[test]
fn an_emptied_entry_in_the_directory_is_passed_over() {
    let mut content = package(false, &[table(1)]);
    // With the root, four entries stand in a sector.
    while content.len() % 4 != 2 {
        content.push(stream(content.len(), 5000));
    }
    let mut file = compound(LAYOUTS[0], &content);
    let before = open(file.clone()).unwrap().stream_names().len();
    let start = u32::from_le_bytes(file[48..52].try_into().unwrap());
    let directory = (start as usize + 1) << 9;
    // The links of the last entry that is used lead to one behind it that is all zeros.
    let used = content.len();
    let (last, empty) = (directory + 128 * used, directory + 128 * (used + 1));
    assert!(file[last + 66] == 2 && file[empty..empty + 128].iter().all(|&byte| byte == 0));
    for link in [last + 68, last + 72] {
        if file[link..link + 4] == [0xFF; 4] {
            file[link..link + 4].copy_from_slice(&(used as u32 + 1).to_le_bytes());
            break;
        }
    }
    assert_eq!(open(file).unwrap().stream_names().len(), before);
}

#[test]
fn large_tables_are_found_by_key() {
    let table = table(200_000);
    let file = compound(LAYOUTS[0], &package(true, std::slice::from_ref(&table)));
    let read = open(file).unwrap().table("T").unwrap().unwrap();
    assert_eq!(read.rows.len(), 200_000);
    let row = read.find(&["key123456".into()]).unwrap();
    assert_eq!(row.row, &table.rows[123_456]);
    // Equal texts are one text.
    match (&read.rows[1][3], &read.rows[5][3]) {
        (Value::Text(one), Value::Text(other)) => assert!(Arc::ptr_eq(one, other)),
        cells => panic!("{cells:?}"),
    }
}

#[test]
fn streams_of_every_length() {
    let lengths = [
        0, 1, 63, 64, 65, 511, 512, 513, 4095, 4096, 4097, 70_000, 16_500_000,
    ];
    for layout in LAYOUTS {
        let streams: Vec<_> = lengths
            .iter()
            .enumerate()
            .map(|(n, &length)| stream(n, length))
            .collect();
        let mut all = package(false, &[]);
        all.extend(streams.clone());
        let mut file = compound(layout, &all);
        file.extend(b"trailing bytes of no whole sector");
        let database = open(file).unwrap();
        for (n, (_, bytes)) in streams.iter().enumerate() {
            let mut reader = database.stream(&format!("stream{n}")).unwrap().unwrap();
            let mut read = Vec::new();
            reader.read_to_end(&mut read).unwrap();
            assert!(read == *bytes, "{layout:?} {n}");
            // Backwards in steps, in which a read meets every border.
            let mut piece = [0; 100];
            for at in (0..bytes.len()).rev().step_by(bytes.len() / 50 + 1) {
                reader.seek(SeekFrom::Start(at as u64)).unwrap();
                let count = (bytes.len() - at).min(100);
                reader.read_exact(&mut piece[..count]).unwrap();
                assert!(
                    piece[..count] == bytes[at..at + count],
                    "{layout:?} {n} {at}"
                );
            }
            assert_eq!(
                reader.seek(SeekFrom::End(5)).unwrap(),
                bytes.len() as u64 + 5
            );
            assert_eq!(reader.read(&mut piece).unwrap(), 0);
        }
    }
}

#[test]
fn a_last_sector_that_is_cut_short_is_fine() {
    let (name, bytes) = stream(1, 5000);
    let mut streams = package(false, &[table(3)]);
    streams.push((name, bytes));
    let whole = compound(LAYOUTS[0], &streams);
    // The allocation table comes last here; its end says only that sectors are free.
    let database = open(whole[..whole.len() - 100].to_vec()).unwrap();
    assert_eq!(database.rows("T").unwrap().rows, table(3).rows);
}

#[test]
fn a_stream_that_the_file_does_not_hold_is_an_error() {
    let mut streams = package(false, &[]);
    streams.push(stream(1, 100_000));
    let mut file = compound(LAYOUTS[0], &streams);
    let database = open(file.clone()).unwrap();
    let reader = database.stream("stream1").unwrap().unwrap();
    assert_eq!(reader.length(), 100_000);
    // Lengths are not believed: this one says that it is longer than the file.
    let name: Vec<u8> = stream(1, 0)
        .0
        .iter()
        .flat_map(|unit| unit.to_le_bytes())
        .collect();
    let entry = file
        .windows(name.len())
        .rposition(|window| window == name)
        .unwrap();
    file[entry + 120..entry + 124].copy_from_slice(&0x7FFF_FFFFu32.to_le_bytes());
    let error = open(file).unwrap().stream("stream1").unwrap_err();
    assert_eq!(
        error.to_string(),
        "not a Windows Installer package: a stream of 2147483647 bytes is longer than the file (at byte 0)"
    );
}

/// Reads all there is, and gives up at the first error.
fn read_all(file: Vec<u8>) -> Result<usize, Error> {
    let database = open(file)?;
    let mut count = 0;
    for name in database.table_names() {
        count += database
            .table(name)
            .map_or(0, |table| table.map_or(0, |table| table.rows.len()));
    }
    for name in database.stream_names() {
        if let Ok(Some(mut reader)) = database.stream(name) {
            let mut bytes = Vec::new();
            let _ = reader.read_to_end(&mut bytes);
            count += bytes.len();
        }
    }
    let _ = database.summary();
    for name in database.storage_names() {
        let _ = database.storage(name);
    }
    Ok(count)
}

#[test]
fn damage_never_panics() {
    let mut streams = package(false, &[table(40)]);
    streams.extend([stream(1, 300), stream(2, 6000)]);
    streams.push((SUMMARY.encode_utf16().collect(), vec![0xFE; 200]));
    for layout in LAYOUTS {
        let file = compound(layout, &streams);
        let mut state = 1u64;
        let mut random = |below: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % below
        };
        let mut refused = 0;
        for _ in 0..3000 {
            let mut damaged = file.clone();
            for _ in 0..=random(4) {
                let at = random(damaged.len());
                damaged[at] = [random(256) as u8, 0xFF, 0, 1][random(4)];
            }
            if random(4) == 0 {
                damaged.truncate(random(file.len()));
            }
            refused += usize::from(read_all(damaged).is_err());
        }
        assert!(refused > 100, "{refused}");
    }
}

proptest! {
    #[test]
    fn tables_survive(
        rows in proptest::collection::vec(
            ("[a-zé]{1,8}", proptest::option::of(-32767i32..=32767), proptest::option::of(-i32::MAX..=i32::MAX)),
            0..60,
        ),
        long_references: bool,
        layout in proptest::sample::select(LAYOUTS.to_vec()),
    ) {
        let number = |value: Option<i32>| value.map_or(Value::Null, Value::Integer);
        let rows = rows
            .iter()
            .map(|(key, short, long)| {
                vec![Value::from(&**key), number(*short), number(*long), Value::Null, Value::Null]
            })
            .collect();
        let table = Table::new("Tables of text", columns(), rows);
        let streams = package(long_references, std::slice::from_ref(&table));
        let database = open(compound(layout, &streams)).unwrap();
        prop_assert_eq!(&database.rows(&table.name).unwrap().rows, &table.rows);
    }
}

#[test]
fn changes_in_memory() {
    let mut database = open(compound(LAYOUTS[0], &package(false, &[table(3)]))).unwrap();
    let mut row = table(4).rows.remove(3);
    database.insert_row("T", row.clone()).unwrap();
    row[1] = Value::Integer(7);
    database.insert_row("T", row.clone()).unwrap();
    let read = database.rows("T").unwrap();
    assert_eq!((read.rows.len(), &read.rows[3]), (4, &row));
    row.pop();
    assert!(database.insert_row("T", row).is_err());
    assert!(database.insert_row("U", Vec::new()).is_err());
    database.replace_table(Table::new("A", columns(), Vec::new()));
    database.remove_table("T");
    assert_eq!(database.table_names().collect::<Vec<_>>(), ["A"]);
    assert!(database.has_table("A") && database.table("T").unwrap().is_none());
    assert_eq!(database.columns("A").unwrap()[1].kind, ColumnKind::Short);
}
