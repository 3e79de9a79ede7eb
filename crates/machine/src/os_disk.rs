//! A [`Disk`] that is a real directory. Every path is opened from the directory's handle, and the kernel keeps it
//! beneath: a link that leads out, even one swapped in a moment ago, is refused and never followed.
//!
//! Hidden and system attributes are kept as Wine keeps them: in the extended attribute `user.DOSATTRIB`.

mod attributes;
mod resolve;
mod wineserver;

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, RawDir, StatxFlags, StatxTimestamp};
use rustix::io::Errno;

use crate::disk::{Disk, Listed, ListedKind, Stat, Wineserver};
use crate::{Attributes, EntryKind, ReadSeek};
use resolve::Resolver;

/// A directory on the host.
#[derive(Debug)]
pub struct OsDisk {
    resolver: Resolver,
    folder: PathBuf,
}

impl OsDisk {
    /// Opens a directory.
    ///
    /// Errors: the system's; [`io::ErrorKind::NotADirectory`].
    pub fn open(folder: &Path) -> io::Result<OsDisk> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let root = rustix::fs::open(folder, flags, Mode::empty())?;
        Ok(OsDisk {
            resolver: Resolver::new(root),
            folder: folder.to_owned(),
        })
    }

    /// Opens a directory, making it and those above it where they are missing.
    pub fn create(folder: &Path) -> io::Result<OsDisk> {
        match OsDisk::open(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                make_all(folder)?;
                OsDisk::open(folder)
            }
            opened => opened,
        }
    }

    /// Allows the links from `drive_c/users/NAME/FOLDER` to folders outside, which Wine makes to the home directory.
    pub fn follow_user_links(&mut self) {
        self.resolver.follow_user_links();
    }

    /// Resolves names one by one, as on a kernel without openat2. For tests of that way.
    pub fn without_openat2(mut self) -> OsDisk {
        self.resolver.walk_only();
        self
    }

    fn handle(&self, path: &str, flags: OFlags) -> io::Result<OwnedFd> {
        self.resolver.open(path, flags | OFlags::CLOEXEC)
    }

    /// Opens the folder that a path is in, and returns the last name with it.
    fn above<'a>(&self, path: &'a str) -> io::Result<(OwnedFd, &'a str)> {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        if matches!(name, "" | "." | "..") {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        Ok((self.handle(folder, OFlags::PATH | OFlags::DIRECTORY)?, name))
    }

    /// Opens what is there for changes of its metadata.
    fn reading(&self, path: &str) -> io::Result<OwnedFd> {
        self.handle(path, OFlags::RDONLY | OFlags::NONBLOCK)
    }
}

fn make_all(folder: &Path) -> io::Result<()> {
    match rustix::fs::mkdir(folder, Mode::from_raw_mode(0o777)) {
        Err(Errno::NOENT) => {
            make_all(folder.parent().ok_or(io::ErrorKind::NotFound)?)?;
            Ok(rustix::fs::mkdir(folder, Mode::from_raw_mode(0o777))?)
        }
        Err(Errno::EXIST) => Ok(()),
        done => Ok(done?),
    }
}

/// Nothing there is an answer, not an error.
fn found<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            Ok(None)
        }
        other => other.map(Some),
    }
}

fn time(stamp: &StatxTimestamp) -> SystemTime {
    let nanoseconds = Duration::from_nanos(u64::from(stamp.tv_nsec));
    match u64::try_from(stamp.tv_sec) {
        Ok(seconds) => SystemTime::UNIX_EPOCH + Duration::from_secs(seconds) + nanoseconds,
        Err(_) => {
            SystemTime::UNIX_EPOCH - Duration::from_secs(stamp.tv_sec.unsigned_abs()) + nanoseconds
        }
    }
}

impl Disk for OsDisk {
    fn stat(&self, path: &str) -> io::Result<Option<Stat>> {
        let Some(handle) = found(self.handle(path, OFlags::PATH))? else {
            return Ok(None);
        };
        let wanted = StatxFlags::BASIC_STATS | StatxFlags::BTIME;
        let status = rustix::fs::statx(&handle, "", AtFlags::EMPTY_PATH, wanted)?;
        let mode = u32::from(status.stx_mode);
        let folder = FileType::from_raw_mode(mode) == FileType::Directory;
        let modified = time(&status.stx_mtime);
        let known = StatxFlags::from_bits_retain(status.stx_mask).contains(StatxFlags::BTIME);
        Ok(Some(Stat {
            kind: if folder {
                EntryKind::Folder
            } else {
                EntryKind::File
            },
            size: if folder { 0 } else { status.stx_size },
            mode: mode & 0o7777,
            attributes: attributes::read(&handle, mode, folder),
            created: if known {
                time(&status.stx_btime)
            } else {
                modified
            },
            modified,
        }))
    }

    fn read_link(&self, path: &str) -> io::Result<String> {
        let (folder, name) = self.above(path)?;
        let target = rustix::fs::readlinkat(&folder, name, Vec::new())?;
        Ok(target.to_string_lossy().into_owned())
    }

