//! The table of statements and tests in the documentation: each file that it names is there, with the tests it names.

use std::path::Path;

/// Texts between backquotes, in order.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn every_test_that_the_table_names_is_there() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let table = crates.parent().unwrap().join("docs/statements.md");
    let table = std::fs::read_to_string(table).unwrap();
    let (mut file, mut named) = (String::new(), 0);
    for word in quoted(&table) {
        if word.ends_with(".rs") {
            let source = std::fs::read_to_string(crates.join(word));
            file = source.unwrap_or_else(|error| panic!("{word}: {error}"));
        } else if word.contains('_') && !word.contains('/') {
            assert!(file.contains(&format!("fn {word}(")), "no test {word}");
            named += 1;
        }
    }
    assert!(named > 40, "{named}");
}
