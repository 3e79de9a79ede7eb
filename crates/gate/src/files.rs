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
    AtFlags, CWD, FileType, Mode, OFlags, RawDir, RawMode, RenameFlags, SeekFrom, Stat, fstat,
    mkfifoat, open, openat, renameat, renameat_with, seek, unlinkat,
};
use rustix::io::Errno;
use std::fs::File;
use std::io::{self, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The longest record that is read, in bytes; ours are well below.
const RECORD_BYTES_MAX: u64 = 64 * 1024;

/// Records that are replaced are padded to a multiple of this many bytes, so that their length changes
/// rarely.
const RECORD_BYTES_STEP: usize = 1024;

/// How many bytes of a folder's names are read at once.
const NAMES_BYTES: usize = 4096;

const FOLDER_FLAGS: OFlags = OFlags::DIRECTORY
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

/// An opened folder and its path (for messages only).
pub(crate) struct Folder {
    fd: OwnedFd,
    path: PathBuf,
}

/// An opened lock file, and which file it is.
pub(crate) struct LockFile {
    file: File,
    /// Device and inode.
    identity: (u64, u64),
}

impl AsFd for LockFile {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

impl Folder {
    /// Opens the folder at `path`; None when there is none. Refuses links and shared file systems.
    pub(crate) fn open(path: &Path) -> Result<Option<Folder>, Surroundings> {
        Folder::opened(open(path, FOLDER_FLAGS, Mode::empty()), path)
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

    /// Opens the folder `name` in this one, made where it is not there.
    pub(crate) fn inner(&self, name: &str) -> Result<Folder, Surroundings> {
        let path = self.join(name);
        let opened = openat(&self.fd, name, FOLDER_FLAGS, Mode::empty());
        match Folder::opened(opened, &path)? {
            Some(folder) => Ok(folder),
            None => Folder::open_or_make(&path),
        }
    }

    fn opened(opened: Result<OwnedFd, Errno>, path: &Path) -> Result<Option<Folder>, Surroundings> {
        let fd = match opened {
            Ok(fd) => fd,
            Err(Errno::NOENT) => return Ok(None),
            Err(Errno::NOTDIR | Errno::LOOP) => return Err(not_a_folder(path)),
            Err(error) => return Err(Surroundings::new(path, error)),
        };
        let shared =
            filesystem::shared_kind(&fd).map_err(|error| Surroundings::new(path, error))?;
        let path = path.to_owned();
        match shared {
            Some(kind) => Err(Surroundings::SharedFileSystem { path, kind }),
            None => Ok(Some(Folder { fd, path })),
        }
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
        let opened = self.open_with_status(name, flags)?;
        Ok(opened.map(|(file, _)| file))
    }

    fn open_with_status(
        &self,
        name: &str,
        flags: OFlags,
    ) -> Result<Option<(File, Stat)>, Surroundings> {
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
        let status = self.status(name, &fd)?;
        match kind(&status) {
            FileType::RegularFile => Ok(Some((File::from(fd), status))),
            found => Err(self.wrong_kind(name, "a file", kind_name(found))),
        }
    }

    /// Opens the lock file `name` for taking its lock, made where it is not there. It is never removed.
    pub(crate) fn open_lock(&self, name: &str) -> Result<LockFile, Surroundings> {
        let opened = self.open_with_status(name, OFlags::RDWR | OFlags::CREATE)?;
        let (file, status) = opened.ok_or_else(|| self.error(name, Errno::NOENT))?;
        let identity = (status.st_dev, status.st_ino);
        Ok(LockFile { file, identity })
    }

    /// Returns whether `lock` is still the file that `name` names.
    pub(crate) fn still_names(&self, name: &str, lock: &LockFile) -> Result<bool, Surroundings> {
        match rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(there) => Ok((there.st_dev, there.st_ino) == lock.identity),
            Err(Errno::NOENT) => Ok(false),
            Err(error) => Err(self.error(name, error)),
        }
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
    pub(crate) fn write_new(&self, name: &str, bytes: &[u8]) -> Result<(), Surroundings> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL;
        let file = self.open_file(name, flags)?;
        let mut file = file.ok_or_else(|| self.error(name, Errno::NOENT))?;
        let written = file.write_all(bytes);
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
        let mut bytes = text.as_bytes().to_owned();
        bytes.resize(bytes.len().next_multiple_of(RECORD_BYTES_STEP), b' ');
        if !self.overwrite(&aside, &bytes)? {
            self.remove(&aside)?;
            self.write_new(&aside, &bytes)?;
        }
        match renameat_with(&self.fd, &aside, &self.fd, name, RenameFlags::EXCHANGE) {
            Ok(()) => Ok(()),
            Err(_) => self.rename(&aside, name),
        }
    }

    /// Writes over the file `name`; false when there is none, or another user's.
    fn overwrite(&self, name: &str, bytes: &[u8]) -> Result<bool, Surroundings> {
        let (file, status) = match self.open_with_status(name, OFlags::WRONLY) {
            Ok(Some(opened)) => opened,
            Ok(None) | Err(Surroundings::NotPermitted { .. }) => return Ok(false),
            Err(error) => return Err(error),
        };
        let length = bytes.len() as u64;
        let written = file.write_all_at(bytes, 0).and_then(|()| {
            // Only a step shorter than before is it cut.
            match u64::try_from(status.st_size).unwrap_or(0) > length {
                true => file.set_len(length),
                false => Ok(()),
            }
        });
        written.map_err(|error| self.error(name, error))?;
        Ok(true)
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
        let pipe = self.open_pipe(name, OFlags::RDWR)?;
        pipe.ok_or_else(|| self.error(name, Errno::NOENT))
    }

    /// Opens the named pipe `name` so that it is alive while the result lives; None when it is not there, is no pipe,
    /// or is another user's.
    pub(crate) fn enliven_pipe(&self, name: &str) -> Result<Option<OwnedFd>, Surroundings> {
        match self.open_pipe(name, OFlags::RDWR) {
            Err(Surroundings::NotPermitted { .. }) => Ok(None),
            opened => opened,
        }
    }

    /// Opens the named pipe `name` for reading, without waiting; None when it is not there or is no pipe.
    pub(crate) fn watch_pipe(&self, name: &str) -> Result<Option<OwnedFd>, Surroundings> {
        self.open_pipe(name, OFlags::RDONLY)
    }

    fn open_pipe(&self, name: &str, access: OFlags) -> Result<Option<OwnedFd>, Surroundings> {
        let flags = access | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let fd = match openat(&self.fd, name, flags, Mode::empty()) {
            Ok(fd) => fd,
            Err(Errno::NOENT | Errno::LOOP | Errno::NXIO) => return Ok(None),
            Err(Errno::ISDIR) => return Err(self.wrong_kind(name, "a named pipe", "a folder")),
            Err(error) => return Err(self.error(name, error)),
        };
        let status = self.status(name, &fd)?;
        Ok((kind(&status) == FileType::Fifo).then_some(fd))
    }

    /// Returns the names in it, in no order. One caller at a time: it moves the folder's own position.
    pub(crate) fn names(&self) -> Result<Vec<String>, Surroundings> {
        let at = |error: Errno| Surroundings::new(&self.path, error);
        seek(&self.fd, SeekFrom::Start(0)).map_err(at)?;
        let mut buffer = [MaybeUninit::uninit(); NAMES_BYTES];
        let mut entries = RawDir::new(&self.fd, &mut buffer);
        let mut names = Vec::new();
        while let Some(entry) = entries.next() {
            // A name that is not text is not ours.
            match entry.map_err(at)?.file_name().to_str() {
                Ok("." | "..") | Err(_) => {}
                Ok(name) => names.push(name.to_owned()),
            }
        }
        Ok(names)
    }

    pub(crate) fn error(&self, name: &str, error: impl Into<io::Error>) -> Surroundings {
        Surroundings::new(&self.join(name), error)
    }

    fn status(&self, name: &str, fd: impl AsFd) -> Result<Stat, Surroundings> {
        fstat(fd).map_err(|error| self.error(name, error))
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
    let found = status.map_or("something else", |status| kind_name(kind(&status)));
    Surroundings::WrongKind {
        path: path.to_owned(),
        expected: "a folder",
        found,
    }
}

fn kind(status: &Stat) -> FileType {
    FileType::from_raw_mode(status.st_mode as RawMode)
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
    // Each look-up below /proc makes what it finds; by this folder, half of it is made once.
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let Ok(process) = open("/proc/self", flags, Mode::empty()) else {
        return (0, String::new());
    };
    let namespace = rustix::fs::readlinkat(&process, "ns/pid", Vec::new());
    let namespace = namespace.map(|link| link.to_string_lossy().into_owned());
    let start = read_process_start(&process);
    (start.unwrap_or(0), namespace.unwrap_or_default())
}

fn read_process_start(process: &OwnedFd) -> Option<u64> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC;
    let file = openat(process, "stat", flags, Mode::empty()).ok()?;
    // One line of some 300 bytes, that comes whole.
    let mut line = [0; 1024];
    let length = rustix::io::read(file, &mut line).ok()?;
    let line = String::from_utf8_lossy(&line[..length]);
    // The program's name, in parentheses, may hold spaces; the start is the 20th field after it.
    let (_, fields) = line.rsplit_once(") ")?;
    fields.split(' ').nth(19)?.parse().ok()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::TakeError;

    #[test]
    fn what_the_system_says_is_sorted() {
        for (error, expected) in [
            (Errno::ACCESS, "gate: not permitted: Permission denied"),
            (Errno::PERM, "gate: not permitted: Operation not permitted"),
            (Errno::ROFS, "gate: the file system is read-only"),
            (Errno::MFILE, "gate: too many open files"),
            (Errno::NFILE, "gate: too many open files"),
            (Errno::NOSPC, "gate: the disk is full"),
            (Errno::DQUOT, "gate: the disk is full"),
            (Errno::IO, "gate: Input/output error"),
        ] {
            let told = Surroundings::new(Path::new("gate"), error);
            assert!(told.to_string().starts_with(expected), "{told}");
            assert_eq!(TakeError::from(told).code(), 1601);
        }
    }
}
