//! The shared SQL cases, as far as they are queries: tables are made here, from the cases' own statements.
//!
//! Skipped where the shared cases are not there.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a test that reads real files"
)]

mod shared;

use std::collections::HashMap;

use database::{Column, ColumnKind, Database, Row, Table, Value};
use serde_json::Value as Json;
use shared::shared;

/// A database under construction. Rows stand in the order of their keys, texts in that of their first use.
struct Maker {
    database: Database,
    texts: HashMap<String, usize>,
}

impl Maker {
    fn new() -> Maker {
        let mut database = Database::from_text_str("== Seed.idt\nSeed\ns72\nSeed\tSeed\n").unwrap();
        database.remove_table("Seed");
        let texts = HashMap::new();
        Maker { database, texts }
    }

    fn rank(&mut self, value: &Value) -> i64 {
        match value {
            Value::Null => i64::MIN,
            Value::Integer(number) => i64::from(*number),
            text => {
                let next = self.texts.len();
                *self.texts.entry(text.to_string()).or_insert(next) as i64
            }
        }
    }

    /// `CREATE TABLE t (c TYPE ..., ... PRIMARY KEY c, ...)`
    fn create(&mut self, words: &[String]) {
        let name = &words[2];
        let key = words.iter().position(|word| word == "PRIMARY").unwrap();
        let keys: Vec<&String> = words[key + 2..]
            .iter()
            .filter(|word| word.len() > 1 || word.chars().all(char::is_alphanumeric))
            .collect();
        let mut columns = Vec::new();
        for column in words[4..key].split(|word| word == ",") {
            let size = column
                .get(3)
                .and_then(|size| size.parse().ok())
                .unwrap_or(0);
            let has = |word: &str| column.iter().any(|other| other == word);
            columns.push(Column {
                name: column[0].as_str().into(),
                kind: match column[1].as_str() {
                    "SHORT" | "INT" | "INTEGER" => ColumnKind::Short,
                    "LONG" => ColumnKind::Long,
                    "OBJECT" => ColumnKind::Binary,
                    _ => ColumnKind::Text(size),
                },
                key: keys.contains(&&column[0]),
                nullable: !has("NOT"),
                localizable: has("LOCALIZABLE"),
                temporary: has("TEMPORARY"),
            });
        }
        columns.sort_by_key(|column| !column.key);
        self.rank(&Value::from(name.as_str()));
        for column in &columns {
            self.rank(&Value::from(&*column.name));
        }
        let names: Vec<String> = self.database.table_names().map(str::to_string).collect();
        let read = |name: &String| Table::clone(&self.database.rows(name).unwrap());
        let mut tables: Vec<Table> = names.iter().map(read).collect();
        tables.push(Table::new(name.as_str(), columns, Vec::new()));
        tables.sort_by_key(|table| self.rank(&Value::from(&*table.name)));
        for table in tables {
            self.database.remove_table(&table.name);
            self.database.replace_table(table);
        }
    }

    /// `INSERT INTO t (c, ...) VALUES (v, ...)`
    fn insert(&mut self, words: &[String], parameters: &[Value]) {
        let mut table = Table::clone(&self.database.rows(&words[2]).unwrap());
        let values = words
            .iter()
            .position(|word| word.eq_ignore_ascii_case("VALUES"))
            .unwrap();
        let list = |words: &[String]| -> Vec<String> {
            let words = words
                .iter()
                .filter(|word| !matches!(word.as_str(), "," | "(" | ")"));
            words.cloned().collect()
        };
        let mut parameters = parameters.iter();
        let mut row: Row = vec![Value::Null; table.columns.len()];
        for (name, value) in list(&words[3..values])
            .iter()
            .zip(list(&words[values + 1..]))
        {
            let place = table.column(name).unwrap();
            let value = match value.as_str() {
                "?" => parameters.next().unwrap().clone(),
                value => Value::from(value.trim_matches('\'')),
            };
            row[place] = match (table.columns[place].kind, value) {
                (ColumnKind::Short | ColumnKind::Long, Value::Text(text)) => {
                    Value::Integer(text.parse().unwrap())
                }
                (_, value) => value,
            };
        }
        for value in &row {
            self.rank(value);
        }
        let key = table.key(&row);
        table.rows.push(row);
        let mut rows: Vec<(Vec<i64>, Row)> = table
            .rows
            .iter()
            .map(|row| {
                (
                    table
                        .key(row)
                        .iter()
                        .map(|value| self.rank(value))
                        .collect(),
                    row.clone(),
                )
            })
            .collect();
        rows.sort_by(|one, other| one.0.cmp(&other.0));
        assert!(table.find(&key).is_some());
        let rows = rows.into_iter().map(|(_, row)| row).collect();
        self.database
            .replace_table(Table::new(table.name, table.columns, rows));
    }
}

