//! Works out, before anything is done, what undoes a batch of operations.
//!
//! A file or folder is examined when the transaction first touches it: nothing that the transaction
//! does can have changed it then, so what is found is what undo must bring back, whichever of the
//! batch's operations are reached. Later touches of the same place need nothing more: the file that
//! they replace is the transaction's own.

use std::collections::{HashMap, HashSet};

use machine::{Attributes, EntryKind, MachinePath, Saved, View};

use crate::record::Record;
use crate::{Error, Operation};

/// What was there before the transaction, for every place that it touched.
#[derive(Default)]
pub(crate) struct Before {
    files: HashSet<MachinePath>,
    folders: HashMap<MachinePath, Option<Attributes>>,
    /// Files of before the transaction that are still in their place, and the numbers promised to them.
    pub(crate) in_place: HashMap<MachinePath, Saved>,
    next: u32,
}

/// Returns what undoes a batch: records in the order of the operations, to be run in reverse. `before` learns of the places that are touched for the first time.
///
/// Errors: [`Error::Unreadable`] when a place cannot be examined; then nothing of the batch may be done.
pub(crate) fn prepare(
    operations: &[Operation],
    view: &dyn View,
    before: &mut Before,
) -> Result<Vec<Record>, Error> {
    let mut batch = Batch {
        view,
        before,
        records: Vec::new(),
    };
    for operation in operations {
        batch.add(operation)?;
    }
    Ok(batch.records)
}

struct Batch<'a> {
    view: &'a dyn View,
    before: &'a mut Before,
    records: Vec<Record>,
}

impl Batch<'_> {
    fn add(&mut self, operation: &Operation) -> Result<(), Error> {
        match operation {
            Operation::FolderCreate { folder } => self.makes_folder(folder),
            Operation::FolderRemove { folder } => self.removes_folder(folder),
            Operation::FileCopy { to, .. } | Operation::FileDuplicate { to, .. } => {
                self.writes_file(to)
            }
            Operation::FileMove { from, to } => {
                self.writes_file(to)?;
                self.touches_file(from)
            }
            Operation::FileRemove { file } | Operation::ShortcutRemove { file } => {
                self.touches_file(file)
            }
            Operation::ShortcutCreate { file, .. }
            | Operation::IniWriteValue { file, .. }
            | Operation::IniRemoveValue { file, .. } => self.writes_file(file),
            // The registry changes in memory; the hives of before are kept whole when it is published.
            Operation::RegCreateKey { .. }
            | Operation::RegAddValue { .. }
            | Operation::RegRemoveValue { .. }
            | Operation::RegRemoveKey { .. } => Ok(()),
        }
    }

    fn writes_file(&mut self, file: &MachinePath) -> Result<(), Error> {
        if let Some(parent) = file.parent() {
            self.makes_folder(&parent)?;
        }
        self.touches_file(file)
    }

    fn touches_file(&mut self, file: &MachinePath) -> Result<(), Error> {
        if !self.before.files.insert(file.clone()) {
            return Ok(());
        }
        let text = file.to_string();
        if self
            .kind(file)?
            .is_some_and(|(kind, _)| kind == EntryKind::File)
        {
            let saved = Saved(self.before.next);
            self.before.next += 1;
            self.before.in_place.insert(file.clone(), saved);
            self.records.push(Record::PutBack {
                file: text,
                saved: saved.0,
            });
        } else {
            self.records.push(Record::RemoveFile { file: text });
        }
        Ok(())
    }

    /// Outermost first, so that in reverse the innermost goes first.
    fn makes_folder(&mut self, folder: &MachinePath) -> Result<(), Error> {
        let mut missing = Vec::new();
        let mut at = Some(folder.clone());
        while let Some(folder) = at.take_if(|folder| !folder.names().is_empty()) {
            // What a folder is in was there too.
            if matches!(self.before.folders.get(&folder), Some(Some(_))) {
                break;
            }
            at = folder.parent();
            missing.push(folder);
        }
        missing
            .iter()
            .rev()
            .try_for_each(|folder| self.folder_before(folder).map(drop))
    }

    /// Recorded each time, not only the first: files that an earlier record puts back need their folder.
    fn removes_folder(&mut self, folder: &MachinePath) -> Result<(), Error> {
        if let Some(attributes) = self.folder_before(folder)? {
            let Attributes {
                read_only,
                hidden,
                system,
            } = attributes;
            let folder = folder.to_string();
            self.records.push(Record::CreateFolder {
                folder,
                read_only,
                hidden,
                system,
            });
        }
        Ok(())
    }

    /// Returns the attributes of a folder of before the transaction; records that there was none.
    fn folder_before(&mut self, folder: &MachinePath) -> Result<Option<Attributes>, Error> {
        if let Some(known) = self.before.folders.get(folder) {
            return Ok(*known);
        }
        let found = match self.kind(folder)? {
            Some((EntryKind::Folder, attributes)) => Some(attributes),
            _ => {
                self.records.push(Record::RemoveFolder {
                    folder: folder.to_string(),
                });
                None
            }
        };
        self.before.folders.insert(folder.clone(), found);
        Ok(found)
    }

    fn kind(&self, path: &MachinePath) -> Result<Option<(EntryKind, Attributes)>, Error> {
        match self.view.metadata(path) {
            Ok(found) => Ok(found.map(|metadata| (metadata.kind, metadata.attributes))),
            Err(source) => Err(Error::Unreadable {
                path: path.to_string(),
                source,
            }),
        }
    }
}
