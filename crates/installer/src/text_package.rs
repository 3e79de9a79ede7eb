//! Folders of text tables as packages, and the one file that is kept of them as the cached package.
//!
//! A folder of tables has no .msi file to cache. Until msikit writes compound files, its cached copy is the folder's
//! tables and streams in one file: a first line, then for each file a line `NAME\tLENGTH` and its bytes.

use std::collections::BTreeMap;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use database::{Database, ReadSeek, TextFolder};
use sequence::PackageSource;

use crate::package::{Package, no_package, not_package};
use crate::source::PackageFile;
use crate::transforms::Applied;
use crate::{Error, folder};

/// The first line of the one-file form.
const FIRST_LINE: &[u8] = b"msikit text package 1\n";
/// No file of a text package is longer; a longer length is damage.
const FILE_BYTES_MAX: u64 = 1 << 30;

/// A folder of the host as one of text tables.
pub fn text_folder(path: &Path) -> impl TextFolder + '_ {
    HostFolder(path)
}

/// A folder of the host: its tables, and the folders of streams that carry a table's name.
struct HostFolder<'a>(&'a Path);

impl TextFolder for HostFolder<'_> {
    fn names(&self) -> io::Result<Vec<String>> {
        let tables = folder::list(self.0)?.unwrap_or_default();
        let mut names = Vec::new();
        for table in tables.iter().filter_map(|name| stem(name)) {
            let streams = folder::list(&self.0.join(table))?.unwrap_or_default();
            names.extend(
                streams
                    .into_iter()
                    .map(|stream| format!("{table}/{stream}")),
            );
        }
        for streams in ["_Streams", "_Storages", "Binary", "Icon"] {
            if tables
                .iter()
                .filter_map(|name| stem(name))
                .all(|table| table != streams)
            {
                let found = folder::list(&self.0.join(streams))?.unwrap_or_default();
                names.extend(
                    found
                        .into_iter()
                        .map(|stream| format!("{streams}/{stream}")),
                );
            }
        }
        names.extend(tables.into_iter().filter(|name| stem(name).is_some()));
        Ok(names)
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        folder::read(&self.0.join(name))?.ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn ReadSeek>> {
        let (file, _) = folder::open(&self.0.join(name))?;
        Ok(Box::new(file))
    }
}

fn stem(name: &str) -> Option<&str> {
    let (stem, extension) = name.rsplit_once('.')?;
    extension.eq_ignore_ascii_case("idt").then_some(stem)
}

/// Opens the database that a folder of text tables is. Long streams of it stay files.
///
/// Errors: [`Error::NotPackage`] where a table is damaged, [`Error::NoPackage`] where there are none.
pub fn open_text_folder(path: &Path) -> Result<Database, Error> {
    tables(path, &path.display().to_string())
}

fn tables(path: &Path, shown: &str) -> Result<Database, Error> {
    let source = HostFolder(path);
    let names = source.names().map_err(|error| no_package(shown, &error))?;
    if !names.iter().any(|name| stem(name).is_some()) {
        return Err(Error::NoPackage {
            place: shown.to_owned(),
            why: "the folder has no text tables (*.idt)".to_owned(),
        });
    }
    Database::from_text(&source).map_err(|error| not_package(shown, error))
}

/// Opens a folder of text tables as a package, which is kept as one file.
///
/// Errors: as [`open_text_folder`].
pub(crate) fn open_folder(path: &Path, shown: &str) -> Result<Package, Error> {
    let database = tables(path, shown)?;
    let source = HostFolder(path);
    let names = source.names().map_err(|error| no_package(shown, &error))?;
    let bytes = one_file(&source, names).map_err(|error| no_package(shown, &error))?;
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    Ok(Package {
        database,
        source: PackageSource {
            name,
            folder: String::new(),
            original: shown.to_owned(),
        },
        file: PackageFile::Bytes(bytes),
        folder: Some(PathBuf::from(path)),
        transforms: Applied::default(),
    })
}

/// Writes the one-file form.
fn one_file(source: &dyn TextFolder, mut names: Vec<String>) -> io::Result<Arc<[u8]>> {
    names.sort_unstable();
    let mut bytes = FIRST_LINE.to_vec();
    for name in names {
        let contents = source.read(&name)?;
        bytes.extend(format!("{name}\t{}\n", contents.len()).into_bytes());
        bytes.extend(contents);
    }
    Ok(bytes.into())
}

/// Is this the one-file form? Leaves the reader at its start.
pub(crate) fn is_one_file(reader: &mut (impl Read + Seek)) -> io::Result<bool> {
    let mut first = Vec::new();
    reader
        .by_ref()
        .take(FIRST_LINE.len() as u64)
        .read_to_end(&mut first)?;
    reader.seek(SeekFrom::Start(0))?;
    Ok(first == FIRST_LINE)
}

/// Opens the one-file form.
///
/// Errors: [`Error::NotPackage`], [`Error::NoPackage`] where it ends too early.
pub(crate) fn open_one_file(mut reader: impl Read, shown: &str) -> Result<Database, Error> {
    let mut bytes = Vec::new();
    reader
        .read_to_end(&mut bytes)
        .map_err(|error| no_package(shown, &error))?;
    let files = files_of(&bytes).ok_or_else(|| Error::NoPackage {
        place: shown.to_owned(),
        why: "this copy of a text package is damaged".to_owned(),
    })?;
    Database::from_text(&files).map_err(|error| not_package(shown, error))
}

fn files_of(bytes: &[u8]) -> Option<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    let mut rest = bytes.strip_prefix(FIRST_LINE)?;
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| *byte == b'\n')?;
        let (name, length) = std::str::from_utf8(&rest[..end]).ok()?.split_once('\t')?;
        let length: u64 = length
            .parse()
            .ok()
            .filter(|length| *length <= FILE_BYTES_MAX)?;
        let start = end + 1;
        let stop = start.checked_add(usize::try_from(length).ok()?)?;
        files.insert(name.to_owned(), rest.get(start..stop)?.to_vec());
        rest = &rest[stop..];
    }
    Some(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_file_form_is_read_back_and_damage_is_seen() {
        let folder: BTreeMap<String, Vec<u8>> = [
            ("A.idt".to_owned(), b"x\ty\n".to_vec()),
            ("Binary/B.ibd".to_owned(), vec![0, 10, 255]),
        ]
        .into();
        let bytes = one_file(&folder, folder.keys().cloned().collect()).unwrap();
        assert_eq!(files_of(&bytes), Some(folder));
        for cut in FIRST_LINE.len() + 1..bytes.len() {
            let read = files_of(&bytes[..cut]);
            assert!(
                read.is_none() || read.is_some_and(|files| files.len() == 1),
                "cut at {cut}"
            );
        }
        assert!(is_one_file(&mut io::Cursor::new(&bytes)).unwrap());
        assert!(!is_one_file(&mut io::Cursor::new(b"msi")).unwrap());
    }
}
