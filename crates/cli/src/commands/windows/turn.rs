//! One's turn in the queue before msiexec, and what is told of a wait and of a refusal.

use std::time::Duration;

use installer::{Wait, code};
use serde_json::json;
use windows::{Candidate, NoTicket, Patience, Queue, Stop, Ticket};

use crate::commands::Context;
use crate::output::Failure;

/// A turn: the ticket that keeps it, and the wait that is left.
pub struct Turn {
    /// Kept until the program has ended.
    pub ticket: Ticket,
    /// Its deadline is that of the whole.
    pub patience: Patience,
}

impl Turn {
    /// Waits for its turn.
    ///
    /// Errors: 1618 when the time is over, or the one that started this has the turn; 1602 when called off; 1601 when the
    /// queue cannot be used.
    pub fn take(wait: Wait, context: &mut Context<'_>) -> Result<Turn, Failure> {
        let queue = Queue::of_computer();
        refuse_own_child(&queue, context)?;
        let stop = Stop::watch().map_err(NoTicket::from).map_err(refusal)?;
        let patience = Patience::start(time(wait), stop);
        let ticket = queue.draw(&patience).map_err(refusal)?;
        let terminal = context.world.terminal;
        let output = &mut *context.output;
        let mut tell = |ahead: usize| {
            if terminal {
                output.note(&format!("waiting, place {} in the queue", ahead + 1));
            }
        };
        ticket.wait_turn(&patience, &mut tell).map_err(refusal)?;
        Ok(Turn { ticket, patience })
    }
}

/// A wait as a time; none: for ever.
fn time(wait: Wait) -> Option<Duration> {
    match wait {
        Wait::No => Some(Duration::ZERO),
        Wait::For(time) => Some(time),
        Wait::Forever => None,
    }
}

/// The one that has the turn waits for this one to end: this one would wait for ever.
fn refuse_own_child(queue: &Queue, context: &Context<'_>) -> Result<(), Failure> {
    let inherited = context.world.host.inherited_hold.as_deref();
    let Some(ticket) = inherited.and_then(|text| text.parse::<u32>().ok()) else {
        return Ok(());
    };
    let is_it = |queued: &windows::Queued| queued.ticket == ticket && queued.has_turn;
    if !queue.queued().iter().any(is_it) {
        return Ok(());
    }
    let why = "the `msikit run` that started this one is still in progress";
    Err(refused(code::ALREADY_RUNNING, why.to_owned()))
}

/// A refusal of the queue's, not of the program's.
pub fn refused(code: u32, message: String) -> Failure {
    let mut failure = Failure {
        code,
        ..Failure::usage(message)
    };
    failure.more.insert("origin".to_owned(), json!("gate"));
    failure
}

fn refusal(error: NoTicket) -> Failure {
    match error {
        NoTicket::Deadline => refused(code::ALREADY_RUNNING, already_running()),
        NoTicket::Stopped => refused(code::USER_EXIT, cancelled()),
        NoTicket::System(error) => {
            refused(code::SERVICE_FAILURE, NoTicket::System(error).to_string())
        }
    }
}

/// That the wait was called off.
pub fn cancelled() -> String {
    "the wait for another installation was cancelled".to_owned()
}

/// That another installation is in progress, and probably which.
pub fn already_running() -> String {
    match windows::look().state {
        windows::State::Held => format!("another installation is in progress: {}", in_the_way()),
        _ => "another program is before this one in the queue of `msikit run`".to_owned(),
    }
}

/// Who probably holds the gate, in one line.
pub fn in_the_way() -> String {
    let holders = windows::holders();
    let told: Vec<String> = holders.candidates.iter().map(describe).collect();
    match (told.is_empty(), &holders.event_log) {
        (false, _) => told.join("; or "),
        (true, Err(why)) => format!("who holds _MSIExecute is not known ({why})"),
        (true, Ok(())) => "who holds _MSIExecute is not known".to_owned(),
    }
}

/// One that may hold the gate, in one line.
fn describe(candidate: &Candidate) -> String {
    let what = candidate.package.as_deref().unwrap_or(&candidate.name);
    let mut line = format!("probably {what} ({} {}", candidate.name, candidate.pid);
    if let Some(user) = &candidate.user {
        line.push_str(&format!(", {user}"));
    }
    if let Some(since) = candidate.since {
        let since = since.to_zoned_datetime(jiff::tz::TimeZone::system());
        line.push_str(&format!(", since {}", since.strftime("%H:%M:%S")));
    }
    if let Some(parent) = candidate.parents.first() {
        line.push_str(&format!(", started by {} {}", parent.name, parent.pid));
    }
    line.push(')');
    line.replace(char::is_control, "\u{fffd}")
}
