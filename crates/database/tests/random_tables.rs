//! Random tables that are written and read again: every kind of column, code pages, what is temporary, and more texts
//! than two bytes can number.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use database::{Column, ColumnKind, Database, Field, Kind, Row, Table, Value};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// Code pages, and letters that each has.
const CODE_PAGES: [(u32, &str); 12] = [
    (0, "aB9_ ."),
    (874, "aกข฿"),
    (932, "aあ亜ｱ"),
    (936, "a中。"),
    (949, "a한글"),
    (950, "a繁體"),
    (1250, "ačŐ"),
    (1251, "aЖё"),
    (1252, "aä€"),
    (1255, "aאת"),
    (1258, "aơư"),
    (65001, "a😀Жあ"),
];

/// A column as `CREATE TABLE` says it.
#[derive(Clone, Debug)]
struct Wanted {
    kind: &'static str,
    nullable: bool,
    localizable: bool,
}

/// A number and the letters of a text, whichever its column needs; or null, where the column may be.
type Cell = Option<(i32, Vec<usize>)>;

#[derive(Clone, Debug)]
struct Shape {
    columns: Vec<Wanted>,
    keys: usize,
    binary: bool,
    /// How many temporary columns stand at the end.
    temporary: usize,
    /// Their cells, and whether they are temporary.
    rows: Vec<(Vec<Cell>, bool)>,
}

fn shape() -> impl Strategy<Value = Shape> {
    let kinds = vec![
        "SHORT",
        "INT",
        "LONG",
        "CHAR(1)",
        "CHARACTER(255)",
        "CHAR",
        "LONGCHAR",
    ];
    let column =
        (select(kinds), any::<bool>(), any::<bool>()).prop_map(|(kind, nullable, localizable)| {
            Wanted {
                kind,
                nullable,
                localizable: localizable && kind.contains("CHAR"),
            }
        });
    let number = prop_oneof![-3..4_i32, Just(0x7FFF), Just(-0x7FFF)];
    let cell = proptest::option::weighted(0.8, (number, vec(0..8_usize, 1..6)));
    let row = (vec(cell, 10), proptest::bool::weighted(0.2));
    let temporary = prop_oneof![3 => Just(0_usize), 1 => 1..3_usize];
    (
        vec(column, 1..7),
        1..4_usize,
        any::<bool>(),
        temporary,
        vec(row, 0..20),
    )
        .prop_map(|(columns, keys, binary, temporary, rows)| Shape {
            keys: keys.min(columns.len()),
            columns,
            binary,
            temporary,
            rows,
        })
}

impl Shape {
    fn create(&self, name: &str) -> String {
        let mut parts = Vec::new();
        for (place, column) in self.columns.iter().enumerate() {
            let null = if column.nullable { "" } else { " NOT NULL" };
            let local = if column.localizable {
                " LOCALIZABLE"
            } else {
                ""
            };
            parts.push(format!("C{place} {}{null}{local}", column.kind));
        }
        if self.binary {
            parts.push("B OBJECT".to_string());
        }
        parts.extend((0..self.temporary).map(|place| format!("T{place} CHAR(9) TEMPORARY")));
        let keys: Vec<String> = (0..self.keys).map(|place| format!("C{place}")).collect();
        format!(
            "CREATE TABLE {name} ({} PRIMARY KEY {}) HOLD",
            parts.join(", "),
            keys.join(", ")
        )
    }

    /// The row's persistent values, those of temporary columns, and the bytes of its stream.
    fn row(&self, cells: &[Cell], letters: &[char]) -> (Row, Vec<u8>) {
        let text = |places: &[usize]| {
            let letters = places.iter().map(|place| letters[place % letters.len()]);
            letters.collect::<String>()
        };
        let mut row = Row::new();
        for (column, cell) in self.columns.iter().zip(cells) {
            row.push(match cell {
                None if column.nullable => Value::Null,
                None if column.kind.contains("CHAR") => Value::from("x"),
                None => Value::Integer(7),
                Some((_, places)) if column.kind.contains("CHAR") => Value::from(text(places)),
                // A number of two bytes fits wherever one does.
                Some((number, _)) if column.kind == "LONG" => {
                    Value::Integer(number.saturating_mul(65_536))
                }
                Some((number, _)) => Value::Integer(*number),
            });
        }
        let length = cells
            .first()
            .cloned()
            .flatten()
            .map_or(0, |(number, _)| number.unsigned_abs() as usize);
        (row, vec![b'x'; length % 9000])
    }
}

/// What must be there after reading: rows by their key, each with the bytes of its stream.
type Model = BTreeMap<String, (Row, Option<Vec<u8>>)>;

