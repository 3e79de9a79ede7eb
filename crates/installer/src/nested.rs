//! Runs inside a run, under the same hold: the removal of another product, and concurrent installations; and the notes
//! of a refusal.
//!
//! Follows: Microsoft, "Concurrent Installations", "Custom Action Type 7", "Custom Action Type 23", "Custom Action
//! Type 39", "RemoveExistingProducts Action".

use events::{Event, Stamp};
use sequence::{ActionResult, Answer, Failure, Nested, NestedPackage, Outcome, Outer, Run};

use crate::engine::{Engine, Part};
use crate::notes::{Notes, Story, product_of};
use crate::opening::{self, Opened};
use crate::package::Package;
use crate::report::NestedReport;
use crate::request::nested_request;
use crate::world::{Ahead, Site};
use crate::{Error, HolderReport, Host, Intent, code, folder, transforms};

/// A run is inside of so many others at most.
const DEPTH_MAX: usize = 16;

/// How a run inside another ended.
pub(crate) struct Inner {
    pub(crate) report: NestedReport,
    pub(crate) outcome: Outcome,
}

/// Runs another package inside the run under way. A failure leaves nothing of it.
pub(crate) fn run(engine: &mut Engine<'_>, part: &Part, request: &Nested) -> Answer {
    engine.log.line(&begins(request));
    let (pending, scripted) = (engine.pending.clone(), engine.scripted.len());
    let (executed, told, inner) = (engine.executed, engine.story.clone(), engine.nested.len());
    let (result, why) = match run_nested(engine, part, request) {
        Ok(outcome) => outcome,
        Err(Error::UnknownProduct { name }) if replaces(request) => {
            engine.log.line(&format!("{name} is not there any more."));
            return Answer::Action(ActionResult::Success);
        }
        Err(error) => (ActionResult::Failure, Some(error.to_string())),
    };
    if is_success(result) {
        return Answer::Action(ActionResult::Success);
    }
    engine.pending = pending;
    engine.scripted.truncate(scripted);
    // Of what was in it nothing happened; that it failed is told.
    let ended = engine.nested.split_off(inner).pop();
    engine.nested.extend(ended);
    if request.shares_transaction {
        engine.story = told;
    }
    let message = failed(request, &why.unwrap_or_else(|| "it failed".to_owned()));
    engine.log.line(&message);
    // What is in the machine already can only be undone with the whole transaction.
    let stays = request.shares_transaction && engine.executed != executed;
    match result {
        _ if request.ignore_failure && !stays => Answer::Action(ActionResult::Success),
        ActionResult::UserExit => Answer::Cancelled,
        _ => Answer::Failed(failure(part, request, message)),
    }
}

fn is_success(result: ActionResult) -> bool {
    matches!(result, ActionResult::Success | ActionResult::Finished)
}

fn replaces(request: &Nested) -> bool {
    matches!(request.package, NestedPackage::Replaced(_))
}

/// What a nested run is of, for people.
fn described(request: &Nested) -> String {
    match &request.package {
        NestedPackage::Replaced(code) | NestedPackage::Product(code) => code.clone(),
        NestedPackage::Storage(name) => format!("the package in the storage {name}"),
        NestedPackage::InSource(path) => format!("the package {path} of the source"),
    }
}

fn begins(request: &Nested) -> String {
    let (what, action) = (described(request), &request.action);
    match replaces(request) {
        true => format!("Removing {what} in a nested run."),
        false => format!("{action}: concurrent installation of {what} begins."),
    }
}

fn failed(request: &Nested, why: &str) -> String {
    let (what, action) = (described(request), &request.action);
    match replaces(request) {
        true => format!("{action}: {what} could not be removed: {why}"),
        false => format!("{action}: concurrent installation of {what} failed: {why}"),
    }
}

