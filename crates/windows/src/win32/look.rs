//! The whole look: is an installation under way, says who, and who probably does it.

use super::{EXECUTE, INSTALLER_SERVICE};
use super::{ask, boot_time, installation_in_progress, installer_events, processes, query_service};
use crate::{Answer, Candidate, NoEventLog, answer, installers, probable};

/// Says whether an installation is under way. Takes, makes and leaves nothing.
pub fn look() -> Answer {
    // What cannot be read is no mark: it only tells "free" from "suspended".
    let in_progress = installation_in_progress().unwrap_or(false);
    let service = || query_service(INSTALLER_SERVICE);
    answer(ask(EXECUTE), service, in_progress)
}

/// Those who may hold the gate, and how well the event log helped to find them.
pub struct Holders {
    /// All that may; the latest first.
    pub candidates: Vec<Candidate>,
    /// Why the event log told nothing, where it could not be read.
    pub event_log: Result<(), NoEventLog>,
}

/// Finds those who may hold the gate: by the event log; where that names nobody, every client of msiexec.
pub fn holders() -> Holders {
    let boot = boot_time();
    let processes = processes();
    let events = installer_events(boot, 0);
    let (event_log, events) = match events {
        Ok(events) => (Ok(()), events),
        Err(error) => (Err(error), Vec::new()),
    };
    let events: Vec<_> = events.into_iter().map(|(_, event)| event).collect();
    let mut candidates = probable(&events, boot, &processes);
    if candidates.is_empty() {
        let service = query_service(INSTALLER_SERVICE);
        let service = service.map_or(0, |status| status.process_id);
        candidates = installers(&processes, service);
    }
    Holders {
        candidates,
        event_log,
    }
}
