//! From what Windows says to one of four answers: free, held, suspended, unknown. "Unknown" is never "free".
//!
//! Follows: Microsoft, "_MSIExecute Mutex": an installation is under way if the mutex is held or, where it cannot be asked,
//! if the service's accepted controls *equal* SERVICE_ACCEPT_SHUTDOWN.

use serde::Serialize;

/// What `_MSIExecute` says. That it exists says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutex {
    /// There is none.
    Absent,
    /// There is one, and nobody owns it.
    Free,
    /// There is one whose owner ended without letting go.
    Abandoned,
    /// Somebody owns it.
    Held,
    /// It is there, and may not be asked.
    Denied,
    /// It could not be asked: a system error code.
    Failed(u32),
}

/// The service's state. "SERVICE_STATUS_PROCESS".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ServiceState(pub u32);

impl ServiceState {
    /// SERVICE_RUNNING
    pub const RUNNING: ServiceState = ServiceState(4);

    /// Returns the state as people call it.
    pub fn name(self) -> &'static str {
        match self.0 {
            1 => "stopped",
            2 => "starting",
            3 => "stopping",
            4 => "running",
            5 => "continuing",
            6 => "pausing",
            7 => "paused",
            _ => "in an unknown state",
        }
    }
}

/// The nine fields of SERVICE_STATUS_PROCESS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct ServiceStatus {
    pub service_type: u32,
    pub current_state: ServiceState,
    pub controls_accepted: u32,
    pub win32_exit_code: u32,
    pub service_specific_exit_code: u32,
    pub check_point: u32,
    pub wait_hint: u32,
    pub process_id: u32,
    pub service_flags: u32,
}

/// SERVICE_ACCEPT_SHUTDOWN, alone.
const ONLY_SHUTDOWN: u32 = 0x4;

impl ServiceStatus {
    /// Does the status say that an installation is under way? Equality, not a bit: an idle service accepts stop, too.
    pub fn installing(&self) -> bool {
        self.controls_accepted == ONLY_SHUTDOWN
    }
}

/// Why Windows waits for a restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RestartReason {
    /// Files are renamed or removed at the next start.
    PendingFileRenames,
    /// Windows' own components.
    ComponentServicing,
    /// Windows Update.
    WindowsUpdate,
}

/// The four answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// No installation is under way.
    Free,
    /// One is.
    Held,
    /// None is, and one waits to be resumed after a restart.
    Suspended,
    /// It could not be found out.
    Unknown,
}

/// An answer, why, and who says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The answer.
    pub state: State,
    /// `mutex`, `service` or `none`.
    pub source: &'static str,
    /// Why, where the state does not say it all.
    pub reason: Option<String>,
}

/// Answers from the mutex; where that may not be asked, from the service (an error: its system code).
/// `in_progress`: is the registry's mark of an unfinished installation there?
pub fn answer(
    mutex: Mutex,
    service: impl FnOnce() -> Result<ServiceStatus, u32>,
    in_progress: bool,
) -> Answer {
    let by_mutex = |state, reason: Option<&str>| Answer {
        state,
        source: "mutex",
        reason: reason.map(str::to_owned),
    };
    let suspended = "an installation is unfinished: it goes on, or is undone, after a restart";
    match mutex {
        Mutex::Held => by_mutex(State::Held, None),
        Mutex::Absent | Mutex::Free | Mutex::Abandoned if in_progress => {
            by_mutex(State::Suspended, Some(suspended))
        }
        Mutex::Absent | Mutex::Free => by_mutex(State::Free, None),
        Mutex::Abandoned => {
            let reason = "the last one that held the mutex ended without letting go";
            by_mutex(State::Free, Some(reason))
        }
        Mutex::Denied => by_service("may not be asked (5)", service()),
        Mutex::Failed(code) => by_service(&format!("cannot be asked ({code})"), service()),
    }
}

fn by_service(mutex: &str, service: Result<ServiceStatus, u32>) -> Answer {
    let (state, said) = match service {
        Ok(status) if status.installing() => {
            (State::Held, "accepts nothing but shutdown".to_owned())
        }
        Ok(status) => {
            let (name, controls) = (status.current_state.name(), status.controls_accepted);
            let said = format!("is {name}, accepts 0x{controls:x}, and that settles nothing");
            (State::Unknown, said)
        }
        Err(code) => (State::Unknown, format!("cannot be asked ({code})")),
    };
    let source = match state {
        State::Held => "service",
        _ => "none",
    };
    Answer {
        state,
        source,
        reason: Some(format!("_MSIExecute {mutex}; the service msiserver {said}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(state: u32, controls_accepted: u32) -> ServiceStatus {
        ServiceStatus {
            service_type: 0x10,
            current_state: ServiceState(state),
            controls_accepted,
            win32_exit_code: 0,
            service_specific_exit_code: 0,
            check_point: 0,
            wait_hint: 0,
            process_id: 0,
            service_flags: 0,
        }
    }

    #[test]
    fn the_mutex_alone_answers_where_it_can_be_asked() {
        let never = || -> Result<ServiceStatus, u32> { panic!("the service is not asked") };
        for (mutex, in_progress, state) in [
            (Mutex::Absent, false, State::Free),
            (Mutex::Free, false, State::Free),
            (Mutex::Abandoned, false, State::Free),
            (Mutex::Held, false, State::Held),
            (Mutex::Held, true, State::Held),
            (Mutex::Absent, true, State::Suspended),
            (Mutex::Free, true, State::Suspended),
            (Mutex::Abandoned, true, State::Suspended),
        ] {
            let got = answer(mutex, never, in_progress);
            assert_eq!((got.state, got.source), (state, "mutex"), "{mutex:?}");
        }
    }

    #[test]
    fn a_service_says_held_or_nothing() {
        for (service, state) in [
            (Ok(status(4, 4)), State::Held),
            (Ok(status(4, 5)), State::Unknown),
            (Ok(status(4, 0x84)), State::Unknown),
            (Ok(status(1, 0)), State::Unknown),
            (Err(5), State::Unknown),
        ] {
            for mutex in [Mutex::Denied, Mutex::Failed(6)] {
                let got = answer(mutex, || service, true);
                assert_eq!(got.state, state, "{service:?}");
                assert!(got.reason.is_some());
            }
        }
    }
}
