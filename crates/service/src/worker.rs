//! The worker's side: the process that carries out one order, told to begin by the service and telling what it does.

use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use installer::{HolderReport, Message};
use serde_json::{Value, json};

use crate::wire::{Connection, Limits, WireError};

/// How long a service may take to read an event: it reads at once, unless it was stopped.
const TELL_TIME_MAX: Duration = Duration::from_secs(3600);
/// How long it may take to say what to do.
const BEGIN_TIME_MAX: Duration = Duration::from_secs(30);

/// A worker's connection to its service.
#[derive(Clone)]
pub struct Teller {
    connection: Arc<Mutex<Connection>>,
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
            teller: Teller { connection },
            files,
            input,
        })
    }

    /// Waits until the service goes.
    pub fn wait_for_end(socket: OwnedFd) {
        let limits = Limits {
            idle: None,
            whole: BEGIN_TIME_MAX,
            bytes_max: 1024,
        };
        let mut connection = Connection::new(socket);
        while matches!(connection.receive(&limits, None), Ok(Some(_))) {}
    }

    /// Tells an event. A service that has gone is told nothing.
    pub fn tell(&self, event: &Value) {
        let connection = self.connection.lock();
        let connection = connection.unwrap_or_else(PoisonError::into_inner);
        let _ = connection.send(event, &[], TELL_TIME_MAX);
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
