//! The journal's place, `.msikit/journal`, and how hives are published and put back.
//!
//! `active` holds the file `journal`, saved files `saved-%08`, and each replaced hive under its own name (or
//! `absent-…` where there was none). What each crash leaves is argued where the steps are.

use std::io::{ErrorKind, Read, Write};

use super::keys::HIVES;
use super::lookup::{Place, join, split};
use super::{OWN, Tree};
use crate::disk::{Disk, ListedKind};
use crate::{Error, MachinePath, Saved};

pub(super) const JOURNALS: &str = ".msikit/journal";
pub(super) const ACTIVE: &str = ".msikit/journal/active";
/// Made in full before it becomes `active`: an active journal always has its file.
const NEXT: &str = ".msikit/journal/next";
const ENDINGS: [&str; 2] = ["committed-", "undone-"];

/// Bytes copied at a time where a file cannot be renamed.
const COPY_BYTES: usize = 1 << 16;

impl<D: Disk> Tree<D> {
    pub(super) fn active_journal(&self) -> Result<Option<Vec<u8>>, Error> {
        if !self.has(ACTIVE)? {
            return Ok(None);
        }
        Ok(Some(
            self.read_own(&join(ACTIVE, "journal"))?.unwrap_or_default(),
        ))
    }

    pub(super) fn make_journal(&mut self) -> Result<(), Error> {
        if self.has(ACTIVE)? {
            return Err(Error::JournalActive);
        }
        self.make_own_folder(OWN)?;
        self.make_own_folder(JOURNALS)?;
        self.remove_own_folder(NEXT)?;
        self.make_own_folder(NEXT)?;
        self.write_own(&join(NEXT, "journal"), b"")?;
        self.rename_own(NEXT, ACTIVE)?;
        self.journal_is_found = false;
        Ok(())
    }

    pub(super) fn write_journal(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let path = join(ACTIVE, "journal");
        self.disk
            .append(&path, bytes)
            .map_err(Error::io("append to", &path))
    }

    /// Makes the journal durable and, once, the names that lead to it. The file goes first: where metadata is
    /// journalled as one, that one sync writes the names as well, and the folders' own have nothing left to do.
    pub(super) fn keep_journal(&mut self) -> Result<(), Error> {
        let path = join(ACTIVE, "journal");
        self.disk
            .sync_file(&path)
            .map_err(Error::io("sync", &path))?;
        if !self.journal_is_found {
            for folder in [ACTIVE, JOURNALS, OWN, ""] {
                self.sync_own_folder(folder)?;
            }
            self.journal_is_found = true;
        }
        Ok(())
    }

    pub(super) fn end_journal(&mut self, ending: &str, id: &str) -> Result<(), Error> {
        self.rename_own(ACTIVE, &join(JOURNALS, &format!("{ending}-{id}")))?;
        self.sync_own_folder(JOURNALS)
    }

    pub(super) fn ended_journals(&self) -> Result<Vec<String>, Error> {
        let listed = self
            .disk
            .list(JOURNALS)
            .map_err(Error::io("list", JOURNALS))?
            .unwrap_or_default();
        let mut names: Vec<String> = listed
            .into_iter()
            .map(|entry| entry.name)
            .filter(|name| is_ended(name))
            .collect();
        names.sort();
        Ok(names)
    }

    pub(super) fn ended_journal(&self, name: &str) -> Result<Vec<u8>, Error> {
        let path = join(&ended(name)?, "journal");
        Ok(self.read_own(&path)?.unwrap_or_default())
    }

    pub(super) fn remove_ended_journal(&mut self, name: &str) -> Result<(), Error> {
        self.remove_own_folder(&ended(name)?)
    }

    /// Removes one of the journal's folders with its files, `journal` last. Not there: nothing happens.
    fn remove_own_folder(&mut self, folder: &str) -> Result<(), Error> {
        let Some(mut listed) = self.disk.list(folder).map_err(Error::io("list", folder))? else {
            return Ok(());
        };
        listed.sort_by(|a, b| (a.name == "journal", &a.name).cmp(&(b.name == "journal", &b.name)));
        for entry in listed {
            let path = join(folder, &entry.name);
            self.disk
                .remove_file(&path)
                .map_err(Error::io("remove", &path))?;
        }
        self.disk
            .remove_folder(folder)
            .map_err(Error::io("remove", folder))
    }

    pub(super) fn rename_own(&mut self, from: &str, to: &str) -> Result<(), Error> {
        self.disk
            .rename(from, to)
            .map_err(Error::io("rename", from))
    }

    pub(super) fn sync_own_folder(&mut self, folder: &str) -> Result<(), Error> {
        self.disk.sync_folder(folder).map_err(Error::io(
            "sync",
            if folder.is_empty() {
                "the machine"
            } else {
                folder
            },
        ))
    }

