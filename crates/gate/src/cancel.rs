//! Calling a wait off: a pipe that becomes readable for good once anyone asks.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::pipe::{PipeFlags, pipe_with};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

/// Something that a wait watches, and that calls it off. Copies share one state.
#[derive(Clone, Debug)]
pub struct Cancel {
    /// Reading and writing end; None for a wait that cannot be called off.
    pipe: Option<Arc<(OwnedFd, OwnedFd)>>,
}

impl Cancel {
    /// Makes one that [`Cancel::cancel`] fires. Errors: the process has no file descriptors left.
    pub fn new() -> io::Result<Cancel> {
        let ends = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK)?;
        Ok(Cancel {
            pipe: Some(Arc::new(ends)),
        })
    }

    /// Makes one that never fires.
    pub fn never() -> Cancel {
        Cancel { pipe: None }
    }

    /// Calls every wait that watches this off, those to come included.
    pub fn cancel(&self) {
        if let Some(pipe) = &self.pipe {
            // A full pipe is readable, so a failed write means that it was fired already.
            let _ = rustix::io::write(&pipe.1, b"!");
        }
    }

    /// Returns whether it was fired.
    pub fn is_cancelled(&self) -> bool {
        let Some(watched) = self.watched() else {
            return false;
        };
        let now = Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        let mut watch = [PollFd::from_borrowed_fd(watched, PollFlags::IN)];
        matches!(poll(&mut watch, Some(&now)), Ok(ready) if ready > 0)
    }

    /// Waits until it is fired; one that never fires is not waited for.
    pub fn wait(&self) {
        let Some(watched) = self.watched() else {
            return;
        };
        loop {
            let mut watch = [PollFd::from_borrowed_fd(watched, PollFlags::IN)];
            match poll(&mut watch, None) {
                Err(Errno::INTR) => {}
                _ => return,
            }
        }
    }

    /// Returns the descriptor to which a signal handler may write one byte to fire this.
    pub fn trigger(&self) -> Option<BorrowedFd<'_>> {
        self.pipe.as_ref().map(|pipe| pipe.1.as_fd())
    }

    /// Returns the descriptor that is readable once this has fired.
    pub fn watched(&self) -> Option<BorrowedFd<'_>> {
        self.pipe.as_ref().map(|pipe| pipe.0.as_fd())
    }
}
