//! The client's side: asking a service that is there.

use std::io;
use std::os::fd::BorrowedFd;
use std::path::Path;
use std::time::Duration;

use serde_json::{Map, Value};

use crate::order::Order;
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
    /// It carries nothing out.
    #[error("the service carries nothing out")]
    NoInstall,
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
            Failed::Gone | Failed::NoInstall | Failed::Silent { .. } | Failed::Nonsense(_) => {
                installer::code::SERVICE_FAILURE
            }
        }
    }
}

/// What came of an order.
#[derive(Clone, Debug)]
pub struct Carried {
    /// Windows' code.
    pub code: u32,
    /// What `--json` would print; null where the worker printed itself.
    pub result: Value,
}

/// Why nothing came of an order.
#[derive(Debug, thiserror::Error)]
pub enum NotDone {
    /// It was not begun.
    #[error("{0}")]
    NotBegun(Failed),
    /// It was begun, and did not come to an end.
    #[error("{0}")]
    Ended(Failed),
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

    /// Has an order carried out; its output goes to the descriptors that were given with it. `stop` calls it off, through
    /// a connection of its own that `again` makes.
    ///
    /// Returns what came of it. Errors: [`NotDone::NotBegun`], where nothing was done and the caller may do it itself;
    /// the service ended after it had begun.
    pub fn run(
        mut self,
        order: &Order,
        descriptors: &[BorrowedFd<'_>],
        stop: Option<BorrowedFd<'_>>,
        again: impl Fn() -> Option<Client>,
    ) -> Result<Carried, NotDone> {
        let accepted = self.accepted(order, descriptors);
        let install = accepted.map_err(NotDone::NotBegun)?;
        let ended = || {
            NotDone::Ended(Failed::Refused {
                code: installer::code::SERVICE_FAILURE,
                message: "the service ended while it carried this out; what was done is undone [message 1719]"
                    .to_owned(),
            })
        };
        let mut stop = stop;
        loop {
            let received = self.connection.receive(&limits(None), stop);
            let message = match received {
                Err(WireError::CalledOff) => {
                    stop = None;
                    let cancelled = again().map(|mut client| client.cancel(install));
                    if let Some(Err(error)) = cancelled {
                        return Err(NotDone::Ended(error));
                    }
                    continue;
                }
                Ok(Some(message)) => message,
                Ok(None) | Err(_) => return Err(ended()),
            };
            let reply: Reply = serde_json::from_value(message.value).map_err(|_| ended())?;
            if let Some(refused) = refusal(&reply) {
                return Err(NotDone::Ended(refused));
            }
            if !reply.continues {
                let code = reply.parameters.get("code").and_then(Value::as_u64);
                let code = code.and_then(|code| u32::try_from(code).ok());
                let result = reply.parameters.get("result").cloned();
                return Ok(Carried {
                    code: code.ok_or_else(ended)?,
                    result: result.unwrap_or_default(),
                });
            }
        }
    }

    /// Sends an order. Returns the number of the installation. Errors: the service did not take it.
    fn accepted(&mut self, order: &Order, descriptors: &[BorrowedFd<'_>]) -> Result<u64, Failed> {
        let parameters = match serde_json::to_value(order) {
            Ok(Value::Object(parameters)) => parameters,
            _ => return Err(Failed::Nonsense("an order".to_owned())),
        };
        let call = Call {
            more: true,
            ..Call::new("Run", parameters)
        };
        let sent = self.connection.send(&call, descriptors, ANSWER_TIME_MAX);
        sent.map_err(|source| self.failed(source))?;
        // Nothing is begun before this reply was sent, so that one that does not come means: not begun.
        let reply = self.reply_within(None)?;
        let accepted = reply.parameters.get("accepted");
        let install = accepted.and_then(|accepted| accepted["install"].as_u64());
        install.ok_or_else(|| Failed::Nonsense("no installation".to_owned()))
    }

    /// Calls an installation off. Errors: [`Failed`].
    pub fn cancel(&mut self, install: u64) -> Result<(), Failed> {
        let mut parameters = Map::new();
        parameters.insert("install".to_owned(), install.into());
        self.ask_with("Cancel", parameters).map(drop)
    }

    /// Follows what the service carries out, event by event, until it ends. False: it carries nothing out.
    ///
    /// Errors: [`Failed`].
    pub fn follow(mut self, told: &mut dyn FnMut(&Map<String, Value>)) -> Result<bool, Failed> {
        let call = Call {
            more: true,
            ..Call::new("Follow", Map::new())
        };
        let sent = self.connection.send(&call, &[], ANSWER_TIME_MAX);
        sent.map_err(|source| self.failed(source))?;
        loop {
            match self.reply_within(None) {
                Ok(reply) if reply.continues => told(&reply.parameters),
                Ok(_) => return Ok(true),
                Err(Failed::NoInstall) => return Ok(false),
                Err(error) => return Err(error),
            }
        }
    }

    fn ask(&mut self, method: &str) -> Result<Reply, Failed> {
        self.ask_with(method, Map::new())
    }

    fn ask_with(&mut self, method: &str, parameters: Map<String, Value>) -> Result<Reply, Failed> {
        let call = Call::new(method, parameters);
        let sent = self.connection.send(&call, &[], ANSWER_TIME_MAX);
        sent.map_err(|source| self.failed(source))?;
        self.reply_within(Some(ANSWER_TIME_MAX))
    }

    fn reply_within(&mut self, time: Option<Duration>) -> Result<Reply, Failed> {
        let received = self.connection.receive(&limits(time), None);
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
    if name == "NoInstall" {
        return Some(Failed::NoInstall);
    }
    let code = match name {
        "org.varlink.service.PermissionDenied" => 5,
        "InstallerTooOld" => 120,
        "org.varlink.service.InvalidParameter" => installer::code::COMMAND_LINE,
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
