//! Where the special folders are: the properties of "System Folder Properties".
//!
//! As Windows 10 and Wine have them. A prefix whose user moved a folder says so in "User Shell Folders".

use crate::{Architecture, Data, Error, Facts, Folder, KeyPath, MachinePath, Root, View};

impl Folder {
    /// Every special folder.
    pub const ALL: [Folder; 27] = [
        Folder::AdminTools,
        Folder::AppData,
        Folder::CommonAppData,
        Folder::CommonFiles,
        Folder::CommonFiles64,
        Folder::Desktop,
        Folder::Favorites,
        Folder::Fonts,
        Folder::LocalAppData,
        Folder::MyPictures,
        Folder::NetHood,
        Folder::Personal,
        Folder::PrintHood,
        Folder::ProgramFiles,
        Folder::ProgramFiles64,
        Folder::ProgramMenu,
        Folder::Recent,
        Folder::SendTo,
        Folder::StartMenu,
        Folder::Startup,
        Folder::System16,
        Folder::System,
        Folder::System64,
        Folder::Temp,
        Folder::Template,
        Folder::Windows,
        Folder::WindowsVolume,
    ];

    /// The property that holds the folder, such as `ProgramFilesFolder`.
    pub fn property(self) -> String {
        match self {
            Folder::WindowsVolume => "WindowsVolume".to_owned(),
            other => format!("{other:?}Folder"),
        }
    }

    /// The folder's value below "User Shell Folders": of the machine and of the user.
    fn shell_names(self) -> (Option<&'static str>, Option<&'static str>) {
        match self {
            Folder::AdminTools => (
                Some("Common Administrative Tools"),
                Some("Administrative Tools"),
            ),
            Folder::Desktop => (Some("Common Desktop"), Some("Desktop")),
            Folder::ProgramMenu => (Some("Common Programs"), Some("Programs")),
            Folder::StartMenu => (Some("Common Start Menu"), Some("Start Menu")),
            Folder::Startup => (Some("Common StartUp"), Some("StartUp")),
            Folder::Template => (Some("Common Templates"), Some("Templates")),
            Folder::CommonAppData => (Some("Common AppData"), None),
            Folder::AppData => (None, Some("AppData")),
            Folder::Favorites => (None, Some("Favorites")),
            Folder::LocalAppData => (None, Some("Local AppData")),
            Folder::MyPictures => (None, Some("My Pictures")),
            Folder::NetHood => (None, Some("NetHood")),
            Folder::Personal => (None, Some("Personal")),
            Folder::PrintHood => (None, Some("PrintHood")),
            Folder::Recent => (None, Some("Recent")),
            Folder::SendTo => (None, Some("SendTo")),
            _ => (None, None),
        }
    }
}

