//! The gate inside one process: two openings exclude each other there as two processes do.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests put things in the gate's way"
)]

use gate::{Cancel, Gate, Hold, Probe, Surroundings, TakeError, Taker, Wait};
use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;
use std::path::Path;
use std::sync::mpsc::channel;
use std::time::Duration;
use tempfile::TempDir;

fn taker(name: &str) -> Taker {
    Taker {
        product_name: Some(name.to_owned()),
        version: Some("1.0".to_owned()),
        command: "install".to_owned(),
        user: Some("alice".to_owned()),
        ..Taker::default()
    }
}

fn gate_in(folder: &TempDir) -> Gate {
    Gate::at(&folder.path().join(".msikit/gate"))
}

fn take(gate: &Gate, name: &str, wait: Wait) -> Result<Hold, TakeError> {
    gate.take(&taker(name), wait, &Cancel::never(), &mut |_| None)
}

fn holder_name(error: &TakeError) -> Option<&str> {
    error.holder()?.product_name.as_deref()
}

#[test]
fn a_probe_of_nothing_makes_nothing() {
    let folder = TempDir::new().unwrap();
    let gate = gate_in(&folder);
    assert!(matches!(gate.probe(), Probe::Free));
    assert!(gate.waiting().unwrap().is_empty());
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
}

#[test]
fn held_then_refused_by_name_then_free() {
    let folder = TempDir::new().unwrap();
    let gate = gate_in(&folder);
    let mut hold = take(&gate, "Contoso", Wait::No).unwrap();
    hold.update(|holder| holder.action = Some("InstallFiles".to_owned()))
        .unwrap();
    let Probe::Held { holder, generation } = gate.probe() else {
        panic!("not held");
    };
    let holder = holder.unwrap();
    assert_eq!(generation, hold.generation());
    assert_eq!(holder.pid, std::process::id());
    assert_eq!(holder.action.as_deref(), Some("InstallFiles"));
    assert_eq!(&*holder, hold.holder());
    assert!(holder.process_start > 0 && holder.pid_namespace.starts_with("pid:["));

    for wait in [Wait::No, Wait::For(Duration::from_millis(1))] {
        let Err(refused) = take(&gate, "Fabrikam", wait) else {
            panic!("two holders");
        };
        assert_eq!(refused.code(), 1618);
        assert_eq!(holder_name(&refused), Some("Contoso"));
        let text = refused.to_string();
        let start = "another installation is in progress: Contoso 1.0 (pid ";
        assert!(text.starts_with(start), "{text}");
    }
    assert!(gate.waiting().unwrap().is_empty(), "no ticket stays behind");
    hold.release().unwrap();
    assert!(matches!(gate.probe(), Probe::Free));
    take(&gate, "Fabrikam", Wait::No)
        .unwrap()
        .release()
        .unwrap();
}

#[test]
fn the_lock_file_outlives_its_holders() {
    let folder = TempDir::new().unwrap();
    let gate = gate_in(&folder);
    drop(take(&gate, "first", Wait::No).unwrap());
    let inode = |path: &Path| std::os::unix::fs::MetadataExt::ino(&path.metadata().unwrap());
    let lock = gate.folder().join("lock");
    let before = inode(&lock);
    let hold = take(&gate, "second", Wait::No).unwrap();
    assert_eq!(inode(&lock), before);
    hold.release().unwrap();
    let mut left: Vec<String> = gate
        .folder()
        .read_dir()
        .unwrap()
        .chain(gate.folder().join("queue").read_dir().unwrap())
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    let kept = [
        "0",
        "holder.json",
        "holder.json.new",
        "lock",
        "lock",
        "queue",
    ];
    assert_eq!(left, kept);
}

