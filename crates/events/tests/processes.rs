//! Many processes that write at once: no event is lost, torn or written twice. This test program starts
//! itself anew, as `child`.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "tests start, kill and listen to children"
)]

use events::{Event, Filter, Log, Product, Stamp, Start};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// Names the log and the writer; set only for a child.
const CHILD: &str = "MSIKIT_EVENTS_TEST_CHILD";
const WRITERS: usize = 50;
const EVENTS: u32 = 40;

fn start(log: &Log, writer: usize, part: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture", "--test-threads=1"])
        .env(CHILD, format!("{part} {writer} {}", log.path().display()))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn event(writer: &str, ordinal: u32) -> Event {
    let product = Product {
        // Lines of very different lengths, some longer than a page.
        name: "x".repeat(ordinal as usize * 41 % 5000),
        ..Product::default()
    };
    let stamp = Stamp {
        time: "2026-01-02T12:01:07Z".parse().unwrap(),
        user: "alice".to_owned(),
        transaction: Some(writer.to_owned()),
        ordinal,
    };
    Event::installed(stamp, &product)
}

/// What a started copy of this program does; for everyone else, nothing.
#[test]
fn child() {
    let Ok(text) = std::env::var(CHILD) else {
        return;
    };
    let mut words = text.splitn(3, ' ');
    let mut word = || words.next().unwrap();
    let (part, writer) = (word(), word());
    let log = Log::at(Path::new(word())).rotated_above(match part {
        "rotate" => 100_000,
        _ => u64::MAX,
    });
    println!("@ready");
    std::io::stdin().read_line(&mut String::new()).unwrap();
    for ordinal in 0.. {
        if part != "endless" && ordinal == EVENTS {
            break;
        }
        log.append(&[event(writer, ordinal)]).unwrap();
        println!("@{ordinal}");
    }
}

/// Reads a child's reports up to the first that `is_last` admits; returns false at their end.
fn listen(child: &mut Child, mut is_last: impl FnMut(&str) -> bool) -> bool {
    let mut reports = BufReader::new(child.stdout.as_mut().unwrap());
    let mut line = String::new();
    while reports.read_line(&mut line).unwrap() > 0 {
        if let Some((_, report)) = line.trim_end().split_once('@')
            && is_last(report)
        {
            return true;
        }
        line.clear();
    }
    false
}

fn release(child: &mut Child) {
    child.stdin.take().unwrap().write_all(b"go\n").unwrap();
}

/// Lets fifty write at once.
fn writers(log: &Log, part: &str) -> Vec<Child> {
    let mut children: Vec<Child> = (0..WRITERS)
        .map(|writer| start(log, writer, part))
        .collect();
    for child in &mut children {
        assert!(listen(child, |report| report == "ready"));
    }
    children.iter_mut().for_each(release);
    children
}

/// Fifty write, and every fifth of them is killed as it does.
#[test]
fn of_fifty_writers_some_are_killed_and_nothing_else_is_lost() {
    let folder = TempDir::new().unwrap();
    let log = Log::at(&folder.path().join("events.jsonl")).rotated_above(u64::MAX);
    let dies = |writer: usize| writer.is_multiple_of(5);
    let part = |writer| if dies(writer) { "endless" } else { "write" };
    let mut children: Vec<Child> = (0..WRITERS)
        .map(|writer| start(&log, writer, part(writer)))
        .collect();
    for child in &mut children {
        assert!(listen(child, |report| report == "ready"));
    }
    children.iter_mut().for_each(release);
    let mut told = [0; WRITERS];
    for (writer, mut child) in children.into_iter().enumerate() {
        if !dies(writer) {
            end(child);
            told[writer] = EVENTS - 1;
            continue;
        }
        assert!(listen(&mut child, |report| {
            told[writer] = report.parse().unwrap();
            told[writer] == EVENTS / 2
        }));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    log.append(&[event("after", 0)]).unwrap();
    let read = log.read(&Filter::default()).unwrap();
    let kills = (0..WRITERS).filter(|writer| dies(*writer)).count();
    assert!(read.damaged_lines <= kills, "{}", read.damaged_lines);
    for (writer, last) in told.into_iter().enumerate() {
        let name = writer.to_string();
        let its = |event: &&Event| event.transaction.as_deref() == Some(&name);
        let its: Vec<&Event> = read.events.iter().filter(its).collect();
        assert!(its.len() as u32 > last, "{writer}: {} of {last}", its.len());
        for (event, ordinal) in its.into_iter().zip(0..) {
            assert_eq!(*event, self::event(&name, ordinal));
        }
    }
}

fn end(mut child: Child) {
    while listen(&mut child, |_| false) {}
    assert!(child.wait().unwrap().success());
}

#[test]
fn nothing_is_lost_or_torn() {
    let folder = TempDir::new().unwrap();
    let log = Log::at(&folder.path().join("events.jsonl"));
    let mut follow = log.follow(Filter::default(), Start::Beginning).unwrap();
    let children = writers(&log, "write");
    // The follower reads while they write: each writer's events come once and in their order.
    let mut next: BTreeMap<String, u32> = BTreeMap::new();
    let (over, writing) = std::io::pipe().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            children.into_iter().for_each(end);
            drop(writing);
        });
        let over = Some(std::os::fd::AsFd::as_fd(&over));
        for _ in 0..WRITERS as u32 * EVENTS {
            let event = follow.next(over).unwrap().expect("none is lost");
            let next = next.entry(event.transaction.unwrap()).or_default();
            assert_eq!(event.ordinal, *next);
            *next += 1;
        }
    });
    let read = log.read(&Filter::default()).unwrap();
    assert_eq!(
        (read.events.len(), read.damaged_lines),
        (WRITERS * EVENTS as usize, 0)
    );
    assert!(next.values().all(|count| *count == EVENTS));
    for event in read.events {
        let name = event.transaction.clone().unwrap();
        assert_eq!(event, self::event(&name, event.ordinal));
    }
}

