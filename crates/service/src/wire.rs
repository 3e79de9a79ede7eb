//! Varlink's framing: JSON objects that end with a zero byte, with file descriptors beside them.
//!
//! Written for this crate: the `varlink` crate passes no descriptors, and `zlink` is asynchronous. Every wait has an end,
//! a message has a greatest length, and memory grows with the bytes that came, not with those that were announced.
//! Limits: descriptors belong to the message that ends next; a client that sends calls before it has the reply to
//! the last one may see them given to an earlier call.
#![expect(
    clippy::disallowed_methods,
    reason = "a deadline is measured by the process's own monotonic clock"
)]

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, Shutdown, recvmsg, sendmsg, shutdown,
};
use serde::Serialize;
use serde_json::Value;

/// The most descriptors of one message.
pub const DESCRIPTORS_MAX: usize = 64;
/// How many bytes are read at once.
const BLOCK: usize = 16 * 1024;

/// Why a message did not come, or could not be sent.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// The other side has closed the connection in the midst of a message.
    #[error("the connection ended in the midst of a message")]
    Torn,
    /// The other side was too slow.
    #[error("a message was not whole in time")]
    Slow,
    /// Nothing came for as long as one waits for a message to begin.
    #[error("nothing came")]
    Idle,
    /// The message is too long.
    #[error("a message is longer than {max} bytes")]
    TooLong {
        /// The greatest length, in bytes.
        max: usize,
    },
    /// More descriptors than are taken.
    #[error("more than {DESCRIPTORS_MAX} descriptors came with a message")]
    TooManyDescriptors,
    /// The message is no JSON, or too deep.
    #[error("a message is not JSON: {0}")]
    NotJson(serde_json::Error),
    /// The wait was called off.
    #[error("the wait was called off")]
    CalledOff,
    /// The system's error.
    #[error("{0}")]
    Io(#[from] io::Error),
}

impl From<Errno> for WireError {
    fn from(error: Errno) -> WireError {
        WireError::Io(error.into())
    }
}

/// A message, and what came with it.
#[derive(Debug)]
pub struct Message {
    /// The JSON value.
    pub value: Value,
    /// The descriptors.
    pub descriptors: Vec<OwnedFd>,
}

/// How long one waits.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For a message to begin; none: for ever.
    pub idle: Option<Duration>,
    /// For a message that has begun to be whole, and for one that is sent to be taken.
    pub whole: Duration,
    /// The greatest length of a message that is received, in bytes.
    pub bytes_max: usize,
}

/// One end of a connection.
#[derive(Debug)]
pub struct Connection {
    socket: OwnedFd,
    received: Vec<u8>,
    /// How much of `received` is known to have no zero byte.
    scanned: usize,
    descriptors: Vec<OwnedFd>,
}

impl Connection {
    /// Speaks over a connected stream socket.
    pub fn new(socket: OwnedFd) -> Connection {
        Connection {
            socket,
            received: Vec::new(),
            scanned: 0,
            descriptors: Vec::new(),
        }
    }

