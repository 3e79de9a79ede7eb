//! What `run` tells while it works, and how it is stopped.

use crate::Operation;

/// Told of every operation as it begins.
pub trait Progress {
    /// The operation at `index` of the running call begins. Files of one cabinet begin in the cabinet's order.
    fn operation(&mut self, index: usize, operation: &Operation) {
        let _ = (index, operation);
    }

    /// So many more bytes were written to files.
    fn bytes(&mut self, count: u64) {
        let _ = count;
    }

    /// Has the user cancelled? Asked before each operation and each block of bytes.
    fn cancelled(&self) -> bool {
        false
    }
}

/// Nobody is told.
impl Progress for () {}
