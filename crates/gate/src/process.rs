//! Waiting for a process that queues for nothing: it is no taker, but it is in the way.

use crate::cancel::Cancel;
use crate::patience::{Patience, Woken};
use crate::wait::{ProcessWait, Wait};
use rustix::event::PollFlags;
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

/// After so long one looks again at a process that cannot be watched.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// Waits until a process has ended. One without a number that means something here, as in another container, cannot
/// be watched: then a moment passes.
///
/// Errors: the system's, as when the process has too many open files.
pub fn wait_for_process(pid: Option<u32>, wait: Wait, cancel: &Cancel) -> io::Result<ProcessWait> {
    let patience = Patience::new(wait, cancel);
    let process = match pid.map(open) {
        Some(Err(Errno::SRCH)) => return Ok(ProcessWait::LookAgain),
        Some(Ok(process)) => Some(process),
        // Kernels and sandboxes without this call: look again now and then.
        Some(Err(Errno::NOSYS | Errno::PERM | Errno::INVAL)) | None => None,
        Some(Err(error)) => return Err(error.into()),
    };
    let nap = process.is_none().then_some(LOOK_AGAIN);
    let watched = process.as_ref().map(|fd| (fd.as_fd(), PollFlags::IN));
    Ok(match patience.sleep_until(watched, nap)? {
        Woken::Ready | Woken::Rested => ProcessWait::LookAgain,
        Woken::Deadline => ProcessWait::Deadline,
        Woken::Cancelled => ProcessWait::Cancelled,
    })
}

fn open(pid: u32) -> Result<OwnedFd, Errno> {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    pidfd_open(pid.ok_or(Errno::SRCH)?, PidfdFlags::empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_lives_is_waited_for_until_the_deadline() {
        let own = Some(std::process::id());
        let waited = wait_for_process(own, Wait::For(Duration::from_millis(1)), &Cancel::never());
        assert_eq!(waited.unwrap(), ProcessWait::Deadline);
    }

    #[test]
    fn a_wait_is_called_off() {
        let cancel = Cancel::new().unwrap();
        cancel.cancel();
        for pid in [Some(std::process::id()), None] {
            let waited = wait_for_process(pid, Wait::Forever, &cancel).unwrap();
            assert_eq!(waited, ProcessWait::Cancelled);
        }
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a process to wait for")]
    fn the_end_of_a_process_ends_the_wait() {
        let mut child = std::process::Command::new("cat")
            .stdin(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let pid = Some(child.id());
        let input = child.stdin.take();
        std::thread::scope(|scope| {
            let waiter = scope.spawn(|| wait_for_process(pid, Wait::Forever, &Cancel::never()));
            drop(input);
            assert_eq!(waiter.join().unwrap().unwrap(), ProcessWait::LookAgain);
        });
        child.wait().unwrap();
        let gone = wait_for_process(pid, Wait::Forever, &Cancel::never()).unwrap();
        assert_eq!(gone, ProcessWait::LookAgain);
    }
}
