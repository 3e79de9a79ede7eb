//! One transaction on a machine: begin, run, publish, commit or undo. The format is docs/journal.md.
//!
//! The order that nothing may break: what undoes a batch is durable before the batch's first change.
//! [`Promise`] is the proof; only [`Journal::promise`] makes one, and `perform` takes nothing else.

use std::collections::HashMap;

use machine::{Machine, MachinePath, Saved};

use crate::frame::{Begin, Frame, PAYLOAD_MAX, VERSION};
use crate::prepare::{Before, prepare};
use crate::record::Record;
use crate::{Error, Operation, Progress, Source, perform, recover};

/// Undo records are cut into frames of about this many bytes.
const FRAME_BYTES: usize = 1 << 20;

/// The transaction under way. Dropping it changes nothing: the machine then waits for `recover`.
#[must_use = "a transaction that is neither committed nor undone waits for recovery"]
pub struct Journal {
    pub(crate) id: String,
    pub(crate) state: State,
    pub(crate) before: Before,
    /// The first frame, until there is a batch to write it with.
    pub(crate) begin: Option<Begin>,
    /// A frame was appended and not synced yet. Another is not appended before it is: a tear spoils the last frame only.
    pub(crate) unsynced: bool,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum State {
    Open,
    /// An operation failed: what `before` says of the places of that batch may not be so.
    MustUndo,
    /// The journal failed: what is on disk is not known.
    Failed,
    /// The transaction was committed, or put by.
    Closed,
}

/// The proof that what undoes a batch is on disk.
pub(crate) struct Promise<'a> {
    operations: &'a [Operation],
    in_place: &'a mut HashMap<MachinePath, Saved>,
}

impl<'a> Promise<'a> {
    /// The operations that may be performed now.
    pub(crate) fn operations(&self) -> &'a [Operation] {
        self.operations
    }

    /// Returns, once, the number under which a file of before the transaction must be set aside
    /// before its place is used. None: what is there, if anything, is the transaction's own.
    pub(crate) fn take_aside(&mut self, file: &MachinePath) -> Option<Saved> {
        self.in_place.remove(file)
    }
}

/// How a transaction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Everything was done.
    Committed,
    /// Nothing was done.
    Undone,
}

impl Ending {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Ending::Committed => "committed",
            Ending::Undone => "undone",
        }
    }
}

/// A transaction that ended, durably; what it saved is still there.
/// First append its events, then [`Closed::tidy`]. Left untidied, `recover` returns it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "append the events, then tidy"]
pub struct Closed {
    /// The closed journal's name.
    pub(crate) name: String,
}

impl Closed {
    pub(crate) fn new(ending: Ending, id: &str) -> Closed {
        Closed {
            name: format!("{}-{id}", ending.name()),
        }
    }

    /// Removes what the transaction saved.
    ///
    /// Errors: the machine's; harmless, for `recover` tidies again.
    pub fn tidy(self, machine: &mut dyn Machine) -> Result<(), Error> {
        recover::tidy(machine, &self.name)
    }
}

/// Begins a transaction. It is durable with its first batch; ended before that, it did nothing.
///
/// `id` is 1 to 64 letters, digits and hyphens, used for no other transaction of this machine.
/// `about` is handed back by [`crate::recover`], so that it can say what was undone.
///
/// Errors: [`Error::BadId`]; [`Error::Journal`] with [`machine::Error::JournalActive`] where one is unfinished.
pub fn begin(machine: &mut dyn Machine, id: &str, about: &str) -> Result<Journal, Error> {
    require_id(id)?;
    machine.begin_journal().map_err(journal("begin"))?;
    Ok(Journal::new(id, about, Before::default()))
}

/// Requires an id that can be part of a file's name.
///
/// Errors: [`Error::BadId`].
pub(crate) fn require_id(id: &str) -> Result<(), Error> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if id.is_empty() || id.len() > 64 || !id.chars().all(allowed) {
        return Err(Error::BadId(id.to_owned()));
    }
    Ok(())
}

impl Journal {
    pub(crate) fn new(id: &str, about: &str, before: Before) -> Journal {
        let begin = Begin {
            version: VERSION,
            id: id.to_owned(),
            about: about.to_owned(),
            undo: Vec::new(),
        };
        Journal {
            id: id.to_owned(),
            state: State::Open,
            before,
            begin: Some(begin),
            unsynced: false,
        }
    }

    /// The transaction's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Performs operations, in order, as one batch: first what undoes them all is made durable.
    /// Neighbouring `FileCopy`s are delivered together, in the source's order.
    ///
    /// Errors: as [`Error`] says. After any, only [`Journal::undo`] is possible, and after
    /// [`Error::Journal`] only [`crate::recover`].
    pub fn run(
        &mut self,
        operations: &[Operation],
        machine: &mut dyn Machine,
        source: &mut dyn Source,
        progress: &mut dyn Progress,
    ) -> Result<(), Error> {
        self.require_open()?;
        // Whatever ends this early leaves a transaction that can only be undone.
        self.state = State::MustUndo;
        let records = prepare(operations, machine, &mut self.before)?;
        let promise = self.promise(operations, records, machine)?;
        perform::perform(promise, machine, source, progress)?;
        self.state = State::Open;
        Ok(())
    }

    /// Hands other words to [`crate::recover`] than [`begin`] said: what would be undone has become more. They are
    /// durable with the next batch.
    ///
    /// Errors: [`Error::Journal`].
    pub fn retell(&mut self, about: &str, machine: &mut dyn Machine) -> Result<(), Error> {
        self.require_open()?;
        match &mut self.begin {
            Some(begin) => begin.about = about.to_owned(),
            None => self.append(&Frame::About(about.to_owned()), machine)?,
        }
        Ok(())
    }

