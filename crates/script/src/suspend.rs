//! A transaction that waits for a restart (ForceReboot): put by, gone on with, or undone. docs/journal.md has the argument.
//!
//! Follows: Microsoft, "ForceReboot Action", "System Reboots".

use machine::Machine;

use crate::Error;
use crate::frame::{Frame, Suspend, read};
use crate::journal::{Journal, State, journal, require_id};
use crate::prepare::Before;
use crate::record::Record;
use crate::recover::{Recovered, closed, undo_active};

/// A transaction that waits for a restart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspended {
    /// Its id.
    pub id: String,
    /// What [`Journal::suspend`] was given to go on with it.
    pub data: String,
}

/// Returns the transaction that waits for a restart, if one does.
///
/// Errors: [`Error::Journal`], [`Error::Damaged`].
pub fn suspended(machine: &dyn Machine) -> Result<Option<Suspended>, Error> {
    let bytes = machine.read_suspended_journal().map_err(journal("read"))?;
    let Some(bytes) = bytes else {
        return Ok(None);
    };
    parse_suspended(&bytes).map(Some)
}

/// Returns what the journal of a transaction that waits for a restart says.
///
/// Errors: [`Error::Damaged`].
pub fn parse_suspended(journal: &[u8]) -> Result<Suspended, Error> {
    let mut suspended = Suspended {
        id: String::new(),
        data: String::new(),
    };
    for frame in read("suspended", journal)? {
        match frame {
            Frame::Begin(begin) => suspended.id = begin.id,
            Frame::Suspend(suspend) => suspended.data = suspend.data,
            Frame::Undo(_) | Frame::Notes(_) | Frame::About(_) => {}
        }
    }
    Ok(suspended)
}

/// Makes the transaction that waits for a restart the one under way, under a new id: what it did before is undone with
/// what it does from now on. `about` is handed back by [`crate::recover`].
///
/// Errors: [`Error::BadId`]; [`Error::Journal`] where none waits, or another is unfinished.
pub fn resume(machine: &mut dyn Machine, id: &str, about: &str) -> Result<Journal, Error> {
    require_id(id)?;
    machine.resume_journal().map_err(journal("resume"))?;
    let bytes = machine.read_journal().map_err(journal("read"))?;
    let mut records = Vec::new();
    for frame in read("active", &bytes.unwrap_or_default())? {
        match frame {
            Frame::Begin(begin) => records.extend(begin.undo),
            Frame::Undo(more) => records.extend(more),
            Frame::Notes(_) | Frame::About(_) | Frame::Suspend(_) => {}
        }
    }
    Ok(Journal::new(
        id,
        about,
        Before::of_records(&records, machine)?,
    ))
}

/// Undoes the transaction that waits for a restart; none waits: nothing. Append its events, then [`crate::tidy`] it.
///
/// Errors: as [`crate::recover`], which tries again.
pub fn undo_suspended(machine: &mut dyn Machine) -> Result<Option<Recovered>, Error> {
    let waits = machine.read_suspended_journal().map_err(journal("read"))?;
    if waits.is_none() {
        return Ok(None);
    }
    machine.resume_journal().map_err(journal("resume"))?;
    let name = undo_active(machine)?.name;
    closed(machine, &name)
}

impl Journal {
    /// Puts the transaction by: everything so far stays as it is, for others to see, and can still be undone. Durable
    /// on return. `about` is handed back if it is undone, `data` by [`suspended`].
    ///
    /// What undoes the changes of the registry is recorded now, value by value: others write to it meanwhile.
    ///
    /// Errors: as [`Journal::commit`].
    pub fn suspend(
        &mut self,
        machine: &mut dyn Machine,
        about: &str,
        data: &str,
    ) -> Result<(), Error> {
        self.publish(machine)?;
        let changes = machine.registry_changes_back();
        let changes = changes.map_err(journal("compare the registry"))?;
        // Records are undone in reverse.
        let records = changes.into_iter().rev().map(Record::from).collect();
        self.record(records, machine)?;
        let suspend = Suspend {
            about: about.to_owned(),
            data: data.to_owned(),
        };
        self.append(&Frame::Suspend(suspend), machine)?;
        self.sync(machine)?;
        let put_by = machine.suspend_journal();
        self.checked("suspend", put_by)?;
        self.state = State::Closed;
        Ok(())
    }
}
