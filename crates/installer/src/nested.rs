//! Runs inside a run: the removal of another product, under the same hold; and the notes of a refusal.
//!
//! Follows: Microsoft, "Concurrent Installations", "RemoveExistingProducts Action".

use events::{Event, Stamp};
use sequence::{ActionResult, Nested, Run};

use crate::engine::{Engine, Part};
use crate::install::{self, Opened};
use crate::notes::{Notes, Story, product_of};
use crate::{Error, HolderReport, Host, Intent};

/// Removes another product inside the run under way.
pub(crate) fn remove(engine: &mut Engine<'_>, request: &Nested) -> ActionResult {
    engine.log.line(&format!(
        "Removing {} in a nested run.",
        request.product_code
    ));
    match run_nested(engine, request) {
        Ok(result) => result,
        Err(error) => {
            engine
                .log
                .line(&format!("The nested run could not begin: {error}"));
            ActionResult::Failure
        }
    }
}

fn run_nested(engine: &mut Engine<'_>, request: &Nested) -> Result<ActionResult, Error> {
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
        shows_ui: false,
        entered: false,
        deed: None,
        committed: false,
        failed: false,
        verb: Intent::Remove.verb(),
    };
    let outer = engine.story.clone();
    if !request.shares_transaction {
        let user = part.run.property("LogonUser").to_owned();
        engine.story = Some(Story::new(
            (engine.host.id)(),
            called,
            engine.host.pid,
            user,
        ));
    }
    engine.depth += 1;
    let outcome = engine.drive(&mut part);
    engine.depth -= 1;
    if !request.shares_transaction {
        engine.story = outer;
    }
    Ok(outcome.result)
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

fn error_text(part: &Part, number: i32) -> Option<String> {
    let table = part.run.database().table("Error").ok()??;
    let row = table
        .records()
        .find(|row| row.integer("Error") == Some(number))?;
    let text = row.text("Message");
    (!text.is_empty()).then(|| part.run.format_record(Some(text), &[]))
}
