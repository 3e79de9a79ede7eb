//! A folder that packages and their sources lie in, looked into without regard to case.
#![expect(
    clippy::disallowed_methods,
    reason = "the edge: packages and their sources are files of the host"
)]

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use machine::same_name;

/// Files that this process was handed, by the absolute paths that they stand for. Of the process, as its working
/// folder is: a process that carries out what another asks for does so for one only.
static HANDED: Mutex<Vec<(PathBuf, Arc<File>)>> = Mutex::new(Vec::new());

/// Lets an open file stand for an absolute path: whoever opens that path in this process reads this file, whether or not
/// it may open the path itself.
pub fn hand_over(path: PathBuf, file: File) {
    let mut handed = HANDED.lock().unwrap_or_else(PoisonError::into_inner);
    handed.push((path, Arc::new(file)));
}

/// The folder of the machine, once this process reads nothing else of the host that it was not handed.
static ONLY_HANDED: Mutex<Option<PathBuf>> = Mutex::new(None);

/// From now on this process reads, of packages and what lies beside them, only what it was handed and what is below `machine`:
/// it carries out what somebody asks for who may not read what it may.
pub fn read_only_what_was_handed(machine: PathBuf) {
    let mut only = ONLY_HANDED.lock().unwrap_or_else(PoisonError::into_inner);
    *only = Some(machine);
}

/// May this process open a path by itself?
fn may_open(path: &Path) -> bool {
    let only = ONLY_HANDED.lock().unwrap_or_else(PoisonError::into_inner);
    let climbs = || path.components().any(|part| part == Component::ParentDir);
    only.as_ref()
        .is_none_or(|machine| path.starts_with(machine) && !climbs())
}

/// Refuses a path that is not to be opened: to whoever asks there is no such file.
fn require_own(path: &Path) -> io::Result<&Path> {
    may_open(path)
        .then_some(path)
        .ok_or_else(|| io::ErrorKind::NotFound.into())
}

/// The path of this name in a folder, if files were handed over for it or for what is below it.
fn handed_below(folder: &Path, name: &str) -> Option<PathBuf> {
    let handed = HANDED.lock().unwrap_or_else(PoisonError::into_inner);
    let next = |path: &Path| Some(path.strip_prefix(folder).ok()?.iter().next()?.to_owned());
    let mut names = handed.iter().rev().filter_map(|(path, _)| next(path));
    let found = names.find(|found| found.to_str().is_some_and(|found| same_name(found, name)));
    found.map(|found| folder.join(found))
}

fn handed(path: &Path) -> Option<Arc<File>> {
    let handed = HANDED.lock().unwrap_or_else(PoisonError::into_inner);
    let found = handed.iter().rev().find(|(known, _)| known == path);
    found.map(|(_, file)| Arc::clone(file))
}

/// Is there a file or folder of this name, seen from the working folder?
pub(crate) fn exists(path: &Path) -> bool {
    let is_handed = || std::path::absolute(path).is_ok_and(|path| handed(&path).is_some());
    is_handed() || (may_open(path) && path.exists())
}

/// An open file of the host.
#[derive(Debug)]
pub(crate) enum HostFile {
    /// Opened here.
    Own(File),
    /// Opened by another: its position is shared, so that it is kept here.
    Handed {
        /// The file.
        file: Arc<File>,
        /// Where reading goes on.
        position: u64,
    },
}

impl HostFile {
    fn file(&self) -> &File {
        match self {
            HostFile::Own(file) => file,
            HostFile::Handed { file, .. } => file,
        }
    }
}

impl Read for HostFile {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        match self {
            HostFile::Own(file) => file.read(bytes),
            HostFile::Handed { file, position } => {
                let count = read_at(file, bytes, *position)?;
                *position += count as u64;
                Ok(count)
            }
        }
    }
}

impl Seek for HostFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (file, position) = match self {
            HostFile::Own(file) => return file.seek(to),
            HostFile::Handed { file, position } => (file, position),
        };
        let moved = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => position.checked_add_signed(by),
            SeekFrom::End(by) => file.metadata()?.len().checked_add_signed(by),
        };
        *position = moved.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(*position)
    }
}

#[cfg(unix)]
fn read_at(file: &File, bytes: &mut [u8], position: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, bytes, position)
}

#[cfg(windows)]
fn read_at(file: &File, bytes: &mut [u8], position: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, bytes, position)
}