    /// Makes the changes of the registry visible to whoever reads the machine's files. Durable on
    /// return, and still undoable. For InstallExecute and before foreign code.
    ///
    /// Errors: [`Error::Journal`]; [`Error::RegistryTaken`], after which only [`Journal::undo`] is possible.
    pub fn publish(&mut self, machine: &mut dyn Machine) -> Result<(), Error> {
        self.require_open()?;
        if let Some(begin) = self.begin.take() {
            self.append(&Frame::Begin(begin), machine)?;
        }
        // What was appended is synced by this with everything else, before a hive is renamed.
        match machine.publish_registry() {
            Err(error) if error.is_registry_taken() => {
                self.state = State::MustUndo;
                return Err(Error::RegistryTaken(error));
            }
            published => self.checked("publish the registry", published)?,
        }
        self.unsynced = false;
        Ok(())
    }

    /// Makes everything durable, then passes the commit point. `notes` are handed back by
    /// [`crate::recover`] if the process ends before [`Closed::tidy`].
    ///
    /// Errors: [`Error::Journal`]: which side of the commit point the machine is on, `recover` tells;
    /// [`Error::RegistryTaken`]: nothing is committed, and only [`Journal::undo`] is possible.
    pub fn commit(&mut self, machine: &mut dyn Machine, notes: &[u8]) -> Result<Closed, Error> {
        self.require_open()?;
        if let Some(begin) = self.begin.take() {
            self.append(&Frame::Begin(begin), machine)?;
        }
        for part in notes.chunks(FRAME_BYTES) {
            self.append(&Frame::Notes(part.to_vec()), machine)?;
        }
        // Syncs notes, files, folders and hives, whether hives changed or not.
        self.publish(machine)?;
        let closed = machine.close_journal(Ending::Committed.name(), &self.id);
        self.checked("commit", closed)?;
        self.state = State::Closed;
        Ok(Closed::new(Ending::Committed, &self.id))
    }

    /// Commits what was done before an operation failed, for installations that are not to be rolled back. That
    /// operation may have been done in part; a file that was not whole is not there.
    ///
    /// Errors: as [`Journal::commit`].
    pub fn keep(&mut self, machine: &mut dyn Machine, notes: &[u8]) -> Result<Closed, Error> {
        if self.state == State::MustUndo {
            self.state = State::Open;
        }
        self.commit(machine, notes)
    }

    /// Undoes everything. Durable on return.
    ///
    /// Errors: [`Error::Undo`], [`Error::Journal`]: the transaction is still unfinished; `recover` tries again.
    pub fn undo(self, machine: &mut dyn Machine) -> Result<Closed, Error> {
        if matches!(self.state, State::Failed | State::Closed) {
            return Err(Error::JournalFailed);
        }
        recover::undo_active(machine)
    }

    /// Makes what undoes a batch durable; the promise is what allows the batch.
    fn promise<'a>(
        &'a mut self,
        operations: &'a [Operation],
        records: Vec<Record>,
        machine: &mut dyn Machine,
    ) -> Result<Promise<'a>, Error> {
        self.record(records, machine)?;
        self.sync(machine)?;
        Ok(Promise {
            operations,
            in_place: &mut self.before.in_place,
        })
    }

    /// Appends undo records.
    pub(crate) fn record(
        &mut self,
        records: Vec<Record>,
        machine: &mut dyn Machine,
    ) -> Result<(), Error> {
        for records in frames_of(records) {
            let frame = match self.begin.take() {
                Some(begin) => Frame::Begin(Begin {
                    undo: records,
                    ..begin
                }),
                None => Frame::Undo(records),
            };
            self.append(&frame, machine)?;
        }
        Ok(())
    }

    pub(crate) fn sync(&mut self, machine: &mut dyn Machine) -> Result<(), Error> {
        if self.unsynced {
            let synced = machine.sync_journal();
            self.checked("sync", synced)?;
            self.unsynced = false;
        }
        Ok(())
    }

    pub(crate) fn append(&mut self, frame: &Frame, machine: &mut dyn Machine) -> Result<(), Error> {
        self.sync(machine)?;
        self.unsynced = true;
        let bytes = frame.encode();
        let appended = if bytes.len() > PAYLOAD_MAX {
            Err(machine::Error::Io {
                what: "append",
                path: "journal".to_owned(),
                source: std::io::ErrorKind::FileTooLarge.into(),
            })
        } else {
            machine.append_journal(&bytes)
        };
        self.checked("append", appended)
    }

    pub(crate) fn checked(
        &mut self,
        what: &'static str,
        done: Result<(), machine::Error>,
    ) -> Result<(), Error> {
        done.map_err(|source| {
            self.state = State::Failed;
            Error::Journal { what, source }
        })
    }

    pub(crate) fn require_open(&self) -> Result<(), Error> {
        match self.state {
            State::Open => Ok(()),
            State::MustUndo => Err(Error::MustUndo),
            State::Failed | State::Closed => Err(Error::JournalFailed),
        }
    }
}

/// Names what was tried with the journal when it failed.
pub(crate) fn journal(what: &'static str) -> impl Fn(machine::Error) -> Error {
    move |source| Error::Journal { what, source }
}

/// Cuts records into frames, in order.
fn frames_of(records: Vec<Record>) -> Vec<Vec<Record>> {
    let mut frames = Vec::new();
    let (mut frame, mut bytes) = (Vec::new(), 0);
    for record in records {
        let size = record.size();
        if bytes + size > FRAME_BYTES && !frame.is_empty() {
            frames.push(std::mem::take(&mut frame));
            bytes = 0;
        }
        bytes += size;
        frame.push(record);
    }
    if !frame.is_empty() {
        frames.push(frame);
    }
    frames
}
