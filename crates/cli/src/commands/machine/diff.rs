//! `machine diff`: what is different, as lines, as a layer of an image, and as a .reg file.

mod changes;

use std::collections::BTreeSet;
use std::io::{self, Read};
use std::path::Path;

use machine::{Disk, OsDisk, SnapshotLine, Tree};
use serde_json::json;

use super::snapshot::{lines_of, texts, would_write, write_tar};
use crate::arguments::{Diff, Layer};
use crate::commands::{Context, one_file_on_output};
use crate::image;
use crate::output::{End, Failure};
use crate::place::Readable;
use crate::reg_file;
use changes::Changes;

/// As much as is read of a file to tell what it is.
const HEAD_BYTES: u64 = 512;

/// One side of a comparison.
enum Side {
    /// Lines, with nothing behind them.
    Lines(Vec<String>),
    /// A machine that can be read.
    Machine(Box<Readable>),
}

pub fn diff(typed: &Diff, context: &mut Context<'_>) -> Result<End, Failure> {
    let is_taken = one_file_on_output(&[("--reg", &typed.reg), ("--tar", &typed.tar)])?;
    let before = match side(&typed.before, &typed.layer)? {
        Side::Lines(lines) => lines,
        Side::Machine(machine) => texts(lines_of(&machine)?),
    };
    let after = match &typed.after {
        Some(file) => side(file, &typed.layer)?,
        None => {
            let place = context.place()?;
            Side::Machine(Box::new(place.open(&context.world.host, context.output)?))
        }
    };
    match after {
        Side::Lines(after) => {
            if typed.tar.is_some() || typed.reg.is_some() {
                let what =
                    "--tar and --reg need the contents of the second machine: name its directory";
                return Err(Failure::usage(what));
            }
            Ok(show(&before, &after, true, context))
        }
        Side::Machine(machine) => {
            let lines = lines_of(&machine)?;
            write(typed, &before, &lines, &machine, context)?;
            let is_shown = !is_taken || typed.dry_run.dry_run;
            Ok(show(&before, &texts(lines), is_shown, context))
        }
    }
}

/// Writes what was asked for beside the lines.
fn write(
    typed: &Diff,
    before: &[String],
    after: &[SnapshotLine],
    machine: &Readable,
    context: &mut Context<'_>,
) -> Result<(), Failure> {
    if would_write(&[&typed.reg, &typed.tar], typed.dry_run.dry_run, context) {
        return Ok(());
    }
    let changes = Changes::between(before, after);
    if let Some(file) = &typed.reg {
        reg_file::write(&changes.registry(), file, context)?;
    }
    if let Some(file) = &typed.tar {
        match machine {
            Readable::Tree(tree) => write_layer(tree, &changes, file, &typed.layer, context)?,
            Readable::Defaults(tree) => write_layer(tree, &changes, file, &typed.layer, context)?,
            #[cfg(windows)]
            Readable::Computer(_) => {}
        }
    }
    Ok(())
}

fn write_layer<D: Disk>(
    tree: &Tree<D>,
    changes: &Changes<'_>,
    file: &Path,
    layer: &Layer,
    context: &mut Context<'_>,
) -> Result<(), Failure> {
    let parts = changes.parts(machine::image(tree)?);
    write_tar(tree, parts, file, layer, context)
}

/// Shows the lines that the sides do not share, and says whether there are any.
fn show(before: &[String], after: &[String], is_shown: bool, context: &mut Context<'_>) -> End {
    let only_in = |one: &[String], other: &[String]| -> Vec<String> {
        let other: BTreeSet<&String> = other.iter().collect();
        let only = one.iter().filter(|line| !other.contains(line));
        only.cloned().collect()
    };
    let (gone, new) = (only_in(before, after), only_in(after, before));
    let is_same = gone.is_empty() && new.is_empty();
    if is_shown && context.output.json {
        let told = json!({"same": is_same, "removed": gone, "added": new});
        context.output.value(&told);
    } else if is_shown {
        let gone = gone.iter().map(|line| format!("- {line}"));
        let new = new.iter().map(|line| format!("+ {line}"));
        context.output.lines(gone.chain(new));
    }
    End::Status(u8::from(!is_same))
}

/// Reads what was named: text or tar file, or a machine's directory.
fn side(named: &Path, layer: &Layer) -> Result<Side, Failure> {
    let failed = |error| Failure::file("read the snapshot", named, &error);
    if named.is_dir() {
        let disk = OsDisk::open(named).map_err(failed)?;
        return Ok(Side::Machine(Box::new(Readable::Tree(Tree::open(disk)?))));
    }
    let mut lines = read_lines(named, layer).map_err(failed)?;
    lines.sort_unstable();
    Ok(Side::Lines(lines))
}

#[expect(clippy::disallowed_methods, reason = "snapshots are files of the host")]
fn read_lines(named: &Path, layer: &Layer) -> io::Result<Vec<String>> {
    let mut from: Box<dyn Read> = match named == Path::new("-") {
        true => Box::new(io::stdin()),
        false => Box::new(io::BufReader::new(std::fs::File::open(named)?)),
    };
    let mut head = Vec::new();
    from.by_ref().take(HEAD_BYTES).read_to_end(&mut head)?;
    let is_tar = image::is_tar(&head);
    let mut whole = io::Cursor::new(head).chain(from);
    if is_tar {
        return image::lines(&mut whole, layer);
    }
    let mut text = String::new();
    whole.read_to_string(&mut text)?;
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let is_line = |line: &String| {
        ["D ", "F ", "L ", "K ", "R "]
            .iter()
            .any(|kind| line.starts_with(kind))
    };
    match lines.iter().all(is_line) {
        true => Ok(lines),
        false => {
            let what = "it is no snapshot: neither `machine snapshot`'s lines nor its tar file";
            Err(io::Error::new(io::ErrorKind::InvalidData, what))
        }
    }
}
