//! `Run`, `Follow` and `Cancel`: an order is carried out by a worker, whose events go to the client and to those who follow.
//!
//! A client that reads nothing loses events, and does not hold the installation up; one that goes does not end it.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::installs::{Install, Worker};
use crate::order::{Handed, Order};
use crate::peer::Peer;
use crate::server::Server;
use crate::varlink::{Call, Reply};
use crate::wire::{self, Connection, Limits, WireError};

/// How long a client that reads may take over an event.
const EVENT_TIME_MAX: Duration = Duration::from_secs(1);
/// How often one who follows, and one whose client may go, is looked at while nothing happens.
const LOOK: Duration = Duration::from_millis(500);
/// The longest event of a worker, in bytes.
const EVENT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// An installation that is forgotten when its thread ends, however it ends.
struct Enrolled<'a> {
    server: &'a Server,
    install: Arc<Install>,
}

impl Drop for Enrolled<'_> {
    fn drop(&mut self) {
        self.server.discharge(&self.install);
    }
}

impl Server {
    pub(crate) fn run(
        &self,
        call: &Call,
        descriptors: Vec<OwnedFd>,
        peer: &Peer,
        client: &Connection,
    ) -> Reply {
        if !self.may_change(peer) {
            self.refuse(peer, "only the machine's owner and root may change it");
            return Reply::standard_error("PermissionDenied", json!({}));
        }
        let order: Result<Order, _> =
            serde_json::from_value(Value::Object(call.parameters.clone()));
        let order = match order {
            Ok(order) => order,
            Err(error) => return Reply::invalid_parameter(&error.to_string()),
        };
        let with_client = order.cancel_with_client;
        let (start, handed) = match order.start(descriptors, *peer) {
            Ok(start) => start,
            Err(name) => return Reply::invalid_parameter(name),
        };
        match self.carry_out(start, handed, with_client, call, client) {
            Ok(reply) => reply,
            Err(error) => {
                self.refuse(peer, &error.to_string());
                Reply::error("NotStarted", json!({ "message": error.to_string() }))
            }
        }
    }

    /// Starts a worker, tells the client that it is there, lets it begin, and hands on what it tells.
    ///
    /// The client is told first: one that was not told may carry the order out by itself, for the worker did not begin.
    fn carry_out(
        &self,
        start: crate::Start,
        handed: Handed,
        with_client: bool,
        call: &Call,
        client: &Connection,
    ) -> Result<Reply, WireError> {
        let peer = start.client;
        let Worker { pid, socket, wait } = self.site.start(start)?;
        let mut worker = Connection::new(socket);
        let Some(install) = self.enrol(pid, peer)? else {
            drop(worker);
            let _ = wait();
            let message = "the service is stopping";
            return Ok(Reply::error("NotStarted", json!({ "message": message })));
        };
        let enrolled = Enrolled {
            server: self,
            install,
        };
        let install = &enrolled.install;
        self.site.tell(&format!(
            "installation {} for {peer}: pid {pid}",
            install.number
        ));
        let accepted = json!({ "accepted": { "install": install.number, "pid": pid } });
        let told = match call.more {
            true => client.send(
                &Reply::one_of_more(map(accepted)),
                &[],
                self.settings.message_time_max,
            ),
            false => Ok(()),
        };
        let (paths, mut opened): (Vec<String>, Vec<OwnedFd>) = handed.files.into_iter().unzip();
        let has_input = handed.input.is_some();
        opened.extend(handed.input);
        let opened: Vec<_> = opened.iter().map(AsFd::as_fd).collect();
        let begun = told.and_then(|()| {
            let begin = json!({ "files": paths, "input": has_input });
            worker.send(&begin, &opened, self.settings.message_time_max)
        });
        let ended = match begun {
            Ok(()) => self.relay(install, &mut worker, with_client, call, client),
            Err(error) => Err(error),
        };
        drop(worker);
        let how = wait().unwrap_or_else(|error| error.to_string());
        self.site
            .tell(&format!("installation {} ended: {how}", install.number));
        Ok(match ended? {
            Some((code, result)) => Reply::last(json!({
                "code": code,
                "symbol": installer::code::symbol(code),
                "result": result,
            })),
            None => Reply::error(
                "WorkerDied",
                json!({
                    "code": installer::code::FAILURE,
                    "message": format!("the process that carried it out ended ({how}); what it did is undone by the next installation, or by `msikit recover`"),
                }),
            ),
        })
    }

