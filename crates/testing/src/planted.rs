//! Disks that misbehave as a wrong engine would: what a sweep must find. A sweep that does not is broken itself.

use std::io::{self, Write};
use std::time::SystemTime;

use machine::{Attributes, Disk, Listed, ReadSeek, Stat};

use crate::CrashDisk;

/// A mistake that an engine could make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// The journal is appended to and not synced.
    JournalNotSynced,
    /// Hives are renamed into place after the commit point, not before it.
    HivesAfterCommit,
}

/// A [`CrashDisk`] on which a mistake is made.
pub struct PlantedDisk {
    disk: CrashDisk,
    mistake: Mistake,
    /// Renames of hives that wait for the commit point.
    waiting: Vec<(String, String)>,
}

impl PlantedDisk {
    /// Makes the mistake on `disk`.
    pub fn new(disk: CrashDisk, mistake: Mistake) -> PlantedDisk {
        PlantedDisk {
            disk,
            mistake,
            waiting: Vec::new(),
        }
    }
}

impl Disk for PlantedDisk {
    fn sync_file(&mut self, file: &str) -> io::Result<()> {
        if self.mistake == Mistake::JournalNotSynced && file.contains("journal/active/") {
            return Ok(());
        }
        self.disk.sync_file(file)
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        let is_hive = to.ends_with(".reg") && !to.contains('/') && !from.contains('/');
        if self.mistake == Mistake::HivesAfterCommit && is_hive {
            self.waiting.push((from.to_owned(), to.to_owned()));
            return Ok(());
        }
        self.disk.rename(from, to)?;
        if to.contains("journal/committed-") {
            for (from, to) in self.waiting.drain(..) {
                self.disk.rename(&from, &to)?;
            }
        }
        Ok(())
    }

    fn stat(&self, path: &str) -> io::Result<Option<Stat>> {
        self.disk.stat(path)
    }

    fn read_link(&self, path: &str) -> io::Result<String> {
        self.disk.read_link(path)
    }

    fn list(&self, folder: &str) -> io::Result<Option<Vec<Listed>>> {
        self.disk.list(folder)
    }

    fn open_read(&self, file: &str) -> io::Result<Box<dyn ReadSeek>> {
        self.disk.open_read(file)
    }

    fn create_new(&mut self, file: &str) -> io::Result<Box<dyn Write>> {
        self.disk.create_new(file)
    }

    fn append(&mut self, file: &str, bytes: &[u8]) -> io::Result<()> {
        self.disk.append(file, bytes)
    }

    fn sync_folder(&mut self, folder: &str) -> io::Result<()> {
        self.disk.sync_folder(folder)
    }

    fn sync_all(&mut self, folder: &str) -> io::Result<()> {
        self.disk.sync_all(folder)
    }

    fn hard_link(&mut self, from: &str, to: &str) -> io::Result<()> {
        self.disk.hard_link(from, to)
    }

    fn remove_file(&mut self, file: &str) -> io::Result<()> {
        self.disk.remove_file(file)
    }

    fn create_folder(&mut self, folder: &str) -> io::Result<()> {
        self.disk.create_folder(folder)
    }

    fn remove_folder(&mut self, folder: &str) -> io::Result<()> {
        self.disk.remove_folder(folder)
    }

    fn set_attributes(&mut self, path: &str, attributes: Attributes) -> io::Result<()> {
        self.disk.set_attributes(path, attributes)
    }

    fn set_modified(&mut self, path: &str, modified: SystemTime) -> io::Result<()> {
        self.disk.set_modified(path, modified)
    }

    fn free_bytes(&self, folder: &str) -> io::Result<u64> {
        self.disk.free_bytes(folder)
    }

    fn same_device(&self, one: &str, other: &str) -> io::Result<bool> {
        self.disk.same_device(one, other)
    }
}
