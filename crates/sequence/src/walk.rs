//! The walk over the sequence tables: what comes next, and what an answer means.
//!
//! Follows: Microsoft, "Using a Sequence Table", "Action Execution Order", "Logging of Action Return Values".

use std::collections::{BTreeSet, HashMap, VecDeque};

use machine::View;
use script::Contents;

use crate::actions::{self, Flow};
use crate::sequence_table::{Row, rows};
use crate::step::{
    ActionResult, Message, MessageKind, Outcome, RebootReason, Step, StepAction, Table,
};
use crate::{
    Answer, Chainer, Error, Failure, Outer, Request, Run, Support, TopLevel, UiLevel,
    custom_action, multiple_packages, resume,
};

/// Where a run is.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    started: bool,
    /// Steps that an action made and that were not handed out yet.
    queue: VecDeque<Step>,
    /// What the step handed out last asks to be told.
    waiting: Waiting,
    /// What was read for the action under way; none: it cannot be read.
    pub read: HashMap<Contents, Option<Vec<u8>>>,
    /// What is under way, outermost first.
    activities: Vec<Activity>,
    /// How the activity that ends now ended.
    result: Option<ActionResult>,
    failure: Option<Failure>,
    /// The UI sequence of this run has begun.
    pub ui_ran: bool,
    /// Actions that ran in the UI sequence.
    pub ran_in_ui: BTreeSet<String>,
    /// Custom actions that ran, with their table: once a process.
    pub ran_once: BTreeSet<(Table, String)>,
    /// InstallInitialize has opened the transaction and InstallFinalize has not closed it.
    pub transaction: bool,
    /// Operations were scripted since the transaction was opened.
    pub scripted: bool,
    /// InstallExecute or InstallExecuteAgain has run what was scripted.
    pub executed: bool,
    /// DisableRollback and its like.
    pub rollback_disabled: bool,
    /// The number of the row under way, or of the last one.
    pub row: i32,
    /// Why a restart is needed at the end.
    pub reboot: Option<RebootReason>,
    /// It was stopped because it restarts the machine and others are installed with it.
    pub left_out: bool,
    /// Custom actions that were left out, in order.
    pub skipped_custom_actions: Vec<String>,
    unsupported: Vec<String>,
    /// Programs that would have installed further packages.
    pub skipped_chainers: Vec<Chainer>,
}

/// What is under way.
#[derive(Debug)]
enum Activity {
    /// An action, by name.
    Action(String),
    /// A sequence table.
    Sequence(Sequence),
}

#[derive(Debug)]
struct Sequence {
    table: Table,
    rows: VecDeque<Row>,
    /// Rows of the end: dialogs and actions by how the sequence ended.
    exits: Vec<Row>,
    ending: Option<ActionResult>,
}

#[derive(Debug, Default)]
enum Waiting {
    #[default]
    Nothing,
    Enter,
    CustomAction {
        /// A failure is ignored.
        go_on: bool,
    },
    Nested {
        action: String,
        ignore_failure: bool,
    },
    Dialog,
    Read(Vec<Contents>),
    Suspend,
}

impl Walk {
    pub(crate) fn new(_request: &Request) -> Walk {
        Walk::default()
    }

    /// The table whose rows are being walked.
    pub(crate) fn table(&self) -> Option<Table> {
        self.activities
            .iter()
            .rev()
            .find_map(|activity| match activity {
                Activity::Sequence(sequence) => Some(sequence.table),
                Activity::Action(_) => None,
            })
    }

    /// What has been said and not handed out yet.
    #[cfg(test)]
    pub(crate) fn take_said(&mut self) -> Vec<Step> {
        self.queue.drain(..).collect()
    }

