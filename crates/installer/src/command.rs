//! What is asked of the engine, before any package is open.

use std::time::Duration;

use sequence::{CustomActions, TopLevel, UiLevel};

/// How long an installation waits for others before it answers 1618, where nothing else is said.
pub const DEFAULT_WAIT: Duration = Duration::from_secs(3);

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
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
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
    /// Make an administrative image below TARGETDIR: a folder of the machine or, without a drive letter, of the host.
    Admin,
    /// Publish without installing anything.
    Advertise {
        /// To all users of the machine, or to the current user.
        all_users: bool,
        /// The language to publish it in, where the package has more than one.
        language: Option<u16>,
    },
}

impl Command {
    /// Returns a command for a package or product: no properties, nothing shown, custom actions left out and named,
    /// and the few seconds' wait for others that Windows has.
    pub fn new(intent: Intent, target: impl Into<String>) -> Command {
        Command {
            intent,
            target: target.into(),
            properties: Vec::new(),
            ui_level: UiLevel::None,
            custom_actions: CustomActions::Skip,
            wait: gate::Wait::For(DEFAULT_WAIT),
        }
    }

    /// Returns a property of the command line; "" where it has none. The last one counts.
    pub(crate) fn property(&self, name: &str) -> &str {
        let mut given = self.properties.iter().rev();
        given
            .find(|(known, _)| known == name)
            .map_or("", |(_, value)| value)
    }

    /// The top-level action: that of the intent; for an installation, another one that ACTION names.
    /// "ACTION Property".
    pub(crate) fn top_level(&self) -> TopLevel {
        match (&self.intent, self.property("ACTION")) {
            (Intent::Admin, _) | (Intent::Install, "ADMIN") => TopLevel::Admin,
            (Intent::Advertise { .. }, _) | (Intent::Install, "ADVERTISE") => TopLevel::Advertise,
            _ => TopLevel::Install,
        }
    }
}

impl Intent {
    /// The word for people: `install`, `remove`, `repair`, `admin`, `advertise`.
    pub fn verb(&self) -> &'static str {
        match self {
            Intent::Install => "install",
            Intent::Remove => "remove",
            Intent::Repair { .. } => "repair",
            Intent::Admin => "admin",
            Intent::Advertise { .. } => "advertise",
        }
    }

    /// msiexec's option for it: `/i`, `/x`, `/fomus`, `/a`, `/jm`.
    pub(crate) fn option(&self) -> String {
        match self {
            Intent::Install => "/i".to_owned(),
            Intent::Remove => "/x".to_owned(),
            Intent::Repair { mode } => format!("/f{mode}"),
            Intent::Admin => "/a".to_owned(),
            Intent::Advertise { all_users, .. } => {
                if *all_users { "/jm" } else { "/ju" }.to_owned()
            }
        }
    }

    /// The properties that say so to a package, where the command line does not set them. "Command-Line Options".
    pub(crate) fn properties(&self) -> Vec<(&'static str, String)> {
        match self {
            Intent::Install | Intent::Admin => Vec::new(),
            Intent::Advertise { all_users, .. } => {
                let value = if *all_users { "1" } else { "" };
                vec![("ALLUSERS", value.to_owned())]
            }
            Intent::Remove => vec![("REMOVE", "ALL".to_owned())],
            Intent::Repair { mode } => vec![
                ("REINSTALL", "ALL".to_owned()),
                ("REINSTALLMODE", mode.clone()),
            ],
        }
    }
}
