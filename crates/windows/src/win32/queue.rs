//! The queue before msiexec: first come, first served, over all sessions and users of this computer.
//!
//! It is made of named objects only, so that nothing stays when its last waiter is gone, however that one ended:
//! a semaphore counts tickets; ticket *n* is a mutex that its waiter owns and the system lets go when the waiter dies;
//! beside it a semaphore tells the waiter's process (twice its number, and one more once it has its turn); and a mutex, the
//! door, is owned for the moment in which a ticket is drawn. A waiter waits for the nearest living ticket before its own,
//! then looks again; where there is none it has its turn. A ticket is a thread's: it must leave where it was drawn.
//!
//! Installers that are started without this queue do not know of it, and can overtake.

use std::io;
use std::marker::PhantomData;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::time::Duration;

use windows_sys::Win32::Foundation::{ERROR_ALREADY_EXISTS, GetLastError, HANDLE};
use windows_sys::Win32::System::Threading::{
    CREATE_MUTEX_INITIAL_OWNER, CreateMutexExW, CreateSemaphoreExW, OpenMutexW, ReleaseMutex,
    ReleaseSemaphore,
};

use super::mutant::{self, QUERY_STATE};
use super::names::wide;
use super::security::Security;
use super::semaphore;
use super::waiting::{Patience, Woken};
use crate::Mutex;

/// SYNCHRONIZE
const WAIT: u32 = 0x0010_0000;
/// SEMAPHORE_MODIFY_STATE
const COUNT: u32 = 2;
/// So long one waits for the door even without patience: others own it for microseconds.
const DOOR_GRACE: Duration = Duration::from_secs(2);

/// A queue, by the name of its objects.
#[derive(Clone, Debug)]
pub struct Queue {
    name: String,
}

/// One that is in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Queued {
    /// Its number.
    pub ticket: u32,
    /// Its process; none: it cannot be read.
    pub pid: Option<u32>,
    /// Does it have its turn?
    pub has_turn: bool,
}

/// Why there is no turn.
#[derive(Debug, thiserror::Error)]
pub enum NoTicket {
    /// The time was over.
    #[error("the time is over")]
    Deadline,
    /// The user called it off.
    #[error("the wait was called off")]
    Stopped,
    /// The system refused.
    #[error("the queue cannot be used: {0}")]
    System(#[from] io::Error),
}

/// A place in the queue. Dropped, it is left.
pub struct Ticket {
    queue: Queue,
    number: u32,
    mutex: OwnedHandle,
    process: OwnedHandle,
    /// Keeps the count of tickets for as long as there is one.
    _counter: OwnedHandle,
    /// The system knows the thread that owns a mutex.
    _of_thread: PhantomData<*const ()>,
}

impl Queue {
    /// The queue of this computer.
    pub fn of_computer() -> Queue {
        Queue::named("Global\\msikit-queue")
    }

    /// A queue of another name.
    pub fn named(name: &str) -> Queue {
        Queue {
            name: name.to_owned(),
        }
    }

    fn ticket_name(&self, number: u32) -> String {
        format!("{}-ticket-{number}", self.name)
    }

    /// Draws a ticket: the last place in the queue.
    ///
    /// Errors: the door is not opened in time; the system's.
    pub fn draw(&self, patience: &Patience) -> Result<Ticket, NoTicket> {
        let door = create_mutex(&format!("{}-door", self.name), false)?.0;
        match patience
            .at_least(DOOR_GRACE)
            .wait_for(door.as_raw_handle())?
        {
            Woken::Ready => {}
            Woken::Stopped => return Err(NoTicket::Stopped),
            Woken::Deadline | Woken::Rested => return Err(NoTicket::Deadline),
        }
        let drawn = self.draw_inside();
        release(&door);
        Ok(drawn?)
    }

    /// Draws a ticket while the door is ours.
    fn draw_inside(&self) -> io::Result<Ticket> {
        let rights = WAIT | QUERY_STATE | COUNT;
        let counter = create_semaphore(&self.name, 0, rights)?;
        loop {
            let number = count_up(&counter)?;
            let (mutex, is_new) = create_mutex(&self.ticket_name(number), true)?;
            if !is_new {
                // Somebody looks at a ticket of an earlier count.
                continue;
            }
            let told = i32::try_from(std::process::id()).ok();
            let told = told.and_then(|pid| pid.checked_mul(2)).unwrap_or(0);
            let process_name = format!("{}-process", self.ticket_name(number));
            return Ok(Ticket {
                queue: self.clone(),
                number,
                mutex,
                process: create_semaphore(&process_name, told, WAIT | QUERY_STATE)?,
                _counter: counter,
                _of_thread: PhantomData,
            });
        }
    }

