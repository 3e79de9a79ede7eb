//! Opening packages: an .msi file of the host or of the machine, or a folder of text tables.

use std::io::{self, Cursor, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use database::{Database, Kind, word_count};
use machine::{Architecture, Facts, MachinePath};
use sequence::PackageSource;

use crate::source::PackageFile;
use crate::transforms::Applied;
use crate::{Error, Site, code, folder, text_package};

/// No package that is taken out of another is longer.
const INNER_BYTES_MAX: usize = 1 << 30;

/// An open package and where it came from.
#[derive(Debug)]
pub struct Package {
    /// The package.
    pub database: Database,
    /// What a run is told of where it came from.
    pub source: PackageSource,
    pub(crate) file: PackageFile,
    /// The folder of external cabinets and uncompressed files.
    pub(crate) folder: Option<PathBuf>,
    /// What `database` was changed by since it was opened.
    pub(crate) transforms: Applied,
}

/// Is `text` a path with a drive letter, which is in the machine?
pub fn is_machine_path(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() > 2
        && bytes[0].is_ascii_alphabetic()
        && bytes[1] == b':'
        && matches!(bytes[2], b'\\' | b'/')
}

impl Package {
    /// Opens a package of the host, or one in the machine where `place` has a drive letter.
    ///
    /// Errors: [`Error::NoPackage`] (1619) where there is none, [`Error::NotPackage`] (1620) where a file is none.
    pub fn open(place: &str, site: &dyn Site) -> Result<Package, Error> {
        if is_machine_path(place) {
            let path = site.as_view().path(place);
            let path = path.map_err(|error| Error::NoPackage {
                place: place.to_owned(),
                why: error.to_string(),
            })?;
            return Package::open_in_machine(&path, place, site);
        }
        Package::open_on_host(Path::new(place))
    }

    /// Opens a package of the host: a file, or a folder of text tables.
    ///
    /// Errors: as [`Package::open`].
    pub fn open_on_host(place: &Path) -> Result<Package, Error> {
        let shown = place.display().to_string();
        let absolute = std::path::absolute(place).map_err(|error| no_package(&shown, &error))?;
        let mut package = Package::open_host_file(&absolute, &shown)?;
        // A folder of text tables is its own source.
        let source = package.folder.clone().unwrap_or(absolute);
        package.source.folder = wine_folder(&source);
        Ok(package)
    }

    pub(crate) fn open_in_machine(
        path: &MachinePath,
        shown: &str,
        site: &dyn Site,
    ) -> Result<Package, Error> {
        if site.as_view().metadata(path)?.is_none() {
            return Err(no_package(shown, &std::io::ErrorKind::NotFound.into()));
        }
        let mut package = match (site.host_path(path), site.planned_package(path)) {
            (Some(host), _) => Package::open_host_file(&host, shown)?,
            (None, Some(bytes)) => Package::of_bytes(bytes, shown)?,
            (None, None) => {
                let mut bytes = Vec::new();
                let read = site.as_view().open(path)?.read_to_end(&mut bytes);
                read.map_err(|error| no_package(shown, &error))?;
                Package::of_bytes(bytes.into(), shown)?
            }
        };
        package.source.name = path.name().unwrap_or_default().to_owned();
        let is_folder = site.as_view().is_folder(path)?;
        let source = if is_folder {
            Some(path.clone())
        } else {
            path.parent()
        };
        package.source.folder = source.map(|folder| folder.as_folder()).unwrap_or_default();
        Ok(package)
    }

    fn open_host_file(path: &Path, shown: &str) -> Result<Package, Error> {
        if path.is_dir() {
            return text_package::open_folder(path, shown);
        }
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let file = PackageFile::File(path.to_owned());
        let database = database(&file, shown)?;
        Ok(Package {
            database,
            source: PackageSource {
                name,
                folder: String::new(),
                original: shown.to_owned(),
            },
            file,
            folder: path.parent().map(Path::to_owned),
            transforms: Applied::default(),
        })
    }

    /// Opens the package in a storage of another.
    ///
    /// Errors: as [`Package::open`]. `outer` is what the other is called.
    pub(crate) fn open_in_storage(
        database: &Database,
        name: &str,
        outer: &str,
    ) -> Result<Package, Error> {
        let shown = format!("{outer}:{name}");
        if !database.storage_names().contains(&name) {
            return Err(Error::NoPackage {
                place: shown,
                why: "the package has no storage of that name".to_owned(),
            });
        }
        let mut bytes = Bounded::default();
        let saved = database.save_storage(name, &mut bytes);
        saved.map_err(|error| not_package(&shown, error))?;
        let mut package = Package::of_bytes(bytes.0.into(), &shown)?;
        package.source.name = name.to_owned();
        Ok(package)
    }

    fn of_bytes(bytes: Arc<[u8]>, shown: &str) -> Result<Package, Error> {
        let file = PackageFile::Bytes(bytes);
        let database = database(&file, shown)?;
        Ok(Package {
            database,
            source: PackageSource {
                name: String::new(),
                folder: String::new(),
                original: shown.to_owned(),
            },
            file,
            folder: None,
            transforms: Applied::default(),
        })
    }

    /// Refuses a package that the machine cannot install: another platform (1633), or one that needs a newer
    /// Windows Installer (1613). "Template Summary", "Page Count Summary".
    ///
    /// Errors: [`Error::Platform`], [`Error::TooNew`].
    pub(crate) fn require_fit(&self, facts: &Facts) -> Result<(), Error> {
        self.require_package()?;
        let summary = self.database.summary()?;
        let place = self.source.original.clone();
        let platform = summary
            .template()
            .split(';')
            .next()
            .unwrap_or_default()
            .trim();
        let fits = match platform.to_ascii_lowercase().as_str() {
            "" | "intel" => true,
            "x64" | "amd64" | "intel,x64" => facts.architecture == Architecture::X64,
            _ => false,
        };
        if !fits {
            let architecture = match facts.architecture {
                Architecture::X64 => "x64",
                Architecture::X86 => "x86",
            };
            return Err(Error::Platform {
                place,
                platform: platform.to_owned(),
                architecture,
            });
        }
        let (major, minor) = facts.installer_version;
        match summary.page_count() {
            Some(needs) if i64::from(needs) > i64::from(major) * 100 + i64::from(minor) => {
                Err(Error::TooNew {
                    place,
                    needs: format!("{}.{}", needs / 100, needs % 100),
                    has: format!("{major}.{minor}"),
                })
            }
            _ => Ok(()),
        }
    }

    /// Refuses a patch, a transform and a merge module (1620).
    fn require_package(&self) -> Result<(), Error> {
        let place = &self.source.original;
        let (what, instead) = match self.database.kind() {
            Kind::Patch => ("a patch", format!("apply it with `msikit patch {place}`")),
            Kind::Transform => (
                "a transform",
                format!("name the package, and this with `--transform {place}`"),
            ),
            // A package has the signatures of the modules that were merged into it; no module has features.
            _ if self.database.has_table("ModuleSignature")
                && !self.database.has_table("Feature") =>
            {
                (
                    "a merge module",
                    "merge it into a package with `msikit db merge`".to_owned(),
                )
            }
            _ => return self.require_summary(),
        };
        Err(Error::OtherFile {
            place: place.clone(),
            what,
            instead,
        })
    }

    /// Refuses a package that nothing is known of: no summary information (1620).
    fn require_summary(&self) -> Result<(), Error> {
        let summary = self.database.summary()?;
        if !summary.template().is_empty() || !summary.package_code().is_empty() {
            return Ok(());
        }
        Err(Error::Incomplete {
            place: self.source.original.clone(),
            what: "it has no summary information, or one without Template and Revision Number",
        })
    }

    /// Returns the transform that puts the package into another of its languages; none where it is in it, or has no
    /// transform for it. The languages are those of the template; a transform for one is a storage named by its number.
    ///
    /// Errors: [`Error::Failed`] (1623) for a language that the package does not have.
    pub(crate) fn in_language(&self, language: u16) -> Result<Option<String>, Error> {
        let template = self.database.summary()?.template();
        let languages = template.split_once(';').map_or("", |(_, list)| list);
        let number = language.to_string();
        let is_it = |known: &str| matches!(known.trim(), "" | "0") || known.trim() == number;
        if !languages.split(',').any(is_it) {
            return Err(Error::Failed {
                code: code::LANGUAGE_UNSUPPORTED,
                message: format!(
                    "{} is for the languages {languages}, not for {language}",
                    self.source.original
                ),
            });
        }
        let is_in_it = self.property("ProductLanguage")?.trim() == number;
        let has = self.database.storage_names().contains(&number.as_str());
        Ok((has && !is_in_it).then(|| format!(":{number}")))
    }

    /// Returns the size of its file in bytes; none where it is a folder of text tables.
    pub fn bytes(&self) -> Option<u64> {
        match &self.file {
            PackageFile::File(path) => folder::size(path),
            PackageFile::Bytes(_) => None,
        }
    }

    /// Is there a file of this name, a cabinet's, where the package lies?
    pub(crate) fn has_beside(&self, name: &str) -> bool {
        self.path_beside(name).is_some()
    }

    fn path_beside(&self, name: &str) -> Option<PathBuf> {
        let names: Vec<&str> = name
            .split(['\\', '/'])
            .filter(|name| !name.is_empty())
            .collect();
        folder::find(self.folder.as_deref()?, &names).ok()?
    }

    /// Returns the cabinets that lie beside the package, as its Media table names them. "Media Table".
    ///
    /// Errors: the table cannot be read.
    pub fn cabinets_beside(&self) -> Result<Vec<PathBuf>, Error> {
        let media = self.database.rows("Media")?;
        let names = media.records().map(|row| row.text("Cabinet").to_owned());
        let names = names.filter(|name| !name.is_empty() && !name.starts_with('#'));
        Ok(names.filter_map(|name| self.path_beside(&name)).collect())
    }

    /// Do files of the package lie beside it as they are, outside of cabinets? "Word Count Summary".
    ///
    /// Errors: the package cannot be read.
    pub fn has_loose_files(&self) -> Result<bool, Error> {
        let words = self.database.summary()?.word_count().unwrap_or(0);
        let compressed = words & word_count::COMPRESSED != 0;
        let files = self.database.rows("File")?;
        let is_loose = |row: database::Record<'_>| {
            let bits = row.integer("Attributes").unwrap_or(0);
            match compressed {
                true => bits & NONCOMPRESSED != 0,
                false => bits & COMPRESSED == 0,
            }
        };
        Ok(files.records().any(is_loose))
    }

    /// Returns a property of the Property table; "" where it has none.
    pub fn property(&self, name: &str) -> Result<String, Error> {
        let Some(table) = self.database.table("Property")? else {
            return Ok(String::new());
        };
        let row = table.records().find(|row| row.text("Property") == name);
        Ok(row
            .map(|row| row.text("Value").to_owned())
            .unwrap_or_default())
    }
}

