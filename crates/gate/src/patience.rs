//! How long a taker waits: its deadline, its [`Cancel`], and sleeping on both.
#![expect(
    clippy::disallowed_methods,
    reason = "a deadline is measured by the process's own monotonic clock"
)]

use crate::cancel::Cancel;
use crate::wait::Wait;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

/// Why a sleep ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Woken {
    /// The watched pipe has lost its last writer.
    Ready,
    /// The nap that was asked for is over; nothing else happened.
    Rested,
    /// The deadline has come.
    Deadline,
    /// The wait was called off.
    Cancelled,
}

/// One taker's wait, from its start.
pub(crate) struct Patience<'a> {
    wait: Wait,
    started: Instant,
    cancel: &'a Cancel,
}

impl<'a> Patience<'a> {
    pub(crate) fn new(wait: Wait, cancel: &'a Cancel) -> Patience<'a> {
        Patience {
            wait,
            started: Instant::now(),
            cancel,
        }
    }

    pub(crate) fn wait(&self) -> Wait {
        self.wait
    }

    /// Returns the time since the start.
    pub(crate) fn waited(&self) -> Duration {
        self.started.elapsed()
    }

    /// Returns the same wait; one without patience gets `grace` instead: for a thing that others keep for
    /// microseconds, and that is no reason to refuse anyone.
    pub(crate) fn or_grace(&self, grace: Duration) -> Patience<'a> {
        let wait = match self.wait {
            Wait::No => Wait::For(grace),
            wait => wait,
        };
        Patience { wait, ..*self }
    }

    /// Sleeps until the pipe `watched` hangs up, the deadline, a cancel, or `nap` is over.
    ///
    /// A cancel wins over the deadline, and the deadline over `watched`.
    pub(crate) fn sleep(
        &self,
        watched: Option<BorrowedFd<'_>>,
        nap: Option<Duration>,
    ) -> Result<Woken, Errno> {
        // A hang-up is told unasked. What a stranger writes into the pipe shall not wake anyone.
        self.sleep_until(watched.map(|fd| (fd, PollFlags::empty())), nap)
    }

    /// As [`Patience::sleep`], until `watched` is what its flags say.
    pub(crate) fn sleep_until(
        &self,
        watched: Option<(BorrowedFd<'_>, PollFlags)>,
        nap: Option<Duration>,
    ) -> Result<Woken, Errno> {
        let nap_end = nap.map(|nap| Instant::now() + nap);
        loop {
            let now = Instant::now();
            let left = self.left();
            let nap_left = nap_end.map(|end| end.saturating_duration_since(now));
            let timeout = [left, nap_left].into_iter().flatten().min();
            let (cancelled, ready) = self.poll_once(watched, timeout)?;
            if cancelled {
                return Ok(Woken::Cancelled);
            }
            if self.left() == Some(Duration::ZERO) {
                return Ok(Woken::Deadline);
            }
            if ready {
                return Ok(Woken::Ready);
            }
            if nap_end.is_some_and(|end| end <= Instant::now()) {
                return Ok(Woken::Rested);
            }
        }
    }

    /// Returns the time to the deadline; None: there is none.
    fn left(&self) -> Option<Duration> {
        match self.wait {
            Wait::No => Some(Duration::ZERO),
            Wait::For(time) => Some(time.saturating_sub(self.started.elapsed())),
            Wait::Forever => None,
        }
    }

    fn poll_once(
        &self,
        watched: Option<(BorrowedFd<'_>, PollFlags)>,
        timeout: Option<Duration>,
    ) -> Result<(bool, bool), Errno> {
        let cancel = self.cancel.watched();
        let on_cancel = cancel.map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN));
        let on_watched = watched.map(|(fd, flags)| PollFd::from_borrowed_fd(fd, flags));
        let mut watches: Vec<PollFd<'_>> = on_cancel.into_iter().chain(on_watched).collect();
        // A time too long for the kernel's type is as good as none.
        let timeout = timeout.and_then(|time| Timespec::try_from(time).ok());
        match poll(&mut watches, timeout.as_ref()) {
            Err(Errno::INTR) => return Ok((false, false)),
            Err(error) => return Err(error),
            Ok(_) => {}
        }
        let mut fired = watches.iter().map(|watch| !watch.revents().is_empty());
        let cancelled = cancel.is_some() && fired.next() == Some(true);
        Ok((cancelled, fired.next() == Some(true)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cancel_wins_over_a_deadline_that_has_passed() {
        let cancel = Cancel::new().unwrap();
        cancel.cancel();
        let patience = Patience::new(Wait::No, &cancel);
        assert_eq!(patience.sleep(None, None).unwrap(), Woken::Cancelled);
    }

    #[test]
    fn a_nap_ends_before_a_far_deadline() {
        let cancel = Cancel::never();
        for wait in [Wait::Forever, Wait::For(Duration::MAX)] {
            let patience = Patience::new(wait, &cancel);
            let nap = Some(Duration::from_millis(1));
            assert_eq!(patience.sleep(None, nap).unwrap(), Woken::Rested);
        }
    }

    #[test]
    fn no_wait_is_a_deadline_at_once() {
        let patience = Patience::new(Wait::No, &Cancel::never()).wait();
        assert_eq!(patience, Wait::No);
        let cancel = Cancel::new().unwrap();
        let patience = Patience::new(Wait::No, &cancel);
        assert_eq!(patience.sleep(None, None).unwrap(), Woken::Deadline);
    }
}
