//! The client's side: asking a service that is there.

use std::io;
use std::path::Path;
use std::time::Duration;

use serde_json::Map;

use crate::peer::Peer;
use crate::socket;
use crate::status::ServiceStatus;
use crate::varlink::{Call, Reply};
use crate::wire::{Connection, Limits, WireError};

/// How long one waits for the answer to a question.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(10);
/// The longest reply that is taken, in bytes.
const REPLY_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Why a service did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// It said no.
    #[error("{message}")]
    Refused {
        /// Windows' code.
        code: u32,
        /// One line.
        message: String,
    },
    /// It has ended before it answered anything.
    #[error("the service has ended")]
    Gone,
    /// It cannot be spoken to.
    #[error("the service (pid {pid}) does not answer: {source}; end it, or say --no-service")]
    Silent {
        /// Its process.
        pid: i32,
        /// What went wrong.
        source: WireError,
    },
    /// What it said makes no sense.
    #[error("the service answered what cannot be understood: {0}")]
    Nonsense(String),
}

impl Failed {
    /// Windows' code.
    pub fn code(&self) -> u32 {
        match self {
            Failed::Refused { code, .. } => *code,
            Failed::Gone | Failed::Silent { .. } | Failed::Nonsense(_) => {
                installer::code::SERVICE_FAILURE
            }
        }
    }
}

/// A connection to a service.
#[derive(Debug)]
pub struct Client {
    connection: Connection,
    service: Peer,
}

impl Client {
    /// Connects to the service of the machine whose own folder is `state`. None: there is none that may be trusted, that is
    /// one of the machine's owner or of root.
    pub fn connect(state: &Path, owner: u32) -> Option<Client> {
        let socket = socket::connect(state).ok().flatten()?;
        let service = Peer::of(&socket).ok()?;
        service.may_change(owner).then(|| Client {
            connection: Connection::new(socket),
            service,
        })
    }

    /// The service's process.
    pub fn service(&self) -> &Peer {
        &self.service
    }

    /// Asks for the status. Errors: [`Failed`].
    pub fn query(&mut self) -> Result<ServiceStatus, Failed> {
        let reply = self.ask("Query")?;
        let status = reply.parameters.get("status").cloned().unwrap_or_default();
        serde_json::from_value(status).map_err(|error| Failed::Nonsense(error.to_string()))
    }

    /// Sends the control STOP, and waits until the service has ended.
    ///
    /// Errors: [`Failed`]; 1052, 1061, and 5 where the user may not.
    pub fn stop(mut self) -> Result<(), Failed> {
        self.ask("Stop")?;
        match self.connection.receive(&limits(None), None) {
            // It closes the connection when it ends.
            Ok(_) | Err(WireError::Io(_)) => Ok(()),
            Err(source) => Err(self.failed(source)),
        }
    }

    fn ask(&mut self, method: &str) -> Result<Reply, Failed> {
        let call = Call::new(method, Map::new());
        let sent = self.connection.send(&call, &[], ANSWER_TIME_MAX);
        sent.map_err(|source| self.failed(source))?;
        self.reply()
    }

    fn reply(&mut self) -> Result<Reply, Failed> {
        let received = self
            .connection
            .receive(&limits(Some(ANSWER_TIME_MAX)), None);
        let message = received.map_err(|source| self.failed(source))?;
        let message = message.ok_or(Failed::Gone)?;
        let reply: Reply = serde_json::from_value(message.value)
            .map_err(|error| Failed::Nonsense(error.to_string()))?;
        match refusal(&reply) {
            Some(refused) => Err(refused),
            None => Ok(reply),
        }
    }

    fn failed(&self, source: WireError) -> Failed {
        let pid = self.service.pid;
        match source {
            WireError::Io(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset
                ) =>
            {
                Failed::Gone
            }
            source => Failed::Silent { pid, source },
        }
    }
}

fn limits(idle: Option<Duration>) -> Limits {
    Limits {
        idle,
        whole: ANSWER_TIME_MAX,
        bytes_max: REPLY_BYTES_MAX,
    }
}

/// What an error says; none: it is no error.
fn refusal(reply: &Reply) -> Option<Failed> {
    let name = reply.error_name()?;
    let code = match name {
        "org.varlink.service.PermissionDenied" => 5,
        "InstallerTooOld" => 120,
        _ => reply
            .parameters
            .get("code")
            .and_then(|code| u32::try_from(code.as_u64()?).ok())
            .unwrap_or(installer::code::SERVICE_FAILURE),
    };
    let message = match (name, reply.parameters.get("message")) {
        (_, Some(message)) => message.as_str().unwrap_or_default().to_owned(),
        ("org.varlink.service.PermissionDenied", _) => {
            "only the machine's owner and root may do that".to_owned()
        }
        (name, None) => format!("the service answered {name}"),
    };
    Some(Failed::Refused { code, message })
}
