//! Taking the gate: the queue, the turn, the lock, the record.

use crate::Gate;
use crate::answer::Probe;
use crate::cancel::Cancel;
use crate::error::{Surroundings, TakeError};
use crate::files::{self, Folder, LockFile};
use crate::hold::Hold;
use crate::holder::{Holder, Taker};
use crate::lock;
use crate::patience::{Patience, Woken};
use crate::probe::{self, LOCK};
use crate::queue::{NoTicket, Queue, Ticket, insist};
use crate::wait::{Wait, WaitState};
use jiff::{Timestamp, Unit};
use rustix::rand::{GetRandomFlags, getrandom};
use std::sync::Arc;
use std::time::Duration;

/// The bits of a generation: the end of its lock stays below the greatest file offset.
const GENERATION_MASK: u64 = (1 << 62) - 1;

/// The most characters of each text of a record.
const TEXT_CHARS_MAX: usize = 1000;

/// One attempt under way.
struct Attempt<'a> {
    gate: &'a Gate,
    queue: Arc<Queue>,
    patience: Patience<'a>,
}

impl Gate {
    /// Waits for its turn and takes the gate; until the [`Hold`] is released or dropped, or the process
    /// ends, nobody else has it. Makes the gate's folder where it is not there.
    ///
    /// While it waits, `observer` is called at once and whenever the queue before it moves; it returns
    /// after how long it wants to be called again at the latest (None: only then).
    ///
    /// Errors: [`TakeError`]. Once the time of `wait` is over, that is always
    /// [`TakeError::AlreadyRunning`] (1618).
    pub fn take(
        &self,
        who: &Taker,
        wait: Wait,
        cancel: &Cancel,
        observer: &mut dyn FnMut(&WaitState) -> Option<Duration>,
    ) -> Result<Hold, TakeError> {
        let patience = Patience::new(wait, cancel);
        self.refuse_own_child(who)?;
        let folder = Folder::open_or_make(self.folder())?;
        let attempt = Attempt {
            gate: self,
            queue: Arc::new(Queue::open_or_make(&folder)?),
            patience,
        };
        attempt.run(folder, who, observer)
    }

    /// Refuses a taker whose ancestor holds the gate, as that one waits for the taker to end.
    fn refuse_own_child(&self, who: &Taker) -> Result<(), TakeError> {
        match who.parent.map(|parent| (parent, self.probe())) {
            Some((parent, Probe::Held { holder, generation })) if generation == parent => {
                Err(TakeError::OwnParent { holder })
            }
            _ => Ok(()),
        }
    }
}

