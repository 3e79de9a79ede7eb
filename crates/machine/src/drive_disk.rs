//! A [`Disk`] that is one drive of a machine and nothing else: a folder of any kind, such as one of the host, becomes
//! something that scripts can be run on, with a journal and without a registry.
//!
//! The folder itself is the drive; `.msikit` in it, where the journal is, does not show among the drive's names.

use std::io;
use std::path::PathBuf;
use std::time::SystemTime;

use crate::disk::{Disk, Listed, ListedKind, Stat};
use crate::{Attributes, ReadSeek};

/// msikit's own folder.
const OWN: &str = ".msikit";
/// Where everything is that a machine has and a drive has not: nowhere.
const NOWHERE: &str = ".msikit/none";

/// A disk with one drive.
#[derive(Debug)]
pub struct DriveDisk<D> {
    disk: D,
    /// The drive's folder as a tree asks for it: `drive_z`.
    folder: String,
}

impl<D: Disk> DriveDisk<D> {
    /// Makes a drive of a disk.
    pub(crate) fn new(disk: D, letter: char) -> DriveDisk<D> {
        DriveDisk {
            disk,
            folder: format!("drive_{}", letter.to_ascii_lowercase()),
        }
    }

    /// Returns where a path is on the disk.
    ///
    /// Errors: a name of the drive that is msikit's own.
    fn at(&self, path: &str) -> io::Result<String> {
        let own = path == OWN || path.starts_with(".msikit/");
        if path.is_empty() || own {
            return Ok(path.to_owned());
        }
        let Some(rest) = path.strip_prefix(&self.folder) else {
            return Ok(format!("{NOWHERE}/{path}"));
        };
        match rest.strip_prefix('/') {
            None if rest.is_empty() => Ok(String::new()),
            Some(below) if below.split('/').next() != Some(OWN) => Ok(below.to_owned()),
            Some(_) => Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "the name .msikit is taken: the journal is there",
            )),
            None => Ok(format!("{NOWHERE}/{path}")),
        }
    }
}

impl<D: Disk> Disk for DriveDisk<D> {
    fn stat(&self, path: &str) -> io::Result<Option<Stat>> {
        self.disk.stat(&self.at(path)?)
    }

    fn read_link(&self, path: &str) -> io::Result<String> {
        self.disk.read_link(&self.at(path)?)
    }

    fn list(&self, folder: &str) -> io::Result<Option<Vec<Listed>>> {
        if folder.is_empty() {
            let names = [self.folder.as_str(), OWN].map(|name| Listed {
                name: name.to_owned(),
                kind: ListedKind::Folder,
            });
            return Ok(Some(names.into()));
        }
        let mut listed = self.disk.list(&self.at(folder)?)?;
        if folder == self.folder {
            let names = listed.iter_mut();
            names.for_each(|names| names.retain(|entry| entry.name != OWN));
        }
        Ok(listed)
    }

    fn open_read(&self, file: &str) -> io::Result<Box<dyn ReadSeek>> {
        self.disk.open_read(&self.at(file)?)
    }

    fn create_new(&mut self, file: &str) -> io::Result<Box<dyn io::Write>> {
        let at = self.at(file)?;
        self.disk.create_new(&at)
    }

    fn append(&mut self, file: &str, bytes: &[u8]) -> io::Result<()> {
        let at = self.at(file)?;
        self.disk.append(&at, bytes)
    }

    fn sync_file(&mut self, file: &str) -> io::Result<()> {
        let at = self.at(file)?;
        self.disk.sync_file(&at)
    }

    fn sync_folder(&mut self, folder: &str) -> io::Result<()> {
        let at = self.at(folder)?;
        self.disk.sync_folder(&at)
    }

    fn sync_all(&mut self, folder: &str) -> io::Result<()> {
        let at = self.at(folder)?;
        self.disk.sync_all(&at)
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        let (from, to) = (self.at(from)?, self.at(to)?);
        self.disk.rename(&from, &to)
    }

    fn hard_link(&mut self, from: &str, to: &str) -> io::Result<()> {
        let (from, to) = (self.at(from)?, self.at(to)?);
        self.disk.hard_link(&from, &to)
    }

    fn remove_file(&mut self, file: &str) -> io::Result<()> {
        let at = self.at(file)?;
        self.disk.remove_file(&at)
    }

    fn create_folder(&mut self, folder: &str) -> io::Result<()> {
        let at = self.at(folder)?;
        self.disk.create_folder(&at)
    }

    fn remove_folder(&mut self, folder: &str) -> io::Result<()> {
        let at = self.at(folder)?;
        self.disk.remove_folder(&at)
    }

    fn set_attributes(&mut self, path: &str, attributes: Attributes) -> io::Result<()> {
        let at = self.at(path)?;
        self.disk.set_attributes(&at, attributes)
    }

    fn set_modified(&mut self, path: &str, modified: SystemTime) -> io::Result<()> {
        let at = self.at(path)?;
        self.disk.set_modified(&at, modified)
    }

    fn free_bytes(&self, folder: &str) -> io::Result<u64> {
        self.disk.free_bytes(&self.at(folder)?)
    }

    fn host_path(&self, path: &str) -> Option<PathBuf> {
        self.disk.host_path(&self.at(path).ok()?)
    }

    fn same_device(&self, one: &str, other: &str) -> io::Result<bool> {
        self.disk.same_device(&self.at(one)?, &self.at(other)?)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::{Machine, MachinePath, MemoryDisk, Saved, Tree, View};

    fn path(text: &str) -> MachinePath {
        MachinePath::parse(text).unwrap()
    }

    #[test]
    fn the_disk_is_the_drive_and_the_journal_does_not_show() {
        let mut disk = MemoryDisk::new();
        disk.create_folder("Docs").unwrap();
        let mut tree = Tree::drive(disk, 'Z');
        tree.begin_journal().unwrap();
        let mut file = tree.create_file(&path("Z:\\docs\\a.txt")).unwrap();
        file.write_all(b"a").unwrap();
        drop(file);
        tree.set_aside(&path("Z:\\docs\\A.TXT"), Saved(1)).unwrap();
        tree.put_back(Saved(1), &path("Z:\\docs\\a.txt")).unwrap();
        let names = |folder: &str| {
            let entries = tree.list(&path(folder)).unwrap().unwrap();
            entries
                .into_iter()
                .map(|entry| entry.name)
                .collect::<Vec<_>>()
        };
        assert_eq!(names("Z:\\"), ["Docs"]);
        assert_eq!(names("Z:\\Docs"), ["a.txt"]);
        assert!(tree.read_journal().unwrap().is_some());
        assert!(tree.metadata(&path("C:\\")).unwrap().is_none());
        let disk = tree.into_disk().disk;
        assert!(disk.stat("Docs/a.txt").unwrap().is_some());
        assert!(disk.stat(".msikit/journal/active").unwrap().is_some());
    }

    #[test]
    fn the_journals_name_is_refused() {
        let mut tree = Tree::drive(MemoryDisk::new(), 'Z');
        tree.begin_journal().unwrap();
        assert!(tree.create_folder(&path("Z:\\.msikit")).is_err());
        assert!(tree.create_file(&path("Z:\\.msikit\\journal\\x")).is_err());
        tree.publish_registry().unwrap();
        tree.restore_registry().unwrap();
    }
}
