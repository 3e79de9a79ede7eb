//! The queue: one named pipe per ticket, alive while its maker keeps it open for writing.
//!
//! A waiter reads the pipe of the one before it. When that one goes, however it goes, the kernel closes
//! its end and wakes exactly this waiter. Numbers are given out, and dead tickets swept, under
//! `queue/lock`; everything else needs no lock. Who finds nobody waiting and the gate free has the ticket 0, whose
//! pipe is always there: coming in then makes no file and removes none. `docs/gate.md` argues the races.

use crate::error::{Surroundings, TakeError};
use crate::files::{Folder, LockFile};
use crate::holder::Holder;
use crate::lock;
use crate::patience::{Patience, Woken};
use crate::probe::lock_error;
use crate::wait::Wait;
use rustix::io::Errno;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const QUEUE: &str = "queue";
const LOCK: &str = "lock";
/// A pipe that is not yet a ticket.
const ASIDE: &str = "new";
/// The pipe of ticket 0.
const FIRST: &str = "0";

/// How long a taker that does not wait gives the queue's lock, which others keep for microseconds. It is
/// used up only when a process was stopped in those microseconds.
const QUEUE_LOCK_GRACE: Duration = Duration::from_secs(3);
/// The rests between tries for a lock grow from the first to the second.
const NAPS: (Duration, Duration) = (Duration::from_micros(200), Duration::from_millis(20));

/// The opened queue of a gate.
pub(crate) struct Queue {
    folder: Folder,
}

/// A place in the queue. Dropped, it is given up.
pub(crate) struct Ticket {
    queue: Arc<Queue>,
    /// 0: it was taken with the gate, by one that found nobody before it.
    number: u64,
    /// The writing end. While it is open, the ticket is alive.
    alive: Option<OwnedFd>,
}

/// What numbers there are.
struct Taken {
    /// The highest of them; 0: none.
    highest: u64,
    /// Whether one of them is a live ticket. Ticket 0 is none of them.
    is_waited: bool,
}

/// Why there is no ticket.
pub(crate) enum NoTicket {
    /// Others are there, and the taker does not wait; or the queue's lock did not come free in time.
    Refused,
    /// The wait was called off.
    Cancelled,
    /// The queue cannot be used.
    Surroundings(Surroundings),
}

impl From<Surroundings> for NoTicket {
    fn from(reason: Surroundings) -> NoTicket {
        NoTicket::Surroundings(reason)
    }
}

impl Queue {
    /// Opens the queue of the gate in `gate`; None when there is none.
    pub(crate) fn open(gate: &Path) -> Result<Option<Queue>, Surroundings> {
        let folder = Folder::open(&gate.join(QUEUE))?;
        Ok(folder.map(|folder| Queue { folder }))
    }

    /// Opens the queue of the gate in `gate`, made where it is not there.
    pub(crate) fn open_or_make(gate: &Folder) -> Result<Queue, Surroundings> {
        let folder = gate.inner(QUEUE)?;
        Ok(Queue { folder })
    }

    /// Returns the numbers of the live tickets, lowest first.
    pub(crate) fn live(&self) -> Result<Vec<u64>, Surroundings> {
        let mut live = Vec::new();
        for number in self.numbers()? {
            if self.watch(number)?.is_some() {
                live.push(number);
            }
        }
        Ok(live)
    }

    /// Returns what the owner of a ticket told.
    pub(crate) fn record(&self, number: u64) -> Option<Holder> {
        let text = self.folder.read_record(&record_name(number)).ok()??;
        serde_json::from_str(&text).ok()
    }

    /// Returns what the live ticket before all others tells; None when there is none before `number`.
    pub(crate) fn head_before(&self, number: u64) -> Option<Holder> {
        let head = self.live().ok()?.first().copied();
        self.record(head.filter(|head| *head < number)?)
    }

