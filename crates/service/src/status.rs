//! The service's status as Windows tells it: SERVICE_STATUS_PROCESS, true of every installation, whoever carries it out.
//!
//! Follows: Microsoft, "_MSIExecute Mutex" (an installation is in progress when `dwControlsAccepted` equals
//! SERVICE_ACCEPT_SHUTDOWN), "SERVICE_STATUS_PROCESS". An installation in progress comes before everything else: while one is, the
//! status is "running" with that one control even if the service is starting or stopping.

use installer::{State, Status};
use serde::{Deserialize, Serialize};

/// ERROR_INVALID_SERVICE_CONTROL: the control is not accepted now.
pub const INVALID_CONTROL: u32 = 1052;
/// ERROR_SERVICE_CANNOT_ACCEPT_CTRL: the service starts or stops.
pub const CANNOT_ACCEPT: u32 = 1061;
/// ERROR_SERVICE_NOT_ACTIVE: the service has not been started.
pub const NOT_ACTIVE: u32 = 1062;

const NAME: &str = "msiserver";
const OWN_PROCESS: u32 = 0x10;
const STOPPED: u32 = 1;
const START_PENDING: u32 = 2;
const STOP_PENDING: u32 = 3;
const RUNNING: u32 = 4;
const ACCEPT_STOP: u32 = 1;
const ACCEPT_SHUTDOWN: u32 = 4;
/// How long a start or a stop is said to take, in milliseconds.
const WAIT_HINT: u32 = 30_000;
/// The first version of Windows Installer whose status tells whether it installs.
const VERSION_MIN: (u32, u32) = (3, 0);

/// Where a service is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It does not serve yet.
    Starting,
    /// It serves.
    Running,
    /// It takes nothing new.
    Stopping,
}

/// A service that is there.
#[derive(Clone, Copy, Debug)]
pub struct Process {
    /// Its process.
    pub pid: u32,
    /// Where it is in its life.
    pub phase: Phase,
}

/// SERVICE_STATUS_PROCESS, with the service's name before it and what follows from it behind. The names are a contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct ServiceStatus {
    pub service_name: String,
    pub service_type: u32,
    pub current_state: u32,
    pub controls_accepted: u32,
    pub process_id: u32,
    pub win32_exit_code: u32,
    pub service_specific_exit_code: u32,
    pub check_point: u32,
    /// In milliseconds.
    pub wait_hint: u32,
    pub service_flags: u32,
    /// `controls_accepted` equals SERVICE_ACCEPT_SHUTDOWN.
    pub installing: bool,
    pub installer_version: String,
}

/// Why there is no status.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoStatus {
    /// Before 3.0 the status does not tell whether an installation is in progress.
    #[error(
        "the service's status tells whether an installation is in progress from Windows Installer 3.0 on; this machine claims {version} (installer_version in its machine.toml)"
    )]
    InstallerTooOld {
        /// The version that the machine claims.
        version: String,
    },
    /// Whether an installation is in progress cannot be found out.
    #[error("cannot tell whether an installation is in progress: {why}")]
    Unknown {
        /// Why not.
        why: String,
    },
}

impl NoStatus {
    /// Windows' code: 1601 where it is unknown; ERROR_CALL_NOT_IMPLEMENTED where the installer is too old.
    pub fn code(&self) -> u32 {
        match self {
            NoStatus::InstallerTooOld { .. } => 120,
            NoStatus::Unknown { .. } => installer::code::SERVICE_FAILURE,
        }
    }
}

impl ServiceStatus {
    /// Returns the status of a machine: what its gate says, its service if there is one, and the version of Windows
    /// Installer that it claims.
    ///
    /// Errors: [`NoStatus`]; what is unknown is never "free".
    pub fn of(
        installation: &Status,
        service: Option<Process>,
        version: (u32, u32),
    ) -> Result<ServiceStatus, NoStatus> {
        let installer_version = format!("{}.{}", version.0, version.1);
        if version < VERSION_MIN {
            return Err(NoStatus::InstallerTooOld {
                version: installer_version,
            });
        }
        let pid = service.map_or(0, |service| service.pid);
        let (state, controls, pid) = match (installation.state, service.map(|it| it.phase)) {
            (State::Unknown, _) => {
                let why = installation.reason.clone();
                let why = why.unwrap_or_else(|| "the gate cannot be read".to_owned());
                return Err(NoStatus::Unknown { why });
            }
            (State::Held, _) => {
                let holder = installation.holder.as_ref();
                let pid = holder.and_then(|holder| holder.pid).unwrap_or(0);
                (RUNNING, ACCEPT_SHUTDOWN, pid)
            }
            (_, Some(Phase::Running)) => (RUNNING, ACCEPT_STOP | ACCEPT_SHUTDOWN, pid),
            (_, Some(Phase::Starting)) => (START_PENDING, 0, pid),
            (_, Some(Phase::Stopping)) => (STOP_PENDING, 0, pid),
            (_, None) => (STOPPED, 0, 0),
        };
        let pending = matches!(state, START_PENDING | STOP_PENDING);
        Ok(ServiceStatus {
            service_name: NAME.to_owned(),
            service_type: OWN_PROCESS,
            current_state: state,
            controls_accepted: controls,
            process_id: pid,
            win32_exit_code: 0,
            service_specific_exit_code: 0,
            check_point: 0,
            wait_hint: if pending { WAIT_HINT } else { 0 },
            service_flags: 0,
            installing: controls == ACCEPT_SHUTDOWN,
            installer_version,
        })
    }

