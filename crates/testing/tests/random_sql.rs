//! Random statements, run here and by SQLite: what they find and what they leave must be the same.
//!
//! Only what both mean alike is asked: texts are never empty and never put in order. For Windows Installer null is
//! a value of its own, equal to itself and below all numbers, so SQLite is asked with `IS` and `COALESCE`.

use std::fmt::Write;
use std::io::Cursor;

use database::{Database, Field, Kind, Value};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use rusqlite::{Connection, params_from_iter, types};

/// A table: its name, and its columns with their types; those of the key first.
struct Shape {
    name: &'static str,
    columns: &'static [(&'static str, &'static str)],
    keys: usize,
}

const TABLES: [Shape; 3] = [
    Shape {
        name: "Fruit",
        columns: &[
            ("Id", "SHORT"),
            ("Label", "CHAR(20)"),
            ("Count", "LONG"),
            ("Basket", "SHORT"),
        ],
        keys: 1,
    },
    Shape {
        name: "Bin",
        columns: &[
            ("Slot", "CHAR(10)"),
            ("Fruit_", "SHORT"),
            ("Weight", "LONG"),
        ],
        keys: 2,
    },
    Shape {
        name: "Mark",
        columns: &[("Name", "LONGCHAR"), ("Rank", "SHORT")],
        keys: 1,
    },
];

impl Shape {
    /// Creates it: the statement for each of the two.
    fn create(&self) -> [String; 2] {
        let mut statements = [const { String::new() }; 2];
        for (place, (name, kind)) in self.columns.iter().enumerate() {
            let null = if place < self.keys { " NOT NULL" } else { "" };
            let between = if place == 0 { "" } else { ", " };
            write!(statements[0], "{between}`{name}` {kind}{null}").unwrap();
            let (affinity, limit) = match *kind {
                "SHORT" => ("INT", 0x7FFF),
                "LONG" => ("INT", 0x7FFF_FFFF_i64),
                _ => ("TEXT", 0),
            };
            write!(statements[1], "{between}`{name}` {affinity}{null}").unwrap();
            if limit > 0 {
                write!(
                    statements[1],
                    " CHECK (`{name}` BETWEEN -{limit} AND {limit})"
                )
                .unwrap();
            }
        }
        let keys: Vec<&str> = self.columns[..self.keys]
            .iter()
            .map(|column| column.0)
            .collect();
        let (name, keys) = (self.name, keys.join(", "));
        let [ours, theirs] = statements;
        [
            format!("CREATE TABLE `{name}` ({ours} PRIMARY KEY {keys})"),
            format!("CREATE TABLE `{name}` ({theirs}, PRIMARY KEY ({keys}))"),
        ]
    }
}

fn is_number(kind: &str) -> bool {
    !kind.contains("CHAR")
}

/// A column: of which of the statement's tables, and which.
#[derive(Clone, Copy, Debug)]
struct Column(Index, Index);

/// A number or a text, whichever its column needs, and whether it is a marker's.
#[derive(Clone, Debug)]
struct Constant {
    number: Option<i32>,
    text: Option<&'static str>,
    marker: bool,
}

#[derive(Clone, Debug)]
enum Condition {
    Constant(Column, &'static str, Constant),
    Columns(Column, &'static str, Column),
    Null(Column, bool),
    All(Vec<Condition>),
    Any(Vec<Condition>),
}

#[derive(Clone, Debug)]
struct Select {
    distinct: bool,
    tables: Vec<usize>,
    columns: Vec<Column>,
    condition: Option<Condition>,
    order: Vec<Column>,
}

#[derive(Clone, Debug)]
enum Step {
    Select(Select),
    Insert(usize, Vec<Option<Constant>>),
    Update(usize, Vec<(Index, Constant)>, Option<Condition>),
    Delete(usize, Option<Condition>),
    Save,
}

fn column() -> impl Strategy<Value = Column> {
    any::<(Index, Index)>().prop_map(|(table, column)| Column(table, column))
}

fn constant() -> impl Strategy<Value = Constant> {
    let number = prop_oneof![
        20 => (-3..8_i32).prop_map(Some),
        2 => select(vec![Some(40_000), Some(-32_767), Some(32_767), Some(i32::MAX), Some(-i32::MAX)]),
        2 => Just(None),
    ];
    let text = select(vec![
        Some("a"),
        Some("b"),
        Some("B"),
        Some("bb"),
        Some("ä"),
        Some("7"),
        None,
    ]);
    (number, text, any::<bool>()).prop_map(|(number, text, marker)| Constant {
        number,
        text,
        marker,
    })
}

fn condition() -> impl Strategy<Value = Condition> {
    let operator = || select(vec!["=", "=", "<>", "<", ">", "<=", ">="]);
    let leaf = prop_oneof![
        4 => (column(), operator(), constant()).prop_map(|(column, operator, constant)| Condition::Constant(column, operator, constant)),
        3 => (column(), operator(), column()).prop_map(|(one, operator, other)| Condition::Columns(one, operator, other)),
        1 => (column(), any::<bool>()).prop_map(|(column, is)| Condition::Null(column, is)),
    ];
    leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 2..4).prop_map(Condition::All),
            vec(inner, 2..4).prop_map(Condition::Any),
        ]
    })
}

