//! The verbs, one file each; this is the list of them.

pub mod db;
mod events;
mod extract;
pub mod inspect;
mod install;
mod machine;
mod manual;
mod msiexec;
mod products;
mod recover;
pub mod report;
#[cfg_attr(windows, path = "commands/windows/run.rs")]
mod run;
mod sarif;
mod sbom;
#[cfg(unix)]
mod service;
#[cfg_attr(windows, path = "commands/windows/status.rs")]
mod status;
mod together;
#[cfg(windows)]
mod windows;

use std::path::{Path, PathBuf};

use ::machine::{OsDisk, Tree};
use gate::Gate;
use installer::{Installer, Package};

use crate::arguments::{Arguments, Global, Verb, When};
use crate::interrupt;
use crate::output::{End, Failure, Output};
use crate::place::Place;
use crate::world::World;

/// The options whose file is standard output.
fn on_output(files: &[(&str, &Option<PathBuf>)]) -> impl Iterator<Item = String> {
    files
        .iter()
        .filter(|(_, file)| file.as_deref() == Some(Path::new("-")))
        .map(|(option, _)| format!("{option} -"))
}

/// Is there one that has standard output to itself? Errors: there are two (1639).
fn only_one(mut typed: impl Iterator<Item = String>) -> Result<bool, Failure> {
    match (typed.next(), typed.next()) {
        (Some(one), Some(other)) => Err(Failure::usage(format!(
            "{one} and {other} both have standard output to themselves"
        ))),
        (one, _) => Ok(one.is_some()),
    }
}

/// Is one of the files standard output?
///
/// Errors: two of them are (1639).
pub fn one_file_on_output(files: &[(&str, &Option<PathBuf>)]) -> Result<bool, Failure> {
    only_one(on_output(files))
}

/// What every verb gets.
pub struct Context<'a> {
    /// The process's surroundings.
    pub world: &'a World,
    /// Options of every verb.
    pub global: &'a Global,
    /// Where to print.
    pub output: &'a mut Output,
}

impl<'a> Context<'a> {
    /// What changes a machine: under its gate, told in its event log, and called off by Ctrl-C.
    pub fn installer<'m>(
        &mut self,
        place: &Place,
        machine: &'m mut Tree<OsDisk>,
    ) -> Result<Installer<'m>, Failure>
    where
        'a: 'm,
    {
        let cancel = interrupt::cancel()
            .map_err(|error| Failure::file("watch signals for", &place.directory, &error))?;
        self.output.telling.watch(&cancel);
        Ok(Installer {
            machine,
            gate: Some(Gate::at(&place.gate())),
            events: Some(self.event_log(place)),
            host: &self.world.host,
            cancel,
        })
    }

    /// Are colours shown on standard output?
    pub fn colors(&self) -> bool {
        match self.global.color {
            Some(When::Always) => true,
            Some(When::Never) => false,
            Some(When::Auto) | None => self.world.colors,
        }
    }

    /// Opens a package of the host, or one in the machine.
    pub fn package(&mut self, package: &str) -> Result<Package, Failure> {
        if !installer::is_only_in_machine(package) {
            return Ok(Package::open_on_host(std::path::Path::new(package))?);
        }
        let place = self.place()?;
        let machine = place.open(&self.world.host, self.output)?;
        Ok(Package::open(package, machine.site())?)
    }

    /// Sees to it that standard output has one thing: `--json`, or one of the files that are `-`. Says whether it is
    /// such a file.
    ///
    /// Errors: two of them (1639).
    pub fn require_one_output(&self, files: &[(&str, &Option<PathBuf>)]) -> Result<bool, Failure> {
        let json = self.output.json.then(|| "--json".to_owned());
        let taken = only_one(json.into_iter().chain(on_output(files)))?;
        Ok(taken && !self.output.json)
    }

    /// Says what `--dry-run` kept from being done.
    pub fn would(&mut self, what: &str) {
        self.output
            .note(&format!("would {what}; nothing was changed"));
    }

    /// The event log of a machine that is changed: there is no such machine on Windows.
    #[cfg(windows)]
    pub fn event_log(&mut self, place: &Place) -> ::events::Log {
        ::events::Log::at(&place.events())
    }

    /// The event log of a machine that is changed, and journald, where that was asked for.
    #[cfg(unix)]
    pub fn event_log(&mut self, place: &Place) -> ::events::Log {
        use ::events::{Journald, Log};
        // The environment is nearer than the machine.
        let (socket, who) = match self.world.journald.clone() {
            Some(socket) => (Some(socket), "MSIKIT_JOURNALD"),
            None => (place.journald(), "journald in machine.toml"),
        };
        let asked = socket.map(|socket| match socket.to_str() {
            Some("1") => Journald::at(Path::new(Journald::SOCKET)),
            _ => Journald::at(&socket),
        });
        if let Some(Err(error)) = asked.as_ref().map(Journald::try_it) {
            self.output.note(&format!(
                "warning: {who}: journald cannot be told: {error}; the machine's event log is written all the same"
            ));
        }
        Log::at(&place.events()).and_to(asked)
    }

    /// Chooses the machine; where none is named, it is not said which: it is not looked at.
    pub fn quiet_place(&mut self) -> Result<Place, Failure> {
        match self.global.machine {
            Some(_) => self.place(),
            None => Place::find(self.global, self.world),
        }
    }

    /// Chooses the machine and says which it is.
    pub fn place(&mut self) -> Result<Place, Failure> {
        Place::choose(self.global, self.world, self.output)
    }
}

