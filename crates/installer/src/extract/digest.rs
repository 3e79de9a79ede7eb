//! The digests of a package's files, without writing any.

use std::collections::HashMap;
use std::time::SystemTime;

use script::{Contents, ReceiveError, Receiver, Source};
use sequence::Failure;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{parted, paths};
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
/// Files of which a patch has only the difference are left out.
/// Errors: as of [`super::extract`], save those of writing.
pub fn digests(package: &Package) -> Result<Vec<FileDigest>, Error> {
    let (laid, _) = parted(sequence::layout(&package.database)?, package)?;
    let paths = paths(&laid)?;
    let files = laid.into_iter().zip(paths).map(|(file, path)| HashedFile {
        key: file.key,
        path: path.join("/"),
        from: file.from,
    });
    let mut source = PackageSource::looked_into(package);
    hashed(files.collect(), &mut source)
}

/// A file whose bytes are to be hashed.
pub(crate) struct HashedFile {
    /// Its key in the File table.
    pub(crate) key: String,
    /// Where it comes.
    pub(crate) path: String,
    /// Where its bytes come from, or why there is no such place.
    pub(crate) from: Result<Contents, Failure>,
}

/// Reads files, each source once, and returns their digests in their order.
///
/// Errors: a file whose source is not known, is not there or is damaged.
pub(crate) fn hashed(
    files: Vec<HashedFile>,
    source: &mut dyn Source,
) -> Result<Vec<FileDigest>, Error> {
    let mut contents: Vec<&Contents> = Vec::new();
    let mut places: HashMap<&Contents, usize> = HashMap::new();
    for file in &files {
        let from = file.from.as_ref().map_err(|failure| Error::Failed {
            code: failure.code,
            message: failure.to_string(),
        })?;
        places.entry(from).or_insert_with(|| {
            contents.push(from);
            contents.len() - 1
        });
    }
    let mut hasher = Hasher::default();
    source
        .deliver(&contents, &mut hasher)
        .map_err(script::Error::Source)?;
    let digest = |file: &HashedFile| {
        let place = places.get(file.from.as_ref().ok()?)?;
        let (size, sha256) = hasher.done.get(place)?.clone();
        Some(FileDigest {
            file: file.key.clone(),
            path: file.path.clone(),
            size,
            sha256,
        })
    };
    Ok(files.iter().filter_map(digest).collect())
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
