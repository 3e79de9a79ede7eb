//! Ctrl-C, the console's end and the user's log-off as something that can be waited for.
//!
//! Follows: Microsoft, "HandlerRoutine callback function".

use std::io;
use std::sync::OnceLock;
use std::time::Duration;

use windows_sys::Win32::Foundation::HANDLE;
use windows_sys::Win32::System::Console::{
    CTRL_BREAK_EVENT, CTRL_C_EVENT, CTRL_LOGOFF_EVENT, SetConsoleCtrlHandler,
};
use windows_sys::Win32::System::RemoteDesktop::ProcessIdToSessionId;
use windows_sys::Win32::System::Threading::{CreateEventW, SetEvent};

/// What the handler fires: one for the process. A handle's number, for pointers cannot be shared.
static FIRED: OnceLock<usize> = OnceLock::new();

/// The user's wish to stop, or Windows'.
#[derive(Clone, Copy, Debug)]
pub struct Stop {
    event: usize,
}

impl Stop {
    /// Watches from now on; none of these ends the process by itself any more.
    ///
    /// Errors: the system's.
    pub fn watch() -> io::Result<Stop> {
        if let Some(event) = FIRED.get() {
            return Ok(Stop { event: *event });
        }
        let null = std::ptr::null();
        // SAFETY: null is allowed for both; the event stays for as long as the process.
        let event = unsafe { CreateEventW(null, 1, 0, null.cast()) };
        if event.is_null() {
            return Err(io::Error::last_os_error());
        }
        let event = *FIRED.get_or_init(|| event as usize);
        // SAFETY: the handler is a function of this program.
        match unsafe { SetConsoleCtrlHandler(Some(handler), 1) } {
            0 => Err(io::Error::last_os_error()),
            _ => Ok(Stop { event }),
        }
    }

    pub(crate) fn handle(self) -> HANDLE {
        self.event as HANDLE
    }
}

/// Runs in a thread of its own. 1: this was all that is to be done.
unsafe extern "system" fn handler(what: u32) -> i32 {
    // A service is told of every user's log-off; it is none of its own.
    if what == CTRL_LOGOFF_EVENT && session() == Some(0) {
        return 1;
    }
    if let Some(event) = FIRED.get() {
        // SAFETY: the event is never closed.
        unsafe { SetEvent(*event as HANDLE) };
    }
    if !matches!(what, CTRL_C_EVENT | CTRL_BREAK_EVENT) {
        // Windows ends the process when this returns, or after its own patience: so leave the time to the process.
        std::thread::sleep(Duration::from_secs(60));
    }
    1
}

/// The session that this process runs in; that of services is 0.
fn session() -> Option<u32> {
    let mut session = 0;
    // SAFETY: the number is there.
    let asked = unsafe { ProcessIdToSessionId(std::process::id(), &mut session) };
    (asked != 0).then_some(session)
}
