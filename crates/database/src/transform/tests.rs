//! Transforms made of two databases, and transforms of single bytes.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use proptest::prelude::*;

use super::*;
use crate::schema::column;
use crate::{Column, Row, SummaryValue, Table, Value};

fn columns(kinds: &[(&str, u16)]) -> Vec<Column> {
    let columns = kinds.iter().map(|&(name, kind)| column(name.into(), kind));
    columns.collect()
}

/// One key, and a column of each kind.
fn plain() -> Vec<Column> {
    columns(&[
        ("K", 0x2D48),
        ("N", 0x1502),
        ("L", 0x1104),
        ("T", 0x1F00),
        ("D", 0x1900),
    ])
}

/// Two keys, the second of which may be null.
fn pairs() -> Vec<Column> {
    columns(&[("K", 0x2D48), ("N", 0x3502), ("T", 0x1F00)])
}

/// More columns than a mask of 16 bits has.
fn wide() -> Vec<Column> {
    let mut wide = columns(&[("K", 0x2D48)]);
    wide.extend((1..24).map(|n| column(format!("C{n}").into(), [0x1F00, 0x1104][n % 2])));
    wide
}

/// A table by its name, with as many of its columns as wanted.
fn schema(name: &str, more: bool) -> Vec<Column> {
    let mut columns = match name {
        "Plain" => plain(),
        "Pairs" => pairs(),
        _ => wide(),
    };
    if !more {
        columns.truncate(columns.len() - 1);
    }
    columns
}

fn value(column: &Column, number: u8, table: &str, row: &Row) -> Value {
    use crate::ColumnKind::{Binary, Long, Short, Text};
    match (column.kind, number) {
        (_, 0) if column.nullable => Value::Null,
        (Short, number) => Value::Integer(i32::from(number) - 4),
        (Long, number) => Value::Integer((i32::from(number) - 4) * 1_000_000),
        (Text(_), number) => Value::from(format!("text {} ü", number / 2)),
        (Binary, _) => Value::Stream(
            crate::rows::key_stream_name(table, row.first())
                .as_str()
                .into(),
        ),
    }
}

/// Makes a database of rows in numbers.
fn database(tables: &BTreeMap<&'static str, (bool, Vec<Vec<u8>>)>) -> Database {
    let mut database = Database::empty(Kind::Package, 65001);
    for (name, (more, numbers)) in tables {
        let columns = schema(name, *more);
        let mut table = Table::new(*name, columns, Vec::new());
        for numbers in numbers {
            let mut row = Row::new();
            for (column, number) in table.columns.iter().zip(numbers) {
                row.push(value(column, *number, name, &row));
            }
            if table
                .rows
                .iter()
                .all(|other| table.key(other) != table.key(&row))
            {
                for (value, number) in row.iter().zip(numbers) {
                    if let Value::Stream(stream) = value {
                        let bytes = vec![*number; usize::from(*number)];
                        database.replace_stream(stream, bytes);
                    }
                }
                table.rows.push(row);
            }
        }
        database.replace_table(table);
    }
    database
}

/// Every table with its columns and rows, and every stream, in an order of their own.
fn contents(database: &Database) -> String {
    let mut lines = Vec::new();
    for name in database.table_names() {
        let table = database.rows(name).unwrap();
        lines.push(format!("{name} {:?}", table.columns));
        lines.extend(table.rows.iter().map(|row| format!("{name} {row:?}")));
    }
    for name in database.stream_names() {
        let mut bytes = Vec::new();
        let mut reader = database.stream(name).unwrap().unwrap();
        reader.read_to_end(&mut bytes).unwrap();
        lines.push(format!("{name} {bytes:?}"));
    }
    lines.sort_unstable();
    lines.join("\n")
}

prop_compose! {
    fn rows()(rows in prop::collection::vec(prop::collection::vec(0u8..9, 24), 0..12)) -> Vec<Vec<u8>> {
        rows
    }
}

fn tables() -> impl Strategy<Value = BTreeMap<&'static str, (bool, Vec<Vec<u8>>)>> {
    let table = prop::sample::select(vec!["Plain", "Pairs", "Wide"]);
    prop::collection::btree_map(table, (any::<bool>(), rows()), 0..4)
}

