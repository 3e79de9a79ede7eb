//! The files of a gate: opened through their folder, never through a link, and checked for their kind.
//!
//! Nothing here waits: a named pipe where a file belongs cannot make an open hang.
#![expect(
    clippy::disallowed_methods,
    reason = "the gate's files are this crate's own edge to the outside"
)]

use crate::error::Surroundings;
use crate::filesystem;
use rustix::fs::{
    AtFlags, CWD, Dir, FileType, Mode, OFlags, RawMode, RenameFlags, fstat, mkfifoat, open, openat,
    renameat, renameat_with, unlinkat,
};
use rustix::io::Errno;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The longest record that is read, in bytes; ours are well below.
const RECORD_BYTES_MAX: u64 = 64 * 1024;

/// Records that are replaced are padded to a multiple of this many bytes, so that their length changes
/// rarely.
const RECORD_BYTES_STEP: usize = 1024;

/// An opened folder and its path (for messages only).
pub(crate) struct Folder {
    fd: OwnedFd,
    path: PathBuf,
}

impl Folder {
    /// Opens the folder at `path`; None when there is none. Refuses links and shared file systems.
    pub(crate) fn open(path: &Path) -> Result<Option<Folder>, Surroundings> {
        let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = match open(path, flags, Mode::empty()) {
            Ok(fd) => fd,
            Err(Errno::NOENT) => return Ok(None),
            Err(Errno::NOTDIR | Errno::LOOP) => return Err(not_a_folder(path)),
            Err(error) => return Err(Surroundings::new(path, error)),
        };
        let shared =
            filesystem::shared_kind(&fd).map_err(|error| Surroundings::new(path, error))?;
        if let Some(kind) = shared {
            let path = path.to_owned();
            return Err(Surroundings::SharedFileSystem { path, kind });
        }
        let path = path.to_owned();
        Ok(Some(Folder { fd, path }))
    }

    /// Opens the folder at `path`, made with its parents where it is not there.
    pub(crate) fn open_or_make(path: &Path) -> Result<Folder, Surroundings> {
        if let Some(folder) = Folder::open(path)? {
            return Ok(folder);
        }
        std::fs::create_dir_all(path).map_err(|error| Surroundings::new(path, error))?;
        let vanished = || Surroundings::new(path, Errno::NOENT);
        Folder::open(path)?.ok_or_else(vanished)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the path of a file in it.
    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Opens the regular file `name`; None when it is not there.
    pub(crate) fn open_file(
        &self,
        name: &str,
        flags: OFlags,
    ) -> Result<Option<File>, Surroundings> {
        let flags = flags | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let mode = Mode::from_raw_mode(0o666);
        let fd = match openat(&self.fd, name, flags, mode) {
            Ok(fd) => fd,
            Err(Errno::NOENT) if !flags.contains(OFlags::CREATE) => return Ok(None),
            Err(Errno::LOOP) => return Err(self.wrong_kind(name, "a file", "a symbolic link")),
            Err(Errno::ISDIR) => return Err(self.wrong_kind(name, "a file", "a folder")),
            Err(Errno::NXIO) => return Err(self.wrong_kind(name, "a file", "a socket or pipe")),
            Err(error) => return Err(self.error(name, error)),
        };
        let kind = self.kind(name, &fd)?;
        if kind != FileType::RegularFile {
            return Err(self.wrong_kind(name, "a file", kind_name(kind)));
        }
        Ok(Some(File::from(fd)))
    }

    /// Opens the lock file `name` for taking its lock, made where it is not there. It is never removed.
    pub(crate) fn open_lock(&self, name: &str) -> Result<File, Surroundings> {
        let flags = OFlags::RDWR | OFlags::CREATE;
        let file = self.open_file(name, flags)?;
        file.ok_or_else(|| self.error(name, Errno::NOENT))
    }

    /// Returns whether `file` is still the one that `name` names.
    pub(crate) fn still_names(&self, name: &str, file: &File) -> Result<bool, Surroundings> {
        let there = match rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(there) => there,
            Err(Errno::NOENT) => return Ok(false),
            Err(error) => return Err(self.error(name, error)),
        };
        let ours = fstat(file).map_err(|error| self.error(name, error))?;
        Ok((there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino))
    }

