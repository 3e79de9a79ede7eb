//! The client's side for a user who is no administrator of the machine: what its policies elevate is ordered, and what came of it
//! is printed here, since such a user's output is not handed over.
//!
//! Follows: Microsoft, "Installing a Package with Elevated Privileges for a Non-Admin".

use std::os::fd::OwnedFd;
use std::path::Path;

use installer::{Package, code};
use serde_json::Value;
use service::{Client, NotDone, Order};

use super::super::Context;
use super::failed;
use super::through::{hand_over, handed_over, send};
use crate::arguments::{Install, Verb};
use crate::output::{End, Failure};
use crate::place::Place;
use crate::request::property;

/// Has the service carry out what such a user may order.
///
/// Errors: 5, with a hint, for everything else.
pub fn through(
    verb: &Verb,
    service: Client,
    place: &Place,
    context: &mut Context<'_>,
) -> Result<End, Failure> {
    let (name, typed) = match verb {
        Verb::Install(typed) => ("install", typed),
        Verb::Remove(typed) => ("remove", typed),
        Verb::Repair(typed) if typed.mode == "omus" => ("repair", &typed.install),
        _ => return Err(denied("installs, repairs of all and removals")),
    };
    let mut arguments = vec![name.to_owned()];
    let mut descriptors = Vec::new();
    let typed_target = target(typed)?;
    let files = hand_over(package(typed_target)?, &mut descriptors);
    let path = files.first().map(|file| file.path.clone());
    arguments.push(path.unwrap_or_else(|| typed_target.to_owned()));
    let properties = typed.items.iter().filter(|item| property(item).is_some());
    arguments.extend(properties.cloned());
    let words = context.world.words().into_iter();
    let words = words.filter_map(|word| word.into_string().ok());
    arguments.extend(words.filter(|word| word.starts_with("--wait") || word == "--no-wait"));
    let order = Order {
        arguments,
        files,
        cancel_with_client: context.global.cancel_with_client,
        ..Order::default()
    };
    match send(service, &order, &descriptors, place)? {
        Ok(carried) => Ok(tell(name, carried.code, &carried.result, context)),
        Err(NotDone::NotBegun(error) | NotDone::Ended(error)) => Err(failed(&error)),
    }
}

/// The one package or product that was typed.
fn target(typed: &Install) -> Result<&str, Failure> {
    let has_more = typed.log.is_some()
        || typed.undo_suspended
        || !typed.transform.is_empty()
        || !typed.features.is_empty();
    let mut targets = typed.items.iter().filter(|item| property(item).is_none());
    match (targets.next(), targets.next(), has_more) {
        (Some(target), None, false) => Ok(target),
        _ => Err(denied(
            "one package or product code, with properties and --wait",
        )),
    }
}

/// Opens a package of the user's, with the cabinets beside it; nothing, where a product code is named.
///
/// Errors: 1619; 5 for one whose files lie beside it as they are: they would be read with other rights than the user's.
fn package(target: &str) -> Result<Vec<(String, OwnedFd)>, Failure> {
    if target.starts_with('{') {
        return Ok(Vec::new());
    }
    let package = Package::open_on_host(Path::new(target))?;
    let files = handed_over(target);
    match package.has_loose_files()? || files.is_empty() {
        true => Err(denied(
            "packages that are one file, or have their files in cabinets",
        )),
        false => Ok(files),
    }
}

/// Why nothing can be changed where no service could be asked.
pub fn closed(place: &Place) -> Failure {
    Failure {
        code: code::ACCESS_DENIED,
        ..Failure::usage(format!(
            "only its owner and root may change {}; through its service, which does not run, others may install what its policies elevate",
            place.directory.display()
        ))
    }
}

fn denied(what: &str) -> Failure {
    Failure {
        code: code::ACCESS_DENIED,
        ..Failure::usage(format!(
            "you are no administrator of this machine: the service may be asked for {what}"
        ))
    }
}

/// Prints what came of it.
fn tell(verb: &str, code: u32, result: &Value, context: &mut Context<'_>) -> End {
    let text = |name: &str| result[name].as_str().unwrap_or_default();
    if context.output.json {
        context.output.value(result);
    } else if code::is_success(code) {
        let (name, version) = (text("product_name"), text("version"));
        let done = match verb {
            "install" => "installed",
            "repair" => "repaired",
            _ => "removed",
        };
        let _ = context.output.line(&format!("{done} {name} {version}"));
    }
    if !code::is_success(code) {
        context.output.error_line(code, text("message"));
    }
    End::Code(code)
}