impl Facts {
    /// Returns where a special folder is by default, without a trailing backslash (but for a drive's root).
    /// `per_machine` chooses between all users' and the user's own, where there are both.
    ///
    /// None for the 64-bit folders of a 32-bit machine.
    pub fn folder(&self, folder: Folder, per_machine: bool) -> Option<String> {
        let user = format!("C:\\users\\{}", self.user_name);
        let roaming = format!("{user}\\AppData\\Roaming");
        let menu = if per_machine {
            "C:\\ProgramData".to_owned()
        } else {
            roaming.clone()
        } + "\\Microsoft\\Windows";
        let bits64 = self.architecture == Architecture::X64;
        let files32 = if bits64 {
            "C:\\Program Files (x86)"
        } else {
            "C:\\Program Files"
        };
        Some(match folder {
            Folder::AdminTools => format!("{menu}\\Start Menu\\Programs\\Administrative Tools"),
            Folder::AppData => roaming,
            Folder::CommonAppData => "C:\\ProgramData".to_owned(),
            Folder::CommonFiles => format!("{files32}\\Common Files"),
            Folder::CommonFiles64 if bits64 => "C:\\Program Files\\Common Files".to_owned(),
            Folder::Desktop if per_machine => "C:\\users\\Public\\Desktop".to_owned(),
            Folder::Desktop => format!("{user}\\Desktop"),
            Folder::Favorites => format!("{user}\\Favorites"),
            Folder::Fonts => "C:\\windows\\Fonts".to_owned(),
            Folder::LocalAppData => format!("{user}\\AppData\\Local"),
            Folder::MyPictures => format!("{user}\\Pictures"),
            Folder::NetHood => format!("{roaming}\\Microsoft\\Windows\\Network Shortcuts"),
            Folder::Personal => format!("{user}\\Documents"),
            Folder::PrintHood => format!("{roaming}\\Microsoft\\Windows\\Printer Shortcuts"),
            Folder::ProgramFiles => files32.to_owned(),
            Folder::ProgramFiles64 if bits64 => "C:\\Program Files".to_owned(),
            Folder::ProgramMenu => format!("{menu}\\Start Menu\\Programs"),
            Folder::Recent => format!("{roaming}\\Microsoft\\Windows\\Recent"),
            Folder::SendTo => format!("{roaming}\\Microsoft\\Windows\\SendTo"),
            Folder::StartMenu => format!("{menu}\\Start Menu"),
            Folder::Startup => format!("{menu}\\Start Menu\\Programs\\StartUp"),
            Folder::System16 => "C:\\windows\\system".to_owned(),
            Folder::System if bits64 => "C:\\windows\\syswow64".to_owned(),
            Folder::System => "C:\\windows\\system32".to_owned(),
            Folder::System64 if bits64 => "C:\\windows\\system32".to_owned(),
            Folder::Temp => format!("{user}\\AppData\\Local\\Temp"),
            Folder::Template => format!("{menu}\\Templates"),
            Folder::Windows => "C:\\windows".to_owned(),
            Folder::WindowsVolume => "C:\\".to_owned(),
            Folder::CommonFiles64 | Folder::ProgramFiles64 | Folder::System64 => return None,
        })
    }
}

/// Returns where a special folder of a machine is: where "User Shell Folders" and the user's TEMP say, else by default.
///
/// Errors: those of reading the registry. What is written there and is no path of the machine is passed over.
pub fn special_folder(
    view: &dyn View,
    folder: Folder,
    per_machine: bool,
) -> Result<Option<MachinePath>, Error> {
    let (machine, user) = folder.shell_names();
    let moved = match (machine, user) {
        (Some(name), other) if per_machine || other.is_none() => {
            shell_folder(view, Root::LocalMachine, name)?
        }
        (_, Some(name)) => shell_folder(view, Root::CurrentUser, name)?,
        _ if folder == Folder::Temp => {
            let key = KeyPath::new(Root::CurrentUser, "Environment");
            expanded(view, view.value(&key, "TEMP")?)
        }
        _ => None,
    };
    Ok(match moved {
        Some(path) => Some(path),
        None => view
            .facts()
            .folder(folder, per_machine)
            .and_then(|text| view.path(&text).ok()),
    })
}

fn shell_folder(view: &dyn View, root: Root, name: &str) -> Result<Option<MachinePath>, Error> {
    let key = KeyPath::new(
        root,
        "Software\\Microsoft\\Windows\\CurrentVersion\\Explorer\\User Shell Folders",
    );
    Ok(expanded(view, view.value(&key, name)?))
}

/// Reads a path with the few variables that such values use.
fn expanded(view: &dyn View, data: Option<Data>) -> Option<MachinePath> {
    let mut text = data?.as_text()?.to_owned();
    let user = format!("C:\\users\\{}", view.facts().user_name);
    let roaming = format!("{user}\\AppData\\Roaming");
    let variables = [
        ("%USERPROFILE%", user.as_str()),
        ("%APPDATA%", &roaming),
        ("%PUBLIC%", "C:\\users\\Public"),
        ("%ALLUSERSPROFILE%", "C:\\ProgramData"),
        ("%ProgramData%", "C:\\ProgramData"),
        ("%SystemRoot%", "C:\\windows"),
        ("%SystemDrive%", "C:"),
    ];
    for (variable, value) in variables {
        if text
            .get(..variable.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(variable))
        {
            text.replace_range(..variable.len(), value);
        }
    }
    view.path(&text).ok()
}
