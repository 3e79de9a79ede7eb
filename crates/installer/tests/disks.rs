//! Packages that come on several disks: whoever watches is asked for the one that is not there, and everybody can see it.
//!
//! Follows: Microsoft, "--MsiPromptForCD Mutex", "DiskPrompt Property", "Media Table", message 1302.
#![allow(
    clippy::disallowed_methods,
    reason = "packages lie in a folder of the host"
)]

mod bench;

use std::path::PathBuf;

use bench::{Bench, command};
use gate::{Cancel, Gate, Probe};
use installer::{Buttons, HolderReport, Installer, Intent, Log, Message, Question, Report, Ui};
use machine::{MemoryDisk, Tree};

const FILES: &str = "
    product Greeter 1.0.0
    file hello.txt in Main: Hello, world
    file more.txt in Extra: More
    Media: 1 | 1 | the first disk | | GREETER1 |
    Media: 2 | 2 | the second disk | | GREETER2 |
    Property: DiskPrompt | Greeter, [1]
    Error: 1302 | Put in: [2]
";

const CABINET: &str = "
    product Greeter 1.0.0
    file hello.txt in Main: Hello, world
    cabinet
    Media: 1 | 1 | the only disk | files.cab | GREETER |
";

/// Lays the parts of a source that are away where they belong, one each time it is asked.
struct Inserter {
    gate: Gate,
    away: Vec<(PathBuf, PathBuf)>,
    answer: bool,
    cancel: Option<Cancel>,
    asked: Vec<Question>,
}

impl Ui for Inserter {
    fn message(&mut self, _: &Message) {}
    fn progress(&mut self, _: u64, _: u64) {}
    fn waiting(&mut self, _: Option<&HolderReport>, _: u64) {}

    fn agrees(&mut self, question: &Question) -> bool {
        assert_eq!(question.buttons, Buttons::RetryCancel);
        self.asked.push(question.clone());
        if question.number != 1302 {
            return false;
        }
        assert!(
            self.gate.is_asked_for_disk().unwrap(),
            "F10: it can be seen"
        );
        assert!(matches!(self.gate.probe(), Probe::Held { .. }));
        let status = installer::status(&self.gate, self.gate.folder());
        assert!(status.asks_for_disk);
        if let Some((from, to)) = self.away.pop() {
            std::fs::rename(from, to).unwrap();
        }
        if let Some(cancel) = &self.cancel {
            cancel.cancel();
        }
        self.answer
    }
}

/// A package, some files of which are away.
struct Parted {
    bench: Bench,
    target: String,
    ui: Inserter,
}

fn parted(text: &str, away: &[(&str, &str)]) -> Parted {
    let bench = Bench::new();
    let target = bench.package("greeter", text);
    let move_away = |(from, to): &(&str, &str)| {
        let (name, to) = (to.replace('/', "-"), bench.path("greeter").join(to));
        let aside = bench.path(&format!("away-{name}"));
        std::fs::rename(bench.path("greeter").join(from), &aside).unwrap();
        (aside, to)
    };
    let ui = Inserter {
        gate: Gate::at(&bench.path("gate")),
        away: away.iter().rev().map(move_away).collect(),
        answer: true,
        cancel: None,
        asked: Vec::new(),
    };
    Parted { bench, target, ui }
}

impl Parted {
    fn install(&mut self, before: &MemoryDisk) -> (Report, MemoryDisk, String) {
        let (mut tree, host) = (Tree::open(before.clone()).unwrap(), bench::host());
        let cancel = self.ui.cancel.clone().unwrap_or_else(Cancel::never);
        let mut installer = Installer {
            gate: Some(self.ui.gate.clone()),
            cancel,
            ..self.bench.installer(&mut tree, &host)
        };
        let command = command(Intent::Install, &self.target);
        let report = installer.run(&command, &mut self.ui, &mut Log::none(&host));
        assert!(!self.ui.gate.is_asked_for_disk().unwrap());
        let names = self.ui.asked.iter().map(|disk| format!("{}; ", disk.text));
        let names = names.collect();
        (report, tree.into_disk(), names)
    }
}

#[test]
fn each_disk_that_is_not_there_is_asked_for_in_the_packages_words() {
    let folder = "Greeter";
    let away = ["hello.txt", "more.txt"].map(|name| format!("{folder}/{name}"));
    let away = [(&*away[0], &*away[0]), (&*away[1], &*away[1])];
    let mut parted = parted(FILES, &away);
    let before = parted.bench.machine();
    let (report, after, asked) = parted.install(&before);
    assert_eq!((report.code, &report.message), (0, &None));
    let expected = "Put in: Greeter, the first disk; Put in: Greeter, the second disk; ";
    assert_eq!(asked, expected);
    let snapshot = parted.bench.snapshot(&after);
    let there = snapshot.iter().any(|line| line.contains("more.txt"));
    assert!(there, "{snapshot:?}");
}

#[test]
fn a_cabinet_is_asked_for_until_it_is_there() {
    let mut parted = parted(CABINET, &[("_Streams/files.cab", "files.cab")]);
    let aside = parted.ui.away[0].clone();
    // The first time the wrong disk is put in.
    let wrong = parted.bench.path("wrong");
    std::fs::write(&wrong, "").unwrap();
    parted.ui.away = vec![aside, (wrong, parted.bench.path("greeter/other.cab"))];
    let before = parted.bench.machine();
    let (report, _, asked) = parted.install(&before);
    assert_eq!((report.code, &report.message), (0, &None));
    assert_eq!(
        asked
            .matches("Please insert the disk: the only disk (")
            .count(),
        2,
        "{asked}"
    );
}

#[test]
fn who_calls_it_off_gets_1602_and_the_machine_as_it_was() {
    let mut parted = parted(CABINET, &[("_Streams/files.cab", "files.cab")]);
    parted.ui.away.clear();
    parted.ui.cancel = Some(Cancel::new().unwrap());
    let before = parted.bench.machine();
    let (report, after, _) = parted.install(&before);
    assert_eq!(report.code, 1602, "{report:?}");
    let snapshot = |disk| parted.bench.snapshot(disk);
    assert_eq!(snapshot(&after), snapshot(&before));
}

#[test]
fn where_nobody_looks_again_it_fails_for_what_is_missing() {
    let mut parted = parted(CABINET, &[("_Streams/files.cab", "files.cab")]);
    parted.ui.away.clear();
    parted.ui.answer = false;
    let before = parted.bench.machine();
    let (report, ..) = parted.install(&before);
    assert_eq!(report.code, 1603, "{report:?}");
    assert!(report.message.unwrap().contains("files.cab"));
    assert_eq!(parted.ui.asked.len(), 1);
}

#[test]
fn a_package_that_comes_on_no_disks_asks_for_the_cabinet_itself() {
    let text = CABINET.replace("the only disk", "");
    let mut parted = parted(&text, &[("_Streams/files.cab", "files.cab")]);
    let before = parted.bench.machine();
    let (report, ..) = parted.install(&before);
    assert_eq!((report.code, parted.ui.asked[0].number), (1603, 1311));
}
