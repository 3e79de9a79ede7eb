//! The gate between processes: this test program starts itself anew, as `child`, and kills what it likes.
//!
//! Everything is in step by pipes: a child says what it reached, and goes on when it is told to.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "tests start, kill and listen to children"
)]

use gate::{Cancel, Gate, Hold, Probe, Surroundings, TakeError, Taker, Wait};
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// Names the folder and the part to play; set only for a child.
const CHILD: &str = "MSIKIT_GATE_TEST_CHILD";

struct Actor {
    process: Child,
    orders: ChildStdin,
    reports: BufReader<ChildStdout>,
}

impl Actor {
    fn start(folder: &Path, part: &str) -> Actor {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child", "--nocapture", "--test-threads=1"])
            .env(CHILD, format!("{part} {}", folder.display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Actor {
            orders: process.stdin.take().unwrap(),
            reports: BufReader::new(process.stdout.take().unwrap()),
            process,
        }
    }

    /// Returns the next report; None when the child has ended.
    fn report(&mut self) -> Option<String> {
        let mut line = String::new();
        while self.reports.read_line(&mut line).unwrap() > 0 {
            if let Some((_, report)) = line.trim_end().split_once('@') {
                return Some(report.to_owned());
            }
            line.clear();
        }
        None
    }

    fn expect(&mut self, expected: &str) {
        assert_eq!(self.report().as_deref(), Some(expected));
    }

    fn order(&mut self, order: &str) {
        writeln!(self.orders, "{order}").unwrap();
    }

    fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    fn end(mut self) {
        assert!(self.process.wait().unwrap().success());
    }
}

fn report(text: &str) {
    println!("@{text}");
}

fn wait_for_order() {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
}

/// What a started copy of this program does; for everyone else, nothing.
#[test]
fn child() {
    let Ok(text) = std::env::var(CHILD) else {
        return;
    };
    let (part, folder) = text.split_once(' ').unwrap();
    let gate = Gate::at(Path::new(folder));
    match part {
        "wait" => wait(&gate),
        "crowd" => crowd(&gate),
        "no-descriptors" => no_descriptors(&gate),
        "many" => many(&gate),
        _ => panic!("{part}: no such part"),
    }
}

fn take(gate: &Gate, wait: Wait) -> Result<Hold, TakeError> {
    let who = Taker {
        command: "test".to_owned(),
        ..Taker::default()
    };
    gate.take(&who, wait, &Cancel::never(), &mut |_| None)
}

/// Queues, holds, and lets go when told to.
fn wait(gate: &Gate) {
    let mut is_queued = false;
    let mut observe = |_: &gate::WaitState| {
        if !std::mem::replace(&mut is_queued, true) {
            report("queued");
        }
        None
    };
    let hold = gate
        .take(
            &Taker::default(),
            Wait::Forever,
            &Cancel::never(),
            &mut observe,
        )
        .unwrap();
    report("held");
    wait_for_order();
    hold.release().unwrap();
    report("released");
}

/// Comes in many times, each time sure to be alone; by turns with and without patience.
fn crowd(gate: &Gate) {
    let inside = gate.folder().join("inside");
    let mut holds = 0;
    while holds < CROWD_HOLDS {
        let wait = match holds % 2 {
            0 => Wait::Forever,
            _ => Wait::No,
        };
        match take(gate, wait) {
            Ok(hold) => {
                drop(File::create_new(&inside).expect("alone inside"));
                std::fs::remove_file(&inside).unwrap();
                drop(hold);
                holds += 1;
            }
            Err(TakeError::AlreadyRunning { .. }) if wait == Wait::No => holds += 1,
            Err(error) => panic!("{error}"),
        }
    }
}

/// Tries with room for no file, one file, two, …: each open in turn is the one that fails.
fn no_descriptors(gate: &Gate) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let maximum = getrlimit(Resource::Nofile).maximum;
    let mut refusals = 0;
    let limit = |room| {
        let current = Some(room);
        setrlimit(Resource::Nofile, Rlimit { current, maximum }).unwrap();
    };
    for room in 0..64 {
        limit(room);
        match gate.probe() {
            Probe::Free => {}
            Probe::Unknown {
                reason: Surroundings::TooManyFiles { .. },
            } => refusals += 1,
            other => panic!("with room for {room}: {other:?}"),
        }
        match take(gate, Wait::No) {
            Ok(hold) => hold.release().unwrap(),
            Err(TakeError::Surroundings(Surroundings::TooManyFiles { .. })) => refusals += 1,
            Err(error) => panic!("with room for {room}: {error}"),
        }
    }
    assert!(refusals > 8, "only {refusals}");
    limit(1024);
    let hold = take(gate, Wait::No).unwrap();
    let mut refusals = 0;
    for room in 0..64 {
        limit(room);
        match take(gate, Wait::For(Duration::from_micros(100))) {
            Err(TakeError::AlreadyRunning { .. }) => {}
            Err(TakeError::Surroundings(Surroundings::TooManyFiles { .. })) => refusals += 1,
            other => panic!("with room for {room}: {:?}", other.err()),
        }
    }
    assert!(refusals > 8, "only {refusals} as a waiter");
    limit(1024);
    hold.release().unwrap();
    take(gate, Wait::No).unwrap().release().unwrap();
    let queue = gate.folder().join("queue").read_dir().unwrap();
    assert_eq!(queue.count(), 2, "only the lock and ticket 0");
    report("told");
}

/// Waits many times over, in threads, with as many open files as a user's process may have by default.
fn many(gate: &Gate) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    const WAITERS: usize = 300;
    let maximum = getrlimit(Resource::Nofile).maximum;
    let current = Some(1024);
    setrlimit(Resource::Nofile, Rlimit { current, maximum }).unwrap();
    let first = take(gate, Wait::No).unwrap();
    let (turns, order) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        for number in 0..WAITERS {
            let (queued, is_queued) = std::sync::mpsc::channel();
            let turns = turns.clone();
            scope.spawn(move || {
                let mut wakes = 0;
                let mut observe = |_: &gate::WaitState| {
                    wakes += 1;
                    let _ = queued.send(());
                    None
                };
                let who = Taker::default();
                let hold = gate.take(&who, Wait::Forever, &Cancel::never(), &mut observe);
                turns.send((number, wakes)).unwrap();
                hold.unwrap().release().unwrap();
            });
            is_queued.recv().unwrap();
        }
        assert_eq!(gate.waiting().unwrap().len(), WAITERS);
        first.release().unwrap();
        // In order, and each is asked to look once: when it came. It is woken once, and then has its turn.
        for number in 0..WAITERS {
            assert_eq!(order.recv().unwrap(), (number, 1));
        }
    });
    report("all");
}

