//! The log as a file: appended, torn, rotated, followed; by threads here, by processes in `processes.rs`.
#![expect(
    clippy::disallowed_methods,
    reason = "tests look at the log's files, and damage them"
)]

use events::{Event, Filter, Log, Product, Stamp, Start};
use std::io::Write;
use tempfile::TempDir;

fn stamp(transaction: &str, ordinal: u32) -> Stamp {
    Stamp {
        time: "2026-01-02T12:01:07Z".parse().unwrap(),
        user: "alice".to_owned(),
        transaction: Some(transaction.to_owned()),
        ordinal,
    }
}

fn event(transaction: &str, ordinal: u32) -> Event {
    let product = Product {
        code: Some("{C0FFEE00-0000-4000-8000-000000000001}".to_owned()),
        name: "Contoso Tools".to_owned(),
        version: "1.2".to_owned(),
        language: 1033,
        manufacturer: "Contoso".to_owned(),
    };
    Event::installed(stamp(transaction, ordinal), &product)
}

fn log_in(folder: &TempDir) -> Log {
    Log::at(&folder.path().join("events.jsonl"))
}

fn all(log: &Log) -> Vec<Event> {
    log.read(&Filter::default()).unwrap().events
}

#[test]
fn what_is_appended_is_read() {
    let folder = TempDir::new().unwrap();
    let log = log_in(&folder);
    assert!(all(&log).is_empty());
    assert!(!log.path().exists(), "reading makes nothing");
    let written = [event("T", 0), event("T", 1)];
    log.append(&written).unwrap();
    log.sync().unwrap();
    assert_eq!(all(&log), written);
}

#[test]
fn filters() {
    let folder = TempDir::new().unwrap();
    let log = log_in(&folder);
    let mut late = event("T", 1);
    late.time = "2026-01-03T00:00:00Z".parse().unwrap();
    let begin = Event::transaction_begins(stamp("T", 2), r"C:\Other.msi", 7);
    let written = [event("T", 0), late, begin];
    log.append(&written).unwrap();
    let check = |filter: Filter, expected: &[u32]| {
        let read = log.read(&filter).unwrap().events;
        let ordinals: Vec<u32> = read.iter().map(|event| event.ordinal).collect();
        assert_eq!(ordinals, expected, "{filter:?}");
    };
    let product = |name: &str| Filter {
        product: Some(name.to_owned()),
        ..Filter::default()
    };
    check(product("{c0ffee00-0000-4000-8000-000000000001}"), &[0, 1]);
    check(product("contoso tools"), &[0, 1]);
    check(product(r"c:\other.MSI"), &[2]);
    check(product("contoso"), &[]);
    let since = Some("2026-01-03T00:00:00Z".parse().unwrap());
    check(
        Filter {
            since,
            ..Filter::default()
        },
        &[1],
    );
    let ids = vec![1040, 1042];
    check(
        Filter {
            ids,
            ..Filter::default()
        },
        &[2],
    );
}