    /// Hands on what a worker tells until it ends. Returns its code and its result; none: it died.
    fn relay(
        &self,
        install: &Install,
        worker: &mut Connection,
        with_client: bool,
        call: &Call,
        client: &Connection,
    ) -> Result<Option<(u32, Value)>, WireError> {
        let limits = Limits {
            idle: Some(LOOK),
            whole: Duration::from_secs(60),
            bytes_max: EVENT_BYTES_MAX,
        };
        let (mut is_there, mut watches) = (call.more, with_client);
        let mut result = Value::Null;
        loop {
            if watches && wire::is_gone(client.socket()) {
                // Once: a second time would end the worker before everything is undone.
                watches = false;
                let _ = install.cancel();
            }
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
                continue;
            }
            if let Some(ended) = event.get("ended") {
                let code = ended["code"]
                    .as_u64()
                    .and_then(|code| u32::try_from(code).ok());
                return Ok(Some((code.unwrap_or(installer::code::FAILURE), result)));
            }
            // Events for a client that does not read are lost: it holds nothing up.
            if is_there && client.is_ready() {
                let reply = Reply::one_of_more(event.clone());
                is_there = client.send(&reply, &[], EVENT_TIME_MAX).is_ok();
            }
            install.tell(event);
        }
    }

    /// Tells what an installation does, to anybody who may ask; one reply where no more are taken.
    pub(crate) fn follow(&self, call: &Call, client: &Connection) -> Reply {
        let wanted = call.parameters.get("install").and_then(Value::as_u64);
        let installs = self.installs();
        let holding = || installs.iter().find(|install| self.holds(install));
        let found = match wanted {
            Some(number) => installs.iter().find(|install| install.number == number),
            None => holding().or_else(|| installs.first()),
        };
        let Some(install) = found else {
            return Reply::error(
                "NoInstall",
                json!({ "message": "the service carries nothing out" }),
            );
        };
        if !call.more {
            return Reply::standard_error("ExpectedMore", json!({}));
        }
        let mut next = 0;
        loop {
            let (events, after, ended) = install.events(next, LOOK);
            next = after;
            for event in events {
                let reply = Reply::one_of_more(event);
                let sent = client.send(&reply, &[], self.settings.message_time_max);
                if sent.is_err() {
                    return Reply::default();
                }
            }
            if ended || wire::is_gone(client.socket()) {
                return Reply::last(json!({ "pid": install.pid, "client": install.client.pid }));
            }
        }
    }

    /// Calls an installation off.
    pub(crate) fn cancelled_by(&self, call: &Call, peer: &Peer) -> Reply {
        if !self.may_change(peer) {
            self.refuse(
                peer,
                "only the machine's owner and root may call an installation off",
            );
            return Reply::standard_error("PermissionDenied", json!({}));
        }
        let Some(number) = call.parameters.get("install").and_then(Value::as_u64) else {
            return Reply::invalid_parameter("install");
        };
        let installs = self.installs();
        let found = installs.iter().find(|install| install.number == number);
        let cancelled = found.map(|install| install.cancel());
        match cancelled {
            Some(Ok(())) => Reply::last(json!({})),
            Some(Err(_)) | None => {
                let message = "the service does not carry that installation out";
                Reply::error("NoInstall", json!({ "message": message }))
            }
        }
    }
}

fn map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
