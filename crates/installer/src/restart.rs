//! Whether a restart follows a run, and what the event log says of it.
//!
//! Nobody is asked: where a user would be, the restart is put off. Where the system would restart by itself it is
//! called begun; a machine in a folder runs no programs, so nothing more has to happen.
//! Follows: Microsoft, "REBOOT Property", "REBOOTPROMPT Property", "ScheduleReboot Action", "Event Logging".

use events::{Event, Product, Restart, RestartReason, Stamp};
use sequence::{Outcome, RebootReason, Run, UiLevel};

use crate::nested::Inner;
use crate::notes::Notes;
use crate::{Reboot, code};

/// Events of a restart stand behind those of their transaction.
const ORDINAL: u32 = 1000;

/// Why a restart is needed after a run that ended so, and those in it; none: it is not.
pub(crate) fn reason(outcome: &Outcome, nested: &[Inner]) -> Option<RebootReason> {
    of_all(outcome.reboot, nested).filter(|_| code::is_success(outcome.code))
}

/// Why a restart is needed after a run whose execute sequence succeeded and is not told yet, and those in it.
pub(crate) fn pending_reason(run: &Run, nested: &[Inner]) -> Option<RebootReason> {
    of_all(run.pending_reboot(), nested)
}

fn of_all(outermost: Option<RebootReason>, nested: &[Inner]) -> Option<RebootReason> {
    let fine = |inner: &&Inner| code::is_success(inner.outcome.code);
    let mut inner = nested.iter().filter(fine);
    outermost.or_else(|| inner.find_map(|inner| inner.outcome.reboot))
}

/// What happens where a restart is needed.
pub(crate) fn happens(run: &Run) -> Reboot {
    let begins = |name: &str, letter: char| {
        let first = run.property(name).chars().next();
        first.is_some_and(|first| first.eq_ignore_ascii_case(&letter))
    };
    // Suppress and ReallySuppress: at the end both do the same.
    if begins("REBOOT", 's') || begins("REBOOT", 'r') {
        return Reboot::Required;
    }
    let asks = run.request().ui_level > UiLevel::None && !begins("REBOOTPROMPT", 's');
    if asks {
        Reboot::Required
    } else {
        Reboot::Initiated
    }
}

/// What happens at a ForceReboot: `Suppress` is for the end, and `ReallySuppress` does not come here.
pub(crate) fn at_force_reboot(run: &Run) -> Reboot {
    let prompt = run.property("REBOOTPROMPT").to_ascii_lowercase();
    match run.request().ui_level > UiLevel::None && !prompt.starts_with('s') {
        true => Reboot::Required,
        false => Reboot::Initiated,
    }
}

/// 1038, and that the restart has begun (1005) or was put off (1029).
pub(crate) fn notes(
    product: &Product,
    reboot: Reboot,
    reason: RebootReason,
    stamp: &Stamp,
) -> Notes {
    let stamp = |at: u32| Stamp {
        ordinal: ORDINAL + at,
        ..stamp.clone()
    };
    let reason = match reason {
        RebootReason::Property => RestartReason::Unknown,
        RebootReason::ScheduleReboot => RestartReason::ScheduleReboot,
        RebootReason::ForceReboot => RestartReason::ForceReboot,
    };
    let (restart, follows) = match reboot {
        Reboot::Initiated => (Restart::Immediate, Event::restart_begun(stamp(1), product)),
        _ => (Restart::Deferred, Event::restart_put_off(stamp(1), product)),
    };
    let required = Event::restart_required(stamp(0), product, restart, reason);
    Notes {
        name: product.name.clone(),
        events: vec![required, follows],
    }
}
