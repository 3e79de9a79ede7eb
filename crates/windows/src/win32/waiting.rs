//! Waiting for one of two things, and never longer than was asked for.
#![expect(
    clippy::disallowed_methods,
    reason = "a deadline is measured by the process's own monotonic clock"
)]

use std::io;
use std::time::{Duration, Instant};

use windows_sys::Win32::Foundation::{HANDLE, WAIT_ABANDONED_0, WAIT_FAILED, WAIT_OBJECT_0};
use windows_sys::Win32::System::Threading::WaitForMultipleObjects;

use super::stop::Stop;

/// The longest single wait, in milliseconds; Windows counts in 32 bits.
const WAIT_MS_MAX: u128 = 0x7FFF_FFFF;

/// Why a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Woken {
    /// What was waited for is there. A mutex is owned now, whether its owner let go or died.
    Ready,
    /// The rest is over.
    Rested,
    /// The deadline has come.
    Deadline,
    /// The user, or Windows, wants it to stop.
    Stopped,
}

/// One wait, from its start to its deadline.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    started: Instant,
    time: Option<Duration>,
    stop: Stop,
}

impl Patience {
    /// Starts a wait of at most `time`; none: for ever.
    pub fn start(time: Option<Duration>, stop: Stop) -> Patience {
        Patience {
            started: Instant::now(),
            time,
            stop,
        }
    }

    /// Returns the time since the start.
    pub fn waited(&self) -> Duration {
        self.started.elapsed()
    }

    /// Returns the same wait, with so much time from now at least.
    pub(crate) fn at_least(self, time: Duration) -> Patience {
        let grown = self.time.map(|all| all.max(self.waited() + time));
        Patience {
            time: grown,
            ..self
        }
    }

    /// Rests so long, but not beyond the deadline.
    ///
    /// Errors: the system's.
    pub fn rest(&self, time: Duration) -> io::Result<Woken> {
        self.wait(None, Some(time))
    }

    /// Waits for an object until the deadline. The stop comes first, then the object.
    ///
    /// Errors: the system's.
    pub(crate) fn wait_for(&self, object: HANDLE) -> io::Result<Woken> {
        self.wait(Some(object), None)
    }

    /// As [`Patience::wait_for`], and no longer than so long.
    ///
    /// Errors: the system's.
    pub(crate) fn wait_for_or_rest(&self, object: HANDLE, time: Duration) -> io::Result<Woken> {
        self.wait(Some(object), Some(time))
    }

    fn wait(&self, object: Option<HANDLE>, rest: Option<Duration>) -> io::Result<Woken> {
        let begun = Instant::now();
        loop {
            let left = self.time.map(|all| all.saturating_sub(self.waited()));
            let rest_left = rest.map(|rest| rest.saturating_sub(begun.elapsed()));
            let time = [left, rest_left].into_iter().flatten().min();
            let handles: Vec<HANDLE> = [Some(self.stop.handle()), object]
                .into_iter()
                .flatten()
                .collect();
            match wait_once(&handles, time)? {
                Some(0) => return Ok(Woken::Stopped),
                Some(_) => return Ok(Woken::Ready),
                None => {}
            }
            let is_over = |limit: Option<Duration>, passed: Duration| {
                limit.is_some_and(|limit| passed >= limit)
            };
            if is_over(self.time, self.waited()) {
                return Ok(Woken::Deadline);
            }
            if is_over(rest, begun.elapsed()) {
                return Ok(Woken::Rested);
            }
        }
    }
}

/// Which of the objects is there first; none: the time was over.
fn wait_once(handles: &[HANDLE], time: Option<Duration>) -> io::Result<Option<usize>> {
    // Rounded up: a wait that ends early would only be repeated.
    let milliseconds = time.map_or(WAIT_MS_MAX, |time| time.as_micros().div_ceil(1000));
    let milliseconds = milliseconds.min(WAIT_MS_MAX) as u32;
    let count = handles.len() as u32;
    // SAFETY: so many handles are there, and they stay open.
    let woken = unsafe { WaitForMultipleObjects(count, handles.as_ptr(), 0, milliseconds) };
    match woken {
        WAIT_FAILED => Err(io::Error::last_os_error()),
        woken if woken.wrapping_sub(WAIT_OBJECT_0) < count => {
            Ok(Some((woken - WAIT_OBJECT_0) as usize))
        }
        woken if woken.wrapping_sub(WAIT_ABANDONED_0) < count => {
            Ok(Some((woken - WAIT_ABANDONED_0) as usize))
        }
        _ => Ok(None),
    }
}
