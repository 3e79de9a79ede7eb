//! Registry keys and data as values, and where the 32-bit view lives.
//!
//! Follows: Microsoft, "Registry Keys Affected by WOW64" — stored the way Wine stores them:
//! `Software\Wow6432Node\…` and `Software\Classes\Wow6432Node\…`.

use std::fmt;
use std::hash::{Hash, Hasher};

use crate::path::{fold, same_name};

/// The root of a key, as stored. `HKEY_CLASSES_ROOT` is `Software\Classes` of one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Root {
    /// `HKEY_LOCAL_MACHINE`, `system.reg`.
    LocalMachine,
    /// `HKEY_CURRENT_USER`, `user.reg`.
    CurrentUser,
    /// `HKEY_USERS`; `.Default` is `userdef.reg`.
    Users,
}

/// Which view of the registry a component writes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bitness {
    /// 32-bit components: redirected below `Wow6432Node` on a 64-bit machine.
    Bits32,
    /// 64-bit components, and everything on a 32-bit machine.
    Bits64,
}

/// A key, such as `HKLM\Software\Contoso`. Comparison ignores case.
#[derive(Clone)]
pub struct KeyPath {
    /// The root.
    pub root: Root,
    names: Vec<String>,
}

/// One change of the registry.
#[derive(Clone, Debug, PartialEq)]
pub enum KeyChange {
    /// Make a key and those above it.
    CreateKey(KeyPath),
    /// Set a value, by name.
    SetValue(KeyPath, String, Data),
    /// Remove a value, by name.
    RemoveValue(KeyPath, String),
    /// Remove a key that has no values and no subkeys.
    RemoveEmptyKey(KeyPath),
}

/// The data of one value, typed as the registry types it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum Data {
    /// REG_SZ
    Sz(String),
    /// REG_EXPAND_SZ
    ExpandSz(String),
    /// REG_MULTI_SZ
    MultiSz(Vec<String>),
    /// REG_DWORD
    Dword(u32),
    /// REG_QWORD
    Qword(u64),
    /// REG_BINARY
    Binary(Vec<u8>),
    /// Any other type, as its number and bytes (REG_NONE is 0).
    Other(u32, Vec<u8>),
}

/// One key as read: names as stored, values in stored order, names of direct subkeys.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// The key's path with the names as stored.
    pub path: KeyPath,
    /// Values; the default value's name is "".
    pub values: Vec<(String, Data)>,
    /// Names of the subkeys, as stored.
    pub subkeys: Vec<String>,
}

/// The name of the key that holds the 32-bit view.
const WOW: &str = "Wow6432Node";

/// Keys below `Software` that both views of the local machine share, on Windows 7 and newer.
const SHARED: [&str; 48] = [
    "Clients",
    "Microsoft\\COM3",
    "Microsoft\\Cryptography\\Calais\\Current",
    "Microsoft\\Cryptography\\Calais\\Readers",
    "Microsoft\\Cryptography\\Services",
    "Microsoft\\CTF\\SystemShared",
    "Microsoft\\CTF\\TIP",
    "Microsoft\\DFS",
    "Microsoft\\Driver Signing",
    "Microsoft\\EnterpriseCertificates",
    "Microsoft\\EventSystem",
    "Microsoft\\MSMQ",
    "Microsoft\\Non-Driver Signing",
    "Microsoft\\Notepad\\DefaultFonts",
    "Microsoft\\OLE",
    "Microsoft\\RAS",
    "Microsoft\\RPC",
    "Microsoft\\Software\\Microsoft\\Shared Tools\\MSInfo",
    "Microsoft\\SystemCertificates",
    "Microsoft\\TermServLicensing",
    "Microsoft\\TransactionServer",
    "Microsoft\\Windows\\CurrentVersion\\App Paths",
    "Microsoft\\Windows\\CurrentVersion\\Control Panel\\Cursors\\Schemes",
    "Microsoft\\Windows\\CurrentVersion\\Explorer\\AutoplayHandlers",
    "Microsoft\\Windows\\CurrentVersion\\Explorer\\DriveIcons",
    "Microsoft\\Windows\\CurrentVersion\\Explorer\\KindMap",
    "Microsoft\\Windows\\CurrentVersion\\Group Policy",
    "Microsoft\\Windows\\CurrentVersion\\Policies",
    "Microsoft\\Windows\\CurrentVersion\\PreviewHandlers",
    "Microsoft\\Windows\\CurrentVersion\\Setup",
    "Microsoft\\Windows\\CurrentVersion\\Telephony\\Locations",
    "Microsoft\\Windows NT\\CurrentVersion\\Console",
    "Microsoft\\Windows NT\\CurrentVersion\\FontDpi",
    "Microsoft\\Windows NT\\CurrentVersion\\FontLink",
    "Microsoft\\Windows NT\\CurrentVersion\\FontMapper",
    "Microsoft\\Windows NT\\CurrentVersion\\Fonts",
    "Microsoft\\Windows NT\\CurrentVersion\\FontSubstitutes",
    "Microsoft\\Windows NT\\CurrentVersion\\Gre_Initialize",
    "Microsoft\\Windows NT\\CurrentVersion\\Image File Execution Options",
    "Microsoft\\Windows NT\\CurrentVersion\\Language Pack",
    "Microsoft\\Windows NT\\CurrentVersion\\NetworkCards",
    "Microsoft\\Windows NT\\CurrentVersion\\Perflib",
    "Microsoft\\Windows NT\\CurrentVersion\\Ports",
    "Microsoft\\Windows NT\\CurrentVersion\\Print",
    "Microsoft\\Windows NT\\CurrentVersion\\ProfileList",
    "Microsoft\\Windows NT\\CurrentVersion\\Time Zones",
    "Policies",
    "RegisteredApplications",
];

