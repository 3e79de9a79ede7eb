//! MsiEmbeddedChainer: the program of a package that installs further packages in its transaction. It is Windows code:
//! named with its command line and left out, or the end, as the request says.
//!
//! Its rows are looked at when InstallFinalize comes; the page does not say when Windows runs it. A row of another type
//! than the three that the page has is none.
//! Follows: Microsoft, "MsiEmbeddedChainer Table", "Multiple-Package Installations".

use machine::View;

use crate::{CustomActions, Error, Run, Step, properties};

const TABLE: &str = "MsiEmbeddedChainer";
/// A program in the Binary table, in the File table, and at a path that a property has.
const TYPES: [i32; 3] = [2, 18, 50];

/// A program that would have installed further packages.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Chainer {
    /// Its key in the table.
    pub name: String,
    /// 2, 18 or 50: `source` is a key of the Binary, the File or the Property table.
    pub kind: i32,
    /// Where the program is.
    pub source: String,
    /// What would follow the transaction's handle on its command line; hidden values are stars.
    pub command_line: String,
}

/// Returns the programs whose conditions hold, and remembers them for the outcome.
///
/// Errors: a condition that does not parse.
pub(crate) fn leave_out(run: &mut Run, view: &dyn View) -> Result<Vec<Step>, Error> {
    let due = due(run, view)?;
    let mut steps = Vec::new();
    if due.len() > 1 {
        let text = format!("{TABLE}: the conditions of more than one row hold; only one may");
        steps.push(Step::warning(text));
    }
    run.walk.skipped_chainers.extend(due);
    Ok(steps)
}

/// Why the install ends before anything is changed; none: it does not.
///
/// Errors: as [`leave_out`].
pub(crate) fn refused(run: &Run, view: &dyn View) -> Result<Option<String>, Error> {
    if run.request.custom_actions != CustomActions::Fail {
        return Ok(None);
    }
    let due = due(run, view)?;
    Ok(due.first().map(|chainer| {
        let name = &chainer.name;
        format!("the embedded chainer {name} runs Windows code, which was not allowed")
    }))
}

fn due(run: &Run, view: &dyn View) -> Result<Vec<Chainer>, Error> {
    let hidden = run.hidden_values();
    let mut due = Vec::new();
    for row in run.table(TABLE)?.records() {
        let (name, kind) = (row.text(TABLE), row.integer("Type").unwrap_or(0));
        if !TYPES.contains(&kind) || !run.condition(TABLE, name, row.text("Condition"))? {
            continue;
        }
        let mut command_line = run.format(view, row.text("CommandLine"));
        for value in &hidden {
            command_line = command_line.replace(value, properties::HIDDEN);
        }
        due.push(Chainer {
            name: name.to_owned(),
            kind,
            source: row.text("Source").to_owned(),
            command_line,
        });
    }
    Ok(due)
}
