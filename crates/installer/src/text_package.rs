//! Folders of text tables as packages. What is cached of one is the .msi file that it makes, with its streams: Windows'
//! own way of keeping a package, so that Wine's msiexec removes the product.

use std::io;
use std::path::{Path, PathBuf};

use database::{Database, ReadSeek, TextFolder};
use sequence::PackageSource;

use crate::package::{Bounded, Package, no_package, not_package};
use crate::source::PackageFile;
use crate::transforms::Applied;
use crate::{Error, folder};

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

/// Opens a folder of text tables as a package; the file that is kept of it is the .msi that it makes.
///
/// Errors: as [`open_text_folder`].
pub(crate) fn open_folder(path: &Path, shown: &str) -> Result<Package, Error> {
    let database = tables(path, shown)?;
    let mut bytes = Bounded::default();
    let saved = database.save(&mut bytes);
    saved.map_err(|error| not_package(shown, error))?;
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
        file: PackageFile::Bytes(bytes.0.into()),
        folder: Some(PathBuf::from(path)),
        transforms: Applied::default(),
    })
}
