//! The second case of "_MSIExecute Mutex": a process that processes a UI sequence gets 1618 for any other install.
#![allow(
    clippy::disallowed_methods,
    reason = "packages lie in a folder of the host"
)]

mod bench;

use bench::{Bench, command};
use installer::{HolderReport, Intent, Message, MessageKind, Ui, UiLevel};
use machine::MemoryDisk;

/// Tries to install on another machine while it watches.
struct Meddler<'a> {
    bench: &'a Bench,
    elsewhere: MemoryDisk,
    target: &'a str,
    codes: Vec<(String, u32)>,
}

impl Ui for Meddler<'_> {
    fn message(&mut self, message: &Message) {
        if let (MessageKind::ActionStart, Some(action)) = (message.kind, &message.action) {
            let wanted = command(Intent::Install, self.target);
            let report = self.bench.run(self.elsewhere.clone(), &wanted);
            let code = report.map_or(0, |report| report.code);
            self.codes.push((action.name.clone(), code));
        }
    }

    fn progress(&mut self, _: u64, _: u64) {}

    fn waiting(&mut self, _: Option<&HolderReport>, _: u64) {}
}

#[test]
fn an_install_from_a_ui_sequence_is_refused_on_any_machine() {
    let bench = Bench::new();
    let shown = bench.package("shown", "product Shown 1.0.0\nfile a.txt in A: a");
    let other = bench.package("other", "product Other 1.0.0\nfile b.txt in B: b");
    let elsewhere = bench.machine();
    let mut meddler = Meddler {
        bench: &bench,
        elsewhere,
        target: &other,
        codes: Vec::new(),
    };
    let mut wanted = command(Intent::Install, &shown);
    wanted.ui_level = UiLevel::Full;
    let (report, _) = bench.watched(&bench.machine(), &wanted, &mut meddler);
    assert_eq!(report.code, 0, "{report:?}");
    assert!(
        meddler
            .codes
            .iter()
            .any(|(action, _)| action == "ExecuteAction"),
        "{:?}",
        meddler.codes
    );
    assert!(
        meddler.codes.iter().all(|(_, code)| *code == 1618),
        "{:?}",
        meddler.codes
    );

    // Without a UI sequence, only the gate decides.
    wanted.ui_level = UiLevel::Basic;
    meddler.codes.clear();
    let (report, _) = bench.watched(&bench.machine(), &wanted, &mut meddler);
    assert_eq!(report.code, 0, "{report:?}");
    assert!(
        meddler.codes.iter().all(|(_, code)| *code == 0),
        "{:?}",
        meddler.codes
    );
}
