//! Several packages in one transaction: one hold of the gate from begin to end, and one undo for all of them.
//!
//! The gate is held while the members' user interfaces run, too. A member that would restart the machine is left out;
//! the failure of any other ends in undoing all. Whoever has the value owns the transaction: to hand it to another
//! thread is to join it, and to drop it is to undo it. Between processes it is not handed over.
//! Follows: Microsoft, "Multiple-Package Installations", "Error Codes" (1653), "REBOOT Property".

use events::{Event, Product, Stamp};
use gate::{Taker, Wait};
use machine::Pending;
use sequence::{RebootReason, Table, TopLevel};
use serde::Serialize;

use crate::install::{self, Driven, Installer};
use crate::notes::{Notes, Story};
use crate::real::Real;
use crate::report::Report;
use crate::ui_sequence::in_ui_sequence;
use crate::world::{Kept, World};
use crate::{Command, Error, HolderReport, Host, Log, Reboot, Ui, code, restart};

/// What the packages of one transaction share.
#[derive(Default)]
pub(crate) struct Together {
    /// The transaction's story; none: it is only planned.
    pub(crate) story: Option<Story>,
    /// What is planned and not in the machine.
    pub(crate) pending: Pending,
    /// Packages that are planned to be kept and are not in the machine.
    pub(crate) kept: Kept,
}

/// A transaction under way. Dropped before it ends, it undoes everything.
#[must_use = "a transaction that is not committed is undone"]
pub struct Transaction<'a> {
    world: Real<'a>,
    host: &'a Host,
    together: Together,
    packages: Vec<PackageReport>,
    /// What made it impossible to commit.
    failed: Option<Report>,
    /// A member needs a restart: why, and its product.
    restart: Option<(RebootReason, Product)>,
    sync_ms: u64,
    is_open: bool,
}

/// What came of a transaction, as JSON has it. The names are a contract.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TransactionReport {
    /// The code is that of the first package that failed; what else it has is the sum of the packages.
    #[serde(flatten)]
    pub report: Report,
    /// What came of each package, in order.
    pub packages: Vec<PackageReport>,
}

/// What came of one package of a transaction.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PackageReport {
    /// What the command called it.
    pub package: String,
    /// What came of it; where all was undone, the code is not 0.
    #[serde(flatten)]
    pub report: Report,
}

impl Default for TransactionReport {
    fn default() -> TransactionReport {
        TransactionReport {
            report: Report::empty(),
            packages: Vec::new(),
        }
    }
}

impl TransactionReport {
    /// A report of a transaction that was not begun.
    pub fn refused(error: &Error) -> TransactionReport {
        TransactionReport {
            report: Report::empty().failed(error),
            ..TransactionReport::default()
        }
    }

    /// Returns the package that is the reason why the transaction failed; none: it did not, or for another reason.
    pub fn failed_package(&self) -> Option<&PackageReport> {
        let is_it = |package: &&PackageReport| {
            !self.report.is_success() && package.report.message == self.report.message
        };
        self.packages.iter().find(is_it)
    }
}

impl Installer<'_> {
    /// Begins a transaction of several packages: takes the gate, and holds it until the transaction ends. `name` stands
    /// for it in the event log and in the holder's record, and `verb` (`install`, …) with it.
    ///
    /// Errors: [`Error::UiSequence`] and the gate's (1618); 1653 where a policy disables rollback; the journal's.
    pub fn begin_transaction(
        &mut self,
        name: &str,
        verb: &str,
        wait: Wait,
        ui: &mut dyn Ui,
        log: &mut Log,
    ) -> Result<Transaction<'_>, Error> {
        if in_ui_sequence() {
            return Err(Error::UiSequence);
        }
        let who = self.host.taker(name, verb);
        let host = self.host;
        let mut world = Real {
            machine: &mut *self.machine,
            gate: self.gate.as_ref(),
            events: self.events.clone(),
            host,
            cancel: &self.cancel,
            wait,
            hold: None,
            journal: None,
            table: None,
        };
        let opened = open(&mut world, name, who, host, ui, log);
        let story = opened.inspect_err(|error| {
            log.failure(&error.failure());
            world.leave(log);
        })?;
        Ok(Transaction {
            world,
            host,
            together: Together {
                story: Some(story),
                ..Together::default()
            },
            packages: Vec::new(),
            failed: None,
            restart: None,
            sync_ms: 0,
            is_open: true,
        })
    }
}

impl Host {
    fn taker(&self, name: &str, verb: &str) -> Taker {
        Taker {
            package: Some(name.to_owned()),
            command: verb.to_owned(),
            user: Some(self.user.clone()),
            parent: self.parent_hold(),
            ..Taker::default()
        }
    }
}

