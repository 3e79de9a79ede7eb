//! The files of a package in a folder of the host, under the names that they would be installed with.
//!
//! Each cabinet, or set of cabinets, is read in one pass. Names that could lead out of the folder are refused before
//! anything is written; names that are the same, case aside, are kept apart by the files' keys.
//! Conditions, features and properties are not asked: all files come. Follows: Microsoft, "Directory Table".

mod choice;
mod digest;
mod embedded;
mod laid_out;
mod landing;
mod setup;

pub use self::choice::Choice;
pub use self::digest::{FileDigest, digests};
pub(crate) use self::digest::{HashedFile, hashed};
pub use self::embedded::{Embedded, EmbeddedKind, embedded};
pub use self::laid_out::lay_out;
pub use self::setup::{SetupKind, setup_kind};

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use cabinet::safe_path;
use machine::{RegFile, fold};
use script::{Contents, ReceiveError, Receiver, Source};
use sequence::LaidFile;
use serde::Serialize;

use self::landing::Landing;
use crate::source::PackageSource;
use crate::{Error, Package, code};

/// What was extracted.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Extracted {
    /// The folder.
    pub folder: PathBuf,
    /// The files, in the order of their numbers.
    pub files: Vec<ExtractedFile>,
    /// Files that cannot be extracted: a patch has only what changes in them.
    pub left_out: Vec<LeftOut>,
}

/// A file of which there is only a difference, in a format that is not documented. "Patch Table".
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeftOut {
    /// Its key in the File table.
    pub file: String,
    /// The length of the difference in bytes.
    pub difference: u64,
}

/// A file that was extracted.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExtractedFile {
    /// Its key in the File table.
    pub file: String,
    /// Its path below the folder, with slashes.
    pub path: String,
    /// Its size in bytes.
    pub size: u64,
}

/// Extracts the chosen files of a package into a folder of the host, which is made where it is not there.
///
/// Errors: a choice of what is not there (1639); a name that is none, or leads elsewhere (1620); a cabinet or file that is not at the source or is damaged
/// (1603); what the system says of the folder (1603). What was written before stays.
pub fn extract(package: &Package, choice: &Choice, into: &Path) -> Result<Extracted, Error> {
    let (laid, left_out) = parted(choice.of(&package.database)?, package)?;
    let paths = paths(&laid)?;
    let wanted = wanted(&laid, &paths)?;
    let contents: Vec<&Contents> = wanted.iter().map(|wanted| wanted.from).collect();
    let mut source = PackageSource::looked_into(package);
    let mut extractor = Extractor {
        landing: Landing::at(into)?,
        wanted,
        at: None,
        error: None,
    };
    let delivered = source.deliver(&contents, &mut extractor);
    extractor.landing.drop_half();
    match (extractor.error, delivered) {
        (Some(error), _) => return Err(error),
        (None, Err(error)) => return Err(script::Error::Source(error).into()),
        (None, Ok(())) => {}
    }
    let sizes = extractor
        .wanted
        .iter()
        .map(|wanted| (wanted.from, wanted.size));
    let sizes: HashMap<&Contents, u64> = sizes.collect();
    let files = laid.iter().zip(&paths).map(|(file, path)| ExtractedFile {
        file: file.key.clone(),
        path: path.join("/"),
        size: file
            .from
            .as_ref()
            .map_or(0, |from| sizes.get(from).copied().unwrap_or(0)),
    });
    Ok(Extracted {
        folder: into.to_owned(),
        files: files.collect(),
        left_out,
    })
}

/// Parts files that are there from those of which a patch has only the difference.
fn parted(laid: Vec<LaidFile>, package: &Package) -> Result<(Vec<LaidFile>, Vec<LeftOut>), Error> {
    let differences = package.database.file_differences()?;
    let difference = |file: &LaidFile| differences.iter().find(|one| one.file == file.key);
    let (whole, others): (Vec<LaidFile>, Vec<LaidFile>) = laid
        .into_iter()
        .partition(|file| difference(file).is_none());
    let left_out = others.iter().filter_map(difference).map(|one| LeftOut {
        file: one.file.clone(),
        difference: one.size,
    });
    let left_out = left_out.collect();
    Ok((whole, left_out))
}

/// Returns what the chosen parts of a package write to the registry, with the paths that [`extract`] gives their files,
/// below `C:`. Of chosen files nothing is written.
///
/// Errors: a feature or component that is not there (1639); a row that makes no sense (1603).
pub fn registry(package: &Package, choice: &Choice) -> Result<RegFile, Error> {
    choice.registry_of(&package.database)
}

/// What is to be delivered, each source once.
///
/// Errors: a file whose source is not known.
fn wanted<'a>(laid: &'a [LaidFile], paths: &'a [Vec<String>]) -> Result<Vec<Wanted<'a>>, Error> {
    let mut wanted: Vec<Wanted<'_>> = Vec::new();
    let mut index: HashMap<&Contents, usize> = HashMap::new();
    for (file, path) in laid.iter().zip(paths) {
        let from = file.from.as_ref().map_err(|failure| Error::Failed {
            code: failure.code,
            message: failure.to_string(),
        })?;
        match index.get(from) {
            // Two rows with one source: it is delivered once.
            Some(&at) => wanted[at].copies.push(path),
            None => {
                index.insert(from, wanted.len());
                wanted.push(Wanted {
                    from,
                    path,
                    size: 0,
                    copies: Vec::new(),
                });
            }
        }
    }
    Ok(wanted)
}

