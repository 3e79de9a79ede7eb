//! The worker's side: the process that carries out one order, told to begin by the service and telling what it does.

use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use installer::{HolderReport, Message, Question};
use serde_json::{Value, json};

use crate::question::answers;
use crate::wire::{Connection, Limits, WireError};

/// How long a service may take to read an event: it reads at once, unless it was stopped.
const TELL_TIME_MAX: Duration = Duration::from_secs(3600);
/// How long it may take to say what to do.
const BEGIN_TIME_MAX: Duration = Duration::from_secs(30);

/// A worker's connection to its service.
#[derive(Clone)]
pub struct Teller {
    connection: Arc<Mutex<Connection>>,
    answers: Arc<Answers>,
}

/// What the service answers.
#[derive(Default)]
struct Answers {
    heard: Mutex<Heard>,
    changed: Condvar,
}

#[derive(Default)]
struct Heard {
    /// The number of the latest question.
    asked: u64,
    /// Its answer.
    agrees: Option<bool>,
    /// The service has gone.
    is_over: bool,
}

impl Answers {
    fn heard(&self) -> MutexGuard<'_, Heard> {
        // Nothing is left half-done under this lock.
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a worker begins with.
pub struct Begun {
    /// Tells the service.
    pub teller: Teller,
    /// Files that were handed over, by their absolute paths.
    pub files: Vec<(PathBuf, OwnedFd)>,
    /// Standard input.
    pub input: Option<OwnedFd>,
}

impl Teller {
    /// Waits until the service says to begin. Returns with it the files that were handed over, by their paths, and
    /// standard input.
    ///
    /// Errors: the service has gone, and nothing is to be done.
    pub fn begin(socket: OwnedFd) -> Result<Begun, WireError> {
        let mut connection = Connection::new(socket);
        let limits = Limits {
            idle: Some(BEGIN_TIME_MAX),
            whole: BEGIN_TIME_MAX,
            bytes_max: 1024 * 1024,
        };
        let message = connection.receive(&limits, None)?.ok_or(WireError::Torn)?;
        let paths = message.value["files"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let mut descriptors = message.descriptors;
        let input = match message.value["input"].as_bool() {
            Some(true) => descriptors.pop(),
            _ => None,
        };
        let paths = paths.iter().filter_map(Value::as_str).map(PathBuf::from);
        let files = paths.zip(descriptors).collect();
        let connection = Arc::new(Mutex::new(connection));
        Ok(Begun {
            teller: Teller {
                connection,
                answers: Arc::default(),
            },
            files,
            input,
        })
    }

    /// Takes the service's answers until it goes.
    pub fn listen(&self, socket: OwnedFd) {
        let limits = Limits {
            idle: None,
            whole: BEGIN_TIME_MAX,
            bytes_max: 1024,
        };
        let mut connection = Connection::new(socket);
        while let Ok(Some(message)) = connection.receive(&limits, None) {
            let answer = &message.value["answer"];
            let mut heard = self.answers.heard();
            if answer["question"].as_u64() == Some(heard.asked) {
                heard.agrees = answer["agrees"].as_bool();
            }
            self.answers.changed.notify_all();
        }
        self.answers.heard().is_over = true;
        self.answers.changed.notify_all();
    }

    /// Tells an event. Returns whether the service is there.
    fn tell(&self, event: &Value) -> bool {
        let connection = self.connection.lock();
        let connection = connection.unwrap_or_else(PoisonError::into_inner);
        connection.send(event, &[], TELL_TIME_MAX).is_ok()
    }

    /// Asks the client, and waits for the answer; how long, the service decides. A service that has gone: no.
    pub fn asks(&self, question: &Question) -> bool {
        let number = {
            let mut heard = self.answers.heard();
            heard.asked += 1;
            heard.agrees = None;
            heard.asked
        };
        let told = self.tell(&json!({ "question": {
            "question": number,
            "message": question.number,
            "product": question.product,
            "text": question.text,
            "answers": answers(question.buttons),
        }}));
        let is_open = |heard: &mut Heard| told && heard.agrees.is_none() && !heard.is_over;
        let heard = self
            .answers
            .changed
            .wait_while(self.answers.heard(), is_open);
        heard.unwrap_or_else(PoisonError::into_inner).agrees == Some(true)
    }

    /// Tells that what is done is called off. Returns whether the service is there.
    pub fn cancelling(&self) -> bool {
        self.tell(&json!({ "cancelling": true }))
    }

    /// Tells a message of the installation.
    pub fn message(&self, message: &Message) {
        let action = message.action.as_ref();
        self.tell(&json!({ "message": {
            "kind": format!("{:?}", message.kind),
            "number": message.number,
            "fields": message.fields,
            "text": message.text,
            "action": action.map(|action| &action.name),
            "description": action.and_then(|action| action.description.as_ref()),
            "result": action.and_then(|action| action.result).map(|result| result.log_number()),
        }}));
    }

    /// Tells how far it is.
    pub fn progress(&self, done: u64, total: u64) {
        self.tell(&json!({ "progress": { "done": done, "total": total } }));
    }

    /// Tells that it waits for its turn.
    pub fn waiting(&self, holder: Option<&HolderReport>, place: u64) {
        self.tell(&json!({ "waiting": { "holder": holder, "place": place } }));
    }

    /// Tells that it waits for a wineserver.
    pub fn waiting_for_wineserver(&self) {
        self.tell(&json!({ "waiting_for_wineserver": true }));
    }

    /// Tells what came of it: the value that `--json` prints.
    pub fn result(&self, result: &impl serde::Serialize) {
        self.tell(&json!({ "result": serde_json::to_value(result).unwrap_or_default() }));
    }

    /// Tells that it has ended, and with which of Windows' codes.
    pub fn ended(&self, code: u32) {
        self.tell(&json!({ "ended": { "code": code } }));
    }
}
