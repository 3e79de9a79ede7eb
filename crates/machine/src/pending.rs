//! What operations that have not run would change, as a value. An [`crate::Overlay`] shows a machine with it.
//!
//! Changes here follow the rules of [`crate::Machine`]'s methods, but make folders above where they are missing,
//! as operations do.

use std::collections::{BTreeMap, HashMap};
use std::time::SystemTime;

use crate::path::fold;
use crate::{Attributes, Data, EntryKind, Error, KeyPath, MachinePath, Overlay, Root, View};

/// A file as it will be.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedFile {
    /// Size in bytes.
    pub size: u64,
    /// Attribute bits.
    pub attributes: Attributes,
    /// Time of last change; none: not known yet.
    pub modified: Option<SystemTime>,
    /// Version as the package says it, such as `1.2.0.0`.
    pub version: Option<String>,
    /// Languages as the package says them: decimal LANGIDs with commas.
    pub language: Option<String>,
    /// The contents, where they are at hand.
    pub bytes: Option<Vec<u8>>,
}

/// What will be at one name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Planned {
    /// A folder.
    Folder,
    /// A new file.
    File(PlannedFile),
    /// What is there, with other attributes and, where given, another time.
    Changed(Attributes, Option<SystemTime>),
    /// Nothing.
    Gone,
}

/// What will become of one key.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct PlannedKey {
    /// Was it made here?
    pub made: bool,
    /// Is what the machine has at this key hidden, with all below?
    pub hides: bool,
    /// Values that are set, or removed (none), by folded name.
    pub values: BTreeMap<String, (String, Option<Data>)>,
    /// Subkeys that were made here: names by folded name.
    pub subkeys: BTreeMap<String, String>,
}

/// Changes that are planned for a machine.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pending {
    /// Names by folded name, by the folded path of their folder.
    folders: HashMap<String, BTreeMap<String, (String, Planned)>>,
    keys: HashMap<(Root, String), PlannedKey>,
}

impl Pending {
    /// Makes an empty plan.
    pub fn new() -> Pending {
        Pending::default()
    }

    /// Is nothing planned?
    pub fn is_empty(&self) -> bool {
        self.folders.is_empty() && self.keys.is_empty()
    }

    /// Plans a folder and those above it. There already: nothing changes.
    ///
    /// Errors: [`Error::AlreadyThere`] where a file will be.
    pub fn create_folder(&mut self, base: &dyn View, folder: &MachinePath) -> Result<(), Error> {
        match self
            .over(base)
            .metadata(folder)?
            .map(|metadata| metadata.kind)
        {
            Some(EntryKind::Folder) => return Ok(()),
            Some(EntryKind::File) => return Err(Error::AlreadyThere(folder.clone())),
            None => {}
        }
        if let Some(above) = folder.parent() {
            self.create_folder(base, &above)?;
        }
        self.plan(folder, Planned::Folder);
        Ok(())
    }

    /// Plans a file in the place of what is there, and the folders above it.
    ///
    /// Errors: [`Error::AlreadyThere`] where a folder will be, or a file in the place of a folder above.
    pub fn put_file(
        &mut self,
        base: &dyn View,
        path: &MachinePath,
        file: PlannedFile,
    ) -> Result<(), Error> {
        if self.over(base).is_folder(path)? {
            return Err(Error::AlreadyThere(path.clone()));
        }
        if let Some(above) = path.parent() {
            self.create_folder(base, &above)?;
        }
        self.plan(path, Planned::File(file));
        Ok(())
    }

    /// Plans to remove a file. Not there: nothing changes.
    pub fn remove_file(&mut self, base: &dyn View, file: &MachinePath) -> Result<(), Error> {
        if self.over(base).is_file(file)? {
            self.drop(base, file)?;
        }
        Ok(())
    }

    /// Plans to remove a folder. Not there, or not empty by then: nothing changes.
    /// Returns whether it will be removed.
    pub fn remove_folder(&mut self, base: &dyn View, folder: &MachinePath) -> Result<bool, Error> {
        let empty = self
            .over(base)
            .list(folder)?
            .is_some_and(|entries| entries.is_empty());
        if !empty || folder.names().is_empty() {
            return Ok(false);
        }
        self.drop(base, folder)?;
        Ok(true)
    }

    /// Plans attributes and, where given, the time of last change of what will be at `path`.
    ///
    /// Errors: [`Error::NotFound`] where nothing will be.
    pub fn set_metadata(
        &mut self,
        base: &dyn View,
        path: &MachinePath,
        attributes: Attributes,
        modified: Option<SystemTime>,
    ) -> Result<(), Error> {
        if self.over(base).metadata(path)?.is_none() {
            return Err(Error::NotFound(path.clone()));
        }
        match self.planned_mut(path) {
            Some(Planned::File(file)) => {
                file.attributes = attributes;
                file.modified = modified.or(file.modified);
            }
            Some(Planned::Changed(old, time)) => {
                *old = attributes;
                *time = modified.or(*time);
            }
            Some(Planned::Folder) => {}
            Some(Planned::Gone) | None => self.plan(path, Planned::Changed(attributes, modified)),
        }
        Ok(())
    }

