//! msiexec's command line: what was typed, as values. What the engine makes of it is decided elsewhere.
//!
//! Follows: Microsoft, "Command-Line Options" and "Standard Installer Command-Line Options". Options begin
//! with `/` or `-` and ignore case; an option's argument is attached (`/I{CODE}`) or the next word.

mod reader;
mod seen;
#[cfg(test)]
mod tests;

use std::fmt;

use self::reader::Reader;

/// A whole command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandLine {
    /// The one main option.
    pub main: Main,
    /// `/q` and its relatives; none: msiexec's default, full.
    pub display: Option<Display>,
    /// `/L` or `/log`.
    pub log: Option<Log>,
    /// `/n`: the instance's product code.
    pub instance: Option<String>,
    /// `/m`: the name of a status file.
    pub status_file: Option<String>,
    /// Public properties, names in upper case, in order; those that switches stand for come last.
    pub properties: Vec<(String, String)>,
}

/// The main options, of which there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Main {
    /// `/i`, `/package`: a package or a product code.
    Install(String),
    /// `/f`: REINSTALLMODE letters, lower case, and a package or a product code.
    Repair { letters: String, product: String },
    /// `/a`: a package; with `/p`, the patches for the image.
    Admin {
        package: String,
        patches: Option<String>,
    },
    /// `/x`, `/uninstall`: a package or a product code.
    Remove(String),
    /// `/j`: to the user or to all users.
    Advertise {
        package: String,
        all_users: bool,
        transforms: Option<String>,
        language: Option<String>,
        new_instance: bool,
    },
    /// `/p`, `/update`: patches, separated by semicolons; `/package` may name the product.
    Patch {
        patches: String,
        product: Option<String>,
    },
    /// `/uninstall` with patches; `/package` may name the product.
    RemovePatches {
        patches: String,
        product: Option<String>,
    },
    /// `/y`
    Register(String),
    /// `/z`
    Unregister(String),
    /// `/?`, `/h`, `/help`
    Help,
}

/// The user interface levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// `/q`, `/qn`
    None,
    /// `/qb`
    Basic,
    /// `/qr`
    Reduced,
    /// `/qf`
    Full,
}

/// A level with its signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Display {
    /// The level.
    pub level: Level,
    /// `+`: a modal box at the end; `-`: no modal boxes; none: as the level has it.
    pub modal_at_end: Option<bool>,
    /// `!`: no Cancel button.
    pub hide_cancel: bool,
}

/// What goes to the log, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// The letters meant, of `iwearucmopvx`.
    pub letters: String,
    /// `+`
    pub append: bool,
    /// `!`
    pub flush: bool,
    /// The file.
    pub file: String,
}

/// Why a command line is refused with 1639 ERROR_INVALID_COMMAND_LINE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The word at fault.
    pub word: String,
    /// What is wrong with it.
    pub what: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.word, self.what)
    }
}

/// Reads the words after the program's name.
///
/// Errors: [`Refused`] names the first word that does not fit.
pub fn parse(words: &[String]) -> Result<CommandLine, Refused> {
    Reader::new(words).read()?.finish()
}

fn refused<T>(word: &str, what: impl Into<String>) -> Result<T, Refused> {
    Err(Refused {
        word: word.to_owned(),
        what: what.into(),
    })
}