fn step() -> impl Strategy<Value = Step> {
    let tables = Just(vec![0, 1, 2]).prop_shuffle();
    let tables = (tables, 1..4_usize).prop_map(|(tables, count)| tables[..count].to_vec());
    let cells = vec(proptest::option::weighted(0.9, constant()), 4);
    prop_oneof![
        6 => (any::<bool>(), tables, vec(column(), 0..4), proptest::option::of(condition()), vec(column(), 0..3)).prop_map(
            |(distinct, tables, columns, condition, order)| Step::Select(Select { distinct, tables, columns, condition, order })
        ),
        8 => (0..3_usize, cells).prop_map(|(table, cells)| Step::Insert(table, cells)),
        2 => (0..3_usize, vec((any::<Index>(), constant()), 1..3), proptest::option::of(condition()))
            .prop_map(|(table, cells, condition)| Step::Update(table, cells, condition)),
        1 => (0..3_usize, condition()).prop_map(|(table, condition)| Step::Delete(table, Some(condition))),
        1 => Just(Step::Save),
    ]
}

/// A statement as it is written for each of the two, and the values of its markers.
struct Statement<'a> {
    tables: &'a [usize],
    texts: [String; 2],
    markers: Vec<Field>,
}

impl<'a> Statement<'a> {
    fn new(tables: &'a [usize]) -> Statement<'a> {
        Statement {
            tables,
            texts: Default::default(),
            markers: Vec::new(),
        }
    }

    fn both(&mut self, text: &str) {
        self.texts.iter_mut().for_each(|to| to.push_str(text));
    }

    fn each(&mut self, ours: &str, theirs: &str) {
        self.texts[0].push_str(ours);
        self.texts[1].push_str(theirs);
    }

    /// A column's name, and whether it holds numbers.
    fn column(&self, column: Column) -> (String, bool) {
        let table = &TABLES[*column.0.get(self.tables)];
        let (name, kind) = column.1.get(table.columns);
        let number = is_number(kind);
        match self.tables {
            [_] => (format!("`{name}`"), number),
            _ => (format!("`{}`.`{name}`", table.name), number),
        }
    }

    fn names(&self, columns: &[Column]) -> String {
        let names = columns.iter().map(|&column| self.column(column).0);
        names.collect::<Vec<_>>().join(", ")
    }

    /// A number or a text; where it is a marker's, its value is kept.
    fn constant(&mut self, constant: &Constant, number: bool) -> String {
        let (field, text) = match (number, constant.number, constant.text) {
            (true, Some(number), _) => (Field::from(number), number.to_string()),
            (false, _, Some(text)) => (Field::from(text), format!("'{text}'")),
            // There is no word for null in conditions.
            _ => (Field::Value(Value::Null), "?".to_string()),
        };
        if constant.marker || text == "?" {
            self.markers.push(field);
            return "?".to_string();
        }
        text
    }

    fn compare(&mut self, one: &str, operator: &str, other: &str, number: bool) {
        let theirs = match (number, operator) {
            (true, _) => format!("COALESCE({one}, -9e9) {operator} COALESCE({other}, -9e9)"),
            (false, "<>") => format!("{one} IS NOT {other}"),
            (false, _) => format!("{one} IS {other}"),
        };
        self.each(&format!("{one} {operator} {other}"), &theirs);
    }

    fn condition(&mut self, condition: &Condition) {
        let of_text = |operator: &str| if operator == "<>" { "<>" } else { "=" };
        match condition {
            Condition::Constant(column, operator, constant) => {
                let (name, number) = self.column(*column);
                let operator = if number { operator } else { of_text(operator) };
                let constant = self.constant(constant, number);
                self.compare(&name, operator, &constant, number);
            }
            Condition::Columns(one, operator, other) => {
                let ((one, number), (other, also)) = (self.column(*one), self.column(*other));
                match number == also {
                    true if number => self.compare(&one, operator, &other, true),
                    true => self.compare(&one, of_text(operator), &other, false),
                    false => self.both(&format!("{one} IS NULL")),
                }
            }
            Condition::Null(column, is) => {
                let not = if *is { "" } else { "NOT " };
                let name = self.column(*column).0;
                self.both(&format!("{name} IS {not}NULL"));
            }
            Condition::All(parts) => self.parts(parts, " AND "),
            Condition::Any(parts) => self.parts(parts, " OR "),
        }
    }

    fn parts(&mut self, parts: &[Condition], between: &str) {
        self.both("(");
        for (place, part) in parts.iter().enumerate() {
            self.both(if place == 0 { "" } else { between });
            self.condition(part);
        }
        self.both(")");
    }

    fn filter(&mut self, condition: Option<&Condition>) {
        if let Some(condition) = condition {
            self.both(" WHERE ");
            self.condition(condition);
        }
    }
}

/// The two that must agree.
struct Pair {
    ours: Database,
    theirs: Connection,
}

/// The rows as text, each cell with its kind; none where the statement was refused.
type Rows = Option<Vec<Vec<String>>>;

impl Pair {
    fn new() -> Pair {
        let mut ours = Database::create(Kind::Package);
        ours.set_code_page(65001);
        let theirs = Connection::open_in_memory().unwrap();
        for table in &TABLES {
            let [one, other] = table.create();
            ours.execute(&one, &[]).unwrap();
            theirs.execute(&other, []).unwrap();
        }
        Pair { ours, theirs }
    }

