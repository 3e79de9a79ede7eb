//! Several packages with user interfaces: alone in its process, for a user interface keeps all other installs of the
//! process out.
//!
//! Follows: Microsoft, "Multiple-Package Installations", "_MSIExecute Mutex".
#![allow(
    clippy::disallowed_methods,
    reason = "packages lie in a folder of the host"
)]

mod bench;

use bench::{Bench, command, host};
use gate::{Cancel, Probe, Wait};
use installer::{
    Command, HolderReport, Installer, Intent, Log, Message, MessageKind, Silent, Ui, UiLevel,
};
use machine::Tree;

fn package(bench: &Bench, name: &str, more: &str) -> Command {
    let text = format!("product {name} 1.0.0\nfile {name}.txt in {name}Main: {name}\n{more}");
    command(Intent::Install, &bench.package(name, &text))
}

/// Watches the gate while the packages' user interfaces run, and calls the second one off.
struct Watching<'a> {
    bench: &'a Bench,
    held: Vec<(String, bool)>,
    cancel: Cancel,
    cancels: Option<&'a str>,
}

impl Ui for Watching<'_> {
    fn message(&mut self, message: &Message) {
        if let (MessageKind::ActionStart, Some(action)) = (message.kind, &message.action) {
            let held = matches!(self.bench.gate().probe(), Probe::Held { .. });
            self.held.push((action.name.clone(), held));
            if self.cancels == Some(action.name.as_str()) {
                self.cancel.cancel();
            }
        }
    }
    fn progress(&mut self, _: u64, _: u64) {}
    fn waiting(&mut self, _: Option<&HolderReport>, _: u64) {}
}

#[test]
fn user_interfaces_are_inside_the_hold_and_a_cancel_undoes_all() {
    let bench = Bench::new();
    let commands = ["A", "B"].map(|name| Command {
        ui_level: UiLevel::Full,
        ..package(
            &bench,
            name,
            &format!(
                "InstallUISequence: ExecuteAction | | 1300
                CustomAction: In{name} | 51 | IN | 1
                InstallUISequence: In{name} | | 1299
                InstallExecuteSequence: In{name} | | 6590"
            ),
        )
    });
    for cancels in [None, Some("InB")] {
        let before = bench.machine();
        let (mut tree, host) = (Tree::open(before.clone()).unwrap(), host());
        let mut log = Log::none(&host);
        let mut installer = Installer {
            gate: Some(bench.gate()),
            cancel: Cancel::new().unwrap(),
            ..bench.installer(&mut tree, &host)
        };
        let mut ui = Watching {
            bench: &bench,
            held: Vec::new(),
            cancel: installer.cancel.clone(),
            cancels,
        };
        let mut transaction = installer
            .begin_transaction("several", "install", Wait::No, &mut Silent, &mut log)
            .unwrap();
        for command in &commands {
            transaction.add(command, &mut ui, &mut log);
        }
        let report = transaction.commit(&mut log);
        assert!(ui.held.iter().all(|(_, held)| *held), "{:?}", ui.held);
        assert!(ui.held.iter().any(|(name, _)| name == "ExecuteAction"));
        let after = tree.into_disk();
        match cancels {
            None => {
                assert_eq!(report.report.code, 0, "{report:?}");
                assert_eq!(bench.products(&after).len(), 2);
            }
            Some(_) => {
                assert_eq!(report.report.code, 1602);
                assert_eq!(bench.snapshot(&after), bench.snapshot(&before));
            }
        }
    }
}