    /// The socket.
    pub fn socket(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    /// Closes the connection for all that speak over it, copies of its descriptor included.
    pub fn shut(&self) {
        // One that the other side has closed is closed.
        let _ = shutdown(&self.socket, Shutdown::Both);
    }

    /// Waits at most so long until a message of usual length would be taken at once. Returns whether it would, and the
    /// time that was waited.
    pub fn is_ready_within(&self, patience: Duration) -> (bool, Duration) {
        if ready_now(self.socket.as_fd(), PollFlags::OUT) {
            return (true, Duration::ZERO);
        }
        let begun = Instant::now();
        let end = Some(begun + patience);
        let ready = wait(self.socket.as_fd(), PollFlags::OUT, None, end);
        (matches!(ready, Ok(Ready::Yes)), begun.elapsed())
    }

    /// Returns the next message; none: the other side has closed the connection between messages.
    ///
    /// `stop` calls the wait off once it is readable. Errors: [`WireError`]; after one the connection is of no use.
    pub fn receive(
        &mut self,
        limits: &Limits,
        stop: Option<BorrowedFd<'_>>,
    ) -> Result<Option<Message>, WireError> {
        let mut begun = (!self.received.is_empty()).then(Instant::now);
        let idle_end = limits.idle.map(|idle| Instant::now() + idle);
        loop {
            if let Some(message) = self.take_message(limits.bytes_max)? {
                return Ok(Some(message));
            }
            let (end, late) = match begun {
                Some(begun) => (Some(begun + limits.whole), WireError::Slow),
                None => (idle_end, WireError::Idle),
            };
            match wait(self.socket.as_fd(), PollFlags::IN, stop, end)? {
                Ready::Yes => {}
                Ready::Late => return Err(late),
                Ready::Stop => return Err(WireError::CalledOff),
            }
            match self.read_block()? {
                Some(0) if self.received.is_empty() => return Ok(None),
                Some(0) => return Err(WireError::Torn),
                Some(_) => {
                    begun.get_or_insert_with(Instant::now);
                }
                None => {}
            }
        }
    }

    /// Takes a whole message out of what was received.
    fn take_message(&mut self, bytes_max: usize) -> Result<Option<Message>, WireError> {
        let unseen = &self.received[self.scanned..];
        let Some(end) = unseen.iter().position(|byte| *byte == 0) else {
            self.scanned = self.received.len();
            return match self.received.len() > bytes_max {
                true => Err(WireError::TooLong { max: bytes_max }),
                false => Ok(None),
            };
        };
        let end = self.scanned + end;
        if end > bytes_max {
            return Err(WireError::TooLong { max: bytes_max });
        }
        let value = serde_json::from_slice(&self.received[..end]).map_err(WireError::NotJson)?;
        self.received.drain(..=end);
        self.scanned = 0;
        let descriptors = std::mem::take(&mut self.descriptors);
        Ok(Some(Message { value, descriptors }))
    }

    /// Reads what is there; none: nothing was, 0: the end.
    fn read_block(&mut self) -> Result<Option<usize>, WireError> {
        let mut block = [0_u8; BLOCK];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(DESCRIPTORS_MAX))];
        let mut beside = RecvAncillaryBuffer::new(&mut space);
        let flags = RecvFlags::DONTWAIT | RecvFlags::CMSG_CLOEXEC;
        let mut parts = [IoSliceMut::new(&mut block)];
        let got = match recvmsg(&self.socket, &mut parts, &mut beside, flags) {
            Err(Errno::INTR | Errno::AGAIN) => return Ok(None),
            got => got?,
        };
        for message in beside.drain() {
            if let RecvAncillaryMessage::ScmRights(descriptors) = message {
                self.descriptors.extend(descriptors);
            }
        }
        let cut = got.flags.contains(rustix::net::ReturnFlags::CTRUNC);
        if cut || self.descriptors.len() > DESCRIPTORS_MAX {
            return Err(WireError::TooManyDescriptors);
        }
        self.received.extend_from_slice(&block[..got.bytes]);
        Ok(Some(got.bytes))
    }

    /// Sends a message, and descriptors with its first bytes.
    ///
    /// Errors: [`WireError::Slow`] when the other side does not take it within `whole`; the system's.
    pub fn send(
        &self,
        value: &impl Serialize,
        descriptors: &[BorrowedFd<'_>],
        whole: Duration,
    ) -> Result<(), WireError> {
        let mut bytes = serde_json::to_vec(value).map_err(WireError::NotJson)?;
        bytes.push(0);
        let end = Instant::now() + whole;
        let mut sent = 0;
        while sent < bytes.len() {
            let beside = if sent == 0 { descriptors } else { &[] };
            match send_some(self.socket.as_fd(), &bytes[sent..], beside) {
                Ok(count) => sent += count,
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => {
                    let ready = wait(self.socket.as_fd(), PollFlags::OUT, None, Some(end))?;
                    if ready != Ready::Yes {
                        return Err(WireError::Slow);
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

/// Returns whether the other side of a socket has gone, without waiting and without reading.
pub fn is_gone(socket: BorrowedFd<'_>) -> bool {
    ready_now(socket, PollFlags::RDHUP)
}

fn ready_now(socket: BorrowedFd<'_>, flags: PollFlags) -> bool {
    let mut watch = [PollFd::from_borrowed_fd(socket, flags)];
    let now = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    matches!(poll(&mut watch, Some(&now)), Ok(ready) if ready > 0)
}

fn send_some(
    socket: BorrowedFd<'_>,
    bytes: &[u8],
    descriptors: &[BorrowedFd<'_>],
) -> Result<usize, Errno> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(DESCRIPTORS_MAX))];
    let mut beside = SendAncillaryBuffer::new(&mut space);
    if !descriptors.is_empty() && !beside.push(SendAncillaryMessage::ScmRights(descriptors)) {
        return Err(Errno::TOOMANYREFS);
    }
    let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
    sendmsg(socket, &[IoSlice::new(bytes)], &mut beside, flags)
}

/// What ended a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ready {
    Yes,
    Late,
    Stop,
}

/// Waits until the socket is ready, `stop` is readable, or the time is over; no end: for ever.
fn wait(
    socket: BorrowedFd<'_>,
    flags: PollFlags,
    stop: Option<BorrowedFd<'_>>,
    end: Option<Instant>,
) -> Result<Ready, WireError> {
    loop {
        let left = end.map(|end| end.saturating_duration_since(Instant::now()));
        let timeout = left.and_then(|left| Timespec::try_from(left).ok());
        let mut watches = vec![PollFd::from_borrowed_fd(socket, flags)];
        watches.extend(stop.map(|stop| PollFd::from_borrowed_fd(stop, PollFlags::IN)));
        match poll(&mut watches, timeout.as_ref()) {
            Err(Errno::INTR) => continue,
            ready => ready?,
        };
        if !watches[0].revents().is_empty() {
            return Ok(Ready::Yes);
        }
        if watches
            .get(1)
            .is_some_and(|stop| !stop.revents().is_empty())
        {
            return Ok(Ready::Stop);
        }
        if left == Some(Duration::ZERO) {
            return Ok(Ready::Late);
        }
    }
}