    /// Draws a ticket for the taker that `record` describes.
    ///
    /// Where nobody waits, `enter` tries to lock the gate; who gets it has the ticket 0, and the lock with it.
    pub(crate) fn draw(
        self: &Arc<Queue>,
        record: &Holder,
        patience: &Patience<'_>,
        enter: impl FnOnce() -> Result<Option<LockFile>, Surroundings>,
    ) -> Result<(Ticket, Option<LockFile>), NoTicket> {
        let lock = self.lock(patience)?;
        let taken = self.sweep()?;
        if !taken.is_waited
            && let Some(gate) = enter()?
        {
            return Ok((self.first()?, Some(gate)));
        }
        if patience.wait() == Wait::No {
            return Err(NoTicket::Refused);
        }
        let number = taken.highest.checked_add(1);
        let number = number.ok_or_else(|| Surroundings::TicketsUsedUp {
            path: self.folder.path().to_owned(),
        })?;
        let ticket = self.name_ticket(number, record)?;
        drop(lock);
        Ok((ticket, None))
    }

    /// Makes the ticket `number`, with its record.
    fn name_ticket(self: &Arc<Queue>, number: u64, record: &Holder) -> Result<Ticket, NoTicket> {
        let ticket = Ticket {
            queue: Arc::clone(self),
            number,
            alive: Some(self.folder.make_pipe(ASIDE)?),
        };
        let record = Holder {
            ticket: number,
            ..record.clone()
        };
        let text = serde_json::to_string(&record)
            .map_err(|error| self.folder.error(&record_name(number), error))?;
        self.folder
            .write_new(&record_name(number), text.as_bytes())?;
        self.folder.rename(ASIDE, &number.to_string())?;
        Ok(ticket)
    }

    /// Takes the ticket 0. Only under the queue's lock, with the gate's, and while nobody waits: nobody watches the
    /// pipe, so that it may be another one.
    fn first(self: &Arc<Queue>) -> Result<Ticket, Surroundings> {
        let alive = match self.folder.enliven_pipe(FIRST)? {
            Some(pipe) => pipe,
            None => {
                let pipe = self.folder.make_pipe(ASIDE)?;
                self.folder.rename(ASIDE, FIRST)?;
                pipe
            }
        };
        Ok(Ticket {
            queue: Arc::clone(self),
            number: 0,
            alive: Some(alive),
        })
    }

    /// Takes the queue's lock. It is free again when the result is dropped.
    fn lock(&self, patience: &Patience<'_>) -> Result<LockFile, NoTicket> {
        let file = self.folder.open_lock(LOCK)?;
        let patience = patience.or_grace(QUEUE_LOCK_GRACE);
        let try_lock = || {
            let got = lock::try_lock(&file, 0);
            got.map_err(|source| lock_error(&self.folder, source))
        };
        match insist(&patience, try_lock)? {
            Woken::Ready => Ok(file),
            Woken::Cancelled => Err(NoTicket::Cancelled),
            Woken::Deadline | Woken::Rested => Err(NoTicket::Refused),
        }
    }

    /// Removes dead tickets and what their makers left; returns what remains. Only under the queue's lock: no ticket is
    /// being made now.
    fn sweep(&self) -> Result<Taken, Surroundings> {
        let names = self.folder.names()?;
        let mut live = Vec::new();
        let mut highest = 0;
        for name in &names {
            match number(name) {
                Some(0) => {}
                Some(ticket) if self.watch(ticket)?.is_some() => live.push(ticket),
                // What cannot be removed (a folder, say) is no ticket, but its number is taken.
                Some(ticket) if self.folder.remove(name).is_err() => highest = highest.max(ticket),
                Some(_) => {}
                None if name == ASIDE => self.folder.remove(name)?,
                None => {}
            }
        }
        for name in &names {
            let Some(ticket) = name.strip_suffix(".json").and_then(number) else {
                continue;
            };
            if !live.contains(&ticket) && self.folder.remove(name).is_err() {
                highest = highest.max(ticket);
            }
        }
        Ok(Taken {
            highest: live.iter().copied().fold(highest, u64::max),
            is_waited: !live.is_empty(),
        })
    }

