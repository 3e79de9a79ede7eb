//! The worker: the process in which the service carries one command line out, and how it is started.
//!
//! It has the rights of the machine's owner, also where root's service starts it; output, working folder and environment are the
//! client's. It begins when the service says so, and is called off when the service goes.

use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::process::{Signal, getpid, kill_process};
use service::{Start, Teller, Worker};

use super::super::Context;
use crate::arguments::ServiceWorker;
use crate::output::{End, Failure};
use crate::telling::Telling;
use crate::world::World;

/// This program's file, also where another was put in its place meanwhile.
const OWN_PROGRAM: &str = "/proc/self/exe";

/// Starts a worker for the machine in `directory`.
///
/// Errors: the system's, as where the owner may not enter the client's working folder.
#[expect(
    clippy::disallowed_methods,
    reason = "the service's workers are started here"
)]
pub fn start(directory: &Path, order: Start) -> io::Result<Worker> {
    let (own, workers) = UnixStream::pair()?;
    let mut command = Command::new(OWN_PROGRAM);
    command.arg("service-worker");
    if order.as_user {
        command.arg("--as-user");
    }
    if order.as_user && order.has_files {
        command.arg("--only-handed");
    }
    command
        .arg(directory)
        .arg(order.client.pid.to_string())
        .arg("--");
    if order.output.is_none() && !order.arguments.iter().any(|word| word == "--json") {
        command.arg("--json");
    }
    command
        .args(&order.arguments)
        .env_clear()
        .envs(order.environment)
        .envs(user(&order.client).filter(|_| order.as_user))
        .stdin(Stdio::from(OwnedFd::from(workers)))
        .stdout(order.output.map_or_else(Stdio::null, Stdio::from))
        .stderr(order.error.map_or_else(Stdio::null, Stdio::from))
        // A signal that a terminal sends to the service is not for its workers.
        .process_group(0);
    match &order.folder {
        Some(folder) => command.current_dir(format!("/proc/self/fd/{}", folder.as_raw_fd())),
        None => command.current_dir("/"),
    };
    let owner = std::fs::metadata(directory)?;
    if rustix::process::geteuid().is_root() && owner.uid() != 0 {
        let group = match order.client.user == owner.uid() {
            true => order.client.group,
            false => owner.gid(),
        };
        command.uid(owner.uid()).gid(group);
    }
    let mut child = command.spawn()?;
    Ok(Worker {
        pid: child.id(),
        socket: own.into(),
        wait: Box::new(move || Ok(child.wait()?.to_string())),
    })
}

/// The client's name, for whom the service does it: a user who is no administrator has no environment.
fn user(client: &service::Peer) -> impl Iterator<Item = (&'static str, String)> + use<> {
    std::iter::once(("USER", installer::user_name(client.user)))
}

/// Carries the words out once the service says to begin.
pub fn work(typed: &ServiceWorker, _: &mut Context<'_>) -> Result<End, Failure> {
    let gone = |error: io::Error| Failure::file("serve", &typed.directory, &error);
    let socket = || std::io::stdin().as_fd().try_clone_to_owned();
    let begun = Teller::begin(socket().map_err(gone)?);
    let begun = begun.map_err(|error| gone(io::Error::other(error)))?;
    for (path, file) in begun.files {
        installer::hand_over(path, file.into());
    }
    if typed.only_handed {
        installer::read_only_what_was_handed(typed.directory.clone());
    }
    let listened = socket().map_err(gone)?;
    // Whoever is asked a question answers there; nobody: there is nothing to be read.
    let input = match begun.input {
        Some(input) => input,
        None => nothing().map_err(gone)?,
    };
    rustix::stdio::dup2_stdin(&input).map_err(|error| gone(error.into()))?;
    let has_ended = Arc::new(AtomicBool::new(false));
    let ends = Arc::clone(&has_ended);
    let teller = begun.teller.clone();
    std::thread::spawn(move || {
        teller.listen(listened);
        if !ends.load(Ordering::SeqCst) {
            // As if somebody had called it off.
            let _ = kill_process(getpid(), Signal::TERM);
        }
    });
    let telling = Telling::to(begun.teller);
    let mut world = World::of_worker(
        &typed.directory,
        typed.client,
        &typed.words,
        telling.clone(),
    );
    world.host.administrator = !typed.as_user;
    let end = crate::door(&world);
    // From now on the service may go.
    has_ended.store(true, Ordering::SeqCst);
    telling.ended(match end {
        End::Code(code) => code,
        End::Status(status) => status.into(),
    });
    Ok(end)
}

#[expect(clippy::disallowed_methods, reason = "an input with nothing in it")]
fn nothing() -> io::Result<OwnedFd> {
    std::fs::File::open("/dev/null").map(OwnedFd::from)
}
