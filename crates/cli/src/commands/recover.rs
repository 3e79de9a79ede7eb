//! `recover`: what interrupted installations left is undone or tidied now and not with the next one; what waits for a
//! restart is gone on with, or undone.

use gate::Gate;
use installer::{CustomActions, Found, Log, Resumption, State, Suspended, Wait};
use serde_json::json;

use super::{Context, install};
use crate::arguments::Recover;
use crate::output::{End, Failure};
use crate::place::Place;
use crate::progress::Watcher;
use crate::{log_file, request};

pub fn recover(typed: &Recover, context: &mut Context<'_>) -> Result<End, Failure> {
    if typed.registration {
        return Err(Failure::not_yet("recover --registration"));
    }
    let properties = request::properties_alone(&typed.properties)?;
    let place = context.place()?;
    if !place.exists() {
        return told(&[], None, context);
    }
    if typed.dry_run.dry_run {
        return only_tell(typed, &place, context);
    }
    let waits = installer::awaiting_restart(&place.state())?;
    if typed.resume {
        return match waits {
            Some(_) => resume(typed, properties, &place, context),
            None => nothing_waits(context),
        };
    }
    let host = &context.world.host;
    let mut machine = place.open_or_create(host, context.output)?;
    let mut installer = context.installer(&place, &mut machine)?;
    let wait = request::wait(&typed.waiting, Wait::For(request::DEFAULT_WAIT));
    let mut watcher = Watcher::new(context.output, context.world.terminal, false);
    watcher.called_off_by(&installer.cancel);
    let mut log = Log::none(host);
    let found = if typed.undo_suspended {
        installer.undo_suspended(wait, &mut watcher, &mut log)
    } else {
        installer.recover(wait, &mut watcher, &mut log)
    };
    watcher.finish();
    let waits = installer::awaiting_restart(&place.state())?;
    told(&found?, waits.as_ref(), context)
}

/// Says what there is to recover.
fn only_tell(typed: &Recover, place: &Place, context: &mut Context<'_>) -> Result<End, Failure> {
    let status = installer::status(&Gate::at(&place.gate()), &place.state());
    if context.output.json {
        context.output.value(&status);
        return Ok(End::OK);
    }
    if let Some(waits) = status.suspended.filter(Suspended::waits) {
        let name = waits.name();
        match (typed.resume, typed.undo_suspended) {
            (true, _) => context.would(&format!("go on with {name}, which waits for a restart")),
            (_, true) => context.would(&format!("undo {name}, which waits for a restart")),
            _ => drop(context.output.line(&waits.describe())),
        }
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

fn resume(
    typed: &Recover,
    properties: Vec<(String, String)>,
    place: &Place,
    context: &mut Context<'_>,
) -> Result<End, Failure> {
    let asked = typed.log.clone().map(request::LogFile::whole);
    let mut log = log_file::open(asked.as_ref(), place, context)?;
    let host = &context.world.host;
    let mut machine = place.open_or_create(host, context.output)?;
    let mut installer = context.installer(place, &mut machine)?;
    let given = Resumption {
        properties,
        ui_level: request::ui_level(None, context.world),
        custom_actions: CustomActions::Skip,
        wait: request::wait(&typed.waiting, Wait::For(request::DEFAULT_WAIT)),
    };
    let mut watcher = Watcher::new(context.output, context.world.terminal, false);
    watcher.called_off_by(&installer.cancel);
    let report = installer.resume(given, &mut watcher, &mut log);
    watcher.finish();
    install::close_log(&mut log, asked.as_ref(), context);
    match report? {
        Some((command, report)) => {
            install::tell(&command, &report, context);
            install::end(&[command], vec![report], context)
        }
        None => nothing_waits(context),
    }
}

fn nothing_waits(context: &mut Context<'_>) -> Result<End, Failure> {
    if context.output.json {
        told(&[], None, context)
    } else {
        let _ = context.output.line("nothing waits for a restart");
        Ok(End::OK)
    }
}

fn told(
    found: &[Found],
    waits: Option<&Suspended>,
    context: &mut Context<'_>,
) -> Result<End, Failure> {
    if context.output.json {
        context.output.value(&json!({
            "code": 0, "symbol": "ERROR_SUCCESS", "recovered": found, "suspended": waits,
        }));
        return Ok(End::OK);
    }
    if found.is_empty() {
        let _ = context.output.line("nothing to recover");
    }
    for transaction in found {
        let line = format!(
            "{}: {} (transaction {})",
            transaction.ending, transaction.product_name, transaction.transaction
        );
        let _ = context.output.line(&line);
    }
    if let Some(waits) = waits {
        context.output.note(&waits.describe());
    }
    Ok(End::OK)
}
