//! The machine's [`View`]: what is there.

use super::lookup::{Place, join};
use super::{Hive, Tree};
use crate::disk::{Disk, Stat};
use crate::{
    Data, Entry, EntryKind, Error, Facts, Key, KeyPath, MachinePath, Metadata, ReadSeek, Root, View,
};

impl From<Stat> for Metadata {
    fn from(stat: Stat) -> Metadata {
        let Stat {
            kind,
            size,
            attributes,
            created,
            modified,
            ..
        } = stat;
        Metadata {
            kind,
            size,
            attributes,
            created,
            modified,
        }
    }
}

impl<D: Disk> Tree<D> {
    fn stat(&self, at: &str) -> Result<Option<Metadata>, Error> {
        Ok(self
            .disk
            .stat(at)
            .map_err(Error::io("examine", at))?
            .map(Metadata::from))
    }
}

impl<D: Disk> View for Tree<D> {
    fn facts(&self) -> &Facts {
        &self.facts
    }

    fn metadata(&self, path: &MachinePath) -> Result<Option<Metadata>, Error> {
        match self.find(path)? {
            Place::Found { at, .. } => self.stat(&at),
            Place::Missing { .. } => Ok(None),
        }
    }

    fn list(&self, folder: &MachinePath) -> Result<Option<Vec<Entry>>, Error> {
        let Place::Found { at, .. } = self.find(folder)? else {
            return Ok(None);
        };
        let names = self.with_listing(&at, |listing| {
            listing
                .entries()
                .map(|entry| entry.name.clone())
                .collect::<Vec<String>>()
        })?;
        let Some(names) = names else { return Ok(None) };
        let mut entries = Vec::with_capacity(names.len());
        for name in names {
            // What Windows could not name, or a link that leads nowhere, is not there for it.
            let Ok(path) = folder.join(&name) else {
                continue;
            };
            let found = match self.disk.stat(&join(&at, &name)) {
                Ok(stat) => stat.map(Metadata::from),
                Err(error) if crate::disk::leads_out(&error) => None,
                Err(error) => return Err(Error::io("examine", path)(error)),
            };
            entries.extend(found.map(|metadata| Entry { name, metadata }));
        }
        Ok(Some(entries))
    }

    fn open(&self, file: &MachinePath) -> Result<Box<dyn ReadSeek + '_>, Error> {
        match self.find(file)? {
            Place::Found { at, .. }
                if self.stat(&at)?.is_some_and(|m| m.kind == EntryKind::File) =>
            {
                self.disk.open_read(&at).map_err(Error::io("open", file))
            }
            _ => Err(Error::NotFound(file.clone())),
        }
    }

    fn stored(&self, path: &MachinePath) -> Result<MachinePath, Error> {
        let mut stored = MachinePath::root(path.drive());
        for name in path.names() {
            let known = self.stored_name(&stored, name)?;
            stored = stored.join(known.as_deref().unwrap_or(name))?;
        }
        Ok(stored)
    }

    fn key(&self, key: &KeyPath) -> Result<Option<Key>, Error> {
        if key.root == Root::Users && key.names().is_empty() {
            let subkeys = vec![".Default".to_owned(), self.facts.user_sid.clone()];
            return Ok(Some(Key {
                path: key.clone(),
                values: Vec::new(),
                subkeys,
            }));
        }
        let Some((hive, node)) = self.find_key(key)? else {
            return Ok(None);
        };
        let path = self.path_of(hive, node)?;
        let hive: &Hive = self.hive(hive)?;
        let subkeys = hive
            .children(node)
            .map(|child| hive.name(child).to_owned())
            .collect();
        Ok(Some(Key {
            path,
            values: hive.values(node)?,
            subkeys,
        }))
    }

    fn value(&self, key: &KeyPath, name: &str) -> Result<Option<Data>, Error> {
        match self.find_key(key)? {
            Some((hive, node)) => self.hive(hive)?.value(node, name),
            None => Ok(None),
        }
    }

    fn resolved_key(&self, key: &KeyPath) -> Result<KeyPath, Error> {
        self.resolve_key(key)
    }

    fn free_bytes(&self, drive: char) -> Result<u64, Error> {
        let folder = self.drive_folder(&MachinePath::root(drive))?;
        self.disk
            .free_bytes(&folder)
            .map_err(Error::io("ask for free space of", folder))
    }
}

impl<D: Disk> Tree<D> {
    fn stored_name(&self, folder: &MachinePath, name: &str) -> Result<Option<String>, Error> {
        let Place::Found { at, .. } = self.find(folder)? else {
            return Ok(None);
        };
        self.with_listing(&at, |listing| {
            listing.get(name).map(|entry| entry.name.clone())
        })
        .map(Option::flatten)
    }
}
