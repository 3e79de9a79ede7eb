//! The machine's [`Machine`]: one effect a method. The journal's part is in `journal.rs`.

use std::io::{ErrorKind, Write};
use std::time::SystemTime;

use super::Tree;
use super::lookup::{Place, join, split};
use crate::disk::{Disk, ListedKind};
use crate::{Attributes, Data, Error, KeyChange, KeyPath, Machine, MachinePath, Saved};

impl<D: Disk> Tree<D> {
    /// Returns the path of the disk where `path` is to be made.
    ///
    /// Errors: [`Error::AlreadyThere`]; [`Error::NotFound`] for a folder above that is missing.
    fn vacant(&self, path: &MachinePath) -> Result<String, Error> {
        match self.find_entry(path)? {
            Place::Found { .. } => Err(Error::AlreadyThere(path.clone())),
            Place::Missing { above, missing: 1 } => {
                Ok(join(&above, path.name().unwrap_or_default()))
            }
            Place::Missing { .. } => Err(Error::NotFound(
                path.parent().unwrap_or_else(|| path.clone()),
            )),
        }
    }

    /// Returns where on the disk a file or link is, not following the link.
    pub(super) fn file_entry(&self, file: &MachinePath) -> Result<Option<String>, Error> {
        match self.find_entry(file)? {
            Place::Found {
                at,
                kind: ListedKind::File | ListedKind::Link,
            } => Ok(Some(at)),
            _ => Ok(None),
        }
    }
}

impl<D: Disk> Machine for Tree<D> {
    fn create_folder(&mut self, folder: &MachinePath) -> Result<(), Error> {
        match self.find(folder)? {
            Place::Found {
                kind: ListedKind::Folder,
                ..
            } => return Ok(()),
            Place::Found { .. } => return Err(Error::AlreadyThere(folder.clone())),
            Place::Missing { .. } => {}
        }
        let at = self.vacant(folder)?;
        self.disk
            .create_folder(&at)
            .map_err(Error::io("create", folder))?;
        self.note_made(&at, ListedKind::Folder);
        Ok(())
    }

    fn remove_folder(&mut self, folder: &MachinePath) -> Result<bool, Error> {
        let Place::Found {
            at,
            kind: ListedKind::Folder,
        } = self.find_entry(folder)?
        else {
            return Ok(false);
        };
        if folder.names().is_empty()
            || self.with_listing(&at, |l| l.entries().next().is_some())? == Some(true)
        {
            return Ok(false);
        }
        match self.disk.remove_folder(&at) {
            Ok(()) => {}
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::DirectoryNotEmpty | ErrorKind::NotFound
                ) =>
            {
                self.folders.get_mut().remove(&at);
                return Ok(false);
            }
            Err(error) => return Err(Error::io("remove", folder)(error)),
        }
        self.note_gone(&at);
        Ok(true)
    }

    fn create_file(&mut self, file: &MachinePath) -> Result<Box<dyn Write>, Error> {
        let at = self.vacant(file)?;
        self.note_made(&at, ListedKind::File);
        match self.disk.create_new(&at) {
            Ok(writer) => Ok(writer),
            Err(error) => {
                self.folders.get_mut().remove(split(&at).0);
                if error.kind() == ErrorKind::AlreadyExists {
                    return Err(Error::AlreadyThere(file.clone()));
                }
                Err(Error::io("create", file)(error))
            }
        }
    }

    fn set_metadata(
        &mut self,
        path: &MachinePath,
        attributes: Attributes,
        modified: Option<SystemTime>,
    ) -> Result<(), Error> {
        let Place::Found { at, .. } = self.find(path)? else {
            return Err(Error::NotFound(path.clone()));
        };
        if let Some(modified) = modified {
            self.disk
                .set_modified(&at, modified)
                .map_err(Error::io("set the time of", path))?;
        }
        self.disk
            .set_attributes(&at, attributes)
            .map_err(Error::io("set attributes of", path))
    }

    fn remove_file(&mut self, file: &MachinePath) -> Result<(), Error> {
        let Some(at) = self.file_entry(file)? else {
            return Ok(());
        };
        self.disk
            .remove_file(&at)
            .map_err(Error::io("remove", file))?;
        self.note_gone(&at);
        Ok(())
    }

    fn set_aside(&mut self, file: &MachinePath, saved: Saved) -> Result<(), Error> {
        self.save(file, saved)
    }

    fn put_back(&mut self, saved: Saved, file: &MachinePath) -> Result<bool, Error> {
        self.restore(saved, file)
    }

    fn create_key(&mut self, key: &KeyPath) -> Result<(), Error> {
        self.make_key(key).map(|_| ())
    }

    fn remove_key(&mut self, key: &KeyPath) -> Result<(), Error> {
        if let Some((hive, node)) = self.find_key(key)? {
            self.hive_mut(hive)?.remove(node);
        }
        Ok(())
    }

    fn set_value(&mut self, key: &KeyPath, name: &str, data: &Data) -> Result<(), Error> {
        let (hive, node) = self.make_key(key)?;
        self.hive_mut(hive)?.set_value(node, name, data)
    }

    fn remove_value(&mut self, key: &KeyPath, name: &str) -> Result<(), Error> {
        if let Some((hive, node)) = self.find_key(key)? {
            self.hive_mut(hive)?.remove_value(node, name);
        }
        Ok(())
    }

    fn read_journal(&self) -> Result<Option<Vec<u8>>, Error> {
        self.active_journal()
    }

    fn begin_journal(&mut self) -> Result<(), Error> {
        self.make_journal()
    }

    fn append_journal(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.write_journal(bytes)
    }

    fn sync_journal(&mut self) -> Result<(), Error> {
        self.keep_journal()
    }

    fn publish_registry(&mut self) -> Result<(), Error> {
        self.publish_hives()
    }

    fn restore_registry(&mut self) -> Result<(), Error> {
        self.restore_hives()
    }

    fn sync(&mut self) -> Result<(), Error> {
        self.sync_drives()
    }

    fn close_journal(&mut self, ending: &str, id: &str) -> Result<(), Error> {
        self.end_journal(ending, id)
    }

    fn registry_changes_back(&self) -> Result<Vec<KeyChange>, Error> {
        self.changes_back()
    }

    fn suspend_journal(&mut self) -> Result<(), Error> {
        self.suspend()
    }

    fn read_suspended_journal(&self) -> Result<Option<Vec<u8>>, Error> {
        self.suspended_journal()
    }

    fn resume_journal(&mut self) -> Result<(), Error> {
        self.resume()
    }

    fn is_set_aside(&self, saved: Saved) -> Result<bool, Error> {
        self.is_saved(saved)
    }

    fn closed_journals(&self) -> Result<Vec<String>, Error> {
        self.ended_journals()
    }

    fn read_closed_journal(&self, name: &str) -> Result<Vec<u8>, Error> {
        self.ended_journal(name)
    }

    fn remove_closed_journal(&mut self, name: &str) -> Result<(), Error> {
        self.remove_ended_journal(name)
    }
}