/// Returns what [`extract`] would write, without looking for the files' bytes; sizes are those of the File table.
///
/// Errors: a name that is none, or leads elsewhere (1620).
pub fn extractable(package: &Package, choice: &Choice, into: &Path) -> Result<Extracted, Error> {
    let (laid, left_out) = parted(choice.of(&package.database)?, package)?;
    let paths = paths(&laid)?;
    let files = laid.iter().zip(paths).map(|(file, path)| ExtractedFile {
        file: file.key.clone(),
        path: path.join("/"),
        size: file.size,
    });
    Ok(Extracted {
        folder: into.to_owned(),
        files: files.collect(),
        left_out,
    })
}

/// Gives every file a path of its own: the names of its folders and its own.
///
/// Errors: a name that is none.
fn paths(laid: &[LaidFile]) -> Result<Vec<Vec<String>>, Error> {
    let mut folders: HashMap<String, Vec<String>> = HashMap::new();
    let mut parents = Vec::with_capacity(laid.len());
    for file in laid {
        for name in file.folder.iter().chain([&file.name]) {
            require_name(&file.key, name)?;
        }
        parents.push(folder(&file.folder, &mut folders));
    }
    // A file may not stand where a folder is.
    let mut taken: HashSet<String> = folders.into_keys().collect();
    let mut paths = Vec::with_capacity(laid.len());
    for (file, parent) in laid.iter().zip(parents) {
        let mut names = std::iter::once(file.name.clone()).chain(other_names(file));
        let path = names.find_map(|name| {
            let path: Vec<String> = parent.iter().cloned().chain([name]).collect();
            taken.insert(folded(&path)).then_some(path)
        });
        // There are more names than files.
        paths.push(path.unwrap_or_default());
    }
    Ok(paths)
}

/// Returns a folder's names, as whoever came first spells them.
fn folder(names: &[String], folders: &mut HashMap<String, Vec<String>>) -> Vec<String> {
    let mut spelled: Vec<String> = Vec::with_capacity(names.len());
    for name in names {
        spelled.push(name.clone());
        let known = folders.entry(folded(&spelled));
        spelled = known.or_insert(spelled).clone();
    }
    spelled
}

/// Names for a file whose own is taken: with its key, then with numbers too.
fn other_names(file: &LaidFile) -> impl Iterator<Item = String> {
    let (stem, end) = match file.name.rsplit_once('.') {
        Some((stem, end)) if !stem.is_empty() => (stem.to_owned(), format!(".{end}")),
        _ => (file.name.clone(), String::new()),
    };
    let key = file.key.clone();
    (1_u64..).map(move |number| match number {
        1 => format!("{stem} ({key}){end}"),
        number => format!("{stem} ({key} {number}){end}"),
    })
}

fn folded(path: &[String]) -> String {
    fold(&path.join("/"))
}

/// Refuses what is not one name that stays where it is put.
fn require_name(file: &str, name: &str) -> Result<(), Error> {
    let why = match safe_path(name) {
        Ok(parts) if parts.len() == 1 => return Ok(()),
        Ok(_) => "it is a path".to_owned(),
        Err(reason) => reason.to_string(),
    };
    Err(Error::Failed {
        code: code::PACKAGE_INVALID,
        message: format!("table File, row {file}: `{name}` is no name to extract to: {why}"),
    })
}

/// What is delivered, and where to.
struct Wanted<'a> {
    from: &'a Contents,
    path: &'a [String],
    size: u64,
    /// Other paths of the same contents.
    copies: Vec<&'a [String]>,
}

/// Writes what is delivered.
struct Extractor<'a> {
    landing: Landing,
    wanted: Vec<Wanted<'a>>,
    at: Option<usize>,
    error: Option<Error>,
}

impl Extractor<'_> {
    fn keep(&mut self, done: Result<(), Error>) -> Result<(), ReceiveError> {
        done.map_err(|error| {
            self.error.get_or_insert(error);
            ReceiveError
        })
    }
}

impl Receiver for Extractor<'_> {
    fn begin(&mut self, index: usize, modified: Option<SystemTime>) -> Result<(), ReceiveError> {
        self.at = Some(index);
        let begun = self.landing.begin(self.wanted[index].path, modified);
        self.keep(begun)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), ReceiveError> {
        if let Some(at) = self.at {
            self.wanted[at].size += bytes.len() as u64;
        }
        let written = self.landing.write(bytes);
        self.keep(written)
    }

    fn end(&mut self) -> Result<(), ReceiveError> {
        let ended = self.landing.end();
        self.keep(ended)?;
        let Some(wanted) = self.at.take().map(|at| &self.wanted[at]) else {
            return Ok(());
        };
        let copied = wanted
            .copies
            .iter()
            .try_for_each(|copy| self.landing.copy(wanted.path, copy));
        self.keep(copied)
    }
}
