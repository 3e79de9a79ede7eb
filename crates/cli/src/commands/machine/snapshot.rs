//! `machine snapshot`: everything that is in a machine, as lines, as a tar file, or its registry as a .reg file.

use std::path::{Path, PathBuf};

use machine::{Disk, KeyPath, RegFile, Root, SnapshotLine, Tree, image, inventory};

use crate::arguments::{Layer, Snapshot};
use crate::commands::{Context, one_file_on_output};
use crate::files;
use crate::image::{self as tar_file, Part};
use crate::output::{End, Failure, unless_nobody_reads};
use crate::place::Readable;
use crate::reg_file;

pub fn snapshot(typed: &Snapshot, context: &mut Context<'_>) -> Result<End, Failure> {
    one_file_on_output(&[("--reg", &typed.reg), ("--tar", &typed.tar)])?;
    let place = context.place()?;
    let machine = place.open(&context.world.host, context.output)?;
    if would_write(&[&typed.reg, &typed.tar], typed.dry_run.dry_run, context) {
        return Ok(End::OK);
    }
    if let Some(file) = &typed.reg {
        reg_file::write(&registry(&machine)?, file, context)?;
    }
    if let Some(file) = &typed.tar {
        match &machine {
            Readable::Tree(tree) => write_whole(tree, file, &typed.layer, context)?,
            Readable::Defaults(tree) => write_whole(tree, file, &typed.layer, context)?,
            #[cfg(windows)]
            Readable::Computer(_) => return Err(no_directory()),
        }
    }
    if typed.reg.is_none() && typed.tar.is_none() {
        print(&texts(lines_of(&machine)?), context);
    }
    Ok(End::OK)
}

fn print(lines: &[String], context: &mut Context<'_>) {
    if context.output.json {
        return context.output.value(&lines);
    }
    context.output.lines(lines.iter().map(String::as_str));
}

/// With `--dry-run`: says which files would be written.
pub fn would_write(files: &[&Option<PathBuf>], dry_run: bool, context: &mut Context<'_>) -> bool {
    let mut named = files.iter().filter_map(|file| file.as_deref()).peekable();
    if !dry_run || named.peek().is_none() {
        return false;
    }
    for file in named {
        context.would(&format!("write {}", file.display()));
    }
    true
}

/// The whole registry.
fn registry(machine: &Readable) -> Result<RegFile, Failure> {
    let mut all = RegFile::default();
    for key in [
        KeyPath::new(Root::LocalMachine, ""),
        KeyPath::new(Root::CurrentUser, ""),
        KeyPath::new(Root::Users, ".Default"),
    ] {
        all.extend(RegFile::of_key(machine.view(), &key)?);
    }
    Ok(all)
}

fn write_whole<D: Disk>(
    tree: &Tree<D>,
    file: &Path,
    layer: &Layer,
    context: &mut Context<'_>,
) -> Result<(), Failure> {
    let parts = image(tree)?.into_iter().map(Part::There).collect();
    write_tar(tree, parts, file, layer, context)
}

/// Writes a tar file; `-` is standard output. What such a file cannot have is named in warnings.
pub fn write_tar<D: Disk>(
    tree: &Tree<D>,
    mut parts: Vec<Part>,
    file: &Path,
    layer: &Layer,
    context: &mut Context<'_>,
) -> Result<(), Failure> {
    let (output, world) = (&mut *context.output, context.world);
    let time = u64::try_from(world.source_date()?.unwrap_or(0)).unwrap_or(0);
    parts.retain(|part| {
        let (path, cannot) = (part.path(), part.cannot_be_said());
        if cannot {
            let why = "in a layer, a name that begins with .wh. says that something is gone";
            output.note(&format!("warning: {path} is left out: {why}"));
        }
        !cannot
    });
    let failed = |error| Failure::file("write", file, &error);
    if file == Path::new("-") {
        let written = tar_file::write(tree, parts, layer, time, output.writer());
        return unless_nobody_reads(written).map_err(failed);
    }
    let id = (world.host.id)();
    files::replace(
        file,
        &id,
        |out| tar_file::write(tree, parts, layer, time, out).map_err(failed),
        failed,
    )
}

/// The lines of a machine, and what each tells.
pub fn lines_of(machine: &Readable) -> Result<Vec<SnapshotLine>, Failure> {
    Ok(match machine {
        Readable::Tree(tree) => inventory(tree)?,
        Readable::Defaults(tree) => inventory(tree)?,
        #[cfg(windows)]
        Readable::Computer(_) => return Err(no_directory()),
    })
}

/// The lines alone.
pub fn texts(lines: Vec<SnapshotLine>) -> Vec<String> {
    lines.into_iter().map(|line| line.text).collect()
}

#[cfg(windows)]
fn no_directory() -> Failure {
    Failure::usage(
        "a snapshot is taken of a machine's directory, and on Windows the machine is this computer",
    )
}
