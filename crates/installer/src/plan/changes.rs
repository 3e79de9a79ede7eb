//! What a script leaves otherwise than it is: the machine as it is beside the machine as it would be.

use std::collections::HashMap;

use machine::{Data, KeyPath, MachinePath, Overlay, RegFile, View, fold};
use script::{Operation, Shortcut};

use crate::Error;
use crate::engine::Scripted;

/// One thing that a plan touches, and what becomes of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The standard action that touches it last.
    pub action: String,
    /// What becomes of it.
    pub mark: Mark,
    /// What it is.
    pub thing: Thing,
}

/// What becomes of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// It is not there yet.
    Added,
    /// It is there, and becomes another.
    Replaced,
    /// It is there, and goes.
    Removed,
    /// It is written, and is so already.
    Same,
}

/// Something in a machine.
#[derive(Clone, Debug, PartialEq)]
pub enum Thing {
    /// A folder that is made or removed for its own sake.
    Folder(MachinePath),
    /// A file.
    File {
        /// Its path.
        path: MachinePath,
        /// Its size in bytes.
        size: u64,
        /// Its version, where the package says one.
        version: Option<String>,
    },
    /// A shell link.
    Shortcut {
        /// Its file.
        file: MachinePath,
        /// What it says; none: it goes.
        shortcut: Option<Shortcut>,
    },
    /// A line of an .ini file.
    IniLine {
        /// The file.
        file: MachinePath,
        /// The section.
        section: String,
        /// The key.
        key: String,
        /// The value; none: the line goes.
        value: Option<String>,
    },
    /// A registry key itself.
    Key(KeyPath),
    /// A registry value.
    Value {
        /// Its key.
        key: KeyPath,
        /// Its name; "" is the default value.
        name: String,
        /// Its data, at the end or, where it goes, as it is.
        data: Data,
    },
}

/// What tells one thing from another.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Place {
    Path(MachinePath),
    Ini(MachinePath, String, String),
    Key(KeyPath),
    Value(KeyPath, String),
}

/// A thing that operations touch, before it is looked at.
struct Touched {
    place: Place,
    /// The operation that touches it last, by its number.
    last: usize,
    /// The value's name as it is written.
    name: String,
}

/// What operations touch, each thing once.
#[derive(Default)]
struct Touches {
    touched: Vec<Touched>,
    index: HashMap<Place, usize>,
}

impl Touches {
    fn add(&mut self, place: Place, last: usize, name: &str) {
        if let Some(&at) = self.index.get(&place) {
            self.touched[at].last = last;
            return;
        }
        self.index.insert(place.clone(), self.touched.len());
        let name = name.to_owned();
        self.touched.push(Touched { place, last, name });
    }

    fn add_operation(
        &mut self,
        base: &dyn View,
        last: usize,
        operation: &Operation,
    ) -> Result<(), Error> {
        match operation {
            Operation::FolderCreate { folder: path }
            | Operation::FolderRemove { folder: path }
            | Operation::FileCopy { to: path, .. }
            | Operation::FileDuplicate { to: path, .. }
            | Operation::FileRemove { file: path }
            | Operation::ShortcutCreate { file: path, .. }
            | Operation::ShortcutRemove { file: path } => {
                self.add(Place::Path(path.clone()), last, "")
            }
            Operation::FileMove { from, to } => {
                self.add(Place::Path(from.clone()), last, "");
                self.add(Place::Path(to.clone()), last, "");
            }
            Operation::IniWriteValue {
                file, section, key, ..
            }
            | Operation::IniRemoveValue { file, section, key } => {
                self.add(Place::Ini(file.clone(), fold(section), fold(key)), last, "");
            }
            Operation::RegCreateKey { key } => {
                self.add(Place::Key(base.resolved_key(key)?), last, "");
            }
            Operation::RegAddValue { key, name, .. } | Operation::RegRemoveValue { key, name } => {
                let key = base.resolved_key(key)?;
                self.add(Place::Value(key, fold(name)), last, name);
            }
            Operation::RegRemoveKey { key } => {
                self.add_tree(base, last, &base.resolved_key(key)?)?
            }
        }
        Ok(())
    }

    /// A key with all that the machine has below it. Links are not followed.
    fn add_tree(&mut self, base: &dyn View, last: usize, key: &KeyPath) -> Result<(), Error> {
        self.add(Place::Key(key.clone()), last, "");
        let Some(found) = base.key(key)?.filter(|found| found.path == *key) else {
            return Ok(());
        };
        for (name, _) in &found.values {
            self.add(Place::Value(key.clone(), fold(name)), last, name);
        }
        for name in &found.subkeys {
            self.add_tree(base, last, &key.join(name))?;
        }
        Ok(())
    }
}

