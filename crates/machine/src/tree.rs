//! A machine kept in a directory in the shape of a Wine prefix, over any [`Disk`].
//!
//! Names are found without regard to case and kept as they were given. Folder listings and hives are remembered:
//! right while nobody else writes. Whoever takes the gate, or lets foreign code run, calls [`Tree::refresh`].

mod changes;
mod create;
mod facts;
mod journal;
mod keys;
mod lookup;
mod reads;
mod suspended;

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::io::Read;
use std::time::SystemTime;

use crate::disk::{Disk, Stat, Wineserver};
use crate::drive_disk::DriveDisk;
use crate::hive::Hive;
use crate::memory_disk::MemoryDisk;
use crate::{Error, Facts};
pub(crate) use keys::{HIVES, SYSTEM, USER, USER_DEFAULT};
use lookup::Listing;

/// The folder of drive C.
const DRIVE_C: &str = "drive_c";
/// msikit's own folder in a machine.
pub(crate) const OWN: &str = ".msikit";
/// The machine's facts.
pub(crate) const MACHINE_TOML: &str = ".msikit/machine.toml";

/// A machine in a directory.
pub struct Tree<D> {
    disk: D,
    facts: Facts,
    time: Option<SystemTime>,
    follow_user_links: bool,
    hives: [OnceCell<Hive>; 3],
    /// The hives' files as they were when they were read.
    hive_files: RefCell<[Option<Stat>; 3]>,
    folders: RefCell<HashMap<String, Listing>>,
    /// The names that lead to the active journal are durable.
    journal_is_found: bool,
}

impl<D: Disk> Tree<D> {
    /// Opens a machine: one that msikit made, or a Wine prefix, whose facts are read off its hives.
    ///
    /// Errors: [`Error::NoMachine`]; [`Error::Facts`] where `machine.toml` is damaged; [`Error::Hive`]; I/O.
    pub fn open(disk: D) -> Result<Tree<D>, Error> {
        let mut tree = Tree::bare(disk, Facts::default());
        match tree.read_own(MACHINE_TOML)? {
            Some(text) => tree.facts = facts::from_toml(&text)?,
            None if tree.has(DRIVE_C)? => tree.facts = tree.facts_of_prefix()?,
            None => return Err(Error::NoMachine),
        }
        Ok(tree)
    }

    /// Makes a folder the only drive of a machine that has nothing else: a place for a script and its journal.
    ///
    /// The folder is the root of `disk`; `letter` is any but C.
    pub fn drive(disk: D, letter: char) -> Tree<DriveDisk<D>> {
        let facts = Facts {
            drives: vec![letter],
            ..Facts::default()
        };
        Tree::bare(DriveDisk::new(disk, letter), facts)
    }

    fn bare(disk: D, facts: Facts) -> Tree<D> {
        Tree {
            disk,
            facts,
            time: None,
            follow_user_links: false,
            hives: Default::default(),
            hive_files: RefCell::default(),
            folders: RefCell::default(),
            journal_is_found: false,
        }
    }

    /// Says when changes are made from now on: the time that new and changed registry keys get.
    /// Without one, keys have no times, and a machine comes out the same on every run.
    pub fn set_time(&mut self, time: SystemTime) {
        self.time = Some(time);
        for hive in self.hives.iter_mut().filter_map(OnceCell::get_mut) {
            hive.set_time(Some(time));
        }
    }

    /// Follows links that lead from a user's folders out of the machine, as Wine makes them to the home directory.
    /// The disk has to allow it too.
    pub fn follow_user_links(&mut self) {
        self.follow_user_links = true;
    }

    /// Forgets what was remembered of folders, and of hives that hold no unpublished changes.
    pub fn refresh(&mut self) {
        self.folders.get_mut().clear();
        for hive in &mut self.hives {
            if hive.get().is_some_and(|hive| !hive.is_changed()) {
                hive.take();
            }
        }
    }

    /// Returns the wineserver that runs on this machine, if one does: until it ends, the registry is in its memory.
    ///
    /// Errors: I/O, where that cannot be told.
    pub fn wineserver(&self) -> Result<Option<Wineserver>, Error> {
        self.disk
            .wineserver()
            .map_err(Error::io("look for a wineserver of", "the machine"))
    }

    /// The disk below.
    pub fn disk(&self) -> &D {
        &self.disk
    }

    /// The disk below, to be changed behind the machine's back; what was remembered is forgotten.
    pub fn disk_mut(&mut self) -> &mut D {
        self.refresh();
        &mut self.disk
    }

    /// Gives the disk back; unpublished registry changes are lost.
    pub fn into_disk(self) -> D {
        self.disk
    }

    fn has(&self, path: &str) -> Result<bool, Error> {
        Ok(self
            .disk
            .stat(path)
            .map_err(Error::io("examine", path))?
            .is_some())
    }

    /// Reads one of the machine's own files whole, where it is there.
    fn read_own(&self, path: &str) -> Result<Option<Vec<u8>>, Error> {
        let Some(stat) = self.disk.stat(path).map_err(Error::io("examine", path))? else {
            return Ok(None);
        };
        let mut bytes = Vec::with_capacity(usize::try_from(stat.size).unwrap_or(0).min(1 << 26));
        let mut file = self.disk.open_read(path).map_err(Error::io("open", path))?;
        file.read_to_end(&mut bytes)
            .map_err(Error::io("read", path))?;
        Ok(Some(bytes))
    }

    /// Writes one of the machine's own new files whole. Not durable on return.
    fn write_own(&mut self, path: &str, bytes: &[u8]) -> Result<(), Error> {
        let mut file = self
            .disk
            .create_new(path)
            .map_err(Error::io("create", path))?;
        file.write_all(bytes).map_err(Error::io("write", path))
    }

    /// Makes one of the machine's own folders; returns whether it was missing.
    fn make_own_folder(&mut self, path: &str) -> Result<bool, Error> {
        match self.disk.create_folder(path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(Error::io("create", path)(error)),
        }
    }
}

/// Makes a machine in memory, as `machine init` would make it.
pub fn memory(facts: Facts) -> Result<Tree<MemoryDisk>, Error> {
    Tree::create(MemoryDisk::new(), facts)
}
