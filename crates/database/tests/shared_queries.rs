//! The shared SQL cases, step by step: statements, views, records, commits.
//!
//! Skipped where the shared cases are not there.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a test that reads real files"
)]

mod shared;

use std::collections::HashMap;
use std::io::Cursor;

use database::{Database, Error, Field, Kind, Modify, SelectedColumn, Value, View};
use serde_json::Value as Json;
use shared::shared;

/// Cases whose values are another engine's, and where the documentation says otherwise.
const DEVIATIONS: &[(&str, &str)] = &[
    (
        "sql-235",
        "a DELETE removes every row that fits, not every other one",
    ),
    (
        "sql-259",
        "a DELETE removes every row that fits, not every other one",
    ),
];

/// What a case works with: databases, views and files by name, and the last record of each view.
#[derive(Default)]
struct Case {
    databases: HashMap<String, Database>,
    files: HashMap<String, Vec<u8>>,
    /// The file that each database was opened from.
    opened: HashMap<String, String>,
    views: HashMap<String, (View, String)>,
    records: HashMap<String, Vec<Field>>,
}

fn text(json: &Json) -> &str {
    json.as_str().unwrap_or("")
}

fn field(json: &Json) -> Field {
    match json {
        Json::Number(number) => Field::from(i32::try_from(number.as_i64().unwrap()).unwrap()),
        Json::String(text) => Field::from(text.as_str()),
        Json::Object(object) => {
            let hex = object["hex"].as_str().unwrap();
            let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
            let bytes: Vec<u8> = (0..hex.len()).step_by(2).map(byte).collect();
            Field::Bytes(bytes.into())
        }
        _ => Field::Value(Value::Null),
    }
}

fn fields(json: &Json) -> Vec<Field> {
    json.as_array()
        .map(|values| values.iter().map(field).collect())
        .unwrap_or_default()
}

/// A record as the cases write it.
fn shown(database: &Database, record: &[Field]) -> Json {
    let value = |field: &Field| match field {
        Field::Value(Value::Null) => Json::Null,
        Field::Value(Value::Integer(number)) => Json::from(*number),
        Field::Value(Value::Text(text)) => Json::from(&**text),
        Field::Value(Value::Stream(name)) => {
            let bytes = database.stream(name).unwrap().unwrap().length();
            serde_json::json!({ "bytes": bytes })
        }
        Field::Bytes(bytes) => serde_json::json!({ "bytes": bytes.len() }),
    };
    record.iter().map(value).collect()
}

fn columns(columns: &[SelectedColumn]) -> Json {
    let column = |column: &SelectedColumn| match column.name() {
        "" => serde_json::json!([null, column.definition()]),
        name => serde_json::json!([name, column.definition()]),
    };
    columns.iter().map(column).collect()
}

fn code(result: &Result<(), Error>) -> u32 {
    result.as_ref().err().map_or(0, Error::code)
}

fn mode(name: &str) -> Modify {
    match name {
        "SEEK" => Modify::Seek,
        "REFRESH" => Modify::Refresh,
        "INSERT" => Modify::Insert,
        "UPDATE" => Modify::Update,
        "ASSIGN" => Modify::Assign,
        "REPLACE" => Modify::Replace,
        "MERGE" => Modify::Merge,
        "DELETE" => Modify::Delete,
        "INSERT_TEMPORARY" => Modify::InsertTemporary,
        other => panic!("{other}"),
    }
}

/// Fails unless both are the same.
fn same(what: &str, found: &Json, expected: &Json) -> Result<(), String> {
    match found == expected {
        true => Ok(()),
        false => Err(format!("{what} {found}, and not {expected}")),
    }
}

