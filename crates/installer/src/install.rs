//! Commands: beginning what they ask for, driving it, and reporting.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};

use events::{Event, Stamp};
use gate::{Cancel, Gate};
use machine::Pending;
use sequence::{Outcome, RebootReason, Request, Run};

use crate::engine::{Engine, Part, Scripted};
use crate::image::{self, Image};
use crate::log::HIDDEN;
use crate::nested::Inner;
use crate::notes::product_of;
use crate::opening::{Opened, open};
use crate::real::Real;
use crate::report::{Reboot, Report};
use crate::request::request;
use crate::restart;
use crate::source::PackageFile;
use crate::suspension::Suspension;
use crate::transaction::Together;
use crate::ui_sequence::in_ui_sequence;
use crate::world::{Ahead, ChangingSite, Site, World};
use crate::{Command, Error, Host, Log, Ui, code};

/// What installs, changes, repairs and removes packages on one machine.
pub struct Installer<'a> {
    /// The machine.
    pub machine: &'a mut dyn ChangingSite,
    /// Its gate; none: the caller sees to it that nobody else changes the machine.
    pub gate: Option<Gate>,
    /// Its event log; none: events are not written.
    pub events: Option<events::Log>,
    /// The process.
    pub host: &'a Host,
    /// Calls the command off (1602).
    pub cancel: Cancel,
}

impl<'a> Installer<'a> {
    /// Returns an installer for a machine of a folder, with the folder's gate and event log; nothing calls it off.
    pub fn on(machine: &'a mut dyn ChangingSite, folder: &Path, host: &'a Host) -> Installer<'a> {
        let state = folder.join(".msikit");
        Installer {
            machine,
            gate: Some(Gate::at(&state.join("gate"))),
            events: Some(events::Log::at(&state.join("events.jsonl"))),
            host,
            cancel: Cancel::never(),
        }
    }
}

impl Installer<'_> {
    /// Carries a command out, and reports what came of it.
    pub fn run(&mut self, command: &Command, ui: &mut dyn Ui, log: &mut Log) -> Report {
        let report = Report::empty();
        if in_ui_sequence() {
            return report.failed(&Error::UiSequence);
        }
        let carried_out = catch_unwind(AssertUnwindSafe(|| self.carry_out(command, ui, log)));
        let carried_out = carried_out.unwrap_or_else(|cause| {
            self.tell_broken_off(&*cause);
            resume_unwind(cause)
        });
        let report = match carried_out {
            Ok(driven) => driven.report,
            Err(error) => {
                log.failure(&error.failure());
                report.failed(&error)
            }
        };
        log.line(&format!("MainEngineThread is returning {}", report.code));
        report
    }

    /// 1013: the engine itself fell over. What it had begun is undone by whoever comes next.
    fn tell_broken_off(&self, cause: &(dyn Any + Send)) {
        let known = cause.downcast_ref::<String>().map(String::as_str);
        let report = known.or_else(|| cause.downcast_ref::<&str>().copied());
        let stamp = Stamp {
            time: (self.host.now)(),
            user: self.machine.as_site().as_view().facts().user_name.clone(),
            transaction: None,
            ordinal: 0,
        };
        if let Some(log) = &self.events {
            // There is nobody left to tell that this failed, too.
            let _ = log.append(&[Event::broken_off(
                stamp,
                report.unwrap_or("no reason given"),
            )]);
        }
    }

    fn carry_out(
        &mut self,
        command: &Command,
        ui: &mut dyn Ui,
        log: &mut Log,
    ) -> Result<Driven, Error> {
        let Some(folder) = image::folder(command)? else {
            return self.drive(command, ui, log);
        };
        let mut image = Image::create(&mut *self.machine, &folder)?;
        let mut on_image = Installer {
            machine: &mut image,
            gate: self.gate.clone(),
            events: self.events.clone(),
            host: self.host,
            cancel: self.cancel.clone(),
        };
        let driven = on_image.drive(command, ui, log);
        image.close();
        driven
    }

    fn drive(
        &mut self,
        command: &Command,
        ui: &mut dyn Ui,
        log: &mut Log,
    ) -> Result<Driven, Error> {
        let mut world = Real {
            machine: &mut *self.machine,
            gate: self.gate.as_ref(),
            events: self.events.clone(),
            host: self.host,
            cancel: &self.cancel,
            wait: command.wait,
            hold: None,
            journal: None,
            table: None,
        };
        drive(&mut world, command, self.host, &self.cancel, ui, log)
    }
}

/// A run that was driven to its end.
pub(crate) struct Driven {
    pub(crate) part: Part,
    pub(crate) report: Report,
    pub(crate) scripted: Vec<Scripted>,
    /// What others of its transaction had scripted before it, and is not in the machine.
    pub(crate) before: Pending,
    /// What is scripted in the end and not in the machine: of a plan, all of it.
    pub(crate) pending: Pending,
    /// It was stopped because it restarts the machine, and nothing of it was done: the others can go on.
    pub(crate) left_out: bool,
    /// Why a restart is needed, and by which product.
    pub(crate) restart: Option<(RebootReason, events::Product)>,
}

/// Opens, drives and reports: the same for a machine and for a plan.
pub(crate) fn drive(
    world: &mut dyn World,
    command: &Command,
    host: &Host,
    cancel: &Cancel,
    ui: &mut dyn Ui,
    log: &mut Log,
) -> Result<Driven, Error> {
    drive_any(world, command, host, cancel, ui, log, None)
}

