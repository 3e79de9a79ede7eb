//! `status` and `wait` on Windows: is an installation under way on this computer, and who probably does it?

use std::time::Duration;

use installer::{Wait, code};
use serde::Serialize;
use windows::{Answer, Candidate, Process, Queue, RestartReason, State, Woken};

use super::Context;
use super::windows::turn::{already_running, cancelled, in_the_way, refused};
use super::windows::{Turn, service};
use crate::arguments;
use crate::output::{End, Failure};
use crate::request;

/// So often `wait` looks: a wait for the mutex itself would take it.
const LOOK: Duration = Duration::from_millis(250);

/// What `status` tells.
#[derive(Serialize)]
struct Status {
    state: State,
    busy: Option<bool>,
    /// Who says so: `mutex`, `service` or `none`.
    source: &'static str,
    reason: Option<String>,
    /// The one that most probably holds the gate.
    holder: Option<Holder>,
    /// All that may hold it.
    candidates: Vec<Candidate>,
    /// `read`, or why the event log told nothing; null: it was not asked.
    event_log: Option<String>,
    waiting: Vec<Waiting>,
    suspended: Option<Suspended>,
    reboot_pending: bool,
    asks_for_disk: bool,
    reboot_reasons: Vec<RestartReason>,
    service: service::Told,
}

/// The holder, in the words of `status` elsewhere; what only a gate of our own knows is null.
#[derive(Serialize)]
struct Holder {
    probable: bool,
    product_code: Option<String>,
    product_name: Option<String>,
    version: Option<String>,
    package: Option<String>,
    command: Option<String>,
    sequence: Option<String>,
    action: Option<String>,
    pid: u32,
    user: Option<String>,
    host: Option<String>,
    since: Option<String>,
}

/// One in the queue of `msikit run`.
#[derive(Serialize)]
struct Waiting {
    /// 1 is next; 0 has its turn.
    place: usize,
    pid: Option<u32>,
    since: Option<String>,
    command: Option<String>,
}

#[derive(Serialize)]
struct Suspended {
    kind: &'static str,
}

pub fn status(typed: &arguments::Status, context: &mut Context<'_>) -> Result<End, Failure> {
    if typed.follow {
        let why = "not on Windows: --follow; `msikit wait` ends when the installation has";
        return Err(Failure::usage(why));
    }
    let status = look(windows::look(), context);
    if context.output.json {
        context.output.value(&status);
    } else {
        lines(&status, context);
    }
    Ok(End::Code(code_of(status.state)))
}

fn code_of(state: State) -> u32 {
    match state {
        State::Free => code::SUCCESS,
        State::Held => code::ALREADY_RUNNING,
        State::Suspended => code::SUSPEND,
        State::Unknown => code::SERVICE_FAILURE,
    }
}

fn look(answer: Answer, context: &Context<'_>) -> Status {
    // Who holds it is asked only when somebody does.
    let holders = (answer.state == State::Held).then(windows::holders);
    let event_log = holders.as_ref().map(|holders| match &holders.event_log {
        Ok(()) => "read".to_owned(),
        Err(why) => why.to_string(),
    });
    let candidates = holders.map_or_else(Vec::new, |holders| holders.candidates);
    let reboot_reasons = windows::restart_reasons();
    let host = context.world.variable("COMPUTERNAME");
    Status {
        busy: match answer.state {
            State::Free | State::Suspended => Some(false),
            State::Held => Some(true),
            State::Unknown => None,
        },
        holder: candidates.first().map(|first| holder(first, host)),
        waiting: waiting(),
        suspended: (answer.state == State::Suspended).then_some(Suspended {
            kind: "awaiting_restart",
        }),
        asks_for_disk: windows::asks_for_disk(),
        reboot_pending: !reboot_reasons.is_empty(),
        reboot_reasons,
        service: service::told(),
        state: answer.state,
        source: answer.source,
        reason: answer.reason,
        candidates,
        event_log,
    }
}

