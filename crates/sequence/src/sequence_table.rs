//! Rows of the sequence tables, and what the package says about an action's name.

use crate::step::Table;
use crate::{Error, Run};

/// One row of a sequence table.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    /// The action's name.
    pub action: String,
    /// Its condition; "" is true.
    pub condition: String,
    /// Its number.
    pub sequence: i32,
}

/// Returns the rows of a table that run in order, and those of the end (-1 to -4).
pub(crate) fn rows(run: &Run, table: Table) -> Result<(Vec<Row>, Vec<Row>), Error> {
    let mut rows = Vec::new();
    for record in run.table(table.name())?.records() {
        rows.push(Row {
            action: record.required("Action")?.to_owned(),
            condition: record.text("Condition").to_owned(),
            sequence: record.integer("Sequence").unwrap_or(0),
        });
    }
    rows.sort_by_key(|row| row.sequence);
    let (exits, rows) = rows
        .into_iter()
        .filter(|row| row.sequence != 0)
        .partition(|row| row.sequence < 0);
    Ok((rows, exits))
}

/// Returns what the ActionText table says about an action.
pub(crate) fn description(run: &Run, action: &str) -> Option<String> {
    action_text(run, action, "Description")
}

/// Returns the form of the records of an action.
pub(crate) fn template(run: &Run, action: &str) -> Option<String> {
    action_text(run, action, "Template")
}

fn action_text(run: &Run, action: &str, column: &str) -> Option<String> {
    let table = run.table("ActionText").ok()?;
    let record = table
        .records()
        .find(|record| record.text("Action") == action)?;
    Some(record.text(column).to_owned()).filter(|text| !text.is_empty())
}

/// Is a name one of the package's dialogs?
pub(crate) fn is_dialog(run: &Run, name: &str) -> Result<bool, Error> {
    Ok(run
        .table("Dialog")?
        .records()
        .any(|record| record.text("Dialog") == name))
}
