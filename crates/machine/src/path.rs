//! Paths inside a machine: a drive letter and names, never a host path.
//!
//! Follows: Microsoft, "Naming Files, Paths, and Namespaces". A path is resolved lexically
//! (`.` and `..`) and can never climb above its drive; devices, streams and wildcards are refused.

use std::fmt;
use std::hash::{Hash, Hasher};

/// An absolute path inside a machine, such as `C:\Program Files\Contoso\tool.exe`.
///
/// Names are kept as authored; comparison, order and hash ignore case, as Windows does.
#[derive(Clone)]
pub struct MachinePath {
    drive: char,
    names: Vec<String>,
}

/// Why a text is not a path inside a machine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// There is no drive letter: a host path, a relative path or a network share.
    #[error("`{0}` is not a path with a drive letter")]
    NoDrive(String),
    /// `..` would lead above the drive.
    #[error("`{0}` leads above its drive")]
    Above(String),
    /// A name that Windows cannot store, and why.
    #[error("`{name}` is not a file name: {why}")]
    BadName {
        /// The name as given.
        name: String,
        /// The rule that it breaks.
        why: &'static str,
    },
}

impl MachinePath {
    /// Reads `C:\a\b`, `C:/a/b` or `C:\`. Use [`crate::View::path`]; this does not know the machine's drives.
    ///
    /// Errors: [`PathError`] names the part that is wrong.
    pub fn parse(text: &str) -> Result<MachinePath, PathError> {
        let mut chars = text.chars();
        let (drive, colon) = (chars.next(), chars.next());
        let (Some(drive), Some(':')) = (drive.filter(char::is_ascii_alphabetic), colon) else {
            return Err(PathError::NoDrive(text.to_owned()));
        };
        let rest = chars.as_str();
        if !rest.is_empty() && !rest.starts_with(['\\', '/']) {
            return Err(PathError::NoDrive(text.to_owned()));
        }
        let mut path = MachinePath {
            drive: drive.to_ascii_uppercase(),
            names: Vec::new(),
        };
        for name in rest.split(['\\', '/']) {
            match name {
                "" | "." => {}
                ".." => {
                    path.names
                        .pop()
                        .ok_or_else(|| PathError::Above(text.to_owned()))?;
                }
                name => path.names.push(checked(name)?),
            }
        }
        Ok(path)
    }

    /// The root folder of a drive; `drive` is a letter, as [`MachinePath::drive`] gives it.
    pub(crate) fn root(drive: char) -> MachinePath {
        MachinePath {
            drive,
            names: Vec::new(),
        }
    }

    /// Returns the path of one name below this one. `name` is a single name, not a path.
    ///
    /// Errors: [`PathError::BadName`], also for `.`, `..` and anything with a separator.
    pub fn join(&self, name: &str) -> Result<MachinePath, PathError> {
        if name == "." || name == ".." || name.contains(['\\', '/']) {
            return Err(PathError::BadName {
                name: name.to_owned(),
                why: "it is not a single name",
            });
        }
        let mut names = self.names.clone();
        names.push(checked(name)?);
        Ok(MachinePath {
            drive: self.drive,
            names,
        })
    }

    /// The drive letter, upper case.
    pub fn drive(&self) -> char {
        self.drive
    }

    /// The names below the drive, as authored.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The last name; none for a drive's root.
    pub fn name(&self) -> Option<&str> {
        self.names.last().map(String::as_str)
    }

    /// The folder that this is in; none for a drive's root.
    pub fn parent(&self) -> Option<MachinePath> {
        let (_, above) = self.names.split_last()?;
        Some(MachinePath {
            drive: self.drive,
            names: above.to_vec(),
        })
    }

    /// The path with a trailing backslash, as directory properties hold it.
    pub fn as_folder(&self) -> String {
        let text = self.to_string();
        if text.ends_with('\\') {
            text
        } else {
            text + "\\"
        }
    }