impl Attempt<'_> {
    fn run(
        self,
        folder: Folder,
        who: &Taker,
        observer: &mut dyn FnMut(&WaitState) -> Option<Duration>,
    ) -> Result<Hold, TakeError> {
        let mut record = describe(who);
        let generation = new_generation(&folder)?;
        let enter = || try_enter(&folder, generation);
        let (ticket, lock) = match self.queue.draw(&record, &self.patience, enter) {
            Ok(drawn) => drawn,
            Err(NoTicket::Surroundings(reason)) => return Err(reason.into()),
            Err(NoTicket::Cancelled) => return Err(self.ended(Woken::Cancelled, None)),
            Err(NoTicket::Refused) => return Err(self.ended(Woken::Deadline, None)),
        };
        let (folder, lock) = match lock {
            Some(lock) => (folder, lock),
            None => {
                // A waiter keeps open what it must: the queue, its own pipe and that of the one before it.
                drop(folder);
                self.wait_and_enter(&ticket, generation, observer)?
            }
        };
        record.generation = generation;
        record.ticket = ticket.number();
        record.since = now();
        Ok(Hold::begin(folder, lock, ticket, record)?)
    }

    /// Waits until nobody is before `ticket`, and locks the gate.
    fn wait_and_enter(
        &self,
        ticket: &Ticket,
        generation: u64,
        observer: &mut dyn FnMut(&WaitState) -> Option<Duration>,
    ) -> Result<(Folder, LockFile), TakeError> {
        let woken = ticket.wait_turn(&self.patience, || self.look(ticket, observer))?;
        if woken != Woken::Ready {
            return Err(self.ended(woken, Some(ticket)));
        }
        let folder = Folder::open_or_make(self.gate.folder())?;
        // Holders queue, so it is free; but a program that was just being started by one that died may have the lock
        // for a moment more, and a stranger as long as it likes.
        let mut lock = None;
        let woken = insist(&self.patience, || {
            lock = try_enter(&folder, generation)?;
            Ok(lock.is_some())
        })?;
        let lock = lock.ok_or_else(|| self.ended(woken, Some(ticket)))?;
        Ok((folder, lock))
    }

    /// Tells the observer how the wait stands.
    fn look(
        &self,
        ticket: &Ticket,
        observer: &mut dyn FnMut(&WaitState) -> Option<Duration>,
    ) -> Result<Option<Duration>, TakeError> {
        Ok(observer(&WaitState {
            place: self.place(ticket)?,
            holder: self.in_the_way(Some(ticket)),
            waited: self.patience.waited(),
        }))
    }

    /// Returns the place of `ticket`. The holder has a ticket too, but no place.
    fn place(&self, ticket: &Ticket) -> Result<usize, Surroundings> {
        let held = !matches!(self.gate.probe(), Probe::Free);
        let ahead = ticket.ahead()?;
        Ok((ahead + 1).saturating_sub(usize::from(held)).max(1))
    }

    /// Returns who holds the gate or, when that is not known, who is before this taker.
    fn in_the_way(&self, ticket: Option<&Ticket>) -> Option<Box<Holder>> {
        let number = ticket.map_or(u64::MAX, Ticket::number);
        match self.gate.probe() {
            Probe::Held {
                holder: Some(holder),
                ..
            } => Some(holder),
            _ => self.queue.head_before(number).map(Box::new),
        }
    }

    fn ended(&self, woken: Woken, ticket: Option<&Ticket>) -> TakeError {
        let holder = self.in_the_way(ticket);
        let waited = self.patience.waited();
        if woken == Woken::Cancelled {
            return TakeError::Cancelled { holder, waited };
        }
        TakeError::AlreadyRunning {
            holder,
            place: ticket.and_then(|ticket| self.place(ticket).ok()),
            waited,
        }
    }
}

/// Locks the gate; None: another has it.
fn try_enter(folder: &Folder, generation: u64) -> Result<Option<LockFile>, Surroundings> {
    loop {
        let lock = folder.open_lock(LOCK)?;
        let got = lock::try_lock(&lock, generation);
        if !got.map_err(|source| probe::lock_error(folder, source))? {
            return Ok(None);
        }
        // A stranger may have put another file in its place: then that one is the lock.
        if folder.still_names(LOCK, &lock)? {
            return Ok(Some(lock));
        }
    }
}

/// Returns the record of a taker that does not hold the gate yet.
fn describe(who: &Taker) -> Holder {
    let (process_start, pid_namespace) = files::process_identity();
    let uid = rustix::process::getuid().as_raw();
    Holder {
        generation: 0,
        ticket: 0,
        product_code: who.product_code.as_deref().map(clip),
        product_name: who.product_name.as_deref().map(clip),
        version: who.version.as_deref().map(clip),
        package: who.package.as_deref().map(clip),
        command: clip(&who.command),
        sequence: None,
        action: None,
        pid: std::process::id(),
        process_start,
        pid_namespace,
        host: rustix::system::uname()
            .nodename()
            .to_string_lossy()
            .into_owned(),
        user: who.user.clone().unwrap_or_else(|| files::user_name(uid)),
        since: now(),
    }
}

/// Returns so much of a text as a record holds of each: a command line can be longer than what is read.
fn clip(text: &str) -> String {
    match text.len() <= TEXT_CHARS_MAX {
        true => text.to_owned(),
        false => text.chars().take(TEXT_CHARS_MAX).collect(),
    }
}

/// Returns the time of the host's clock, to the millisecond.
fn now() -> Timestamp {
    let now = Timestamp::now();
    now.round(Unit::Millisecond).unwrap_or(now)
}

/// Returns a random number of 62 bits that is not 0.
fn new_generation(folder: &Folder) -> Result<u64, Surroundings> {
    let mut bytes = [0_u8; 8];
    // Eight bytes come whole or not at all.
    getrandom(&mut bytes, GetRandomFlags::empty()).map_err(|error| folder.error(LOCK, error))?;
    Ok((u64::from_le_bytes(bytes) & GENERATION_MASK).max(1))
}
