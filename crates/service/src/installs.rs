//! Installations that the service carries out: each in a process of its own, watched by whoever asks.
//!
//! A process of its own: what goes wrong in one ends that one only, the rules that Windows has for a process (one
//! session, one user interface) hold as they are, and the gate's record names who does it.

use std::collections::VecDeque;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use serde_json::{Map, Value, json};

use crate::peer::Peer;
use crate::question::Asked;
use crate::wire::Connection;

/// How many of the latest events are kept for those who follow.
const EVENTS_MAX: usize = 256;
/// How long a worker may take to read an answer, which it waits for.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(10);

/// A process that carries out one order.
pub struct Worker {
    /// Its process.
    pub pid: u32,
    /// Over which it is told to begin, and tells what it does.
    pub socket: OwnedFd,
    /// Waits for its end, and says how it ended.
    pub wait: Box<dyn FnOnce() -> io::Result<String> + Send>,
}

/// Why an answer is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoQuestion {
    #[error("that question is not asked, or was answered")]
    NotAsked,
    #[error("that is no answer to the question")]
    NoAnswer,
}

/// One installation.
pub(crate) struct Install {
    pub(crate) number: u64,
    pub(crate) pid: u32,
    pub(crate) client: Peer,
    process: OwnedFd,
    /// For answers to its questions.
    worker: Connection,
    asked: Mutex<Option<Asked>>,
    is_called_off: AtomicBool,
    feed: Mutex<Feed>,
    changed: Condvar,
}

/// What is told of an installation.
#[derive(Default)]
struct Feed {
    events: VecDeque<(u64, Map<String, Value>)>,
    next: u64,
    ended: bool,
}

impl Install {
    /// Errors: the process cannot be watched.
    pub(crate) fn new(
        number: u64,
        pid: u32,
        client: Peer,
        worker: Connection,
    ) -> io::Result<Install> {
        let process = i32::try_from(pid).ok().and_then(Pid::from_raw);
        let process = process.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(Install {
            number,
            pid,
            client,
            process: pidfd_open(process, PidfdFlags::empty())?,
            worker,
            asked: Mutex::default(),
            is_called_off: AtomicBool::new(false),
            feed: Mutex::default(),
            changed: Condvar::new(),
        })
    }

    /// Calls it off: what it did is undone. Errors: it has ended.
    pub(crate) fn cancel(&self) -> io::Result<()> {
        pidfd_send_signal(&self.process, Signal::TERM)?;
        self.is_called_off.store(true, Ordering::SeqCst);
        self.decline();
        Ok(())
    }

    /// Keeps a question until it is answered. Once the installation is called off it is answered at once.
    pub(crate) fn ask(&self, asked: Asked) {
        *self.asked() = Some(asked);
        if self.is_called_off.load(Ordering::SeqCst) {
            self.decline();
        }
    }

    /// When silence is an answer; none: nothing is asked.
    pub(crate) fn answer_is_due(&self) -> Option<Instant> {
        self.asked().as_ref().map(|asked| asked.until)
    }

    /// Answers what is asked, if anything is, as silence does.
    pub(crate) fn decline(&self) {
        if let Some(asked) = self.asked().take() {
            self.tell_worker(&asked, false);
        }
    }

    /// Answers a question. Errors: that is not asked, or no answer to it.
    pub(crate) fn answer(&self, question: u64, answer: &str) -> Result<(), NoQuestion> {
        let mut waiting = self.asked();
        let asked = waiting.as_ref().filter(|asked| asked.number == question);
        let asked = asked.ok_or(NoQuestion::NotAsked)?;
        let agrees = asked.agrees(answer).ok_or(NoQuestion::NoAnswer)?;
        self.tell_worker(asked, agrees);
        *waiting = None;
        Ok(())
    }

    fn tell_worker(&self, asked: &Asked, agrees: bool) {
        let answer = json!({ "answer": { "question": asked.number, "agrees": agrees } });
        // A worker that is gone needs none.
        let _ = self.worker.send(&answer, &[], ANSWER_TIME_MAX);
    }

    fn asked(&self) -> MutexGuard<'_, Option<Asked>> {
        // Nothing is left half-done under this lock.
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps an event for those who follow. Of progress only the latest is kept.
    pub(crate) fn tell(&self, event: Map<String, Value>) {
        let mut feed = self.feed();
        if event.contains_key("progress") {
            feed.events.retain(|(_, old)| !old.contains_key("progress"));
        }
        if feed.events.len() >= EVENTS_MAX {
            feed.events.pop_front();
        }
        let number = feed.next;
        feed.next += 1;
        feed.events.push_back((number, event));
        self.changed.notify_all();
    }

    pub(crate) fn end(&self) {
        self.feed().ended = true;
        self.changed.notify_all();
    }

    /// Returns the events from number `from` on, the number after them, and whether there will be no more. Waits for one
    /// at most for `patience`.
    pub(crate) fn events(
        &self,
        from: u64,
        patience: Duration,
    ) -> (Vec<Map<String, Value>>, u64, bool) {
        let nothing_new = |feed: &mut Feed| feed.next <= from && !feed.ended;
        let waited = self
            .changed
            .wait_timeout_while(self.feed(), patience, nothing_new);
        let feed = waited.unwrap_or_else(PoisonError::into_inner).0;
        let new = feed.events.iter().filter(|(number, _)| *number >= from);
        let new = new.map(|(_, event)| event.clone()).collect();
        (new, feed.next, feed.ended)
    }

    fn feed(&self) -> MutexGuard<'_, Feed> {
        // Nothing is left half-done under this lock.
        self.feed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
