//! The one loop that joins all: what a run wants is done, and the run is told what came of it.
//!
//! Install, repair, removal and plan are this loop; they differ in the [`World`] below it. Limits: dialogs are not
//! shown.

mod endings;
mod part;

use std::cell::RefCell;

use gate::{Cancel, Taker};
use machine::{Overlay, Pending};
use script::{Operation, SourceError};
use sequence::{ActionResult, Answer, Failure, Nested, Outcome, Step, Table};

use crate::install;
use crate::log::Side;
use crate::missing;
use crate::nested::{self, Inner};
use crate::notes::{Deed, Story, product_of};
use crate::read::read;
use crate::report::HolderReport;
use crate::restart;
use crate::source::{On, PackageSource};
use crate::suspension::Suspension;
use crate::ticks::Ticks;
use crate::ui_sequence::UiSequence;
use crate::world::{Executed, Kept, World};
use crate::{Command, Error, Host, Log, Reboot, Ui, code, transaction};

use self::part::kept_by;
pub(crate) use self::part::{Part, source_of};

/// One command's engine: what it acts on, who watches, and what it has done so far.
pub(crate) struct Engine<'a> {
    pub(crate) world: &'a mut dyn World,
    pub(crate) host: &'a Host,
    pub(crate) cancel: &'a Cancel,
    pub(crate) ui: &'a mut dyn Ui,
    pub(crate) log: &'a mut Log,
    /// Changes that are scripted and not in the machine.
    pub(crate) pending: Pending,
    /// Packages that are scripted to be kept and are not in the machine.
    pub(crate) kept: Kept,
    /// Every operation scripted, in order: what a plan tells.
    pub(crate) scripted: Vec<Scripted>,
    /// The transaction under way, or the one to come.
    pub(crate) story: Option<Story>,
    /// It is one of several packages in one transaction, which is begun and ended outside of it.
    pub(crate) together: bool,
    /// The end of the outermost transaction was told, and the gate let go.
    pub(crate) told: bool,
    /// Rollback is disabled for the transaction under way: what was done stays when it fails.
    pub(crate) keeps: bool,
    /// Time spent closing transactions, in milliseconds.
    pub(crate) sync_ms: u64,
    /// Who was in the way.
    pub(crate) holder: Option<HolderReport>,
    /// Why the gate was not taken.
    pub(crate) refusal: Option<Error>,
    /// What comes of a restart that is needed.
    pub(crate) restart: Reboot,
    /// The event log has it.
    pub(crate) restart_told: bool,
    /// How nested runs ended.
    pub(crate) nested: Vec<Inner>,
    /// The installation that this one goes on with after a restart.
    pub(crate) waiting: Option<Suspension>,
    /// What was chosen in the user interface.
    pub(crate) chosen: Vec<(String, String)>,
    /// Runs above this one.
    pub(crate) depth: u32,
    /// The product codes of the runs above this one, outermost first.
    pub(crate) outer: Vec<String>,
    /// How often operations were handed to the machine, whether they succeeded or not.
    pub(crate) executed: u64,
    /// What was asked for.
    pub(crate) command: &'a Command,
}

/// An operation, and who made it.
pub(crate) struct Scripted {
    /// The standard action.
    pub(crate) action: String,
    pub(crate) operation: Operation,
}

