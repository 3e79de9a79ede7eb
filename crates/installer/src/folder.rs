//! A folder that packages and their sources lie in, looked into without regard to case.
#![expect(
    clippy::disallowed_methods,
    reason = "the edge: packages and their sources are files of the host"
)]

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use machine::same_name;

/// Finds a file below `folder` by names without regard to case; none where there is none.
///
/// Each name is one name: separators, `.` and `..` are never followed.
pub(crate) fn find(folder: &Path, names: &[&str]) -> io::Result<Option<PathBuf>> {
    let mut at = folder.to_owned();
    for name in names {
        if name.is_empty() || *name == "." || *name == ".." || name.contains(['/', '\\', '\0']) {
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

fn find_folded(folder: &Path, name: &str) -> io::Result<Option<PathBuf>> {
    let entries = match std::fs::read_dir(folder) {
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            return Ok(None);
        }
        entries => entries?,
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
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Opens a file with its time of last change.
pub(crate) fn open(file: &Path) -> io::Result<(File, Option<SystemTime>)> {
    let file = File::open(file)?;
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    Ok((file, metadata.modified().ok()))
}

/// Opens a file that has to have an end and can be read from anywhere: a pipe or a device is refused, and not waited for.
pub(crate) fn open_whole(file: &Path) -> io::Result<(File, Option<SystemTime>)> {
    let kind = std::fs::metadata(file)?;
    if !kind.is_file() && !kind.is_dir() {
        return Err(io::Error::other("it is a pipe or a device, and no file"));
    }
    open(file)
}

/// The size of a file in bytes; none where it cannot be found out.
pub(crate) fn size(file: &Path) -> Option<u64> {
    std::fs::metadata(file).ok().map(|metadata| metadata.len())
}

/// Is this a program of Windows? Leaves the file at its start.
pub(crate) fn is_program(file: &mut File) -> io::Result<bool> {
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
    let entries = match std::fs::read_dir(folder) {
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            return Ok(None);
        }
        entries => entries?,
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
