//! One run in the loop: its package, and how far it has come.

use std::path::PathBuf;

use script::{Contents, Operation};
use sequence::Run;

use crate::Intent;
use crate::notes::Deed;
use crate::source::{PackageFile, PackageSource};
use crate::ui_sequence::UiSequence;
use crate::world::Kept;

/// One run in the loop.
pub(crate) struct Part {
    pub(crate) run: Run,
    pub(crate) file: PackageFile,
    pub(crate) folder: Option<PathBuf>,
    /// The transforms that were given with the package.
    pub(crate) given: Vec<PackageFile>,
    /// What the user called it, for the event log and the holder's record.
    pub(crate) called: String,
    /// Operations scripted and not executed.
    pub(crate) script: Vec<Operation>,
    /// Its transaction is the outer run's.
    pub(crate) shares_transaction: bool,
    /// Set while a UI table is processed, the execute table within it included.
    pub(crate) ui_sequence: Option<UiSequence>,
    /// A UI table was begun: the run has a client's side.
    pub(crate) has_client: bool,
    /// An execute table has been entered.
    pub(crate) entered: bool,
    /// What it does to its product, once it is known.
    pub(crate) deed: Option<Deed>,
    /// InstallFinalize has come, and what is scripted is to be done when the run ends: one of several packages.
    pub(crate) finalized: bool,
    /// Its transaction was committed, or put by to wait for a restart.
    pub(crate) committed: bool,
    /// The log has how it ended.
    pub(crate) told: bool,
    /// An action failed.
    pub(crate) failed: bool,
    /// The word for the holder's record: `install`, `remove`, …
    pub(crate) verb: &'static str,
}

impl Part {
    /// A run that has not begun.
    pub(crate) fn new(run: Run, called: String) -> Part {
        Part {
            run,
            file: PackageFile::Bytes(Vec::new().into()),
            folder: None,
            given: Vec::new(),
            called,
            script: Vec::new(),
            shares_transaction: false,
            ui_sequence: None,
            has_client: false,
            entered: false,
            deed: None,
            finalized: false,
            committed: false,
            told: false,
            failed: false,
            verb: Intent::Install.verb(),
        }
    }
}

/// The package of a run and the places where these operations keep it.
pub(super) fn kept_by(part: &Part, operations: &[Operation]) -> Kept {
    let place = |operation: &Operation| match operation {
        Operation::FileCopy { from, to, .. } if *from == Contents::Package => {
            Some((to.clone(), part.file.clone()))
        }
        _ => None,
    };
    operations.iter().filter_map(place).collect()
}

/// Where the bytes of a run's package come from.
pub(crate) fn source_of(part: &Part) -> PackageSource<'_> {
    PackageSource {
        database: part.run.database(),
        package: &part.file,
        given: &part.given,
        folder: part.folder.clone(),
        again: None,
        checks_signatures: true,
    }
}
