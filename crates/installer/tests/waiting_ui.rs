//! What was chosen in a user interface is kept over a restart. In a process of its own: while a user interface runs, the
//! process can begin no other installation.
#![allow(
    clippy::disallowed_methods,
    reason = "packages lie in a folder of the host"
)]

mod bench;

use bench::{Bench, command, host};
use gate::{Cancel, Wait};
use installer::{Command, CustomActions, Installer, Intent, Log, Resumption, Silent, UiLevel};
use machine::Tree;

const CHOOSER: &str = "
    product Greeter 1.0.0
    file hello.txt in Main: Hello
    Registry: Reg1 | 2 | Software\\Greeter | Name | [ProductName] [WHO] | Main
    CustomAction: Choose | 51 | WHO | chosen
    InstallUISequence: Choose | NOT RESUME | 500
    InstallExecuteSequence: ForceReboot | NOT AFTERREBOOT | 4100
";

#[test]
fn what_was_chosen_in_a_user_interface_is_kept() {
    let bench = Bench::new();
    let package = bench.package("greeter", CHOOSER);
    let wanted = Command {
        ui_level: UiLevel::Full,
        ..command(Intent::Install, &package)
    };
    let (report, waits) = bench.watched(&bench.machine(), &wanted, &mut Silent);
    assert_eq!(report.code, 1604, "{report:?}");
    for ui_level in [UiLevel::Full, UiLevel::None] {
        let (mut tree, host) = (Tree::open(waits.clone()).unwrap(), host());
        let mut installer = Installer {
            machine: &mut tree,
            gate: None,
            events: None,
            host: &host,
            cancel: Cancel::never(),
        };
        let given = Resumption {
            properties: Vec::new(),
            ui_level,
            custom_actions: CustomActions::Skip,
            wait: Wait::No,
        };
        let resumed = installer.resume(given, &mut Silent, &mut Log::none(&host));
        let (_, report) = resumed.unwrap().unwrap();
        assert_eq!(report.code, 0, "{report:?}");
        let lines = bench.snapshot(&tree.into_disk());
        let is_chosen = |line: &String| line.contains("Name REG_SZ Greeter chosen");
        assert!(lines.iter().any(is_chosen), "{lines:#?}");
    }
}
