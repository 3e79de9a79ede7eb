//! The verbs of the gate, the service and the event log.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::DryRun;
use crate::duration::{Patience, patience};

/// `--wait` and `--no-wait`.
#[derive(Args, Debug, Clone, Default)]
pub struct Waiting {
    /// Wait for other installations, for ever or so long (90, 90s, 5m, 1h) [default: 3s]
    #[arg(long, value_name = "DUR", num_args = 0..=1, require_equals = true, default_missing_value = "forever", value_parser = patience, conflicts_with = "no_wait")]
    pub wait: Option<Patience>,
    /// Do not wait at all
    #[arg(long)]
    pub no_wait: bool,
}

/// `status`.
#[derive(Args, Debug)]
pub struct Status {
    /// Stay and tell what the installation in progress does, until it ends
    #[arg(long)]
    pub follow: bool,
}

/// `wait`.
#[derive(Args, Debug)]
pub struct Wait {
    /// How long (90, 90s, 5m, 1h) [default: for ever]
    #[arg(value_parser = patience)]
    pub duration: Option<Patience>,
}

/// `run`.
#[derive(Args, Debug)]
pub struct Run {
    #[command(flatten)]
    pub waiting: Waiting,
    /// The program and its arguments
    #[arg(last = true, required = true, value_name = "CMD")]
    pub command: Vec<std::ffi::OsString>,
    #[command(flatten)]
    pub dry_run: DryRun,
}

/// The process between `run` and its program: dies with `run`, then becomes the program.
#[derive(Args, Debug)]
pub struct RunChild {
    /// The process that must live.
    pub parent: i32,
    #[arg(last = true, required = true)]
    pub command: Vec<std::ffi::OsString>,
}

/// The process in which the service carries one command line out for a client; its standard input is the service.
#[derive(Args, Debug)]
pub struct ServiceWorker {
    /// The client is no administrator of the machine.
    #[arg(long)]
    pub as_user: bool,
    /// The client has handed a package over: nothing else of the host is read.
    #[arg(long)]
    pub only_handed: bool,
    /// The machine's directory.
    pub directory: PathBuf,
    /// The client's process.
    pub client: u32,
    #[arg(last = true, required = true)]
    pub words: Vec<std::ffi::OsString>,
}

/// `recover`.
#[derive(Args, Debug)]
pub struct Recover {
    /// Go on with the installation that waits for a restart, as after it
    #[arg(long, conflicts_with = "undo_suspended")]
    pub resume: bool,
    /// Undo the installation that waits for a restart
    #[arg(long)]
    pub undo_suspended: bool,
    /// With --resume: hidden properties, which are not kept; REBOOT and REBOOTPROMPT
    #[arg(value_name = "PROPERTY=VALUE", requires = "resume")]
    pub properties: Vec<String>,
    /// With --resume: write a verbose log
    #[arg(long, value_name = "FILE", requires = "resume")]
    pub log: Option<String>,
    /// Not yet: repair product registration
    #[arg(long)]
    pub registration: bool,
    #[command(flatten)]
    pub waiting: Waiting,
    #[command(flatten)]
    pub dry_run: DryRun,
}

/// `service …`.
#[derive(Subcommand, Debug)]
pub enum ServiceVerb {
    /// Serve the machine until nobody needs the service
    Run(ServiceRun),
    /// Show the service's status, as Windows has it: is an installation in progress?
    Query,
    /// Stop the service
    Stop,
    /// Write systemd's units for the service
    InstallUnits(InstallUnits),
}

/// `service run`.
#[derive(Args, Debug)]
pub struct ServiceRun {
    /// End after so long without clients and installations (90, 90s, 5m, 1h, forever)
    #[arg(long, value_name = "DUR", default_value = "10m", value_parser = patience)]
    pub idle_exit: Patience,
}

/// `service install-units`.
#[derive(Args, Debug)]
pub struct InstallUnits {
    /// Where to [default: /etc/systemd/system for root, else systemd/user in the user's configuration]
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub dry_run: DryRun,
}

/// `events`.
#[derive(Args, Debug)]
pub struct Events {
    /// Stay and print what comes
    #[arg(long)]
    pub follow: bool,
    /// Only events with this number
    #[arg(long, value_name = "N")]
    pub id: Vec<u32>,
    /// Only events that name this product
    #[arg(long, value_name = "P")]
    pub product: Option<String>,
    /// Only events since this time (RFC 3339), or so long ago (5m)
    #[arg(long, value_name = "T")]
    pub since: Option<String>,
    /// Only events at least this grave
    #[arg(long, value_enum, value_name = "LEVEL")]
    pub level: Option<EventLevel>,
    /// Only events of this transaction
    #[arg(long, value_name = "ID")]
    pub transaction: Option<String>,
    /// Print XML in the form of Windows' event log
    #[arg(long, conflicts_with = "json")]
    pub xml: bool,
}

/// How grave an event is.
#[derive(ValueEnum, Clone, Copy, Debug)]
pub enum EventLevel {
    Information,
    Warning,
    Error,
}
