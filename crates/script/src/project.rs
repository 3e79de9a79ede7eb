//! What operations leave, as a plan on top of a machine: decisions that come later see it.
//!
//! The same rules as `perform`, without bytes: files' contents are known only where the operation holds them, or where a
//! small file of the machine is copied.

use machine::{Attributes, EntryKind, MachinePath, Overlay, Pending, PlannedFile, View};

use crate::perform::failed;
use crate::{Contents, Error, Operation, ini, shell_link};

/// The size up to which a copy's contents are known: what an .ini file may have.
const COPIED_BYTES_MAX: u64 = 1 << 20;

/// Adds to `pending` what `operation` will leave on `base` with `pending` on top.
///
/// Errors: [`Error::Operation`] where the machine cannot be read, or a file to copy is not there.
pub fn project(operation: &Operation, base: &dyn View, pending: &mut Pending) -> Result<(), Error> {
    let done = match operation {
        Operation::FolderCreate { folder } => pending.create_folder(base, folder),
        Operation::FolderRemove { folder } => pending.remove_folder(base, folder).map(drop),
        Operation::FileCopy { from, to, metadata } => {
            let bytes = match from {
                Contents::Bytes(bytes) => Some(bytes.clone()),
                _ => None,
            };
            let size = bytes.as_ref().map(|bytes| bytes.len() as u64);
            let file = PlannedFile {
                size: metadata.size.or(size).unwrap_or(0),
                attributes: metadata.attributes,
                modified: metadata.modified,
                version: metadata.version.clone(),
                language: metadata.language.clone(),
                bytes,
            };
            pending.put_file(base, to, file)
        }
        Operation::FileDuplicate { from, to } => copy(base, pending, from, to),
        Operation::FileMove { from, to } => {
            let copied = copy(base, pending, from, to);
            if from == to {
                copied
            } else {
                copied.and_then(|()| pending.remove_file(base, from))
            }
        }
        Operation::FileRemove { file } | Operation::ShortcutRemove { file } => {
            pending.remove_file(base, file)
        }
        Operation::ShortcutCreate { file, shortcut } => {
            let target = shell_link::examine(shortcut, &Overlay { base, pending });
            let bytes = shell_link::encode(shortcut, target).map_err(|what| Error::Shortcut {
                file: file.to_string(),
                what,
            })?;
            put(base, pending, file, bytes, Attributes::default())
        }
        Operation::IniWriteValue {
            file,
            section,
            key,
            value,
        } => edit(base, pending, file, |old| {
            Some(ini::write(old, section, key, value))
        }),
        Operation::IniRemoveValue { file, section, key } => {
            edit(base, pending, file, |old| ini::remove(old, section, key))
        }
        Operation::RegCreateKey { key } => pending.create_key(base, key),
        Operation::RegAddValue { key, name, data } => pending.set_value(base, key, name, data),
        Operation::RegRemoveValue { key, name } => pending.remove_value(base, key, name),
        Operation::RegRemoveKey { key } => pending.remove_key(base, key),
    };
    done.map_err(failed(operation, 1305))
}

type Done = Result<(), machine::Error>;

fn copy(base: &dyn View, pending: &mut Pending, from: &MachinePath, to: &MachinePath) -> Done {
    let view = Overlay { base, pending };
    let metadata = view
        .metadata(from)?
        .filter(|metadata| metadata.kind == EntryKind::File)
        .ok_or_else(|| machine::Error::NotFound(from.clone()))?;
    if from == to {
        return Ok(());
    }
    let file = match view.planned(from) {
        Some(planned) => planned.clone(),
        None => PlannedFile {
            size: metadata.size,
            attributes: metadata.attributes,
            modified: Some(metadata.modified),
            version: None,
            language: None,
            bytes: match metadata.size {
                ..=COPIED_BYTES_MAX => Some(contents(&view, from)?),
                _ => None,
            },
        },
    };
    pending.put_file(base, to, file)
}

/// The bytes of a file that is there.
fn contents(view: &dyn View, file: &MachinePath) -> Result<Vec<u8>, machine::Error> {
    let mut bytes = Vec::new();
    ini::read(view.open(file)?, &mut bytes).map_err(|source| machine::Error::Io {
        what: "read",
        path: file.to_string(),
        source,
    })?;
    Ok(bytes)
}

fn edit(
    base: &dyn View,
    pending: &mut Pending,
    file: &MachinePath,
    change: impl FnOnce(&[u8]) -> Option<Vec<u8>>,
) -> Done {
    let view = Overlay { base, pending };
    let file = &kept_name(&view, file)?;
    let metadata = view.metadata(file)?;
    let mut old = Vec::new();
    if metadata.is_some() {
        match contents(&view, file) {
            Ok(bytes) => old = bytes,
            // A file of the package: what is in it is not known yet.
            Err(machine::Error::NotYetWritten(_)) => return Ok(()),
            Err(error) => return Err(error),
        }
    }
    let attributes = metadata
        .map(|metadata| metadata.attributes)
        .unwrap_or_default();
    match change(&old) {
        Some(new) if new == old => Ok(()),
        Some(new) => put(base, pending, file, new, attributes),
        None => pending.remove_file(base, file),
    }
}

/// Returns `file` with the name that it has, where it is there.
fn kept_name(view: &dyn View, file: &MachinePath) -> Result<MachinePath, machine::Error> {
    let Some(folder) = file.parent() else {
        return Ok(file.clone());
    };
    for entry in view.list(&folder)?.unwrap_or_default() {
        let kept = folder.join(&entry.name)?;
        if kept == *file {
            return Ok(kept);
        }
    }
    Ok(file.clone())
}

fn put(
    base: &dyn View,
    pending: &mut Pending,
    file: &MachinePath,
    bytes: Vec<u8>,
    attributes: Attributes,
) -> Done {
    let planned = PlannedFile {
        size: bytes.len() as u64,
        attributes,
        modified: None,
        version: None,
        language: None,
        bytes: Some(bytes),
    };
    pending.put_file(base, file, planned)
}
