//! Installs a package in a machine's folder and tells what it does: `install_with_progress FOLDER PACKAGE`.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "an example prints"
)]

use installer::{Command, Host, Installer, Intent, Log, Message, Ui};
use machine::{Facts, OsDisk, Tree};

struct Progress;

impl Ui for Progress {
    fn message(&mut self, message: &Message) {
        println!("{}", message.text);
    }
    fn progress(&mut self, done: u64, total: u64) {
        println!("{done} of {total}");
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [folder, package] = words.as_slice() else {
        return Err("say FOLDER PACKAGE".into());
    };
    let folder = std::path::Path::new(folder);
    let mut machine = Tree::create(OsDisk::create(folder)?, Facts::default())?;
    let (host, command) = (Host::of_process(), Command::new(Intent::Install, package));
    let mut log = Log::none(&host);
    let report = Installer::on(&mut machine, folder, &host).run(&command, &mut Progress, &mut log);
    println!("{}: {:?}", report.symbol, report.product_name);
    Ok(())
}
