//! Folders and keys that hold nothing once a script has run: they go too, and what is above them.
//!
//! Windows remembers which folders an installation made; here a folder goes when it is empty, unless it
//! is one of the system's own. Follows: Microsoft, "RemoveFiles Action", "Registry Table" (remarks).

use std::collections::{BTreeMap, BTreeSet, HashSet};

use machine::{Folder, KeyPath, MachinePath, Root, View, fold};
use script::Operation;

use crate::{Error, Run};

/// Folders of Windows' own below WindowsFolder, which no property holds.
const WINDOWS_FOLDERS: [&str; 3] = ["Installer", "inf", "system32\\drivers"];

/// Keys of Windows' own: they stay, empty or not.
const MACHINE_KEYS: [&str; 9] = [
    "Software\\Classes\\Installer",
    "Software\\Classes\\Wow6432Node",
    "Software\\Microsoft\\Windows\\CurrentVersion\\Installer\\UserData\\S-1-5-18",
    "Software\\Microsoft\\Windows\\CurrentVersion\\SharedDLLs",
    "Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall",
    "Software\\Policies",
    "Software\\Wow6432Node\\Classes",
    "Software\\Wow6432Node\\Microsoft\\Windows\\CurrentVersion",
    "System\\CurrentControlSet\\Control\\Session Manager\\Environment",
];

/// The same of a user.
const USER_KEYS: [&str; 4] = [
    "Environment",
    "Software\\Classes",
    "Software\\Microsoft\\Installer",
    "Software\\Microsoft\\Windows\\CurrentVersion",
];

/// Finds the folders that the removal of files leaves empty.
pub(crate) struct EmptiedFolders<'a> {
    view: &'a dyn View,
    gone: HashSet<MachinePath>,
    kept: Vec<MachinePath>,
    candidates: BTreeSet<Deepest<MachinePath>>,
}

/// Orders the deeper first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Deepest<T>(std::cmp::Reverse<usize>, T);

impl<'a> EmptiedFolders<'a> {
    /// Begins with nothing removed; the system's own folders are kept.
    pub(crate) fn new(run: &Run, view: &'a dyn View) -> EmptiedFolders<'a> {
        let special = Folder::ALL
            .into_iter()
            .map(|folder| run.property(&folder.property()));
        let mut kept: Vec<MachinePath> = special.filter_map(|text| view.path(text).ok()).collect();
        let windows = run.property("WindowsFolder");
        let below = WINDOWS_FOLDERS
            .iter()
            .map(|name| format!("{windows}{name}"));
        kept.extend(below.filter_map(|text| view.path(&text).ok()));
        EmptiedFolders {
            view,
            gone: HashSet::new(),
            kept,
            candidates: BTreeSet::new(),
        }
    }

    /// Notes that a folder stays.
    pub(crate) fn keep(&mut self, folder: MachinePath) {
        self.kept.push(folder);
    }

    /// Notes that a file goes; its folder may be empty then.
    pub(crate) fn file_gone(&mut self, file: &MachinePath) {
        if let Some(folder) = file.parent() {
            self.consider(folder);
        }
        self.gone.insert(file.clone());
    }

    /// Notes that a folder may be empty.
    pub(crate) fn consider(&mut self, folder: MachinePath) {
        self.candidates
            .insert(Deepest(std::cmp::Reverse(folder.names().len()), folder));
    }

    /// Returns the removals, deeper folders first.
    ///
    /// Errors: the machine cannot be read.
    pub(crate) fn operations(mut self) -> Result<Vec<Operation>, Error> {
        let mut operations = Vec::new();
        while let Some(Deepest(_, folder)) = self.candidates.pop_first() {
            let stays =
                folder.parent().is_none() || self.kept.iter().any(|kept| kept.is_within(&folder));
            if stays || self.gone.contains(&folder) || !self.is_emptied(&folder)? {
                continue;
            }
            operations.push(Operation::FolderRemove {
                folder: folder.clone(),
            });
            self.file_gone(&folder);
        }
        Ok(operations)
    }

    fn is_emptied(&self, folder: &MachinePath) -> Result<bool, Error> {
        let Some(entries) = self.view.list(folder)? else {
            return Ok(false);
        };
        for entry in entries {
            let gone = folder
                .join(&entry.name)
                .is_ok_and(|path| self.gone.contains(&path));
            if !gone {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Finds the keys that the removal of values leaves empty.
pub(crate) struct EmptiedKeys<'a> {
    view: &'a dyn View,
    gone: HashSet<KeyPath>,
    values: HashSet<(KeyPath, String)>,
    kept: HashSet<KeyPath>,
    candidates: BTreeMap<(std::cmp::Reverse<usize>, String), KeyPath>,
}

impl<'a> EmptiedKeys<'a> {
    /// Begins with nothing removed; Windows' own keys are kept.
    pub(crate) fn new(view: &'a dyn View) -> EmptiedKeys<'a> {
        let of = |root, keys: &[&str]| {
            keys.iter()
                .map(|key| KeyPath::new(root, key))
                .collect::<Vec<_>>()
        };
        let mut kept: HashSet<KeyPath> =
            of(Root::LocalMachine, &MACHINE_KEYS).into_iter().collect();
        kept.extend(of(Root::CurrentUser, &USER_KEYS));
        EmptiedKeys {
            view,
            gone: HashSet::new(),
            values: HashSet::new(),
            kept,
            candidates: BTreeMap::new(),
        }
    }

    /// Notes that a key stays.
    pub(crate) fn keep(&mut self, key: KeyPath) {
        self.kept.insert(key);
    }

    /// Notes that a value goes.
    pub(crate) fn value_gone(&mut self, key: &KeyPath, name: &str) {
        self.values.insert((key.clone(), fold(name)));
        self.consider(key.clone());
    }

    /// Notes that a key goes, with all below it.
    pub(crate) fn key_gone(&mut self, key: &KeyPath) {
        self.gone.insert(key.clone());
        if let Some(parent) = key.parent() {
            self.consider(parent);
        }
    }

    /// Notes that a key may be empty.
    pub(crate) fn consider(&mut self, key: KeyPath) {
        self.candidates.insert(
            (std::cmp::Reverse(key.names().len()), fold(&key.to_string())),
            key,
        );
    }

    /// Returns the removals, deeper keys first.
    ///
    /// Errors: the machine cannot be read.
    pub(crate) fn operations(mut self) -> Result<Vec<Operation>, Error> {
        let mut operations = Vec::new();
        while let Some((_, key)) = self.candidates.pop_first() {
            let stays = key.parent().is_none() || self.kept.contains(&key);
            if stays || self.gone.contains(&key) || !self.is_emptied(&key)? {
                continue;
            }
            operations.push(Operation::RegRemoveKey { key: key.clone() });
            self.key_gone(&key);
        }
        Ok(operations)
    }

    fn is_emptied(&self, key: &KeyPath) -> Result<bool, Error> {
        let Some(stored) = self.view.key(key)? else {
            return Ok(false);
        };
        let values_gone = stored
            .values
            .iter()
            .all(|(name, _)| self.values.contains(&(key.clone(), fold(name))));
        Ok(values_gone
            && stored
                .subkeys
                .iter()
                .all(|name| self.gone.contains(&key.join(name))))
    }
}
