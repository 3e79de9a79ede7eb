//! Installs a package in a machine's folder and tells what it does: `install_with_progress FOLDER PACKAGE`.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "an example prints"
)]

use std::path::Path;

use installer::{Command, HolderReport, Host, Installer, Intent, Log, Message, MessageKind, Ui};
use machine::{Facts, OsDisk, Tree};

struct Progress;

impl Ui for Progress {
    fn message(&mut self, message: &Message) {
        if message.kind == MessageKind::ActionStart {
            println!("{}", message.text);
        }
    }
    fn progress(&mut self, done: u64, total: u64) {
        println!("{done} of {total}");
    }
    fn waiting(&mut self, holder: Option<&HolderReport>, place: u64) {
        println!(
            "place {place} behind {}",
            holder.map_or_else(String::new, HolderReport::describe)
        );
    }
}

fn install(folder: &Path, package: &str) -> Result<(), Box<dyn std::error::Error>> {
    let mut machine = Tree::create(OsDisk::create(folder)?, Facts::default())?;
    let host = Host::of_process();
    let command = Command::new(Intent::Install, package);
    let report = Installer::on(&mut machine, folder, &host).run(
        &command,
        &mut Progress,
        &mut Log::none(&host),
    );
    println!(
        "{:?} {}: {}",
        report.product_name, report.code, report.symbol
    );
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.as_slice() {
        [_, folder, package] => install(Path::new(folder), package),
        _ => Err("say which folder, and which package".into()),
    }
}
