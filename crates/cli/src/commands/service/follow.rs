//! `status --follow`: what the installation in progress does, until it ends.
//!
//! One that the service carries out is followed event by event; of another one the holder's record tells action by action.

use std::time::Duration;

use gate::Gate;
use installer::State;
use serde_json::{Map, Value, json};

use super::super::Context;
use super::client;
use crate::output::{Failure, Output};
use crate::place::Place;

/// How often the record of a holder that tells nobody is looked at.
const LOOK: Duration = Duration::from_millis(250);

/// Prints what the installation in progress does, and returns once none is.
pub fn follow(place: &Place, context: &mut Context<'_>) -> Result<(), Failure> {
    let gate = Gate::at(&place.gate());
    let mut shown = None;
    loop {
        if let Some(service) = client(place) {
            // One that has just ended is no error: there may be another.
            let _ = service.follow(&mut |event| tell(event, context.output));
        }
        let status = installer::status(&gate, &place.state());
        if status.state != State::Held {
            return Ok(());
        }
        let action = status.holder.and_then(|holder| holder.action);
        if action.is_some() && action != shown {
            let event = json!({ "message": { "kind": "ActionStart", "action": action } });
            event
                .as_object()
                .into_iter()
                .for_each(|event| tell(event, context.output));
            shown = action;
        }
        std::thread::sleep(LOOK);
    }
}

/// An event as JSON, or what of it is for people.
fn tell(event: &Map<String, Value>, output: &mut Output) {
    if output.json {
        let _ = output.json_line(event);
        return;
    }
    let message = event.get("message");
    let text = |name: &str| message.and_then(|message| message[name].as_str());
    let line = match (text("kind"), event.get("progress")) {
        (Some("ActionStart"), _) => text("action").map(str::to_owned),
        (Some("Warning" | "User" | "Error"), _) => text("text").map(str::to_owned),
        (_, Some(progress)) => percent(progress),
        _ => remarkable(event),
    };
    if let Some(line) = line {
        let _ = output.line(&line.replace(char::is_control, " "));
    }
}

/// What is told once, if at all.
fn remarkable(event: &Map<String, Value>) -> Option<String> {
    let question = event.get("question").and_then(|it| it["text"].as_str());
    let asked = question.map(|text| format!("its client is asked: {text}"));
    let told = |name: &str, line: &str| event.contains_key(name).then(|| line.to_owned());
    asked
        .or_else(|| told("client_gone", "its client has gone"))
        .or_else(|| told("cancelling", "it is called off, and undone"))
}

fn percent(progress: &Value) -> Option<String> {
    let (done, total) = (progress["done"].as_u64()?, progress["total"].as_u64()?);
    let percent = done.saturating_mul(100).checked_div(total)?;
    Some(format!("  {percent}%"))
}
