//! Works out, before anything is done, what undoes a batch of operations.
//!
//! A file or folder is examined when the transaction first touches it: nothing that the transaction
//! does can have changed it then, so what is found is what undo must bring back, whichever of the
//! batch's operations are reached. Later touches of the same place need nothing more: the file that
//! they replace is the transaction's own.

use std::collections::{HashMap, HashSet};

use machine::{Attributes, EntryKind, Machine, MachinePath, Saved, View};

use crate::journal::journal;
use crate::record::Record;
use crate::{Error, Operation};

/// What was there before the transaction, for every place that it touched.
#[derive(Default)]
pub(crate) struct Before {
    files: HashSet<MachinePath>,
    folders: HashMap<MachinePath, Option<Folder>>,
    /// Files of before the transaction that are still in their place, and the numbers promised to them.
    pub(crate) in_place: HashMap<MachinePath, Saved>,
    next: u32,
}

/// A folder of before the transaction.
#[derive(Clone)]
struct Folder {
    /// Its path with the names as they are stored.
    stored: String,
    attributes: Attributes,
}

impl Before {
    /// Learns again what an earlier process recorded: each place counts as it was when it was touched first.
    ///
    /// Errors: [`Error::Journal`] where a path makes no sense in this machine, or the journal cannot be read.
    pub(crate) fn of_records(records: &[Record], machine: &dyn Machine) -> Result<Before, Error> {
        let mut before = Before::default();
        for record in records.iter().filter(|record| !record.is_of_registry()) {
            let path = machine.path(record.path()).map_err(journal("read"))?;
            before.learn(record, path, machine)?;
        }
        Ok(before)
    }

    fn learn(
        &mut self,
        record: &Record,
        path: MachinePath,
        machine: &dyn Machine,
    ) -> Result<(), Error> {
        match record {
            Record::PutBack { saved, .. } => {
                self.next = self.next.max(saved.saturating_add(1));
                let saved = Saved(*saved);
                // One that no operation had to move is still the file of before.
                if !machine.is_set_aside(saved).map_err(journal("read"))? {
                    self.in_place.insert(path.clone(), saved);
                }
                self.files.insert(path);
            }
            Record::RemoveFile { .. } => {
                self.files.insert(path);
            }
            Record::RemoveFolder { .. } => {
                self.folders.entry(path).or_insert(None);
            }
            Record::CreateFolder {
                folder,
                read_only,
                hidden,
                system,
            } => {
                let attributes = Attributes {
                    read_only: *read_only,
                    hidden: *hidden,
                    system: *system,
                };
                let stored = folder.clone();
                self.folders
                    .insert(path, Some(Folder { stored, attributes }));
            }
            _ => {}
        }
        Ok(())
    }
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
            Operation::FolderCreate { folder } => self.touches_folder(folder).map(drop),
            Operation::FolderRemove { folder } => self.removes_folder(folder),
            Operation::FileMove { from, to } => {
                self.touches_file(to)?;
                self.touches_file(from)
            }
            Operation::FileCopy { to: file, .. }
            | Operation::FileDuplicate { to: file, .. }
            | Operation::FileRemove { file }
            | Operation::ShortcutCreate { file, .. }
            | Operation::ShortcutRemove { file }
            | Operation::IniWriteValue { file, .. }
            | Operation::IniRemoveValue { file, .. } => self.touches_file(file),
            // The registry changes in memory; the hives of before are kept whole when it is published.
            Operation::RegCreateKey { .. }
            | Operation::RegAddValue { .. }
            | Operation::RegRemoveValue { .. }
            | Operation::RegRemoveKey { .. } => Ok(()),
        }
    }

    /// The folder first, so that in reverse it goes last, whichever of the operations makes it.
    fn touches_file(&mut self, file: &MachinePath) -> Result<(), Error> {
        if let Some(folder) = file.parent() {
            self.touches_folder(&folder)?;
        }
        if !self.before.files.insert(file.clone()) {
            return Ok(());
        }
        if self
            .kind(file)?
            .is_some_and(|(kind, _)| kind == EntryKind::File)
        {
            let saved = Saved(self.before.next);
            self.before.next += 1;
            self.before.in_place.insert(file.clone(), saved);
            let file = self.stored(file)?;
            self.records.push(Record::PutBack {
                file,
                saved: saved.0,
            });
        } else {
            self.records.push(Record::RemoveFile {
                file: file.to_string(),
            });
        }
        Ok(())
    }

    /// Recorded each time, not only the first: files that an earlier record puts back need their folder.
    fn removes_folder(&mut self, folder: &MachinePath) -> Result<(), Error> {
        if let Some(Folder { stored, attributes }) = self.touches_folder(folder)? {
            let Attributes {
                read_only,
                hidden,
                system,
            } = attributes;
            self.records.push(Record::CreateFolder {
                folder: stored,
                read_only,
                hidden,
                system,
            });
        }
        Ok(())
    }

    /// Returns a folder of before the transaction; where there was none, records that, after those above it.
    fn touches_folder(&mut self, folder: &MachinePath) -> Result<Option<Folder>, Error> {
        if folder.names().is_empty() {
            return Ok(None);
        }
        if let Some(known) = self.before.folders.get(folder) {
            return Ok(known.clone());
        }
        let found = match self.kind(folder)? {
            Some((EntryKind::Folder, attributes)) => Some(Folder {
                stored: self.stored(folder)?,
                attributes,
            }),
            _ => {
                if let Some(above) = folder.parent() {
                    self.touches_folder(&above)?;
                }
                self.records.push(Record::RemoveFolder {
                    folder: folder.to_string(),
                });
                None
            }
        };
        self.before.folders.insert(folder.clone(), found.clone());
        Ok(found)
    }

    /// What is put back has the name that it had.
    fn stored(&self, path: &MachinePath) -> Result<String, Error> {
        let stored = self.view.stored(path).map_err(unreadable(path))?;
        Ok(stored.to_string())
    }

    fn kind(&self, path: &MachinePath) -> Result<Option<(EntryKind, Attributes)>, Error> {
        let found = self.view.metadata(path).map_err(unreadable(path))?;
        Ok(found.map(|metadata| (metadata.kind, metadata.attributes)))
    }
}

fn unreadable(path: &MachinePath) -> impl Fn(machine::Error) -> Error {
    move |source| Error::Unreadable {
        path: path.to_string(),
        source,
    }
}
