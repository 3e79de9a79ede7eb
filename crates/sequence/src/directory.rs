//! The Directory table: where folders are in the target and in the source.
//!
//! Follows: Microsoft, "Directory Table", "Using the Directory Table".

use std::collections::{BTreeSet, HashMap};

use database::Database;

use crate::Error;
use crate::properties::Properties;

/// A name as authored, `short|long`. `None` means the parent folder itself (`.`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    /// The name in 8.3 form; the long name where only one is authored.
    pub short: String,
    /// The long name.
    pub long: String,
}

impl Name {
    /// Splits `short|long`.
    pub(crate) fn parse(text: &str) -> Name {
        let (short, long) = text.split_once('|').unwrap_or((text, text));
        Name {
            short: short.trim().to_owned(),
            long: long.trim().to_owned(),
        }
    }

    /// Returns one of the two.
    pub(crate) fn pick(&self, short: bool) -> &str {
        if short { &self.short } else { &self.long }
    }
}

#[derive(Debug)]
struct Directory {
    key: String,
    parent: Option<String>,
    target: Option<Name>,
    source: Option<Name>,
}

/// The Directory table, parents before children.
#[derive(Debug, Default)]
pub(crate) struct Directories {
    rows: Vec<Directory>,
    index: HashMap<String, usize>,
}

impl Directories {
    /// Reads the table and orders it.
    ///
    /// Errors: a row whose parent is missing, or that is its own ancestor.
    pub(crate) fn read(database: &Database) -> Result<Directories, Error> {
        let mut rows = Vec::new();
        if let Some(table) = database.table("Directory")? {
            for record in table.records() {
                let key = record.required("Directory")?.to_owned();
                let parent = record.text("Directory_Parent");
                let parent = (!parent.is_empty() && parent != key).then(|| parent.to_owned());
                let default_dir = record.text("DefaultDir");
                if let Some(wrong) = names(default_dir).find(|name| !is_one_name(name)) {
                    return Err(Error::BadCell {
                        table: "Directory".to_owned(),
                        row: key,
                        column: "DefaultDir".to_owned(),
                        what: format!("`{wrong}` is not the name of a folder"),
                    });
                }
                let (target, source) = parse_default_dir(default_dir);
                rows.push(Directory {
                    key,
                    parent,
                    target,
                    source,
                });
            }
        }
        Directories::ordered(rows)
    }

    fn ordered(rows: Vec<Directory>) -> Result<Directories, Error> {
        let known: BTreeSet<String> = rows.iter().map(|row| row.key.clone()).collect();
        let mut ordered = Directories::default();
        let mut waiting = rows;
        while !waiting.is_empty() {
            let mut later = Vec::new();
            let before = waiting.len();
            for row in waiting {
                match &row.parent {
                    Some(parent) if !known.contains(parent) => {
                        return Err(no_parent(&row.key, parent));
                    }
                    Some(parent) if !ordered.index.contains_key(parent) => later.push(row),
                    _ => {
                        ordered.index.insert(row.key.clone(), ordered.rows.len());
                        ordered.rows.push(row);
                    }
                }
            }
            if later.len() == before {
                let row = later.first().map(|row| row.key.clone()).unwrap_or_default();
                return Err(Error::Cycle {
                    table: "Directory",
                    row,
                });
            }
            waiting = later;
        }
        Ok(ordered)
    }

    /// Is `key` a row of the table?
    pub(crate) fn contains(&self, key: &str) -> bool {
        self.index.contains_key(key)
    }

    /// Returns the parent of a key and its target name below that; none for a root.
    pub(crate) fn parent_and_name(&self, key: &str) -> Option<(String, Option<&Name>)> {
        let row = &self.rows[*self.index.get(key)?];
        Some((row.parent.clone()?, row.target.as_ref()))
    }

    /// Returns the keys of all folders below one.
    pub(crate) fn below(&self, key: &str) -> Vec<String> {
        let mut below: Vec<String> = Vec::new();
        for row in &self.rows {
            if row
                .parent
                .as_ref()
                .is_some_and(|parent| parent == key || below.contains(parent))
            {
                below.push(row.key.clone());
            }
        }
        below
    }

    /// Returns the target folder of every row, with a trailing backslash, parents first. A property
    /// named like the key wins over parent and name. `root` is where roots go that have no property.
    pub(crate) fn targets(
        &self,
        properties: &Properties,
        root: &str,
        short: bool,
    ) -> Vec<(String, String)> {
        self.resolve(root, |row, parent| {
            let given = properties.get(&row.key);
            if given.is_empty() {
                joined(parent, row.target.as_ref(), short)
            } else {
                with_backslash(given)
            }
        })
    }

    /// Returns the target folders of an administrative image: the source names below `root`.
    pub(crate) fn image_targets(&self, root: &str, short: bool) -> Vec<(String, String)> {
        self.resolve(root, |row, parent| {
            joined(parent, row.source.as_ref(), short)
        })
    }

    fn resolve(
        &self,
        root: &str,
        text: impl Fn(&Directory, &str) -> String,
    ) -> Vec<(String, String)> {
        let mut resolved: Vec<(String, String)> = Vec::with_capacity(self.rows.len());
        for row in &self.rows {
            let above = row
                .parent
                .as_ref()
                .and_then(|parent| self.index.get(parent))
                .map(|&at| resolved[at].1.clone());
            let path = match above {
                Some(parent) => text(row, &parent),
                None => text(
                    &Directory {
                        key: row.key.clone(),
                        parent: None,
                        target: None,
                        source: None,
                    },
                    root,
                ),
            };
            resolved.push((row.key.clone(), path));
        }
        resolved
    }