/// `msidbFileAttributesNoncompressed`.
const NONCOMPRESSED: i32 = 0x2000;
/// `msidbFileAttributesCompressed`.
const COMPRESSED: i32 = 0x4000;

/// Bytes that become no more than [`INNER_BYTES_MAX`].
#[derive(Default)]
pub(crate) struct Bounded(pub(crate) Vec<u8>);

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > INNER_BYTES_MAX {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Opens a package's file, without any transform. `shown` is its path as it was given.
///
/// Errors: as [`Package::open`].
pub(crate) fn database(file: &PackageFile, shown: &str) -> Result<Database, Error> {
    match file {
        PackageFile::File(path) => {
            let (mut file, _) =
                folder::open_whole(path).map_err(|error| no_package(shown, &error))?;
            if folder::is_program(&mut file).map_err(|error| no_package(shown, &error))? {
                return Err(Error::OtherFile {
                    place: shown.to_owned(),
                    what: "a program",
                    instead: format!("take the package out of it with `msikit extract {shown}`"),
                });
            }
            opened(file, shown)
        }
        PackageFile::Bytes(bytes) => opened(Cursor::new(bytes.clone()), shown),
    }
}

fn opened(reader: impl Read + Seek + Send + 'static, shown: &str) -> Result<Database, Error> {
    Database::open(reader).map_err(|source| not_package(shown, source))
}

/// Is `text` a path that is in the machine and not on the host? On Windows both are the same.
pub fn is_only_in_machine(text: &str) -> bool {
    cfg!(unix) && is_machine_path(text)
}

/// Returns a path of the host as Wine writes it: drive Z: is the root. On Windows it is what it is.
pub fn wine_path(path: &Path) -> String {
    if cfg!(windows) {
        return path.display().to_string();
    }
    format!("Z:{}", path.display()).replace('/', "\\")
}

/// The same for a folder, with a backslash at its end.
pub(crate) fn wine_folder(path: &Path) -> String {
    let mut text = wine_path(path);
    if !text.ends_with('\\') {
        text.push('\\');
    }
    text
}

/// The host's path of a text that [`wine_path`] made.
pub(crate) fn host_of_wine_path(text: &str) -> Option<PathBuf> {
    if cfg!(windows) {
        return is_machine_path(text).then(|| PathBuf::from(text));
    }
    let rest = text
        .strip_prefix("Z:\\")
        .or_else(|| text.strip_prefix("z:\\"))?;
    Some(PathBuf::from(format!("/{}", rest.replace('\\', "/"))))
}

pub(crate) fn no_package(place: &str, error: &std::io::Error) -> Error {
    let is_of_property = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let why = match error.kind() {
        _ if place.is_empty() => "its name is empty".to_owned(),
        std::io::ErrorKind::NotFound if place.chars().all(is_of_property) => {
            format!("there is no such file; a property is given as {place}=VALUE")
        }
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        _ => error.to_string(),
    };
    Error::NoPackage {
        place: place.to_owned(),
        why,
    }
}

pub(crate) fn not_package(place: &str, source: database::Error) -> Error {
    Error::NotPackage {
        place: place.to_owned(),
        source,
    }
}
