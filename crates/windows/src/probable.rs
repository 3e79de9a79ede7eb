//! Who probably holds the gate: a transaction of the event log that has begun and not ended, whose client still runs.
//!
//! "_MSIExecute Mutex": which application is being installed is told by the event log. Its events 1040 and 1042 name the
//! package and the client's process. A number of a process is used again and again, so the time of its start counts too.

use std::time::Duration;

use events::Event;
use jiff::Timestamp;
use serde::Serialize;

/// A transaction begins, and ends. "Event Logging".
const BEGINS: u32 = 1040;
const ENDS: u32 = 1042;

/// The event log keeps whole seconds.
const CLOCKS: Duration = Duration::from_secs(2);

/// How many steps from child to parent are followed.
const GENERATIONS_MAX: usize = 16;

/// A process, as it was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// The number of the process that started it, which may be gone and its number used again.
    #[serde(skip)]
    pub parent: u32,
    /// The program's file name.
    pub name: String,
    /// When it started, where that may be asked.
    pub started: Option<Timestamp>,
}

/// One that may hold the gate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Candidate {
    /// Who says so: `event log` or `processes`.
    pub source: &'static str,
    /// The package's path, or the product code, as the event log has it.
    pub package: Option<String>,
    /// Since when the transaction, or the process, is under way.
    pub since: Option<Timestamp>,
    /// The user, as the event log has it.
    pub user: Option<String>,
    /// The client.
    pub pid: u32,
    /// The client's program.
    pub name: String,
    /// Those that started it, its own parent first.
    pub parents: Vec<Process>,
    /// Those that it started.
    pub children: Vec<Process>,
}

/// Returns the transactions since `boot` that have begun, have not ended, and whose client runs; the latest first.
/// `events` may come in any order.
pub fn probable(events: &[Event], boot: Timestamp, processes: &[Process]) -> Vec<Candidate> {
    let mut sorted: Vec<&Event> = events.iter().filter(|event| event.time >= boot).collect();
    sorted.sort_by_key(|event| event.time);
    let mut open: Vec<(&Event, u32)> = Vec::new();
    for event in sorted {
        let Some(client) = event.strings.get(1).and_then(|pid| pid.trim().parse().ok()) else {
            continue;
        };
        // An end, or another begin of the same client, ends what was before: a process has one transaction at a time.
        let is_other = |(begun, pid): &(&Event, u32)| {
            *pid != client || (event.id == ENDS && begun.strings.first() != event.strings.first())
        };
        match event.id {
            BEGINS => {
                open.retain(is_other);
                open.push((event, client));
            }
            ENDS => open.retain(is_other),
            _ => {}
        }
    }
    open.into_iter()
        .rev()
        .filter_map(|(event, client)| candidate(event, client, processes))
        .collect()
}

fn candidate(event: &Event, client: u32, processes: &[Process]) -> Option<Candidate> {
    let began = event.time.checked_add(CLOCKS).unwrap_or(event.time);
    let is_it = |process: &&Process| {
        process.pid == client && process.started.is_none_or(|started| started <= began)
    };
    let process = processes.iter().find(is_it)?;
    let (parents, children) = family(process, processes);
    Some(Candidate {
        source: "event log",
        package: event.strings.first().cloned(),
        since: Some(event.time),
        user: Some(event.user.clone()).filter(|user| !user.is_empty()),
        pid: client,
        name: process.name.clone(),
        parents,
        children,
    })
}

/// Returns every msiexec but the service's: where the event log names nobody, one of them may hold the gate. The latest
/// first.
pub fn installers(processes: &[Process], service: u32) -> Vec<Candidate> {
    let is_one = |process: &&Process| {
        process.name.eq_ignore_ascii_case("msiexec.exe") && process.pid != service
    };
    let mut found: Vec<&Process> = processes.iter().filter(is_one).collect();
    found.sort_by_key(|process| std::cmp::Reverse(process.started));
    let told = found.into_iter().map(|process| {
        let (parents, children) = family(process, processes);
        Candidate {
            source: "processes",
            package: None,
            since: process.started,
            user: None,
            pid: process.pid,
            name: process.name.clone(),
            parents,
            children,
        }
    });
    told.collect()
}

