//! The second case of "_MSIExecute Mutex": a process that is in a UI sequence installs nothing else.

use std::sync::atomic::{AtomicU32, Ordering};

/// UI sequences that this process is processing, on any machine: the second case of "_MSIExecute Mutex".
static UI_SEQUENCES: AtomicU32 = AtomicU32::new(0);

/// Does this process process a UI sequence?
pub(crate) fn in_ui_sequence() -> bool {
    UI_SEQUENCES.load(Ordering::SeqCst) > 0
}

/// A UI sequence under way.
pub(crate) struct UiSequence(());

impl UiSequence {
    pub(crate) fn begin() -> UiSequence {
        UI_SEQUENCES.fetch_add(1, Ordering::SeqCst);
        UiSequence(())
    }
}

impl Drop for UiSequence {
    fn drop(&mut self) {
        UI_SEQUENCES.fetch_sub(1, Ordering::SeqCst);
    }
}
