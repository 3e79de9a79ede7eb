//! What two snapshots do not share: as parts of a layer, and as registry changes.
//!
//! Of the machine before, only lines are known. They do not quote, so that a value that goes, whose name begins with
//! that of a key beside it and a backslash, is taken for one of that key.

use std::collections::{BTreeMap, BTreeSet};

use machine::{ImageEntry, Item, KeyPath, RegFile, Root, SnapshotLine, fold, hive_file};

use crate::image::Part;

/// What is different in a machine.
pub struct Changes<'a> {
    /// Lines of the machine before that are not there any more.
    gone: Vec<&'a str>,
    /// What is new, or as it was not before.
    new: Vec<&'a Item>,
    /// The keys of the machine before, as its lines show them.
    keys_before: BTreeSet<&'a str>,
    /// All of the machine after.
    after: &'a [SnapshotLine],
}

impl<'a> Changes<'a> {
    /// Compares the lines of a machine before with what is there after.
    pub fn between(before: &'a [String], after: &'a [SnapshotLine]) -> Changes<'a> {
        let lines_before: BTreeSet<&str> = before.iter().map(String::as_str).collect();
        let lines_after: BTreeSet<&str> = after.iter().map(|line| line.text.as_str()).collect();
        let is_new = |line: &&SnapshotLine| !lines_before.contains(line.text.as_str());
        let keys = lines_before
            .iter()
            .filter_map(|line| line.strip_prefix("K "));
        Changes {
            gone: lines_before.difference(&lines_after).copied().collect(),
            new: after.iter().filter(is_new).map(|line| &line.item).collect(),
            keys_before: keys.collect(),
            after,
        }
    }

    /// Returns the registry's changes. Keys that had no values and only held others stay, as `Uninstall` does: they are
    /// empty here and need not be where the file is imported.
    pub fn registry(&self) -> RegFile {
        let mut file = RegFile::default();
        self.removed_keys(&mut file);
        self.removed_values(&mut file);
        let keys = self.new.iter().filter_map(|item| match item {
            Item::Key(key) => Some(key.to_string()),
            _ => None,
        });
        let keys: BTreeSet<String> = keys.collect();
        for item in &self.new {
            match item {
                // A key comes with those below it.
                Item::Key(key) if has_below(&keys, &key.to_string()) => {}
                Item::Key(key) => file.create_key(key),
                Item::Value(key, name, data) => file.set_value(key, name, data),
                Item::Entry(_) => {}
            }
        }
        file
    }

    fn removed_keys(&self, file: &mut RegFile) {
        let values = self.gone.iter().filter_map(|line| line.strip_prefix("R "));
        let with_values: BTreeSet<&str> = values
            .filter_map(|line| self.reading(line))
            .map(|(key, _)| key)
            .collect();
        let gone: BTreeSet<String> = self
            .gone
            .iter()
            .filter_map(|line| line.strip_prefix("K "))
            .map(str::to_owned)
            .collect();
        let mut removed: Option<KeyPath> = None;
        for key in gone
            .iter()
            .filter(|key| with_values.contains(key.as_str()) || !has_below(&gone, key))
        {
            let Some(key) = KeyPath::parse(key) else {
                continue;
            };
            if removed.as_ref().is_none_or(|above| !key.is_within(above)) {
                file.remove_key(&key);
                removed = Some(key);
            }
        }
    }

    fn removed_values(&self, file: &mut RegFile) {
        let mut names: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for line in self.after {
            match &line.item {
                Item::Key(key) => drop(names.entry(key.to_string()).or_default()),
                Item::Value(key, name, _) => {
                    names.entry(key.to_string()).or_default().insert(fold(name));
                }
                Item::Entry(_) => {}
            }
        }
        for line in self.gone.iter().filter_map(|line| line.strip_prefix("R ")) {
            if let Some((key, name)) = self.reading(line) {
                let is_gone = names
                    .get(key)
                    .is_some_and(|names| !names.contains(&fold(name)));
                if let Some(key) = KeyPath::parse(key).filter(|_| is_gone) {
                    file.remove_value(&key, name);
                }
            }
        }
    }

    /// The key and the name that a value's line tells: the longest key, for names may have backslashes too.
    fn reading<'l>(&self, line: &'l str) -> Option<(&'l str, &'l str)> {
        let mut ends = line.rmatch_indices('\\').map(|(at, _)| at);
        let end = ends.find(|end| self.keys_before.contains(&line[..*end]))?;
        let name = &line[end + 1..];
        Some((&line[..end], &name[..name.find(" REG_")?]))
    }

    /// Returns what a layer has that makes the machine of before the one of after.
    ///
    /// `image` is all that the machine has now. A hive is there whole where one of its keys or values is different;
    /// the folders that lead to something are there with it.
    pub fn parts(&self, image: Vec<ImageEntry>) -> Vec<Part> {
        let there: BTreeMap<&str, &ImageEntry> = image
            .iter()
            .map(|entry| (entry.path.as_str(), entry))
            .collect();
        let gone = self.gone_paths(&there);
        let new = self.new.iter().filter_map(|item| match item {
            Item::Entry(entry) => Some(entry.path.as_str()),
            _ => None,
        });
        let hives = self
            .changed_roots()
            .into_iter()
            .map(|root| -> &str { hive_file(root) });
        let mut wanted: BTreeSet<&str> = new.chain(hives).collect();
        let ends: Vec<&str> = wanted.iter().chain(&gone).copied().collect();
        wanted.extend(ends.into_iter().flat_map(above));
        let mut parts: Vec<Part> = gone
            .iter()
            .map(|path| Part::Gone((*path).to_owned()))
            .collect();
        let is_wanted = |entry: &&ImageEntry| wanted.contains(entry.path.as_str());
        parts.extend(image.iter().filter(is_wanted).cloned().map(Part::There));
        parts
    }

    /// The paths where nothing is any more, without those below another of them or below what is no folder any more.
    fn gone_paths(&self, there: &BTreeMap<&str, &ImageEntry>) -> BTreeSet<&'a str> {
        let is_gone = |path: &&str| !there.contains_key(path);
        let paths: BTreeSet<&str> = self
            .gone
            .iter()
            .filter_map(|line| path_of(line))
            .filter(is_gone)
            .collect();
        let is_top = |path: &&&str| {
            above(path).all(|folder| !paths.contains(folder) && is_folder(there, folder))
        };
        paths.iter().filter(is_top).copied().collect()
    }

    fn changed_roots(&self) -> BTreeSet<Root> {
        let new = self.new.iter().filter_map(|item| match item {
            Item::Key(key) | Item::Value(key, ..) => Some(key.root),
            Item::Entry(_) => None,
        });
        let is_registry = |line: &&&str| line.starts_with("K ") || line.starts_with("R ");
        let gone = self.gone.iter().filter(is_registry);
        let gone = gone.filter_map(|line| KeyPath::parse(line.get(2..)?).map(|key| key.root));
        new.chain(gone).collect()
    }
}

/// Is one of the keys below this one?
fn has_below(keys: &BTreeSet<String>, key: &str) -> bool {
    let below = format!("{key}\\");
    let next = keys.range(below.clone()..).next();
    next.is_some_and(|next| next.starts_with(&below))
}

fn is_folder(there: &BTreeMap<&str, &ImageEntry>, path: &str) -> bool {
    there
        .get(path)
        .is_some_and(|entry| matches!(entry.kind, machine::ImageKind::Folder { .. }))
}

/// The folders above a path, the nearest first.
fn above(path: &str) -> impl Iterator<Item = &str> {
    path.rmatch_indices('/').map(move |(at, _)| &path[..at])
}

/// The path that a line is about; none for keys and values.
fn path_of(line: &str) -> Option<&str> {
    let (kind, rest) = line.split_once(' ')?;
    match kind {
        "D" => Some(rest),
        // Size, hash, attributes, mode.
        "F" => rest.rsplitn(5, ' ').nth(4),
        // Wine's links lead to places of the host, or up; else the first space is taken for the end.
        "L" => {
            let end = rest
                .find(" /")
                .or_else(|| rest.find(" ."))
                .or_else(|| rest.find(' '))?;
            Some(&rest[..end])
        }
        _ => None,
    }
}