#[test]
fn rotating_writers_leave_whole_events_in_order() {
    let folder = TempDir::new().unwrap();
    let log = Log::at(&folder.path().join("events.jsonl"));
    writers(&log, "rotate").into_iter().for_each(end);
    let read = log.read(&Filter::default()).unwrap();
    assert_eq!(read.damaged_lines, 0);
    // What is left is the end of what each wrote.
    let mut last: BTreeMap<String, u32> = BTreeMap::new();
    for event in &read.events {
        let before = last.insert(event.transaction.clone().unwrap(), event.ordinal);
        assert!(before.is_none_or(|before| before + 1 == event.ordinal));
    }
    assert!(last.values().all(|last| *last == EVENTS - 1), "{last:?}");
    assert!(log.older_path().exists());
}

#[test]
fn a_killed_writer_takes_no_other_event_with_it() {
    let folder = TempDir::new().unwrap();
    let log = Log::at(&folder.path().join("events.jsonl")).rotated_above(u64::MAX);
    for round in 0..20 {
        let mut child = start(&log, round, "endless");
        assert!(listen(&mut child, |report| report == "ready"));
        release(&mut child);
        let mut told = 0;
        assert!(listen(&mut child, |report| {
            told = report.parse().unwrap();
            told == 3 + round as u32
        }));
        child.kill().unwrap();
        child.wait().unwrap();
        let before = log.read(&Filter::default()).unwrap();
        log.append(&[event("after", round as u32)]).unwrap();
        let after = log.read(&Filter::default()).unwrap();
        // A torn line may have lacked its end only, and is whole then.
        let healed = after.events.len() - before.events.len();
        assert!(healed == 1 || healed == 2);
        let writer = round.to_string();
        let its = |event: &&Event| event.transaction.as_deref() == Some(&writer);
        let seen: Vec<u32> = after
            .events
            .iter()
            .filter(its)
            .map(|event| event.ordinal)
            .collect();
        assert!(
            seen.len() as u32 > told,
            "what was reported as written is there"
        );
        assert!(seen.iter().zip(0..).all(|(seen, ordinal)| *seen == ordinal));
    }
}