/// Carries a verb out.
pub fn run(arguments: Arguments, world: &World, output: &mut Output) -> Result<End, Failure> {
    let mut context = Context {
        world,
        global: &arguments.global,
        output,
    };
    let context = &mut context;
    #[cfg(windows)]
    if let Some(end) = windows::carry_out(&arguments.verb, context) {
        return end;
    }
    #[cfg(unix)]
    if let Some(end) = service::through(&arguments.verb, context)? {
        return Ok(end);
    }
    match &arguments.verb {
        Verb::Install(typed) => install::install(typed, context),
        Verb::Remove(typed) => install::remove(typed, context),
        Verb::Repair(typed) => install::repair(typed, context),
        Verb::Plan(typed) => install::plan(typed, context),
        Verb::List => products::list(context),
        Verb::Show(typed) => products::show(typed, context),
        Verb::Status(typed) => status::status(typed, context),
        Verb::Wait(typed) => status::wait(typed, context),
        Verb::Run(typed) => run::run(typed, context),
        Verb::RunChild(typed) => run::child(typed),
        #[cfg(unix)]
        Verb::ServiceWorker(typed) => service::work(typed, context),
        #[cfg(not(unix))]
        Verb::ServiceWorker(_) => Err(Failure::not_yet("service-worker")),
        Verb::Recover(typed) => recover::recover(typed, context),
        Verb::Events(typed) => events::events(typed, context),
        Verb::Machine(verb) => machine::machine(verb, context),
        Verb::New(typed) => db::authored::new(typed, context),
        Verb::Db(verb) => db::db(verb, context),
        Verb::Msiexec(typed) => msiexec::msiexec(typed, context),
        Verb::Admin(typed) => install::admin(typed, context),
        Verb::Advertise(typed) => install::advertise(typed, context),
        Verb::Patch(_) => Err(Failure::not_yet("patch")),
        Verb::Inspect(typed) => inspect::inspect(typed, context),
        Verb::Check(_) => Err(Failure::not_yet("check")),
        Verb::Report(typed) => report::report(typed, context),
        #[cfg(unix)]
        Verb::Service(verb) => service::service(verb, context),
        #[cfg(windows)]
        Verb::Service(verb) => windows::service::service(verb, context),
        Verb::Completions(typed) => manual::completions(typed, context),
        Verb::Man(typed) => manual::man(typed, context),
        Verb::Extract(typed) => extract::extract(typed, context),
    }
}