    /// Returns the text of the file `name`; None when it is not there, too long, or not text.
    pub(crate) fn read_record(&self, name: &str) -> Result<Option<String>, Surroundings> {
        let Some(file) = self.open_file(name, OFlags::RDONLY)? else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        let read = file.take(RECORD_BYTES_MAX + 1).read_to_end(&mut bytes);
        read.map_err(|error| self.error(name, error))?;
        if bytes.len() as u64 > RECORD_BYTES_MAX {
            return Ok(None);
        }
        Ok(String::from_utf8(bytes).ok())
    }

    /// Writes the new file `name`.
    pub(crate) fn write_new(&self, name: &str, text: &str) -> Result<(), Surroundings> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL;
        let file = self.open_file(name, flags)?;
        let mut file = file.ok_or_else(|| self.error(name, Errno::NOENT))?;
        let written = file.write_all(text.as_bytes());
        written.map_err(|error| self.error(name, error))
    }

    /// Replaces the text of the file `name`. Not synced: the record is worth nothing once its holder has
    /// gone.
    ///
    /// The new text is written aside, over the one before last, and the two files are exchanged: no file
    /// is made or removed, which can wait for the file system's journal, and nothing is renamed over or
    /// emptied, which ext4 takes for a sign to write to the disk at once. A reader that two replacements
    /// overtake can see a mixture; it is JSON only by accident, and then the reader is told a wrong action.
    pub(crate) fn replace(&self, name: &str, text: &str) -> Result<(), Surroundings> {
        let aside = aside_of(name);
        let length = text.len().next_multiple_of(RECORD_BYTES_STEP);
        let padded = format!("{text:length$}");
        if !self.overwrite(&aside, &padded)? {
            self.remove(&aside)?;
            self.write_new(&aside, &padded)?;
        }
        match renameat_with(&self.fd, &aside, &self.fd, name, RenameFlags::EXCHANGE) {
            Ok(()) => Ok(()),
            Err(_) => self.rename(&aside, name),
        }
    }

    /// Writes over the file `name`; false when there is none, or another user's.
    fn overwrite(&self, name: &str, text: &str) -> Result<bool, Surroundings> {
        let file = match self.open_file(name, OFlags::WRONLY) {
            Ok(Some(file)) => file,
            Ok(None) | Err(Surroundings::NotPermitted { .. }) => return Ok(false),
            Err(error) => return Err(error),
        };
        let length = text.len() as u64;
        let written = file.write_all_at(text.as_bytes(), 0).and_then(|()| {
            // Only a step shorter than before is it cut.
            match file.metadata()?.len() > length {
                true => file.set_len(length),
                false => Ok(()),
            }
        });
        written.map_err(|error| self.error(name, error))?;
        Ok(true)
    }

    /// Removes the file `name` and what [`Folder::replace`] keeps beside it.
    pub(crate) fn remove_replaced(&self, name: &str) -> Result<(), Surroundings> {
        self.remove(name).and(self.remove(&aside_of(name)))
    }

    pub(crate) fn rename(&self, from: &str, to: &str) -> Result<(), Surroundings> {
        renameat(&self.fd, from, &self.fd, to).map_err(|error| self.error(to, error))
    }

    /// Removes the file `name`; not there: nothing happens.
    pub(crate) fn remove(&self, name: &str) -> Result<(), Surroundings> {
        match unlinkat(&self.fd, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(self.error(name, error)),
        }
    }

    /// Makes the named pipe `name` and opens it so that it stays alive while the result lives.
    pub(crate) fn make_pipe(&self, name: &str) -> Result<OwnedFd, Surroundings> {
        let mode = Mode::from_raw_mode(0o644);
        mkfifoat(&self.fd, name, mode).map_err(|error| match error {
            Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL => Surroundings::Unsupported {
                path: self.join(name),
                what: "named pipes",
                source: error.into(),
            },
            error => self.error(name, error),
        })?;
        let flags = OFlags::RDWR | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        openat(&self.fd, name, flags, Mode::empty()).map_err(|error| self.error(name, error))
    }

    /// Opens the named pipe `name` for reading, without waiting; None when it is not there or is no pipe.
    pub(crate) fn open_pipe(&self, name: &str) -> Result<Option<OwnedFd>, Surroundings> {
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let fd = match openat(&self.fd, name, flags, Mode::empty()) {
            Ok(fd) => fd,
            Err(Errno::NOENT | Errno::LOOP | Errno::NXIO) => return Ok(None),
            Err(error) => return Err(self.error(name, error)),
        };
        Ok((self.kind(name, &fd)? == FileType::Fifo).then_some(fd))
    }

    /// Returns the names in it, in no order.
    pub(crate) fn names(&self) -> Result<Vec<String>, Surroundings> {
        let at = |error: Errno| Surroundings::new(&self.path, error);
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.fd).map_err(at)? {
            // A name that is not text is not ours.
            if let Ok(name) = entry.map_err(at)?.file_name().to_str() {
                names.push(name.to_owned());
            }
        }
        Ok(names)
    }

    pub(crate) fn error(&self, name: &str, error: impl Into<io::Error>) -> Surroundings {
        Surroundings::new(&self.join(name), error)
    }

    fn kind(&self, name: &str, fd: impl AsFd) -> Result<FileType, Surroundings> {
        let status = fstat(fd).map_err(|error| self.error(name, error))?;
        Ok(FileType::from_raw_mode(status.st_mode as RawMode))
    }

    fn wrong_kind(&self, name: &str, expected: &'static str, found: &'static str) -> Surroundings {
        Surroundings::WrongKind {
            path: self.join(name),
            expected,
            found,
        }
    }
}

