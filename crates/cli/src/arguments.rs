//! What was typed, checked for form only; what it means is decided in `request` and the commands.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::duration::{Patience, patience};

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

/// msiexec's words, taken as they are.
#[derive(Args, Debug)]
pub struct Msiexec {
    #[command(flatten)]
    pub dry_run: DryRun,
    /// Options as msiexec has them, such as /i PACKAGE /qn
    #[arg(
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "OPTION"
    )]
    pub words: Vec<String>,
}

/// A verb that is part of the command line and comes later; whatever follows it is taken and refused.
#[derive(Args, Debug)]
pub struct Later {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    pub rest: Vec<String>,
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

/// How much is shown.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ui {
    None,
    Basic,
    Reduced,
    Full,
    Web,
}

/// What happens to custom actions that run Windows code.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum CustomActions {
    /// Leave them out and name them
    #[default]
    Skip,
    /// Fail before anything is changed
    Fail,
    /// Not yet: run them under Wine
    Wine,
}

/// The log's encoding.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum LogEncoding {
    #[default]
    #[value(name = "utf-8")]
    Utf8,
    #[value(name = "utf-16le")]
    Utf16Le,
}

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

/// Options of everything that runs a package.
#[derive(Args, Debug, Clone)]
pub struct Install {
    /// Packages (an .msi file or a folder of text tables), product codes or product names, several of which are done
    /// all or not at all; and PROPERTY=VALUE, for all of them
    #[arg(value_name = "PACKAGE|PRODUCT-CODE|PROPERTY=VALUE", required = true)]
    pub items: Vec<String>,
    /// How much is shown [default: basic; none without a terminal]
    #[arg(long)]
    pub ui: Option<Ui>,
    /// Write a verbose log
    #[arg(long, value_name = "FILE")]
    pub log: Option<String>,
    /// The log's encoding
    #[arg(long, value_enum, default_value_t, value_name = "ENCODING")]
    pub log_encoding: LogEncoding,
    /// Apply a transform: a file, or `:NAME` for one in the package
    #[arg(long, value_name = "T.mst")]
    pub transform: Vec<String>,
    /// The features to install or remove
    #[arg(long, value_delimiter = ',', value_name = "A,B")]
    pub features: Vec<String>,
    #[command(flatten)]
    pub waiting: Waiting,
    /// What happens to custom actions that run Windows code
    #[arg(long, value_enum, default_value_t, value_name = "WHAT")]
    pub custom_actions: CustomActions,
    #[command(flatten)]
    pub dry_run: DryRun,
    /// Undo an installation that waits for a restart, if one does, without asking
    #[arg(long)]
    pub undo_suspended: bool,
}

/// `repair`.
#[derive(Args, Debug, Clone)]
pub struct Repair {
    #[command(flatten)]
    pub install: Install,
    /// What to repair, as letters of REINSTALLMODE
    #[arg(long, value_name = "LETTERS", default_value = "omus")]
    pub mode: String,
}

/// `advertise`.
#[derive(Args, Debug, Clone)]
pub struct Advertise {
    #[command(flatten)]
    pub install: Install,
    /// Advertise to the current user, not to all users of the machine
    #[arg(long)]
    pub user: bool,
    /// The language to advertise in, where the package has more than one
    #[arg(long, value_name = "LANGID")]
    pub language: Option<u16>,
    /// Advertise another instance; the first transform is the one that makes it
    #[arg(long)]
    pub new_instance: bool,
}

/// `plan`.
#[derive(Args, Debug, Clone)]
pub struct Plan {
    #[command(flatten)]
    pub install: Install,
    /// Plan a removal
    #[arg(long, conflicts_with = "repair")]
    pub remove: bool,
    /// Plan a repair
    #[arg(long)]
    pub repair: bool,
    /// Plan an administrative image
    #[arg(long, conflicts_with_all = ["remove", "repair"])]
    pub admin: bool,
    /// Plan an advertisement to all users
    #[arg(long, conflicts_with_all = ["remove", "repair", "admin"])]
    pub advertise: bool,
    /// Show each file, value and component, however many there are
    #[arg(long, short)]
    pub verbose: bool,
    /// Write the registry part as a .reg file, too; `-` is standard output, instead of the picture
    #[arg(long, value_name = "FILE")]
    pub reg: Option<PathBuf>,
    /// Write what would be installed as a bill of materials, CycloneDX, too; `-` is standard output, instead of the picture
    #[arg(long, value_name = "FILE", conflicts_with_all = ["remove", "advertise"])]
    pub sbom: Option<PathBuf>,
}