/// Returns what operations leave otherwise than it is. What is neither there before nor after is not told.
///
/// Errors: the machine cannot be read.
pub(super) fn changes(
    base: &dyn View,
    after: &Overlay<'_>,
    scripted: &[Scripted],
) -> Result<Vec<Change>, Error> {
    let mut touches = Touches::default();
    for (at, scripted) in scripted.iter().enumerate() {
        touches.add_operation(base, at, &scripted.operation)?;
    }
    let mut changes = Vec::new();
    for touched in touches.touched {
        let scripted = &scripted[touched.last];
        let found = match &touched.place {
            Place::Path(path) => path_change(base, after, path, &scripted.operation)?,
            Place::Ini(..) => ini_change(&scripted.operation),
            Place::Key(key) => {
                let (was, is) = (base.key(key)?.is_some(), after.key(key)?.is_some());
                mark(was, is, true).map(|mark| (mark, Thing::Key(key.clone())))
            }
            Place::Value(key, _) => value_change(base, after, key, &touched.name)?,
        };
        let action = scripted.action.clone();
        changes.extend(found.map(|(mark, thing)| Change {
            action,
            mark,
            thing,
        }));
    }
    Ok(changes)
}

/// Returns what operations do to the registry. Keys that only become empty stay.
pub(super) fn registry(scripted: &[Scripted]) -> RegFile {
    let mut file = RegFile::default();
    for scripted in scripted {
        match &scripted.operation {
            Operation::RegCreateKey { key } => file.create_key(key),
            Operation::RegAddValue { key, name, data } => file.set_value(key, name, data),
            Operation::RegRemoveValue { key, name } => file.remove_value(key, name),
            Operation::RegRemoveKey { key } => file.remove_leaf(key),
            _ => {}
        }
    }
    file
}

fn mark(was: bool, is: bool, same: bool) -> Option<Mark> {
    match (was, is) {
        (false, false) => None,
        (false, true) => Some(Mark::Added),
        (true, false) => Some(Mark::Removed),
        (true, true) if same => Some(Mark::Same),
        (true, true) => Some(Mark::Replaced),
    }
}

fn path_change(
    base: &dyn View,
    after: &Overlay<'_>,
    path: &MachinePath,
    last: &Operation,
) -> Result<Option<(Mark, Thing)>, Error> {
    if let Operation::FolderCreate { .. } | Operation::FolderRemove { .. } = last {
        let (was, is) = (base.is_folder(path)?, after.is_folder(path)?);
        return Ok(mark(was, is, true).map(|mark| (mark, Thing::Folder(path.clone()))));
    }
    let (was, is) = (base.is_file(path)?, after.is_file(path)?);
    let Some(mark) = mark(was, is, false) else {
        return Ok(None);
    };
    let thing = match last {
        Operation::ShortcutCreate { shortcut, .. } => Thing::Shortcut {
            file: path.clone(),
            shortcut: Some(shortcut.clone()),
        },
        Operation::ShortcutRemove { .. } => Thing::Shortcut {
            file: path.clone(),
            shortcut: None,
        },
        _ => {
            let shown: &dyn View = if is { after } else { base };
            Thing::File {
                path: path.clone(),
                size: shown.metadata(path)?.map_or(0, |metadata| metadata.size),
                version: after.planned(path).and_then(|file| file.version.clone()),
            }
        }
    };
    Ok(Some((mark, thing)))
}

/// What an .ini file has is not looked at: a line is written, or goes.
fn ini_change(last: &Operation) -> Option<(Mark, Thing)> {
    let line =
        |file: &MachinePath, section: &str, key: &str, value: Option<&String>| Thing::IniLine {
            file: file.clone(),
            section: section.to_owned(),
            key: key.to_owned(),
            value: value.cloned(),
        };
    match last {
        Operation::IniWriteValue {
            file,
            section,
            key,
            value,
        } => Some((Mark::Added, line(file, section, key, Some(value)))),
        Operation::IniRemoveValue { file, section, key } => {
            Some((Mark::Removed, line(file, section, key, None)))
        }
        _ => None,
    }
}

fn value_change(
    base: &dyn View,
    after: &Overlay<'_>,
    key: &KeyPath,
    name: &str,
) -> Result<Option<(Mark, Thing)>, Error> {
    let (was, is) = (base.value(key, name)?, after.value(key, name)?);
    let mark = mark(was.is_some(), is.is_some(), was == is);
    let change = mark.zip(is.or(was)).map(|(mark, data)| {
        let (key, name) = (key.clone(), name.to_owned());
        (mark, Thing::Value { key, name, data })
    });
    Ok(change)
}