const CROWD: usize = 6;
const CROWD_HOLDS: usize = 60;

#[test]
fn a_crowd_of_processes_is_never_two_inside() {
    let folder = TempDir::new().unwrap();
    let crowd: Vec<Actor> = (0..CROWD)
        .map(|_| Actor::start(folder.path(), "crowd"))
        .collect();
    crowd.into_iter().for_each(Actor::end);
    assert!(matches!(Gate::at(folder.path()).probe(), Probe::Free));
}

#[test]
fn a_long_queue_is_served_in_order_whoever_dies() {
    const WAITERS: usize = 100;
    let folder = TempDir::new().unwrap();
    let gate = Gate::at(folder.path());
    let first = take(&gate, Wait::No).unwrap();
    let mut queue: Vec<(usize, Actor)> = (0..WAITERS)
        .map(|number| {
            let mut actor = Actor::start(folder.path(), "wait");
            actor.expect("queued");
            (number, actor)
        })
        .collect();
    assert_eq!(gate.waiting().unwrap().len(), WAITERS);
    // Every fifth dies while it waits: neighbours too, the first and the last.
    let dies = |number: usize| number % 10 < 2 || number == WAITERS - 1;
    let (dead, live): (Vec<_>, Vec<_>) = queue.drain(..).partition(|(number, _)| dies(*number));
    dead.into_iter().for_each(|(_, actor)| actor.kill());
    assert_eq!(gate.waiting().unwrap().len(), live.len());
    first.release().unwrap();
    for (turn, (_, mut actor)) in live.into_iter().enumerate() {
        actor.expect("held");
        assert!(
            matches!(gate.probe(), Probe::Held { holder: Some(holder), .. }
            if holder.pid == actor.process.id())
        );
        // And every seventh as the holder.
        if turn % 7 == 6 {
            actor.kill();
            continue;
        }
        actor.order("release");
        actor.expect("released");
        actor.end();
    }
    assert!(matches!(gate.probe(), Probe::Free));
}

