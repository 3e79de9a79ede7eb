//! The Application event log of this computer, read from its newest entry.
//!
//! Follows: Microsoft, "ReadEventLog function", "Event Logging". Under Wine the log is there and has no entries: then there
//! is no event log, and that is said.

use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::time::Duration;

use events::Event;
use jiff::Timestamp;
use windows_sys::Win32::Foundation::{
    ERROR_HANDLE_EOF, ERROR_INSUFFICIENT_BUFFER, GetLastError, HANDLE,
};
use windows_sys::Win32::System::EventLog::{
    CloseEventLog, EVENTLOG_SEQUENTIAL_READ, GetNumberOfEventLogRecords, NotifyChangeEventLog,
    OpenEventLogW, ReadEventLogW,
};
use windows_sys::Win32::System::Threading::CreateEventW;

use super::messages::Messages;
use super::names::{user_name, wide};
use super::waiting::{Patience, Woken};
use crate::{NoEventLog, RawEvent};

/// EVENTLOG_BACKWARDS_READ
const BACKWARDS: u32 = 8;
/// How much is read at once, in bytes; a record may ask for more.
const BLOCK: usize = 64 * 1024;
const BLOCK_MAX: usize = 1024 * 1024;
/// Windows tells of new entries at most every five seconds, and may forget to: then one looks.
const LOOK: Duration = Duration::from_secs(5);

/// The Application log, open.
pub struct EventLog {
    handle: HANDLE,
}

impl EventLog {
    /// Opens it for reading.
    ///
    /// Errors: [`NoEventLog`], also where it has no entries at all.
    pub fn open() -> Result<EventLog, NoEventLog> {
        let name = wide("Application");
        // SAFETY: null is this computer, and the name ends with a zero.
        let handle = unsafe { OpenEventLogW(std::ptr::null(), name.as_ptr()) };
        if handle.is_null() {
            return Err(last_error());
        }
        let log = EventLog { handle };
        let mut count = 0;
        // SAFETY: the log is open, and the number is there.
        match unsafe { GetNumberOfEventLogRecords(log.handle, &mut count) } {
            0 => Err(last_error()),
            _ if count == 0 => Err(NoEventLog::Empty),
            _ => Ok(log),
        }
    }

    /// Hands records to `each`, newest first, for as long as it returns true.
    ///
    /// Errors: the system's.
    pub fn backwards(&self, each: &mut dyn FnMut(RawEvent) -> bool) -> Result<(), NoEventLog> {
        let mut block = vec![0u64; BLOCK / 8];
        loop {
            let (mut read, mut needed) = (0, 0);
            let flags = EVENTLOG_SEQUENTIAL_READ | BACKWARDS;
            let size = (block.len() * 8) as u32;
            let pointer = block.as_mut_ptr().cast();
            // SAFETY: the block has the size that is told.
            let done = unsafe {
                ReadEventLogW(self.handle, flags, 0, pointer, size, &mut read, &mut needed)
            };
            if done == 0 {
                // SAFETY: no pointers.
                match unsafe { GetLastError() } {
                    ERROR_HANDLE_EOF => return Ok(()),
                    ERROR_INSUFFICIENT_BUFFER if (needed as usize) <= BLOCK_MAX => {
                        block.resize((needed as usize).div_ceil(8).max(block.len() + 1), 0);
                        continue;
                    }
                    code => return Err(NoEventLog::Unreadable(code)),
                }
            }
            // SAFETY: so many bytes of the block were written, at most its size.
            let bytes = unsafe {
                let length = (read as usize).min(block.len() * 8);
                std::slice::from_raw_parts(block.as_ptr().cast::<u8>(), length)
            };
            if bytes.is_empty() || !hand_out(bytes, each) {
                return Ok(());
            }
        }
    }

    /// Waits until there may be new entries.
    ///
    /// Errors: the system's.
    pub fn wait(&self, patience: &Patience) -> std::io::Result<Woken> {
        let null = std::ptr::null();
        // SAFETY: null is allowed for both; the event is closed when it is dropped.
        let event = unsafe {
            let event = CreateEventW(null, 0, 0, null.cast());
            if event.is_null() {
                return Err(std::io::Error::last_os_error());
            }
            OwnedHandle::from_raw_handle(event)
        };
        // SAFETY: both are open. Where Windows does not tell, one looks now and then.
        unsafe { NotifyChangeEventLog(self.handle, event.as_raw_handle()) };
        patience.wait_for_or_rest(event.as_raw_handle(), LOOK)
    }
}

/// False: no more is wanted.
fn hand_out(mut bytes: &[u8], each: &mut dyn FnMut(RawEvent) -> bool) -> bool {
    while let Some((event, length)) = RawEvent::parse(bytes) {
        if !each(event) {
            return false;
        }
        bytes = bytes.get(length..).unwrap_or_default();
    }
    true
}

impl Drop for EventLog {
    fn drop(&mut self) {
        // SAFETY: the log is ours and is not used again.
        unsafe { CloseEventLog(self.handle) };
    }
}

fn last_error() -> NoEventLog {
    // SAFETY: no pointers.
    NoEventLog::Unreadable(unsafe { GetLastError() })
}

/// Returns Windows Installer's events from `since` on and after record `after`, oldest first, each with its record's number.
///
/// Errors: [`NoEventLog`].
pub fn installer_events(since: Timestamp, after: u32) -> Result<Vec<(u32, Event)>, NoEventLog> {
    let log = EventLog::open()?;
    let mut raw = Vec::new();
    log.backwards(&mut |event| {
        if event.time < since || event.record <= after {
            return false;
        }
        if event.is_installers() {
            raw.push(event);
        }
        true
    })?;
    let messages = Messages::open();
    let told = raw.into_iter().rev().map(|event| {
        let user = user_name(&event.sid);
        let message = messages.text(event.identifier, &event.strings);
        (event.record, event.into_event(user, message))
    });
    Ok(told.collect())
}
