//! What is asked of the engine, before any package is open.

use sequence::{CustomActions, UiLevel};

/// One command: do this to that package or product.
#[derive(Clone, Debug)]
pub struct Command {
    /// What to do.
    pub intent: Intent,
    /// A package's path (of the host, or with a drive letter in the machine), a product code, or a product's name.
    pub target: String,
    /// Properties, names in upper case, in order.
    pub properties: Vec<(String, String)>,
    /// How much is shown; UI sequences run at `Reduced` and `Full`.
    pub ui_level: UiLevel,
    /// What happens to custom actions that run Windows code.
    pub custom_actions: CustomActions,
    /// How long to wait for other installations.
    pub wait: gate::Wait,
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Install, or change what is installed.
    Install,
    /// Remove; without REMOVE among the properties: all of it.
    Remove,
    /// Repair, by letters of REINSTALLMODE.
    Repair {
        /// The letters.
        mode: String,
    },
}

impl Intent {
    /// The word for people: `install`, `remove`, `repair`.
    pub fn verb(&self) -> &'static str {
        match self {
            Intent::Install => "install",
            Intent::Remove => "remove",
            Intent::Repair { .. } => "repair",
        }
    }

    /// msiexec's option for it: `/i`, `/x`, `/fomus`.
    pub(crate) fn option(&self) -> String {
        match self {
            Intent::Install => "/i".to_owned(),
            Intent::Remove => "/x".to_owned(),
            Intent::Repair { mode } => format!("/f{mode}"),
        }
    }

    /// The properties that say so to a package, where the command line does not set them. "Command-Line Options".
    pub(crate) fn properties(&self) -> Vec<(&'static str, String)> {
        match self {
            Intent::Install => Vec::new(),
            Intent::Remove => vec![("REMOVE", "ALL".to_owned())],
            Intent::Repair { mode } => vec![
                ("REINSTALL", "ALL".to_owned()),
                ("REINSTALLMODE", mode.clone()),
            ],
        }
    }
}
