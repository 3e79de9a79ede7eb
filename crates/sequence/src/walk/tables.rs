//! Where a sequence table begins and ends: by the top-level action, ExecuteAction and the SEQUENCE property.

use machine::View;

use super::rows::begin_action;
use super::{Activity, Sequence};
use crate::sequence_table::rows;
use crate::step::{ActionResult, RebootReason, Step, Table};
use crate::{Error, Failure, Outer, Run, TopLevel, UiLevel, actions};

/// Begins the top-level action.
pub(super) fn start(run: &mut Run, view: &dyn View) {
    if let Some((code, message)) = actions::refusal(run, view) {
        run.walk
            .fail(ActionResult::Failure, Failure::new(code, message));
        return;
    }
    let (action, ui, execute) = match run.request.top_level {
        TopLevel::Install => (
            "INSTALL",
            Some(Table::InstallUISequence),
            Table::InstallExecuteSequence,
        ),
        TopLevel::Admin => (
            "ADMIN",
            Some(Table::AdminUISequence),
            Table::AdminExecuteSequence,
        ),
        TopLevel::Advertise => ("ADVERTISE", None, Table::AdvtExecuteSequence),
    };
    run.properties.set("EXECUTEACTION", action);
    let shows_ui = run.request.ui_level >= UiLevel::Reduced && run.request.outer == Outer::None;
    // A package without the table has no user interface that could ask for anything.
    let ui = ui.filter(|ui| {
        let has_table = run.database.has_table(ui.name());
        shows_ui && has_table && run.property("LIMITUI").is_empty()
    });
    let sequence = run.property("SEQUENCE").to_owned();
    begin_action(run, action);
    let forced = run.property("REBOOT").to_lowercase().starts_with('f');
    run.walk.reboot = forced.then_some(RebootReason::Property);
    let begun = match (run.property("ACTION"), ui) {
        ("SEQUENCE", _) if !sequence.is_empty() => begin_sequence_named(run, &sequence),
        (_, Some(ui)) => {
            run.walk.ui_ran = true;
            begin_sequence(run, ui)
        }
        (_, None) => begin_sequence(run, execute),
    };
    if let Err(error) = begun {
        run.walk.fail(ActionResult::Failure, Failure::from(&error));
    }
}

/// Begins the execute sequence of EXECUTEACTION: what ExecuteAction does.
pub(crate) fn execute_action(run: &mut Run) -> Result<(), Error> {
    let action = run.property("EXECUTEACTION").to_owned();
    let table = match action.as_str() {
        "ADMIN" => Table::AdminExecuteSequence,
        "ADVERTISE" => Table::AdvtExecuteSequence,
        _ => Table::InstallExecuteSequence,
    };
    crate::builtin::forget_private(run);
    begin_action(
        run,
        if action.is_empty() {
            "INSTALL"
        } else {
            &action
        },
    );
    begin_sequence(run, table)
}

/// Begins the table that the SEQUENCE property names.
pub(crate) fn begin_sequence_named(run: &mut Run, name: &str) -> Result<(), Error> {
    let tables = [
        Table::InstallUISequence,
        Table::InstallExecuteSequence,
        Table::AdminUISequence,
        Table::AdminExecuteSequence,
        Table::AdvtExecuteSequence,
    ];
    match tables.into_iter().find(|table| table.name() == name) {
        Some(table) => begin_sequence(run, table),
        None => Err(crate::run::no_such(
            "Property",
            "SEQUENCE",
            "sequence table",
            name,
        )),
    }
}

fn begin_sequence(run: &mut Run, table: Table) -> Result<(), Error> {
    let (rows, exits) = rows(run, table)?;
    if table.is_execute() {
        if !run.database.has_table(table.name()) {
            return Err(Error::NoTable(table.name()));
        }
        run.walk.queue.push_back(Step::EnterExecute(table));
    }
    run.walk.activities.push(Activity::Sequence(Sequence {
        table,
        rows: rows.into(),
        exits,
        ending: None,
    }));
    Ok(())
}

/// Ends the sequence on top: first its row for such an end, then the table itself.
pub(super) fn end_sequence(run: &mut Run, result: ActionResult) {
    let Some(Activity::Sequence(sequence)) = run.walk.activities.last_mut() else {
        return;
    };
    let refused = sequence.table.is_execute() && result == ActionResult::AlreadyRunning;
    match sequence.ending {
        None if !refused => {
            let flag = match result {
                ActionResult::Success | ActionResult::Finished | ActionResult::NotExecuted => -1,
                ActionResult::UserExit => -2,
                ActionResult::Suspend => -4,
                _ => -3,
            };
            sequence.rows = sequence
                .exits
                .iter()
                .find(|row| row.sequence == flag)
                .cloned()
                .into_iter()
                .collect();
            sequence.ending = Some(result);
        }
        ending => {
            let table = sequence.table;
            run.walk.activities.pop();
            if table.is_execute() && !refused {
                run.walk.queue.push_back(Step::LeaveExecute(table));
            }
            let result = ending.unwrap_or(result);
            run.walk.result = Some(if result == ActionResult::Finished {
                ActionResult::Success
            } else {
                result
            });
        }
    }
}
