//! The log's file: the one that was asked for, or the one that a package asks for (MsiLogging).
//!
//! Both are files of this computer. Follows: Microsoft, "Command-Line Options", "MsiLogging Property".
#![expect(clippy::disallowed_methods, reason = "the log is a file of the host")]

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use installer::{Log, LogEncoding, LogOptions, Peek, code};

use crate::output::{Failure, Output};
use crate::request::LogFile;
use crate::world::World;

/// How many names are tried for a log of MsiLogging.
const NAMES_TRIED: usize = 100;

/// Opens the log that was asked for; none: one that keeps nothing.
///
/// Errors: 1622 where it cannot be written.
pub fn open(asked: Option<&LogFile>, world: &World) -> Result<Log, Failure> {
    let Some(asked) = asked else {
        return Ok(Log::none(&world.host));
    };
    if installer::is_only_in_machine(&asked.path) {
        return Err(Failure::not_yet("a log with a path in the machine"));
    }
    let path = std::path::absolute(&asked.path).unwrap_or_else(|_| PathBuf::from(&asked.path));
    let opened = if asked.append {
        File::options().create(true).append(true).open(&path)
    } else {
        File::create(&path)
    };
    let file = opened.map_err(|error| unwritable(&asked.path, &path, &error))?;
    let continues = asked.append && file.metadata().is_ok_and(|metadata| metadata.len() > 0);
    let options = LogOptions {
        encoding: asked.encoding,
        letters: asked.letters.clone(),
        flush: asked.flush,
        continues,
        location: installer::wine_path(&path),
    };
    Ok(Log::new(
        Box::new(BufWriter::new(file)),
        options,
        &world.host,
    ))
}

/// Opens the log that a package asks for, in the folder for temporary files, and says where it is.
pub fn open_default(peek: &Peek, world: &World, output: &mut Output) -> Option<Log> {
    let letters = peek.logging.as_ref()?.to_ascii_lowercase();
    let kept: String = LogOptions::ALL
        .chars()
        .filter(|letter| letters.contains(*letter))
        .collect();
    if kept.is_empty() {
        return None;
    }
    match new_file(&world.temporary, world) {
        Ok((path, file)) => {
            output.note(&format!("the package asks for a log: {}", path.display()));
            let options = LogOptions {
                encoding: LogEncoding::Utf16Le,
                letters: kept,
                flush: letters.contains('!'),
                continues: false,
                location: installer::wine_path(&path),
            };
            Some(Log::new(
                Box::new(BufWriter::new(file)),
                options,
                &world.host,
            ))
        }
        Err(error) => {
            let folder = world.temporary.display();
            output.note(&format!(
                "warning: the package asks for a log, and none can be written in {folder}: {error}"
            ));
            None
        }
    }
}

/// A new file `MSI*.LOG`: five digits of an id.
fn new_file(folder: &Path, world: &World) -> io::Result<(PathBuf, File)> {
    let mut last = io::Error::from(io::ErrorKind::AlreadyExists);
    for _ in 0..NAMES_TRIED {
        let digits: String = (world.host.id)().chars().take(5).collect();
        let path = folder.join(format!("MSI{digits}.LOG"));
        match File::options().write(true).create_new(true).open(&path) {
            Ok(file) => return Ok((path, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = error,
            Err(error) => return Err(error),
        }
    }
    Err(last)
}

fn unwritable(given: &str, path: &Path, error: &io::Error) -> Failure {
    let folder = path.parent().filter(|folder| !folder.is_dir());
    let why = match folder {
        Some(folder) => format!("there is no folder {}: make it first", folder.display()),
        None => error.to_string(),
    };
    Failure {
        code: code::LOG_FAILURE,
        ..Failure::usage(format!("cannot write the log {given}: {why}"))
    }
}
