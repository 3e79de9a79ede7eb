//! The tables of statements, events and tests in the documentation: each file that it names is there, with the tests it names.

use std::path::Path;

/// Texts between backquotes, in order.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn every_test_that_the_table_names_is_there() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let read = |name: &str| {
        let table = crates.parent().unwrap().join("docs").join(name);
        std::fs::read_to_string(table).unwrap()
    };
    let tables = read("statements.md") + &read("events.md");
    let (mut file, mut named) = (String::new(), 0);
    for word in quoted(&tables) {
        if word.ends_with(".rs") {
            let source = std::fs::read_to_string(crates.join(word));
            file = source.unwrap_or_else(|error| panic!("{word}: {error}"));
        } else if word.contains('_') && !word.contains(['/', '=']) && !word.starts_with('_') {
            assert!(file.contains(&format!("fn {word}(")), "no test {word}");
            named += 1;
        }
    }
    assert!(named > 40, "{named}");
}

/// Every fact F1 to F12 and every promise G1 to G12 has a row, with a test or the word that it comes later.
#[test]
fn every_fact_and_promise_of_the_gate_has_its_row() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let table = crates.parent().unwrap().join("docs/statements.md");
    let table = std::fs::read_to_string(table).unwrap();
    for letter in ['F', 'G'] {
        for number in 1..=12 {
            let begin = format!("| {letter}{number}: ");
            let row = table.lines().find(|line| line.starts_with(&begin));
            let row = row.unwrap_or_else(|| panic!("no row of {letter}{number}"));
            assert!(row.contains(".rs`: `") || row.contains("*later*"), "{row}");
        }
    }
}