    pub(crate) fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }

    /// Is a UI table under way, at whatever depth?
    pub(crate) fn processes_ui_sequence(&self) -> bool {
        self.activities.iter().any(|activity| match activity {
            Activity::Sequence(sequence) => !sequence.table.is_execute(),
            Activity::Action(_) => false,
        })
    }

    /// The rows that are still to come in the table being walked.
    pub(crate) fn rows_to_come(&self) -> Vec<Row> {
        self.activities
            .iter()
            .rev()
            .find_map(|activity| match activity {
                Activity::Sequence(sequence) => Some(sequence.rows.iter().cloned().collect()),
                Activity::Action(_) => None,
            })
            .unwrap_or_default()
    }

    fn fail(&mut self, result: ActionResult, failure: Failure) {
        self.queue.retain(|step| matches!(step, Step::Message(_)));
        self.result = Some(result);
        // The first reason is the reason.
        if self.failure.is_some() {
            return;
        }
        if !matches!(result, ActionResult::UserExit | ActionResult::Suspend) {
            let failure = failure.clone();
            self.queue.push_back(Step::Message(Message {
                kind: MessageKind::Error,
                number: failure.number,
                fields: failure.fields,
                text: failure.text,
                action: None,
            }));
        }
        self.failure = Some(failure);
    }

    fn say(&mut self, kind: MessageKind, text: String) {
        self.say_of(kind, text, None);
    }

    fn say_of(&mut self, kind: MessageKind, text: String, action: Option<StepAction>) {
        self.queue.push_back(Step::Message(Message {
            kind,
            number: None,
            fields: Vec::new(),
            text,
            action,
        }));
    }

    fn outcome(&mut self) -> Outcome {
        let result = self.result.unwrap_or(ActionResult::Success);
        let fine = matches!(
            result,
            ActionResult::Success | ActionResult::Finished | ActionResult::NotExecuted
        );
        let failure = self.failure.clone().filter(|_| !fine);
        let (code, message) = match failure {
            Some(failure) => (failure.code, Some(failure.to_string())),
            None => (code_of(result), None),
        };
        Outcome {
            result,
            code,
            message,
            reboot: self.reboot.filter(|_| fine),
            left_out: self.left_out,
            skipped_custom_actions: self.skipped_custom_actions.clone(),
            unsupported: self.unsupported.clone(),
            skipped_chainers: self.skipped_chainers.clone(),
        }
    }
}

/// Windows' error code of a result that brought no other.
fn code_of(result: ActionResult) -> u32 {
    match result {
        ActionResult::Success | ActionResult::Finished | ActionResult::NotExecuted => 0,
        ActionResult::UserExit => 1602,
        ActionResult::Failure | ActionResult::InvalidData => 1603,
        ActionResult::Suspend => 1604,
        ActionResult::AlreadyRunning => 1618,
    }
}

/// See [`Run::next`].
pub(crate) fn next(run: &mut Run, view: &dyn View, answer: Answer) -> Step {
    if let (Waiting::Read(wanted), Answer::Go | Answer::Bytes(_)) = (&run.walk.waiting, &answer) {
        let wanted = wanted.clone();
        begin_again(run, view, wanted, answer);
    } else {
        take_answer(run, answer);
    }
    if !run.walk.started {
        run.walk.started = true;
        start(run, view);
    }
    loop {
        if let Some(step) = run.walk.queue.pop_front() {
            run.walk.waiting = waiting_for(&step, &run.walk.waiting);
            return step;
        }
        match run.walk.activities.last_mut() {
            None => return Step::Done(run.walk.outcome()),
            Some(Activity::Action(_)) => end_action(run),
            Some(Activity::Sequence(sequence)) => {
                match (run.walk.result.take(), sequence.rows.pop_front()) {
                    (Some(result), row) if sequence.ending.is_none() && !goes_on(result) => {
                        sequence.rows.extend(row);
                        end_sequence(run, result);
                    }
                    (_, Some(row)) => begin_row(run, view, &row),
                    (_, None) => end_sequence(run, ActionResult::Success),
                }
            }
        }
    }
}

/// Does a sequence go on after an action that ended so?
fn goes_on(result: ActionResult) -> bool {
    matches!(result, ActionResult::Success | ActionResult::NotExecuted)
}

