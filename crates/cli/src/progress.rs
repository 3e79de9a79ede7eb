//! What a terminal shows while an installation runs: a bar, and who is waited for. Without a terminal: nothing but warnings.

use std::io::IsTerminal;
use std::time::Duration;

use gate::WaitState;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use installer::{Buttons, Cancel, HolderReport, Message, MessageKind, Question, StepAction, Ui};

use crate::output::Output;
use crate::screen::counted;

/// How often a terminal looks at what the holder does.
const LOOK: Duration = Duration::from_millis(500);
/// What an installation shows: what is done, how much of it, and the bytes written in a second.
const BAR: &str = "{spinner} {msg:36!} {wide_bar} {percent:>3}% {binary_bytes_per_sec:>12}";

/// Watches for the user of a command.
pub struct Watcher<'a> {
    bar: ProgressBar,
    output: &'a mut Output,
    quiet: bool,
    terminal: bool,
    /// Who is waited for, as it is shown.
    queue: Option<String>,
    /// Who may call the installation off.
    cancel: Cancel,
    /// What waits for a restart is undone without asking.
    undoes_suspended: bool,
    /// What the action that runs does, in the package's words or by its name, and the files that it told so far.
    action: String,
    files: u64,
    /// How much was told to be done, in percent.
    percent: Option<u64>,
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
        let watcher = Watcher {
            bar,
            output,
            quiet,
            terminal,
            queue: None,
            cancel: Cancel::never(),
            undoes_suspended: false,
            action: String::new(),
            files: 0,
            percent: None,
        };
        watcher.style(BAR);
        watcher
    }

    fn style(&self, template: &str) {
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style);
        }
    }

    /// Shows how a wait for the gate stands: what [`gate::Gate::take`] tells its observer.
    pub fn waits(&mut self, state: &WaitState) -> Option<Duration> {
        let holder = state.holder.as_deref().map(HolderReport::from);
        self.waiting(holder.as_ref(), state.place as u64);
        self.asks_again()
    }

    /// The wait is over: the bar again.
    fn has_its_turn(&mut self) {
        if self.queue.take().is_some() {
            self.style(BAR);
        }
    }

    /// Says that what waits for a restart is to be undone without asking.
    pub fn undoes_suspended(&mut self, undoes: bool) {
        self.undoes_suspended = undoes;
    }

    /// Takes the bar away.
    pub fn finish(self) {
        self.bar.finish_and_clear();
    }

    /// Who may call it off: an answer to what is missing does, too.
    pub fn called_off_by(&mut self, cancel: &Cancel) {
        self.cancel = cancel.clone();
    }

    fn asks(&mut self, question: &Question) -> bool {
        let Watcher {
            bar,
            output,
            cancel,
            ..
        } = self;
        let agreed = bar.suspend(|| output.asks(&question.text, cancel));
        if !agreed && question.buttons == Buttons::RetryCancel && std::io::stdin().is_terminal() {
            cancel.cancel();
        }
        agreed
    }

    fn note(&mut self, text: &str) {
        let Watcher { bar, output, .. } = self;
        bar.suspend(|| output.note(text));
    }
}

/// What an action does: in the package's words, else its name.
fn told(action: &StepAction) -> String {
    let words = action.description.as_ref();
    words
        .unwrap_or(&action.name)
        .trim_end_matches('.')
        .to_owned()
}

impl Ui for Watcher<'_> {
    fn message(&mut self, message: &Message) {
        self.output.telling.message(message);
        match message.kind {
            MessageKind::ActionStart => {
                self.has_its_turn();
                self.files = 0;
                self.action = message.action.as_ref().map_or_else(String::new, told);
                self.bar.set_message(self.action.clone());
            }
            MessageKind::ActionData if message.text.contains("File: ") => {
                self.files += 1;
                let files = counted(self.files, "file");
                self.bar.set_message(format!("{}, {files}", self.action));
            }
            MessageKind::Warning => self.note(&format!("warning: {}", message.text)),
            // What ends the installation is told when it has ended.
            MessageKind::User if !self.quiet => self.note(&message.text),
            _ => {}
        }
    }

    fn progress(&mut self, done: u64, total: u64) {
        let percent = done.saturating_mul(100).checked_div(total);
        if percent != self.percent {
            self.percent = percent;
            self.output.telling.progress(done, total);
        }
        self.bar.set_length(total);
        self.bar.set_position(done);
    }

    fn agrees(&mut self, question: &Question) -> bool {
        match question.buttons {
            Buttons::YesNo if self.undoes_suspended => true,
            _ if self.terminal => self.asks(question),
            _ => self.output.telling.asks(question),
        }
    }

    fn waiting_for_wineserver(&mut self) {
        self.output.telling.waiting_for_wineserver();
        self.note(&format!("waiting: {}", machine::Error::WineserverRuns));
    }

    /// One line, which changes only when what it says does.
    fn waiting(&mut self, holder: Option<&HolderReport>, place: u64) {
        self.output.telling.waiting(holder, place);
        let who = holder.map_or_else(|| "another installation".to_owned(), HolderReport::describe);
        let line = format!("waiting, place {place} in the queue, for {who}");
        if self.terminal && self.queue.as_ref() != Some(&line) {
            self.style("{wide_msg}");
            self.bar.set_message(line.clone());
            self.queue = Some(line);
        }
    }

    fn asks_again(&self) -> Option<Duration> {
        self.terminal.then_some(LOOK)
    }
}