    fn ours(&mut self, statement: &Statement<'_>) -> Rows {
        let selection = self
            .ours
            .execute(&statement.texts[0], &statement.markers)
            .ok()?;
        let rows = selection
            .map(|selection| selection.rows)
            .unwrap_or_default();
        Some(
            rows.iter()
                .map(|row| row.iter().map(|cell| format!("{cell:?}")).collect())
                .collect(),
        )
    }

    fn theirs(&self, statement: &Statement<'_>) -> Rows {
        let markers = statement.markers.iter().map(|field| match field {
            Field::Value(Value::Integer(number)) => types::Value::from(*number),
            Field::Value(Value::Text(text)) => types::Value::from(text.to_string()),
            _ => types::Value::Null,
        });
        let mut prepared = self.theirs.prepare(&statement.texts[1]).unwrap();
        let count = prepared.column_count();
        let mut rows = prepared.query(params_from_iter(markers)).ok()?;
        let mut found = Vec::new();
        loop {
            match rows.next() {
                Ok(Some(row)) => {
                    let cell = |place| match row.get_unwrap(place) {
                        types::Value::Integer(number) => {
                            Value::Integer(i32::try_from(number).unwrap())
                        }
                        types::Value::Text(text) => Value::from(text),
                        _ => Value::Null,
                    };
                    found.push(
                        (0..count)
                            .map(|place| format!("{:?}", cell(place)))
                            .collect(),
                    );
                }
                Ok(None) => return Some(found),
                Err(_) => return None,
            }
        }
    }

    /// Runs a statement in both. The first cells of each row must be in the same order, the rows the same in any.
    fn run(&mut self, statement: &Statement<'_>, ordered: usize) -> Result<(), TestCaseError> {
        let (mut ours, mut theirs) = (self.ours(statement), self.theirs(statement));
        let order = |rows: &Rows| {
            let rows = rows.iter().flatten();
            rows.map(|row| row[..ordered].to_vec()).collect::<Vec<_>>()
        };
        let text = statement.texts.join("\n");
        prop_assert_eq!(
            order(&ours),
            order(&theirs),
            "{} {:?}",
            text,
            statement.markers
        );
        ours.iter_mut().for_each(|rows| rows.sort_unstable());
        theirs.iter_mut().for_each(|rows| rows.sort_unstable());
        prop_assert_eq!(ours, theirs, "{} {:?}", text, statement.markers);
        Ok(())
    }

