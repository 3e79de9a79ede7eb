//! Is an installation under way? Four answers; "unknown" is never "free". Nothing is taken or changed.

use std::path::Path;

use gate::{Gate, Probe};
use serde::Serialize;

use crate::report::HolderReport;

/// The four answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// No installation is under way.
    Free,
    /// One is.
    Held,
    /// None runs, and one is unfinished: the next one undoes it first.
    Suspended,
    /// It could not be found out.
    Unknown,
}

/// What `status` tells.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Status {
    /// The answer.
    pub state: State,
    /// Would an installation be refused now? Null: not known.
    pub busy: Option<bool>,
    /// Why, for `suspended` and `unknown`.
    pub reason: Option<String>,
    /// Who holds `_MSIExecute`, where known.
    pub holder: Option<HolderReport>,
    /// Those who wait, in the order of their turns.
    pub waiting: Vec<WaitingReport>,
    /// The unfinished installation.
    pub suspended: Option<Suspended>,
    /// Does the machine wait for a restart?
    pub reboot_pending: bool,
}

/// One that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WaitingReport {
    /// The place in the queue: 1 is next.
    pub place: u64,
    /// Its process.
    pub pid: Option<u32>,
    /// Since when, RFC 3339.
    pub since: Option<String>,
    /// What it wants to do.
    pub command: Option<String>,
}

/// An installation that was not finished.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Suspended {
    /// `crashed`: it was killed, and the next taker undoes it first.
    pub kind: &'static str,
    /// Who did it, as the holder's record has it.
    pub holder: Option<HolderReport>,
}

/// Answers for the machine whose own files are in `state` (its `.msikit`).
pub fn status(gate: &Gate, state: &Path) -> Status {
    let waiting = gate.waiting();
    let mut status = Status {
        state: State::Free,
        busy: Some(false),
        reason: None,
        holder: None,
        waiting: waiting
            .as_deref()
            .unwrap_or_default()
            .iter()
            .map(WaitingReport::from)
            .collect(),
        suspended: None,
        reboot_pending: false,
    };
    match gate.probe() {
        Probe::Free if state.join("journal/active").exists() => {
            let reason = "an installation was interrupted; the next one, or `msikit recover`, undoes it first";
            status.state = State::Suspended;
            status.reason = Some(reason.to_owned());
            status.suspended = Some(Suspended {
                kind: "crashed",
                holder: None,
            });
        }
        Probe::Free => {}
        Probe::Held { holder, .. } => {
            status.state = State::Held;
            status.busy = Some(true);
            status.holder = holder.as_deref().map(HolderReport::from);
        }
        Probe::Unknown { reason } => {
            status.state = State::Unknown;
            status.busy = None;
            status.reason = Some(reason.to_string());
        }
    }
    if let (State::Free, Err(error)) = (status.state, waiting) {
        status.state = State::Unknown;
        status.busy = None;
        status.reason = Some(error.to_string());
    }
    status
}

impl From<&gate::Waiter> for WaitingReport {
    fn from(waiter: &gate::Waiter) -> WaitingReport {
        WaitingReport {
            place: waiter.place as u64,
            pid: waiter.pid(),
            since: waiter.since().map(|since| since.to_string()),
            command: waiter.command().map(str::to_owned),
        }
    }
}