/// `show`.
#[derive(Args, Debug)]
pub struct Show {
    /// A product code, package file or product name
    pub product: String,
    /// Compare files, shortcuts and registry values with the package; exit status 1 where something differs
    #[arg(long)]
    pub verify: bool,
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

/// `machine …`.
#[derive(Subcommand, Debug)]
pub enum MachineVerb {
    /// Make the machine: machine.toml, drive_c with Windows' folders, and the registry's files
    Init(Init),
    /// Show the machine's facts
    Show,
    /// Read the registry
    #[command(subcommand, disable_help_subcommand = true)]
    Reg(RegVerb),
    /// Print everything in the machine, one sorted line each
    Snapshot(Snapshot),
    /// Compare two snapshots, or one with the machine as it is: 0 same, 1 different
    Diff(Diff),
}

/// `machine init`.
#[derive(Args, Debug)]
pub struct Init {
    /// The user's name
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// The processor
    #[arg(long, value_enum, default_value_t)]
    pub arch: Arch,
    #[command(flatten)]
    pub dry_run: DryRun,
}

/// The processor.
#[derive(ValueEnum, Clone, Copy, Debug, Default)]
pub enum Arch {
    #[default]
    X64,
    X86,
}

/// `machine reg …`.
#[derive(Subcommand, Debug)]
pub enum RegVerb {
    /// Show one key, such as HKLM\Software\Contoso
    Query {
        /// The key
        key: String,
        /// Show this value only; "" is the default value
        #[arg(long, value_name = "NAME")]
        value: Option<String>,
    },
    /// Write a key with all below it as a .reg file
    Export {
        /// The key
        key: String,
        /// The file [default: standard output]
        file: Option<PathBuf>,
        #[command(flatten)]
        dry_run: DryRun,
    },
}

/// `machine snapshot`.
#[derive(Args, Debug)]
pub struct Snapshot {
    /// Write the registry as a .reg file instead; `-` is standard output
    #[arg(long, value_name = "FILE")]
    pub reg: Option<PathBuf>,
    /// Write the machine as a tar file instead, as a layer of an image; `-` is standard output
    #[arg(long, value_name = "FILE")]
    pub tar: Option<PathBuf>,
    #[command(flatten)]
    pub layer: Layer,
    #[command(flatten)]
    pub dry_run: DryRun,
}

/// What tar files say of their entries.
#[derive(Args, Debug)]
pub struct Layer {
    /// Where the machine is in the image [default: its top]
    #[arg(
        long,
        value_name = "DIR",
        default_value = "",
        hide_default_value = true
    )]
    pub tar_root: String,
    /// Whose the entries are, as numbers [default: 0:0]
    #[arg(long, value_name = "UID[:GID]", default_value = "0:0", hide_default_value = true, value_parser = owner)]
    pub tar_owner: (u32, u32),
}

/// Reads `1000:1000`, or `1000` for both.
fn owner(text: &str) -> Result<(u32, u32), String> {
    let (user, group) = text.split_once(':').unwrap_or((text, text));
    match (user.parse(), group.parse()) {
        (Ok(user), Ok(group)) => Ok((user, group)),
        _ => Err("write numbers, such as 1000:1000".to_owned()),
    }
}

/// `machine diff`.
#[derive(Args, Debug)]
pub struct Diff {
    /// A snapshot as text or tar file, or a machine's directory; `-` is text on standard input
    pub before: PathBuf,
    /// Another one [default: the machine as it is]
    pub after: Option<PathBuf>,
    /// Write the registry's changes as a .reg file, too; `-` is standard output, instead of the lines
    #[arg(long, value_name = "FILE")]
    pub reg: Option<PathBuf>,
    /// Write what is new, changed and gone as a tar file, too: a layer of an image (OCI); `-` is standard output,
    /// instead of the lines
    #[arg(long, value_name = "FILE")]
    pub tar: Option<PathBuf>,
    #[command(flatten)]
    pub layer: Layer,
    #[command(flatten)]
    pub dry_run: DryRun,
}

/// `db …`.
#[derive(Subcommand, Debug)]
pub enum DbVerb {
    /// Show what a package, patch or transform is, its properties, and lines to paste
    Info(Look),
    /// List tables and columns
    Tables(Look),
    /// List streams
    Streams {
        /// The package
        package: String,
    },
    /// Run an SQL statement
    Query(Query),
    /// Write a package as a folder of text tables
    Export(Export),
    /// Put text tables into a package
    Import(Import),
    /// Make a package of a folder of text tables
    Build(Build),
    /// Show what is different in another package
    Diff(Compare),
    /// Make the transform from one package to another, or apply some
    Transform(MakeTransform),
    /// Merge a merge module into a package
    Merge(MergeModule),
    /// Check a package or merge module against the rules of its tables (ICE): 0 no error, 1 some
    Validate(Check),
    /// Extract all files, as they would be installed
    Extract(Extract),
}

