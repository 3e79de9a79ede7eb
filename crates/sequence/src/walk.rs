//! The walk over the sequence tables: what comes next, and what an answer means.
//!
//! Follows: Microsoft, "Using a Sequence Table", "Action Execution Order", "Logging of Action Return Values".

mod answers;
mod rows;
mod tables;

use std::collections::{BTreeSet, HashMap, VecDeque};

use machine::View;
use script::Contents;

use self::answers::{begin_again, take_answer, waiting_for};
use self::rows::{begin_row, end_action};
use self::tables::{end_sequence, start};
use crate::sequence_table::Row;
use crate::step::{
    ActionResult, Message, MessageKind, Outcome, RebootReason, Step, StepAction, Table,
};
use crate::{Answer, Chainer, Failure, Run};

pub(crate) use self::rows::left_out;
pub(crate) use self::tables::{begin_sequence_named, execute_action};

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
