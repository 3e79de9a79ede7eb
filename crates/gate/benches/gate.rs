//! What the gate costs: `cargo bench -p msikit-gate`. Prints numbers and judges none.
//!
//! - *take + release* is `Gate::take` and `Hold::release` with the holder's record, as the engine uses them: again and
//!   again in one process, and as the first thing that a fresh process does.
//! - *bare* is what no gate could do without, on files that are open already: lock, write a record aside, put it in its
//!   place, unlock. It is measured by turns with the gate, so that the ratio says more than either number.
//! - A *hand-over* is the time from one holder's letting go to the next one's being in, with 200 waiters that queue in
//!   threads of their own.
//!
//! `$TMPDIR` says which disk.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a bench reads the clock, starts itself and prints"
)]

use gate::{Cancel, Gate, Hold, Taker, Wait};
use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const TAKES: usize = 20_000;
const PROCESSES: usize = 400;
const WAITERS: usize = 200;
const RUNS: usize = 10;
/// Names the folder and what to measure; set only for a process that this one started.
const CHILD: &str = "MSIKIT_GATE_BENCH_CHILD";

fn take(gate: &Gate, wait: Wait, mut queued: impl FnMut()) -> Hold {
    let who = Taker {
        product_name: Some("Contoso Tools".to_owned()),
        version: Some("1.2".to_owned()),
        command: "install".to_owned(),
        user: Some("alice".to_owned()),
        ..Taker::default()
    };
    let taken = gate.take(&who, wait, &Cancel::never(), &mut |_| {
        queued();
        None
    });
    taken.expect("nobody else is there, or all are waited for")
}

fn take_and_release(gate: &Gate) -> Duration {
    let begun = Instant::now();
    let hold = take(gate, Wait::No, || ());
    hold.release().expect("let go");
    begun.elapsed()
}

/// A lock and a record without a gate.
struct Bare {
    lock: File,
    /// The record and the one aside, by their names now.
    records: [File; 2],
    names: [std::path::PathBuf; 2],
    text: Vec<u8>,
}

impl Bare {
    fn in_folder(folder: &Path) -> Bare {
        let open = |name: &str| {
            let mut options = File::options();
            let options = options.write(true).create(true).truncate(false);
            options.open(folder.join(name)).expect("a file")
        };
        let records = ["bare.json", "bare.json.new"];
        Bare {
            lock: open("bare"),
            records: records.map(open),
            names: records.map(|name| folder.join(name)),
            text: vec![b' '; 1024],
        }
    }

    fn set(&self, kind: i32) {
        let range = libc::flock {
            l_type: kind as i16,
            l_whence: libc::SEEK_SET as i16,
            l_start: 0,
            l_len: 7,
            l_pid: 0,
        };
        fcntl(&self.lock, FcntlArg::F_OFD_SETLK(&range)).expect("nobody else has it");
    }

    fn take_and_release(&mut self) -> Duration {
        let begun = Instant::now();
        self.set(libc::F_WRLCK);
        self.records[1]
            .write_all_at(&self.text, 0)
            .expect("written");
        let [record, aside] = &self.names;
        renameat_with(CWD, aside, CWD, record, RenameFlags::EXCHANGE).expect("exchanged");
        self.set(libc::F_UNLCK);
        self.records.swap(0, 1);
        begun.elapsed()
    }
}

/// Returns the part at `share` (0 to 1) of the sorted times.
fn part(times: &mut [Duration], share: f64) -> Duration {
    times.sort_unstable();
    times[((times.len() - 1) as f64 * share) as usize]
}

fn tell(what: &str, gate: &mut [Duration], bare: &mut [Duration]) {
    let (median, high) = (part(gate, 0.5), part(gate, 0.99));
    let bare = part(bare, 0.5);
    println!(
        "take + release, {what}: median {median:?}, p99 {high:?}; bare {bare:?}, ratio {:.1}",
        median.as_secs_f64() / bare.as_secs_f64()
    );
}

fn again_and_again() {
    let folder = TempDir::new().expect("a folder");
    let gate = Gate::at(&folder.path().join("gate"));
    let mut bare = Bare::in_folder(folder.path());
    let (mut gates, mut bares): (Vec<_>, Vec<_>) = (0..TAKES)
        .map(|_| (take_and_release(&gate), bare.take_and_release()))
        .unzip();
    tell("again and again", &mut gates, &mut bares);
}

/// What a started copy of this program does: one thing, the first.
fn child(text: &str) {
    let (what, folder) = text.split_once(' ').expect("what and where");
    let folder = Path::new(folder);
    let took = match what {
        "gate" => take_and_release(&Gate::at(&folder.join("gate"))),
        _ => Bare::in_folder(folder).take_and_release(),
    };
    println!("{}", took.as_nanos());
}

fn in_a_fresh_process() {
    let folder = TempDir::new().expect("a folder");
    take_and_release(&Gate::at(&folder.path().join("gate")));
    Bare::in_folder(folder.path());
    let measure = |what: &str| {
        let program = std::env::current_exe().expect("this program");
        let text = format!("{what} {}", folder.path().display());
        let output = Command::new(program).env(CHILD, text).output();
        let output = output.expect("it runs").stdout;
        let nanoseconds = str::from_utf8(&output)
            .ok()
            .and_then(|text| text.trim().parse().ok());
        Duration::from_nanos(nanoseconds.expect("a number"))
    };
    let (mut gates, mut bares): (Vec<_>, Vec<_>) = (0..PROCESSES)
        .map(|_| (measure("gate"), measure("bare")))
        .unzip();
    tell("the first of a process", &mut gates, &mut bares);
}

fn probe() {
    let folder = TempDir::new().expect("a folder");
    let gate = Gate::at(folder.path());
    let hold = take(&gate, Wait::No, || ());
    let mut times: Vec<Duration> = (0..TAKES)
        .map(|_| {
            let begun = Instant::now();
            let _ = gate.probe();
            begun.elapsed()
        })
        .collect();
    drop(hold);
    println!("probe of a held gate: median {:?}", part(&mut times, 0.5));
}

/// Returns the times of all hand-overs of one queue.
fn hand_overs() -> Vec<Duration> {
    let folder = TempDir::new().expect("a folder");
    let gate = Gate::at(folder.path());
    let first = take(&gate, Wait::No, || ());
    let (moments, in_order) = channel();
    std::thread::scope(|scope| {
        for _ in 0..WAITERS {
            let (gate, moments) = (gate.clone(), moments.clone());
            let (queued, is_queued) = channel();
            scope.spawn(move || {
                let hold = take(&gate, Wait::Forever, || {
                    let _ = queued.send(());
                });
                let inside = Instant::now();
                let leaves = Instant::now();
                hold.release().expect("let go");
                let _ = moments.send((inside, leaves));
            });
            is_queued.recv().expect("it queues");
        }
        let mut left = Instant::now();
        first.release().expect("let go");
        drop(moments);
        let mut all: Vec<(Instant, Instant)> = in_order.iter().collect();
        all.sort_unstable();
        let mut times = Vec::new();
        for (inside, leaves) in all {
            times.push(inside - left);
            left = leaves;
        }
        times
    })
}

fn main() {
    if let Ok(text) = std::env::var(CHILD) {
        return child(&text);
    }
    again_and_again();
    in_a_fresh_process();
    probe();
    let mut highs: Vec<Duration> = (0..RUNS).map(|_| part(&mut hand_overs(), 0.99)).collect();
    let median = part(&mut highs, 0.5);
    println!("hand-over with {WAITERS} waiters: p99 {median:?} (median of {RUNS} runs: {highs:?})");
}