impl Case {
    fn step(&mut self, step: &Json) -> Result<(), String> {
        let has = |name: &str| !step[name].is_null();
        let database = match step["db"].as_str() {
            Some(name) => name.to_string(),
            None => "db1".to_string(),
        };
        if has("open_db") {
            self.open(step);
        } else if has("close_db") {
            self.databases.remove(text(&step["close_db"]));
        } else if has("open") {
            return self.open_view(text(&step["open"]), &database, step);
        } else if has("sql") {
            return self.statement(&database, step);
        } else if has("exec") {
            return self.execute(text(&step["exec"]), step);
        } else if has("fetch") {
            return self.fetch(text(&step["fetch"]), step);
        } else if has("modify") {
            return self.modify(text(&step["modify"]), step);
        } else if has("colinfo") {
            let (view, _) = &self.views[text(&step["colinfo"])];
            if has("row") {
                let names = text(&step["kind"]) == "names";
                let all = columns(view.columns());
                let one = |column: &Json| column[if names { 0 } else { 1 }].clone();
                let found: Json = all.as_array().unwrap().iter().map(one).collect();
                return same("columns", &found, &step["row"]);
            }
        } else if has("vclose") {
            self.views.get_mut(text(&step["vclose"])).unwrap().0.close();
        } else if has("close") {
            self.views.remove(text(&step["close"]));
        } else if has("commit") {
            self.commit(text(&step["commit"]));
        } else if has("primary_keys") {
            let database = &self.databases[text(&step["primary_keys"])];
            let found = match database.primary_keys(text(&step["table"])) {
                Some(keys) => serde_json::json!(keys),
                None => Json::Null,
            };
            return same("keys", &found, &step["row"]);
        } else if has("is_persistent") {
            let database = &self.databases[text(&step["is_persistent"])];
            let found = match database.is_persistent(text(&step["table"])) {
                Some(true) => 1,
                Some(false) => 0,
                None => 2,
            };
            return same("persistent", &found.into(), &step["cond"]);
        } else if has("import") {
            let database = self.databases.get_mut(text(&step["import"])).unwrap();
            let result = database.import_text("a.idt", text(&step["idt"]).as_bytes());
            return same("import", &code(&result).into(), &step["rc"]);
        } else if has("merge") {
            return self.merge(step);
        } else {
            return Err(format!("an unknown step {step}"));
        }
        Ok(())
    }

    fn open(&mut self, step: &Json) {
        let (name, file) = (text(&step["open_db"]), text(&step["file"]));
        let database = match text(&step["mode"]) {
            "create" | "createdirect" => Database::create(Kind::Package),
            _ => Database::open(Cursor::new(self.files[file].clone())).unwrap(),
        };
        self.databases.insert(name.to_string(), database);
        self.opened.insert(name.to_string(), file.to_string());
    }

    fn commit(&mut self, name: &str) {
        let mut bytes = Vec::new();
        self.databases[name].save(&mut bytes).unwrap();
        if let Some(file) = self.opened.get(name) {
            self.files.insert(file.clone(), bytes);
        }
    }

    fn open_view(&mut self, name: &str, database: &str, step: &Json) -> Result<(), String> {
        let opened = View::open(&self.databases[database], text(&step["sql"]));
        match opened {
            Ok(view) if step["rc"] == 0 => {
                let view = (view, database.to_string());
                self.views.insert(name.to_string(), view);
                Ok(())
            }
            Ok(_) => Err("it should not open".to_string()),
            Err(error) => same(&error.to_string(), &error.code().into(), &step["rc"]),
        }
    }

    fn execute(&mut self, name: &str, step: &Json) -> Result<(), String> {
        let (view, database) = self.views.get_mut(name).unwrap();
        let database = self.databases.get_mut(database).unwrap();
        let result = view.execute(database, &fields(&step["params"]));
        same("execute", &code(&result).into(), &step["rc"])?;
        match &step["cols"] {
            Json::Null => Ok(()),
            expected => same("columns", &columns(view.columns()), expected),
        }
    }

    fn fetch(&mut self, name: &str, step: &Json) -> Result<(), String> {
        let (view, database) = self.views.get_mut(name).unwrap();
        let database = &self.databases[database];
        let (code, row) = match view.fetch(database) {
            Ok(Some(record)) => {
                let row = shown(database, &record);
                self.records.insert(name.to_string(), record);
                (0, row)
            }
            Ok(None) => (259, Json::Null),
            Err(error) => (error.code(), Json::Null),
        };
        same("fetch", &code.into(), &step["rc"])?;
        same("row", &row, &step["row"])
    }

