//! Stops a run at a chosen place until a test says go on: no sleeps, no clocks.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::SystemTime;

use script::{Contents, Operation, Progress, ReceiveError, Source, SourceError};

/// The run's side: where it stops, once.
pub struct Parker {
    arrived: Option<Sender<()>>,
    go_on: Receiver<()>,
}

/// The test's side. Dropping it lets the run go on, so that a failed test does not hang.
pub struct Parked {
    arrival: Receiver<()>,
    go_on: Sender<()>,
}

/// Makes both sides; each goes to its own thread.
pub fn parking() -> (Parker, Parked) {
    let (arrived, arrival) = channel();
    let (release, go_on) = channel();
    (
        Parker {
            arrived: Some(arrived),
            go_on,
        },
        Parked {
            arrival,
            go_on: release,
        },
    )
}

impl Parker {
    /// Says that the run is here, and waits until it may go on. After the first time, does not wait.
    pub fn park(&mut self) {
        if let Some(arrived) = self.arrived.take() {
            // An error means that the other side is gone: go on.
            let _ = arrived.send(());
            let _ = self.go_on.recv();
        }
    }
}

impl Parked {
    /// Waits until the run has stopped. Returns whether it did; it may have ended without.
    pub fn wait(&self) -> bool {
        self.arrival.recv().is_ok()
    }

    /// Lets the run go on.
    pub fn release(self) {
        // An error means that the run is gone already.
        let _ = self.go_on.send(());
    }
}

/// A [`Progress`] that parks when an operation of this name begins.
pub struct ParkingProgress {
    /// The operation's name, such as `FileCopy`.
    pub at: &'static str,
    /// Where to park.
    pub parker: Parker,
}

impl Progress for ParkingProgress {
    fn operation(&mut self, _index: usize, operation: &Operation) {
        if operation.name() == self.at {
            self.parker.park();
        }
    }
}

/// A [`Source`] that parks in the midst of the first file: it is begun and not yet written.
pub struct ParkingSource<S> {
    /// Delivers.
    pub inner: S,
    /// Where to park.
    pub parker: Parker,
}

impl<S: Source> Source for ParkingSource<S> {
    fn deliver(
        &mut self,
        wanted: &[&Contents],
        receiver: &mut dyn script::Receiver,
    ) -> Result<(), SourceError> {
        self.inner.deliver(
            wanted,
            &mut ParkingReceiver {
                inner: receiver,
                parker: &mut self.parker,
            },
        )
    }
}

struct ParkingReceiver<'a> {
    inner: &'a mut dyn script::Receiver,
    parker: &'a mut Parker,
}

impl script::Receiver for ParkingReceiver<'_> {
    fn begin(&mut self, index: usize, modified: Option<SystemTime>) -> Result<(), ReceiveError> {
        self.inner.begin(index, modified)?;
        self.parker.park();
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), ReceiveError> {
        self.inner.write(bytes)
    }

    fn end(&mut self) -> Result<(), ReceiveError> {
        self.inner.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_waits_until_it_is_released_and_then_no_more() {
        let (mut parker, parked) = parking();
        let run = std::thread::spawn(move || {
            parker.park();
            parker.park();
            "ran"
        });
        assert!(parked.wait());
        assert!(!run.is_finished());
        parked.release();
        assert_eq!(run.join().unwrap(), "ran");
    }

    #[test]
    fn a_run_that_ends_without_parking_is_told() {
        let (parker, parked) = parking();
        drop(parker);
        assert!(!parked.wait());
    }
}