fn failure(part: &Part, request: &Nested, message: String) -> Failure {
    match &request.package {
        NestedPackage::Replaced(code) => Failure::numbered(1714, [code.clone()], message),
        _ => {
            let product = part.run.property("ProductName").to_owned();
            let error = code::FAILURE.to_string();
            Failure::numbered(1713, [product, error], message)
        }
    }
}

/// Opens the package of a nested run.
///
/// Errors: 1605, 1612, 1619, 1620, 1624, 1633, 1613; 1603 for one that is being run already.
fn open(engine: &Engine<'_>, part: &Part, request: &Nested) -> Result<Opened, Error> {
    let site = Ahead::new(engine.world.site(), &engine.pending, &engine.kept);
    let mut package = match &request.package {
        NestedPackage::Replaced(code) | NestedPackage::Product(code) => {
            return opening::open_installed(code, &site);
        }
        NestedPackage::Storage(name) => in_storage(part, name)?,
        NestedPackage::InSource(path) => in_source(part, path)?,
    };
    transforms::apply(&mut package, &request.properties, &site)?;
    package.require_fit(site.as_view().facts())?;
    let called = package.source.original.clone();
    Ok(Opened {
        package,
        called,
        managed: false,
    })
}

fn in_storage(part: &Part, name: &str) -> Result<Package, Error> {
    let outer = &part.run.request().source;
    let mut package = Package::open_in_storage(part.run.database(), name, &outer.original)?;
    package.source.folder = outer.folder.clone();
    package.folder = part.folder.clone();
    Ok(package)
}

fn in_source(part: &Part, path: &str) -> Result<Package, Error> {
    let missing = |why: String| Error::NoPackage {
        place: path.to_owned(),
        why,
    };
    let root = part.folder.as_ref();
    let root = root.ok_or_else(|| missing("the source is not known".to_owned()))?;
    let names = path.split(['\\', '/']).filter(|name| !name.is_empty());
    let names: Vec<&str> = names.collect();
    let found = folder::find(root, &names).map_err(|error| missing(error.to_string()))?;
    let found = found.ok_or_else(|| missing(format!("it is not below {}", root.display())))?;
    Package::open_on_host(&found)
}

/// Refuses what is being run already, and what is inside of too many others.
fn require_new(engine: &Engine<'_>, part: &Part, opened: &Opened) -> Result<(), Error> {
    let refused = |why: &str| Error::Failed {
        code: code::FAILURE,
        message: why.to_owned(),
    };
    if engine.outer.len() >= DEPTH_MAX {
        return Err(refused("too many packages install one another"));
    }
    let product = opened.package.property("ProductCode")?;
    let mut outer = engine.outer.iter().map(String::as_str);
    if outer.any(|code| code.eq_ignore_ascii_case(&product))
        || part
            .run
            .property("ProductCode")
            .eq_ignore_ascii_case(&product)
    {
        return Err(refused("a package cannot install itself concurrently"));
    }
    Ok(())
}

fn outer_of(part: &Part, request: &Nested) -> Outer {
    match replaces(request) {
        true => Outer::Replacing,
        false => Outer::Parent {
            product_code: part.run.property("ProductCode").to_owned(),
            original_database: part.run.property("OriginalDatabase").to_owned(),
        },
    }
}

fn run_nested(
    engine: &mut Engine<'_>,
    part: &Part,
    request: &Nested,
) -> Result<(ActionResult, Option<String>), Error> {
    let opened = open(engine, part, request)?;
    require_new(engine, part, &opened)?;
    let asked = nested_request(engine, part, request, &opened, outer_of(part, request));
    let Opened {
        package, called, ..
    } = opened;
    let run = {
        let site = Ahead::new(engine.world.site(), &engine.pending, &engine.kept);
        Run::new(package.database, asked, site.as_view())?
    };
    let removes = run.property("REMOVE") == "ALL";
    let mut inner = Part {
        file: package.file,
        folder: package.folder,
        given: package.transforms.files,
        shares_transaction: request.shares_transaction,
        verb: match removes {
            true => Intent::Remove.verb(),
            false => Intent::Install.verb(),
        },
        ..Part::new(run, called)
    };
    let story = engine.story.clone();
    if !request.shares_transaction {
        begin_story(engine, &inner)?;
    }
    engine.depth += 1;
    engine
        .outer
        .push(part.run.property("ProductCode").to_owned());
    let mut outcome = engine.drive(&mut inner);
    engine.outer.pop();
    engine.depth -= 1;
    if !request.shares_transaction {
        engine.story = story;
    }
    let ended = (outcome.result, outcome.message.clone());
    if request.ignore_failure || !is_success(outcome.result) {
        outcome.reboot = None;
    }
    let report = NestedReport::of(&request.action, &inner, outcome.code);
    engine.nested.push(Inner { report, outcome });
    Ok(ended)
}

