//! Commands: opening what they name, making the run's request, driving it, and reporting.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use events::{Event, Stamp};
use gate::{Cancel, Gate};
use machine::{MachinePath, Pending, View};
use sequence::registration::{self, Product, ProductState};
use sequence::{
    Clock, Elevation, Nested, Outcome, Outer, RebootReason, Request, Run, TopLevel, Transforms,
    UiLevel,
};
use sha2::{Digest, Sha256};

use crate::engine::{Engine, Part, Scripted};
use crate::image::{self, Image};
use crate::log::HIDDEN;
use crate::nested::Inner;
use crate::notes::product_of;
use crate::package::{Package, host_of_wine_path, is_machine_path};
use crate::products::find_product;
use crate::real::Real;
use crate::report::{Reboot, Report};
use crate::restart;
use crate::source::PackageFile;
use crate::suspension::Suspension;
use crate::transaction::Together;
use crate::transforms;
use crate::world::{Ahead, ChangingSite, Site, World};
use crate::{Command, Error, Host, Intent, Log, Ui, code, folder};

/// Variables that mean something else on the host than in the machine.
const HOST_VARIABLES: [&str; 14] = [
    "PATH",
    "HOME",
    "TEMP",
    "TMP",
    "TMPDIR",
    "USERNAME",
    "USERPROFILE",
    "OS",
    "SHELL",
    "PWD",
    "WINDIR",
    "SYSTEMROOT",
    "COMSPEC",
    "PATHEXT",
];

/// UI sequences that this process is processing, on any machine: the second case of "_MSIExecute Mutex".
static UI_SEQUENCES: AtomicU32 = AtomicU32::new(0);

/// Does this process process a UI sequence?
pub(crate) fn in_ui_sequence() -> bool {
    UI_SEQUENCES.load(Ordering::SeqCst) > 0
}

/// A UI sequence under way.
pub(crate) struct UiSequence(());

impl UiSequence {
    pub(crate) fn begin() -> UiSequence {
        UI_SEQUENCES.fetch_add(1, Ordering::SeqCst);
        UiSequence(())
    }
}

impl Drop for UiSequence {
    fn drop(&mut self) {
        UI_SEQUENCES.fetch_sub(1, Ordering::SeqCst);
    }
}

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

