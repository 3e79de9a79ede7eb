//! What a terminal shows while an installation runs: a bar, and who is waited for. Without a terminal: nothing but warnings.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use installer::{HolderReport, Message, MessageKind, Ui};

use crate::output::Output;

/// Watches for the user of a command.
pub struct Watcher<'a> {
    bar: ProgressBar,
    output: &'a mut Output,
    quiet: bool,
}

impl<'a> Watcher<'a> {
    /// Watches; `terminal`: with a bar on standard error; `quiet`: without the package's own words.
    pub fn new(output: &'a mut Output, terminal: bool, quiet: bool) -> Watcher<'a> {
        let target = if terminal {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(None, target);
        let style = ProgressStyle::with_template("{spinner} {msg:40!} {wide_bar} {percent:>3}%");
        if let Ok(style) = style {
            bar.set_style(style);
        }
        Watcher { bar, output, quiet }
    }

    /// Takes the bar away.
    pub fn finish(self) {
        self.bar.finish_and_clear();
    }

    fn note(&mut self, text: &str) {
        let Watcher { bar, output, .. } = self;
        bar.suspend(|| output.note(text));
    }
}

impl Ui for Watcher<'_> {
    fn message(&mut self, message: &Message) {
        match message.kind {
            MessageKind::ActionStart => {
                let name = message.action.as_ref().map(|action| action.name.clone());
                self.bar.set_message(name.unwrap_or_default());
            }
            MessageKind::Warning => self.note(&format!("warning: {}", message.text)),
            // What ends the installation is told when it has ended.
            MessageKind::User if !self.quiet => self.note(&message.text),
            _ => {}
        }
    }

    fn progress(&mut self, done: u64, total: u64) {
        self.bar.set_length(total);
        self.bar.set_position(done);
    }

    fn waiting_for_wineserver(&mut self) {
        self.note(&format!("waiting: {}", machine::Error::WineserverRuns));
    }

    fn waiting(&mut self, holder: Option<&HolderReport>, place: u64) {
        let who = holder.map_or_else(|| "another installation".to_owned(), HolderReport::describe);
        self.bar
            .set_message(format!("waiting for {who}, place {place} in the queue"));
    }
}
