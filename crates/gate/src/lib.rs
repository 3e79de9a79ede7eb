//! The gate of a machine: one install at a time, first come, first served.
//!
//! This is what Windows calls the `_MSIExecute` mutex ("_MSIExecute Mutex"): taken while an execute
//! sequence is processed, and the reason of error 1618. Here it is a lock on a file of the machine
//! folder with a queue before it; the kernel frees both when their process ends, however it ends.
//! `docs/gate.md` draws the files and argues the order of the steps.
//!
//! Absent here on purpose: any knowledge of packages, sequences and undo. The gate does not know what
//! its holder does, only the names that the holder tells.

mod answer;
mod error;
mod holder;
mod wait;

#[cfg(unix)]
mod cancel;
#[cfg(unix)]
mod disk_prompt;
#[cfg(unix)]
mod files;
#[cfg(unix)]
mod filesystem;
#[cfg(unix)]
mod hold;
#[cfg(unix)]
mod lock;
#[cfg(unix)]
mod patience;
#[cfg(unix)]
mod probe;
#[cfg(unix)]
mod process;
#[cfg(unix)]
mod queue;
#[cfg(unix)]
mod take;

#[cfg(not(unix))]
mod elsewhere;

pub use answer::{Probe, Waiter};
pub use error::{Surroundings, TakeError};
pub use holder::{Holder, Taker};
pub use wait::{ProcessWait, Wait, WaitState};

#[cfg(unix)]
pub use {
    cancel::Cancel,
    disk_prompt::DiskPrompt,
    hold::{Hold, Token},
    process::wait_for_process,
};

#[cfg(not(unix))]
pub use elsewhere::{Cancel, DiskPrompt, Hold, Token, wait_for_process};

#[cfg(not(unix))]
use elsewhere::process_identity;
#[cfg(unix)]
use files::process_identity;

use std::path::{Path, PathBuf};

/// The gate of one machine, named by its folder. A value: making one touches nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gate {
    folder: PathBuf,
}

impl Gate {
    /// Names the gate whose files are, or will be, in `folder` (a machine's `.msikit/gate`).
    pub fn at(folder: &Path) -> Gate {
        Gate {
            folder: folder.to_owned(),
        }
    }

    /// Returns the folder of the gate's files.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}