    fn modify(&mut self, name: &str, step: &Json) -> Result<(), String> {
        let (view, database) = self.views.get_mut(name).unwrap();
        let database = self.databases.get_mut(database).unwrap();
        let fetched = text(&step["record"]) == "fetched";
        let mut record = match fetched {
            true => self.records[name].clone(),
            false => fields(&step["row"]),
        };
        for (place, value) in step["set"].as_object().into_iter().flatten() {
            record[place.parse::<usize>().unwrap() - 1] = field(value);
        }
        let result = view.modify(database, mode(text(&step["mode"])), &mut record);
        same("modify", &code(&result).into(), &step["rc"])?;
        if !step["after"].is_null() {
            same("record", &shown(database, &record), &step["after"])?;
        }
        if fetched {
            self.records.insert(name.to_string(), record);
        }
        Ok(())
    }

    fn merge(&mut self, step: &Json) -> Result<(), String> {
        let other = self.databases.remove(text(&step["from"])).unwrap();
        let database = self.databases.get_mut(text(&step["merge"])).unwrap();
        let result = database.merge(&other, step["errors_table"].as_str());
        self.databases
            .insert(text(&step["from"]).to_string(), other);
        same("merge", &code(&result).into(), &step["rc"])
    }

    /// Opens, executes, fetches and closes.
    fn statement(&mut self, name: &str, step: &Json) -> Result<(), String> {
        let database = self.databases.get_mut(name).unwrap();
        let mut view = match View::open(database, text(&step["sql"])) {
            Ok(_) if text(&step["at"]) == "open" && step["rc"] != 0 => {
                return Err("it should not open".to_string());
            }
            Ok(view) => view,
            Err(error) if text(&step["at"]) == "execute" => {
                return Err(format!("it should open: {error}"));
            }
            Err(error) => return same(&error.to_string(), &error.code().into(), &step["rc"]),
        };
        if step["parse_only"] == true {
            return Ok(());
        }
        let result = view.execute(database, &fields(&step["params"]));
        same(&format!("{result:?}"), &code(&result).into(), &step["rc"])?;
        if step["rc"] != 0 || step["cols"].is_null() {
            return Ok(());
        }
        same("columns", &columns(view.columns()), &step["cols"])?;
        for expected in step["rows"].as_array().unwrap() {
            let record = view.fetch(database).unwrap();
            let record = record.ok_or_else(|| format!("no row {expected}"))?;
            same("row", &shown(database, &record), expected)?;
        }
        if step["eof"] == true
            && let Some(more) = view.fetch(database).unwrap()
        {
            return Err(format!("one more row {}", shown(database, &more)));
        }
        Ok(())
    }
}

fn run(json: &Json) -> Result<(), String> {
    let mut case = Case::default();
    let database = Database::create(Kind::Package);
    case.databases.insert("db1".to_string(), database);
    for step in json["steps"].as_array().unwrap() {
        case.step(step).map_err(|what| format!("{step}: {what}"))?;
    }
    Ok(())
}

#[test]
fn shared_cases_agree() {
    let Some(shared) = shared() else { return };
    let text = std::fs::read_to_string(shared.join("vectors/sql.shared.jsonl")).unwrap();
    let (mut passed, mut failed) = (0, Vec::new());
    for line in text.lines().skip(1) {
        let case: Json = serde_json::from_str(line).unwrap();
        let id = case["id"].as_str().unwrap();
        let deviates = DEVIATIONS.iter().any(|(deviation, _)| *deviation == id);
        match run(&case) {
            Ok(()) if deviates => failed.push(format!("{id}: passes, and is listed")),
            Err(what) if !deviates => failed.push(format!("{id}: {what}")),
            _ => passed += 1,
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert!(passed > 130, "{passed}");
}
