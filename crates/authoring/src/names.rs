//! Names for tables: identifiers, and short file names beside long ones. "Filename", "Identifier".

use std::collections::{BTreeMap, BTreeSet};

/// Identifiers that were given out.
#[derive(Default)]
pub(crate) struct Identifiers {
    taken: BTreeSet<String>,
}

impl Identifiers {
    /// Returns an identifier that is like `wish` and was not given out: letters, digits, `_` and `.`, at most 60.
    pub(crate) fn of(&mut self, wish: &str) -> String {
        let plain = |c: char| match c.is_ascii_alphanumeric() || c == '_' || c == '.' {
            true => c,
            false => '_',
        };
        let mut name: String = wish.chars().take(60).map(plain).collect();
        if !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            name.insert(0, '_');
        }
        let mut unique = name.clone();
        let mut number = 2;
        // Keys differ by case in a database; files of a cabinet must not.
        while !self.taken.insert(unique.to_ascii_lowercase()) {
            unique = format!("{name}_{number}");
            number += 1;
        }
        unique
    }
}

/// Short names that were given out, by folder.
#[derive(Default)]
pub(crate) struct ShortNames {
    taken: BTreeMap<String, BTreeSet<String>>,
}

impl ShortNames {
    /// Returns a name for a table in a folder: itself where it is short, `SHORT~1.TXT|Long name.txt` otherwise.
    pub(crate) fn of(&mut self, folder: &str, long: &str) -> String {
        let taken = self.taken.entry(folder.to_owned()).or_default();
        if is_short(long) && taken.insert(long.to_ascii_uppercase()) {
            return long.to_owned();
        }
        let (stem, extension) = long.rsplit_once('.').unwrap_or((long, ""));
        let letters = |text: &str, most: usize| -> String {
            let good = text
                .chars()
                .filter(|c| c.is_ascii_alphanumeric() || *c == '_');
            good.take(most).collect::<String>().to_ascii_uppercase()
        };
        let extension = match letters(extension, 3) {
            empty if empty.is_empty() => empty,
            extension => format!(".{extension}"),
        };
        let mut number = 1_u32;
        loop {
            let tail = format!("~{number}");
            let head = letters(stem, 8_usize.saturating_sub(tail.len()));
            let short = format!("{head}{tail}{extension}");
            if taken.insert(short.clone()) {
                return format!("{short}|{long}");
            }
            number += 1;
        }
    }
}

/// Is it a name of at most eight characters and three?
fn is_short(name: &str) -> bool {
    let (stem, extension) = name.split_once('.').unwrap_or((name, ""));
    let good = |text: &str| {
        text.bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_-~!#$%&@".contains(&b))
    };
    !stem.is_empty() && stem.len() <= 8 && extension.len() <= 3 && good(stem) && good(extension)
}

/// Why Windows does not take a file's name; none: it does.
pub(crate) fn refusal(name: &str) -> Option<&'static str> {
    let device = name.split('.').next().unwrap_or("").to_ascii_uppercase();
    let numbered = |prefix: &str| {
        device
            .strip_prefix(prefix)
            .is_some_and(|rest| rest.len() == 1 && rest.bytes().all(|b| b.is_ascii_digit()))
    };
    if name
        .chars()
        .any(|c| c.is_control() || "\\/:*?\"<>|".contains(c))
    {
        Some("Windows does not take one of its characters")
    } else if name.ends_with(['.', ' ']) {
        Some("Windows does not take a name that ends with a dot or a space")
    } else if matches!(&*device, "CON" | "PRN" | "AUX" | "NUL")
        || numbered("COM")
        || numbered("LPT")
    {
        Some("it is the name of a device of Windows")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_are_unique_in_their_folder() {
        let mut names = ShortNames::default();
        for (folder, long, expected) in [
            ("a", "readme.txt", "readme.txt"),
            ("a", "A long name.html", "ALONGN~1.HTM|A long name.html"),
            (
                "a",
                "A long name too.html",
                "ALONGN~2.HTM|A long name too.html",
            ),
            ("b", "A long name.html", "ALONGN~1.HTM|A long name.html"),
            ("a", "README.TXT", "README~1.TXT|README.TXT"),
            ("a", "über.txt", "BER~1.TXT|über.txt"),
            ("a", ".gitignore", "~1.GIT|.gitignore"),
        ] {
            assert_eq!(names.of(folder, long), expected);
        }
    }

    #[test]
    fn identifiers_are_unique_whatever_their_case() {
        let mut names = Identifiers::default();
        assert_eq!(names.of("a b.txt"), "a_b.txt");
        assert_eq!(names.of("A_B.txt"), "A_B.txt_2");
        assert_eq!(names.of("7z.exe"), "_7z.exe");
    }

    #[test]
    fn names_that_windows_does_not_take() {
        for name in ["a:b", "con.txt", "LPT1", "a.", "a\tb"] {
            assert!(refusal(name).is_some(), "{name}");
        }
        for name in ["a b", "console.txt", "com10"] {
            assert!(refusal(name).is_none(), "{name}");
        }
    }
}
