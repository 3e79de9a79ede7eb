//! Systems without Linux' locks: a machine's directory has no gate there. What asks is told so, and nothing is ever taken.
//! On Windows the gate of the computer itself is asked and queued for by `msikit-windows`.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::error::{Surroundings, TakeError};
use crate::{Gate, Holder, Probe, ProcessWait, Taker, Wait, WaitState, Waiter};

/// Something that calls work off. Copies share one state.
#[derive(Clone, Debug)]
pub struct Cancel {
    fired: Option<Arc<AtomicBool>>,
}

impl Cancel {
    /// Makes one that [`Cancel::cancel`] fires. Errors: none here.
    pub fn new() -> io::Result<Cancel> {
        Ok(Cancel {
            fired: Some(Arc::default()),
        })
    }

    /// Makes one that never fires.
    pub fn never() -> Cancel {
        Cancel { fired: None }
    }

    /// Calls everything that looks at this off.
    pub fn cancel(&self) {
        if let Some(fired) = &self.fired {
            fired.store(true, Ordering::SeqCst);
        }
    }

    /// Returns whether it was fired.
    pub fn is_cancelled(&self) -> bool {
        let fired = self.fired.as_ref();
        fired.is_some_and(|fired| fired.load(Ordering::SeqCst))
    }
}

/// A held gate: there is none.
pub enum Hold {}

#[derive(Clone, Copy)]
enum Never {}

/// What admits a nested install: there is none.
#[derive(Clone, Copy)]
pub struct Token(Never);

impl Token {
    /// Returns whether this admits to `gate`.
    pub fn admits(self, _: &Gate) -> bool {
        match self.0 {}
    }

    /// Returns the generation of the hold.
    pub fn generation(self) -> u64 {
        match self.0 {}
    }
}

impl Hold {
    /// Returns what admits a nested install.
    pub fn token(&self) -> Token {
        match *self {}
    }

    /// Returns the number of this hold.
    pub fn generation(&self) -> u64 {
        match *self {}
    }

    /// Returns the record as it stands.
    pub fn holder(&self) -> &Holder {
        match *self {}
    }

    /// Returns the record of the hold before, when its holder died without letting go.
    pub fn left_behind(&self) -> Option<&Holder> {
        match *self {}
    }

    /// Changes the record.
    ///
    /// Errors: none: there is no hold.
    pub fn update(&mut self, _: impl FnOnce(&mut Holder)) -> Result<(), Surroundings> {
        match *self {}
    }

    /// Lets go.
    ///
    /// Errors: none: there is no hold.
    pub fn release(self) -> Result<(), Surroundings> {
        match self {}
    }
}

/// Somebody is asked for a disk: in a machine's directory nobody is here.
#[derive(Debug)]
pub enum DiskPrompt {}

impl Gate {
    /// Says that somebody is asked for a disk.
    ///
    /// Errors: always [`Surroundings::OtherSystem`].
    pub fn ask_for_disk(&self) -> Result<DiskPrompt, Surroundings> {
        Err(self.other_system())
    }

    /// Returns whether somebody is asked for a disk.
    ///
    /// Errors: always [`Surroundings::OtherSystem`].
    pub fn is_asked_for_disk(&self) -> Result<bool, Surroundings> {
        Err(self.other_system())
    }

    fn other_system(&self) -> Surroundings {
        Surroundings::OtherSystem {
            path: self.folder().to_owned(),
        }
    }

    /// Answers that it is not known whether an install is in progress in a machine's directory.
    pub fn probe(&self) -> Probe {
        Probe::Unknown {
            reason: self.other_system(),
        }
    }

    /// Returns those who wait.
    ///
    /// Errors: always [`Surroundings::OtherSystem`].
    pub fn waiting(&self) -> Result<Vec<Waiter>, Surroundings> {
        Err(self.other_system())
    }

    /// Refuses to take the gate.
    ///
    /// Errors: always [`Surroundings::OtherSystem`].
    pub fn take(
        &self,
        _: &Taker,
        _: Wait,
        _: &Cancel,
        _: &mut dyn FnMut(&WaitState) -> Option<Duration>,
    ) -> Result<Hold, TakeError> {
        Err(self.other_system().into())
    }
}

/// Waits for a process of a machine's directory: there is none.
///
/// Errors: always [`io::ErrorKind::Unsupported`].
pub fn wait_for_process(_: Option<u32>, _: Wait, _: &Cancel) -> io::Result<ProcessWait> {
    Err(io::ErrorKind::Unsupported.into())
}

/// What identifies a process beside its number: nothing here.
pub(crate) fn process_identity() -> (u64, String) {
    (0, String::new())
}
