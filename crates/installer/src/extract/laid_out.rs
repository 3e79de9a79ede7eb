//! Files of a cabinet laid out as the source of a package has them, so that the package needs no cabinet for them.
//!
//! Follows: Microsoft, "Merge.ExtractFilesEx Method", "Directory Table", "Word Count Summary".

use std::collections::HashMap;
use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

use cabinet::{ExtractError, Member, NoVolumes, Sink, Verdict};
use database::Database;
use script::Contents;

use super::landing::Landing;
use super::require_name;
use crate::{Error, code};

/// Writes members of a cabinet below the folder of a package, where the package looks for those files.
///
/// `files` are their keys. Errors: a file that the package does not take from its source folder, a name that is none
/// (1620), a damaged cabinet or one without a file (1603); what the system says of the folder (1603).
pub fn lay_out(
    package: &Database,
    files: &[String],
    cabinet: Arc<[u8]>,
    into: &Path,
) -> Result<(), Error> {
    let mut sink = Members {
        paths: paths(package, files)?,
        landing: Landing::at(into)?,
    };
    let extracted = cabinet::extract(Box::new(Cursor::new(cabinet)), &mut NoVolumes, &mut sink);
    sink.landing.drop_half();
    extracted.map_err(|error| match error {
        ExtractError::Sink(error) => error,
        ExtractError::Cabinet(error) => failed(format!("the module's cabinet: {error}")),
    })?;
    match sink.paths.keys().next() {
        None => Ok(()),
        Some(key) => Err(failed(format!("the module's cabinet has no file {key}"))),
    }
}

fn failed(message: String) -> Error {
    Error::Failed {
        code: code::FAILURE,
        message,
    }
}

/// The names of folders and file for each key. Of `short|long` the long name is taken.
fn paths(package: &Database, files: &[String]) -> Result<HashMap<String, Vec<String>>, Error> {
    let mut paths = HashMap::new();
    let laid = sequence::layout(package)?;
    for file in laid.into_iter().filter(|file| files.contains(&file.key)) {
        let Ok(Contents::SourceFile { path, .. }) = file.from else {
            return Err(failed(format!(
                "the package does not take the file {} from its source folder",
                file.key
            )));
        };
        let name = |name: &String| name.rsplit('|').next().unwrap_or_default().to_owned();
        let path: Vec<String> = path.iter().map(name).collect();
        for name in &path {
            require_name(&file.key, name)?;
        }
        paths.insert(file.key, path);
    }
    Ok(paths)
}

/// Lands the members that have a path.
struct Members {
    /// Those that did not come yet.
    paths: HashMap<String, Vec<String>>,
    landing: Landing,
}

impl Sink for Members {
    type Error = Error;

    fn begin(&mut self, member: &Member) -> Result<Verdict, Error> {
        let Some(path) = self.paths.remove(member.name.as_str()) else {
            return Ok(Verdict::Skip);
        };
        self.landing.begin(&path, member.modified)?;
        Ok(Verdict::Take)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.landing.write(bytes)
    }

    fn end(&mut self, _: &Member) -> Result<(), Error> {
        self.landing.end()
    }
}