    fn step(&mut self, step: &Step) -> Result<(), TestCaseError> {
        match step {
            Step::Select(select) => self.select(select),
            Step::Insert(table, cells) => self.insert(*table, cells),
            Step::Update(table, cells, condition) => self.update(*table, cells, condition.as_ref()),
            Step::Delete(table, condition) => {
                let place = [*table];
                let mut statement = Statement::new(&place);
                statement.both(&format!("DELETE FROM `{}`", TABLES[*table].name));
                statement.filter(condition.as_ref());
                self.run(&statement, 0)
            }
            Step::Save => {
                let mut bytes = Vec::new();
                self.ours.save(&mut bytes).unwrap();
                self.ours = Database::open(Cursor::new(bytes)).unwrap();
                Ok(())
            }
        }
    }

    fn select(&mut self, select: &Select) -> Result<(), TestCaseError> {
        let mut statement = Statement::new(&select.tables);
        let order = select.order.iter().copied();
        let order: Vec<Column> = order.filter(|&column| statement.column(column).1).collect();
        // What gives the order is shown first, so that it can be compared.
        let shown = [&order[..], &select.columns].concat();
        let shown = match shown.is_empty() {
            true => "*".to_string(),
            false => statement.names(&shown),
        };
        let tables: Vec<&str> = select
            .tables
            .iter()
            .map(|&table| TABLES[table].name)
            .collect();
        let distinct = if select.distinct { "DISTINCT " } else { "" };
        statement.both(&format!(
            "SELECT {distinct}{shown} FROM {}",
            tables.join(", ")
        ));
        statement.filter(select.condition.as_ref());
        if !order.is_empty() {
            statement.both(&format!(" ORDER BY {}", statement.names(&order)));
        }
        self.run(&statement, order.len())
    }

    fn insert(&mut self, table: usize, cells: &[Option<Constant>]) -> Result<(), TestCaseError> {
        let (place, table) = ([table], &TABLES[table]);
        let mut statement = Statement::new(&place);
        let (mut names, mut values) = (Vec::new(), Vec::new());
        for ((name, kind), cell) in table.columns.iter().zip(cells) {
            if let Some(cell) = cell {
                names.push(format!("`{name}`"));
                values.push(statement.constant(cell, is_number(kind)));
            }
        }
        if names.is_empty() {
            return Ok(());
        }
        let (names, values) = (names.join(","), values.join(","));
        statement.both(&format!(
            "INSERT INTO `{}` ({names}) VALUES ({values})",
            table.name
        ));
        self.run(&statement, 0)
    }

    fn update(
        &mut self,
        table: usize,
        cells: &[(Index, Constant)],
        condition: Option<&Condition>,
    ) -> Result<(), TestCaseError> {
        let (place, table) = ([table], &TABLES[table]);
        let mut statement = Statement::new(&place);
        let (mut names, mut set) = (Vec::new(), Vec::new());
        for (column, cell) in cells {
            let (name, kind) = column.get(&table.columns[table.keys..]);
            if !names.contains(name) {
                let value = statement.constant(cell, is_number(kind));
                names.push(*name);
                set.push(format!("`{name}` = {value}"));
            }
        }
        statement.both(&format!("UPDATE `{}` SET {}", table.name, set.join(", ")));
        statement.filter(condition);
        self.run(&statement, 0)
    }
}

proptest! {
    #[test]
    fn statements_do_what_sqlite_does(steps in vec(step(), 1..60)) {
        let mut pair = Pair::new();
        for step in &steps {
            pair.step(step)?;
        }
        for (place, table) in TABLES.iter().enumerate() {
            let places = [place];
            let mut statement = Statement::new(&places);
            statement.both(&format!("SELECT * FROM `{}`", table.name));
            pair.run(&statement, 0)?;
        }
    }
}