/// A package opened for a command.
pub(crate) struct Opened {
    pub(crate) package: Package,
    /// What the user, or the registration, calls it.
    pub(crate) called: String,
    /// It is the machine's own copy, or source, of a product that an administrator installed or advertised.
    pub(crate) managed: bool,
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

/// Opens what a command names: a package, or the cached package of an installed product.
///
/// The transforms that it was, or is to be, installed with are applied.
/// Errors: 1619, 1620, 1605, 1624.
pub(crate) fn open(command: &Command, site: &dyn Site) -> Result<Opened, Error> {
    let target = command.target.as_str();
    match command.top_level() {
        TopLevel::Admin => return open_for_image(command, site),
        TopLevel::Advertise => return open_for_advertisement(command, site),
        TopLevel::Install => {}
    }
    if registration::guid::normal(target).is_some() {
        return open_installed(target, site);
    }
    let is_package = is_machine_path(target) || folder::exists(std::path::Path::new(target));
    if !is_package {
        return match find_product(site.as_view(), target)? {
            Some(product) => open_product(&product, site),
            None if command.intent == Intent::Install || looks_like_a_file(target) => {
                Package::open(target, site).map(|package| Opened {
                    package,
                    called: target.to_owned(),
                    managed: false,
                })
            }
            None => Err(Error::UnknownProduct {
                name: target.to_owned(),
            }),
        };
    }
    let mut package = Package::open(target, site)?;
    transforms::apply(&mut package, &command.properties, site)?;
    if command.intent == Intent::Install {
        return Ok(Opened {
            package,
            called: target.to_owned(),
            managed: false,
        });
    }
    // Maintenance is done with the cached package, where it is still there.
    let code = package.property("ProductCode")?;
    let Some(product) = registration::find(site.as_view(), &code)? else {
        let name = package.property("ProductName")?;
        return Err(Error::UnknownProduct {
            name: format!("{name} {code}"),
        });
    };
    Ok(open_product(&product, site).unwrap_or(Opened {
        package,
        called: target.to_owned(),
        managed: false,
    }))
}

/// A package as it is: "the application of transforms during the creation of an administrative image has no valid
/// effect" ("Administrative Installation"), so that none is applied.
fn open_for_image(command: &Command, site: &dyn Site) -> Result<Opened, Error> {
    let package = Package::open(&command.target, site)?;
    Ok(Opened {
        package,
        called: command.target.clone(),
        managed: false,
    })
}

/// A package with the transforms, and in the language, that it is to be published with.
///
/// Errors: 1619, 1620, 1623, 1624.
fn open_for_advertisement(command: &Command, site: &dyn Site) -> Result<Opened, Error> {
    let mut package = Package::open(&command.target, site)?;
    let mut properties = command.properties.clone();
    if let Intent::Advertise {
        language: Some(language),
        ..
    } = command.intent
        && let Some(transform) = package.in_language(language)?
    {
        let given = command.property("TRANSFORMS");
        let both = [&transform, given]
            .into_iter()
            .filter(|list| !list.is_empty());
        let list = both.collect::<Vec<&str>>().join(";");
        properties.push(("TRANSFORMS".to_owned(), list));
    }
    transforms::apply(&mut package, &properties, site)?;
    Ok(Opened {
        package,
        called: command.target.clone(),
        managed: false,
    })
}

fn looks_like_a_file(target: &str) -> bool {
    target.contains(['/', '\\']) || target.to_ascii_lowercase().ends_with(".msi")
}

/// Opens the cached package of an installed product.
///
/// Errors: [`Error::UnknownProduct`] (1605); 1612 where the cached package is gone; 1624.
pub(crate) fn open_installed(product_code: &str, site: &dyn Site) -> Result<Opened, Error> {
    match registration::find(site.as_view(), product_code)? {
        Some(product) => open_product(&product, site),
        None => Err(Error::UnknownProduct {
            name: product_code.to_owned(),
        }),
    }
}

fn open_product(product: &Product, site: &dyn Site) -> Result<Opened, Error> {
    let gone = || Error::Failed {
        code: code::SOURCE_ABSENT,
        message: format!(
            "the cached package of {} is gone: name the package itself",
            product.name
        ),
    };
    if product.state == ProductState::Advertised {
        return open_at_source(product, site);
    }
    let cached = product.local_package.as_deref().ok_or_else(gone)?;
    let path = site.as_view().path(cached)?;
    if !site.as_view().is_file(&path)? {
        return Err(gone());
    }
    let mut package = Package::open_in_machine(&path, cached, site)?;
    let source = usable_source(product, site).unwrap_or_default();
    package.folder = source_folder(&source, site);
    package.source.name = product.package_name.clone().unwrap_or(package.source.name);
    package.source.folder = source;
    package.source.original = cached.to_owned();
    transforms::apply_registered(&mut package, product, site)?;
    Ok(Opened {
        package,
        called: product.product_code.clone(),
        managed: product.context != registration::Context::UserUnmanaged,
    })
}

/// The first of a product's sources where its package lies: the last used one, that of the installation, the others in
/// their order. Where it is nowhere, that of the installation: a cached package may need none. "Source Resiliency".
fn usable_source(product: &Product, site: &dyn Site) -> Option<String> {
    let used = [&product.last_used_source, &product.install_source];
    let all = used.into_iter().flatten().chain(&product.sources);
    let name = product.package_name.as_deref().unwrap_or_default();
    let has_package = |source: &&String| {
        let Some(folder) = source_folder(source, site) else {
            return false;
        };
        let file = folder::find(&folder, &[name]).ok().flatten();
        // A folder of text tables is its own source.
        let itself = folder.file_name().is_some_and(|last| last == name);
        let itself = itself.then_some(folder);
        let mut places = file.into_iter().chain(itself);
        places.any(|place| is_package_of(product, &place))
    };
    let mut all = all.filter(|source| !source.is_empty());
    all.find(has_package)
        .or(product.install_source.as_ref())
        .cloned()
}

/// Is this the very package that the product was installed with?
fn is_package_of(product: &Product, place: &std::path::Path) -> bool {
    let package = Package::open_on_host(place).ok();
    let summary = package
        .as_ref()
        .and_then(|package| package.database.summary().ok());
    let own = product.package_code.as_deref();
    let code = summary.map(|summary| summary.package_code());
    own.is_some_and(|own| code.is_some_and(|code| own.eq_ignore_ascii_case(code)))
}

/// Opens the package of an advertised product where it was advertised from: there is no copy of it yet.
///
/// Errors: 1612 where it is not there, or is that of another product; 1624.
fn open_at_source(product: &Product, site: &dyn Site) -> Result<Opened, Error> {
    let source = product.last_used_source.clone().unwrap_or_default();
    let name = product.package_name.clone().unwrap_or_default();
    let gone = |why: &str| Error::Failed {
        code: code::SOURCE_ABSENT,
        message: format!(
            "{} is advertised from {source}{name}, {why}: name the package itself",
            product.name
        ),
    };
    // A folder of text tables is its own source.
    let folders = [&source].into_iter().chain(&product.sources);
    let places = folders.flat_map(|folder| [format!("{folder}{name}"), folder.clone()]);
    let places: Vec<String> = places.collect();
    let opened = places
        .iter()
        .find_map(|place| match host_of_wine_path(place) {
            Some(path) => Package::open_on_host(&path).ok(),
            None => Package::open(place, site).ok(),
        });
    let mut package = opened.ok_or_else(|| gone("where it is not any more"))?;
    transforms::apply_registered(&mut package, product, site)?;
    let code = package.property("ProductCode")?;
    if !code.eq_ignore_ascii_case(&product.product_code) {
        return Err(gone("where the package of another product is now"));
    }
    Ok(Opened {
        package,
        called: product.product_code.clone(),
        managed: product.context != registration::Context::UserUnmanaged,
    })
}

fn source_folder(source: &str, site: &dyn Site) -> Option<PathBuf> {
    host_of_wine_path(source).or_else(|| site.host_path(&MachinePath::parse(source).ok()?))
}

fn request(
    command: &Command,
    opened: &Opened,
    host: &Host,
    view: &dyn View,
) -> Result<Request, Error> {
    let package = &opened.package;
    let administrator = host.administrator && view.facts().administrator;
    let elevation = Elevation::of(administrator, opened.managed, &package.database, view)?;
    let mut properties = command.properties.clone();
    properties.retain(|(name, _)| elevation.lets_pass(name));
    for (name, value) in command.intent.properties() {
        if !properties.iter().any(|(given, _)| given == name) {
            properties.push((name.to_owned(), value));
        }
    }
    if let Ok(Some(folder)) = image::folder(command) {
        properties.push(("TARGETDIR".to_owned(), image::seen_as(&folder)));
    }
    let transforms = package.transforms.transforms.clone();
    Ok(Request {
        top_level: command.top_level(),
        properties: with_transforms(properties, &transforms),
        transforms,
        ui_level: command.ui_level,
        custom_actions: command.custom_actions,
        source: package.source.clone(),
        clock: clock(host),
        cache_name: cache_name(package, view),
        environment: environment(host),
        outer: Outer::None,
        together: false,
        elevation,
    })
}

/// The request of a run inside another. A concurrent installation shares the outer one's user interface.
pub(crate) fn nested_request(
    engine: &Engine<'_>,
    part: &Part,
    nested: &Nested,
    opened: &Opened,
    outer: Outer,
) -> Request {
    let transforms = opened.package.transforms.transforms.clone();
    Request {
        top_level: TopLevel::Install,
        properties: with_transforms(nested.properties.clone(), &transforms),
        transforms,
        ui_level: match outer {
            Outer::Replacing => UiLevel::None,
            Outer::Parent { .. } | Outer::None => engine.command.ui_level,
        },
        custom_actions: engine.command.custom_actions,
        source: opened.package.source.clone(),
        clock: clock(engine.host),
        cache_name: cache_name(&opened.package, engine.world.site().as_view()),
        environment: environment(engine.host),
        outer,
        together: engine.together,
        elevation: part.run.request().elevation.clone(),
    }
}

/// The list that counts: an installed product's is not changed by the command line.
fn with_transforms(
    mut properties: Vec<(String, String)>,
    transforms: &Transforms,
) -> Vec<(String, String)> {
    properties.retain(|(name, _)| name != "TRANSFORMS");
    if !transforms.list.is_empty() {
        properties.push(("TRANSFORMS".to_owned(), transforms.list.clone()));
    }
    properties
}

fn clock(host: &Host) -> Clock {
    let now = host.written();
    Clock {
        date: now.strftime("%m/%d/%Y").to_string(),
        time: now.strftime("%H:%M:%S").to_string(),
        install_date: now.strftime("%Y%m%d").to_string(),
        now: moment((host.now)()),
    }
}

/// A time of the system; none for one before 1970, which no clock shows.
fn moment(time: jiff::Timestamp) -> Option<SystemTime> {
    let nanoseconds = u64::try_from(time.as_nanosecond()).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_nanos(nanoseconds))
}