/// Finds a file below `folder` by names without regard to case; none where there is none.
///
/// Each name is one name: separators, `.` and `..` are never followed.
pub(crate) fn find(folder: &Path, names: &[&str]) -> io::Result<Option<PathBuf>> {
    let mut at = folder.to_owned();
    for name in names {
        if name.is_empty() || *name == "." || *name == ".." || name.contains(['/', '\\', '\0']) {
            return Ok(None);
        }
        if let Some(found) = handed_below(&at, name) {
            at = found;
            continue;
        }
        if !may_open(&at) {
            return Ok(None);
        }
        let exact = at.join(name);
        at = match exact.try_exists()? {
            true => exact,
            false => match find_folded(&at, name)? {
                Some(found) => found,
                None => return Ok(None),
            },
        };
    }
    Ok(Some(at))
}

/// What is in a folder; none where there is none.
fn entries(folder: &Path) -> io::Result<Option<std::fs::ReadDir>> {
    let is_none = |kind| matches!(kind, io::ErrorKind::NotFound | io::ErrorKind::NotADirectory);
    match require_own(folder).and_then(std::fs::read_dir) {
        Err(error) if is_none(error.kind()) => Ok(None),
        entries => entries.map(Some),
    }
}

fn find_folded(folder: &Path, name: &str) -> io::Result<Option<PathBuf>> {
    let Some(entries) = entries(folder)? else {
        return Ok(None);
    };
    for entry in entries {
        let entry = entry?;
        if entry
            .file_name()
            .to_str()
            .is_some_and(|found| same_name(found, name))
        {
            return Ok(Some(entry.path()));
        }
    }
    Ok(None)
}

/// Reads a small file whole; none where there is none.
pub(crate) fn read_if_there(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match require_own(path).and_then(std::fs::read) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Opens a file with its time of last change.
pub(crate) fn open(path: &Path) -> io::Result<(HostFile, Option<SystemTime>)> {
    let file = match handed(path) {
        Some(file) => HostFile::Handed { file, position: 0 },
        None => HostFile::Own(File::open(require_own(path)?)?),
    };
    let metadata = file.file().metadata()?;
    if metadata.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    Ok((file, metadata.modified().ok()))
}

/// Opens a file that has to have an end and can be read from anywhere: a pipe or a device is refused, and not waited for.
pub(crate) fn open_whole(file: &Path) -> io::Result<(HostFile, Option<SystemTime>)> {
    let kind = match handed(file) {
        Some(file) => file.metadata()?,
        None => std::fs::metadata(require_own(file)?)?,
    };
    if !kind.is_file() && !kind.is_dir() {
        return Err(io::Error::other("it is a pipe or a device, and no file"));
    }
    open(file)
}

/// The size of a file in bytes; none where it cannot be found out.
pub(crate) fn size(file: &Path) -> Option<u64> {
    let metadata = match handed(file) {
        Some(file) => file.metadata(),
        None => require_own(file).and_then(std::fs::metadata),
    };
    metadata.ok().map(|metadata| metadata.len())
}

/// Is this a program of Windows? Leaves the file at its start.
pub(crate) fn is_program(file: &mut HostFile) -> io::Result<bool> {
    let mut first = Vec::new();
    file.by_ref().take(2).read_to_end(&mut first)?;
    file.rewind()?;
    Ok(first == b"MZ")
}

/// Reads a whole file; none where it is not there.
pub(crate) fn read(file: &Path) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    match open_whole(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened?.0.read_to_end(&mut bytes)?,
    };
    Ok(Some(bytes))
}

/// The names of the files in a folder, sorted; none where there is no folder.
pub(crate) fn list(folder: &Path) -> io::Result<Option<Vec<String>>> {
    let Some(entries) = entries(folder)? else {
        return Ok(None);
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.file_type().is_ok_and(|kind| !kind.is_dir())
            && let Ok(name) = entry.file_name().into_string()
        {
            names.push(name);
        }
    }
    names.sort_unstable();
    Ok(Some(names))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_was_handed_over_is_read_in_the_place_of_its_path_and_by_each_reader_from_its_start()
     {
        let folder = tempfile::tempdir().unwrap();
        let given = folder.path().join("given");
        std::fs::write(&given, b"handed over").unwrap();
        let path = folder.path().join("not there");
        assert!(open(&path).is_err() && !exists(&path));
        hand_over(path.clone(), File::open(&given).unwrap());
        assert!(exists(&path));
        let (mut first, mut second) = (open(&path).unwrap().0, open_whole(&path).unwrap().0);
        let mut text = String::new();
        first.seek(SeekFrom::End(-4)).unwrap();
        first.read_to_string(&mut text).unwrap();
        second.read_to_string(&mut text).unwrap();
        assert_eq!(text, "overhanded over");
        assert!(first.seek(SeekFrom::Current(-100)).is_err());
    }
}
