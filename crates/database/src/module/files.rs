//! Files of a module: they follow the package's own, on a disk of their own.
//!
//! Follows: Microsoft, "Authoring Merge Module File Tables", "Media Table".

use super::merge::Tables;
use crate::patch::media::MEDIA;
use crate::schema::column;
use crate::summary::word_count;
use crate::{Database, Error, Field, Table, Value};

/// `msidbFileAttributesNoncompressed`.
const NONCOMPRESSED: i32 = 0x2000;
/// `msidbFileAttributesCompressed`.
const COMPRESSED: i32 = 0x4000;

/// Where a module's cabinet goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ModuleCabinet {
    /// Into a stream of the package, which is named after the module.
    #[default]
    Embedded,
    /// Into a file of this name beside the package, which whoever merges writes.
    External(String),
    /// Nowhere: its files lie beside the package, where whoever merges puts them.
    LaidOut,
}

/// Numbers the files that the package does not have behind those that it has, and says of each whether it is in a
/// cabinet where the package does not say it of all. Returns the last number, where there are any.
///
/// Errors: as [`Database::table`].
pub(super) fn number(
    package: &Database,
    tables: &mut Tables,
    cabinet: &ModuleCabinet,
) -> Result<Option<i32>, Error> {
    let Some(files) = tables.get_mut("File") else {
        return Ok(None);
    };
    let Some(place) = files.column("Sequence") else {
        return Ok(None);
    };
    let compressed = package.summary()?.word_count().unwrap_or(0) & word_count::COMPRESSED != 0;
    let attributes = files.column("Attributes");
    let there = package.rows("File")?;
    let mut last = last_sequence(package)?;
    let mut new = Vec::new();
    for (number, row) in files.rows.iter().enumerate() {
        if there.find(&row[..1]).is_none() {
            new.push((row[place].integer().unwrap_or(0), number));
        }
    }
    new.sort_unstable();
    files.forget_index();
    for &(_, row) in &new {
        last = last.saturating_add(1);
        files.rows[row][place] = Value::Integer(last);
        if let Some(place) = attributes {
            let cell = &mut files.rows[row][place];
            let bits = cell.integer().unwrap_or(0) & !(NONCOMPRESSED | COMPRESSED);
            let own = match (compressed, cabinet == &ModuleCabinet::LaidOut) {
                (true, true) => NONCOMPRESSED,
                (false, false) => COMPRESSED,
                _ => 0,
            };
            *cell = Value::Integer(bits | own);
        }
    }
    Ok((!new.is_empty()).then_some(last))
}

fn last_sequence(package: &Database) -> Result<i32, Error> {
    let mut last = 0;
    for (table, column) in [("File", "Sequence"), ("Media", "LastSequence")] {
        let rows = package.rows(table)?;
        let numbers = rows.records().filter_map(|record| record.integer(column));
        last = numbers.max().unwrap_or(0).max(last);
    }
    Ok(last)
}

/// A free name for the stream of a module's cabinet.
pub(super) fn stream_name(package: &Database, module_id: &str) -> String {
    let guid = module_id
        .split_once('.')
        .map_or(module_id, |(_, guid)| guid);
    let names = package.stream_names();
    let name = format!("MergeModule.{guid}");
    let numbered = (2..).map(|number| format!("{name}.{number}"));
    let mut candidates = std::iter::once(name.clone()).chain(numbered);
    let free = candidates.find(|candidate| !names.contains(&candidate.as_str()));
    free.unwrap_or(name)
}

/// Adds the disk of a module's files, with this cabinet; "": the files lie beside the package.
pub(super) fn add_disk(package: &mut Database, last: i32, cabinet: &str) -> Result<i32, Error> {
    if !package.has_table("Media") {
        package.replace_table(media());
        package.sort_slots()?;
    }
    let media = package.rows("Media")?;
    let disks = media
        .records()
        .filter_map(|record| record.integer("DiskId"));
    let disk = disks.max().unwrap_or(0).saturating_add(1);
    let fields = media.columns.iter().map(|column| match &*column.name {
        "DiskId" => Field::from(disk),
        "LastSequence" => Field::from(last),
        "Cabinet" => Field::from(cabinet),
        _ => Field::Value(Value::Null),
    });
    package.add_row("Media", &fields.collect::<Vec<_>>(), false)?;
    Ok(disk)
}

fn media() -> Table {
    let columns = MEDIA.map(|(name, kind)| column(name.into(), kind));
    Table::new("Media", columns.to_vec(), Vec::new())
}
