//! A disk that counts effects, dies or fails at the Nth, and says what a power loss can leave.
//!
//! The fault model. Every changing call of [`Disk`] and every write is one effect.
//! *Kill*: what was done stays, also unsynced; a write under way may have got half of its bytes there.
//! *Power loss*: changes of names (make, rename, link, remove, attributes) reach the disk in order, so
//! some first part of those that no sync covers is there; contents that were not synced are there, torn,
//! zeros of the right length, or missing. `sync_file` makes contents durable and no name; `sync_folder`
//! makes the changes of names up to the last one in that folder durable, and no contents; `sync_all` all.
//! Symbolic links are not part of the model.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use machine::{Attributes, Disk, Listed, MemoryDisk, ReadSeek, Stat};

use crate::power_loss::{Change, PowerLoss};

/// What goes wrong, and when. Effects are counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// The process dies instead of this effect: it and all later calls are errors.
    Die(u64),
    /// The process dies in the midst of this effect: of a write, half is done.
    DieTorn(u64),
    /// This effect fails once with an I/O error; others work.
    FailOnce(u64),
}

/// A disk in memory that counts effects and goes wrong as told. Clones share one disk.
#[derive(Clone)]
pub struct CrashDisk {
    state: Arc<Mutex<State>>,
}

struct State {
    live: MemoryDisk,
    loss: PowerLoss,
    fault: Fault,
    effects: u64,
    dead: bool,
}

impl CrashDisk {
    /// Makes a disk with these contents, all durable.
    pub fn new(contents: MemoryDisk, fault: Fault) -> CrashDisk {
        let loss = PowerLoss::new(&contents);
        let state = State {
            live: contents,
            loss,
            fault,
            effects: 0,
            dead: false,
        };
        CrashDisk {
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// How many effects there were, the one that went wrong included.
    pub fn effects(&self) -> u64 {
        self.state().effects
    }

    /// What a kill leaves: everything that was done.
    pub fn after_kill(&self) -> MemoryDisk {
        self.state().live.clone()
    }

    /// Some of what a power loss now may leave; the same `seed` gives the same disks.
    pub fn after_power_loss(&self, seed: u64) -> Vec<MemoryDisk> {
        let state = self.state();
        let everything = state.loss.everything();
        assert!(
            everything == state.live,
            "the model of power loss and the disk are not the same"
        );
        state.loss.survivors(seed)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A test that panicked while it held the disk has failed already.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read<T>(&self, read: impl FnOnce(&MemoryDisk) -> io::Result<T>) -> io::Result<T> {
        let state = self.state();
        if state.dead {
            Err(died())
        } else {
            read(&state.live)
        }
    }

    /// One effect that changes names; `change` is noted when it is done.
    fn rename_effect(
        &mut self,
        act: impl FnOnce(&mut MemoryDisk) -> io::Result<()>,
        change: Change,
    ) -> io::Result<()> {
        let mut state = self.state();
        state.count()?;
        act(&mut state.live)?;
        state.loss.change(change);
        Ok(())
    }

    fn write_effect(&self, file: &str, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.state();
        let torn = state.fault == Fault::DieTorn(state.effects + 1);
        let counted = state.count();
        let written = match &counted {
            Ok(()) => bytes,
            Err(_) if torn => &bytes[..bytes.len() / 2],
            Err(_) => return counted,
        };
        state.live.append(file, written)?;
        state.loss.append(file, written);
        counted
    }
}

impl State {
    /// Counts one effect; an error if it is not to happen.
    fn count(&mut self) -> io::Result<()> {
        if self.dead {
            return Err(died());
        }
        self.effects += 1;
        match self.fault {
            Fault::Die(at) | Fault::DieTorn(at) if at == self.effects => {
                self.dead = true;
                Err(died())
            }
            Fault::FailOnce(at) if at == self.effects => Err(io::Error::other("a planted failure")),
            _ => Ok(()),
        }
    }
}

fn died() -> io::Error {
    io::Error::other("the process is dead")
}

struct Writer {
    disk: CrashDisk,
    file: String,
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.disk.write_effect(&self.file, bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Disk for CrashDisk {
    fn stat(&self, path: &str) -> io::Result<Option<Stat>> {
        self.read(|disk| disk.stat(path))
    }

    fn read_link(&self, path: &str) -> io::Result<String> {
        self.read(|disk| disk.read_link(path))
    }

    fn list(&self, folder: &str) -> io::Result<Option<Vec<Listed>>> {
        self.read(|disk| disk.list(folder))
    }

    fn open_read(&self, file: &str) -> io::Result<Box<dyn ReadSeek>> {
        self.read(|disk| disk.open_read(file))
    }

    fn create_new(&mut self, file: &str) -> io::Result<Box<dyn Write>> {
        let change = Change::Create(file.to_owned());
        self.rename_effect(|disk| disk.create_new(file).map(drop), change)?;
        Ok(Box::new(Writer {
            disk: self.clone(),
            file: file.to_owned(),
        }))
    }

    fn append(&mut self, file: &str, bytes: &[u8]) -> io::Result<()> {
        self.write_effect(file, bytes)
    }

    fn sync_file(&mut self, file: &str) -> io::Result<()> {
        let mut state = self.state();
        state.count()?;
        state.live.sync_file(file)?;
        state.loss.sync_file(file);
        Ok(())
    }

    fn sync_folder(&mut self, folder: &str) -> io::Result<()> {
        let mut state = self.state();
        state.count()?;
        state.live.sync_folder(folder)?;
        state.loss.sync_folder(folder);
        Ok(())
    }

    fn sync_all(&mut self, folder: &str) -> io::Result<()> {
        let mut state = self.state();
        state.count()?;
        state.live.sync_all(folder)?;
        state.loss.sync_all();
        Ok(())
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        let change = Change::Rename(from.to_owned(), to.to_owned());
        self.rename_effect(|disk| disk.rename(from, to), change)
    }

    fn hard_link(&mut self, from: &str, to: &str) -> io::Result<()> {
        let change = Change::Link(from.to_owned(), to.to_owned());
        self.rename_effect(|disk| disk.hard_link(from, to), change)
    }

    fn remove_file(&mut self, file: &str) -> io::Result<()> {
        let change = Change::Remove(file.to_owned());
        self.rename_effect(|disk| disk.remove_file(file), change)
    }

    fn create_folder(&mut self, folder: &str) -> io::Result<()> {
        let change = Change::Folder(folder.to_owned());
        self.rename_effect(|disk| disk.create_folder(folder), change)
    }

    fn remove_folder(&mut self, folder: &str) -> io::Result<()> {
        let change = Change::Remove(folder.to_owned());
        self.rename_effect(|disk| disk.remove_folder(folder), change)
    }

    fn set_attributes(&mut self, path: &str, attributes: Attributes) -> io::Result<()> {
        let change = Change::Attributes(path.to_owned(), attributes);
        self.rename_effect(|disk| disk.set_attributes(path, attributes), change)
    }

    fn set_modified(&mut self, path: &str, modified: SystemTime) -> io::Result<()> {
        let change = Change::Modified(path.to_owned(), modified);
        self.rename_effect(|disk| disk.set_modified(path, modified), change)
    }

    fn free_bytes(&self, folder: &str) -> io::Result<u64> {
        self.read(|disk| disk.free_bytes(folder))
    }

    fn same_device(&self, one: &str, other: &str) -> io::Result<bool> {
        self.read(|disk| disk.same_device(one, other))
    }
}