/// The same for one of several packages; `together` is what they share.
pub(crate) fn drive_any(
    world: &mut dyn World,
    command: &Command,
    host: &Host,
    cancel: &Cancel,
    ui: &mut dyn Ui,
    log: &mut Log,
    together: Option<&mut Together>,
) -> Result<Driven, Error> {
    let is_together = together.is_some();
    let mut alone = Together::default();
    let shared = together.unwrap_or(&mut alone);
    // What waits for a restart was settled before several packages began.
    let waiting = match is_together {
        true => None,
        false => world.suspended()?,
    };
    let begun = {
        let site = Ahead::new(world.site(), &shared.pending, &shared.kept);
        begin(command, host, &site, is_together, waiting.as_ref())
    };
    log.command(
        command,
        &match &begun {
            Ok((run, _)) => run.command_line(),
            // What the package hides is not known.
            Err(_) => masked(&command.properties),
        },
    );
    let (mut run, opened) = begun?;
    log.tell_disallowed(command, &run);
    log.tell_location(&mut run);
    let mut part = Part {
        file: opened.file,
        folder: opened.folder,
        given: opened.given,
        verb: command.intent.verb(),
        shares_transaction: is_together,
        ..Part::new(run, opened.called)
    };
    let before = shared.pending.clone();
    let mut engine = Engine {
        world,
        host,
        cancel,
        ui,
        log,
        pending: before.clone(),
        kept: shared.kept.clone(),
        scripted: Vec::new(),
        story: shared.story.take(),
        together: is_together,
        told: false,
        keeps: false,
        sync_ms: 0,
        holder: None,
        refusal: None,
        nested: Vec::new(),
        waiting: None,
        chosen: Vec::new(),
        restart: Reboot::None,
        restart_told: false,
        depth: 0,
        outer: Vec::new(),
        executed: 0,
        command,
    };
    let outcome = engine.drive(&mut part);
    let stopped = outcome.left_out || engine.nested.iter().any(|inner| inner.outcome.left_out);
    let reason = restart::reason(&outcome, &engine.nested);
    let report = report(&engine, &part, outcome);
    shared.story = engine.story;
    let pending = engine.pending;
    if report.is_success() {
        // Of one that failed nothing comes.
        shared.pending = pending.clone();
        shared.kept = engine.kept;
    }
    Ok(Driven {
        left_out: stopped && !report.is_success() && engine.executed == 0,
        restart: reason.map(|reason| (reason, product_of(&part.run))),
        scripted: engine.scripted,
        before,
        pending,
        report,
        part,
    })
}

/// The properties of a command line without any value.
fn masked(properties: &[(String, String)]) -> String {
    let masked = properties
        .iter()
        .map(|(name, _)| format!("{name}={HIDDEN}"));
    masked.collect::<Vec<_>>().join(" ")
}

/// Where the contents of a begun run's package come from, and what it is called.
pub(crate) struct Origin {
    pub(crate) file: PackageFile,
    pub(crate) folder: Option<PathBuf>,
    pub(crate) given: Vec<PackageFile>,
    pub(crate) called: String,
}

/// Opens what a command names, and begins its run: one that goes on with what waits for a restart, if it is that.
///
/// Errors: as [`open`], 1633, 1613; a package that makes no sense; [`Error::Withheld`].
pub(crate) fn begin(
    command: &Command,
    host: &Host,
    site: &dyn Site,
    together: bool,
    waiting: Option<&Suspension>,
) -> Result<(Run, Origin), Error> {
    let mut opened = open(command, site)?;
    let code = opened.package.property("ProductCode")?;
    let package_code = opened.package.database.summary()?.package_code();
    let waiting = waiting.filter(|waiting| waiting.is_of(command, &code, package_code));
    let mut command = command.clone();
    if let Some(waiting) = waiting {
        command = waiting.command(&command)?;
        opened = open(&command, site)?;
    }
    let asked = Request {
        together,
        ..request(&command, &opened, host, site.as_view())?
    };
    let Opened {
        package, called, ..
    } = opened;
    package.require_fit(site.as_view().facts())?;
    let origin = Origin {
        file: package.file,
        folder: package.folder,
        given: package.transforms.files,
        called,
    };
    let mut run = Run::new(package.database, asked, site.as_view())?;
    run.set_restart_command(&host.resume_command);
    if let Some(waiting) = waiting {
        waiting.go_on(&mut run);
    }
    Ok((run, origin))
}

fn report(engine: &Engine<'_>, part: &Part, outcome: Outcome) -> Report {
    let property =
        |name: &str| Some(part.run.property(name).to_owned()).filter(|value| !value.is_empty());
    let mut report = Report {
        product_code: property("ProductCode"),
        product_name: property("ProductName"),
        version: property("ProductVersion"),
        operation_count: engine.scripted.len() as u64,
        skipped_custom_actions: outcome.skipped_custom_actions,
        unsupported: outcome.unsupported,
        skipped_chainers: outcome.skipped_chainers,
        sync_ms: engine.sync_ms,
        holder: engine.holder.clone(),
        reboot: engine.restart,
        ..Report::empty()
    };
    for Inner {
        report: inner,
        outcome,
    } in &engine.nested
    {
        let skipped = outcome.skipped_custom_actions.iter().cloned();
        report.skipped_custom_actions.extend(skipped);
        report
            .unsupported
            .extend(outcome.unsupported.iter().cloned());
        let chainers = outcome.skipped_chainers.iter().cloned();
        report.skipped_chainers.extend(chainers);
        report.nested.push(inner.clone());
    }
    let message = match &engine.refusal {
        Some(refusal) if refusal.code() == outcome.code => Some(refusal.to_string()),
        _ => outcome.message,
    };
    report.set_code(outcome.code, message);
    match engine.restart {
        _ if !report.is_success() => {}
        Reboot::Initiated => report.set_code(code::REBOOT_INITIATED, None),
        Reboot::Required => report.set_code(code::REBOOT_REQUIRED, None),
        Reboot::None => {}
    }
    report
}
