//! Crashes a piece of work at every one of its effects, and recovery at every one of *its* effects, and
//! compares what is left with before and after, byte for byte.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use machine::{Attributes, MemoryDisk, MemoryEntry};

use crate::{CrashDisk, Fault};

/// What can be said of a failure in work or recovery: any error's text.
pub type WorkError = Box<dyn std::error::Error>;

/// Work on a machine's disk, as a process would do it: it opens the machine and lets go of it at the end.
pub type Work<'a> = &'a dyn Fn(CrashDisk) -> Result<(), WorkError>;

/// What is crashed.
#[derive(Clone, Copy)]
pub struct Scenario<'a> {
    /// The disk before, all of it durable.
    pub before: &'a MemoryDisk,
    /// The work. If it fails where nothing went wrong with the disk, it undoes itself: a rollback.
    pub work: Work<'a>,
    /// What the next process does first: recovers, and tidies what it found.
    pub recover: Work<'a>,
    /// States between before and after that are allowed too: ends of transactions inside the work.
    pub between: &'a [MemoryDisk],
}

/// One crash whose end was wrong.
#[derive(Clone, Debug)]
pub struct Finding {
    /// How it came about.
    pub crash: String,
    /// What is wrong.
    pub what: String,
}

/// What a sweep did and found.
#[derive(Clone, Debug, Default)]
pub struct Sweep {
    /// Effects of the work when nothing goes wrong.
    pub effects: u64,
    /// Disks that were recovered.
    pub recoveries: usize,
    /// How many of them ended as before.
    pub before: usize,
    /// How many of them ended as after, and not as before.
    pub after: usize,
    /// Those that ended otherwise, the first few.
    pub findings: Vec<Finding>,
}

/// No more findings than this are kept.
const FINDINGS_MAX: usize = 10;

impl Sweep {
    /// Panics if there are findings, or if the sweep did not crash on both sides of the commit point.
    #[track_caller]
    pub fn assert_clean(&self) {
        assert!(self.findings.is_empty(), "{self}");
        assert!(
            self.before > 0 && self.recoveries > 0,
            "nothing was undone: {self}"
        );
    }
}

impl fmt::Display for Sweep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Sweep {
            effects,
            recoveries,
            before,
            after,
            ..
        } = self;
        writeln!(
            f,
            "{effects} effects, {recoveries} recoveries: {before} before, {after} after"
        )?;
        self.findings
            .iter()
            .try_for_each(|Finding { crash, what }| writeln!(f, "{crash}: {what}"))
    }
}

/// Crashes the work at every effect: by kill, by kill in the midst of a write, by power loss; and fails each
/// effect once. After each, recovers; crashes recovery at every effect too, and recovers again.
///
/// Panics if the work leaves the machine unfinished when nothing goes wrong.
pub fn crash_at_every_effect(scenario: &Scenario<'_>) -> Sweep {
    let whole = CrashDisk::new(scenario.before.clone(), Fault::None);
    let done = (scenario.work)(whole.clone()).is_ok();
    let after = whole.after_kill();
    let mut sweeping = Sweeping {
        scenario,
        before: visible(scenario.before),
        after: visible(&after),
        between: scenario.between.iter().map(visible).collect(),
        sweep: Sweep {
            effects: whole.effects(),
            ..Sweep::default()
        },
    };
    sweeping.end_of_work(&whole, done);
    for at in 1..=whole.effects() {
        sweeping.kill(at);
        sweeping.cut_power(at);
        sweeping.fail(at);
    }
    sweeping.sweep
}

/// Which ends are right.
#[derive(Clone, Copy, PartialEq)]
enum Allowed {
    /// Before, after, and what is between.
    Both,
    /// The work said that it was done.
    After,
}

struct Sweeping<'a> {
    scenario: &'a Scenario<'a>,
    before: Visible,
    after: Visible,
    between: Vec<Visible>,
    sweep: Sweep,
}