proptest! {
    #[test]
    fn the_difference_makes_the_one_of_the_other(
        old in tables(),
        mut new in tables(),
        long_references: bool,
    ) {
        // Columns are never taken away.
        for (name, (more, _)) in &mut new {
            *more |= old.get(name).is_some_and(|(more, _)| *more);
        }
        let mut again = database(&old);
        let (mut old, new) = (database(&old), database(&new));
        let mut file = Vec::new();
        old.save_transform(&new, Validation(3), ErrorConditions::ALL, &mut file).unwrap();
        let ours = Transform::open(Cursor::new(file)).unwrap();
        prop_assert_eq!((ours.validation(), ours.suppressed()), (Validation(3), ErrorConditions::ALL));
        let file = made::transform(&old, &new, long_references);
        let transform = Transform::open(Cursor::new(file)).unwrap();
        let changes = |transform: &Transform| transform.changes(&old, ErrorConditions::NONE).unwrap().len();
        prop_assert_eq!(changes(&ours), changes(&transform));
        again.apply_transform(&ours, ErrorConditions::NONE).unwrap();
        prop_assert_eq!(contents(&again), contents(&new));
        old.apply_transform(&transform, ErrorConditions::NONE).unwrap();
        prop_assert_eq!(contents(&old), contents(&new));
    }

    #[test]
    fn damage_is_an_error_and_changes_nothing(
        old in tables(),
        new in tables(),
        at: prop::sample::Index,
        byte: u8,
    ) {
        let (mut old, mut new) = (database(&old), database(&new));
        for name in ["Plain", "Pairs", "Wide"] {
            if old.columns(name).map(<[Column]>::len) != new.columns(name).map(<[Column]>::len) {
                old.remove_table(name);
                new.remove_table(name);
            }
        }
        let mut file = made::transform(&old, &new, false);
        let at = at.index(file.len());
        file[at] = byte;
        let before = contents(&old);
        if let Ok(transform) = Transform::open(Cursor::new(file))
            && old.apply_transform(&transform, ErrorConditions::ALL).is_err()
        {
            prop_assert_eq!(contents(&old), before);
        }
    }
}

/// A package of one table `T`, with the columns K and V and a row for each pair.
fn package(rows: &[(&str, &str)]) -> Database {
    let columns = columns(&[("K", 0x2D48), ("V", 0x1F00)]);
    let row = |&(key, value): &(&str, &str)| vec![Value::from(key), Value::from(value)];
    let mut database = Database::empty(Kind::Package, 0);
    database.replace_table(Table::new("T", columns, rows.iter().map(row).collect()));
    database
}