/// Making a file costs more than all the rest, so that none is made for one who finds the gate free.
#[test]
fn coming_in_at_once_makes_and_removes_no_file() {
    let folder = TempDir::new().unwrap();
    let gate = gate_in(&folder);
    let come_in = || {
        let mut hold = take(&gate, "Contoso", Wait::No).unwrap();
        assert_eq!(hold.holder().ticket, 0);
        hold.update(|holder| holder.action = Some("InstallFiles".to_owned()))
            .unwrap();
        hold.release().unwrap();
    };
    let inodes = || {
        let folders = [gate.folder().to_owned(), gate.folder().join("queue")];
        let entries = folders.iter().flat_map(|folder| folder.read_dir().unwrap());
        let inode = |entry: std::io::Result<std::fs::DirEntry>| {
            std::os::unix::fs::DirEntryExt::ino(&entry.unwrap())
        };
        entries
            .map(inode)
            .collect::<std::collections::BTreeSet<u64>>()
    };
    come_in();
    let before = inodes();
    // A file of another kind in the same place would have another number, as long as the one before is open.
    let _kept: Vec<_> = ["queue/0", "holder.json", "holder.json.new"]
        .map(|name| {
            std::fs::OpenOptions::new()
                .read(true)
                .write(true)
                .open(gate.folder().join(name))
        })
        .into_iter()
        .collect::<Result<_, _>>()
        .unwrap();
    come_in();
    assert_eq!(inodes(), before);
}

#[test]
fn a_record_of_another_hold_names_nobody() {
    let folder = TempDir::new().unwrap();
    let gate = gate_in(&folder);
    let mut hold = take(&gate, "Contoso", Wait::No).unwrap();
    let record = gate.folder().join("holder.json");
    for spoiled in ["", "not JSON", "{}", "stale"] {
        let text = match spoiled {
            "stale" => {
                let mut other = hold.holder().clone();
                other.generation += 1;
                serde_json::to_string(&other).unwrap()
            }
            text => text.to_owned(),
        };
        std::fs::write(&record, text).unwrap();
        let generation_held = hold.generation();
        assert!(
            matches!(gate.probe(), Probe::Held { holder: None, generation } if generation == generation_held),
            "{spoiled:?}"
        );
    }
    std::fs::remove_file(&record).unwrap();
    assert!(matches!(gate.probe(), Probe::Held { holder: None, .. }));
    hold.update(|_| {}).unwrap();
    assert!(matches!(
        gate.probe(),
        Probe::Held {
            holder: Some(_),
            ..
        }
    ));
}

#[test]
fn the_record_is_whole_however_long_it_was() {
    let folder = TempDir::new().unwrap();
    let gate = gate_in(&folder);
    let mut hold = take(&gate, "Contoso", Wait::No).unwrap();
    for length in [3000, 3, 700, 1500, 0, 20, 5000, 1] {
        let action = "x".repeat(length);
        hold.update(|holder| holder.action = Some(action)).unwrap();
        let Probe::Held { holder, .. } = gate.probe() else {
            panic!("not held");
        };
        assert_eq!(holder.as_deref(), Some(hold.holder()));
    }
}

#[test]
fn a_very_long_command_line_is_clipped_and_the_holder_known() {
    let folder = TempDir::new().unwrap();
    let gate = gate_in(&folder);
    let who = Taker {
        command: "\u{1}".repeat(200_000),
        ..Taker::default()
    };
    let hold = gate.take(&who, Wait::No, &Cancel::never(), &mut |_| None);
    let hold = hold.unwrap();
    assert!(
        matches!(gate.probe(), Probe::Held { holder: Some(holder), .. }
        if holder.command.len() == 1000)
    );
    drop(hold);
}

#[test]
fn a_cancelled_wait_is_1602_and_leaves_no_ticket() {
    let folder = TempDir::new().unwrap();
    let gate = gate_in(&folder);
    let _hold = take(&gate, "Contoso", Wait::No).unwrap();
    let cancel = Cancel::new().unwrap();
    let mut seen = Vec::new();
    let result = gate.take(&taker("Fabrikam"), Wait::Forever, &cancel, &mut |state| {
        seen.push((state.place, gate.waiting().unwrap().len()));
        cancel.cancel();
        None
    });
    let Err(error) = result else {
        panic!("two holders");
    };
    assert_eq!(error.code(), 1602);
    assert_eq!(holder_name(&error), Some("Contoso"));
    assert_eq!(seen, [(1, 1)]);
    assert!(gate.waiting().unwrap().is_empty());
}

