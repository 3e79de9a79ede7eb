//! The text of TRANSFORMS: `first.mst;:embedded;second.mst`, after `@` or `|`.
//!
//! Follows: Microsoft, "TRANSFORMS Property", "Applying Transforms".

use super::failure;
use crate::Error;
use crate::package::is_machine_path;

/// How many transforms can be applied at most.
const COUNT_MAX: usize = 255;

/// A list of transforms.
#[derive(Debug, PartialEq)]
pub(super) struct List {
    /// Of its files.
    pub(super) kind: Kind,
    /// In the order in which they are applied.
    pub(super) entries: Vec<Entry>,
}

/// Where the files of a list come from, and where they are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// From the place given, else beside the package; kept where the user can write.
    Unsecured,
    /// `@`: beside the package.
    AtSource,
    /// `|`: from the full path given.
    FullPath,
}

/// One transform of a list.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Entry {
    /// `:name`: in the package.
    Embedded(String),
    /// The name of a file.
    Name(String),
    /// A path.
    Path(String),
}

impl List {
    /// Reads a list; `secured`: without a sign, it is secured.
    ///
    /// Errors: [`Error::Transform`] (1624) for names and paths in one list, names after `|`, paths after `@`, and
    /// more than 255 transforms.
    pub(super) fn parse(text: &str, secured: bool) -> Result<List, Error> {
        let wrong = |why: &str| failure(text, why);
        let (sign, rest) = match text.chars().next() {
            Some(sign @ ('@' | '|')) => (Some(sign), &text[1..]),
            _ => (None, text),
        };
        let entries = rest
            .split(';')
            .map(str::trim)
            .filter(|entry| !entry.is_empty());
        let entries: Vec<Entry> = entries.map(Entry::parse).collect();
        if entries.len() > COUNT_MAX {
            return Err(wrong("a list has at most 255 transforms"));
        }
        let names = entries.iter().any(|entry| matches!(entry, Entry::Name(_)));
        let paths = entries.iter().any(|entry| matches!(entry, Entry::Path(_)));
        let kind = match (sign, names, paths) {
            (_, true, true) => {
                return Err(wrong("names of files and paths cannot be in one list"));
            }
            (Some('@'), _, true) => return Err(wrong("after @ there are only names of files")),
            (Some('|'), true, _) => return Err(wrong("after | there are only full paths")),
            (Some('@'), ..) => Kind::AtSource,
            (Some(_), ..) => Kind::FullPath,
            (None, _, true) if secured => Kind::FullPath,
            (None, true, _) if secured => Kind::AtSource,
            (None, ..) => Kind::Unsecured,
        };
        if sign == Some('|') && !entries.iter().all(Entry::is_absolute) {
            return Err(wrong("after | there are only full paths"));
        }
        Ok(List { kind, entries })
    }
}

impl Kind {
    /// What a registered list begins with.
    pub(super) fn sign(self) -> &'static str {
        match self {
            Kind::Unsecured => "",
            Kind::AtSource => "@",
            Kind::FullPath => "|",
        }
    }
}

impl Entry {
    fn parse(text: &str) -> Entry {
        match text.strip_prefix(':') {
            Some(name) => Entry::Embedded(name.to_owned()),
            None if text.contains(['/', '\\']) => Entry::Path(text.to_owned()),
            None => Entry::Name(text.to_owned()),
        }
    }

    /// The last name of its path; the name of an embedded one.
    pub(super) fn file_name(&self) -> &str {
        let (Entry::Embedded(text) | Entry::Name(text) | Entry::Path(text)) = self;
        text.rsplit(['/', '\\']).next().unwrap_or(text)
    }

    fn is_absolute(&self) -> bool {
        match self {
            Entry::Embedded(_) => true,
            Entry::Name(_) => false,
            Entry::Path(path) => {
                is_machine_path(path) || path.starts_with('/') || path.starts_with("\\\\")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str, secured: bool) -> Option<Kind> {
        List::parse(text, secured).ok().map(|list| list.kind)
    }

    #[test]
    fn lists_of_every_kind() {
        for (text, unsecured, secured) in [
            (
                "a.mst;:b;c.mst",
                Some(Kind::Unsecured),
                Some(Kind::AtSource),
            ),
            ("C:\\a.mst;:b", Some(Kind::Unsecured), Some(Kind::FullPath)),
            ("/home/a.mst", Some(Kind::Unsecured), Some(Kind::FullPath)),
            ("./a.mst", Some(Kind::Unsecured), Some(Kind::FullPath)),
            (":b;:c", Some(Kind::Unsecured), Some(Kind::Unsecured)),
            ("", Some(Kind::Unsecured), Some(Kind::Unsecured)),
            ("@a.mst;:b", Some(Kind::AtSource), Some(Kind::AtSource)),
            ("@:b;a.mst", Some(Kind::AtSource), Some(Kind::AtSource)),
            (
                "|\\\\server\\share\\a.mst;:b",
                Some(Kind::FullPath),
                Some(Kind::FullPath),
            ),
            ("a.mst;C:\\b.mst", None, None),
            ("@C:\\b.mst", None, None),
            ("|a.mst", None, None),
            ("|./a.mst", None, None),
        ] {
            assert_eq!(kind(text, false), unsecured, "{text}");
            assert_eq!(kind(text, true), secured, "{text}");
        }
    }

    #[test]
    fn entries_in_order() {
        let list = List::parse("@ :one ; two.mst;;", false).unwrap();
        let one = Entry::Embedded("one".to_owned());
        assert_eq!(list.entries, [one, Entry::Name("two.mst".to_owned())]);
        assert_eq!(Entry::parse("C:\\x\\y.mst").file_name(), "y.mst");
    }

    #[test]
    fn no_list_has_more_than_255() {
        assert!(List::parse(&":a;".repeat(255), false).is_ok());
        assert!(List::parse(&":a;".repeat(256), false).is_err());
    }
}