/// Applies the difference of two databases to a third, and shows what becomes of it.
fn apply(old: &Database, new: &Database, to: &mut Database, suppress: ErrorConditions) -> String {
    let transform = made::open(old, new, SummaryInformation::default());
    match to.apply_transform(&transform, suppress) {
        Ok(()) => {
            let names: Vec<String> = to.table_names().map(str::to_string).collect();
            let rows = names.iter().map(|name| {
                let table = to.rows(name).unwrap();
                let rows: Vec<String> = table
                    .rows
                    .iter()
                    .map(|row| format!("{}={}", row[0], row[1]))
                    .collect();
                format!("{name}: {}", rows.join(" "))
            });
            rows.collect::<Vec<_>>().join("; ")
        }
        Err(Error::Transform(error)) => format!("{} {error}", error.message()),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn conditions_are_errors_where_they_are_not_suppressed() {
    let none = Database::empty(Kind::Package, 0);
    let (a, b) = (package(&[("a", "1")]), package(&[("a", "1"), ("b", "2")]));
    let changed = package(&[("a", "1"), ("b", "3")]);
    for (old, new, to, suppress, expected) in [
        (
            &a,
            &b,
            &b,
            ErrorConditions::ADD_EXISTING_ROW,
            [
                "2250 it adds a row to table T that is there: b",
                "T: a=1 b=2",
            ],
        ),
        (
            &b,
            &a,
            &a,
            ErrorConditions::DELETE_MISSING_ROW,
            [
                "2251 it deletes a row of table T that is not there: b",
                "T: a=1",
            ],
        ),
        (
            &b,
            &changed,
            &a,
            ErrorConditions::UPDATE_MISSING_ROW,
            [
                "2254 it changes a row of table T that is not there: b",
                "T: a=1",
            ],
        ),
        (
            &none,
            &package(&[]),
            &b,
            ErrorConditions::ADD_EXISTING_TABLE,
            ["2252 it adds the table T, which is there", "T: a=1 b=2"],
        ),
        (
            &a,
            &none,
            &none,
            ErrorConditions::DELETE_MISSING_TABLE,
            ["2253 it drops the table T, which is not there", ""],
        ),
    ] {
        let copy = || {
            let mut copy = Database::empty(Kind::Package, 0);
            for name in to.table_names() {
                copy.replace_table(Table::clone(&to.rows(name).unwrap()));
            }
            copy
        };
        let others = ErrorConditions(0x3F & !suppress.0);
        assert_eq!(apply(old, new, &mut copy(), others), expected[0]);
        assert_eq!(apply(old, new, &mut copy(), suppress), expected[1]);
    }
}

#[test]
fn an_added_row_takes_the_place_of_one_that_is_there() {
    let mut there = package(&[("a", "old"), ("b", "2")]);
    let (old, new) = (package(&[]), package(&[("a", "new")]));
    let result = apply(&old, &new, &mut there, ErrorConditions::ADD_EXISTING_ROW);
    assert_eq!(result, "T: a=new b=2");
}

#[test]
fn rows_of_a_table_that_the_package_has_not_are_left_out() {
    let mut none = Database::empty(Kind::Package, 0);
    let (old, new) = (package(&[]), package(&[("a", "new")]));
    assert_eq!(apply(&old, &new, &mut none, ErrorConditions::NONE), "");
}

#[test]
fn a_table_that_is_made_again_must_have_the_same_columns() {
    let none = Database::empty(Kind::Package, 0);
    let mut other = Database::empty(Kind::Package, 0);
    let two = columns(&[("K", 0x2D48), ("N", 0x1502)]);
    other.replace_table(Table::new("T", two, Vec::new()));
    assert_eq!(
        apply(&none, &package(&[]), &mut other, ErrorConditions::ALL),
        "2255 it adds the column V to table T, whose columns do not allow it"
    );
}

#[test]
fn code_pages_that_differ_are_an_error_unless_one_is_neutral() {
    for (package_page, suppress, expected) in [
        (0, ErrorConditions::NONE, Ok(65001)),
        (65001, ErrorConditions::NONE, Ok(65001)),
        (1252, ErrorConditions::CHANGE_CODE_PAGE, Ok(65001)),
        (1252, ErrorConditions::NONE, Err(2222)),
    ] {
        let (old, new) = (package(&[]), package(&[("a", "ü")]));
        let transform = made::open(&old, &new, SummaryInformation::default());
        let mut to = package(&[]);
        to.set_code_page(package_page);
        let result = to.apply_transform(&transform, suppress);
        let result = match result {
            Ok(()) => Ok(to.code_page()),
            Err(Error::Transform(error)) => Err(error.message()),
            Err(error) => panic!("{error}"),
        };
        assert_eq!(result, expected, "{package_page} {suppress:?}");
    }
}

/// A transform without changes, for `{A}` 1.2.3 in German.
fn bare(flags: Validation) -> Transform {
    let mut summary = SummaryInformation::default();
    summary.set(7, SummaryValue::Text("Intel;1031".into()));
    summary.set(9, SummaryValue::Text("{A}1.2.3;{B}1.2.4;{C}".into()));
    let count = i32::from(flags.0) << 16 | 0x12;
    summary.set(16, SummaryValue::Integer(count));
    let none = Database::empty(Kind::Package, 0);
    made::open(&none, &none, summary)
}

#[test]
fn the_summary_says_what_it_is_for() {
    let transform = bare(Validation::GREATER | Validation::UPGRADE_CODE);
    assert_eq!(transform.original().code, "{A}");
    assert_eq!(transform.original().version, "1.2.3");
    assert_eq!(transform.result().version, "1.2.4");
    assert_eq!(transform.upgrade_code(), "{C}");
    assert_eq!(transform.validation(), Validation(0xC00));
    assert_eq!(transform.suppressed(), ErrorConditions(0x12));
}

#[test]
fn a_transform_for_another_package_is_refused() {
    let flags = |relation: Validation| Validation::UPDATE_VERSION | relation;
    for (flags, property, expected) in [
        (Validation(0), "ProductCode={X}", 0),
        (Validation::LANGUAGE, "ProductLanguage=1031", 0),
        (Validation::LANGUAGE, "ProductLanguage=1033", 2745),
        (Validation::PRODUCT, "ProductCode={a}", 0),
        (Validation::PRODUCT, "ProductCode={B}", 2746),
        (flags(Validation::LESS), "ProductVersion=1.2.2.9", 0),
        (flags(Validation::LESS), "ProductVersion=1.2.3.0", 2747),
        (
            flags(Validation::LESS_OR_EQUAL),
            "ProductVersion=1.2.3.7",
            0,
        ),
        (
            flags(Validation::LESS_OR_EQUAL),
            "ProductVersion=1.10.0",
            2748,
        ),
        (flags(Validation::EQUAL), "ProductVersion=1.2.3", 0),
        (flags(Validation::EQUAL), "ProductVersion=1.2.4", 2749),
        (
            flags(Validation::GREATER_OR_EQUAL),
            "ProductVersion=1.2.3",
            0,
        ),
        (
            flags(Validation::GREATER_OR_EQUAL),
            "ProductVersion=1.2.2",
            2750,
        ),
        (flags(Validation::GREATER), "ProductVersion=2", 0),
        (flags(Validation::GREATER), "ProductVersion=1.2.3", 2751),
        (
            Validation::MAJOR_VERSION | Validation::EQUAL,
            "ProductVersion=1.9",
            0,
        ),
        (
            Validation::MINOR_VERSION | Validation::EQUAL,
            "ProductVersion=1.2.9",
            0,
        ),
        (
            Validation::MINOR_VERSION | Validation::EQUAL,
            "ProductVersion=1.3",
            2749,
        ),
        (Validation::EQUAL, "ProductVersion=7", 0),
        (Validation::UPGRADE_CODE, "UpgradeCode={c}", 0),
        (Validation::UPGRADE_CODE, "UpgradeCode={D}", 2760),
    ] {
        let (name, value) = property.split_once('=').unwrap();
        let columns = columns(&[("Property", 0x2D48), ("Value", 0x0F00)]);
        let row = vec![Value::from(name), Value::from(value)];
        let mut database = Database::empty(Kind::Package, 0);
        database.replace_table(Table::new("Property", columns, vec![row]));
        let found = match bare(flags).check(&database) {
            Ok(()) => 0,
            Err(Error::Transform(error)) => error.message(),
            Err(error) => panic!("{error}"),
        };
        assert_eq!(found, expected, "{flags:?} {property}");
    }
}

#[test]
fn changes_are_viewed_and_not_made() {
    let (old, mut new) = (
        package(&[("a", "1"), ("b", "2")]),
        package(&[("b", "3"), ("c", "4")]),
    );
    let columns = columns(&[("K", 0x2D48)]);
    new.replace_table(Table::new("New", columns, Vec::new()));
    let transform = made::open(&old, &new, SummaryInformation::default());
    let mut database = package(&[("a", "1"), ("b", "2")]);
    let before = contents(&database);
    database
        .apply_transform(&transform, ErrorConditions::VIEW)
        .unwrap();
    let view = database.table("_TransformView").unwrap().unwrap();
    let rows: Vec<String> = view
        .rows
        .iter()
        .map(|row| {
            row.iter()
                .map(Value::to_string)
                .collect::<Vec<_>>()
                .join("|")
        })
        .collect();
    assert_eq!(
        rows,
        [
            "New|CREATE|||",
            "New|K||11592|1",
            "T|V|b|3|2",
            "T|INSERT|c||",
            "T|DELETE|a||"
        ]
    );
    database.remove_table("_TransformView");
    assert_eq!(contents(&database), before);
}
