//! What a machine is: `machine.toml`, or the defaults.

use serde::{Deserialize, Serialize};

/// A machine's processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Architecture {
    /// 64-bit, with 32-bit views.
    X64,
    /// 32-bit.
    X86,
}

/// Facts of a machine that packages ask for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Facts {
    /// Windows version as `major.minor.build`; `VersionNT` is 100 × major + minor.
    pub windows_version: (u32, u32, u32),
    /// Service pack level.
    pub service_pack: u32,
    /// Processor.
    pub architecture: Architecture,
    /// The user's name; their folders are `users\NAME`.
    pub user_name: String,
    /// Is the user one of the machine's administrators?
    pub administrator: bool,
    /// The user's security identifier.
    pub user_sid: String,
    /// The computer's name.
    pub computer_name: String,
    /// Language of the system, and of the user, as LANGIDs.
    pub system_language: u16,
    /// See `system_language`.
    pub user_language: u16,
    /// Drive letters, upper case; `C` is the machine's own folder `drive_c`.
    pub drives: Vec<char>,
    /// Version of Windows Installer that the machine claims, as `major.minor`.
    pub installer_version: (u32, u32),
    /// Where journald listens, when it is to be told the machine's events too: a socket, or 1 for its usual place; "": it is
    /// not told.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub journald: String,
}

impl Default for Facts {
    fn default() -> Facts {
        Facts {
            windows_version: (10, 0, 19045),
            service_pack: 0,
            architecture: Architecture::X64,
            user_name: "user".to_owned(),
            administrator: true,
            user_sid: "S-1-5-21-0-0-0-1000".to_owned(),
            computer_name: "MSIKIT".to_owned(),
            system_language: 1033,
            user_language: 1033,
            drives: vec!['C'],
            installer_version: (5, 0),
            journald: String::new(),
        }
    }
}

/// The special folders that the installer gives as properties. "System Folder Properties".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Folder {
    AdminTools,
    AppData,
    CommonAppData,
    CommonFiles,
    CommonFiles64,
    Desktop,
    Favorites,
    Fonts,
    LocalAppData,
    MyPictures,
    NetHood,
    Personal,
    PrintHood,
    ProgramFiles,
    ProgramFiles64,
    ProgramMenu,
    Recent,
    SendTo,
    StartMenu,
    Startup,
    System16,
    System,
    System64,
    Temp,
    Template,
    Windows,
    WindowsVolume,
}