#[test]
fn a_stuck_queue_is_no_hang() {
    let folder = TempDir::new().unwrap();
    let gate = gate_in(&folder);
    drop(take(&gate, "Contoso", Wait::No).unwrap());
    // As a process does that was stopped while it drew its ticket.
    let path = gate.folder().join("queue/lock");
    let stuck = std::fs::File::options().write(true).open(path).unwrap();
    let range = libc::flock {
        l_type: libc::F_WRLCK as i16,
        l_whence: libc::SEEK_SET as i16,
        l_start: 0,
        l_len: 0,
        l_pid: 0,
    };
    fcntl(&stuck, FcntlArg::F_OFD_SETLK(&range)).unwrap();
    let refused = take(&gate, "Fabrikam", Wait::For(Duration::from_millis(1)));
    assert_eq!(refused.err().unwrap().code(), 1618);
    let cancel = Cancel::new().unwrap();
    cancel.cancel();
    let cancelled = gate.take(&taker("Fabrikam"), Wait::Forever, &cancel, &mut |_| None);
    assert_eq!(cancelled.err().unwrap().code(), 1602);
    assert!(matches!(gate.probe(), Probe::Free));
}

#[test]
fn an_observer_is_called_again_when_it_asks_to_be() {
    let folder = TempDir::new().unwrap();
    let gate = gate_in(&folder);
    let mut hold = Some(take(&gate, "Contoso", Wait::No).unwrap());
    let mut calls = 0;
    let next = gate
        .take(
            &taker("Fabrikam"),
            Wait::Forever,
            &Cancel::never(),
            &mut |_| {
                calls += 1;
                if calls == 3 {
                    hold.take();
                }
                Some(Duration::from_millis(1))
            },
        )
        .unwrap();
    assert_eq!(calls, 3);
    drop(next);
}

#[test]
fn a_child_of_the_holder_is_refused_at_once() {
    let folder = TempDir::new().unwrap();
    let gate = gate_in(&folder);
    let hold = take(&gate, "Contoso", Wait::No).unwrap();
    let mut who = taker("Fabrikam");
    who.parent = Some(hold.generation());
    let Err(error) = gate.take(&who, Wait::Forever, &Cancel::never(), &mut |_| None) else {
        panic!("two holders");
    };
    assert!(matches!(error, TakeError::OwnParent { .. }));
    assert_eq!((error.code(), holder_name(&error)), (1618, Some("Contoso")));
    hold.release().unwrap();
    // The value of a hold that is over admits nothing and refuses nothing.
    drop(
        gate.take(&who, Wait::No, &Cancel::never(), &mut |_| None)
            .unwrap(),
    );
}

#[test]
fn a_token_admits_to_its_own_machine_only() {
    let (here, there) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let hold = take(&gate_in(&here), "Contoso", Wait::No).unwrap();
    assert!(hold.token().admits(&gate_in(&here)));
    assert!(!hold.token().admits(&gate_in(&there)));
    assert_eq!(hold.token().generation(), hold.generation());
}

#[test]
fn waiters_in_threads_come_in_by_ticket() {
    const WAITERS: usize = 12;
    let folder = TempDir::new().unwrap();
    let gate = gate_in(&folder);
    let hold = take(&gate, "first", Wait::No).unwrap();
    let (turns, order) = channel();
    std::thread::scope(|scope| {
        for index in 0..WAITERS {
            let (queued, is_queued) = channel();
            let (gate, turns) = (gate.clone(), turns.clone());
            scope.spawn(move || {
                let name = format!("waiter {index}");
                let hold = gate.take(
                    &taker(&name),
                    Wait::Forever,
                    &Cancel::never(),
                    &mut |state| {
                        let _ = queued.send(state.place);
                        None
                    },
                );
                turns.send(index).unwrap();
                drop(hold.unwrap());
            });
            assert_eq!(is_queued.recv().unwrap(), index + 1);
        }
        let waiting = gate.waiting().unwrap();
        assert_eq!(waiting.len(), WAITERS);
        for (waiter, index) in waiting.iter().zip(0..) {
            let name = waiter.record.as_ref().unwrap().product_name.clone();
            assert_eq!(name, Some(format!("waiter {index}")));
            assert_eq!(
                (waiter.place, waiter.command()),
                (index + 1, Some("install"))
            );
        }
        hold.release().unwrap();
        for index in 0..WAITERS {
            assert_eq!(order.recv().unwrap(), index);
        }
    });
}