/// Returns those that started a process, its own parent first, and those that it started.
pub fn family(process: &Process, processes: &[Process]) -> (Vec<Process>, Vec<Process>) {
    // A parent is older than its child; one that is younger has the number of a parent that is gone.
    let is_parent = |parent: &Process, child: &Process| {
        parent.pid == child.parent
            && parent.pid != child.pid
            && match (parent.started, child.started) {
                (Some(parent), Some(child)) => parent <= child,
                _ => true,
            }
    };
    let mut parents: Vec<Process> = Vec::new();
    let mut at = process;
    while let Some(parent) = processes.iter().find(|parent| is_parent(parent, at)) {
        if parents.len() == GENERATIONS_MAX || parents.contains(parent) {
            break;
        }
        parents.push(parent.clone());
        at = parent;
    }
    let children = processes.iter().filter(|child| is_parent(process, child));
    (parents, children.cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use events::{Level, SOURCE};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    fn event(second: i64, id: u32, package: &str, client: u32) -> Event {
        Event {
            time: at(second),
            id,
            level: Level::Information,
            source: SOURCE.to_owned(),
            user: "alice".to_owned(),
            message: String::new(),
            strings: vec![package.to_owned(), client.to_string()],
            transaction: None,
            ordinal: 0,
            product_code: None,
        }
    }

    fn process(pid: u32, parent: u32, name: &str, started: Option<i64>) -> Process {
        Process {
            pid,
            parent,
            name: name.to_owned(),
            started: started.map(at),
        }
    }

    fn check(events: &[Event], processes: &[Process], expected: &[(&str, u32)]) {
        let mut shuffled = events.to_vec();
        shuffled.reverse();
        let found = probable(&shuffled, at(0), processes);
        let found: Vec<_> = found
            .iter()
            .map(|c| (c.package.as_deref().unwrap(), c.pid))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn what_has_begun_and_not_ended_is_listed_latest_first() {
        let runs = [
            process(8, 4, "msiexec.exe", Some(5)),
            process(12, 4, "msiexec.exe", Some(6)),
        ];
        check(&[event(10, 1040, "a.msi", 8)], &runs, &[("a.msi", 8)]);
        check(
            &[event(10, 1040, "a.msi", 8), event(20, 1042, "a.msi", 8)],
            &runs,
            &[],
        );
        check(
            &[event(10, 1040, "a.msi", 8), event(20, 1040, "b.msi", 12)],
            &runs,
            &[("b.msi", 12), ("a.msi", 8)],
        );
        check(
            &[
                event(10, 1040, "a.msi", 8),
                event(20, 1040, "b.msi", 12),
                event(30, 1042, "b.msi", 12),
            ],
            &runs,
            &[("a.msi", 8)],
        );
        check(
            &[event(10, 1040, "a.msi", 8), event(30, 1040, "c.msi", 8)],
            &runs,
            &[("c.msi", 8)],
        );
    }

    #[test]
    fn a_client_that_is_gone_or_whose_number_is_used_again_is_none() {
        let begun = [event(10, 1040, "a.msi", 8)];
        check(&begun, &[], &[]);
        check(&begun, &[process(8, 4, "later.exe", Some(60))], &[]);
        check(
            &begun,
            &[process(8, 4, "unasked.exe", None)],
            &[("a.msi", 8)],
        );
        check(
            &[event(-5, 1040, "before the start", 8)],
            &[process(8, 4, "x", None)],
            &[],
        );
        let mut odd = event(10, 1040, "a.msi", 8);
        odd.strings.truncate(1);
        check(&[odd], &[process(8, 4, "x", None)], &[]);
    }

    #[test]
    fn without_an_event_every_msiexec_but_the_service_may_be_it() {
        let all = [
            process(8, 4, "MSIEXEC.EXE", Some(1)),
            process(12, 4, "msiexec.exe", Some(2)),
            process(16, 8, "msiexec.exe", Some(3)),
            process(20, 4, "setup.exe", Some(4)),
        ];
        let found = installers(&all, 12);
        let found: Vec<_> = found.iter().map(|c| (c.pid, c.source)).collect();
        assert_eq!(found, [(16, "processes"), (8, "processes")]);
    }

    #[test]
    fn parents_are_followed_and_impostors_are_not() {
        let all = [
            process(4, 0, "System", None),
            process(100, 4, "services.exe", Some(1)),
            process(200, 100, "CcmExec.exe", Some(2)),
            process(300, 200, "msiexec.exe", Some(3)),
            process(400, 300, "setup.exe", Some(4)),
            process(500, 300, "older.exe", Some(2)),
        ];
        let (parents, children) = family(&all[3], &all);
        let names = |list: &[Process]| list.iter().map(|p| p.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&parents), ["CcmExec.exe", "services.exe", "System"]);
        assert_eq!(names(&children), ["setup.exe"]);
        let ring = [process(1, 2, "a", None), process(2, 1, "b", None)];
        assert!(family(&ring[0], &ring).0.len() <= GENERATIONS_MAX);
    }
}
