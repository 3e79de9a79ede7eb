//! Custom actions: those that set a property (51), set a folder (35) or end with an error (19) are done here, and
//! those that run another package (7, 23, 39) in `concurrent.rs`; the others are Windows code and go by the request's policy.
//!
//! Follows: Microsoft, "Summary List of All Custom Action Types", "Custom Action Execution Scheduling Options".

use machine::View;

use crate::actions::Flow;
use crate::step::Table;
use crate::{
    ActionResult, CustomActions, Error, Message, MessageKind, Run, Step, concurrent,
    embedded_chainer,
};

/// The type's bits that say what kind of action it is.
pub(crate) const KIND: i32 = 0x3f;
/// A failure is ignored.
pub(crate) const CONTINUE: i32 = 0x40;
const FIRST_SEQUENCE: i32 = 0x100;
const ONCE_PER_PROCESS: i32 = 0x200;
const CLIENT_REPEAT: i32 = 0x300;
pub(crate) const IN_SCRIPT: i32 = 0x400;
/// ExtendedType: only while a patch is removed.
const PATCH_UNINSTALL: i32 = 0x8000;

/// A row of the CustomAction table.
pub(crate) struct Row {
    pub(crate) kind: i32,
    pub(crate) source: String,
    pub(crate) target: String,
    extended: i32,
}

fn find(run: &Run, name: &str) -> Result<Option<Row>, Error> {
    let table = run.table("CustomAction")?;
    let record = table.records().find(|record| record.text("Action") == name);
    Ok(record.map(|record| Row {
        kind: record.integer("Type").unwrap_or(0),
        source: record.text("Source").to_owned(),
        target: record.text("Target").to_owned(),
        extended: record.integer("ExtendedType").unwrap_or(0),
    }))
}

/// Does what a custom action asks for; none: the package has no custom action of that name.
///
/// Errors: a type 35 action whose folder is not in the Directory table.
pub(crate) fn begin(
    run: &mut Run,
    view: &dyn View,
    table: Table,
    name: &str,
) -> Result<Option<Flow>, Error> {
    let Some(row) = find(run, name)? else {
        return Ok(None);
    };
    if !is_due(run, table, name, &row) {
        return Ok(Some(Flow::Continue(Vec::new())));
    }
    run.walk.ran_once.insert((table, name.to_owned()));
    let flow = match row.kind & KIND {
        51 => {
            let value = run.format(view, &row.target);
            let property = row.source.clone();
            run.properties.set(&property, &value);
            Flow::Continue(Vec::new())
        }
        35 => {
            let path = run.format(view, &row.target);
            crate::target_path::set(run, name, &row.source, &path)?;
            Flow::Continue(Vec::new())
        }
        19 => Flow::Quit(error_text(run, view, &row.target)?),
        7 | 23 | 39 => concurrent::begin(run, view, name, &row)?,
        kind => foreign(run, name, kind),
    };
    Ok(Some(flow))
}

/// Do its scheduling bits let it run here?
fn is_due(run: &Run, table: Table, name: &str, row: &Row) -> bool {
    if row.extended & PATCH_UNINSTALL != 0 && run.property("MsiPatchRemovalList").is_empty() {
        return false;
    }
    if row.kind & IN_SCRIPT != 0 {
        return true;
    }
    match row.kind & CLIENT_REPEAT {
        CLIENT_REPEAT => !table.is_execute() || run.walk.ui_ran,
        FIRST_SEQUENCE => !(table.is_execute() && run.walk.ui_ran),
        ONCE_PER_PROCESS => !run.walk.ran_once.contains(&(table, name.to_owned())),
        _ => true,
    }
}

/// Windows code: left out and named, or the end.
fn foreign(run: &mut Run, name: &str, kind: i32) -> Flow {
    match run.request.custom_actions {
        CustomActions::Skip => {
            run.walk.skipped_custom_actions.push(name.to_owned());
            let text =
                format!("Custom action {name} (type {kind}) is left out: it is Windows code.");
            Flow::Continue(vec![Step::Message(Message {
                kind: MessageKind::Verbose,
                ..Message::info(text)
            })])
        }
        CustomActions::Fail => Flow::Stop(ActionResult::Failure, 1603, refusal(name, kind)),
    }
}

fn refusal(name: &str, kind: i32) -> String {
    format!("custom action {name} (type {kind}) runs Windows code, which was not allowed")
}

/// Finds the first custom action among the rows to come, or an embedded chainer, that would be refused: so that nothing is
/// changed before.
///
/// Errors: a condition that does not parse.
pub(crate) fn refused_later(run: &Run, view: &dyn View) -> Result<Option<String>, Error> {
    if run.request.custom_actions != CustomActions::Fail {
        return Ok(None);
    }
    let Some(table) = run.walk.table() else {
        return Ok(None);
    };
    for row in run.walk.rows_to_come() {
        let Some(action) = find(run, &row.action)? else {
            continue;
        };
        let foreign = !matches!(action.kind & KIND, 7 | 19 | 23 | 35 | 39 | 51)
            && is_due(run, table, &row.action, &action);
        if foreign && run.condition(table.name(), &row.action, &row.condition)? {
            return Ok(Some(refusal(&row.action, action.kind & KIND)));
        }
    }
    embedded_chainer::refused(run, view)
}

/// The text of a type 19 action: its target, or the Error table's text where the target is a number.
fn error_text(run: &Run, view: &dyn View, target: &str) -> Result<String, Error> {
    let text = match target.parse::<i32>() {
        Ok(number) => {
            let table = run.table("Error")?;
            let record = table
                .records()
                .find(|record| record.integer("Error") == Some(number));
            record.map_or_else(
                || target.to_owned(),
                |record| record.text("Message").to_owned(),
            )
        }
        Err(_) => target.to_owned(),
    };
    Ok(run.format(view, &text))
}
