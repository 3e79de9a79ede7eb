//! What the gate costs: `cargo bench -p msikit-gate`. Prints numbers and judges none.
//!
//! `take + release` is with the holder's record. A hand-over is the time from one holder's letting go to the
//! next one's being in, with 200 waiters that queue in threads of their own. `$TMPDIR` says which disk.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a bench reads the clock and prints"
)]

use gate::{Cancel, Gate, Hold, Taker, Wait};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const TAKES: usize = 20_000;
const WAITERS: usize = 200;
const RUNS: usize = 10;

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

/// Returns the part at `share` (0 to 1) of the sorted times.
fn part(times: &mut [Duration], share: f64) -> Duration {
    times.sort_unstable();
    times[((times.len() - 1) as f64 * share) as usize]
}

fn take_and_release() {
    let folder = TempDir::new().expect("a folder");
    let gate = Gate::at(folder.path());
    let mut times: Vec<Duration> = (0..TAKES)
        .map(|_| {
            let begun = Instant::now();
            let hold = take(&gate, Wait::No, || ());
            hold.release().expect("let go");
            begun.elapsed()
        })
        .collect();
    let (median, high) = (part(&mut times, 0.5), part(&mut times, 0.99));
    println!("take + release: median {median:?}, p99 {high:?} ({TAKES} times)");
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
    take_and_release();
    probe();
    let mut highs: Vec<Duration> = (0..RUNS).map(|_| part(&mut hand_overs(), 0.99)).collect();
    let median = part(&mut highs, 0.5);
    println!("hand-over with {WAITERS} waiters: p99 {median:?} (median of {RUNS} runs: {highs:?})");
}
