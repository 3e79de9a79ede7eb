//! Where a file's bytes come from: a cabinet, or a file at the source.
//!
//! Follows: Microsoft, "File Table", "Media Table", "Word Count Summary".

use database::word_count;
use script::Contents;

use crate::costing::File;
use crate::directory::Name;
use crate::media::{Disk, Media};
use crate::{Error, Failure};

/// `File.Attributes`: uncompressed, compressed.
const NONCOMPRESSED: i32 = 8192;
const COMPRESSED: i32 = 16384;

/// Returns where a file's bytes come from, or why there is no such place. `folder` gives the names below SourceDir
/// of the file's folder, the short ones where it is asked for them.
///
/// Errors: those of `folder`.
pub(crate) fn contents(
    media: &Media,
    word_count: i32,
    file: &File,
    folder: impl FnOnce(bool) -> Result<Vec<String>, Error>,
) -> Result<Result<Contents, Failure>, Error> {
    let Some(disk) = media.disk_of(file.sequence) else {
        return Ok(Err(no_disk(file, media)));
    };
    Ok(match is_compressed(file, word_count) {
        true => match &disk.cabinet {
            Some(cabinet) => Ok(in_cabinet(cabinet, disk, file)),
            None => Err(no_cabinet(file, disk)),
        },
        false => Ok(at_source(disk, file, word_count, folder)?),
    })
}

fn is_compressed(file: &File, word_count: i32) -> bool {
    // The files of an administrative image were taken out of their cabinets, whatever the package said of them.
    if word_count & word_count::ADMINISTRATIVE != 0 {
        return false;
    }
    match file.attributes & (NONCOMPRESSED | COMPRESSED) {
        NONCOMPRESSED => false,
        COMPRESSED => true,
        _ => word_count & word_count::COMPRESSED != 0,
    }
}

fn in_cabinet(cabinet: &str, disk: &Disk, file: &File) -> Contents {
    Contents::Cabinet {
        cabinet: cabinet.to_owned(),
        disk: disk.id,
        member: file.key.clone(),
    }
}

/// Below the source's folders; at its root where the source as a whole is compressed.
fn at_source(
    disk: &Disk,
    file: &File,
    word_count: i32,
    folder: impl FnOnce(bool) -> Result<Vec<String>, Error>,
) -> Result<Contents, Error> {
    let mut path = if word_count & word_count::COMPRESSED != 0 {
        Vec::new()
    } else {
        folder(word_count & word_count::SHORT_NAMES != 0)?
    };
    let Name { short, long } = &file.name;
    // Either name is looked for: sources are found with both.
    path.push(if short == long {
        long.clone()
    } else {
        format!("{short}|{long}")
    });
    Ok(Contents::SourceFile {
        path,
        disk: disk.id,
    })
}

fn no_disk(file: &File, media: &Media) -> Failure {
    let (key, sequence) = (&file.key, file.sequence);
    let text = format!(
        "table File, row {key}, column Sequence: no row of the Media table reaches {sequence}"
    );
    if media.disks().is_empty() {
        Failure::numbered(2607, [], text)
    } else {
        Failure::numbered(2602, ["File".to_owned(), key.clone()], text)
    }
}

fn no_cabinet(file: &File, disk: &Disk) -> Failure {
    let (key, disk) = (&file.key, disk.id);
    let text = format!(
        "table Media, row {disk}, column Cabinet: it is empty, but file {key} is compressed"
    );
    Failure::numbered(2611, [key.clone()], text)
}