    fn list(&self, folder: &str) -> io::Result<Option<Vec<Listed>>> {
        let Some(handle) = found(self.handle(folder, OFlags::RDONLY | OFlags::DIRECTORY))? else {
            return Ok(None);
        };
        let mut buffer = Vec::with_capacity(1 << 15);
        let mut names = RawDir::new(&handle, buffer.spare_capacity_mut());
        let mut listed = Vec::new();
        while let Some(entry) = names.next() {
            let entry = entry?;
            let name = entry.file_name();
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            let kind = match entry.file_type() {
                FileType::Unknown => {
                    let status = rustix::fs::statat(&handle, name, AtFlags::SYMLINK_NOFOLLOW)?;
                    FileType::from_raw_mode(status.st_mode)
                }
                known => known,
            };
            let kind = match kind {
                FileType::Directory => ListedKind::Folder,
                FileType::Symlink => ListedKind::Link,
                _ => ListedKind::File,
            };
            listed.push(Listed {
                name: name.to_string_lossy().into_owned(),
                kind,
            });
        }
        Ok(Some(listed))
    }

    fn open_read(&self, file: &str) -> io::Result<Box<dyn ReadSeek>> {
        let handle = self.reading(file)?;
        let status = rustix::fs::fstat(&handle)?;
        if FileType::from_raw_mode(status.st_mode) != FileType::RegularFile {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "it is no regular file",
            ));
        }
        Ok(Box::new(File::from(handle)))
    }

    fn create_new(&mut self, file: &str) -> io::Result<Box<dyn Write>> {
        let (folder, name) = self.above(file)?;
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let handle = rustix::fs::openat(&folder, name, flags, Mode::from_raw_mode(0o666))?;
        Ok(Box::new(File::from(handle)))
    }

    fn append(&mut self, file: &str, bytes: &[u8]) -> io::Result<()> {
        File::from(self.handle(file, OFlags::WRONLY | OFlags::APPEND | OFlags::NONBLOCK)?)
            .write_all(bytes)
    }

    fn sync_file(&mut self, file: &str) -> io::Result<()> {
        Ok(rustix::fs::fdatasync(self.reading(file)?)?)
    }

    fn sync_folder(&mut self, folder: &str) -> io::Result<()> {
        Ok(rustix::fs::fsync(
            self.handle(folder, OFlags::RDONLY | OFlags::DIRECTORY)?,
        )?)
    }

    fn sync_all(&mut self, folder: &str) -> io::Result<()> {
        Ok(rustix::fs::syncfs(
            self.handle(folder, OFlags::RDONLY | OFlags::DIRECTORY)?,
        )?)
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        let ((old_folder, old), (new_folder, new)) = (self.above(from)?, self.above(to)?);
        Ok(rustix::fs::renameat(old_folder, old, new_folder, new)?)
    }

    fn hard_link(&mut self, from: &str, to: &str) -> io::Result<()> {
        let ((old_folder, old), (new_folder, new)) = (self.above(from)?, self.above(to)?);
        Ok(rustix::fs::linkat(
            old_folder,
            old,
            new_folder,
            new,
            AtFlags::empty(),
        )?)
    }

    fn remove_file(&mut self, file: &str) -> io::Result<()> {
        let (folder, name) = self.above(file)?;
        Ok(rustix::fs::unlinkat(folder, name, AtFlags::empty())?)
    }

    fn create_folder(&mut self, path: &str) -> io::Result<()> {
        let (folder, name) = self.above(path)?;
        Ok(rustix::fs::mkdirat(
            folder,
            name,
            Mode::from_raw_mode(0o777),
        )?)
    }

    fn remove_folder(&mut self, path: &str) -> io::Result<()> {
        let (folder, name) = self.above(path)?;
        Ok(rustix::fs::unlinkat(folder, name, AtFlags::REMOVEDIR)?)
    }

    fn set_attributes(&mut self, path: &str, attributes: Attributes) -> io::Result<()> {
        attributes::write(&self.reading(path)?, attributes)
    }

    fn set_modified(&mut self, path: &str, modified: SystemTime) -> io::Result<()> {
        attributes::write_modified(&self.reading(path)?, modified)
    }

    fn free_bytes(&self, folder: &str) -> io::Result<u64> {
        let space = rustix::fs::fstatvfs(self.handle(folder, OFlags::PATH)?)?;
        Ok(space.f_bavail.saturating_mul(space.f_frsize))
    }

    fn host_path(&self, path: &str) -> Option<PathBuf> {
        Some(self.folder.join(path))
    }

    fn wineserver(&self) -> io::Result<Option<Wineserver>> {
        wineserver::running(&self.handle("", OFlags::RDONLY | OFlags::DIRECTORY)?)
    }

    fn same_device(&self, one: &str, other: &str) -> io::Result<bool> {
        let device = |path| -> io::Result<u64> {
            Ok(rustix::fs::fstat(self.handle(path, OFlags::PATH)?)?.st_dev)
        };
        Ok(device(one)? == device(other)?)
    }
}