    /// Is this `folder` itself or something below it?
    pub fn is_within(&self, folder: &MachinePath) -> bool {
        self.drive == folder.drive
            && self.names.len() >= folder.names.len()
            && self
                .names
                .iter()
                .zip(&folder.names)
                .all(|(a, b)| same_name(a, b))
    }
}

/// Folds a name for comparison: one upper-case character for each character, where there is one.
pub fn fold(name: &str) -> String {
    name.chars().map(fold_char).collect()
}

pub(crate) fn fold_char(c: char) -> char {
    let mut upper = c.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

/// Are two names the same to Windows?
pub fn same_name(a: &str, b: &str) -> bool {
    a == b || a.chars().map(fold_char).eq(b.chars().map(fold_char))
}

const DEVICES: [&str; 6] = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"];

fn checked(name: &str) -> Result<String, PathError> {
    let bad = |why| {
        Err(PathError::BadName {
            name: name.to_owned(),
            why,
        })
    };
    // Windows drops trailing dots and blanks before it looks at a name.
    let kept = name.trim_end_matches(['.', ' ']);
    if kept.is_empty() {
        return bad("nothing is left without trailing dots and blanks");
    }
    if kept.contains(':') {
        return bad("a colon names a stream of a file");
    }
    if kept.chars().any(|c| c < ' ' || "<>\"|?*\\/".contains(c)) {
        return bad("it has a character that file names cannot have");
    }
    if kept.encode_utf16().count() > 255 {
        return bad("it is longer than 255 characters");
    }
    let stem = kept.split('.').next().unwrap_or(kept).trim_end();
    let numbered = |prefix: &str| {
        stem.len() >= 4
            && stem.is_char_boundary(3)
            && stem[..3].eq_ignore_ascii_case(prefix)
            && matches!(
                &stem[3..],
                "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³"
            )
    };
    if DEVICES
        .iter()
        .any(|device| device.eq_ignore_ascii_case(stem))
        || numbered("COM")
        || numbered("LPT")
    {
        return bad("it is the name of a device");
    }
    Ok(kept.to_owned())
}

impl fmt::Display for MachinePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:\\{}", self.drive, self.names.join("\\"))
    }
}

impl fmt::Debug for MachinePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl PartialEq for MachinePath {
    fn eq(&self, other: &Self) -> bool {
        self.names.len() == other.names.len() && self.is_within(other)
    }
}

impl Eq for MachinePath {}

impl Hash for MachinePath {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.drive.hash(state);
        for name in &self.names {
            fold(name).hash(state);
        }
    }
}

impl PartialOrd for MachinePath {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for MachinePath {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let folded = |path: &Self| path.names.iter().map(|n| fold(n)).collect::<Vec<_>>();
        (self.drive, folded(self)).cmp(&(other.drive, folded(other)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_resolved_and_cannot_climb_above_the_drive() {
        assert_eq!(
            MachinePath::parse("c:/a/./b\\..\\d").unwrap().to_string(),
            "C:\\a\\d"
        );
        assert!(matches!(
            MachinePath::parse("C:\\a\\..\\.."),
            Err(PathError::Above(_))
        ));
    }

    #[test]
    fn case_is_ignored_in_comparison_and_kept_in_text() {
        let (a, b) = (
            MachinePath::parse("C:\\Straße").unwrap(),
            MachinePath::parse("c:\\STRAßE").unwrap(),
        );
        assert_eq!(a, b);
        assert_eq!(a.to_string(), "C:\\Straße");
    }

    #[test]
    fn host_paths_devices_and_streams_are_refused() {
        for text in [
            "/etc/passwd",
            "a\\b",
            "\\\\server\\share",
            "C:a",
            "C:\\nul.txt",
            "C:\\com1",
            "C:\\a:b",
            "C:\\a?",
        ] {
            assert!(MachinePath::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn join_takes_single_names_only() {
        let root = MachinePath::parse("C:\\").unwrap();
        assert!(root.join("..").is_err() && root.join("a\\b").is_err() && root.join("").is_err());
        assert_eq!(root.join("a. ").unwrap().to_string(), "C:\\a");
    }
}