/// Parts a statement: names without their accents, texts with their quotes.
fn words(statement: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = statement.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '`' | '\'' => rest[1..].find(first).unwrap() + 2,
            '(' | ')' | ',' | '?' => 1,
            _ => rest
                .find([' ', '(', ')', ',', '`', '\''])
                .unwrap_or(rest.len()),
        };
        words.push(rest[..length].trim_matches('`').to_string());
        rest = rest[length..].trim_start();
    }
    words
}

fn value(json: &Json) -> Value {
    match json {
        Json::Number(number) => Value::Integer(number.as_i64().unwrap().try_into().unwrap()),
        Json::String(text) => Value::from(text.as_str()),
        _ => Value::Null,
    }
}

/// Runs a case; false where it needs more than queries.
fn run(case: &Json) -> Result<bool, String> {
    let steps = case["steps"].as_array().unwrap();
    let verb = |step: &Json| {
        let sql = step["sql"].as_str().unwrap_or("").trim_start();
        sql.split([' ', '\n', '\r', '`'])
            .next()
            .unwrap_or("")
            .to_ascii_uppercase()
    };
    let fits = |step: &Json| {
        let plain = step["sql"].is_string() && step["open"].is_null() && step["db"].is_null();
        let makes = matches!(verb(step).as_str(), "CREATE" | "INSERT");
        plain
            && step["parse_only"].is_null()
            && (verb(step) == "SELECT" || makes || step["rc"] != 0)
    };
    let text = case.to_string();
    if !steps.iter().all(fits)
        || !steps.iter().any(|step| verb(step) == "SELECT")
        || text.contains("TEMPORARY")
    {
        return Ok(false);
    }
    let mut maker = Maker::new();
    for step in steps {
        let sql = step["sql"].as_str().unwrap();
        let parameters = step["params"].as_array().cloned().unwrap_or_default();
        let parameters: Vec<Value> = parameters.iter().map(value).collect();
        match (verb(step).as_str(), step["rc"] == 0) {
            ("CREATE", true) => maker.create(&words(sql)),
            ("INSERT", true) => maker.insert(&words(sql), &parameters),
            ("SELECT", _) => compare(&maker.database, step, &parameters)?,
            _ => {}
        }
    }
    Ok(true)
}

fn compare(database: &Database, step: &Json, parameters: &[Value]) -> Result<(), String> {
    let sql = step["sql"].as_str().unwrap();
    let selection = match database.select(sql, parameters) {
        Ok(_) if step["rc"] != 0 => return Err(format!("{sql}: it should be refused")),
        Ok(selection) => selection,
        Err(error) if step["rc"] == error.code() => return Ok(()),
        Err(error) => return Err(format!("{sql}: {error}")),
    };
    let columns: Vec<(Json, Json)> = selection
        .columns
        .iter()
        .map(|column| match column.name() {
            "" => (Json::Null, column.definition().into()),
            name => (name.into(), column.definition().into()),
        })
        .collect();
    let expected = step["cols"].as_array().unwrap();
    let expected: Vec<(Json, Json)> = expected
        .iter()
        .map(|column| (column[0].clone(), column[1].clone()))
        .collect();
    if columns != expected {
        return Err(format!("{sql}: columns {columns:?}"));
    }
    let expected: Vec<Row> = step["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row.as_array().unwrap().iter().map(value).collect())
        .collect();
    let all = step["eof"] == true;
    let length = if all {
        selection.rows.len()
    } else {
        expected.len()
    };
    match selection.rows.get(..length) {
        Some(rows) if rows == expected => Ok(()),
        _ => Err(format!("{sql}: rows {:?}", selection.rows)),
    }
}

#[test]
fn shared_cases_agree() {
    let Some(shared) = shared() else { return };
    let text = std::fs::read_to_string(shared.join("vectors/sql.shared.jsonl")).unwrap();
    let (mut passed, mut out_of_scope, mut failed) = (0, 0, Vec::new());
    for line in text.lines().skip(1) {
        let case: Json = serde_json::from_str(line).unwrap();
        match run(&case) {
            Ok(true) => passed += 1,
            Ok(false) => out_of_scope += 1,
            Err(what) => failed.push(format!("{}: {what}", case["id"])),
        }
    }
    eprintln!("{passed} cases pass, {out_of_scope} need more than queries");
    assert!(failed.is_empty(), "{failed:#?}");
    assert!(passed > 50, "{passed}");
}
