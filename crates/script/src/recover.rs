//! What brings a machine back to the end of a transaction: undo before the commit point, tidying after it.
//!
//! Each step can be cut short anywhere and done again. Nothing here needs the process that began.

use machine::Machine;

use crate::Error;
use crate::frame::{Frame, read};
use crate::journal::{Closed, Ending, journal};
use crate::record::Record;

/// A transaction that recovery found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// The closed journal's name, for [`tidy`].
    pub journal: String,
    /// The transaction's id.
    pub id: String,
    /// What [`crate::begin`] was told of it.
    pub about: String,
    /// Was it undone, or was it committed and only has to be tidied?
    pub ending: Ending,
    /// What [`crate::Journal::commit`] was given; empty where it was undone.
    pub notes: Vec<u8>,
}

/// Undoes an unfinished transaction, and returns it with those that ended and were not tidied, oldest first.
/// Append the events of each, then [`tidy`] it.
///
/// Errors: [`Error::Undo`], [`Error::Journal`], [`Error::Damaged`]. Do it again when the cause is removed.
pub fn recover(machine: &mut dyn Machine) -> Result<Vec<Recovered>, Error> {
    let mut found = Vec::new();
    for name in machine.closed_journals().map_err(journal("list"))? {
        found.extend(closed(machine, &name)?);
    }
    if machine.read_journal().map_err(journal("read"))?.is_some() {
        let name = undo_active(machine)?.name;
        found.extend(closed(machine, &name)?);
    }
    Ok(found)
}

/// Removes a closed journal with all that it saved. Safe to repeat.
///
/// Errors: the machine's, as [`Error::Journal`].
pub fn tidy(machine: &mut dyn Machine, name: &str) -> Result<(), Error> {
    machine.remove_closed_journal(name).map_err(journal("tidy"))
}

/// Returns what a closed journal says; one that says nothing is tidied at once.
pub(crate) fn closed(machine: &mut dyn Machine, name: &str) -> Result<Option<Recovered>, Error> {
    let bytes = machine.read_closed_journal(name).map_err(journal("read"))?;
    let (ending, id) = match name.split_once('-') {
        Some(("committed", id)) => (Ending::Committed, id),
        _ => (Ending::Undone, name.strip_prefix("undone-").unwrap_or(name)),
    };
    let (mut about, mut notes) = (None, Vec::new());
    for frame in read(name, &bytes)? {
        match frame {
            Frame::Begin(begin) => about = Some(begin.about),
            Frame::Suspend(suspend) => about = Some(suspend.about),
            Frame::About(text) => about = Some(text),
            Frame::Notes(part) if ending == Ending::Committed => notes.extend(part),
            Frame::Notes(_) | Frame::Undo(_) => {}
        }
    }
    let Some(about) = about else {
        tidy(machine, name)?;
        return Ok(None);
    };
    let (journal, id) = (name.to_owned(), id.to_owned());
    Ok(Some(Recovered {
        journal,
        id,
        about,
        ending,
        notes,
    }))
}

/// Undoes the active transaction from what its journal says, and closes it.
pub(crate) fn undo_active(machine: &mut dyn Machine) -> Result<Closed, Error> {
    let bytes = machine
        .read_journal()
        .map_err(journal("read"))?
        .unwrap_or_default();
    // A process that ended while it began left no id, and did nothing.
    let mut id = "unbegun".to_owned();
    let mut records = Vec::new();
    for frame in read("active", &bytes)? {
        match frame {
            Frame::Begin(begin) => {
                id = begin.id;
                records.extend(begin.undo);
            }
            Frame::Undo(more) => records.extend(more),
            Frame::Notes(_) | Frame::About(_) | Frame::Suspend(_) => {}
        }
    }
    machine
        .restore_registry()
        .map_err(journal("restore the registry"))?;
    let mut failed = None;
    // First everything out of the way that was not there: a file may stand where a folder was, and the other way round.
    let (new, old): (Vec<&Record>, Vec<&Record>) = records
        .iter()
        .rev()
        .partition(|record| record.was_nothing());
    for record in new.into_iter().chain(old) {
        if let Err(source) = record.undo(machine) {
            failed.get_or_insert(Error::Undo {
                record: record.to_string(),
                source,
            });
        }
    }
    if let Some(error) = failed {
        return Err(error);
    }
    // With records of the registry there is something to publish, unless the hives of before were put back whole.
    let done = if records.iter().any(Record::is_of_registry) {
        machine.publish_registry()
    } else {
        machine.sync()
    };
    done.map_err(journal("sync"))?;
    machine
        .close_journal(Ending::Undone.name(), &id)
        .map_err(journal("close"))?;
    Ok(Closed::new(Ending::Undone, &id))
}
