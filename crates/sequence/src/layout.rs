//! Where the files of a package go and where they come from, without a run and without a machine: by its tables alone.
//!
//! Properties, conditions and custom actions, which may choose other folders, are not asked. Names are given as
//! authored: they may be hostile. Follows: Microsoft, "Directory Table", "File Table".

use std::collections::HashMap;

use database::Database;
use machine::{Architecture, Facts, Folder};
use script::Contents;

use crate::costing::read_files;
use crate::directory::Directories;
use crate::media::Media;
use crate::run::no_such;
use crate::{Error, Failure, file_source};

/// One file of a package.
#[derive(Clone, Debug, PartialEq)]
pub struct LaidFile {
    /// `File.File`.
    pub key: String,
    /// The long names of the folders that it goes to, as authored; the first is below the drive.
    pub folder: Vec<String>,
    /// Its long name, as authored.
    pub name: String,
    /// `File.FileSize` in bytes.
    pub size: u64,
    /// Where its bytes come from, or why there is no such place.
    pub from: Result<Contents, Failure>,
}

/// Returns the files of a package in the order of their numbers. The folders that Windows has, such as
/// `ProgramFilesFolder`, are where a machine of the package's platform has them.
///
/// Errors: the package cannot be read; rows that name components or directories that there are none of.
pub fn layout(database: &Database) -> Result<Vec<LaidFile>, Error> {
    let directories = Directories::read(database)?;
    let media = Media::read(database)?;
    let summary = database.summary()?;
    let word_count = summary.word_count().unwrap_or(0);
    let windows = windows_folders(database)?;
    let known = |key: &str| {
        // Merge modules have folders of Windows with the module's GUID after a point.
        let (name, _) = key.split_once('.').unwrap_or((key, ""));
        windows.get(name).cloned()
    };
    let components = database.rows("Component")?;
    let components: HashMap<&str, &str> = components
        .records()
        .map(|row| (row.text("Component"), row.text("Directory_")))
        .collect();
    let mut files = read_files(database)?;
    files.sort_by_key(|file| file.sequence);
    let mut laid = Vec::with_capacity(files.len());
    for file in files {
        let directory = components.get(file.component.as_str()).copied();
        let directory =
            directory.ok_or_else(|| no_such("File", &file.key, "component", &file.component))?;
        let no_directory = || no_such("Component", &file.component, "directory", directory);
        let folder = directories.target_names(directory, &known);
        let source = |short| {
            let names = directories.source_names(directory, short);
            names.ok_or_else(no_directory)
        };
        laid.push(LaidFile {
            folder: folder.ok_or_else(no_directory)?,
            from: file_source::contents(&media, word_count, &file, source)?,
            name: file.name.long,
            size: file.size,
            key: file.key,
        });
    }
    Ok(laid)
}

/// Returns the folders of the Directory table, as authored, by their keys: `[ProgramFilesFolder]Contoso\Tools\`.
///
/// Errors: the table cannot be read; folders without a root.
pub fn authored_folders(database: &Database) -> Result<Vec<(String, String)>, Error> {
    let directories = Directories::read(database)?;
    let is_known =
        |key: &str| key == "TARGETDIR" || Folder::ALL.iter().any(|folder| folder.property() == key);
    let known = |key: &str| is_known(key).then(|| vec![format!("[{key}]")]);
    let folder = |row: database::Record<'_>| {
        let key = row.text("Directory");
        let names = directories.target_names(key, &known)?;
        let joined = names.iter().map(|name| match name.starts_with('[') {
            true => name.clone(),
            false => format!("{name}\\"),
        });
        Some((key.to_owned(), joined.collect()))
    };
    Ok(database
        .rows("Directory")?
        .records()
        .filter_map(folder)
        .collect())
}

/// What is known of a machine of the package's platform.
pub(crate) fn facts_of(database: &Database) -> Result<Facts, Error> {
    let summary = database.summary()?;
    let platform = summary.template().split(';').next().unwrap_or_default();
    let is_intel = ["", "intel"].contains(&platform.trim().to_ascii_lowercase().as_str());
    Ok(Facts {
        architecture: if is_intel {
            Architecture::X86
        } else {
            Architecture::X64
        },
        ..Facts::default()
    })
}

/// Is it installed for all users, where nobody says otherwise?
pub(crate) fn is_per_machine(database: &Database) -> Result<bool, Error> {
    let properties = database.rows("Property")?;
    let mut rows = properties.records();
    Ok(rows.any(|row| row.text("Property") == "ALLUSERS" && !row.text("Value").is_empty()))
}

/// The names below the drive of the folders that Windows has, by their properties' names.
pub(crate) fn windows_folders(database: &Database) -> Result<HashMap<String, Vec<String>>, Error> {
    let facts = facts_of(database)?;
    let per_machine = is_per_machine(database)?;
    let folders = Folder::ALL.into_iter().filter_map(|folder| {
        let path = facts.folder(folder, per_machine)?;
        let (_, below) = path.split_once(":\\")?;
        let names = below.split('\\').filter(|name| !name.is_empty());
        Some((folder.property(), names.map(str::to_owned).collect()))
    });
    Ok(folders.collect())
}