    /// Returns the long target names that lead to `key`'s folder, from its root on. Where `known` knows names for a
    /// key on the way, they stand for it and all above it. None where there is no such row.
    pub(crate) fn target_names(
        &self,
        key: &str,
        known: &dyn Fn(&str) -> Option<Vec<String>>,
    ) -> Option<Vec<String>> {
        let mut names = Vec::new();
        let mut at = *self.index.get(key)?;
        loop {
            let row = &self.rows[at];
            if let Some(names_above) = known(&row.key) {
                names.extend(names_above.into_iter().rev());
                break;
            }
            // Rows are ordered parents first, so this ends.
            let Some(parent) = &row.parent else { break };
            names.extend(row.target.as_ref().map(|name| name.long.clone()));
            at = *self.index.get(parent)?;
        }
        names.reverse();
        Some(names)
    }

    /// Returns the names below SourceDir that lead to `key`'s source folder; none where there is no such row.
    pub(crate) fn source_names(&self, key: &str, short: bool) -> Option<Vec<String>> {
        let mut names = Vec::new();
        let mut at = *self.index.get(key)?;
        // Rows are ordered parents first, so this ends.
        while let Some(parent) = &self.rows[at].parent {
            if let Some(name) = &self.rows[at].source {
                names.push(name.pick(short).to_owned());
            }
            at = *self.index.get(parent)?;
        }
        names.reverse();
        Some(names)
    }
}

fn no_parent(row: &str, parent: &str) -> Error {
    Error::NoSuch {
        table: "Directory".to_owned(),
        row: row.to_owned(),
        what: "directory",
        name: parent.to_owned(),
    }
}

fn joined(parent: &str, name: Option<&Name>, short: bool) -> String {
    match name {
        Some(name) => with_backslash(&(with_backslash(parent) + name.pick(short))),
        None => with_backslash(parent),
    }
}

/// Returns a folder's text with one backslash at its end, and backslashes for slashes.
pub(crate) fn with_backslash(folder: &str) -> String {
    let mut text = folder.trim().replace('/', "\\");
    if !text.is_empty() && !text.ends_with('\\') {
        text.push('\\');
    }
    text
}

/// The names in `short|long:short|long`.
fn names(default_dir: &str) -> impl Iterator<Item = &str> {
    default_dir.split([':', '|']).map(str::trim)
}

/// Is it one name, and none that leads to another folder's inside or out of this one?
fn is_one_name(name: &str) -> bool {
    name != ".." && !name.contains(['\\', '/'])
}

/// Splits `target:source`, each `short|long`; without a colon both are the same.
fn parse_default_dir(text: &str) -> (Option<Name>, Option<Name>) {
    let (target, source) = text.split_once(':').unwrap_or((text, text));
    (folder_name(target), folder_name(source))
}

fn folder_name(text: &str) -> Option<Name> {
    let name = Name::parse(text);
    (!matches!(name.long.as_str(), "." | "")).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directories(rows: &[(&str, &str, &str)]) -> Result<Directories, Error> {
        let row = |&(key, parent, default_dir): &(&str, &str, &str)| {
            let (target, source) = parse_default_dir(default_dir);
            let parent = (!parent.is_empty() && parent != key).then(|| parent.to_owned());
            Directory {
                key: key.to_owned(),
                parent,
                target,
                source,
            }
        };
        Directories::ordered(rows.iter().map(row).collect())
    }

    fn example() -> Directories {
        directories(&[
            ("BIN", "APP", "bin:binaries"),
            ("APP", "ProgramFilesFolder", "CONTOS~1|Contoso Tools"),
            ("ProgramFilesFolder", "TARGETDIR", ".:PF"),
            ("HERE", "APP", "."),
            ("TARGETDIR", "", "SourceDir"),
        ])
        .unwrap()
    }

    #[test]
    fn a_property_named_like_the_key_wins_over_parent_and_name() {
        let mut properties = Properties::default();
        properties.set("ProgramFilesFolder", "C:\\Program Files (x86)");
        let targets = example().targets(&properties, "C:\\", false);
        let text: Vec<String> = targets
            .iter()
            .map(|(key, path)| format!("{key}={path}"))
            .collect();
        assert_eq!(
            text.join(" | "),
            "TARGETDIR=C:\\ | ProgramFilesFolder=C:\\Program Files (x86)\\ | \
             APP=C:\\Program Files (x86)\\Contoso Tools\\ | HERE=C:\\Program Files (x86)\\Contoso Tools\\ | \
             BIN=C:\\Program Files (x86)\\Contoso Tools\\bin\\"
        );
    }

    #[test]
    fn short_names_and_source_names_are_kept_apart_from_targets() {
        let targets = example().targets(&Properties::default(), "D:", true);
        assert_eq!(targets.last().unwrap().1, "D:\\CONTOS~1\\bin\\");
        assert_eq!(
            example().source_names("BIN", false).unwrap(),
            ["PF", "Contoso Tools", "binaries"]
        );
        assert_eq!(example().source_names("NOPE", false), None);
    }

    #[test]
    fn circles_and_missing_parents_are_named() {
        assert!(
            matches!(directories(&[("A", "B", "a"), ("B", "A", "b")]), Err(Error::Cycle { row, .. }) if row == "A")
        );
        assert!(
            matches!(directories(&[("A", "B", "a")]), Err(Error::NoSuch { name, .. }) if name == "B")
        );
    }
}