impl Sweeping<'_> {
    /// Once the work says that it is done, a power loss takes nothing back.
    fn end_of_work(&mut self, disk: &CrashDisk, done: bool) {
        assert!(
            leftovers(&disk.after_kill(), &["active"]).is_empty(),
            "the work left its journal"
        );
        if done {
            assert!(self.after != self.before, "the work changed nothing");
        }
        for survivor in disk.after_power_loss(0) {
            self.recover("power loss after the end", survivor, Allowed::After);
        }
    }

    fn kill(&mut self, at: u64) {
        for fault in [Fault::Die(at), Fault::DieTorn(at)] {
            let disk = CrashDisk::new(self.scenario.before.clone(), fault);
            // That the work failed is the point.
            let _ = (self.scenario.work)(disk.clone());
            let crash = format!("{fault:?}");
            self.recover(&crash, disk.after_kill(), Allowed::Both);
            if fault == Fault::Die(at) {
                self.crash_recovery(&crash, &disk.after_kill(), at);
            }
        }
    }

    fn cut_power(&mut self, at: u64) {
        let disk = CrashDisk::new(self.scenario.before.clone(), Fault::DieTorn(at));
        let _ = (self.scenario.work)(disk.clone());
        for (number, survivor) in disk.after_power_loss(at).into_iter().enumerate() {
            let crash = format!("power loss at {at}, survivor {number}");
            if number == 0 {
                self.crash_recovery(&crash, &survivor, at);
            }
            self.recover(&crash, survivor, Allowed::Both);
        }
    }

    fn fail(&mut self, at: u64) {
        let disk = CrashDisk::new(self.scenario.before.clone(), Fault::FailOnce(at));
        let done = (self.scenario.work)(disk.clone()).is_ok();
        let allowed = if done { Allowed::After } else { Allowed::Both };
        self.recover(&format!("failure at {at}"), disk.after_kill(), allowed);
    }

    /// Crashes recovery of `survivor` at every effect, then recovers what is left.
    fn crash_recovery(&mut self, crash: &str, survivor: &MemoryDisk, seed: u64) {
        let whole = CrashDisk::new(survivor.clone(), Fault::None);
        // Whether it succeeds is for `recover` to say.
        let _ = (self.scenario.recover)(whole.clone());
        for at in 1..=whole.effects() {
            let disk = CrashDisk::new(survivor.clone(), Fault::DieTorn(at));
            let _ = (self.scenario.recover)(disk.clone());
            let crash = format!("{crash}, then recovery killed at {at}");
            self.recover(&crash, disk.after_kill(), Allowed::Both);
            // One power loss a time, another each time.
            let survivors = disk.after_power_loss(seed + at);
            let chosen = (seed + at) as usize % survivors.len();
            if let Some(survivor) = survivors.into_iter().nth(chosen) {
                self.recover(&format!("{crash} by power loss"), survivor, Allowed::Both);
            }
        }
    }

    fn recover(&mut self, crash: &str, survivor: MemoryDisk, allowed: Allowed) {
        let disk = CrashDisk::new(survivor, Fault::None);
        self.sweep.recoveries += 1;
        if let Err(error) = (self.scenario.recover)(disk.clone()) {
            return self.find(crash, format!("recovery fails: {error}"));
        }
        let left = disk.after_kill();
        let journals = leftovers(&left, &["active", "committed-", "undone-"]);
        if !journals.is_empty() {
            return self.find(crash, format!("recovery leaves {journals:?}"));
        }
        let left = visible(&left);
        if left == self.before && (allowed == Allowed::Both || self.before == self.after) {
            self.sweep.before += 1;
        } else if left == self.after || allowed == Allowed::Both && self.between.contains(&left) {
            self.sweep.after += 1;
        } else {
            let what = format!(
                "neither before nor after; from before:\n{}from after:\n{}",
                difference(&self.before, &left),
                difference(&self.after, &left)
            );
            self.find(crash, what);
        }
    }

    fn find(&mut self, crash: &str, what: String) {
        if self.sweep.findings.len() < FINDINGS_MAX {
            self.sweep.findings.push(Finding {
                crash: crash.to_owned(),
                what,
            });
        }
    }
}

/// Returns how what a machine's user sees differs, a line a path; "" where it does not.
/// msikit's own folder is left out; hives are files and compared byte for byte.
pub fn differences(expected: &MemoryDisk, found: &MemoryDisk) -> String {
    difference(&visible(expected), &visible(found))
}

/// What a machine's user sees: everything but msikit's own folder. Hives are files, so they are in it.
type Visible = BTreeMap<String, Seen>;

#[derive(Clone, Debug, PartialEq)]
enum Seen {
    Folder(Attributes),
    File(Arc<Vec<u8>>, Attributes, SystemTime),
    Link(String),
}

fn visible(disk: &MemoryDisk) -> Visible {
    let own = |path: &str| path == ".msikit" || path.starts_with(".msikit/");
    let entries = disk.entries().filter(|(path, _)| !own(path));
    entries
        .map(|(path, entry)| {
            let seen = match entry {
                MemoryEntry::Folder(attributes) => Seen::Folder(attributes),
                MemoryEntry::File(bytes, attributes, modified) => {
                    Seen::File(bytes, attributes, modified)
                }
                MemoryEntry::Link(target) => Seen::Link(target.to_owned()),
            };
            (path.to_owned(), seen)
        })
        .collect()
}

/// Returns what of these names is left in the journal's folder.
fn leftovers(disk: &MemoryDisk, names: &[&str]) -> Vec<String> {
    let journals = disk
        .entries()
        .filter_map(|(path, _)| path.strip_prefix(".msikit/journal/"));
    journals
        .filter(|path| names.iter().any(|name| path.starts_with(name)))
        .map(str::to_owned)
        .collect()
}

fn difference(expected: &Visible, found: &Visible) -> String {
    let mut lines = String::new();
    for (path, seen) in expected {
        match found.get(path) {
            Some(other) if other == seen => {}
            Some(_) => lines += &format!("  other: {path}\n"),
            None => lines += &format!("  missing: {path}\n"),
        }
    }
    for path in found.keys().filter(|path| !expected.contains_key(*path)) {
        lines += &format!("  more: {path}\n");
    }
    lines
}
