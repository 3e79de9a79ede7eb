//! The progress of a script: told to the watcher and, operation by operation, to the log.

use std::cell::RefCell;

use gate::Cancel;
use script::{Operation, Progress};

use crate::{Log, Ui};

/// What an operation counts besides its bytes.
const OPERATION: u64 = 1024;
/// How many units must pass before the watcher is told again.
const STEP: u64 = 64 * 1024;

/// Counts bytes written and operations begun.
pub(crate) struct Ticks<'a, 'b> {
    ui: &'a RefCell<&'b mut dyn Ui>,
    log: &'a mut Log,
    cancel: &'a Cancel,
    done: u64,
    told: u64,
    total: u64,
}

impl<'a, 'b> Ticks<'a, 'b> {
    /// Counts for one script.
    pub(crate) fn new(
        script: &[Operation],
        ui: &'a RefCell<&'b mut dyn Ui>,
        log: &'a mut Log,
        cancel: &'a Cancel,
    ) -> Ticks<'a, 'b> {
        let size = |operation: &Operation| match operation {
            Operation::FileCopy { metadata, .. } => metadata.size.unwrap_or(0),
            _ => 0,
        };
        let total = script
            .iter()
            .map(|operation| size(operation).saturating_add(OPERATION))
            .fold(0, u64::saturating_add);
        ui.borrow_mut().progress(0, total);
        Ticks {
            ui,
            log,
            cancel,
            done: 0,
            told: 0,
            total,
        }
    }

    fn add(&mut self, units: u64) {
        self.done = self.done.saturating_add(units).min(self.total);
        if self.done - self.told >= STEP || self.done == self.total {
            self.told = self.done;
            self.ui.borrow_mut().progress(self.done, self.total);
        }
    }
}

impl Progress for Ticks<'_, '_> {
    fn operation(&mut self, _: usize, operation: &Operation) {
        self.log.line(&format!("Executing op: {operation}"));
        self.add(OPERATION);
    }

    fn bytes(&mut self, count: u64) {
        self.add(count);
    }

    fn cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }
}
