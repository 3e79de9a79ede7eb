//! A machine as it will be: a [`View`] with a [`Pending`] plan on top.

use std::io::Cursor;
use std::time::SystemTime;

use crate::path::fold;
use crate::pending::Planned;
use crate::{
    Data, Entry, EntryKind, Error, Facts, Key, KeyPath, MachinePath, Metadata, Pending,
    PlannedFile, ReadSeek, View,
};

/// A view with pending changes on top. Free space is the machine's own: nothing is taken off for what is planned.
#[derive(Clone, Copy)]
pub struct Overlay<'a> {
    /// The machine as it is.
    pub base: &'a dyn View,
    /// What is planned.
    pub pending: &'a Pending,
}

impl Overlay<'_> {
    fn shown(&self, path: &MachinePath, planned: &Planned) -> Result<Option<Metadata>, Error> {
        let made = |kind, size, attributes, time: Option<SystemTime>| {
            let time = time.unwrap_or(SystemTime::UNIX_EPOCH);
            Metadata {
                kind,
                size,
                attributes,
                created: time,
                modified: time,
            }
        };
        Ok(match planned {
            Planned::Gone => None,
            Planned::Folder => Some(made(EntryKind::Folder, 0, Default::default(), None)),
            Planned::File(file) => Some(made(
                EntryKind::File,
                file.size,
                file.attributes,
                file.modified,
            )),
            Planned::Changed(attributes, modified) => {
                self.base.metadata(path)?.map(|metadata| Metadata {
                    attributes: *attributes,
                    modified: modified.unwrap_or(metadata.modified),
                    ..metadata
                })
            }
        })
    }

    /// Does the machine's own key show through the plan?
    fn shows(&self, key: &KeyPath) -> bool {
        let mut at = Some(key.clone());
        while let Some(key) = at {
            if self.pending.key(&key).is_some_and(|planned| planned.hides) {
                return false;
            }
            at = key.parent();
        }
        true
    }
}

impl View for Overlay<'_> {
    fn facts(&self) -> &Facts {
        self.base.facts()
    }

    fn metadata(&self, path: &MachinePath) -> Result<Option<Metadata>, Error> {
        match self.pending.at(path) {
            Some(planned) => self.shown(path, planned),
            None => self.base.metadata(path),
        }
    }

    fn list(&self, folder: &MachinePath) -> Result<Option<Vec<Entry>>, Error> {
        if matches!(
            self.pending.at(folder),
            Some(Planned::Gone | Planned::File(_))
        ) {
            return Ok(None);
        }
        let base = self.base.list(folder)?;
        let planned = self.pending.within(folder);
        if base.is_none()
            && planned.is_none()
            && !matches!(self.pending.at(folder), Some(Planned::Folder))
        {
            return Ok(None);
        }
        let base = base.unwrap_or_default().into_iter();
        let mut entries: Vec<(String, Entry)> =
            base.map(|entry| (fold(&entry.name), entry)).collect();
        for (folded, (name, planned)) in planned.into_iter().flatten() {
            let metadata = self.shown(&folder.join(name)?, planned)?;
            if let (Planned::Changed(..), Some(metadata)) = (planned, metadata) {
                let same = entries.iter_mut().filter(|(known, _)| known == folded);
                same.for_each(|(_, entry)| entry.metadata = metadata);
                continue;
            }
            entries.retain(|(known, _)| known != folded);
            let name = name.clone();
            entries.extend(metadata.map(|metadata| (folded.clone(), Entry { name, metadata })));
        }
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(Some(entries.into_iter().map(|(_, entry)| entry).collect()))
    }

    fn open(&self, file: &MachinePath) -> Result<Box<dyn ReadSeek + '_>, Error> {
        match self.pending.at(file) {
            Some(Planned::File(PlannedFile {
                bytes: Some(bytes), ..
            })) => Ok(Box::new(Cursor::new(bytes.as_slice()))),
            Some(Planned::File(_)) => Err(Error::NotYetWritten(file.clone())),
            Some(Planned::Gone | Planned::Folder) => Err(Error::NotFound(file.clone())),
            Some(Planned::Changed(..)) | None => self.base.open(file),
        }
    }

    fn stored(&self, path: &MachinePath) -> Result<MachinePath, Error> {
        let mut stored = MachinePath::root(path.drive());
        for name in path.names() {
            let next = stored.join(name)?;
            stored = match (self.pending.name_at(&next), self.pending.at(&next)) {
                (Some(planned), _) => stored.join(planned)?,
                (None, Some(Planned::Gone)) => next,
                _ => stored.join(self.base.stored(&next)?.name().unwrap_or(name))?,
            };
        }
        Ok(stored)
    }

    fn key(&self, key: &KeyPath) -> Result<Option<Key>, Error> {
        let resolved = self.base.resolved_key(key)?;
        let base = if self.shows(&resolved) {
            self.base.key(&resolved)?
        } else {
            None
        };
        let planned = self.pending.key(&resolved);
        if base.is_none() && !planned.is_some_and(|planned| planned.made) {
            return Ok(None);
        }
        let mut shown = base.unwrap_or(Key {
            path: resolved.clone(),
            values: Vec::new(),
            subkeys: Vec::new(),
        });
        shown
            .subkeys
            .retain(|name| self.shows(&resolved.join(name)));
        let Some(planned) = planned else {
            return Ok(Some(shown));
        };
        for (folded, name) in &planned.subkeys {
            if !shown.subkeys.iter().any(|known| fold(known) == *folded) {
                shown.subkeys.push(name.clone());
            }
        }
        for (folded, (name, data)) in &planned.values {
            let known = shown
                .values
                .iter()
                .position(|(known, _)| fold(known) == *folded);
            match (known, data) {
                (Some(at), Some(data)) => shown.values[at].1 = data.clone(),
                (Some(at), None) => drop(shown.values.remove(at)),
                (None, Some(data)) => shown.values.push((name.clone(), data.clone())),
                (None, None) => {}
            }
        }
        shown
            .subkeys
            .sort_by_cached_key(|name| crate::hive::folded(name));
        Ok(Some(shown))
    }

    fn value(&self, key: &KeyPath, name: &str) -> Result<Option<Data>, Error> {
        let resolved = self.base.resolved_key(key)?;
        if let Some((_, data)) = self
            .pending
            .key(&resolved)
            .and_then(|planned| planned.values.get(&fold(name)))
        {
            return Ok(data.clone());
        }
        if self.shows(&resolved) {
            self.base.value(&resolved, name)
        } else {
            Ok(None)
        }
    }

    fn resolved_key(&self, key: &KeyPath) -> Result<KeyPath, Error> {
        self.base.resolved_key(key)
    }

    fn planned(&self, file: &MachinePath) -> Option<&PlannedFile> {
        match self.pending.at(file) {
            Some(Planned::File(file)) => Some(file),
            _ => None,
        }
    }

    fn free_bytes(&self, drive: char) -> Result<u64, Error> {
        self.base.free_bytes(drive)
    }
}