fn waiting_for(step: &Step, before: &Waiting) -> Waiting {
    match (step, before) {
        (Step::EnterExecute(_), _) => Waiting::Enter,
        (Step::Nested(nested), _) => Waiting::Nested {
            action: nested.action.clone(),
            ignore_failure: nested.ignore_failure,
        },
        (Step::Dialog(_), _) => Waiting::Dialog,
        (Step::Suspend, _) => Waiting::Suspend,
        (Step::Read(wanted), _) => Waiting::Read(wanted.clone()),
        (Step::CustomAction(action), _) => Waiting::CustomAction {
            go_on: action.kind & custom_action::CONTINUE != 0,
        },
        _ => Waiting::Nothing,
    }
}

/// Begins the action under way once more, with what it asked for.
fn begin_again(run: &mut Run, view: &dyn View, wanted: Vec<Contents>, answer: Answer) {
    run.walk.waiting = Waiting::Nothing;
    let mut read = match answer {
        Answer::Bytes(read) => read.into_iter(),
        _ => Vec::new().into_iter(),
    };
    for contents in wanted {
        let bytes = read.next().flatten();
        run.walk.read.insert(contents, bytes);
    }
    let action = match run.walk.activities.last() {
        Some(Activity::Action(name)) => actions::find(name),
        _ => None,
    };
    let Some(action) = action else {
        return;
    };
    let begun = (action.act)(run, view).and_then(|flow| take_flow(run, action.name, flow));
    if let Err(error) = begun {
        let failure = Failure::from(&error).of(action.name);
        run.walk.fail(ActionResult::Failure, failure);
    }
}

fn take_answer(run: &mut Run, answer: Answer) {
    let waiting = std::mem::take(&mut run.walk.waiting);
    match (answer, waiting) {
        (Answer::Go, Waiting::Suspend) => {
            run.walk.transaction = false;
            run.walk.fail(ActionResult::Suspend, waits(run));
        }
        (Answer::Go | Answer::Bytes(_), _) => {}
        (Answer::Refused, _) => {
            let failure = Failure {
                number: Some(1500),
                ..Failure::new(1618, "another installation is in progress")
            };
            run.walk.fail(ActionResult::AlreadyRunning, failure);
        }
        (Answer::Failed(failure), _) => run.walk.fail(ActionResult::Failure, failure),
        (Answer::Cancelled, _) => run.walk.fail(
            ActionResult::UserExit,
            Failure::new(1602, "the user cancelled"),
        ),
        (
            Answer::Action(result),
            Waiting::Nested {
                action,
                ignore_failure,
            },
        ) => {
            if !goes_on(result) && !ignore_failure {
                let failure = Failure::new(code_of(result), "the run inside this one failed");
                run.walk.fail(result, failure.of(&action));
            }
        }
        (Answer::Action(result), Waiting::CustomAction { go_on }) => {
            if !goes_on(result) && !go_on {
                run.walk.fail(
                    result,
                    Failure::new(code_of(result), "a custom action failed"),
                );
            }
        }
        (Answer::Action(result), _) => {
            if !goes_on(result) {
                run.walk.fail(
                    result,
                    Failure::new(code_of(result), "a dialog ended the installation"),
                );
            }
        }
    }
}

fn waits(run: &Run) -> Failure {
    let [name, version] = ["ProductName", "ProductVersion"].map(|name| run.property(name));
    let text = format!(
        "{name} {version} waits for a restart: `msikit recover --resume` goes on with it, `msikit recover --undo-suspended` undoes it"
    );
    Failure::new(code_of(ActionResult::Suspend), text)
}

/// Begins the top-level action.
fn start(run: &mut Run, view: &dyn View) {
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
fn end_sequence(run: &mut Run, result: ActionResult) {
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

fn begin_action(run: &mut Run, name: &str) {
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

fn end_action(run: &mut Run) {
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

fn begin_row(run: &mut Run, view: &dyn View, row: &Row) {
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

fn take_flow(run: &mut Run, name: &str, flow: Flow) -> Result<(), Error> {
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