impl Engine<'_> {
    /// Drives a run to its end.
    pub(crate) fn drive(&mut self, part: &mut Part) -> Outcome {
        let mut answer = Answer::Go;
        loop {
            let step = {
                let view = Overlay {
                    base: self.world.site().as_view(),
                    pending: &self.pending,
                };
                part.run.next(&view, answer)
            };
            part.ui_sequence = match part.run.processes_ui_sequence() && self.world.installs() {
                true => part
                    .ui_sequence
                    .take()
                    .or_else(|| Some(UiSequence::begin())),
                false => None,
            };
            if let Step::Done(outcome) = step {
                return self.done(part, outcome);
            }
            part.has_client |= part.ui_sequence.is_some();
            if !part.entered {
                self.begin_side(part, Side::Client);
            }
            if self.log.is_on() {
                self.log.hide(part.run.hidden_values());
            }
            answer = self.step(part, step);
            self.tell_changes(part);
            if answer == Answer::Go && self.cancel.is_cancelled() && self.may_be_cancelled(part) {
                answer = Answer::Cancelled;
            }
        }
    }

    /// After the commit there is nothing to call off; and a run is told once.
    fn may_be_cancelled(&self, part: &Part) -> bool {
        !part.committed && (self.world.is_open() || !part.entered)
    }

    fn step(&mut self, part: &mut Part, step: Step) -> Answer {
        match step {
            Step::Message(message) => {
                self.tell(part, &message);
                Answer::Go
            }
            Step::EnterExecute(table) => self.enter(part, table),
            Step::LeaveExecute(_) => self.leave(part),
            Step::Begin { rollback } => self.begin(part, rollback),
            Step::Operations { action, operations } => self.script(part, &action, operations),
            // A nested run in the transaction of another is done whole at its end, so that a failure leaves nothing
            // of it behind, whoever ignores that failure.
            Step::Execute if part.shares_transaction => Answer::Go,
            Step::Execute => answer(self.execute(part).and_then(|()| self.world.publish())),
            Step::Finalize => answer(self.finalize(part)),
            Step::Suspend => answer(self.suspend(part)),
            Step::Read(wanted) => Answer::Bytes(read(&mut source_of(part), &wanted)),
            Step::CustomAction(action) => {
                self.log.line(&format!(
                    "Custom action {} (type {}) is left out: it is Windows code.",
                    action.name, action.kind
                ));
                Answer::Action(ActionResult::Success)
            }
            Step::Nested(request) => self.nested(part, &request),
            Step::Dialog(name) => {
                self.log.line(&format!("Dialog {name} is not shown."));
                Answer::Action(ActionResult::Success)
            }
            Step::Done(_) => Answer::Go,
        }
    }

    fn enter(&mut self, part: &mut Part, table: Table) -> Answer {
        part.entered = true;
        if self.depth > 0 {
            return match self.world.admits_nested() {
                true => Answer::Go,
                false => Answer::Refused,
            };
        }
        self.begin_side(part, Side::Server);
        let who = self.taker(part);
        if self.together {
            self.world.goes_on(who, table);
            return Answer::Go;
        }
        if let Err(error) = self.world.enter(who, table, self.log, self.ui) {
            return self.refused(part, error);
        }
        let story = Story::new(
            (self.host.id)(),
            part.called.clone(),
            self.host.pid,
            part.run.property("LogonUser").to_owned(),
        );
        let begun = self.world.write_notes(&story.begins((self.host.now)()));
        self.story = Some(story);
        self.told = false;
        self.log
            .line(&format!("Beginning the transaction of {}.", part.called));
        if let Err(answer) = self.settle_waiting(part) {
            return answer;
        }
        answer(begun.and_then(|()| self.begin_again(part)))
    }

    /// While the run waited, another may have changed the machine: what was read of it before is read anew, as the
    /// service does. Not after a UI sequence, whose choices would be lost.
    fn begin_again(&mut self, part: &mut Part) -> Result<(), Error> {
        if part.run.processes_ui_sequence() {
            self.chosen = part.run.chosen_properties();
            return match part.run.resumes() == self.waiting.is_some() {
                true => Ok(()),
                false => Err(Error::Failed {
                    code: code::FAILURE,
                    message: "what waited for a restart has changed meanwhile: begin again"
                        .to_owned(),
                }),
            };
        }
        let (site, waiting) = (self.world.site(), self.waiting.as_ref());
        let (mut run, opened) = install::begin(self.command, self.host, site, false, waiting)?;
        loop {
            match run.next(site.as_view(), Answer::Go) {
                // One that is refused now says so again when it is asked the next time.
                Step::EnterExecute(_) | Step::Done(_) => break,
                _ => {}
            }
        }
        // All this is in the log already.
        self.log.tell_location(&mut run);
        run.take_property_changes();
        part.run = run;
        part.file = opened.file;
        part.folder = opened.folder;
        Ok(())
    }

    fn taker(&self, part: &Part) -> Taker {
        let property =
            |name: &str| Some(part.run.property(name).to_owned()).filter(|value| !value.is_empty());
        Taker {
            product_code: property("ProductCode"),
            product_name: property("ProductName"),
            version: property("ProductVersion"),
            package: Some(part.called.clone()),
            command: part.verb.to_owned(),
            user: Some(self.host.user.clone()),
            parent: self.host.parent_hold(),
        }
    }

    fn refused(&mut self, part: &Part, error: Error) -> Answer {
        let (code, failure) = (error.code(), error.failure());
        self.log.line(&failure.text);
        if let Error::Gate(gate) = &error {
            self.holder = gate.holder().map(HolderReport::from);
        }
        if code == code::ALREADY_RUNNING {
            let notes = nested::refusal_notes(part, self.holder.as_ref(), self.host);
            if let Err(error) = self.world.write_notes(&notes) {
                self.warn(error.to_string());
            }
        }
        self.begin_side(part, Side::Client);
        self.refusal = Some(error);
        match code {
            code::ALREADY_RUNNING => Answer::Refused,
            code::USER_EXIT => Answer::Cancelled,
            _ => Answer::Failed(failure),
        }
    }

    fn leave(&mut self, part: &mut Part) -> Answer {
        if part.has_client {
            self.tell_properties(part);
        }
        if part.shares_transaction {
            self.begin_side(part, Side::Client);
            return Answer::Go;
        }
        let unfinished = !part.failed && (self.world.is_open() || !part.script.is_empty());
        let status = if self.cancel.is_cancelled() {
            code::USER_EXIT
        } else {
            part.run
                .failure()
                .map_or(code::FAILURE, |failure| failure.code)
        };
        let was_open = self.world.is_open();
        let undone = self.roll_back(part, status);
        if self.depth == 0 {
            // Only who holds the gate tells of its transaction.
            if !was_open {
                self.tell_end(part, status);
            }
            self.told = true;
            let succeeded = part.committed && !part.failed && undone.is_ok();
            let restart = restart::pending_reason(&part.run, &self.nested);
            if let Some(reason) = restart.filter(|_| succeeded) {
                self.tell_restart(part, reason);
            }
            self.world.leave(self.log);
            self.begin_side(part, Side::Client);
        }
        if unfinished && undone.is_ok() {
            let message = "the package has changes outside of InstallInitialize and InstallFinalize: nothing was done";
            return Answer::Failed(Failure::new(code::FAILURE, message));
        }
        answer(undone)
    }

    fn begin(&mut self, part: &mut Part, rollback: bool) -> Answer {
        part.deed = Some(Deed::of(&part.run));
        if self.together && !rollback {
            return answer(Err(transaction::rollback_disabled()));
        }
        if part.shares_transaction {
            return answer(self.foretell(part));
        }
        self.keeps = !rollback;
        if self.keeps {
            self.log.line("Rollback is disabled.");
        }
        let Some(story) = &self.story else {
            return Answer::Go;
        };
        let story = story.clone();
        answer(self.open(part, &story))
    }

    fn script(&mut self, part: &mut Part, action: &str, operations: Vec<Operation>) -> Answer {
        self.tell_scripted(part, action, &operations);
        for operation in &operations {
            let projected =
                script::project(operation, self.world.site().as_view(), &mut self.pending);
            if let Err(error) = projected {
                return Answer::Failed(Error::from(error).failure().of(action));
            }
        }
        self.kept.extend(kept_by(part, &operations));
        let scripted = operations.iter().map(|operation| Scripted {
            action: action.to_owned(),
            operation: operation.clone(),
        });
        self.scripted.extend(scripted);
        part.script.extend(operations);
        Answer::Go
    }

    pub(crate) fn execute(&mut self, part: &mut Part) -> Result<(), Error> {
        let script = std::mem::take(&mut part.script);
        if script.is_empty() {
            return Ok(());
        }
        self.executed += u64::from(self.world.installs());
        let gate = self.world.gate().cloned();
        let ui: RefCell<&mut dyn Ui> = RefCell::new(&mut *self.ui);
        let again = |lost: &SourceError, on: On<'_>| {
            let question = missing::question(part, lost, on);
            let _asked = missing::told_to_others(&question, gate.as_ref());
            !self.cancel.is_cancelled() && ui.borrow_mut().agrees(&question)
        };
        let mut source = PackageSource {
            again: Some(&again),
            ..source_of(part)
        };
        let mut ticks = Ticks::new(&script, &ui, self.log, self.cancel);
        let executed = self.world.execute(&script, &mut source, &mut ticks);
        if missing::or_called_off(executed, self.cancel)? == Executed::InMachine {
            self.pending = Pending::default();
            self.kept.clear();
        }
        Ok(())
    }

    fn finalize(&mut self, part: &mut Part) -> Result<(), Error> {
        if self.together && self.depth == 0 {
            part.finalized = true;
            return Ok(());
        }
        self.execute(part)?;
        // The last moment to call it off.
        if self.cancel.is_cancelled() {
            return Err(script::Error::Cancelled.into());
        }
        let (deed, product) = (
            part.deed.unwrap_or_else(|| Deed::of(&part.run)),
            product_of(&part.run),
        );
        part.committed = true;
        match &mut self.story {
            Some(story) if part.shares_transaction => story.add_nested(deed, product),
            Some(story) => {
                let notes = story.ends((self.host.now)(), deed, &product, code::SUCCESS);
                let took = self.world.commit(&notes)?;
                self.sync_ms += u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
                self.log
                    .line(&format!("The transaction {} is committed.", story.id));
                self.tell_ending(part, &notes);
            }
            None => {}
        }
        Ok(())
    }

    fn nested(&mut self, part: &mut Part, request: &Nested) -> Answer {
        let request = &Nested {
            shares_transaction: request.shares_transaction || self.together,
            ..request.clone()
        };
        // What was scripted before it must be in the machine before another package is looked at.
        if request.shares_transaction
            && let Err(error) = self.execute(part)
        {
            return answer(Err(error));
        }
        nested::run(self, part, request)
    }
}

fn answer(done: Result<(), Error>) -> Answer {
    match done {
        Ok(()) => Answer::Go,
        Err(error) if error.code() == code::USER_EXIT => Answer::Cancelled,
        Err(error) => Answer::Failed(error.failure()),
    }
}
