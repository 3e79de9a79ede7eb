//! The files that a plan installs, and what their bytes are.

use std::fmt;
use std::rc::Rc;

use super::Plan;
use crate::Error;
use crate::engine::{Part, source_of};
use crate::extract::{FileDigest, HashedFile, hashed};

/// The run that was planned, kept for what its package has.
#[derive(Clone)]
pub(super) struct Planned(Rc<Part>);

impl Planned {
    pub(super) fn new(part: Part) -> Planned {
        Planned(Rc::new(part))
    }
}

impl fmt::Debug for Planned {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Planned").field(&self.0.called).finish()
    }
}

impl Plan {
    /// Reads the files of the components that would be installed locally, and returns their digests, in the order of
    /// their numbers, with the paths that they would have in the machine. A file that is there already is among them.
    ///
    /// Errors: a cabinet or file that is not at the source or is damaged.
    pub fn digests(&self) -> Result<Vec<FileDigest>, Error> {
        let part = &self.planned.0;
        let files = part.run.installed_files()?.into_iter();
        let files = files.map(|file| HashedFile {
            key: file.key,
            path: file.target.to_string(),
            from: file.from,
        });
        hashed(files.collect(), &mut source_of(part))
    }
}
