//! The folder of the host that files are extracted into. No symbolic link in it is followed: neither one that takes
//! a folder's place nor one in the place of a file, which is replaced.
#![expect(
    clippy::disallowed_methods,
    reason = "the edge: what is extracted are files of the host"
)]

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::{Error, code};

/// A folder that files land in.
pub(super) struct Landing {
    folder: PathBuf,
    /// Folders that are known to be there and no links.
    known: HashSet<PathBuf>,
    current: Option<Current>,
}

struct Current {
    path: PathBuf,
    file: File,
    modified: Option<SystemTime>,
}

impl Landing {
    /// Makes the folder where it is not there.
    ///
    /// Errors: what the system says.
    pub(super) fn at(folder: &Path) -> Result<Landing, Error> {
        fs::create_dir_all(folder).map_err(|error| failed("make", folder, &error))?;
        Ok(Landing {
            folder: folder.to_owned(),
            known: HashSet::new(),
            current: None,
        })
    }

    /// Begins a file, with the folders above it. One that is there is replaced.
    ///
    /// Errors: what the system says; a link in the place of a folder.
    pub(super) fn begin(
        &mut self,
        names: &[String],
        modified: Option<SystemTime>,
    ) -> Result<(), Error> {
        let path = self.place(names)?;
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(failed("replace", &path, &error));
            }
            _ => {}
        }
        let file = OpenOptions::new().write(true).create_new(true).open(&path);
        let file = file.map_err(|error| failed("make", &path, &error))?;
        self.current = Some(Current {
            path,
            file,
            modified,
        });
        Ok(())
    }

    /// Writes the next bytes of the file that was begun.
    ///
    /// Errors: what the system says.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        match &mut self.current {
            Some(Current { file, path, .. }) => file
                .write_all(bytes)
                .map_err(|error| failed("write", path, &error)),
            None => Ok(()),
        }
    }

    /// Ends the file that was begun.
    ///
    /// Errors: what the system says.
    pub(super) fn end(&mut self) -> Result<(), Error> {
        if let Some(Current {
            path,
            file,
            modified: Some(modified),
        }) = self.current.take()
        {
            let set = file.set_modified(modified);
            set.map_err(|error| failed("set the time of", &path, &error))?;
        }
        Ok(())
    }

    /// Copies a file that landed to another place.
    ///
    /// Errors: as for [`Landing::begin`].
    pub(super) fn copy(&mut self, from: &[String], to: &[String]) -> Result<(), Error> {
        let from = self.place(from)?;
        self.begin(to, None)?;
        let Some(Current { path, mut file, .. }) = self.current.take() else {
            return Ok(());
        };
        let copied = File::open(&from).and_then(|mut from| {
            let modified = from.metadata()?.modified()?;
            io::copy(&mut from, &mut file)?;
            file.set_modified(modified)
        });
        copied.map_err(|error| failed("write", &path, &error))
    }

    /// Removes the file that was begun and not ended.
    pub(super) fn drop_half(&mut self) {
        if let Some(Current { path, .. }) = self.current.take() {
            // It is told already that the file is not there.
            let _ = fs::remove_file(path);
        }
    }

    /// Returns where a file goes, once the folders above it are there.
    fn place(&mut self, names: &[String]) -> Result<PathBuf, Error> {
        let mut path = self.folder.clone();
        for (at, name) in names.iter().enumerate() {
            path.push(name);
            if at + 1 < names.len() && !self.known.contains(&path) {
                make_folder(&path)?;
                self.known.insert(path.clone());
            }
        }
        Ok(path)
    }
}

fn make_folder(path: &Path) -> Result<(), Error> {
    match fs::create_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        made => return made.map_err(|error| failed("make", path, &error)),
    }
    let there = fs::symlink_metadata(path).map_err(|error| failed("look at", path, &error))?;
    if there.is_dir() {
        return Ok(());
    }
    let reason = io::Error::other("something that is no folder has its place");
    Err(failed("make", path, &reason))
}

fn failed(what: &str, path: &Path, error: &io::Error) -> Error {
    Error::Failed {
        code: code::FAILURE,
        message: format!("cannot {what} {}: {error}", path.display()),
    }
}
