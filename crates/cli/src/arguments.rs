//! What was typed, checked for form only; what it means is decided in `request` and the commands.

mod database;
mod gate;
mod install;
mod machine;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use self::database::*;
pub use self::gate::*;
pub use self::install::*;
pub use self::machine::*;

/// Installs, changes, repairs and removes Windows Installer packages (.msi) in a machine: a directory.
#[derive(Parser, Debug)]
#[command(name = "msikit", version, max_term_width = 100)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
    /// What every verb knows.
    #[command(flatten)]
    pub global: Global,
}

/// Options of every verb.
#[derive(Args, Debug, Clone, Default)]
pub struct Global {
    /// The machine's directory [default: $MSIKIT_MACHINE, $WINEPREFIX, or msikit/machine among the user's data]
    #[arg(
        long,
        visible_alias = "prefix",
        global = true,
        help_heading = "Options of every verb",
        value_name = "DIR"
    )]
    pub machine: Option<PathBuf>,
    /// Follow the symbolic links that Wine makes from a user's folders in the machine to the home directory
    #[arg(long, global = true, help_heading = "Options of every verb")]
    pub follow_user_links: bool,
    /// Do it in this process, also where a service runs
    #[arg(long, global = true, help_heading = "Options of every verb")]
    pub no_service: bool,
    /// Undo it if this process ends before it is done, also where a service does it
    #[arg(long, global = true, hide = true)]
    pub cancel_with_client: bool,
    /// Print one JSON value on standard output and nothing else
    #[arg(long, global = true, help_heading = "Options of every verb")]
    pub json: bool,
    /// Are colours shown? [default: on a terminal, unless NO_COLOR or CLICOLOR=0 is set]
    #[arg(
        long,
        global = true,
        help_heading = "Options of every verb",
        value_enum,
        value_name = "WHEN",
        hide_possible_values = true
    )]
    pub color: Option<When>,
}

/// The verbs.
#[derive(Subcommand, Debug)]
pub enum Verb {
    /// Install a package
    Install(Install),
    /// Remove a product
    #[command(visible_alias = "uninstall")]
    Remove(Install),
    /// Repair a product
    Repair(Repair),
    /// Say what an install, removal or repair would do; changes nothing
    Plan(Plan),
    /// List the products of the machine
    List,
    /// Show one product
    Show(Show),
    /// Say whether an installation is under way, and which
    Status(Status),
    /// Wait until no installation is under way
    Wait(Wait),
    /// Run a program while no other installation can run
    Run(Run),
    /// Undo or tidy what an interrupted installation left
    Recover(Recover),
    /// Read the event log
    Events(Events),
    /// Make, show and compare machines
    #[command(subcommand, disable_help_subcommand = true)]
    Machine(MachineVerb),
    /// Make a folder with a package.toml, for `db build`
    New(New),
    /// Look into packages, make and change them
    #[command(subcommand, disable_help_subcommand = true)]
    Db(DbVerb),
    /// Take msiexec's own command line, as under the name msiexec
    #[command(disable_help_flag = true)]
    Msiexec(Msiexec),
    /// Lay a package's files out below TARGETDIR=DIR, to install from
    Admin(Install),
    /// Publish a product without installing anything
    Advertise(Advertise),
    /// Not yet: apply a patch
    Patch(Later),
    /// Say what to know of a package before running it
    Inspect(Inspect),
    /// Not yet: validate, install and remove in a scratch machine
    Check(Later),
    /// Write a page about a package, to look at in a browser
    Report(Report),
    /// Run, ask and stop the service of a machine's users
    #[command(subcommand)]
    Service(ServiceVerb),
    /// Extract all files, as they would be installed (= db extract)
    Extract(Extract),
    /// Print a shell's completions
    Completions(Completions),
    /// Print the manual page, or write the pages of all verbs
    Man(Man),
    #[command(name = "run-child", hide = true)]
    RunChild(RunChild),
    #[command(name = "service-worker", hide = true)]
    ServiceWorker(ServiceWorker),
}

/// `completions`.
#[derive(Args, Debug)]
pub struct Completions {
    /// The shell
    pub shell: clap_complete::Shell,
}

/// `man`.
#[derive(Args, Debug)]
pub struct Man {
    /// Write a page for each verb into this folder
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub dry_run: DryRun,
}

/// `--dry-run` of everything that writes.
#[derive(Args, Debug, Clone, Copy, Default)]
pub struct DryRun {
    /// Say what would be done, and change nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// When something is done.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// On a terminal, unless the environment says no
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}