#[test]
fn a_killed_holder_lets_go() {
    let folder = TempDir::new().unwrap();
    let gate = Gate::at(folder.path());
    let mut actor = Actor::start(folder.path(), "wait");
    actor.expect("held");
    let Err(TakeError::AlreadyRunning { holder, .. }) = take(&gate, Wait::No) else {
        panic!("not refused");
    };
    let pid = actor.process.id();
    assert_eq!(holder.unwrap().pid, pid);
    actor.kill();
    assert!(matches!(gate.probe(), Probe::Free));
    // Its record is still there, and names nobody.
    assert!(gate.folder().join("holder.json").exists());
    take(&gate, Wait::No).unwrap().release().unwrap();
}

/// Comes in that many times without patience; returns how often that was refused.
fn refusals(gate: &Gate, takes: usize) -> usize {
    (0..takes).filter(|_| take(gate, Wait::No).is_err()).count()
}

const PROBES: usize = 10_000;

/// Probes that often while a taker without patience comes in again and again; returns how often it is refused.
fn refusals_while(probe: impl Fn(&Gate)) -> usize {
    let folder = TempDir::new().unwrap();
    let gate = Gate::at(folder.path());
    let over = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let taker = scope.spawn(|| {
            let mut refused = 0;
            while !over.load(std::sync::atomic::Ordering::SeqCst) {
                refused += refusals(&gate, 1);
            }
            refused
        });
        (0..PROBES).for_each(|_| probe(&gate));
        over.store(true, std::sync::atomic::Ordering::SeqCst);
        taker.join().unwrap()
    })
}

#[test]
fn probes_cause_no_refusal() {
    let refused = refusals_while(|gate| {
        if let Probe::Unknown { reason } = gate.probe() {
            panic!("{reason}");
        }
        gate.waiting().unwrap();
    });
    assert_eq!(refused, 0, "only probes were there");
}

/// As toolkits do that wait for the mutex with no time to see whether they get it.
#[test]
fn a_probe_that_takes_the_lock_would_be_found() {
    let folder = TempDir::new().unwrap();
    let gate = Gate::at(folder.path());
    assert_eq!(refusals(&gate, 1), 0);
    let path = gate.folder().join("lock");
    let lock = File::options().write(true).open(path).unwrap();
    let set = |kind| {
        let range = nix::libc::flock {
            l_type: kind as i16,
            l_whence: nix::libc::SEEK_SET as i16,
            l_start: 0,
            l_len: 0,
            l_pid: 0,
        };
        nix::fcntl::fcntl(&lock, nix::fcntl::FcntlArg::F_OFD_SETLK(&range)).unwrap();
    };
    set(nix::libc::F_WRLCK);
    assert_eq!(refusals(&gate, 1), 1, "in the moment of the probe");
    // Not by closing it: a child that another test is just starting has the descriptor, too, until it is another program.
    set(nix::libc::F_UNLCK);
    assert_eq!(refusals(&gate, 1), 0);
}

#[test]
fn a_process_without_descriptors_is_told_so() {
    let folder = TempDir::new().unwrap();
    drop(take(&Gate::at(folder.path()), Wait::No).unwrap());
    let mut actor = Actor::start(folder.path(), "no-descriptors");
    actor.expect("told");
    actor.end();
}

#[test]
fn three_hundred_wait_within_a_users_limits() {
    let folder = TempDir::new().unwrap();
    let mut actor = Actor::start(folder.path(), "many");
    actor.expect("all");
    actor.end();
}

#[test]
fn starting_programs_does_not_keep_the_gate() {
    let folder = TempDir::new().unwrap();
    let gate = Gate::at(folder.path());
    std::thread::scope(|scope| {
        let taker = scope.spawn(|| refusals(&gate, 300));
        while !taker.is_finished() {
            Command::new("true").status().unwrap();
        }
        assert_eq!(
            taker.join().unwrap(),
            0,
            "only starting programs were there"
        );
    });
    // A program that the holder started does not have the lock or the ticket.
    let hold = take(&gate, Wait::No).unwrap();
    let mut sleeper = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
    hold.release().unwrap();
    take(&gate, Wait::No).unwrap().release().unwrap();
    drop(sleeper.stdin.take());
    sleeper.wait().unwrap();
}
