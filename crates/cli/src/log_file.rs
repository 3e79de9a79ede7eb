//! The log's file: the one that was asked for, or the one that a package asks for (MsiLogging).
//!
//! Both are files of this computer, but for one that is asked for with a drive letter: it is in the machine. Follows: Microsoft, "Command-Line Options", "MsiLogging Property".

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use installer::{Log, LogEncoding, LogOptions, Peek, Site, code};

use crate::commands::Context;
use crate::output::{Failure, Output};
use crate::place::Place;
use crate::request::LogFile;
use crate::world::World;

/// How many names are tried for a log of MsiLogging.
const NAMES_TRIED: usize = 100;

/// Opens the log that was asked for; none: one that keeps nothing. A path with a drive letter is in the machine, which
/// is made where it is not there.
///
/// Errors: 1622 where it cannot be written.
pub fn open(
    asked: Option<&LogFile>,
    place: &Place,
    context: &mut Context<'_>,
) -> Result<Log, Failure> {
    match asked {
        Some(asked) if installer::is_only_in_machine(&asked.path) => {
            place.open_or_create(&context.world.host, context.output)?;
            let path = in_machine(&asked.path, place.peek()?.site())?;
            open_at(asked, &path, asked.path.clone(), context.world)
        }
        _ => open_on_host(asked, context.world),
    }
}

/// Opens the log of a plan, which writes none into the machine.
///
/// Errors: 1622 where it cannot be written.
pub fn open_for_plan(asked: Option<&LogFile>, context: &mut Context<'_>) -> Result<Log, Failure> {
    match asked {
        Some(asked) if installer::is_only_in_machine(&asked.path) => {
            context.would(&format!("write the log {}", asked.path));
            Ok(Log::none(&context.world.host))
        }
        _ => open_on_host(asked, context.world),
    }
}

fn open_on_host(asked: Option<&LogFile>, world: &World) -> Result<Log, Failure> {
    let Some(asked) = asked else {
        return Ok(Log::none(&world.host));
    };
    let path = std::path::absolute(&asked.path).unwrap_or_else(|_| PathBuf::from(&asked.path));
    open_at(asked, &path, installer::wine_path(&path), world)
}

/// Where a log in the machine lies on the host. The machine finds its folder, so that no link leads out of it.
fn in_machine(text: &str, site: &dyn Site) -> Result<PathBuf, Failure> {
    let unwritable = |why: String| Failure {
        code: code::LOG_FAILURE,
        ..Failure::usage(format!("cannot write the log {text}: {why}"))
    };
    let view = site.as_view();
    let looked = || -> Result<Option<PathBuf>, machine::Error> {
        let path = view.path(text)?;
        let (Some(folder), Some(name)) = (path.parent(), path.name()) else {
            return Ok(None);
        };
        if !view.is_folder(&folder)? || view.is_folder(&path)? {
            return Ok(None);
        }
        let there = site.host_path(&path);
        Ok(there.or_else(|| Some(site.host_path(&folder)?.join(name))))
    };
    match looked() {
        Ok(Some(path)) => Ok(path),
        Ok(None) => Err(unwritable(
            "there is no such folder in the machine".to_owned(),
        )),
        Err(error) => Err(unwritable(error.to_string())),
    }
}

/// `location`: where it is, seen from the machine.
fn open_at(asked: &LogFile, path: &Path, location: String, world: &World) -> Result<Log, Failure> {
    let mut how = File::options();
    match asked.append {
        true => how.create(true).append(true),
        false => how.create(true).write(true).truncate(true),
    };
    #[cfg(unix)]
    if installer::is_only_in_machine(&asked.path) {
        std::os::unix::fs::OpenOptionsExt::custom_flags(
            &mut how,
            rustix::fs::OFlags::NOFOLLOW.bits().cast_signed(),
        );
    }
    let opened = how.open(path);
    let file = opened.map_err(|error| unwritable(&asked.path, path, &error))?;
    let continues = asked.append && file.metadata().is_ok_and(|metadata| metadata.len() > 0);
    let options = LogOptions {
        encoding: asked.encoding,
        letters: asked.letters.clone(),
        flush: asked.flush,
        continues,
        location,
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
