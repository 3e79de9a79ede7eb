//! The verbs that look into packages, and those that make and change them.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{DryRun, EventLevel};

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
