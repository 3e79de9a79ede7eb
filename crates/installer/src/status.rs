//! Is an installation under way? Four answers; "unknown" is never "free". Nothing is taken or changed.

use std::path::Path;

use gate::{Gate, Probe};
use serde::Serialize;

use crate::report::HolderReport;
use crate::suspension::Suspension;
use crate::{Error, folder};

/// The four answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// No installation is under way.
    Free,
    /// One is.
    Held,
    /// None runs, and one is unfinished: it was interrupted, or waits for a restart.
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
    /// Is somebody asked for a disk? "--MsiPromptForCD Mutex". It may be asked for while the machine is free.
    pub asks_for_disk: bool,
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

const AWAITING_RESTART: &str = "awaiting_restart";

/// An installation that was not finished.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Suspended {
    /// `crashed`: it was killed, and the next taker undoes it first. `awaiting_restart`: it ended with 1604, and is gone
    /// on with or undone by whoever is asked to.
    pub kind: &'static str,
    /// Who did it, as the holder's record has it.
    pub holder: Option<HolderReport>,
    /// The product, where it waits for a restart.
    pub product_code: Option<String>,
    /// The product's name.
    pub product_name: Option<String>,
    /// The product's version.
    pub version: Option<String>,
    /// What it does: `install`, `remove`, `repair`.
    pub command: Option<&'static str>,
    /// Who began it.
    pub user: Option<String>,
    /// Since when it waits, RFC 3339.
    pub since: Option<String>,
}

/// Returns the installation that waits for a restart, for a machine whose own files are in `state`.
///
/// Errors: its journal cannot be read.
pub fn awaiting_restart(state: &Path) -> Result<Option<Suspended>, Error> {
    let path = state.join("journal/suspended/journal");
    let journal = folder::read_if_there(&path).map_err(|source| {
        Error::Machine(machine::Error::Io {
            what: "read",
            path: path.display().to_string(),
            source,
        })
    })?;
    let Some(journal) = journal else {
        return Ok(None);
    };
    let read = script::parse_suspended(&journal).map_err(Error::from);
    let mut suspended = Suspended {
        kind: AWAITING_RESTART,
        ..Suspended::default()
    };
    // It waits, whether what is kept of it is understood or not.
    if let Ok(Suspension { record, .. }) = read.and_then(Suspension::read) {
        suspended.product_code = Some(record.product_code);
        suspended.product_name = Some(record.product_name);
        suspended.version = Some(record.version);
        suspended.command = Some(record.intent.verb());
        suspended.user = Some(record.user);
        suspended.since = Some(record.since.to_string());
    }
    Ok(Some(suspended))
}

impl Suspended {
    /// Does it wait for a restart? Otherwise it was interrupted.
    pub fn waits(&self) -> bool {
        self.kind == AWAITING_RESTART
    }

    /// The product's name and version, as far as they are known.
    pub fn name(&self) -> String {
        let name = self.product_name.as_deref().unwrap_or("a product");
        let version = self.version.as_deref().unwrap_or_default();
        format!("{name} {version}").trim_end().to_owned()
    }

    /// One line for people: what waits, and what to do about it.
    pub fn describe(&self) -> String {
        let what = self.sentence();
        format!(
            "{what}; `msikit recover --resume` goes on with it, `msikit recover --undo-suspended` undoes it"
        )
    }

    /// What waits.
    fn sentence(&self) -> String {
        let command = self.command.unwrap_or("installation");
        let user = self.user.as_deref();
        let user = user.map(|user| format!(" by {user}")).unwrap_or_default();
        format!("{command} of {}{user} waits for a restart", self.name())
    }
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
        asks_for_disk: gate.is_asked_for_disk().unwrap_or(false),
    };
    match gate.probe() {
        Probe::Free if state.join("journal/active").exists() => {
            let reason = "an installation was interrupted; the next one, or `msikit recover`, undoes it first";
            status.state = State::Suspended;
            status.reason = Some(reason.to_owned());
            status.suspended = Some(Suspended {
                kind: "crashed",
                ..Suspended::default()
            });
        }
        Probe::Free => waits(&mut status, state),
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

/// A machine that waits for a restart is free for whoever goes on, or undoes.
fn waits(status: &mut Status, state: &Path) {
    match awaiting_restart(state) {
        Ok(None) => {}
        Ok(Some(suspended)) => {
            status.state = State::Suspended;
            status.reboot_pending = true;
            status.reason = Some(suspended.sentence());
            status.suspended = Some(suspended);
        }
        Err(error) => {
            status.state = State::Unknown;
            status.busy = None;
            status.reason = Some(error.to_string());
        }
    }
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
