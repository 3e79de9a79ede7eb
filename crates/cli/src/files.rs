//! Files of the host that commands over packages write: whole or not at all.
#![expect(
    clippy::disallowed_methods,
    reason = "the edge: packages and text tables are written to the host's files here"
)]

use std::fs::OpenOptions;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use database::TextSink;

use crate::arguments::DryRun;

/// Writes a file aside and renames it into its place once all of it is on the disk. The old file's permissions stay.
///
/// Errors: those of `write`, and those of the system with the file's name.
pub fn replace<E>(
    path: &Path,
    id: &str,
    write: impl FnOnce(&mut dyn Write) -> Result<(), E>,
    failed: impl Fn(io::Error) -> E,
) -> Result<(), E> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let aside = folder.join(format!(".{name}.{id}.part"));
    let written = write_aside(path, &aside, write, &failed);
    if written.is_err() {
        let _ = std::fs::remove_file(&aside);
        return written;
    }
    std::fs::rename(&aside, path).map_err(&failed)?;
    // Some file systems cannot sync a folder; the file itself is there in any case.
    if let Ok(folder) = std::fs::File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}

fn write_aside<E>(
    path: &Path,
    aside: &Path,
    write: impl FnOnce(&mut dyn Write) -> Result<(), E>,
    failed: &impl Fn(io::Error) -> E,
) -> Result<(), E> {
    let mut options = OpenOptions::new();
    let file = options.write(true).create_new(true).open(aside);
    let mut file = BufWriter::new(file.map_err(failed)?);
    write(&mut file)?;
    file.flush().map_err(failed)?;
    let file = file
        .into_inner()
        .map_err(|error| failed(error.into_error()))?;
    if let Ok(old) = std::fs::metadata(path) {
        file.set_permissions(old.permissions()).map_err(failed)?;
    }
    file.sync_all().map_err(failed)
}

/// Writes a small file whole, and makes its folder where it is not there. Errors: the system's.
pub fn write_new(path: &Path, id: &str, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    replace(path, id, |out| out.write_all(bytes), |error| error)
}

/// Opens a file to be read. Errors: the system's.
pub fn open(path: &Path) -> io::Result<std::fs::File> {
    std::fs::File::open(path)
}

/// Does the file begin as a Windows program does?
pub fn is_program(path: &Path) -> bool {
    let mut head = [0; 2];
    let is_file = std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file());
    is_file
        && open(path)
            .and_then(|mut file| file.read_exact(&mut head))
            .is_ok()
        && head == *b"MZ"
}

/// Writes a part of a file as a file of its own, whole, and makes its folder where it is not there. Errors: the
/// system's; the part ends behind the file.
pub fn copy_part(from: &Path, offset: u64, length: u64, to: &Path, id: &str) -> io::Result<()> {
    if let Some(folder) = to.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let copy = |out: &mut dyn Write| {
        let mut file = open(from)?;
        file.seek(SeekFrom::Start(offset))?;
        match io::copy(&mut file.take(length), out)? {
            copied if copied == length => Ok(()),
            _ => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    };
    replace(to, id, copy, |error| error)
}

/// Reads a file whole.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    std::fs::read(path)
}

/// The files beside a manifest.
pub struct HostFiles {
    folder: PathBuf,
}

impl HostFiles {
    /// Paths begin at this folder.
    pub fn new(folder: &Path) -> HostFiles {
        HostFiles {
            folder: folder.to_owned(),
        }
    }
}

impl authoring::Source for HostFiles {
    fn list(&self, path: &str) -> io::Result<Vec<authoring::Found>> {
        let place = self.folder.join(path);
        let mut found = Vec::new();
        let metadata = std::fs::metadata(&place)?;
        if metadata.is_dir() {
            list_below(&place, "", &mut found)?;
        } else {
            let name = place.file_name().unwrap_or_default().to_string_lossy();
            found.push(authoring::Found {
                path: name.into_owned(),
                size: metadata.len(),
            });
        }
        found.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(found)
    }

    fn open(&self, path: &str) -> io::Result<Box<dyn machine::ReadSeek>> {
        let place = self.folder.join(path);
        match std::fs::metadata(&place)?.is_file() {
            true => Ok(Box::new(io::BufReader::new(std::fs::File::open(place)?))),
            false => Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no file")),
        }
    }
}

fn list_below(folder: &Path, below: &str, found: &mut Vec<authoring::Found>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else {
            let what = format!("{} is no UTF-8", entry.path().display());
            return Err(io::Error::new(io::ErrorKind::InvalidData, what));
        };
        let path = match below {
            "" => name.to_owned(),
            _ => format!("{below}/{name}"),
        };
        // A link counts as what it leads to; one that leads to a folder would be walked for ever.
        let kind = entry.file_type()?;
        if kind.is_dir() {
            list_below(&entry.path(), &path, found)?;
        } else {
            let metadata = std::fs::metadata(entry.path())?;
            if !metadata.is_file() {
                let what = format!("{path} is no file");
                return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
            }
            let size = metadata.len();
            found.push(authoring::Found { path, size });
        }
    }
    Ok(())
}

/// A folder that text tables go to.
pub struct Folder {
    path: PathBuf,
    dry_run: bool,
}

impl Folder {
    /// Makes a folder, or clears one that has text tables: these go, and the files of streams and binary cells.
    ///
    /// Errors: those of the system; a folder that has other things and no text tables is left alone.
    pub fn cleared(path: &Path, dry_run: DryRun) -> io::Result<Folder> {
        let tables = text_tables(path)?;
        let folder = Folder::open(path, dry_run)?;
        if folder.dry_run {
            return Ok(folder);
        }
        for table in &tables {
            std::fs::remove_file(path.join(format!("{table}.idt")))?;
            remove_files(&path.join(table), ".ibd")?;
        }
        if !tables.is_empty() {
            remove_files(&path.join("_Streams"), "")?;
            remove_files(&path.join("_Storages"), "")?;
        }
        Ok(folder)
    }

    /// Takes a folder as it is, and makes it where it is not there.
    pub fn open(path: &Path, DryRun { dry_run }: DryRun) -> io::Result<Folder> {
        if !dry_run {
            std::fs::create_dir_all(path)?;
        }
        Ok(Folder {
            path: path.to_owned(),
            dry_run,
        })
    }
}

/// The text tables of a folder; none where there is no folder.
///
/// Errors: those of the system; a folder that has other things and no text tables.
fn text_tables(path: &Path) -> io::Result<Vec<String>> {
    let entries = match std::fs::read_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let (mut files, mut tables) = (Vec::new(), Vec::new());
    for entry in entries {
        let name = entry?.file_name().to_string_lossy().into_owned();
        match name.strip_suffix(".idt") {
            Some(table) => tables.push(table.to_owned()),
            None => files.push(name),
        }
    }
    if tables.is_empty() && !files.is_empty() {
        let what = "the folder has other files, and no text tables";
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, what));
    }
    Ok(tables)
}

/// Removes the files in a folder whose names end so.
fn remove_files(folder: &Path, end: &str) -> io::Result<()> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let is_file = entry.file_type()?.is_file();
        if is_file && entry.file_name().to_string_lossy().ends_with(end) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

impl TextSink for Folder {
    fn write(&mut self, name: &str, contents: &mut dyn Read) -> io::Result<()> {
        if self.dry_run {
            return io::copy(contents, &mut io::sink()).map(drop);
        }
        let path = self.path.join(name);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        io::copy(contents, &mut std::fs::File::create(path)?)?;
        Ok(())
    }
}