fn holder(candidate: &Candidate, host: Option<String>) -> Holder {
    let package = candidate.package.clone();
    let is_code = package.as_deref().is_some_and(|text| text.starts_with('{'));
    let (product_code, package) = match is_code {
        true => (package, None),
        false => (None, package),
    };
    Holder {
        probable: true,
        product_code,
        product_name: None,
        version: None,
        package,
        command: Some(candidate.name.clone()),
        sequence: None,
        action: None,
        pid: candidate.pid,
        user: candidate.user.clone(),
        host,
        since: candidate.since.map(|since| since.to_string()),
    }
}

fn waiting() -> Vec<Waiting> {
    let queued = Queue::of_computer().queued();
    if queued.is_empty() {
        return Vec::new();
    }
    let processes = windows::processes();
    let first = usize::from(!queued.iter().any(|queued| queued.has_turn));
    let told = queued.iter().zip(first..).map(|(queued, place)| {
        let process = processes
            .iter()
            .find(|process| Some(process.pid) == queued.pid);
        Waiting {
            place,
            pid: queued.pid,
            since: process.and_then(|process| Some(process.started?.to_string())),
            command: process.map(|process| process.name.clone()),
        }
    });
    told.collect()
}

fn lines(status: &Status, context: &mut Context<'_>) {
    let reason = status.reason.as_deref().unwrap_or_default();
    let first = match status.state {
        State::Free if reason.is_empty() => "free: no installation is in progress".to_owned(),
        State::Free => format!("free: no installation is in progress; {reason}"),
        State::Held => format!("held: {} (by the {})", in_the_way(), status.source),
        State::Suspended => format!("suspended: {reason}"),
        State::Unknown => format!("unknown: {reason}"),
    };
    let mut lines = vec![first];
    for candidate in &status.candidates {
        lines.extend(family("started by", &candidate.parents));
        lines.extend(family("has started", &candidate.children));
    }
    if let Some(event_log) = status.event_log.as_ref().filter(|told| *told != "read") {
        lines.push(format!("  {event_log}"));
    }
    for waiter in &status.waiting {
        let pid = waiter
            .pid
            .map_or_else(|| "?".to_owned(), |pid| pid.to_string());
        let command = waiter.command.as_deref().unwrap_or("?");
        lines.push(match waiter.place {
            0 => format!("  has its turn: pid {pid}: {command}"),
            place => format!("  {place}. pid {pid}: {command}"),
        });
    }
    if status.asks_for_disk {
        lines.push("somebody is asked for a disk".to_owned());
    }
    if status.reboot_pending {
        lines.push(format!("a restart is pending: {:?}", status.reboot_reasons));
    }
    for line in lines {
        let _ = context.output.line(&line);
    }
}

fn family(what: &str, processes: &[Process]) -> Option<String> {
    let told = |process: &Process| format!("{} {}", process.name, process.pid);
    let told: Vec<String> = processes.iter().map(told).collect();
    (!told.is_empty()).then(|| format!("  {what} {}", told.join(" < ")))
}

pub fn wait(typed: &arguments::Wait, context: &mut Context<'_>) -> Result<End, Failure> {
    let waiting = arguments::Waiting {
        wait: typed.duration,
        no_wait: false,
    };
    let turn = Turn::take(request::wait(&waiting, Wait::Forever), context)?;
    loop {
        let answer = windows::look();
        match answer.state {
            State::Free | State::Suspended => break,
            State::Held => {}
            State::Unknown => {
                let reason = answer.reason.unwrap_or_default();
                return Err(installer::Error::Probe(reason).into());
            }
        }
        match turn.patience.rest(LOOK) {
            Ok(Woken::Rested | Woken::Ready) => {}
            Ok(Woken::Deadline) => return Err(refused(code::ALREADY_RUNNING, already_running())),
            Ok(Woken::Stopped) | Err(_) => return Err(refused(code::USER_EXIT, cancelled())),
        }
    }
    drop(turn);
    if context.output.json {
        let status = look(windows::look(), context);
        context.output.value(&status);
    }
    Ok(End::OK)
}