    /// Plans a key and those above it.
    pub fn create_key(&mut self, base: &dyn View, key: &KeyPath) -> Result<(), Error> {
        let mut key = base.resolved_key(key)?;
        self.at_key(&key).made = true;
        while let (Some(name), Some(above)) = (key.name(), key.parent()) {
            let planned = self.at_key(&above);
            planned.made = true;
            planned
                .subkeys
                .entry(fold(name))
                .or_insert_with(|| name.to_owned());
            key = above;
        }
        Ok(())
    }

    /// Plans to remove a key with all below it. Not there: nothing changes.
    pub fn remove_key(&mut self, base: &dyn View, key: &KeyPath) -> Result<(), Error> {
        if self.over(base).key(key)?.is_none() {
            return Ok(());
        }
        let key = base.resolved_key(key)?;
        let (root, path) = key_id(&key);
        let below = format!("{path}\\");
        self.keys
            .retain(|(of, known), _| *of != root || !(*known == path || known.starts_with(&below)));
        *self.at_key(&key) = PlannedKey {
            hides: true,
            ..PlannedKey::default()
        };
        if let (Some(name), Some(above)) = (key.name(), key.parent()) {
            self.at_key(&above).subkeys.remove(&fold(name));
        }
        Ok(())
    }

    /// Plans a value, and its key.
    pub fn set_value(
        &mut self,
        base: &dyn View,
        key: &KeyPath,
        name: &str,
        data: &Data,
    ) -> Result<(), Error> {
        self.create_key(base, key)?;
        let planned = (name.to_owned(), Some(data.clone()));
        self.at_key(&base.resolved_key(key)?)
            .values
            .insert(fold(name), planned);
        Ok(())
    }

    /// Plans to remove a value. Not there: nothing changes.
    pub fn remove_value(
        &mut self,
        base: &dyn View,
        key: &KeyPath,
        name: &str,
    ) -> Result<(), Error> {
        if self.over(base).value(key, name)?.is_some() {
            let planned = (name.to_owned(), None);
            self.at_key(&base.resolved_key(key)?)
                .values
                .insert(fold(name), planned);
        }
        Ok(())
    }

    fn over<'a>(&'a self, base: &'a dyn View) -> Overlay<'a> {
        Overlay {
            base,
            pending: self,
        }
    }

    fn plan(&mut self, path: &MachinePath, planned: Planned) {
        let (Some(above), Some(name)) = (path.parent(), path.name()) else {
            return;
        };
        self.folders
            .entry(folder_id(&above))
            .or_default()
            .insert(fold(name), (name.to_owned(), planned));
    }

    /// Plans that nothing will be at `path`; where the machine has nothing, the plan is just dropped.
    fn drop(&mut self, base: &dyn View, path: &MachinePath) -> Result<(), Error> {
        if base.metadata(path)?.is_some() {
            self.plan(path, Planned::Gone);
        } else if let (Some(above), Some(name)) = (path.parent(), path.name())
            && let Some(names) = self.folders.get_mut(&folder_id(&above))
        {
            names.remove(&fold(name));
        }
        Ok(())
    }

    /// Returns what is planned for one path.
    pub(crate) fn at(&self, path: &MachinePath) -> Option<&Planned> {
        let (above, name) = (path.parent()?, path.name()?);
        self.folders
            .get(&folder_id(&above))?
            .get(&fold(name))
            .map(|(_, planned)| planned)
    }

    /// Returns the name under which something is planned at one path.
    pub(crate) fn name_at(&self, path: &MachinePath) -> Option<&str> {
        let (above, name) = (path.parent()?, path.name()?);
        let (stored, planned) = self.folders.get(&folder_id(&above))?.get(&fold(name))?;
        matches!(planned, Planned::Folder | Planned::File(_)).then_some(stored)
    }

    fn planned_mut(&mut self, path: &MachinePath) -> Option<&mut Planned> {
        let (above, name) = (path.parent()?, path.name()?);
        self.folders
            .get_mut(&folder_id(&above))?
            .get_mut(&fold(name))
            .map(|(_, planned)| planned)
    }

    /// Returns what is planned for the names in a folder, by folded name.
    pub(crate) fn within(
        &self,
        folder: &MachinePath,
    ) -> Option<&BTreeMap<String, (String, Planned)>> {
        self.folders.get(&folder_id(folder))
    }

    /// Returns what is planned for a resolved key.
    pub(crate) fn key(&self, key: &KeyPath) -> Option<&PlannedKey> {
        self.keys.get(&key_id(key))
    }

    fn at_key(&mut self, key: &KeyPath) -> &mut PlannedKey {
        self.keys.entry(key_id(key)).or_default()
    }
}

fn folder_id(folder: &MachinePath) -> String {
    fold(&folder.to_string())
}

fn key_id(key: &KeyPath) -> (Root, String) {
    (key.root, fold(&key.path()))
}