fn fill(database: &mut Database, name: &str, shape: &Shape, letters: &[char]) -> Model {
    database.execute(&shape.create(name), &[]).unwrap();
    let mut names: Vec<String> = (0..shape.columns.len())
        .map(|place| format!("C{place}"))
        .collect();
    names.extend(shape.binary.then(|| "B".to_string()));
    names.extend((0..shape.temporary).map(|place| format!("T{place}")));
    let markers = vec!["?"; names.len()].join(",");
    let mut model = Model::new();
    let mut keys = Vec::new();
    for (cells, temporary) in &shape.rows {
        let (row, bytes) = shape.row(cells, letters);
        let mut fields: Vec<Field> = row.iter().cloned().map(Field::Value).collect();
        if shape.binary {
            fields.push(Field::Bytes(bytes.clone().into()));
        }
        fields.resize(names.len(), Field::from("gone"));
        let temporary_word = if *temporary { " TEMPORARY" } else { "" };
        let insert = format!(
            "INSERT INTO {name} ({}) VALUES ({markers}){temporary_word}",
            names.join(",")
        );
        let key = format!("{:?}", &row[..shape.keys]);
        let done = database.execute(&insert, &fields).is_ok();
        assert_eq!(done, !keys.contains(&key), "{name} {row:?}");
        if done && !temporary {
            model.insert(key.clone(), (row, shape.binary.then_some(bytes)));
        }
        keys.push(key);
    }
    model
}

fn saved(database: &Database) -> Vec<u8> {
    let mut bytes = Vec::new();
    database.save(&mut bytes).unwrap();
    bytes
}

fn open(bytes: Vec<u8>) -> Database {
    Database::open(Cursor::new(bytes)).unwrap()
}

fn bytes_of(database: &Database, cell: &Value) -> Vec<u8> {
    let Value::Stream(name) = cell else {
        panic!("{cell:?}")
    };
    let mut bytes = Vec::new();
    let mut stream = database.stream(name).unwrap().unwrap();
    stream.read_to_end(&mut bytes).unwrap();
    bytes
}

/// Columns as they are said again.
fn definitions(columns: &[Column]) -> Vec<(String, String, bool)> {
    let shown = |column: &Column| (column.name.to_string(), column.definition(), column.key);
    columns.iter().map(shown).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn tables_are_read_as_they_were_written(shapes in vec(shape(), 1..4), page in select(CODE_PAGES.to_vec())) {
        let (code_page, letters) = page;
        let letters: Vec<char> = letters.chars().collect();
        let mut database = Database::create(Kind::Package);
        database.set_code_page(code_page);
        let names: Vec<String> = (0..shapes.len()).map(|number| format!("Table{number}")).collect();
        let models: Vec<Model> = names
            .iter()
            .zip(&shapes)
            .map(|(name, shape)| fill(&mut database, name, shape, &letters))
            .collect();
        let bytes = saved(&database);
        let copy = open(bytes.clone());
        prop_assert_eq!(copy.code_page(), code_page);
        prop_assert_eq!(copy.table_names().collect::<Vec<_>>().len(), names.len());
        for ((name, shape), model) in names.iter().zip(&shapes).zip(models) {
            let kept = shape.columns.len() + usize::from(shape.binary);
            let before = definitions(&database.columns(name).unwrap()[..kept]);
            prop_assert_eq!(definitions(copy.columns(name).unwrap()), before);
            let table = copy.table(name).unwrap().unwrap();
            prop_assert_eq!(table.rows.len(), model.len());
            for row in &table.rows {
                let (expected, stream) = &model[&format!("{:?}", &row[..shape.keys])];
                prop_assert_eq!(&row[..shape.columns.len()], &expected[..]);
                if let Some(stream) = stream {
                    prop_assert_eq!(&bytes_of(&copy, &row[shape.columns.len()]), stream);
                }
            }
        }
        prop_assert!(saved(&copy) == bytes, "another save gives another file");
    }
}

fn column(name: &str, kind: ColumnKind, key: bool) -> Column {
    Column {
        name: name.into(),
        kind,
        key,
        nullable: !key,
        localizable: false,
        temporary: false,
    }
}

/// A package of so many texts in all, the names of its table and columns among them.
fn of_texts(count: i32) -> Table {
    let columns = vec![
        column("K", ColumnKind::Text(0), true),
        column("N", ColumnKind::Long, false),
    ];
    let row = |number: i32| vec![Value::from(format!("k{number:x}")), Value::Integer(number)];
    Table::new("T", columns, (0..count - 3).map(row).collect())
}

#[test]
fn references_grow_where_two_bytes_end() {
    for count in [65_534, 65_535, 65_536, 65_537, 70_000] {
        let mut database = Database::create(Kind::Package);
        let table = of_texts(count);
        database.replace_table(table.clone());
        let bytes = saved(&database);
        let copy = open(bytes.clone());
        let read = copy.table("T").unwrap().unwrap();
        let sorted = |table: &Table| {
            let mut rows: Vec<Option<i32>> =
                table.rows.iter().map(|row| row[1].integer()).collect();
            rows.sort_unstable();
            rows
        };
        assert_eq!(sorted(&read), sorted(&table));
        assert!(
            read.rows
                .iter()
                .all(|row| row[0] == Value::from(format!("k{:x}", row[1].integer().unwrap())))
        );
        assert!(saved(&copy) == bytes);
    }
}