#[test]
fn foreign_things_in_the_way_are_named() {
    type Spoil = fn(&Path);
    let cases: [(Spoil, &str); 6] = [
        (
            |gate| std::fs::create_dir_all(gate.join("lock")).unwrap(),
            "gate/lock: expected a file, found a folder",
        ),
        (
            |gate| {
                std::fs::create_dir_all(gate).unwrap();
                std::os::unix::fs::symlink("elsewhere", gate.join("lock")).unwrap();
            },
            "gate/lock: expected a file, found a symbolic link",
        ),
        (
            |gate| {
                std::fs::create_dir_all(gate).unwrap();
                let mode = rustix::fs::Mode::from_raw_mode(0o666);
                rustix::fs::mkfifoat(rustix::fs::CWD, gate.join("lock"), mode).unwrap();
            },
            "gate/lock: expected a file, found a named pipe",
        ),
        (
            |gate| {
                std::fs::create_dir_all(gate.parent().unwrap()).unwrap();
                std::fs::write(gate, "").unwrap();
            },
            "gate: expected a folder, found a file",
        ),
        (
            |gate| {
                std::fs::create_dir_all(gate.parent().unwrap()).unwrap();
                std::os::unix::fs::symlink("/tmp", gate).unwrap();
            },
            "gate: expected a folder, found a symbolic link",
        ),
        (
            |gate| {
                std::fs::create_dir_all(gate.parent().unwrap()).unwrap();
                std::os::unix::fs::symlink("nowhere", gate).unwrap();
            },
            "gate: expected a folder, found a symbolic link",
        ),
    ];
    for (spoil, expected) in cases {
        let folder = TempDir::new().unwrap();
        let gate = gate_in(&folder);
        spoil(gate.folder());
        let Probe::Unknown { reason } = gate.probe() else {
            panic!("{expected}: taken for known");
        };
        assert!(reason.to_string().ends_with(expected), "{reason}");
        let Err(TakeError::Surroundings(reason)) = take(&gate, "Contoso", Wait::Forever) else {
            panic!("{expected}: not refused");
        };
        assert!(reason.to_string().ends_with(expected), "{reason}");
    }
}

#[test]
fn foreign_things_in_the_queue_do_not_stop_it() {
    let folder = TempDir::new().unwrap();
    let gate = gate_in(&folder);
    let queue = gate.folder().join("queue");
    std::fs::create_dir_all(queue.join("7")).unwrap();
    std::fs::write(queue.join("3"), "a file").unwrap();
    std::fs::write(queue.join("4.json"), "an orphan").unwrap();
    std::fs::create_dir(queue.join("9.json")).unwrap();
    std::fs::write(queue.join("notes"), "a stranger's").unwrap();
    std::fs::write(queue.join("0"), "a file").unwrap();
    let hold = take(&gate, "Contoso", Wait::No).unwrap();
    assert_eq!(hold.holder().ticket, 0);
    let cancel = Cancel::new().unwrap();
    let waited = gate.take(&taker("Fabrikam"), Wait::Forever, &cancel, &mut |_| {
        let waiting = gate.waiting().unwrap();
        assert_eq!(waiting[0].record.as_ref().unwrap().ticket, 10);
        cancel.cancel();
        None
    });
    assert_eq!(waited.err().unwrap().code(), 1602);
    assert!(!queue.join("3").exists() && !queue.join("4.json").exists());
    assert!(queue.join("notes").exists() && queue.join("7").exists());

    std::fs::create_dir(queue.join(u64::MAX.to_string())).unwrap();
    assert!(matches!(
        take(&gate, "Contoso", Wait::Forever),
        Err(TakeError::Surroundings(Surroundings::TicketsUsedUp { .. }))
    ));
    drop(hold);
    std::fs::remove_file(queue.join("0")).unwrap();
    std::fs::create_dir(queue.join("0")).unwrap();
    let Err(TakeError::Surroundings(reason)) = take(&gate, "Contoso", Wait::Forever) else {
        panic!("not refused");
    };
    let expected = "queue/0: expected a named pipe, found a folder";
    assert!(reason.to_string().ends_with(expected), "{reason}");
    assert!(matches!(gate.probe(), Probe::Free));
}

#[test]
fn what_a_stranger_writes_into_a_ticket_wakes_nobody() {
    let folder = TempDir::new().unwrap();
    let gate = gate_in(&folder);
    let hold = take(&gate, "Contoso", Wait::No).unwrap();
    let ticket = gate
        .folder()
        .join(format!("queue/{}", hold.holder().ticket));
    let mut calls = 0;
    let refused = gate.take(
        &taker("Fabrikam"),
        Wait::For(Duration::from_millis(20)),
        &Cancel::never(),
        &mut |_| {
            calls += 1;
            std::fs::write(&ticket, "knock").unwrap();
            None
        },
    );
    assert_eq!((refused.err().unwrap().code(), calls), (1618, 1));
}

