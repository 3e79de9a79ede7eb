//! The verbs that change products, and those that foretell and show it.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{DryRun, Waiting};

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
