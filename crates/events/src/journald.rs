//! Telling journald, too: each event as one entry with fields of its own, by journald's native protocol.
//!
//! The log in the machine stays the one that counts: what journald does not take is not tried again, and a writer that is
//! killed between the two leaves an entry out. Follows: systemd, "Native Journal Protocol".

use crate::event::{Event, Level};
use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
use rustix::io::Errno;
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
use std::fs::File;
use std::io::{self, Write};
use std::mem::MaybeUninit;
use std::os::fd::AsFd;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a writer waits for a journald whose queue is full. An install does not wait for its log.
const PATIENCE: Duration = Duration::from_secs(1);

/// journald's socket. A value: making one touches nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Journald {
    socket: PathBuf,
}

impl Journald {
    /// Where journald listens.
    pub const SOCKET: &str = "/run/systemd/journal/socket";

    /// Names the socket at `socket`, usually [`Journald::SOCKET`].
    pub fn at(socket: &Path) -> Journald {
        Journald {
            socket: socket.to_owned(),
        }
    }

    /// Returns whether somebody listens there.
    ///
    /// Errors: nobody does, or one may not write there.
    pub fn try_it(&self) -> io::Result<()> {
        self.connect().map(drop)
    }

    /// Hands an event over. `log` is the file that has it: it names the machine.
    ///
    /// Errors: nobody listens, or journald takes nothing for a second.
    pub(crate) fn send(&self, event: &Event, log: &Path) -> io::Result<()> {
        let entry = entry(event, log);
        let socket = self.connect()?;
        socket.set_write_timeout(Some(PATIENCE))?;
        match socket.send(&entry) {
            Err(error) if Errno::from_io_error(&error) == Some(Errno::MSGSIZE) => {
                send_in_memory(&socket, &entry)
            }
            sent => sent.map(drop),
        }
    }

    fn connect(&self) -> io::Result<UnixDatagram> {
        let socket = UnixDatagram::unbound()?;
        socket.connect(&self.socket)?;
        Ok(socket)
    }
}

/// Sends what is too long for a datagram as a sealed file in memory.
fn send_in_memory(socket: &UnixDatagram, entry: &[u8]) -> io::Result<()> {
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    let mut file = File::from(memfd_create("msikit-event", flags)?);
    file.write_all(entry)?;
    fcntl_add_seals(
        &file,
        SealFlags::SHRINK | SealFlags::GROW | SealFlags::WRITE | SealFlags::SEAL,
    )?;
    let files = [file.as_fd()];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    control.push(SendAncillaryMessage::ScmRights(&files));
    sendmsg(socket, &[], &mut control, SendFlags::NOSIGNAL)?;
    Ok(())
}

/// The entry's fields, as they go over the socket.
fn entry(event: &Event, log: &Path) -> Vec<u8> {
    let mut entry = Vec::new();
    let mut add = |name: &str, value: &str| add(&mut entry, name, value);
    add("MESSAGE", &event.message);
    add(
        "PRIORITY",
        match event.level {
            Level::Error => "3",
            Level::Warning => "4",
            Level::Information => "6",
        },
    );
    add("SYSLOG_IDENTIFIER", "msikit");
    add("MSI_EVENT_ID", &event.id.to_string());
    add("MSI_EVENT_SOURCE", &event.source);
    add("MSI_EVENT_TIME", &event.time.to_string());
    add("MSI_EVENT_USER", &event.user);
    add("MSI_EVENT_LOG", &log.to_string_lossy());
    // A field may come more than once: they are the event's, in order.
    for text in &event.strings {
        add("MSI_EVENT_STRING", text);
    }
    if let Some(code) = &event.product_code {
        add("MSI_PRODUCT_CODE", code);
    }
    if let Some(transaction) = &event.transaction {
        add("MSI_TRANSACTION", transaction);
        add("MSI_TRANSACTION_ORDINAL", &event.ordinal.to_string());
    }
    entry
}

/// A value with a line's end in it goes with its length before it.
fn add(entry: &mut Vec<u8>, name: &str, value: &str) {
    entry.extend_from_slice(name.as_bytes());
    if value.contains('\n') {
        entry.push(b'\n');
        entry.extend_from_slice(&(value.len() as u64).to_le_bytes());
    } else {
        entry.push(b'=');
    }
    entry.extend_from_slice(value.as_bytes());
    entry.push(b'\n');
}