/// Root may write everywhere: then a copy of this program does the same test as nobody.
fn is_done_as_nobody(test: &str) -> bool {
    use std::os::unix::process::CommandExt;
    if !rustix::process::geteuid().is_root() {
        return false;
    }
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    let command = command.args(["--exact", test]).uid(65534).gid(65534);
    match command.status() {
        Ok(status) => assert!(status.success(), "{test}, as nobody"),
        // A folder that only root may enter.
        Err(error) => eprintln!("skipped: root may write everywhere, and {error}"),
    }
    true
}

#[test]
fn a_folder_that_may_not_be_written_is_told() {
    if is_done_as_nobody("a_folder_that_may_not_be_written_is_told") {
        return;
    }
    let folder = TempDir::new().unwrap();
    let gate = gate_in(&folder);
    let set_mode = |path: &Path, mode: u32| {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
        std::fs::set_permissions(path, mode).unwrap();
    };
    set_mode(folder.path(), 0o555);
    let is_told = |result| {
        matches!(
            result,
            Err(TakeError::Surroundings(Surroundings::NotPermitted { .. }))
        )
    };
    assert!(is_told(take(&gate, "Contoso", Wait::Forever)));
    assert!(matches!(gate.probe(), Probe::Free), "nothing is there");
    set_mode(folder.path(), 0o755);

    drop(take(&gate, "Contoso", Wait::No).unwrap());
    // Who comes in at once needs no file of its own there; who queues does.
    set_mode(&gate.folder().join("queue"), 0o555);
    let hold = take(&gate, "Contoso", Wait::No).unwrap();
    assert!(is_told(take(&gate, "Fabrikam", Wait::Forever)));
    hold.release().unwrap();
    // Another user's pipe cannot be opened, and need not be.
    set_mode(&gate.folder().join("queue/0"), 0o444);
    assert!(is_told(take(&gate, "Contoso", Wait::Forever)));
    assert!(matches!(gate.probe(), Probe::Free));
    set_mode(&gate.folder().join("queue"), 0o755);
    drop(take(&gate, "Contoso", Wait::Forever).unwrap());
    for mode in [0o444, 0o000] {
        set_mode(&gate.folder().join("lock"), mode);
        assert!(is_told(take(&gate, "Contoso", Wait::Forever)));
        assert_eq!(matches!(gate.probe(), Probe::Free), mode == 0o444);
    }
    assert!(matches!(
        gate.probe(),
        Probe::Unknown {
            reason: Surroundings::NotPermitted { .. }
        }
    ));
}

#[test]
fn a_strangers_lock_is_held_by_nobody_known() {
    let folder = TempDir::new().unwrap();
    let gate = gate_in(&folder);
    drop(take(&gate, "Contoso", Wait::No).unwrap());
    let mut options = std::fs::File::options();
    let lock = options
        .read(true)
        .write(true)
        .open(gate.folder().join("lock"))
        .unwrap();
    lock.lock().unwrap();
    // flock and fcntl locks do not see each other: that is why the gate has one kind only.
    assert!(matches!(gate.probe(), Probe::Free));
    for (kind, start) in [(libc::F_RDLCK, 0), (libc::F_WRLCK, 1)] {
        let range = libc::flock {
            l_type: kind as i16,
            l_whence: libc::SEEK_SET as i16,
            l_start: start,
            l_len: 9,
            l_pid: 0,
        };
        fcntl(&lock, FcntlArg::F_OFD_SETLK(&range)).unwrap();
        assert!(matches!(
            gate.probe(),
            Probe::Held {
                holder: None,
                generation: 0
            }
        ));
        for wait in [Wait::No, Wait::For(Duration::from_millis(1))] {
            let Err(error) = take(&gate, "Fabrikam", wait) else {
                panic!("two holders");
            };
            assert_eq!((error.code(), holder_name(&error)), (1618, None));
        }
        let range = libc::flock {
            l_type: libc::F_UNLCK as i16,
            ..range
        };
        fcntl(&lock, FcntlArg::F_OFD_SETLK(&range)).unwrap();
    }
}
