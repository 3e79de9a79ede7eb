//! The world of an installation: the machine, the gate, the journal, the event log.

use std::time::Duration;

use gate::{Cancel, Gate, Hold, Wait};
use script::{Closed, Ending, Journal, Operation, Progress, Recovered, Source};
use sequence::Table;

use crate::notes::{self, Notes};
use crate::suspension::{Record, Suspension};
use crate::wineserver::{remaining, wait_for_wineserver};
use crate::world::{ChangingSite, Executed, Site, World};
use crate::{Error, HolderReport, Host, Log, Ui};

/// A machine that is changed.
pub(crate) struct Real<'a> {
    pub(crate) machine: &'a mut dyn ChangingSite,
    pub(crate) gate: Option<&'a Gate>,
    pub(crate) events: Option<events::Log>,
    pub(crate) host: &'a Host,
    pub(crate) cancel: &'a Cancel,
    pub(crate) wait: Wait,
    pub(crate) hold: Option<Hold>,
    pub(crate) journal: Option<Journal>,
    pub(crate) table: Option<Table>,
}

impl Real<'_> {
    /// Undoes or tidies what interrupted transactions left. Only under the gate. Returns what was found.
    pub(crate) fn recover(&mut self, log: &mut Log) -> Result<Vec<Found>, Error> {
        self.machine.refresh();
        let (events, host) = (self.events.as_ref(), self.host);
        let mut found = Vec::new();
        self.machine.with_each_journal(&mut |machine| {
            for transaction in script::recover(machine)? {
                found.push(told(&transaction, events, host, log)?);
                script::tidy(machine, &transaction.journal)?;
            }
            Ok(())
        })?;
        self.machine.refresh();
        self.tell_wait()?;
        Ok(found)
    }

    /// Undoes the transaction that waits for a restart. Only under the gate. Returns what was found.
    pub(crate) fn undo_waiting(&mut self, log: &mut Log) -> Result<Vec<Found>, Error> {
        let (events, host) = (self.events.as_ref(), self.host);
        let mut found = Vec::new();
        self.machine.with_each_journal(&mut |machine| {
            if let Some(transaction) = script::undo_suspended(machine)? {
                found.push(told(&transaction, events, host, log)?);
                script::tidy(machine, &transaction.journal)?;
            }
            Ok(())
        })?;
        self.machine.refresh();
        Ok(found)
    }

    /// What the event log was not told of the wait because the process ended.
    fn tell_wait(&mut self) -> Result<(), Error> {
        match self.suspended() {
            Ok(Some(waiting)) => notes::finish(self.events.as_ref(), &waiting.record.notes),
            // What is not understood is told when somebody wants to go on with it.
            _ => Ok(()),
        }
    }

    fn close(&mut self, closed: Closed, notes: &Notes) -> Result<(), Error> {
        notes::finish(self.events.as_ref(), notes)?;
        closed.tidy(self.machine.as_machine())?;
        Ok(())
    }
}

/// Tells the event log and the log how an interrupted transaction ended.
fn told(
    transaction: &Recovered,
    events: Option<&events::Log>,
    host: &Host,
    log: &mut Log,
) -> Result<Found, Error> {
    let (notes, ending) = match transaction.ending {
        Ending::Undone => {
            let notes = Notes::from_json(transaction.about.as_bytes());
            (notes.at((host.now)()), "undone")
        }
        Ending::Committed => (Notes::from_json(&transaction.notes), "completed"),
    };
    log.line(&format!(
        "Recovery: the interrupted transaction {} of {} was {ending}.",
        transaction.id, notes.name
    ));
    notes::finish(events, &notes)?;
    Ok(Found {
        transaction: transaction.id.clone(),
        product_name: notes.name,
        ending,
    })
}

/// An interrupted transaction that recovery found.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Found {
    /// Its id.
    pub transaction: String,
    /// The product's name.
    pub product_name: String,
    /// `undone`, or `completed`: it was past its commit point.
    pub ending: &'static str,
}

/// Takes a gate with msiexec's lines in the log.
pub(crate) fn take(
    gate: &Gate,
    who: &gate::Taker,
    wait: Wait,
    cancel: &Cancel,
    log: &mut Log,
    ui: &mut dyn Ui,
) -> Result<Hold, Error> {
    let taken = gate.take(who, wait, cancel, &mut |state| {
        let holder = state.holder.as_deref().map(HolderReport::from);
        ui.waiting(holder.as_ref(), state.place as u64);
        ui.asks_again()
    });
    match taken {
        Ok(hold) => {
            log.line("Grabbed execution mutex.");
            log.line("Incrementing counter to disable shutdown. Counter after increment: 0");
            Ok(hold)
        }
        Err(error) => {
            // 258 is WAIT_TIMEOUT.
            log.line("Failed to grab execution mutex. System error 258.");
            Err(error.into())
        }
    }
}

