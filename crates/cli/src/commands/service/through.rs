//! The client's side: where a service runs that may be used, it carries the command line out.
//!
//! Output, working folder and files are this process's own, handed over as descriptors, so that what comes of it is the same.
//! Whatever keeps the service from beginning is no error: the command is carried out here.

use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use service::{Client, OpenFile, Order};

use super::super::Context;
use super::{client, failed};
use crate::arguments::Verb;
use crate::interrupt;
use crate::output::{End, Failure};
use crate::place::Place;

/// The most files that are handed over: folder, input, output and error come with them.
const FILES_MAX: usize = 11;

/// Has the service carry a verb out that changes the machine. None: there is none to be used, and nothing was done.
pub fn through(verb: &Verb, context: &mut Context<'_>) -> Result<Option<End>, Failure> {
    if context.global.no_service || context.world.served.is_some() || !changes(verb) {
        return Ok(None);
    }
    let place = Place::find(context.global, context.world)?;
    let Some(service) = usable(&place) else {
        return Ok(None);
    };
    let Some((order, files)) = order(context) else {
        return Ok(None);
    };
    let cancel = interrupt::cancel()
        .map_err(|error| Failure::file("watch signals for", &place.directory, &error))?;
    let descriptors: Vec<BorrowedFd<'_>> = files.iter().map(AsFd::as_fd).collect();
    let done = service.run(&order, &descriptors, cancel.watched(), || client(&place));
    let done = done.map_err(|error| failed(&error))?;
    Ok(done.map(End::Code))
}

/// A service that runs, and that takes orders from this user.
fn usable(place: &Place) -> Option<Client> {
    let (owner, own) = (place.owner().ok()?, rustix::process::geteuid());
    (own.is_root() || own.as_raw() == owner)
        .then(|| client(place))
        .flatten()
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
    let mut files = Vec::new();
    for word in &arguments {
        let opened = handed_over(word).filter(|_| files.len() < FILES_MAX);
        if let Some((path, file)) = opened {
            files.push(OpenFile {
                path,
                descriptor: descriptors.len(),
            });
            descriptors.push(file);
        }
    }
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

/// A word that names a file: packages and transforms are opened here, with the rights of the user.
fn handed_over(word: &str) -> Option<(String, OwnedFd)> {
    let path = std::path::absolute(word).ok()?;
    if !path.is_file() {
        return None;
    }
    Some((path.to_str()?.to_owned(), open(word)?))
}

#[expect(
    clippy::disallowed_methods,
    reason = "files are opened for the service by its client"
)]
fn open(path: &str) -> Option<OwnedFd> {
    File::open(path).ok().map(OwnedFd::from)
}