    /// Returns those who are in the queue, in their order. Nothing is taken or made.
    pub fn queued(&self) -> Vec<Queued> {
        let next = semaphore::read(&self.name).unwrap_or(0);
        (0..next)
            .filter(|number| self.open_living(*number, QUERY_STATE).is_some())
            .map(|ticket| {
                let told = semaphore::read(&format!("{}-process", self.ticket_name(ticket)));
                Queued {
                    ticket,
                    pid: told.map(|told| told / 2).filter(|pid| *pid != 0),
                    has_turn: told.is_some_and(|told| told % 2 == 1),
                }
            })
            .collect()
    }

    /// Opens a ticket's mutex where its waiter lives.
    fn open_living(&self, number: u32, rights: u32) -> Option<OwnedHandle> {
        let name = wide(&self.ticket_name(number));
        // SAFETY: the name ends with a zero.
        let handle = owned(unsafe { OpenMutexW(rights, 0, name.as_ptr()) }).ok()?;
        (mutant::query(handle.as_raw_handle()) == Mutex::Held).then_some(handle)
    }
}

impl Ticket {
    /// Returns the number.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Returns how many are before this one.
    pub fn ahead(&self) -> usize {
        let living = |number: &u32| self.queue.open_living(*number, QUERY_STATE).is_some();
        (0..self.number).filter(living).count()
    }

    /// Waits until nobody is before this one. `tell` is called with the number of those who are, at once and when it may
    /// have changed.
    ///
    /// Errors: the time is over, the wait was called off, the system's.
    pub fn wait_turn(
        &self,
        patience: &Patience,
        tell: &mut dyn FnMut(usize),
    ) -> Result<(), NoTicket> {
        let mut told = None;
        while let Some(before) = self.nearest_before() {
            let ahead = self.ahead();
            if told.replace(ahead) != Some(ahead) {
                tell(ahead);
            }
            match patience.wait_for(before.as_raw_handle())? {
                Woken::Stopped => return Err(NoTicket::Stopped),
                Woken::Deadline => return Err(NoTicket::Deadline),
                Woken::Ready | Woken::Rested => release(&before),
            }
        }
        // One more than twice the process: it has its turn.
        // SAFETY: the semaphore is open; that nobody can be told is no reason to fail.
        unsafe { ReleaseSemaphore(self.process.as_raw_handle(), 1, std::ptr::null_mut()) };
        Ok(())
    }

    fn nearest_before(&self) -> Option<OwnedHandle> {
        let rights = WAIT | QUERY_STATE;
        (0..self.number)
            .rev()
            .find_map(|number| self.queue.open_living(number, rights))
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        release(&self.mutex);
    }
}

fn owned(handle: HANDLE) -> io::Result<OwnedHandle> {
    match handle.is_null() {
        true => Err(io::Error::last_os_error()),
        // SAFETY: Windows has just given it to us.
        false => Ok(unsafe { OwnedHandle::from_raw_handle(handle) }),
    }
}

fn release(mutex: &OwnedHandle) {
    // SAFETY: the handle is open. A mutex that is not ours is left as it is.
    unsafe { ReleaseMutex(mutex.as_raw_handle()) };
}

/// Makes a mutex, or opens the one that is there; true: it was made, and is owned where that was asked for.
fn create_mutex(name: &str, owner: bool) -> io::Result<(OwnedHandle, bool)> {
    let security = Security::for_users(WAIT | QUERY_STATE)?;
    let attributes = security.attributes();
    let name = wide(name);
    let flags = if owner { CREATE_MUTEX_INITIAL_OWNER } else { 0 };
    // SAFETY: the attributes live through the call, and the name ends with a zero.
    unsafe {
        let handle = CreateMutexExW(&attributes, name.as_ptr(), flags, WAIT | QUERY_STATE);
        let is_new = GetLastError() != ERROR_ALREADY_EXISTS;
        Ok((owned(handle)?, is_new))
    }
}

fn create_semaphore(name: &str, count: i32, rights: u32) -> io::Result<OwnedHandle> {
    let security = Security::for_users(WAIT | QUERY_STATE | COUNT)?;
    let attributes = security.attributes();
    let name = wide(name);
    // SAFETY: the attributes live through the call, and the name ends with a zero.
    owned(unsafe {
        CreateSemaphoreExW(
            &attributes,
            count,
            i32::MAX,
            name.as_ptr(),
            0,
            rights | COUNT,
        )
    })
}

/// Adds one to a semaphore, and returns what it was.
fn count_up(semaphore: &OwnedHandle) -> io::Result<u32> {
    let mut before = 0;
    // SAFETY: the semaphore is open, and the number is there.
    match unsafe { ReleaseSemaphore(semaphore.as_raw_handle(), 1, &mut before) } {
        0 => Err(io::Error::last_os_error()),
        _ => Ok(before.unsigned_abs()),
    }
}
