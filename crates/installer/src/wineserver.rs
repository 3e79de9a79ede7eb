//! Waiting for the wineserver of a prefix: while it runs, the registry is in its memory, and what it writes at its end
//! would take the place of what an installation wrote.

use std::time::Duration;

use gate::{Cancel, ProcessWait, Wait, wait_for_process};

use crate::world::ChangingSite;
use crate::{Error, Host, Log, Ui};

/// Waits until no wineserver runs on a machine, for as long as `wait` says.
///
/// Errors: [`Error::Wineserver`] (1618) when the time is over; 1602; what the system says.
pub fn wait_for_wineserver(
    machine: &dyn ChangingSite,
    wait: Wait,
    host: &Host,
    cancel: &Cancel,
    ui: &mut dyn Ui,
    log: &mut Log,
) -> Result<(), Error> {
    let begun = (host.now)();
    let mut told = false;
    while let Some(server) = machine.wineserver()? {
        if !told && wait != Wait::No {
            told = true;
            log.line("Waiting for the wineserver of this prefix.");
            ui.waiting_for_wineserver();
        }
        let left = remaining(wait, host.since(begun));
        match wait_for_process(server.pid, left, cancel).map_err(Error::WineserverWait)? {
            ProcessWait::LookAgain => {}
            ProcessWait::Deadline => return Err(Error::Wineserver),
            ProcessWait::Cancelled => return Err(Error::WaitCancelled),
        }
    }
    Ok(())
}

/// What is left of a wait after some time.
pub(crate) fn remaining(wait: Wait, waited: Duration) -> Wait {
    match wait {
        Wait::For(time) => Wait::For(time.saturating_sub(waited)),
        wait => wait,
    }
}
