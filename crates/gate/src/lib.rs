//! The gate of a machine: one install at a time, first come, first served.
//!
//! This is what Windows calls the `_MSIExecute` mutex ("_MSIExecute Mutex"): taken while an execute
//! sequence is processed, and the reason of error 1618. Here it is a lock on a file of the machine
//! folder with a queue before it; the kernel frees both when their process ends, however it ends.
//! `docs/gate.md` draws the files and argues the order of the steps.
//!
//! Absent here on purpose: any knowledge of packages, sequences and undo. The gate does not know what
//! its holder does, only the names that the holder tells.

mod cancel;
mod error;
mod files;
mod filesystem;
mod hold;
mod holder;
mod lock;
mod patience;
mod probe;
mod process;
mod queue;
mod take;

pub use cancel::Cancel;
pub use error::{Surroundings, TakeError};
pub use hold::{Hold, Token};
pub use holder::{Holder, Taker};
pub use patience::Wait;
pub use probe::{Probe, Waiter};
pub use process::{ProcessWait, wait_for_process};
pub use take::WaitState;

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
