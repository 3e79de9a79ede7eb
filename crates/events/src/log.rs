//! Appending: whole lines, each with one write at the end of the file, one process at a time.
//!
//! A writer that is killed can leave a torn last line; the next one ends that line first, and readers
//! skip it. Rotation renames the file, under its lock, so a writer that waited for the lock looks again
//! whether its file is still the log.
#![expect(
    clippy::disallowed_methods,
    reason = "the log is this crate's own edge to the outside"
)]

use crate::error::Error;
use crate::event::Event;
use crate::journald::Journald;
use crate::read;
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, fstat, open, statat};
use rustix::io::Errno;
use std::fs::{File, TryLockError};
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The log is rotated when it is longer than this many bytes.
const ROTATE_BYTES: u64 = 4 * 1024 * 1024;

/// How often and how long a writer waits for the lock: 2 s in all. Others keep it for microseconds; when
/// one was stopped there, the event is appended without it rather than lost or waited for.
const LOCK_TRIES: u32 = 400;
const LOCK_NAP: Duration = Duration::from_millis(5);

/// The log of one machine, named by its file. A value: making one touches nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    path: PathBuf,
    rotate_bytes: u64,
    journald: Option<Journald>,
}

impl Log {
    /// Names the log whose events are, or will be, in the file `path` (a machine's `.msikit/events.jsonl`).
    pub fn at(path: &Path) -> Log {
        Log {
            path: path.to_owned(),
            rotate_bytes: ROTATE_BYTES,
            journald: None,
        }
    }

    /// Sets the length in bytes above which the log is rotated; 4 MiB by default.
    pub fn rotated_above(self, rotate_bytes: u64) -> Log {
        Log {
            rotate_bytes,
            ..self
        }
    }

    /// Tells what is appended to journald, too. That it takes nothing is no error here: [`Journald::try_it`] says so.
    pub fn and_to(self, journald: Option<Journald>) -> Log {
        Log { journald, ..self }
    }

    /// Returns the path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the path of what was rotated away.
    pub fn older_path(&self) -> PathBuf {
        self.path.with_extension("1.jsonl")
    }

    /// Appends `events`, in order. The file is made where it is not there; its folder must be.
    ///
    /// Errors: the disk is full, or the file cannot be opened or written; the events before the failed one
    /// are in the log.
    pub fn append(&self, events: &[Event]) -> Result<(), Error> {
        if events.is_empty() {
            return Ok(());
        }
        let mut file = self.lock_for_writing()?;
        self.write_all(&mut file, events)
    }

    /// Appends those of `events` that the log does not have, by (transaction, ordinal): for finishing a
    /// transaction whose events may be written in part. Returns how many were appended.
    ///
    /// Errors: as [`Log::append`], and the log cannot be read.
    pub fn append_missing(&self, events: &[Event]) -> Result<usize, Error> {
        let mut file = self.lock_for_writing()?;
        let there = read::read(self, |event| {
            events.iter().any(|wanted| wanted.is_same_step(event))
        })?;
        let is_missing = |event: &&Event| !there.events.iter().any(|old| old.is_same_step(event));
        let missing: Vec<Event> = events.iter().filter(is_missing).cloned().collect();
        self.write_all(&mut file, &missing)?;
        Ok(missing.len())
    }

    /// Makes what was appended safe against power loss.
    ///
    /// Errors: the disk reports that it is not.
    pub fn sync(&self) -> Result<(), Error> {
        match self.open(OFlags::RDONLY)? {
            Some(file) => file
                .sync_data()
                .map_err(|error| Error::at(&self.path, error)),
            None => Ok(()),
        }
    }

    fn write_all(&self, file: &mut File, events: &[Event]) -> Result<(), Error> {
        let at = |error| Error::at(&self.path, error);
        let mut torn = ends_torn(file).map_err(at)?;
        for event in events {
            let mut line = Vec::new();
            if std::mem::take(&mut torn) {
                line.push(b'\n');
            }
            serde_json::to_writer(&mut line, event).map_err(|source| Error::Unwritable {
                id: event.id,
                source,
            })?;
            line.push(b'\n');
            file.write_all(&line).map_err(at)?;
            if let Some(journald) = &self.journald {
                // The log has it, and that is what counts.
                let _ = journald.send(event, &self.path);
            }
        }
        Ok(())
    }

    /// Opens the log for appending and locks it; rotates it first where it is too long.
    fn lock_for_writing(&self) -> Result<File, Error> {
        loop {
            let file = self.open_for_writing()?;
            if !lock(&file) {
                return Ok(file);
            }
            if !self.names(&file)? {
                continue;
            }
            let status = fstat(&file).map_err(|error| Error::at(&self.path, error))?;
            if u64::try_from(status.st_size).unwrap_or(0) <= self.rotate_bytes {
                return Ok(file);
            }
            let older = self.older_path();
            std::fs::rename(&self.path, &older).map_err(|error| Error::at(&older, error))?;
        }
    }

    fn open_for_writing(&self) -> Result<File, Error> {
        let flags = OFlags::RDWR | OFlags::APPEND | OFlags::CREATE;
        let missing = || Error::at(&self.path, Errno::NOENT);
        self.open(flags)?.ok_or_else(missing)
    }

    /// Opens the log; None when it is not there.
    pub(crate) fn open(&self, flags: OFlags) -> Result<Option<File>, Error> {
        open_file(&self.path, flags)
    }

    /// Returns whether `file` is the log still, and was not rotated away.
    pub(crate) fn names(&self, file: &File) -> Result<bool, Error> {
        is_at(&self.path, file)
    }
}

/// Returns whether `path` names `file`.
pub(crate) fn is_at(path: &Path, file: &File) -> Result<bool, Error> {
    let there = match statat(CWD, path, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(there) => there,
        Err(Errno::NOENT) => return Ok(false),
        Err(error) => return Err(Error::at(path, error)),
    };
    let ours = fstat(file).map_err(|error| Error::at(path, error))?;
    Ok((there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino))
}

/// Opens a regular file, never through a link and never waiting for a pipe's other end.
pub(crate) fn open_file(path: &Path, flags: OFlags) -> Result<Option<File>, Error> {
    let always = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let not_a_file = || Error::NotAFile {
        path: path.to_owned(),
    };
    let fd = match open(path, flags | always, Mode::from_raw_mode(0o666)) {
        Ok(fd) => fd,
        Err(Errno::NOENT) => return Ok(None),
        Err(Errno::LOOP | Errno::ISDIR | Errno::NXIO) => return Err(not_a_file()),
        Err(error) => return Err(Error::at(path, error)),
    };
    let status = fstat(&fd).map_err(|error| Error::at(path, error))?;
    match FileType::from_raw_mode(status.st_mode) {
        FileType::RegularFile => Ok(Some(File::from(fd))),
        _ => Err(not_a_file()),
    }
}

/// Locks the file against other writers; false when that took too long, or the file system has no locks.
fn lock(file: &File) -> bool {
    for _ in 0..LOCK_TRIES {
        match file.try_lock() {
            Ok(()) => return true,
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_NAP),
            Err(TryLockError::Error(_)) => return false,
        }
    }
    false
}

/// Returns whether the last line was not finished.
fn ends_torn(file: &File) -> std::io::Result<bool> {
    let length = file.metadata()?.len();
    let mut last = [b'\n'];
    if length > 0 {
        file.read_exact_at(&mut last, length - 1)?;
    }
    Ok(last != [b'\n'])
}
