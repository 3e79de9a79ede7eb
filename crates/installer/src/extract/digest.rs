//! The digests of a package's files, without writing any.

use std::collections::HashMap;
use std::time::SystemTime;

use script::{Contents, ReceiveError, Receiver, Source};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{paths, wanted};
use crate::source::PackageSource;
use crate::{Error, Package};

/// A file of a package, and what its bytes are.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FileDigest {
    /// Its key in the File table.
    pub file: String,
    /// Its path, as it would be extracted, with slashes.
    pub path: String,
    /// Its size in bytes.
    pub size: u64,
    /// The SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
}

/// Reads all files of a package, and returns their digests, in the order of their numbers.
///
/// Errors: as of [`super::extract`], save those of writing.
pub fn digests(package: &Package) -> Result<Vec<FileDigest>, Error> {
    let laid = sequence::layout(&package.database)?;
    let paths = paths(&laid)?;
    let wanted = wanted(&laid, &paths)?;
    let contents: Vec<&Contents> = wanted.iter().map(|wanted| wanted.from).collect();
    let mut source = PackageSource {
        database: &package.database,
        package: &package.file,
        folder: package.folder.clone(),
        given: &[],
        again: None,
    };
    let mut hasher = Hasher::default();
    source
        .deliver(&contents, &mut hasher)
        .map_err(script::Error::Source)?;
    let found: HashMap<&Contents, &(u64, String)> = contents
        .iter()
        .enumerate()
        .filter_map(|(index, from)| Some((*from, hasher.done.get(&index)?)))
        .collect();
    let files = laid.iter().zip(&paths).map(|(file, path)| {
        let digest = file.from.as_ref().ok().and_then(|from| found.get(from));
        let (size, sha256) =
            digest.map_or((0, String::new()), |(size, sha256)| (*size, sha256.clone()));
        FileDigest {
            file: file.key.clone(),
            path: path.join("/"),
            size,
            sha256,
        }
    });
    Ok(files.collect())
}

/// Hashes what is delivered.
#[derive(Default)]
struct Hasher {
    at: usize,
    size: u64,
    hash: Sha256,
    done: HashMap<usize, (u64, String)>,
}

impl Receiver for Hasher {
    fn begin(&mut self, index: usize, _: Option<SystemTime>) -> Result<(), ReceiveError> {
        (self.at, self.size, self.hash) = (index, 0, Sha256::new());
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), ReceiveError> {
        self.size += bytes.len() as u64;
        self.hash.update(bytes);
        Ok(())
    }

    fn end(&mut self) -> Result<(), ReceiveError> {
        let digest = std::mem::take(&mut self.hash).finalize();
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        self.done.insert(self.at, (self.size, hex));
        Ok(())
    }
}
