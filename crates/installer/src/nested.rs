//! Runs inside a run: the removal of another product, under the same hold; and the notes of a refusal.
//!
//! Follows: Microsoft, "Concurrent Installations", "RemoveExistingProducts Action".

use events::{Event, Stamp};
use sequence::{ActionResult, Answer, Failure, Nested, Outcome, Run};

use crate::engine::{Engine, Part};
use crate::install::{self, Opened};
use crate::notes::{Notes, Story, product_of};
use crate::{Error, HolderReport, Host, Intent};

/// Removes another product inside the run under way. A failure leaves nothing of it.
pub(crate) fn remove(engine: &mut Engine<'_>, request: &Nested) -> Answer {
    let code = &request.product_code;
    engine
        .log
        .line(&format!("Removing {code} in a nested run."));
    let (pending, scripted) = (engine.pending.clone(), engine.operations.len());
    let (result, why) = match run_nested(engine, request) {
        Ok(outcome) => {
            let (result, why) = (outcome.result, outcome.message.clone());
            engine.nested.push(outcome);
            (result, why)
        }
        Err(Error::UnknownProduct { .. }) => {
            engine.log.line(&format!("{code} is not there any more."));
            return Answer::Action(ActionResult::Success);
        }
        Err(error) => (ActionResult::Failure, Some(error.to_string())),
    };
    if matches!(result, ActionResult::Success | ActionResult::Finished) {
        return Answer::Action(ActionResult::Success);
    }
    engine.pending = pending;
    engine.operations.truncate(scripted);
    let why = why.unwrap_or_else(|| "it failed".to_owned());
    let message = format!("RemoveExistingProducts: {code} could not be removed: {why}");
    engine.log.line(&message);
    match result {
        _ if request.ignore_failure => Answer::Action(ActionResult::Success),
        ActionResult::UserExit => Answer::Cancelled,
        _ => Answer::Failed(Failure::numbered(1714, [code.clone()], message)),
    }
}

fn run_nested(engine: &mut Engine<'_>, request: &Nested) -> Result<Outcome, Error> {
    let opened = install::open_installed(&request.product_code, engine.world.site())?;
    let asked = install::nested_request(engine, request, &opened)?;
    let Opened {
        package, called, ..
    } = opened;
    let run = Run::new(package.database, asked, engine.world.site().as_view())?;
    let mut part = Part {
        run,
        file: package.file,
        folder: package.folder,
        given: package.transforms.files,
        called: called.clone(),
        script: Vec::new(),
        shares_transaction: request.shares_transaction,
        ui_sequence: None,
        has_client: false,
        told: false,
        entered: false,
        deed: None,
        committed: false,
        failed: false,
        verb: Intent::Remove.verb(),
    };
    let outer = engine.story.clone();
    if !request.shares_transaction {
        let user = part.run.property("LogonUser").to_owned();
        let story = Story::new((engine.host.id)(), called, engine.host.pid, user);
        let begins = story.begins((engine.host.now)());
        engine.world.write_notes(&begins)?;
        engine.story = Some(story);
    }
    engine.depth += 1;
    let outcome = engine.drive(&mut part);
    engine.depth -= 1;
    if !request.shares_transaction {
        engine.story = outer;
    }
    Ok(outcome)
}

/// What a run refused at its execute sequence writes: 11500, with the text of the package's Error table.
pub(crate) fn refusal_notes(part: &Part, holder: Option<&HolderReport>, host: &Host) -> Notes {
    let stamp = Stamp {
        time: (host.now)(),
        user: part.run.property("LogonUser").to_owned(),
        transaction: Some((host.id)()),
        ordinal: 0,
    };
    let text = error_text(part, 1500);
    let holder = holder.map(HolderReport::describe);
    let product = product_of(&part.run);
    let event = Event::refused(stamp, &product, text.as_deref(), holder.as_deref());
    Notes {
        name: product.name,
        events: vec![event],
    }
}

/// N + 10000: the message N of Windows' that a run failed with, where it has one. "Event Logging".
pub(crate) fn error_event(part: &Part, stamp: Stamp) -> Option<Event> {
    let failure = part.run.failure()?;
    let number = failure.number.filter(|number| *number != 1500)?;
    let known = i32::try_from(number).ok();
    let template = known.and_then(|number| error_template(part, number));
    let text = match template {
        Some(template) => {
            let own = [number.to_string()];
            let fields = own.iter().chain(&failure.fields);
            let fields: Vec<Option<String>> = fields.cloned().map(Some).collect();
            part.run.format_record(Some(&template), &fields)
        }
        None => failure.text.clone(),
    };
    Some(Event::error(stamp, &product_of(&part.run), number, &text))
}

fn error_text(part: &Part, number: i32) -> Option<String> {
    let template = error_template(part, number)?;
    Some(part.run.format_record(Some(&template), &[]))
}

/// The text of the package's Error table.
fn error_template(part: &Part, number: i32) -> Option<String> {
    let table = part.run.database().table("Error").ok()??;
    let row = table
        .records()
        .find(|row| row.integer("Error") == Some(number))?;
    Some(row.text("Message").to_owned()).filter(|text| !text.is_empty())
}
