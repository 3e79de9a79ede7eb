//! What the engine tells whoever watches, in Windows' message kinds. The engine never prints.
//!
//! Follows: Microsoft, "MsiSetExternalUI" and "Parsing Windows Installer Messages".

use std::time::Duration;

use sequence::Message;

use crate::report::HolderReport;

/// Somebody who watches an installation (cancelling is [`crate::Installer`]'s `cancel`).
pub trait Ui {
    /// Takes one message: INSTALLMESSAGE's kinds.
    fn message(&mut self, message: &Message);

    /// Takes the progress of the script: how many of `total` units are done. A unit is one byte written or one operation.
    fn progress(&mut self, done: u64, total: u64);

    /// Is told that the installation waits for its turn, at once and whenever the queue before it moves: who holds it up,
    /// and the place in the queue.
    fn waiting(&mut self, holder: Option<&HolderReport>, place: u64) {
        let _ = (holder, place);
    }

    /// After how long [`Ui::waiting`] is to be called again though the queue has not moved, for what the holder does
    /// meanwhile. None: a waiter that sleeps through.
    fn asks_again(&self) -> Option<Duration> {
        None
    }

    /// Is asked something; true: the first of the two answers (yes, retry). Nobody there: the other one.
    fn agrees(&mut self, question: &Question) -> bool {
        let _ = question;
        false
    }

    /// Is told once that the installation waits for the wineserver of the machine, a Wine prefix, to end.
    fn waiting_for_wineserver(&mut self) {}
}

/// The two answers that a question has: the buttons of Windows' message box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Buttons {
    /// Yes or no. Nobody there: no.
    YesNo,
    /// Retry or cancel. Nobody there: cancel.
    RetryCancel,
}

/// A question with two answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The number of Windows' message: 1704, 1705, 1503 where an installation waits for a restart; 1308, 1311 where a
    /// file or a cabinet is not at the source, 1302 where the disk that it is on is asked for.
    pub number: u32,
    /// The answers.
    pub buttons: Buttons,
    /// The product whose installation waits for a restart, or whose file is missing.
    pub product: String,
    /// The question.
    pub text: String,
}

/// Nobody watches.
#[derive(Debug, Default, Clone, Copy)]
pub struct Silent;

impl Ui for Silent {
    fn message(&mut self, _: &Message) {}
    fn progress(&mut self, _: u64, _: u64) {}
    fn waiting(&mut self, _: Option<&HolderReport>, _: u64) {}
}