    fn numbers(&self) -> Result<Vec<u64>, Surroundings> {
        let names = self.folder.names()?;
        let mut numbers: Vec<u64> = names.iter().filter_map(|name| number(name)).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// Returns the reading end of a ticket's pipe, which hangs up when its owner goes; None: it has gone.
    fn watch(&self, number: u64) -> Result<Option<OwnedFd>, Surroundings> {
        let name = number.to_string();
        let Some(pipe) = self.folder.watch_pipe(&name)? else {
            return Ok(None);
        };
        // A pipe without a writer reads as ended; poll would not tell, as it never had one since our open.
        match rustix::io::read(&pipe, &mut [0_u8; 1]) {
            Ok(0) => Ok(None),
            Ok(_) | Err(Errno::AGAIN) => Ok(Some(pipe)),
            Err(error) => Err(self.folder.error(&name, error)),
        }
    }

    /// Returns the nearest live ticket before `number`.
    fn before(&self, number: u64) -> Result<Option<OwnedFd>, Surroundings> {
        let numbers = self.numbers()?;
        for earlier in numbers.into_iter().rev().filter(|other| *other < number) {
            if let Some(pipe) = self.watch(earlier)? {
                return Ok(Some(pipe));
            }
        }
        Ok(None)
    }
}

impl Ticket {
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Returns how many live tickets are before this one.
    pub(crate) fn ahead(&self) -> Result<usize, Surroundings> {
        let live = self.queue.live()?;
        Ok(live.iter().filter(|other| **other < self.number).count())
    }

    /// Waits until nobody is before this ticket ([`Woken::Ready`]), or for what else ends the wait.
    ///
    /// `look` is called before each sleep and says how long the sleep may be before the next call.
    pub(crate) fn wait_turn(
        &self,
        patience: &Patience<'_>,
        mut look: impl FnMut() -> Result<Option<Duration>, TakeError>,
    ) -> Result<Woken, TakeError> {
        while let Some(before) = self.queue.before(self.number)? {
            let nap = look()?;
            let woken = patience.sleep(Some(before.as_fd()), nap);
            let woken = woken.map_err(|error| self.queue.folder.error(LOCK, error))?;
            if matches!(woken, Woken::Deadline | Woken::Cancelled) {
                return Ok(woken);
            }
        }
        Ok(Woken::Ready)
    }

    /// Leaves the queue. The pipe closes last, so that who is woken by it finds the way clear.
    pub(crate) fn leave(&mut self) -> Result<(), Surroundings> {
        let Some(alive) = self.alive.take() else {
            return Ok(());
        };
        if self.number == 0 {
            drop(alive);
            return Ok(());
        }
        // The record first: once the name is gone, the number may be another's.
        let record = self.queue.folder.remove(&record_name(self.number));
        let name = self.queue.folder.remove(&self.number.to_string());
        drop(alive);
        record.and(name)
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        // A name that stays behind belongs to a dead ticket now, and the next sweep takes it.
        let _ = self.leave();
    }
}

/// Tries until it succeeds ([`Woken::Ready`]) or patience ends.
pub(crate) fn insist(
    patience: &Patience<'_>,
    mut attempt: impl FnMut() -> Result<bool, Surroundings>,
) -> Result<Woken, Surroundings> {
    let mut nap = NAPS.0;
    while !attempt()? {
        let woken = patience.sleep(None, Some(nap));
        match woken.map_err(|error| Surroundings::new(Path::new(LOCK), error))? {
            Woken::Rested | Woken::Ready => nap = (nap * 2).min(NAPS.1),
            ended => return Ok(ended),
        }
    }
    Ok(Woken::Ready)
}

/// Reads a ticket's number; only the one spelling that a ticket has.
fn number(name: &str) -> Option<u64> {
    let number: u64 = name.parse().ok()?;
    (number.to_string() == name).then_some(number)
}

fn record_name(number: u64) -> String {
    format!("{number}.json")
}