/// A removal outside of the transaction has one of its own, with a story of its own.
fn begin_story(engine: &mut Engine<'_>, inner: &Part) -> Result<(), Error> {
    let user = inner.run.property("LogonUser").to_owned();
    let (id, pid) = ((engine.host.id)(), engine.host.pid);
    let story = Story::new(id, inner.called.clone(), pid, user);
    engine
        .world
        .write_notes(&story.begins((engine.host.now)()))?;
    engine.story = Some(story);
    Ok(())
}

/// What a run refused at its execute sequence writes: 11500, with the text of the package's Error table.
pub(crate) fn refusal_notes(part: &Part, holder: Option<&HolderReport>, host: &Host) -> Notes {
    let stamp = Stamp {
        time: (host.now)(),
        user: part.run.property("LogonUser").to_owned(),
        transaction: Some((host.id)()),
        ordinal: 0,
    };
    let text = error_text(part, 1500, &[]);
    let holder = holder.map(HolderReport::describe);
    let product = product_of(&part.run);
    let event = Event::refused(stamp, &product, text.as_deref(), holder.as_deref());
    Notes {
        name: product.name,
        events: vec![event],
    }
}

/// Messages that tell of a mistake in the package, and not of the machine: "internal errors".
const INTERNAL: std::ops::Range<u32> = 2000..3000;

/// N + 10000: the message N of Windows' that a run failed with, where it has one; 10005 for all internal ones, with the
/// text of message 5. "Event Logging", "Windows Installer Error Messages".
pub(crate) fn error_event(part: &Part, stamp: Stamp) -> Option<Event> {
    let failure = part.run.failure()?;
    let number = failure.number.filter(|number| *number != 1500)?;
    let internal = INTERNAL.contains(&number);
    let template = match internal {
        true => error_template(part, 5),
        false => i32::try_from(number)
            .ok()
            .and_then(|number| error_template(part, number)),
    };
    let text = template.map(|template| {
        let own = [number.to_string()];
        let fields = own.iter().chain(&failure.fields);
        let fields: Vec<Option<String>> = fields.cloned().map(Some).collect();
        part.run.format_record(Some(&template), &fields)
    });
    let product = product_of(&part.run);
    Some(match internal {
        true => Event::package_error(stamp, &product, number, &failure.fields, text.as_deref()),
        false => Event::error(
            stamp,
            &product,
            number,
            text.as_deref().unwrap_or(&failure.text),
        ),
    })
}

/// The text of the package's Error table, with fields from `[2]` on.
pub(crate) fn error_text(part: &Part, number: i32, fields: &[String]) -> Option<String> {
    let template = error_template(part, number)?;
    let own = [number.to_string()];
    let fields: Vec<Option<String>> = own.iter().chain(fields).cloned().map(Some).collect();
    Some(part.run.format_record(Some(&template), &fields))
}

/// The text of the package's Error table.
fn error_template(part: &Part, number: i32) -> Option<String> {
    let table = part.run.database().table("Error").ok()??;
    let row = table
        .records()
        .find(|row| row.integer("Error") == Some(number))?;
    Some(row.text("Message").to_owned()).filter(|text| !text.is_empty())
}
