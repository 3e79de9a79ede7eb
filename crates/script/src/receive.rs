//! Takes files from a source and writes them where their operations say.

use std::io::Write;
use std::time::SystemTime;

use crate::perform::{Performer, write_failed};
use crate::{Contents, Error, Operation, ReceiveError, Receiver, Source, SourceError};

/// Has `operations`, all `FileCopy`, delivered in one go. `first` is the first's index in the call.
pub(crate) fn deliver(
    performer: &mut Performer<'_>,
    first: usize,
    operations: &[Operation],
    source: &mut dyn Source,
) -> Result<(), Error> {
    let wanted: Vec<&Contents> = operations.iter().filter_map(contents).collect();
    let done = vec![false; operations.len()];
    let mut receiving = Receiving {
        performer,
        first,
        operations,
        done,
        current: None,
        unfinished: None,
        failed: None,
    };
    let delivered = source.deliver(&wanted, &mut receiving);
    receiving.drop_half();
    let Receiving { done, failed, .. } = receiving;
    // What went wrong here explains the source's own error.
    if let Some(error) = failed {
        return Err(error);
    }
    delivered.map_err(|error| match error {
        SourceError::Stopped(_) => not_delivered(&operations[0]),
        error => Error::Source(error),
    })?;
    let missing = operations.iter().zip(done).find(|(_, done)| !done);
    match missing {
        Some((operation, _)) => Err(not_delivered(operation)),
        None => Ok(()),
    }
}

fn contents(operation: &Operation) -> Option<&Contents> {
    match operation {
        Operation::FileCopy { from, .. } => Some(from),
        _ => None,
    }
}

fn not_delivered(operation: &Operation) -> Error {
    Error::NotDelivered(operation.subject())
}

struct Receiving<'p, 'm> {
    performer: &'p mut Performer<'m>,
    first: usize,
    operations: &'p [Operation],
    done: Vec<bool>,
    current: Option<Current>,
    /// The file that was made and is not as it should be yet.
    unfinished: Option<usize>,
    failed: Option<Error>,
}

struct Current {
    index: usize,
    writer: Box<dyn Write>,
    written: u64,
    modified: Option<SystemTime>,
}

impl Receiving<'_, '_> {
    /// Keeps the reason, and tells the source to stop.
    fn keep(&mut self, done: Result<(), Error>) -> Result<(), ReceiveError> {
        done.map_err(|error| {
            self.failed.get_or_insert(error);
            ReceiveError
        })
    }

    /// Removes the file that was not finished: where the transaction is not undone, half a file would stay. That it
    /// could not be removed is no second failure: undo meets it again.
    fn drop_half(&mut self) {
        self.current = None;
        if let Some(index) = self.unfinished.take()
            && let Some(Operation::FileCopy { to, .. }) = self.operations.get(index)
        {
            let _ = self.performer.machine.remove_file(to);
        }
    }

    fn begin_file(&mut self, index: usize, modified: Option<SystemTime>) -> Result<(), Error> {
        let Some(operation @ Operation::FileCopy { to, .. }) = self.operations.get(index) else {
            return Err(not_delivered(&self.operations[0]));
        };
        if self.done[index] || self.current.is_some() {
            return Err(not_delivered(operation));
        }
        self.performer.begin(self.first + index, operation)?;
        let writer = self.performer.create(operation, to)?;
        self.unfinished = Some(index);
        self.current = Some(Current {
            index,
            writer,
            written: 0,
            modified,
        });
        Ok(())
    }

    fn write_bytes(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if self.performer.progress.cancelled() {
            return Err(Error::Cancelled);
        }
        let Some(current) = &mut self.current else {
            return Err(not_delivered(&self.operations[0]));
        };
        if let Some(Operation::FileCopy { to, .. }) = self.operations.get(current.index) {
            let operation = &self.operations[current.index];
            let written = current.writer.write_all(bytes);
            written.map_err(|source| write_failed(operation, to, source))?;
        }
        current.written += bytes.len() as u64;
        self.performer.progress.bytes(bytes.len() as u64);
        Ok(())
    }

    fn end_file(&mut self) -> Result<(), Error> {
        let Some(Current {
            index,
            mut writer,
            written,
            modified,
        }) = self.current.take()
        else {
            return Err(not_delivered(&self.operations[0]));
        };
        let operation = &self.operations[index];
        let Operation::FileCopy { to, metadata, .. } = operation else {
            return Err(not_delivered(operation));
        };
        writer
            .flush()
            .map_err(|source| write_failed(operation, to, source))?;
        drop(writer);
        if let Some(expected) = metadata.size.filter(|expected| *expected != written) {
            return Err(Error::Size {
                file: to.to_string(),
                expected,
                found: written,
            });
        }
        let modified = metadata.modified.or(modified);
        self.performer
            .finish(operation, to, metadata.attributes, modified)?;
        self.done[index] = true;
        self.unfinished = None;
        Ok(())
    }
}

impl Receiver for Receiving<'_, '_> {
    fn begin(&mut self, index: usize, modified: Option<SystemTime>) -> Result<(), ReceiveError> {
        let done = self.begin_file(index, modified);
        self.keep(done)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), ReceiveError> {
        let done = self.write_bytes(bytes);
        self.keep(done)
    }

    fn end(&mut self) -> Result<(), ReceiveError> {
        let done = self.end_file();
        self.keep(done)
    }
}