/// Takes the gate and opens the transaction.
fn open(
    world: &mut Real<'_>,
    name: &str,
    who: Taker,
    host: &Host,
    ui: &mut dyn Ui,
    log: &mut Log,
) -> Result<Story, Error> {
    let user = world.site().as_view().facts().user_name.clone();
    let story = Story::new((host.id)(), name.to_owned(), host.pid, user);
    if let Err(error) = world.enter(who, Table::InstallExecuteSequence, log, ui) {
        if error.code() == code::ALREADY_RUNNING {
            world.write_notes(&refusal(&story, name, &error, host))?;
        }
        return Err(error);
    }
    // Not one of its tables is processed yet.
    world.table = None;
    if sequence::rollback_is_disabled(world.site().as_view())? {
        return Err(rollback_disabled());
    }
    settle_waiting(world, host, ui, log)?;
    world.write_notes(&story.begins((host.now)()))?;
    world.begin(&story.id, &story.ends_together((host.now)(), false))?;
    log.line(&format!("Beginning the transaction of {name}."));
    Ok(story)
}

/// Undoes an installation that waits for a restart, where somebody agrees.
///
/// Errors: 1603 with the message 1704, where nobody does.
fn settle_waiting(
    world: &mut Real<'_>,
    host: &Host,
    ui: &mut dyn Ui,
    log: &mut Log,
) -> Result<(), Error> {
    let Some(waiting) = world.suspended()? else {
        return Ok(());
    };
    let failure = waiting.in_the_way("", host);
    if !ui.agrees(&waiting.question(&failure, None)) {
        return Err(Error::Failed {
            code: failure.code,
            message: failure.to_string(),
        });
    }
    world.undo_suspended(log)?;
    if let Some(message) = waiting.tells_other_user(host) {
        ui.message(&message);
    }
    Ok(())
}

/// 1653.
pub(crate) fn rollback_disabled() -> Error {
    Error::Failed {
        code: code::ROLLBACK_DISABLED,
        message: "rollback is disabled, and several packages are installed together only if all of them can be undone: install each by itself".to_owned(),
    }
}

fn refusal(story: &Story, name: &str, error: &Error, host: &Host) -> Notes {
    let holder = match error {
        Error::Gate(error) => error.holder().map(HolderReport::from),
        _ => None,
    };
    let stamp = Stamp {
        transaction: Some((host.id)()),
        ..story.stamp((host.now)(), 0)
    };
    let product = Product {
        name: name.to_owned(),
        ..Product::default()
    };
    let holder = holder.as_ref().map(HolderReport::describe);
    let event = Event::refused(stamp, &product, None, holder.as_deref());
    Notes {
        name: product.name,
        events: vec![event],
    }
}

