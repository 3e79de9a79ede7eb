//! The verbs of the machine itself.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::DryRun;

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
