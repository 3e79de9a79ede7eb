//! What a row of a sequence table begins: a standard action, a custom action, a dialog.

use machine::View;

use super::Activity;
use crate::actions::{self, Flow};
use crate::sequence_table::Row;
use crate::step::{ActionResult, MessageKind, Step, StepAction, Table};
use crate::{Error, Failure, Run, Support, UiLevel, custom_action, multiple_packages, resume};

pub(super) fn begin_action(run: &mut Run, name: &str) {
    let description = crate::sequence_table::description(run, name);
    let text = match &description {
        Some(description) => format!("Action start: {name}. {description}"),
        None => format!("Action start: {name}."),
    };
    let action = StepAction {
        name: name.to_owned(),
        description,
        result: None,
    };
    run.walk
        .say_of(MessageKind::ActionStart, text, Some(action));
    run.walk.activities.push(Activity::Action(name.to_owned()));
}

pub(super) fn end_action(run: &mut Run) {
    let result = run.walk.result.unwrap_or(ActionResult::Success);
    run.walk.result = Some(result);
    if let Some(Activity::Action(name)) = run.walk.activities.pop() {
        let text = format!(
            "Action ended: {name}. Return value {}.",
            result.log_number()
        );
        let result = Some(result);
        let action = StepAction {
            name,
            description: None,
            result,
        };
        run.walk.say_of(MessageKind::Info, text, Some(action));
    }
}

pub(super) fn begin_row(run: &mut Run, view: &dyn View, row: &Row) {
    let Some(table) = run.walk.table() else {
        return;
    };
    match run.condition(table.name(), &row.action, &row.condition) {
        Ok(true) => {}
        Ok(false) => {
            let text = format!("Skipping action: {} (condition is false)", row.action);
            return run.walk.say(MessageKind::Verbose, text);
        }
        Err(error) => {
            return run
                .walk
                .fail(ActionResult::InvalidData, Failure::from(&error));
        }
    }
    if table.is_execute() && actions::once(&row.action) && run.walk.ran_in_ui.contains(&row.action)
    {
        let text = format!(
            "Skipping action: {} (already done on client side)",
            row.action
        );
        return run.walk.say(MessageKind::Verbose, text);
    }
    run.walk.row = row.sequence;
    if !table.is_execute() {
        run.walk.ran_in_ui.insert(row.action.clone());
    }
    if let Err(error) = begin_any(run, view, table, &row.action) {
        run.walk
            .fail(ActionResult::Failure, Failure::from(&error).of(&row.action));
    }
}

/// Begins whatever a row names: a standard action, a custom action, a dialog.
fn begin_any(run: &mut Run, view: &dyn View, table: Table, name: &str) -> Result<(), Error> {
    if let Some(action) = actions::find(name) {
        if table == Table::AdminExecuteSequence && actions::registers(name) {
            let text = format!("Skipping action: {name} (an administrative installation)");
            run.walk.say(MessageKind::Verbose, text);
            return Ok(());
        }
        begin_action(run, name);
        if let Some(failure) = multiple_packages::refusal(run, name) {
            run.walk.fail(ActionResult::Failure, failure);
            return Ok(());
        }
        if action.support == Support::Stub && has_rows(run, action.tables)? {
            unsupported(run, name);
        }
        let flow = (action.act)(run, view)?;
        return take_flow(run, name, flow);
    }
    if let Some(flow) = custom_action::begin(run, view, table, name)? {
        begin_action(run, name);
        return take_flow(run, name, flow);
    }
    if crate::sequence_table::is_dialog(run, name)? {
        if !table.is_execute() && run.request.ui_level == UiLevel::Full {
            begin_action(run, name);
            run.walk.queue.push_back(Step::Dialog(name.to_owned()));
        }
        return Ok(());
    }
    unsupported(run, name);
    Ok(())
}

pub(super) fn take_flow(run: &mut Run, name: &str, flow: Flow) -> Result<(), Error> {
    match flow {
        Flow::Continue(mut steps) => {
            if run.property("EXECUTEMODE").to_lowercase().starts_with('n') {
                steps.retain(|step| matches!(step, Step::Message(_) | Step::Dialog(_)));
            }
            let scripts = |step: &Step| matches!(step, Step::Operations { operations, .. } if !operations.is_empty());
            if steps.iter().any(scripts) && !run.walk.transaction {
                let text = "it scripts changes outside of a transaction";
                let failure = Failure::numbered(2762, [], text).of(name);
                run.walk.fail(ActionResult::Failure, failure);
                return Ok(());
            }
            resume::leave_out_done(run, &mut steps);
            resume::keep_states(run);
            if steps.contains(&Step::Finalize) {
                run.walk.transaction = false;
            }
            run.walk.scripted |= steps.iter().any(scripts);
            run.walk.queue.extend(steps);
        }
        Flow::Read(wanted) => {
            run.walk.queue.push_back(Step::Read(wanted));
            return Ok(());
        }
        Flow::Stop(result, code, message) => {
            run.walk.fail(result, Failure::new(code, message).of(name));
        }
        Flow::Quit(text) => run
            .walk
            .fail(ActionResult::Failure, Failure::new(1603, text)),
        Flow::Fail(failure) => run.walk.fail(ActionResult::Failure, failure.of(name)),
    }
    run.walk.read.clear();
    Ok(())
}

/// Has one of the tables rows? No tables: the action always has something to do.
fn has_rows(run: &Run, tables: &[&str]) -> Result<bool, Error> {
    if tables.is_empty() {
        return Ok(true);
    }
    for name in tables {
        if !run.table(name)?.rows.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Names an action in the outcome because of a part of it that is not done: `what` says which, to the user and the log.
pub(crate) fn left_out(run: &mut Run, action: &str, what: String) {
    if !run.walk.unsupported.iter().any(|known| known == action) {
        run.walk.unsupported.push(action.to_owned());
    }
    run.walk
        .say(MessageKind::Warning, format!("{action}: {what}"));
}

fn unsupported(run: &mut Run, name: &str) {
    if !run.walk.unsupported.iter().any(|known| known == name) {
        run.walk.unsupported.push(name.to_owned());
        run.walk.say(
            MessageKind::Warning,
            format!("{name} is not supported: what it would do is left out"),
        );
    }
}