fn environment(host: &Host) -> Vec<(String, String)> {
    let means_the_same = |name: &str| {
        !HOST_VARIABLES
            .iter()
            .any(|other| other.eq_ignore_ascii_case(name))
    };
    host.environment
        .iter()
        .filter(|(name, _)| means_the_same(name))
        .cloned()
        .collect()
}

/// A name below `C:\windows\Installer` that nothing has yet: one of chance on Windows, here the package's own, so that
/// equal installations leave equal machines.
fn cache_name(package: &Package, view: &dyn View) -> String {
    let is_free = |name: &str| {
        let path = view.path(&format!("C:\\windows\\Installer\\{name}"));
        path.and_then(|path| view.metadata(&path))
            .is_ok_and(|found| found.is_none())
    };
    let code = package.property("ProductCode").unwrap_or_default();
    let summary = package.database.summary().ok();
    let package_code = summary.map_or("", |summary| summary.package_code());
    let mut name = String::new();
    // A taken name is rare; a hundred in a row are a folder that cannot be read.
    for number in 0..100 {
        let hash = Sha256::digest(format!("{code}{package_code}{number}"));
        name = hash[..4].iter().map(|byte| format!("{byte:02x}")).collect();
        name.push_str(".msi");
        if is_free(&name) {
            break;
        }
    }
    name
}
