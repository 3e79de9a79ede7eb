//! Conditions and formatted text against the shared vectors, where they are there.
//!
//! Rows `asserted` and `documented` must come out as they stand; of the rows `observed` those that deviate are
//! listed here with the reason.

mod plan;

use database::Database;
use plan::{fixture, shared};
use sequence::Run;
use serde_json::Value;

/// Rows only observed, in which this engine follows the documentation or its own reading of it.
const DEVIATIONS: [(&str, &str); 0] = [];

struct Row {
    cells: Vec<String>,
}

impl Row {
    fn json(&self, at: usize) -> Value {
        serde_json::from_str(&self.cells[at]).expect("a cell of JSON")
    }

    fn pairs(&self, at: usize) -> Vec<(String, String)> {
        let Value::Object(map) = self.json(at) else {
            panic!("an object")
        };
        map.into_iter()
            .map(|(name, value)| (name, value.as_str().unwrap_or_default().to_owned()))
            .collect()
    }
}

#[expect(clippy::disallowed_methods, reason = "tests read their vectors")]
fn rows(name: &str) -> Option<Vec<Row>> {
    let path = shared()?.join("vectors").join(name);
    let text = std::fs::read_to_string(&path).unwrap();
    let rows = text.lines().skip(1).map(|line| Row {
        cells: line.split('\t').map(str::to_owned).collect(),
    });
    Some(rows.collect())
}

fn session(
    context: &str,
    properties: &[(String, String)],
    environment: &[(String, String)],
) -> Run {
    let costed = context == "costed";
    let text = if costed {
        format!("{}{}", fixture::EMPTY, fixture::COSTED)
    } else {
        fixture::EMPTY.to_owned()
    };
    let mut request = plan::request(&[]);
    request.properties = properties.to_vec();
    request.environment = environment.to_vec();
    // The fixture has no source folder.
    request.source.folder.clear();
    let world = plan::World::new();
    let mut run = Run::new(
        Database::from_text_str(&text).unwrap(),
        request,
        &world.machine,
    )
    .unwrap();
    if costed {
        plan::to_cost_finalize(&mut run);
    } else {
        // What every package must have is not in these sessions.
        for (name, _) in run.properties() {
            run.set_property(&name, "");
        }
    }
    for (name, value) in properties
        .iter()
        .filter(|(name, _)| !costed || name != "TARGETDIR")
    {
        run.set_property(name, value);
    }
    run
}

fn report(id: &str, basis: &str, found: &str, expected: &str, what: &str, wrong: &mut Vec<String>) {
    let listed = DEVIATIONS.iter().any(|(known, _)| *known == id);
    if (found != expected) != listed {
        wrong.push(format!(
            "{id} ({basis}) {what}: {found:?}, expected {expected:?}, listed: {listed}"
        ));
    }
}

#[test]
fn conditions() {
    let Some(rows) = rows("conditions.shared.tsv") else {
        return;
    };
    let mut wrong = Vec::new();
    for row in &rows {
        let [id, context, expected, basis] = [0, 3, 4, 5].map(|at| row.cells[at].as_str());
        let condition = row.json(1);
        let condition = condition.as_str().unwrap();
        let run = session(context, &row.pairs(2), &[]);
        let found = match run.evaluate(condition) {
            Ok(Some(true)) => "TRUE",
            Ok(Some(false)) => "FALSE",
            Ok(None) => "NONE",
            Err(_) => "ERROR",
        };
        report(id, basis, found, expected, condition, &mut wrong);
    }
    assert!(rows.len() > 200 && wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn formatted_text() {
    let Some(rows) = rows("format.shared.tsv") else {
        return;
    };
    let mut wrong = Vec::new();
    for row in &rows {
        let [id, context, basis] = [0, 1, 7].map(|at| row.cells[at].as_str());
        let template = row.json(2);
        let Value::Array(fields) = row.json(3) else {
            panic!("an array")
        };
        let fields: Vec<Option<String>> = fields
            .into_iter()
            .map(|field| match field {
                Value::String(text) => Some(text),
                Value::Number(number) => Some(number.to_string()),
                _ => None,
            })
            .collect();
        let found = if context == "nopkg" {
            sequence::format_record(template.as_str(), &fields)
        } else {
            session(context, &row.pairs(4), &row.pairs(5)).format_record(template.as_str(), &fields)
        };
        let expected = row.json(6);
        report(
            id,
            basis,
            &found,
            expected.as_str().unwrap(),
            template.as_str().unwrap_or("null"),
            &mut wrong,
        );
    }
    assert!(rows.len() > 130 && wrong.is_empty(), "{}", wrong.join("\n"));
}