/// Keys below `Software\Classes` that are links in its 32-bit view.
const SHARED_CLASSES: [&str; 3] = ["AppId", "Protocols", "TypeLib"];

/// Turns names below a root into those under which the key is stored: both orders of `Wow6432Node` and `Classes`
/// are one key, and shared keys are not below `Wow6432Node`.
pub(crate) fn as_stored(root: Root, names: &mut Vec<String>) {
    let is =
        |names: &[String], at: usize, name: &str| names.get(at).is_some_and(|n| same_name(n, name));
    if !is(names, 0, "Software") {
        return;
    }
    if is(names, 1, WOW) && is(names, 2, "Classes") {
        names.swap(1, 2);
    }
    let (at, shared) = match (
        is(names, 1, "Classes") && is(names, 2, WOW),
        is(names, 1, WOW),
    ) {
        (true, _) => (2, &SHARED_CLASSES[..]),
        (_, true) if root == Root::LocalMachine => (1, &SHARED[..]),
        _ => return,
    };
    let below = &names[at + 1..];
    let starts = |key: &str| {
        let count = key.split('\\').count();
        below.len() >= count && key.split('\\').zip(below).all(|(a, b)| same_name(a, b))
    };
    if shared.iter().any(|key| starts(key)) {
        names.remove(at);
    }
}

impl KeyPath {
    /// Makes a key from a root and a path below it, as stored: no redirection happens here.
    /// Empty names are dropped (a leading or doubled backslash means nothing to Windows).
    pub fn new(root: Root, path: &str) -> KeyPath {
        let names = path
            .split('\\')
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect();
        KeyPath { root, names }
    }

    /// Reads a key with its root, short or long: `HKLM\Software` or `HKEY_LOCAL_MACHINE\Software`, in any case.
    /// `HKCR` is the machine's part of `HKEY_CLASSES_ROOT`. None where the root is no such.
    pub fn parse(text: &str) -> Option<KeyPath> {
        let (root, path) = text.split_once('\\').unwrap_or((text, ""));
        match root.to_ascii_uppercase().as_str() {
            "HKLM" | "HKEY_LOCAL_MACHINE" => Some(KeyPath::new(Root::LocalMachine, path)),
            "HKCU" | "HKEY_CURRENT_USER" => Some(KeyPath::new(Root::CurrentUser, path)),
            "HKU" | "HKEY_USERS" => Some(KeyPath::new(Root::Users, path)),
            "HKCR" | "HKEY_CLASSES_ROOT" => {
                Some(KeyPath::new(Root::LocalMachine, "Software\\Classes").join(path))
            }
            _ => None,
        }
    }

    /// Makes the key that `path` means in one view of a 64-bit machine: the 32-bit view of
    /// `Software` is below `Wow6432Node`, that of `Software\Classes` below `Classes\Wow6432Node`;
    /// shared keys have one place in both views.
    /// On a 32-bit machine pass [`Bitness::Bits64`].
    pub fn in_view(root: Root, path: &str, bitness: Bitness) -> KeyPath {
        let mut key = KeyPath::new(root, path);
        let is =
            |names: &[String], at: usize, name| names.get(at).is_some_and(|n| same_name(n, name));
        if bitness == Bitness::Bits64 || root == Root::Users || !is(&key.names, 0, "Software") {
            return key;
        }
        let classes = is(&key.names, 1, "Classes");
        if root == Root::CurrentUser && !classes {
            return key;
        }
        let at = if classes { 2 } else { 1 };
        if !is(&key.names, at, WOW) {
            key.names.insert(at, WOW.to_owned());
        }
        as_stored(root, &mut key.names);
        key
    }

