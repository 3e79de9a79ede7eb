//! One's turn in the queue before msiexec, and what is told of a wait and of a refusal.

use std::time::Duration;

use installer::{Wait, code};
use serde_json::json;
use windows::{Candidate, NoTicket, Patience, Queue, Stop, Ticket};

use crate::commands::Context;
use crate::output::Failure;

/// A turn: the ticket that keeps it, and the wait that is left.
pub struct Turn {
    /// The number of the ticket that keeps it.
    pub number: u32,
    /// The ticket, until the program has ended; none: it is that of a `msikit run` that started this one.
    _ticket: Option<Ticket>,
    /// Its deadline is that of the whole.
    pub patience: Patience,
}

impl Turn {
    /// Waits for its turn.
    ///
    /// Errors: 1618 when the time is over; 1602 when called off; 1601 when the queue cannot be used.
    pub fn take(wait: Wait, context: &mut Context<'_>) -> Result<Turn, Failure> {
        let queue = Queue::of_computer();
        let stop = Stop::watch().map_err(NoTicket::from).map_err(refusal)?;
        let patience = Patience::start(time(wait), stop);
        if let Some(number) = inherited(&queue, context) {
            return Ok(Turn {
                number,
                _ticket: None,
                patience,
            });
        }
        let ticket = queue.draw(&patience).map_err(refusal)?;
        let terminal = context.world.terminal;
        let output = &mut *context.output;
        let mut tell = |ahead: usize| {
            if terminal {
                output.note(&format!("waiting, place {} in the queue", ahead + 1));
            }
        };
        ticket.wait_turn(&patience, &mut tell).map_err(refusal)?;
        Ok(Turn {
            number: ticket.number(),
            _ticket: Some(ticket),
            patience,
        })
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

/// Does a `msikit run` that started this one have its turn? It waits for this one to end, so this one is part of its turn:
/// the queue is only for order, and who may install is for Windows to say.
fn inherited(queue: &Queue, context: &Context<'_>) -> Option<u32> {
    let ticket: u32 = context.world.host.inherited_hold.as_deref()?.parse().ok()?;
    let is_it = |queued: &windows::Queued| queued.ticket == ticket && queued.has_turn;
    queue.queued().iter().any(is_it).then_some(ticket)
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
