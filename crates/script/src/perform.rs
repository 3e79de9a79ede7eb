//! Performs operations on a machine: the only code that does. It needs the [`Promise`] that they can be undone.

use std::collections::HashSet;
use std::io::{self, Read};
use std::time::SystemTime;

use machine::{Attributes, Machine, MachinePath};

use crate::journal::Promise;
use crate::receive::deliver;
use crate::{Contents, Error, Operation, Progress, Source, ini, shell_link};

/// Bytes copied at once from one file of the machine to another.
const COPY_BYTES: usize = 64 << 10;

/// What the operations work with.
pub(crate) struct Performer<'a> {
    pub(crate) machine: &'a mut dyn Machine,
    pub(crate) promise: Promise<'a>,
    pub(crate) progress: &'a mut dyn Progress,
}

/// Performs all operations of the promise, in order.
pub(crate) fn perform<'a>(
    promise: Promise<'a>,
    machine: &'a mut dyn Machine,
    source: &mut dyn Source,
    progress: &'a mut dyn Progress,
) -> Result<(), Error> {
    let operations = promise.operations();
    let mut performer = Performer {
        machine,
        promise,
        progress,
    };
    let mut at = 0;
    while let Some(operation) = operations.get(at) {
        let together = delivered_together(&operations[at..]);
        if together > 0 {
            deliver(&mut performer, at, &operations[at..at + together], source)?;
            at += together;
        } else {
            performer.begin(at, operation)?;
            performer.one(operation)?;
            at += 1;
        }
    }
    Ok(())
}

/// Returns how many operations from the first on are files that a source delivers in one go:
/// no place and no contents may come twice, for the source chooses the order.
fn delivered_together(operations: &[Operation]) -> usize {
    let (mut places, mut contents) = (HashSet::new(), HashSet::new());
    let mut count = 0;
    for operation in operations {
        let fits = match operation {
            Operation::FileCopy {
                from: Contents::Bytes(_),
                ..
            } => false,
            Operation::FileCopy { from, to, .. } => places.insert(to) && contents.insert(from),
            _ => false,
        };
        if !fits {
            break;
        }
        count += 1;
    }
    count
}