    /// The names below the root.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The path below the root, joined with backslashes.
    pub fn path(&self) -> String {
        self.names.join("\\")
    }

    /// The last name; none for a root.
    pub fn name(&self) -> Option<&str> {
        self.names.last().map(String::as_str)
    }

    /// The key that this is in; none for a root.
    pub fn parent(&self) -> Option<KeyPath> {
        let (_, above) = self.names.split_last()?;
        Some(KeyPath {
            root: self.root,
            names: above.to_vec(),
        })
    }

    /// The key below this one; `path` may have several names.
    pub fn join(&self, path: &str) -> KeyPath {
        let mut key = self.clone();
        key.names.extend(
            path.split('\\')
                .filter(|name| !name.is_empty())
                .map(str::to_owned),
        );
        key
    }

    /// Is this `key` itself or below it?
    pub fn is_within(&self, key: &KeyPath) -> bool {
        self.root == key.root
            && self.names.len() >= key.names.len()
            && self
                .names
                .iter()
                .zip(&key.names)
                .all(|(a, b)| same_name(a, b))
    }
}

impl Data {
    /// The type's name, such as `REG_SZ`; other types by number, `REG_8`.
    pub fn type_name(&self) -> String {
        match self {
            Data::Sz(_) => "REG_SZ".to_owned(),
            Data::ExpandSz(_) => "REG_EXPAND_SZ".to_owned(),
            Data::MultiSz(_) => "REG_MULTI_SZ".to_owned(),
            Data::Dword(_) => "REG_DWORD".to_owned(),
            Data::Qword(_) => "REG_QWORD".to_owned(),
            Data::Binary(_) => "REG_BINARY".to_owned(),
            Data::Other(0, _) => "REG_NONE".to_owned(),
            Data::Other(number, _) => format!("REG_{number}"),
        }
    }

    /// The text of REG_SZ and REG_EXPAND_SZ data.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Data::Sz(text) | Data::ExpandSz(text) => Some(text),
            _ => None,
        }
    }
}

impl fmt::Display for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Root::LocalMachine => "HKLM",
            Root::CurrentUser => "HKCU",
            Root::Users => "HKU",
        })
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.root)?;
        self.names.iter().try_for_each(|name| write!(f, "\\{name}"))
    }
}

impl fmt::Debug for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl PartialEq for KeyPath {
    fn eq(&self, other: &Self) -> bool {
        self.names.len() == other.names.len() && self.is_within(other)
    }
}

impl Eq for KeyPath {}

impl Hash for KeyPath {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.root.hash(state);
        for name in &self.names {
            fold(name).hash(state);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_are_read_short_and_long() {
        let key = |text| KeyPath::parse(text).map(|key| key.to_string());
        assert_eq!(key("hklm\\A\\b").as_deref(), Some("HKLM\\A\\b"));
        assert_eq!(key("HKEY_CURRENT_USER").as_deref(), Some("HKCU"));
        assert_eq!(
            key("HKCR\\.txt").as_deref(),
            Some("HKLM\\Software\\Classes\\.txt")
        );
        assert_eq!(key("Software\\A"), None);
    }

    #[test]
    fn the_32_bit_view_lives_below_wow6432node() {
        let key = |root, path| KeyPath::in_view(root, path, Bitness::Bits32).to_string();
        assert_eq!(
            key(Root::LocalMachine, "SOFTWARE\\A"),
            "HKLM\\SOFTWARE\\Wow6432Node\\A"
        );
        assert_eq!(
            key(Root::LocalMachine, "Software\\Classes\\.x"),
            "HKLM\\Software\\Classes\\Wow6432Node\\.x"
        );
        assert_eq!(key(Root::CurrentUser, "Software\\A"), "HKCU\\Software\\A");
        assert_eq!(key(Root::LocalMachine, "System\\A"), "HKLM\\System\\A");
        assert_eq!(
            key(Root::LocalMachine, "Software\\Wow6432Node\\A"),
            "HKLM\\Software\\Wow6432Node\\A"
        );
    }
}