    // ---- saved files ----

    /// Moves a file into the journal; across devices the copy is durable before the file is removed.
    pub(super) fn save(&mut self, file: &MachinePath, saved: Saved) -> Result<(), Error> {
        let Some(at) = self.file_entry(file)? else {
            return Ok(());
        };
        let kept = saved_path(saved);
        self.move_file(&at, &kept)?;
        self.note_gone(&at);
        Ok(())
    }

    /// Moves a saved file back.
    pub(super) fn restore(&mut self, saved: Saved, file: &MachinePath) -> Result<bool, Error> {
        let kept = saved_path(saved);
        let (folder, name) = split(&kept);
        // Not `stat`: a saved link may lead nowhere from where it is kept.
        let listed = self
            .disk
            .list(folder)
            .map_err(Error::io("list", folder))?
            .unwrap_or_default();
        if !listed.iter().any(|entry| entry.name == name) {
            return Ok(false);
        }
        let above = match self.find_entry(file)? {
            Place::Found {
                kind: ListedKind::Folder,
                ..
            } => return Err(Error::AlreadyThere(file.clone())),
            Place::Found { at, .. } => {
                let above = split(&at).0.to_owned();
                // What differs in case only would stay beside the file that is put back.
                if Some(split(&at).1) != file.name() {
                    self.disk
                        .remove_file(&at)
                        .map_err(Error::io("remove", file))?;
                    self.note_gone(&at);
                }
                above
            }
            Place::Missing { above, missing: 1 } => above,
            Place::Missing { .. } => {
                return Err(Error::NotFound(
                    file.parent().unwrap_or_else(|| file.clone()),
                ));
            }
        };
        let to = join(&above, file.name().unwrap_or_default());
        self.move_file(&kept, &to)?;
        self.note_made(&to, ListedKind::File);
        Ok(true)
    }

