//! `service run`: serves the machine until nobody needs the service or it is told to end.

use std::io;
use std::sync::Arc;

use gate::Gate;
use installer::{Status, code};
use service::{Ended, Listening, Server, Settings, Site, SocketError, Start, Worker, activation};

use super::super::Context;
use super::worker;
use crate::arguments::ServiceRun;
use crate::interrupt;
use crate::output::{End, Failure, Output};
use crate::place::Place;
use crate::world::Manager;

/// The machine of a place, as the service sees it.
struct Served {
    place: Place,
    gate: Gate,
}

impl Site for Served {
    fn installation(&self) -> Status {
        installer::status(&self.gate, &self.place.state())
    }

    fn installer_version(&self) -> Result<(u32, u32), String> {
        self.place
            .installer_version()
            .map_err(|failure| failure.message)
    }

    fn prepare(&self) -> Result<(), String> {
        self.installer_version().map(|_| ())
    }

    fn owner(&self) -> io::Result<u32> {
        self.place.owner()
    }

    fn elevates(&self, target: &str) -> Result<bool, String> {
        let machine = self.place.peek().map_err(|failure| failure.message)?;
        installer::elevates(machine.view(), target).map_err(|error| error.to_string())
    }

    fn start(&self, order: Start) -> io::Result<Worker> {
        worker::start(&self.place.directory, order)
    }

    fn tell(&self, line: &str) {
        Output::new(false).note(&format!("service: {line}"));
    }
}

pub fn run(typed: &ServiceRun, context: &mut Context<'_>) -> Result<End, Failure> {
    let place = context.place()?;
    let directory = place.directory.clone();
    let failed = |error: io::Error| Failure::file("serve", &directory, &error);
    let signals = interrupt::signals().map_err(failed)?;
    let opened = place.open_or_create(&context.world.host, context.output);
    opened.map_err(|failure| not_started(failure.message))?;
    refuse_strangers(&place, place.owner().map_err(failed)?)?;
    let manager = &context.world.manager;
    let listening = listen(&place, manager)?;
    let settings = Settings {
        idle_exit: typed.idle_exit.limit(),
        ..Settings::new(context.world.host.pid, env!("CARGO_PKG_VERSION"))
    };
    let gate = Gate::at(&place.gate());
    let site: Arc<dyn Site> = Arc::new(Served { place, gate });
    let server = Server::new(Arc::clone(&site), settings).map_err(failed)?;
    let ready = || {
        site.tell("ready");
        tell(manager, "READY=1", &*site);
    };
    let ended = server.serve(listening, &signals, ready);
    let ended = ended.map_err(|error| not_started(error.to_string()))?;
    tell(manager, "STOPPING=1", &*site);
    site.tell(match ended {
        Ended::Idle => "ends: nobody needs it",
        Ended::Stopped => "ends: it was told to",
    });
    Ok(End::OK)
}

/// 1631: the service did not start.
fn not_started(why: String) -> Failure {
    Failure {
        code: code::CREATE_FAILED,
        ..Failure::usage(format!("the service did not start: {why}"))
    }
}

/// Only the owner of a machine and root may serve it: the service changes it for others.
fn refuse_strangers(place: &Place, owner: u32) -> Result<(), Failure> {
    let own = rustix::process::geteuid().as_raw();
    if own == 0 || own == owner {
        return Ok(());
    }
    Err(Failure {
        code: code::ACCESS_DENIED,
        ..Failure::usage(format!(
            "only the owner of {} (uid {owner}) and root may run its service",
            place.directory.display()
        ))
    })
}

/// The socket that a service manager hands over, or the machine's own.
fn listen(place: &Place, manager: &Manager) -> Result<Listening, Failure> {
    let given = activation::socket(manager.listen_pid.as_deref(), manager.listen_fds.as_deref());
    let given = given.map_err(|error| Failure::file("serve", &place.directory, &error))?;
    let listening = match given {
        Some(socket) => service::listen_on(&place.state(), socket),
        None => service::listen(&place.state()),
    };
    listening.map_err(|error| match error {
        SocketError::AlreadyRunning => Failure {
            code: code::SERVICE_ALREADY_RUNNING,
            ..Failure::usage(format!("{error}: `msikit service query` tells more"))
        },
        error => not_started(format!("cannot listen: {error}")),
    })
}

/// Tells the service manager, if there is one, how the service stands.
fn tell(manager: &Manager, state: &str, site: &dyn Site) {
    let Some(place) = &manager.notify_socket else {
        return;
    };
    if let Err(error) = activation::notify(place, state) {
        site.tell(&format!(
            "the service manager cannot be told {state}: {error}"
        ));
    }
}
