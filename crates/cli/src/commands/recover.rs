//! `recover`: undoes or tidies what an interrupted installation left, now and not with the next one.

use gate::Gate;
use installer::{Installer, Log, State, Wait};
use serde_json::json;

use super::Context;
use crate::arguments::Recover;
use crate::output::{End, Failure};
use crate::place::Place;
use crate::progress::Watcher;
use crate::{interrupt, request};

pub fn recover(typed: &Recover, context: &mut Context<'_>) -> Result<End, Failure> {
    for (asked, name) in [
        (typed.resume, "recover --resume"),
        (typed.undo_suspended, "recover --undo-suspended"),
        (typed.registration, "recover --registration"),
    ] {
        if asked {
            return Err(Failure::not_yet(name));
        }
    }
    let place = context.place()?;
    if !place.exists() {
        return told(&[], context);
    }
    if typed.dry_run.dry_run {
        return only_tell(&place, context);
    }
    let stop = interrupt::cancel()
        .map_err(|error| Failure::file("watch signals for", &place.directory, &error))?;
    let host = &context.world.host;
    let mut machine = place.open_or_create(host, context.output)?;
    let mut installer = Installer {
        machine: &mut machine,
        gate: Some(Gate::at(&place.gate())),
        events: Some(context.event_log(&place)),
        host,
        cancel: stop,
    };
    let wait = request::wait(&typed.waiting, Wait::For(request::DEFAULT_WAIT));
    let mut watcher = Watcher::new(context.output, context.world.terminal, false);
    let found = installer.recover(wait, &mut watcher, &mut Log::none(host));
    watcher.finish();
    told(&found?, context)
}

/// Says what there is to recover.
fn only_tell(place: &Place, context: &mut Context<'_>) -> Result<End, Failure> {
    let status = installer::status(&Gate::at(&place.gate()), &place.state());
    if context.output.json {
        context.output.value(&status);
        return Ok(End::OK);
    }
    match (status.state, status.holder) {
        (State::Free, _) => drop(context.output.line("nothing to recover")),
        (State::Held, Some(holder)) => {
            let who = holder.describe();
            context.would(&format!("wait for {who}, then undo what was interrupted"));
        }
        _ => context.would("undo or tidy what an interrupted installation left"),
    }
    Ok(End::OK)
}

fn told(found: &[installer::Found], context: &mut Context<'_>) -> Result<End, Failure> {
    if context.output.json {
        context
            .output
            .value(&json!({"code": 0, "symbol": "ERROR_SUCCESS", "recovered": found}));
    } else if found.is_empty() {
        let _ = context.output.line("nothing to recover");
    }
    for transaction in found.iter().filter(|_| !context.global.json) {
        let line = format!(
            "{}: {} (transaction {})",
            transaction.ending, transaction.product_name, transaction.transaction
        );
        let _ = context.output.line(&line);
    }
    Ok(End::OK)
}