/// `inspect`.
#[derive(Args, Debug)]
pub struct Inspect {
    /// The package
    pub package: String,
    /// Show the text of scripts
    #[arg(long)]
    pub scripts: bool,
    /// Read every file of the package and show its SHA-256
    #[arg(long)]
    pub hashes: bool,
    /// Judge the signature by the certificates of a PEM file, whose word counts; revocation is not looked up
    #[arg(long, value_name = "FILE")]
    pub roots: Option<PathBuf>,
    /// Write the remarks as SARIF; `-`: standard output
    #[arg(long, value_name = "FILE")]
    pub sarif: Option<PathBuf>,
    /// Write the files as a bill of materials, CycloneDX; `-`: standard output
    #[arg(long, value_name = "FILE")]
    pub sbom: Option<PathBuf>,
}

/// `report`.
#[derive(Args, Debug)]
pub struct Report {
    /// The package
    pub package: String,
    /// Say what changed since this package, too
    #[arg(long, value_name = "OTHER")]
    pub against: Option<String>,
    /// Where to; `-`: standard output [default: PACKAGE.report.html in the folder one is in]
    #[arg(short, long, value_name = "FILE.html")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub dry_run: DryRun,
}

/// `new`.
#[derive(Args, Debug)]
pub struct New {
    #[command(flatten)]
    pub dry_run: DryRun,
    /// The folder to make
    pub folder: PathBuf,
    /// The product's name [default: the folder's]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Who makes the product
    #[arg(long, value_name = "NAME")]
    pub manufacturer: Option<String>,
}

/// `db validate`.
#[derive(Args, Debug)]
pub struct Check {
    /// The package or merge module
    pub package: String,
    /// Only these rules (ICE03, or 3)
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub rule: Vec<String>,
    /// All rules but these
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub skip: Vec<String>,
    /// Only what is at least this grave
    #[arg(long, value_enum, value_name = "LEVEL", default_value = "information")]
    pub level: EventLevel,
    /// Write the findings as SARIF; `-`: standard output
    #[arg(long, value_name = "FILE")]
    pub sarif: Option<PathBuf>,
}

/// `extract`.
#[derive(Args, Debug)]
pub struct Extract {
    /// The package, or a program that has packages in it
    pub package: String,
    /// Where to [default: a folder with the package's name]
    pub folder: Option<String>,
    /// Only the files of these features
    #[arg(long, value_name = "FEATURE", value_delimiter = ',')]
    pub feature: Vec<String>,
    /// Only the files of these components
    #[arg(long, value_name = "COMPONENT", value_delimiter = ',')]
    pub component: Vec<String>,
    /// Only these files, by key or by name
    #[arg(long, value_name = "FILE")]
    pub file: Vec<String>,
    /// Write what the chosen parts write to the registry as a .reg file, too; `-`: standard output
    #[arg(long, value_name = "FILE")]
    pub reg: Option<PathBuf>,
    #[command(flatten)]
    pub patches: Patches,
    #[command(flatten)]
    pub dry_run: DryRun,
}

/// Patches that a package is looked at with.
#[derive(Args, Debug)]
pub struct Patches {
    /// Look at the package as these patches make it
    #[arg(long = "patch", value_delimiter = ',', value_name = "P.msp")]
    pub files: Vec<PathBuf>,
}

/// `db info` and `db tables`.
#[derive(Args, Debug)]
pub struct Look {
    /// The package
    pub package: String,
    #[command(flatten)]
    pub patches: Patches,
}

