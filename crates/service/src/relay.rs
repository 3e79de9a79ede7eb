//! What a worker tells is handed on until it ends: to the client, and to those who follow.
//!
//! A client that reads nothing loses events, and holds the installation up for ten seconds at most; longer only where it said
//! that it answers questions, and then not for ever.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::installs::Install;
use crate::question::Asked;
use crate::running::map;
use crate::server::{Server, now};
use crate::varlink::Reply;
use crate::wire::{self, Connection, Limits, WireError};

/// How long a client that reads may take over an event.
const EVENT_TIME_MAX: Duration = Duration::from_secs(1);
/// How long clients that read slowly may hold an installation up in all.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it is looked whether the client is there while nothing happens.
const LOOK: Duration = Duration::from_millis(500);
/// The longest event of a worker, in bytes.
const EVENT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// What a client said about itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    /// The installation is called off when it goes.
    pub(crate) cancels: bool,
    /// It answers questions.
    pub(crate) answers: bool,
}

/// How a worker ended: Windows' code and its result; none: it died.
pub(crate) type Ending = Option<(u32, Value)>;

/// Stands between a worker and its client.
pub(crate) struct Relay<'a> {
    server: &'a Server,
    install: &'a Install,
    client: &'a Connection,
    terms: Terms,
    /// The client takes events.
    takes_events: bool,
    /// The client has gone, and that was told.
    has_gone: bool,
    /// How long the client is still waited for.
    patience: Duration,
}

impl<'a> Relay<'a> {
    /// `takes_events`: the client takes more replies than the last.
    pub(crate) fn new(
        server: &'a Server,
        install: &'a Install,
        client: &'a Connection,
        terms: Terms,
        takes_events: bool,
    ) -> Relay<'a> {
        Relay {
            server,
            install,
            client,
            terms,
            takes_events,
            has_gone: false,
            patience: PATIENCE,
        }
    }

    /// Hands on what a worker tells until it ends.
    ///
    /// Errors: what it tells makes no sense.
    pub(crate) fn run(&mut self, worker: &mut Connection) -> Result<Ending, WireError> {
        let limits = Limits {
            idle: Some(LOOK),
            whole: Duration::from_secs(60),
            bytes_max: EVENT_BYTES_MAX,
        };
        let mut result = Value::Null;
        loop {
            self.look_after_client();
            let event = match worker.receive(&limits, None) {
                Ok(Some(message)) => map(message.value),
                Ok(None) => return Ok(None),
                Err(WireError::Idle) => continue,
                // It was killed while it told something.
                Err(WireError::Torn | WireError::Io(_)) => return Ok(None),
                Err(error) => return Err(error),
            };
            if let Some(value) = event.get("result") {
                result = value.clone();
            } else if let Some(ended) = event.get("ended") {
                let code = ended["code"].as_u64().map(u32::try_from);
                let code = code.and_then(Result::ok);
                return Ok(Some((code.unwrap_or(installer::code::FAILURE), result)));
            } else if let Some(question) = event.get("question") {
                self.ask(question, &event);
            } else {
                self.tell(event);
            }
        }
    }

    /// Sees whether the client has gone, and whether it was silent for too long.
    fn look_after_client(&mut self) {
        if !self.has_gone && wire::is_gone(self.client.socket()) {
            self.has_gone = true;
            self.takes_events = false;
            let number = self.install.number;
            let line = format!("installation {number}: its client has gone");
            self.server.site.tell(&line);
            self.install.tell(map(json!({ "client_gone": true })));
            if self.terms.cancels {
                // One that has ended meanwhile needs none.
                let _ = self.install.cancel();
            }
        }
        let due = self.install.answer_is_due();
        if due.is_some_and(|due| self.has_gone || now() >= due) {
            self.install.decline();
        }
    }

    /// Hands a question on to a client that answers; for any other one silence is the answer.
    fn ask(&mut self, question: &Value, event: &Map<String, Value>) {
        let until = now() + self.server.settings.answer_time_max;
        let Some(asked) = Asked::read(question, until) else {
            return;
        };
        self.install.ask(asked);
        self.install.tell(event.clone());
        let is_asked = self.terms.answers && self.takes_events && self.send(event);
        if !is_asked {
            self.install.decline();
        }
    }

    /// Events for a client that does not read are lost: it holds nothing up for long.
    fn tell(&mut self, event: Map<String, Value>) {
        if event.contains_key("cancelling") {
            let number = self.install.number;
            let line = format!("installation {number} is called off");
            self.server.site.tell(&line);
        }
        if self.takes_events && self.is_ready() {
            self.takes_events = self.send(&event);
        }
        self.install.tell(event);
    }

    /// One that is only slow is waited for, as long as there is patience left.
    fn is_ready(&mut self) -> bool {
        let patience = self.patience.min(EVENT_TIME_MAX);
        let (is_ready, waited) = self.client.is_ready_within(patience);
        self.patience = self.patience.saturating_sub(waited);
        is_ready
    }

    fn send(&self, event: &Map<String, Value>) -> bool {
        let reply = Reply::one_of_more(event.clone());
        self.client.send(&reply, &[], EVENT_TIME_MAX).is_ok()
    }
}