    /// Renames a file over what is at `to`, or copies it where the two are on different devices.
    ///
    /// The copy is complete and durable under its own name before the first file goes: a crash leaves one or both.
    fn move_file(&mut self, from: &str, to: &str) -> Result<(), Error> {
        match self.disk.rename(from, to) {
            Err(error) if error.kind() == ErrorKind::CrossesDevices => {}
            done => return done.map_err(Error::io("move", from)),
        }
        let part = format!("{to}.msikit-part");
        match self.disk.remove_file(&part) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(Error::io("remove", &part)(error));
            }
            _ => {}
        }
        self.copy(from, &part)?;
        self.rename_own(&part, to)?;
        self.sync_own_folder(split(to).0)?;
        self.disk
            .remove_file(from)
            .map_err(Error::io("remove", from))
    }

    /// Copies a file with attributes and time, and syncs the copy.
    fn copy(&mut self, from: &str, to: &str) -> Result<(), Error> {
        let stat = self.disk.stat(from).map_err(Error::io("examine", from))?;
        let stat = stat.ok_or_else(|| Error::io("find", from)(ErrorKind::NotFound.into()))?;
        self.disk
            .create_new(to)
            .map_err(Error::io("create", to))?
            .flush()
            .map_err(Error::io("write", to))?;
        let mut at = 0;
        while at < stat.size {
            let block = self.block(from, at)?;
            if block.is_empty() {
                break;
            }
            self.disk
                .append(to, &block)
                .map_err(Error::io("write", to))?;
            at += block.len() as u64;
        }
        self.disk
            .set_modified(to, stat.modified)
            .map_err(Error::io("set the time of", to))?;
        self.disk
            .set_attributes(to, stat.attributes)
            .map_err(Error::io("set attributes of", to))?;
        self.disk.sync_file(to).map_err(Error::io("sync", to))
    }

    fn block(&self, file: &str, at: u64) -> Result<Vec<u8>, Error> {
        let mut reader = self.disk.open_read(file).map_err(Error::io("open", file))?;
        reader
            .seek(std::io::SeekFrom::Start(at))
            .map_err(Error::io("read", file))?;
        let mut block = Vec::with_capacity(COPY_BYTES);
        reader
            .take(COPY_BYTES as u64)
            .read_to_end(&mut block)
            .map_err(Error::io("read", file))?;
        Ok(block)
    }

    // ---- hives ----

    /// Publishes changed hives.
    ///
    /// Errors: [`Error::HiveChanged`] and [`Error::WineserverRuns`], after which nothing was published. Until the renames, a crash leaves the old hives in place; between and after them the journal has the old ones.
    pub(super) fn publish_hives(&mut self) -> Result<(), Error> {
        let changed: Vec<usize> = (0..HIVES.len())
            .filter(|i| self.hives[*i].get().is_some_and(|hive| hive.is_changed()))
            .collect();
        for &index in &changed {
            let aside = aside(HIVES[index]);
            self.remove_own_file(&aside)?;
            let bytes = self.hive(index)?.to_bytes();
            // Made durable with everything else below, before it is renamed.
            self.write_own(&aside, &bytes)?;
        }
        let mut kept = Vec::new();
        if self.has(ACTIVE)? {
            for &index in &changed {
                kept.extend(self.keep_hive(HIVES[index])?);
            }
        }
        self.sync_drives()?;
        if let Err(error) = self.require_own_registry(&changed) {
            self.keep_no_longer(&changed, &kept)?;
            return Err(error);
        }
        for &index in &changed {
            self.rename_own(&aside(HIVES[index]), HIVES[index])?;
            self.hive_files.get_mut()[index] = self.hive_file(index)?;
        }
        if !changed.is_empty() {
            self.sync_own_folder("")?;
        }
        for &index in &changed {
            self.hive_mut(index)?.settle();
        }
        Ok(())
    }

    /// Requires that nobody else has these hives in memory, or has written them since they were read.
    fn require_own_registry(&self, hives: &[usize]) -> Result<(), Error> {
        if !hives.is_empty() && self.wineserver()?.is_some() {
            return Err(Error::WineserverRuns);
        }
        for &index in hives {
            if self.hive_file(index)? != self.hive_files.borrow()[index] {
                return Err(Error::HiveChanged(HIVES[index].to_owned()));
            }
        }
        Ok(())
    }

    /// Lets go of hives that were kept and are not replaced: an undo shall not put them over what someone else wrote.
    fn keep_no_longer(&mut self, hives: &[usize], kept: &[String]) -> Result<(), Error> {
        let asides = hives.iter().map(|&index| aside(HIVES[index]));
        for path in kept.iter().cloned().chain(asides) {
            self.remove_own_file(&path)?;
        }
        Ok(())
    }

    /// Keeps the hive that a transaction replaces first. Returns what was made for that; none: it was kept already.
    fn keep_hive(&mut self, name: &str) -> Result<Option<String>, Error> {
        let (kept, absent) = (join(ACTIVE, name), absent(name));
        if self.has(&kept)? || self.has(&absent)? {
            return Ok(None);
        }
        if !self.has(name)? {
            self.write_own(&absent, b"")?;
            return Ok(Some(absent));
        }
        match self.disk.hard_link(name, &kept) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(None),
            // A file system without hard links: `next` keeps a half-made copy from being taken for the hive.
            Err(_) => {
                let part = format!("{kept}.next");
                self.remove_own_file(&part)?;
                self.copy(name, &part)?;
                self.rename_own(&part, &kept)?;
            }
        }
        Ok(Some(kept))
    }

    /// Puts kept hives back; one that is back already is not there to be put back again.
    pub(super) fn restore_hives(&mut self) -> Result<(), Error> {
        for (index, name) in HIVES.into_iter().enumerate() {
            self.remove_own_file(&aside(name))?;
            let kept = join(ACTIVE, name);
            if self.has(&kept)? {
                self.rename_own(&kept, name)?;
            }
            if self.has(&absent(name))? {
                self.remove_own_file(name)?;
                self.remove_own_file(&absent(name))?;
            }
            self.hives[index].take();
        }
        self.restore_suspended_hives()
    }

    pub(super) fn remove_own_file(&mut self, path: &str) -> Result<(), Error> {
        match self.disk.remove_file(path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(Error::io("remove", path)(error))
            }
            _ => Ok(()),
        }
    }

    /// Syncs the file systems that the machine and its drives are on.
    pub(super) fn sync_drives(&mut self) -> Result<(), Error> {
        self.disk
            .sync_all("")
            .map_err(Error::io("sync", "the machine"))?;
        for drive in self.facts.drives.clone() {
            let folder = self.drive_folder(&MachinePath::root(drive))?;
            if self.has(&folder)?
                && !self
                    .disk
                    .same_device("", &folder)
                    .map_err(Error::io("examine", &folder))?
            {
                self.disk
                    .sync_all(&folder)
                    .map_err(Error::io("sync", &folder))?;
            }
        }
        Ok(())
    }
}

fn saved_path(saved: Saved) -> String {
    format!("{ACTIVE}/saved-{saved}")
}

/// Where a new hive waits, beside the old one.
fn aside(hive: &str) -> String {
    format!("{hive}.msikit-new")
}

/// The mark of a hive that was not there before the transaction.
pub(super) fn absent(hive: &str) -> String {
    format!("{ACTIVE}/absent-{hive}")
}

fn is_ended(name: &str) -> bool {
    ENDINGS.iter().any(|ending| name.starts_with(ending)) && !name.contains('/')
}

fn ended(name: &str) -> Result<String, Error> {
    if is_ended(name) {
        return Ok(join(JOURNALS, name));
    }
    Err(Error::io("find the journal", name)(
        ErrorKind::InvalidInput.into(),
    ))
}