/// `db merge`.
#[derive(Args, Debug)]
pub struct MergeModule {
    /// The merge module
    pub module: String,
    /// The package
    pub package: String,
    /// Where to write the result [default: over the package]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// The feature that its components belong to, and further ones [default: the package's only feature]
    #[arg(long = "feature", value_delimiter = ',', value_name = "F")]
    pub features: Vec<String>,
    /// The folder (a key of Directory) that the module's root becomes [default: TARGETDIR]
    #[arg(long, value_name = "D")]
    pub directory: Option<String>,
    /// The language that the module shall have, such as 1033 [default: the package's]
    #[arg(long, value_name = "L")]
    pub language: Option<i32>,
    /// Set an item of the module; `db info MODULE` lists them
    #[arg(long = "config", value_name = "ITEM=VALUE")]
    pub items: Vec<String>,
    /// Write the module's files to this cabinet, which has to lie beside the package, instead of into the package
    #[arg(long, value_name = "FILE.cab")]
    pub cabinet: Option<PathBuf>,
    /// Lay the module's files out beside the package, as its source has them, instead of adding its cabinet
    #[arg(long, conflicts_with = "cabinet")]
    pub uncompressed: bool,
    /// Where rows differ, keep the package's and merge the others
    #[arg(long)]
    pub keep: bool,
    #[command(flatten)]
    pub dry_run: DryRun,
}

/// `db query`.
#[derive(Args, Debug)]
pub struct Query {
    /// The package
    pub package: String,
    /// The statement
    pub statement: String,
    /// Values for the statement's `?`, in order; @FILE is a stream, @@ begins a text with @
    #[arg(long = "param", value_name = "V", allow_hyphen_values = true)]
    pub parameters: Vec<String>,
    /// Let the statement change the package; it is made where it is not there
    #[arg(long, conflicts_with = "files")]
    pub write: bool,
    #[command(flatten)]
    pub patches: Patches,
    #[command(flatten)]
    pub dry_run: DryRun,
}

/// `db export`.
#[derive(Args, Debug)]
pub struct Export {
    /// The package
    pub package: String,
    /// The folder; text tables and streams that it has are replaced
    #[arg(short, long, value_name = "FOLDER")]
    pub output: PathBuf,
    /// These tables only, without the files of their streams
    pub tables: Vec<String>,
    #[command(flatten)]
    pub patches: Patches,
    #[command(flatten)]
    pub dry_run: DryRun,
}

/// `db import`.
#[derive(Args, Debug)]
pub struct Import {
    /// The package; it is made where it is not there
    pub package: String,
    /// Text tables; files of binary cells lie in a folder beside them
    #[arg(required = true, value_name = "TABLE.idt")]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    pub dry_run: DryRun,
}

/// `db build`.
#[derive(Args, Debug)]
pub struct Build {
    /// A folder with a package.toml, or of text tables
    pub folder: PathBuf,
    /// The package
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    #[command(flatten)]
    pub dry_run: DryRun,
}

/// `db diff`.
#[derive(Args, Debug)]
pub struct Compare {
    /// A package
    pub before: String,
    /// Another package; with --patch [default: the same]
    #[arg(required_unless_present = "files")]
    pub after: Option<String>,
    /// Take the other package as these patches make it
    #[arg(long = "patch", value_delimiter = ',', value_name = "P.msp")]
    pub files: Vec<PathBuf>,
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

/// `db transform`.
#[derive(Args, Debug)]
pub struct MakeTransform {
    /// The package that it is for
    pub package: String,
    /// The package that it makes of it
    #[arg(conflicts_with = "transforms", required_unless_present = "transforms")]
    pub changed: Option<String>,
    /// Apply transforms instead, in order; :NAME is one that lies in the package
    #[arg(long = "apply", value_name = "T.mst")]
    pub transforms: Vec<PathBuf>,
    /// The transform, or with --apply the package
    #[arg(short, long, value_name = "FILE", required_unless_present = "view")]
    pub output: Option<PathBuf>,
    /// List what the transforms would change, as the table _TransformView
    #[arg(long, requires = "transforms", conflicts_with = "output")]
    pub view: bool,
    /// What is compared before it is applied
    #[arg(long, value_enum, value_delimiter = ',', value_name = "FLAG")]
    pub validate: Vec<Validate>,
    /// Conditions that are no errors; with --apply [default: those that each transform names]
    #[arg(long, value_enum, value_delimiter = ',', value_name = "CONDITION")]
    pub suppress: Vec<Suppress>,
    #[command(flatten)]
    pub dry_run: DryRun,
}

/// What is compared before a transform is applied.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validate {
    Language,
    Product,
    MajorVersion,
    MinorVersion,
    UpdateVersion,
    Less,
    LessOrEqual,
    Equal,
    GreaterOrEqual,
    Greater,
    UpgradeCode,
}

/// A condition that is no error when a transform is applied.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suppress {
    AddExistingRow,
    DeleteMissingRow,
    AddExistingTable,
    DeleteMissingTable,
    UpdateMissingRow,
    ChangeCodePage,
    All,
    None,
}
