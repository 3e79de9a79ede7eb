//! The client's side: where a service runs that may be used, it carries the command line out.
//!
//! Output, working folder and files are this process's own, handed over as descriptors, so that what comes of it is the same.
//! Whatever keeps the service from beginning is no error: the command is carried out here.

use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use events::{Event, Stamp};
use installer::Package;
use service::{Carried, Client, Failed, NotDone, OpenFile, Order};

use super::super::Context;
use super::{as_user, client, failed};
use crate::arguments::Verb;
use crate::interrupt;
use crate::output::{End, Failure};
use crate::place::Place;

/// The most files that are handed over: folder, input, output and error come with them.
const FILES_MAX: usize = 59;

/// Has the service carry a verb out that changes the machine. None: there is none to be used, and nothing was done.
pub fn through(verb: &Verb, context: &mut Context<'_>) -> Result<Option<End>, Failure> {
    if context.global.no_service || context.world.served.is_some() || !changes(verb) {
        return Ok(None);
    }
    let place = Place::find(context.global, context.world)?;
    let Some(service) = client(&place) else {
        return match is_closed(&place) && !is_administrator(&place) {
            true => Err(as_user::closed(&place)),
            false => Ok(None),
        };
    };
    if !is_administrator(&place) {
        return as_user::through(verb, service, &place, context).map(Some);
    }
    let Some((order, files)) = order(context) else {
        return Ok(None);
    };
    match send(service, &order, &files, &place)? {
        Ok(carried) => Ok(Some(End::Code(carried.code))),
        Err(NotDone::NotBegun(error)) => {
            if !matches!(error, Failed::Refused { .. }) {
                tell_lost(&error, &place, context);
            }
            Ok(None)
        }
        Err(NotDone::Ended(error)) => {
            tell_lost(&error, &place, context);
            Err(failed(&error))
        }
    }
}

/// Event 1015: the service was there and could not be used.
fn tell_lost(error: &Failed, place: &Place, context: &mut Context<'_>) {
    let Ok(machine) = place.peek() else {
        return;
    };
    let stamp = Stamp {
        time: (context.world.host.now)(),
        user: machine.view().facts().user_name.clone(),
        transaction: None,
        ordinal: 0,
    };
    let event = Event::no_server(stamp, error.code());
    if let Err(error) = context.event_log(place).append(&[event]) {
        let note = format!("warning: event log: {error}");
        context.output.note(&note);
    }
}

/// Has a service carry an order out; Ctrl-C calls it off.
pub fn send(
    service: Client,
    order: &Order,
    files: &[OwnedFd],
    place: &Place,
) -> Result<Result<Carried, NotDone>, Failure> {
    let cancel = interrupt::cancel()
        .map_err(|error| Failure::file("watch signals for", &place.directory, &error))?;
    let descriptors: Vec<BorrowedFd<'_>> = files.iter().map(AsFd::as_fd).collect();
    Ok(service.run(order, &descriptors, cancel.watched(), || client(place)))
}

/// May this user not change the machine's own folder?
fn is_closed(place: &Place) -> bool {
    let writable = rustix::fs::access(place.state(), rustix::fs::Access::WRITE_OK);
    writable == Err(rustix::io::Errno::ACCESS)
}

/// Is this user one of the machine's administrators: its owner, or root?
fn is_administrator(place: &Place) -> bool {
    let own = rustix::process::geteuid();
    own.is_root() || place.owner().is_ok_and(|owner| own.as_raw() == owner)
}

fn changes(verb: &Verb) -> bool {
    match verb {
        Verb::Install(typed) | Verb::Remove(typed) | Verb::Admin(typed) => !typed.dry_run.dry_run,
        Verb::Repair(typed) => !typed.install.dry_run.dry_run,
        Verb::Advertise(typed) => !typed.install.dry_run.dry_run,
        Verb::Msiexec(typed) => !typed.dry_run.dry_run,
        _ => false,
    }
}

/// What was typed as an order, with its descriptors in their order. None: it cannot be said in one.
fn order(context: &Context<'_>) -> Option<(Order, Vec<OwnedFd>)> {
    let words = context.world.words().into_iter().skip(1);
    let arguments: Vec<String> = words
        .map(|word| word.into_string().ok())
        .collect::<Option<_>>()?;
    let environment = &context.world.host.environment;
    let environment = environment
        .iter()
        .map(|(name, value)| format!("{name}={value}"));
    let mut descriptors = vec![
        open(".")?,
        std::io::stdout().as_fd().try_clone_to_owned().ok()?,
        std::io::stderr().as_fd().try_clone_to_owned().ok()?,
        std::io::stdin().as_fd().try_clone_to_owned().ok()?,
    ];
    let files = arguments.iter().flat_map(|word| handed_over(word));
    let files = hand_over(files, &mut descriptors);
    let order = Order {
        arguments,
        environment: environment.collect(),
        folder: Some(0),
        output: Some(1),
        error: Some(2),
        input: Some(3),
        files,
        cancel_with_client: context.global.cancel_with_client,
        // Questions are asked on its terminal.
        answers: false,
    };
    Some((order, descriptors))
}

/// Puts files behind the descriptors that there are, as many as may be handed over.
pub fn hand_over(
    files: impl IntoIterator<Item = (String, OwnedFd)>,
    descriptors: &mut Vec<OwnedFd>,
) -> Vec<OpenFile> {
    let mut named = Vec::new();
    for (path, file) in files.into_iter().take(FILES_MAX) {
        let descriptor = descriptors.len();
        named.push(OpenFile { path, descriptor });
        descriptors.push(file);
    }
    named
}

/// The files of a word that names one: packages and transforms are opened here, with the rights of the user, and the
/// cabinets beside a package.
pub fn handed_over(word: &str) -> Vec<(String, OwnedFd)> {
    let Ok(path) = std::path::absolute(word) else {
        return Vec::new();
    };
    if !path.is_file() {
        return Vec::new();
    }
    let package = Package::open_on_host(&path).ok();
    let cabinets = package.and_then(|package| package.cabinets_beside().ok());
    let paths = [path].into_iter().chain(cabinets.unwrap_or_default());
    paths
        .filter_map(|path| Some((path.to_str()?.to_owned(), open(path.to_str()?)?)))
        .collect()
}

#[expect(
    clippy::disallowed_methods,
    reason = "files are opened for the service by its client"
)]
fn open(path: &str) -> Option<OwnedFd> {
    File::open(path).ok().map(OwnedFd::from)
}