fn aside_of(name: &str) -> String {
    format!("{name}.new")
}

fn not_a_folder(path: &Path) -> Surroundings {
    let status = rustix::fs::statat(CWD, path, AtFlags::SYMLINK_NOFOLLOW);
    let found = status.map_or("something else", |status| {
        kind_name(FileType::from_raw_mode(status.st_mode as RawMode))
    });
    Surroundings::WrongKind {
        path: path.to_owned(),
        expected: "a folder",
        found,
    }
}

fn kind_name(kind: FileType) -> &'static str {
    match kind {
        FileType::RegularFile => "a file",
        FileType::Directory => "a folder",
        FileType::Symlink => "a symbolic link",
        FileType::Fifo => "a named pipe",
        FileType::Socket => "a socket",
        _ => "a device",
    }
}

impl Surroundings {
    /// Sorts the system's error at `path`.
    pub(crate) fn new(path: &Path, source: impl Into<io::Error>) -> Surroundings {
        let source = source.into();
        let path = path.to_owned();
        match Errno::from_io_error(&source) {
            Some(Errno::ACCESS | Errno::PERM) => Surroundings::NotPermitted { path, source },
            Some(Errno::ROFS) => Surroundings::ReadOnly { path },
            Some(Errno::MFILE | Errno::NFILE) => Surroundings::TooManyFiles { path },
            Some(Errno::NOSPC | Errno::DQUOT) => Surroundings::Full { path },
            _ => Surroundings::Io { path, source },
        }
    }
}

/// Returns the mount table of this process.
pub(crate) fn read_mount_table() -> io::Result<String> {
    std::fs::read_to_string("/proc/self/mountinfo")
}

/// What identifies this process to people: (start in clock ticks, process namespace). Where /proc is not
/// mounted: 0 and "".
pub(crate) fn process_identity() -> (u64, String) {
    // Asked once a process: it costs more than taking the gate. A fork is another process.
    static KNOWN: Mutex<Option<(u32, u64, String)>> = Mutex::new(None);
    let own = std::process::id();
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    match &*known {
        Some((process, start, namespace)) if *process == own => (*start, namespace.clone()),
        _ => {
            let (start, namespace) = read_process_identity();
            *known = Some((own, start, namespace.clone()));
            (start, namespace)
        }
    }
}

fn read_process_identity() -> (u64, String) {
    let start = std::fs::read_to_string("/proc/self/stat").ok();
    // The program's name, in parentheses, may hold spaces; the start is the 20th field after it.
    let start = start
        .as_deref()
        .and_then(|stat| stat.rsplit_once(") "))
        .and_then(|(_, rest)| rest.split(' ').nth(19))
        .and_then(|start| start.parse().ok());
    let namespace = std::fs::read_link("/proc/self/ns/pid").ok();
    let namespace = namespace.map(|link| link.to_string_lossy().into_owned());
    (start.unwrap_or(0), namespace.unwrap_or_default())
}

/// Returns the name of user `uid` of the local user table, or else the number.
pub(crate) fn user_name(uid: u32) -> String {
    let table = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let number = uid.to_string();
    let line = table
        .lines()
        .find(|line| line.split(':').nth(2) == Some(&number));
    let name = line.and_then(|line| line.split(':').next());
    name.map_or(number, str::to_owned)
}
