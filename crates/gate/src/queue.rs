//! The queue: one named pipe per ticket, alive while its maker keeps it open for writing.
//!
//! A waiter reads the pipe of the one before it. When that one goes, however it goes, the kernel closes
//! its end and wakes exactly this waiter. Numbers are given out, and dead tickets swept, under
//! `queue/lock`; everything else needs no lock. `docs/gate.md` argues the races.

use crate::error::{Surroundings, TakeError};
use crate::files::Folder;
use crate::holder::Holder;
use crate::lock;
use crate::patience::{Patience, Woken};
use crate::probe::lock_error;
use crate::wait::Wait;
use rustix::io::Errno;
use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const QUEUE: &str = "queue";
const LOCK: &str = "lock";
/// A pipe that is not yet a ticket.
const ASIDE: &str = "new";

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
    number: u64,
    /// The writing end. While it is open, the ticket is alive.
    alive: Option<OwnedFd>,
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
    pub(crate) fn open_or_make(gate: &Path) -> Result<Queue, Surroundings> {
        let folder = Folder::open_or_make(&gate.join(QUEUE))?;
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

    /// Draws the next number for the taker that `record` describes.
    pub(crate) fn draw(
        self: &Arc<Queue>,
        mut record: Holder,
        patience: &Patience<'_>,
    ) -> Result<Ticket, NoTicket> {
        let lock = self.lock(patience)?;
        let highest = self.sweep()?;
        if patience.wait() == Wait::No && !self.live()?.is_empty() {
            return Err(NoTicket::Refused);
        }
        let number = highest.checked_add(1);
        let number = number.ok_or_else(|| Surroundings::TicketsUsedUp {
            path: self.folder.path().to_owned(),
        })?;
        let alive = self.folder.make_pipe(ASIDE)?;
        let ticket = Ticket {
            queue: Arc::clone(self),
            number,
            alive: Some(alive),
        };
        record.ticket = number;
        let text = serde_json::to_string(&record)
            .map_err(|error| self.folder.error(&record_name(number), error))?;
        self.folder.write_new(&record_name(number), &text)?;
        self.folder.rename(ASIDE, &number.to_string())?;
        drop(lock);
        Ok(ticket)
    }

    /// Takes the queue's lock. It is free again when the result is dropped.
    fn lock(&self, patience: &Patience<'_>) -> Result<File, NoTicket> {
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

    /// Removes dead tickets and what their makers left; returns the highest number that remains, or 0.
    /// Only under the queue's lock: no ticket is being made now.
    fn sweep(&self) -> Result<u64, Surroundings> {
        let mut highest = 0;
        for name in self.folder.names()? {
            if name == ASIDE {
                self.folder.remove(&name)?;
            }
            let Some(ticket) = number(name.strip_suffix(".json").unwrap_or(&name)) else {
                continue;
            };
            // What cannot be removed (a folder, say) is no ticket, but its number is taken.
            if self.watch(ticket)?.is_some() || self.folder.remove(&name).is_err() {
                highest = highest.max(ticket);
            }
        }
        Ok(highest)
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
        let Some(pipe) = self.folder.open_pipe(&name)? else {
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