impl Performer<'_> {
    /// Tells that an operation begins.
    pub(crate) fn begin(&mut self, index: usize, operation: &Operation) -> Result<(), Error> {
        if self.progress.cancelled() {
            return Err(Error::Cancelled);
        }
        self.progress.operation(index, operation);
        Ok(())
    }

    fn one(&mut self, operation: &Operation) -> Result<(), Error> {
        let failed = |code| failed(operation, code);
        match operation {
            Operation::FolderCreate { folder } => self.make_folder(operation, folder),
            Operation::FolderRemove { folder } => self
                .machine
                .remove_folder(folder)
                .map(drop)
                .map_err(failed(1303)),
            Operation::FileCopy { from, to, metadata } => match from {
                Contents::Bytes(bytes) => {
                    self.write(operation, to, bytes, metadata.attributes, metadata.modified)
                }
                _ => Err(Error::NotDelivered(to.to_string())),
            },
            Operation::FileDuplicate { from, to } => self.duplicate(operation, from, to),
            Operation::FileMove { from, to } => {
                self.duplicate(operation, from, to)?;
                if from == to {
                    Ok(())
                } else {
                    self.clear(operation, from)
                }
            }
            Operation::FileRemove { file } | Operation::ShortcutRemove { file } => {
                self.clear(operation, file)
            }
            Operation::ShortcutCreate { file, shortcut } => {
                let target = shell_link::examine(shortcut, self.machine);
                let bytes =
                    shell_link::encode(shortcut, target).map_err(|what| Error::Shortcut {
                        file: file.to_string(),
                        what,
                    })?;
                self.write(operation, file, &bytes, Attributes::default(), None)
            }
            Operation::IniWriteValue {
                file,
                section,
                key,
                value,
            } => self.edit(operation, file, |old| {
                Some(ini::write(old, section, key, value))
            }),
            Operation::IniRemoveValue { file, section, key } => {
                self.edit(operation, file, |old| ini::remove(old, section, key))
            }
            Operation::RegCreateKey { key } => self.machine.create_key(key).map_err(failed(1401)),
            Operation::RegAddValue { key, name, data } => self
                .machine
                .set_value(key, name, data)
                .map_err(failed(1406)),
            Operation::RegRemoveValue { key, name } => {
                self.machine.remove_value(key, name).map_err(failed(1403))
            }
            Operation::RegRemoveKey { key } => self.machine.remove_key(key).map_err(failed(1404)),
        }
    }

    /// Makes a folder with those above it.
    fn make_folder(&mut self, operation: &Operation, folder: &MachinePath) -> Result<(), Error> {
        let mut missing = Vec::new();
        let mut at = Some(folder.clone());
        while let Some(folder) = at.take_if(|folder| !folder.names().is_empty()) {
            let found = self
                .machine
                .metadata(&folder)
                .map_err(failed(operation, 1317))?;
            match found.map(|metadata| metadata.kind) {
                Some(machine::EntryKind::Folder) => break,
                Some(machine::EntryKind::File) => {
                    return Err(Error::FileInTheWay(folder.to_string()));
                }
                None => at = folder.parent(),
            }
            missing.push(folder);
        }
        for folder in missing.iter().rev() {
            self.machine
                .create_folder(folder)
                .map_err(failed(operation, 1317))?;
        }
        Ok(())
    }

    /// Makes a file's place free: what was there before the transaction is set aside, what the
    /// transaction itself wrote is removed.
    fn clear(&mut self, operation: &Operation, file: &MachinePath) -> Result<(), Error> {
        let done = match self.promise.take_aside(file) {
            Some(saved) => self.machine.set_aside(file, saved),
            None => self.machine.remove_file(file),
        };
        done.map_err(failed(operation, 1306))
    }

    /// Makes a new, empty file in the place of what is there, with the folders above it.
    pub(crate) fn create(
        &mut self,
        operation: &Operation,
        file: &MachinePath,
    ) -> Result<Box<dyn io::Write>, Error> {
        if let Some(parent) = file.parent() {
            self.make_folder(operation, &parent)?;
        }
        if self
            .machine
            .is_folder(file)
            .map_err(failed(operation, 1310))?
        {
            return Err(Error::FolderInTheWay(file.to_string()));
        }
        self.clear(operation, file)?;
        self.machine
            .create_file(file)
            .map_err(failed(operation, 1310))
    }

    /// Sets what a file is to be besides its bytes.
    pub(crate) fn finish(
        &mut self,
        operation: &Operation,
        file: &MachinePath,
        attributes: Attributes,
        modified: Option<SystemTime>,
    ) -> Result<(), Error> {
        self.machine
            .set_metadata(file, attributes, modified)
            .map_err(failed(operation, 1321))
    }

    fn write(
        &mut self,
        operation: &Operation,
        file: &MachinePath,
        bytes: &[u8],
        attributes: Attributes,
        modified: Option<SystemTime>,
    ) -> Result<(), Error> {
        let mut writer = self.create(operation, file)?;
        let written = writer.write_all(bytes).and_then(|()| writer.flush());
        written.map_err(|source| write_failed(operation, file, source))?;
        drop(writer);
        self.progress.bytes(bytes.len() as u64);
        self.finish(operation, file, attributes, modified)
    }

    fn duplicate(
        &mut self,
        operation: &Operation,
        from: &MachinePath,
        to: &MachinePath,
    ) -> Result<(), Error> {
        let found = self
            .machine
            .metadata(from)
            .map_err(failed(operation, 1309))?;
        let metadata = found
            .filter(|metadata| metadata.kind == machine::EntryKind::File)
            .ok_or_else(|| failed(operation, 1309)(machine::Error::NotFound(from.clone())))?;
        if from == to {
            return Ok(());
        }
        let mut writer = self.create(operation, to)?;
        let mut reader = self.machine.open(from).map_err(failed(operation, 1309))?;
        let mut block = vec![0; COPY_BYTES];
        loop {
            let count = reader
                .read(&mut block)
                .map_err(|source| read_failed(operation, from, source))?;
            if count == 0 {
                break;
            }
            writer
                .write_all(&block[..count])
                .map_err(|source| write_failed(operation, to, source))?;
            self.progress.bytes(count as u64);
        }
        writer
            .flush()
            .map_err(|source| write_failed(operation, to, source))?;
        drop((reader, writer));
        self.finish(operation, to, metadata.attributes, Some(metadata.modified))
    }

    /// Reads a small file whole, changes it and writes it anew, under the name that it has; `change`
    /// returns none to remove it.
    fn edit(
        &mut self,
        operation: &Operation,
        file: &MachinePath,
        change: impl FnOnce(&[u8]) -> Option<Vec<u8>>,
    ) -> Result<(), Error> {
        let file = &self.machine.stored(file).map_err(failed(operation, 1309))?;
        let metadata = self
            .machine
            .metadata(file)
            .map_err(failed(operation, 1309))?;
        let mut old = Vec::new();
        if metadata.is_some() {
            let reader = self.machine.open(file).map_err(failed(operation, 1309))?;
            let read = ini::read(reader, &mut old);
            read.map_err(|source| read_failed(operation, file, source))?;
        }
        match change(&old) {
            Some(new) if new == old => Ok(()),
            Some(new) => {
                let attributes = metadata
                    .map(|metadata| metadata.attributes)
                    .unwrap_or_default();
                self.write(operation, file, &new, attributes, None)
            }
            None if metadata.is_some() => self.clear(operation, file),
            None => Ok(()),
        }
    }
}

/// Makes the error of an operation that the machine refused.
pub(crate) fn failed(operation: &Operation, code: u32) -> impl Fn(machine::Error) -> Error {
    let (name, path) = (operation.name(), operation.subject());
    move |source| Error::Operation {
        operation: name,
        path: path.clone(),
        code,
        source,
    }
}

/// Makes the error of bytes that could not be written.
pub(crate) fn write_failed(operation: &Operation, file: &MachinePath, source: io::Error) -> Error {
    let code = if source.kind() == io::ErrorKind::StorageFull {
        1307
    } else {
        1304
    };
    Error::Bytes {
        operation: operation.name(),
        path: file.to_string(),
        code,
        source,
    }
}

fn read_failed(operation: &Operation, file: &MachinePath, source: io::Error) -> Error {
    Error::Bytes {
        operation: operation.name(),
        path: file.to_string(),
        code: 1305,
        source,
    }
}