impl World for Real<'_> {
    fn site(&self) -> &dyn Site {
        self.machine.as_site()
    }

    fn installs(&self) -> bool {
        true
    }

    fn gate(&self) -> Option<&Gate> {
        self.gate
    }

    fn enter(
        &mut self,
        who: gate::Taker,
        table: Table,
        log: &mut Log,
        ui: &mut dyn Ui,
    ) -> Result<(), Error> {
        let begun = (self.host.now)();
        if self.hold.is_none()
            && let Some(gate) = self.gate
        {
            self.hold = Some(take(gate, &who, self.wait, self.cancel, log, ui)?);
        }
        let left = remaining(self.wait, self.host.since(begun));
        wait_for_wineserver(&*self.machine, left, self.host, self.cancel, ui, log)?;
        self.table = Some(table);
        self.recover(log)?;
        Ok(())
    }

    fn admits_nested(&self) -> bool {
        match (self.gate, &self.hold) {
            (Some(gate), Some(hold)) => hold.token().admits(gate),
            (Some(_), None) => false,
            (None, _) => true,
        }
    }

    fn goes_on(&mut self, who: gate::Taker, table: Table) {
        self.table = Some(table);
        if let Some(hold) = &mut self.hold {
            // The record is for people; that it could not be written changes nothing.
            let _ = hold.update(|holder| {
                holder.product_code = who.product_code;
                holder.product_name = who.product_name;
                holder.version = who.version;
                holder.package = who.package;
                holder.sequence = Some(table.name().to_owned());
                holder.action = None;
            });
        }
    }

    fn retell(&mut self, notes: &Notes) -> Result<(), Error> {
        if let Some(journal) = &mut self.journal {
            journal.retell(&notes.to_json(), self.machine.as_machine())?;
        }
        Ok(())
    }

    fn tell(&mut self, action: &str) {
        if let Some(hold) = &mut self.hold {
            let table = self.table.map(|table| table.name().to_owned());
            // The record is for people; that it could not be written changes nothing.
            let _ = hold.update(|holder| {
                holder.sequence = table;
                holder.action = Some(action.to_owned());
            });
        }
    }

    fn leave(&mut self, log: &mut Log) {
        self.table = None;
        if let Some(hold) = self.hold.take() {
            // The lock ends with its descriptor in any case.
            let _ = hold.release();
            log.line(
                "Decrementing counter to disable shutdown. If counter >= 0, shutdown will be denied.  Counter after decrement: -1",
            );
        }
    }

    fn begin(&mut self, id: &str, notes: &Notes) -> Result<(), Error> {
        self.journal = Some(script::begin(
            self.machine.as_machine(),
            id,
            &notes.to_json(),
        )?);
        Ok(())
    }

    fn is_open(&self) -> bool {
        self.journal.is_some()
    }

    fn execute(
        &mut self,
        operations: &[Operation],
        source: &mut dyn Source,
        progress: &mut dyn Progress,
    ) -> Result<Executed, Error> {
        if let Some(journal) = &mut self.journal {
            journal.run(operations, self.machine.as_machine(), source, progress)?;
        }
        Ok(Executed::InMachine)
    }

    fn publish(&mut self) -> Result<(), Error> {
        if let Some(journal) = &mut self.journal {
            journal.publish(self.machine.as_machine())?;
        }
        Ok(())
    }

    fn commit(&mut self, notes: &Notes) -> Result<Duration, Error> {
        let Some(journal) = &mut self.journal else {
            return Ok(Duration::ZERO);
        };
        let begun = (self.host.now)();
        let closed = journal.commit(self.machine.as_machine(), notes.to_json().as_bytes());
        if !matches!(closed, Err(script::Error::RegistryTaken(_))) {
            // Committed, or for `recover` to tell. Otherwise it is still open, to be undone.
            self.journal = None;
        }
        let closed = closed?;
        let took = self.host.since(begun);
        self.close(closed, notes)?;
        Ok(took)
    }

    fn undo(&mut self, notes: &Notes) -> Result<(), Error> {
        let Some(journal) = self.journal.take() else {
            return Ok(());
        };
        let closed = journal.undo(self.machine.as_machine())?;
        self.close(closed, notes)
    }

    fn keep(&mut self, notes: &Notes) -> Result<(), Error> {
        let Some(journal) = &mut self.journal else {
            return Ok(());
        };
        let kept = journal.keep(self.machine.as_machine(), notes.to_json().as_bytes());
        if matches!(kept, Err(script::Error::RegistryTaken(_))) {
            // Half of it would be in the files and nothing in the registry.
            self.undo(notes)?;
        }
        self.journal = None;
        self.close(kept?, notes)
    }

    fn suspended(&mut self) -> Result<Option<Suspension>, Error> {
        let mut found = None;
        self.machine.with_each_journal(&mut |machine| {
            if found.is_none() {
                found = script::suspended(machine)?;
            }
            Ok(())
        })?;
        found.map(Suspension::read).transpose()
    }

    fn suspend(&mut self, undone: &Notes, record: &Record) -> Result<(), Error> {
        let Some(journal) = &mut self.journal else {
            return Ok(());
        };
        // Plain structs with text keys cannot fail to serialize.
        let data = serde_json::to_string(record).unwrap_or_default();
        let put_by = journal.suspend(self.machine.as_machine(), &undone.to_json(), &data);
        if !matches!(put_by, Err(script::Error::RegistryTaken(_))) {
            self.journal = None;
        }
        Ok(put_by?)
    }

    fn resume(&mut self, id: &str, notes: &Notes) -> Result<(), Error> {
        let journal = script::resume(self.machine.as_machine(), id, &notes.to_json())?;
        self.journal = Some(journal);
        Ok(())
    }

    fn undo_suspended(&mut self, log: &mut Log) -> Result<(), Error> {
        self.undo_waiting(log).map(drop)
    }

    fn write_notes(&mut self, notes: &Notes) -> Result<(), Error> {
        notes::finish(self.events.as_ref(), notes)
    }
}
