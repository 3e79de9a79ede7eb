//! The files that a run puts on the machine, whether they are there already or not.

use machine::MachinePath;
use script::Contents;

use crate::actions::install_files::contents;
use crate::media::Media;
use crate::{Error, Failure, Run, State};

/// A file of a component that comes, locally.
#[derive(Clone, Debug, PartialEq)]
pub struct InstalledFile {
    /// Its key in the File table.
    pub key: String,
    /// Where it comes.
    pub target: MachinePath,
    /// Its size in bytes, as the File table says.
    pub size: u64,
    /// Where its bytes come from, or why there is no such place.
    pub from: Result<Contents, Failure>,
}

impl Run {
    /// Returns the files of the components that are installed locally, in the order of their numbers, after
    /// CostFinalize. One that is there already, in the same or a newer version, is among them.
    ///
    /// Errors: the package cannot be read; rows that name components or directories that there are none of.
    pub fn installed_files(&self) -> Result<Vec<InstalledFile>, Error> {
        let media = Media::read(self.database())?;
        let word_count = self.database().summary()?.word_count().unwrap_or(0);
        let mut files = Vec::new();
        for file in &self.costs.files {
            let component = self.component("File", &file.key, &file.component)?;
            if component.action == State::Local {
                let installed = InstalledFile {
                    key: file.key.clone(),
                    target: self.file_target("File", &file.key, &file.key)?,
                    size: file.size,
                    from: contents(self, &media, word_count, file)?,
                };
                files.push((file.sequence, installed));
            }
        }
        files.sort_by_key(|(sequence, _)| *sequence);
        Ok(files.into_iter().map(|(_, file)| file).collect())
    }
}