#[test]
fn a_finished_transaction_is_finished_once() {
    let folder = TempDir::new().unwrap();
    let log = log_in(&folder);
    let events = [event("T", 0), event("T", 1), event("T", 2)];
    log.append(&[event("other", 1), event("T", 0)]).unwrap();
    assert_eq!(log.append_missing(&events).unwrap(), 2);
    assert_eq!(log.append_missing(&events).unwrap(), 0);
    let seen: Vec<(Option<String>, u32)> = all(&log)
        .into_iter()
        .map(|event| (event.transaction, event.ordinal))
        .collect();
    let name = |name: &str| Some(name.to_owned());
    let expected = [
        (name("other"), 1),
        (name("T"), 0),
        (name("T"), 1),
        (name("T"), 2),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn it_is_found_after_a_rotation_too() {
    let folder = TempDir::new().unwrap();
    let log = log_in(&folder).rotated_above(1);
    log.append(&[event("T", 0)]).unwrap();
    assert_eq!(log.append_missing(&[event("T", 0)]).unwrap(), 0);
    assert!(log.older_path().exists());
}

#[test]
fn an_event_without_a_transaction_is_never_taken_for_another() {
    let folder = TempDir::new().unwrap();
    let log = log_in(&folder);
    let mut loose = event("", 0);
    loose.transaction = None;
    log.append(&[loose.clone()]).unwrap();
    assert_eq!(log.append_missing(&[loose]).unwrap(), 1);
}

#[test]
fn a_torn_line_is_ended_and_skipped() {
    let folder = TempDir::new().unwrap();
    let log = log_in(&folder);
    log.append(&[event("T", 0)]).unwrap();
    let whole = std::fs::read(log.path()).unwrap();
    for cut in 1..whole.len() {
        std::fs::write(log.path(), [&whole[..], &whole[..cut]].concat()).unwrap();
        assert_eq!(all(&log).len(), 1, "cut at {cut}: not finished, not read");
        log.append(&[event("T", 1)]).unwrap();
        let read = log.read(&Filter::default()).unwrap();
        let ordinals: Vec<u32> = read.events.iter().map(|event| event.ordinal).collect();
        // All but the last byte cut: only the line's end was missing, and nothing is lost.
        match cut == whole.len() - 1 {
            false => assert_eq!((&ordinals[..], read.damaged_lines), (&[0, 1][..], 1)),
            true => assert_eq!((&ordinals[..], read.damaged_lines), (&[0, 0, 1][..], 0)),
        }
    }
}

#[test]
fn a_line_without_end_is_not_kept_in_memory() {
    let folder = TempDir::new().unwrap();
    let log = log_in(&folder);
    let mut file = std::fs::File::create(log.path()).unwrap();
    for _ in 0..3 {
        file.write_all(&vec![b'x'; 1024 * 1024]).unwrap();
    }
    log.append(&[event("T", 0)]).unwrap();
    let read = log.read(&Filter::default()).unwrap();
    assert_eq!((read.events.len(), read.damaged_lines), (1, 1));
}

#[test]
fn rotation_keeps_one_older_file() {
    let folder = TempDir::new().unwrap();
    let log = log_in(&folder).rotated_above(1);
    for ordinal in 0..4 {
        log.append(&[event("T", ordinal)]).unwrap();
    }
    let ordinals: Vec<u32> = all(&log).iter().map(|event| event.ordinal).collect();
    assert_eq!(ordinals, [2, 3]);
    assert_eq!(folder.path().read_dir().unwrap().count(), 2);
}

#[test]
fn a_link_or_folder_is_no_log() {
    let folder = TempDir::new().unwrap();
    let log = log_in(&folder);
    std::os::unix::fs::symlink("elsewhere", log.path()).unwrap();
    assert!(log.append(&[event("T", 0)]).is_err());
    assert!(log.read(&Filter::default()).is_err());
    assert!(!folder.path().join("elsewhere").exists());
    std::fs::remove_file(log.path()).unwrap();
    std::fs::create_dir(log.path()).unwrap();
    assert!(log.append(&[event("T", 0)]).is_err());
    assert!(log.read(&Filter::default()).is_err());
}

#[test]
fn a_follower_sees_every_event_once_over_rotations() {
    const EVENTS: u32 = 300;
    let folder = TempDir::new().unwrap();
    let line = serde_json::to_vec(&event("T", 0)).unwrap().len() as u64;
    let log = log_in(&folder).rotated_above(line * 20);
    log.append(&[event("before", 0)]).unwrap();
    let mut from_start = log.follow(Filter::default(), Start::Beginning).unwrap();
    let mut from_now = log.follow(Filter::default(), Start::Now).unwrap();
    assert_eq!(
        from_start
            .next(None)
            .unwrap()
            .unwrap()
            .transaction
            .as_deref(),
        Some("before")
    );
    // The writer is never two rotations ahead of the reader.
    let (credit, credits) = std::sync::mpsc::sync_channel::<()>(15);
    std::thread::scope(|scope| {
        let writer = log.clone();
        scope.spawn(move || {
            for ordinal in 0..EVENTS {
                credit.send(()).unwrap();
                writer.append(&[event("T", ordinal)]).unwrap();
            }
        });
        for ordinal in 0..EVENTS {
            for follow in [&mut from_start, &mut from_now] {
                let seen = follow.next(None).unwrap().unwrap();
                assert_eq!(
                    (seen.transaction.as_deref(), seen.ordinal),
                    (Some("T"), ordinal)
                );
            }
            credits.recv().unwrap();
        }
    });
    assert!(log.older_path().exists());
}

#[test]
fn a_follower_waits_for_a_log_and_can_be_called_off() {
    let folder = TempDir::new().unwrap();
    let log = log_in(&folder);
    let ids = vec![1040];
    let filter = Filter {
        ids,
        ..Filter::default()
    };
    let mut follow = log.follow(filter, Start::Now).unwrap();
    let (watched, trigger) = std::io::pipe().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            log.append(&[event("T", 0)]).unwrap();
            let begins = Event::transaction_begins(stamp("T", 1), "p.msi", 7);
            log.append(&[begins]).unwrap();
        });
        let cancel = Some(std::os::fd::AsFd::as_fd(&watched));
        assert_eq!(follow.next(cancel).unwrap().unwrap().ordinal, 1);
        drop(trigger);
        assert_eq!(follow.next(cancel).unwrap(), None);
    });
}

#[test]
fn a_follower_of_a_removed_machine_ends() {
    let folder = TempDir::new().unwrap();
    let mut follow = log_in(&folder)
        .follow(Filter::default(), Start::Now)
        .unwrap();
    folder.close().unwrap();
    assert!(follow.next(None).is_err());
}