    /// Returns with which code the control STOP is refused; none: it is accepted. "ControlService".
    pub fn refuses_stop(&self, phase: Option<Phase>) -> Option<u32> {
        match phase {
            Some(Phase::Starting | Phase::Stopping) => Some(CANNOT_ACCEPT),
            _ if self.installing => Some(INVALID_CONTROL),
            None => Some(NOT_ACTIVE),
            Some(Phase::Running) => None,
        }
    }

    /// Returns the state in words.
    pub fn state_name(&self) -> &'static str {
        match self.current_state {
            STOPPED => "STOPPED",
            START_PENDING => "START_PENDING",
            STOP_PENDING => "STOP_PENDING",
            _ => "RUNNING",
        }
    }

    /// Returns the accepted controls in words.
    pub fn control_names(&self) -> &'static str {
        match self.controls_accepted {
            ACCEPT_SHUTDOWN => "ACCEPTS_SHUTDOWN",
            0 => "none",
            _ => "STOPPABLE, ACCEPTS_SHUTDOWN",
        }
    }
}

/// What a refusal of the control STOP says.
pub fn stop_refusal(code: u32, status: &ServiceStatus) -> String {
    match code {
        INVALID_CONTROL => format!(
            "the service cannot be stopped while an installation is in progress (pid {}): wait for it with `msikit wait`",
            status.process_id
        ),
        CANNOT_ACCEPT => "the service is starting or stopping already".to_owned(),
        _ => "the service has not been started".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use installer::HolderReport;

    use super::*;

    fn installation(state: State) -> Status {
        let holder = HolderReport {
            pid: Some(4711),
            ..HolderReport::default()
        };
        Status {
            state,
            busy: Some(state == State::Held),
            reason: None,
            holder: (state == State::Held).then_some(holder),
            waiting: Vec::new(),
            suspended: None,
            reboot_pending: false,
            asks_for_disk: false,
        }
    }

    fn service(phase: Phase) -> Option<Process> {
        Some(Process { pid: 17, phase })
    }

    #[test]
    fn the_nine_fields_for_every_state_of_gate_and_service() {
        use Phase::{Running, Starting, Stopping};
        let cases = [
            // held by whomever: running, shutdown only, the holder's process
            (State::Held, None, (4, 4, 4711), Some(INVALID_CONTROL)),
            (State::Held, service(Running), (4, 4, 4711), Some(1052)),
            (State::Held, service(Starting), (4, 4, 4711), Some(1061)),
            (State::Held, service(Stopping), (4, 4, 4711), Some(1061)),
            (State::Free, service(Running), (4, 5, 17), None),
            (State::Free, service(Starting), (2, 0, 17), Some(1061)),
            (
                State::Free,
                service(Stopping),
                (3, 0, 17),
                Some(CANNOT_ACCEPT),
            ),
            (State::Free, None, (1, 0, 0), Some(NOT_ACTIVE)),
            // An unfinished installation that nobody carries out is not one in progress.
            (State::Suspended, None, (1, 0, 0), Some(1062)),
            (State::Suspended, service(Running), (4, 5, 17), None),
        ];
        for (state, service, expected, refusal) in cases {
            let status = ServiceStatus::of(&installation(state), service, (5, 0)).unwrap();
            let told = (
                status.current_state,
                status.controls_accepted,
                status.process_id,
            );
            assert_eq!(told, expected, "{state:?} {service:?}");
            assert_eq!(status.installing, status.controls_accepted == 4);
            let phase = service.map(|service| service.phase);
            assert_eq!(status.refuses_stop(phase), refusal, "{state:?} {service:?}");
            let rest = (
                status.service_name.as_str(),
                status.service_type,
                status.win32_exit_code,
                status.service_specific_exit_code,
                status.check_point,
                status.service_flags,
            );
            assert_eq!(rest, ("msiserver", 16, 0, 0, 0, 0));
            assert_eq!(status.wait_hint > 0, matches!(expected.0, 2 | 3));
        }
    }

    #[test]
    fn unknown_is_never_free() {
        let unknown = Status {
            reason: Some("no permission".to_owned()),
            ..installation(State::Unknown)
        };
        let refused = ServiceStatus::of(&unknown, service(Phase::Running), (5, 0)).unwrap_err();
        assert_eq!(refused.code(), 1601);
        assert!(refused.to_string().contains("no permission"), "{refused}");
    }

    #[test]
    fn before_windows_installer_3_there_is_no_status() {
        for (version, told) in [((2, 0), "2.0"), ((1, 1), "1.1"), ((2, 99), "2.99")] {
            let refused = ServiceStatus::of(&installation(State::Held), None, version);
            let refused = refused.unwrap_err().to_string();
            assert!(
                refused.contains("3.0") && refused.contains(told),
                "{refused}"
            );
        }
        for version in [(3, 0), (3, 1), (4, 5), (5, 0)] {
            assert!(ServiceStatus::of(&installation(State::Held), None, version).is_ok());
        }
    }
}