impl Transaction<'_> {
    /// Carries a command out inside the transaction, as [`Installer::run`] does alone. Nothing of it is final before
    /// [`Transaction::commit`]. After a failure, other than that of a package that restarts the machine, nothing more
    /// is carried out.
    pub fn add(&mut self, command: &Command, ui: &mut dyn Ui, log: &mut Log) -> Report {
        let report = match self.carry_out(command, ui, log) {
            Ok(driven) => self.take(driven),
            Err(error) => {
                log.failure(&error.failure());
                let report = Report::empty().failed(&error);
                self.failed.get_or_insert_with(|| report.clone());
                report
            }
        };
        log.line(&format!("MainEngineThread is returning {}", report.code));
        self.packages.push(PackageReport {
            package: command.target.clone(),
            report: report.clone(),
        });
        report
    }

    /// Has a member failed, so that everything is undone at the end?
    pub fn has_failed(&self) -> bool {
        self.failed.is_some()
    }

    fn carry_out(
        &mut self,
        command: &Command,
        ui: &mut dyn Ui,
        log: &mut Log,
    ) -> Result<Driven, Error> {
        if self.failed.is_some() {
            return Err(Error::Failed {
                code: code::FAILURE,
                message: "the transaction has failed and is undone at its end".to_owned(),
            });
        }
        if command.top_level() == TopLevel::Admin {
            let message =
                "an administrative image is made by itself, not together with other packages";
            return Err(Error::Usage(message.to_owned()));
        }
        if in_ui_sequence() {
            return Err(Error::UiSequence);
        }
        let (cancel, host) = (self.world.cancel, self.host);
        let together = Some(&mut self.together);
        install::drive_any(&mut self.world, command, host, cancel, ui, log, together)
    }

    fn take(&mut self, driven: Driven) -> Report {
        let report = driven.report;
        if !report.is_success() && !driven.left_out {
            self.failed.get_or_insert_with(|| report.clone());
        }
        if self.restart.is_none() {
            self.restart = driven.restart;
        }
        report
    }

    /// Makes what all members did final; where one of them failed, or it is called off, undoes everything.
    pub fn commit(mut self, log: &mut Log) -> TransactionReport {
        if self.failed.is_none() && self.world.cancel.is_cancelled() {
            let called_off = Error::from(script::Error::Cancelled);
            self.failed = Some(Report::empty().failed(&called_off));
        }
        if self.failed.is_none()
            && let Err(error) = self.commit_all(log)
        {
            self.failed = Some(Report::empty().failed(&error));
        }
        self.end(log)
    }

    /// Undoes everything.
    pub fn roll_back(self, log: &mut Log) -> TransactionReport {
        self.end(log)
    }

    fn notes(&self, committed: bool) -> Notes {
        let story = self.together.story.as_ref();
        let notes = story.map(|story| story.ends_together((self.host.now)(), committed));
        notes.unwrap_or_default()
    }

    fn commit_all(&mut self, log: &mut Log) -> Result<(), Error> {
        let notes = self.notes(true);
        let took = self.world.commit(&notes)?;
        self.is_open = false;
        self.sync_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        log.line("The transaction is committed.");
        log.events(&notes);
        let Some(((reason, product), story)) =
            self.restart.as_ref().zip(self.together.story.as_ref())
        else {
            return Ok(());
        };
        let stamp = story.stamp((self.host.now)(), 0);
        let notes = restart::notes(product, Reboot::Required, *reason, &stamp);
        log.events(&notes);
        // It is committed: that this could not be told changes nothing.
        if let Err(error) = self.world.write_notes(&notes) {
            log.line(&error.to_string());
        }
        Ok(())
    }

    fn end(mut self, log: &mut Log) -> TransactionReport {
        let undone = self.is_open;
        if let Err(error) = self.undo(log) {
            let why = self.failed.take().and_then(|report| report.message);
            let mut report = Report::empty().failed(&error);
            report.message = Some(match why {
                Some(why) => format!("{why}; then: {error}"),
                None => error.to_string(),
            });
            self.failed = Some(report);
        }
        self.world.leave(log);
        if undone {
            self.take_back();
        }
        self.report(undone)
    }

    fn undo(&mut self, log: &mut Log) -> Result<(), Error> {
        if !std::mem::replace(&mut self.is_open, false) {
            return Ok(());
        }
        log.line("Rolling the transaction back.");
        let notes = self.notes(false);
        self.world.undo(&notes)?;
        log.events(&notes);
        Ok(())
    }

    /// What succeeded before all was undone did not, in the end.
    fn take_back(&mut self) {
        let why = match &self.failed {
            Some(Report {
                message: Some(why), ..
            }) => format!("it was undone with the whole transaction: {why}"),
            _ => "it was undone with the whole transaction".to_owned(),
        };
        for package in &mut self.packages {
            if package.report.is_success() {
                package.report.set_code(code::FAILURE, Some(why.clone()));
                package.report.reboot = Reboot::None;
            }
        }
    }

    fn report(&mut self, undone: bool) -> TransactionReport {
        let packages = std::mem::take(&mut self.packages);
        let mut sum = Report::empty();
        sum.sync_ms = self.sync_ms;
        for PackageReport { report, .. } in &packages {
            sum.operation_count += report.operation_count;
            sum.skipped_custom_actions
                .extend(report.skipped_custom_actions.iter().cloned());
            sum.unsupported.extend(report.unsupported.iter().cloned());
            sum.skipped_chainers
                .extend(report.skipped_chainers.iter().cloned());
            sum.nested.extend(report.nested.iter().cloned());
        }
        let left_out = packages.iter().map(|package| &package.report);
        let left_out = left_out.filter(|report| !report.is_success() && !undone);
        match self.failed.as_ref().or(left_out.into_iter().next()) {
            Some(failed) => sum.set_code(failed.code, failed.message.clone()),
            None if undone => {}
            None if self.restart.is_some() => {
                sum.reboot = Reboot::Required;
                sum.set_code(code::REBOOT_REQUIRED, None);
            }
            None => {}
        }
        TransactionReport {
            report: sum,
            packages,
        }
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        // What a panic left may be half done: the next taker undoes it from the journal.
        if self.is_open && !std::thread::panicking() {
            let notes = self.notes(false);
            // Where this fails the journal stays, and the next taker undoes it.
            let _ = self.world.undo(&notes);
        }
    }
}
