//! Somebody is asked for a disk: what Windows calls the `__MsiPromptForCD` mutex ("--MsiPromptForCD Mutex").
//!
//! It is apart from the gate: a disk may be asked for before the gate is taken, and several may ask at once. Like the
//! gate's, its lock ends with its process, and asking takes nothing.

use std::fs::File;

use rustix::fs::OFlags;

use crate::Gate;
use crate::error::Surroundings;
use crate::files::Folder;
use crate::lock;
use crate::probe::lock_error;

/// The lock file's name in the gate's folder.
const PROMPT: &str = "prompt";

/// Says that somebody is asked for a disk, as long as it lives.
#[derive(Debug)]
#[must_use = "nobody is asked any more once it is dropped"]
pub struct DiskPrompt {
    _locked: File,
}

impl Gate {
    /// Says that somebody is asked for a disk, until the result is dropped. It refuses nobody, and waits for nobody.
    ///
    /// Errors: the gate's folder cannot be written, or its file system has no such locks.
    pub fn ask_for_disk(&self) -> Result<DiskPrompt, Surroundings> {
        let folder = Folder::open_or_make(self.folder())?;
        let file = folder.open_file(PROMPT, OFlags::RDWR | OFlags::CREATE)?;
        let file = file.ok_or_else(|| folder.error(PROMPT, rustix::io::Errno::NOENT))?;
        let shared = lock::try_share(&file).map_err(|source| lock_error(&folder, source))?;
        match shared {
            true => Ok(DiskPrompt { _locked: file }),
            // Nobody of ours takes it for himself alone.
            false => Err(folder.error(PROMPT, rustix::io::Errno::BUSY)),
        }
    }

    /// Returns whether somebody is asked for a disk.
    ///
    /// Errors: the gate's folder cannot be read.
    pub fn is_asked_for_disk(&self) -> Result<bool, Surroundings> {
        let Some(folder) = Folder::open(self.folder())? else {
            return Ok(false);
        };
        let Some(file) = folder.open_file(PROMPT, OFlags::RDONLY)? else {
            return Ok(false);
        };
        let answer = lock::ask(&file).map_err(|source| lock_error(&folder, source))?;
        Ok(answer.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Probe;

    #[test]
    fn it_is_there_while_anybody_asks_and_leaves_the_gate_alone() {
        let place = tempfile::TempDir::new().unwrap();
        let gate = Gate::at(&place.path().join("gate"));
        assert!(!gate.is_asked_for_disk().unwrap());
        assert!(!gate.folder().exists(), "asking makes nothing");
        let first = gate.ask_for_disk().unwrap();
        let second = gate.ask_for_disk().unwrap();
        assert!(gate.is_asked_for_disk().unwrap());
        // "It is possible for a prompt to occur before _MSIExecute exists."
        assert!(matches!(gate.probe(), Probe::Free));
        drop(first);
        assert!(gate.is_asked_for_disk().unwrap());
        drop(second);
        assert!(!gate.is_asked_for_disk().unwrap());
    }
}
