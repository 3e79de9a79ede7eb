//! `Run`, `Follow`, `Answer` and `Cancel`: an order is carried out by a worker, whose events go to the client and to those
//! who follow. A client that goes does not end it.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::installs::{Install, Worker};
use crate::order::{Handed, Order};
use crate::peer::Peer;
use crate::relay::{Relay, Terms};
use crate::server::Server;
use crate::varlink::{Call, Reply};
use crate::wire::{self, Connection, WireError};

/// How often one who follows is looked at while nothing happens.
const LOOK: Duration = Duration::from_millis(500);

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
        let order: Result<Order, _> =
            serde_json::from_value(Value::Object(call.parameters.clone()));
        let order = match order {
            Ok(order) => order,
            Err(error) => return Reply::invalid_parameter(&error.to_string()),
        };
        let terms = Terms {
            cancels: order.cancel_with_client,
            answers: order.answers,
        };
        let as_user = !self.may_change(peer);
        if as_user && let Err(refusal) = self.admit_user(&order, &descriptors, peer) {
            return refusal;
        }
        let (start, handed) = match order.start(descriptors, *peer, as_user) {
            Ok(start) => start,
            Err(name) => return Reply::invalid_parameter(name),
        };
        match self.carry_out(start, handed, terms, call, client) {
            Ok(reply) => reply,
            Err(error) => {
                self.refuse(peer, &error.to_string());
                Reply::error("NotStarted", json!({ "message": error.to_string() }))
            }
        }
    }

    /// Lets a user who is no administrator order what is elevated for such a one.
    fn admit_user(&self, order: &Order, opened: &[OwnedFd], peer: &Peer) -> Result<(), Reply> {
        let denied = |why: &str| {
            self.refuse(peer, why);
            let message = format!("{why} [message 1925]");
            let code = installer::code::ACCESS_DENIED;
            let symbol = installer::code::symbol(code);
            let told = json!({ "code": code, "symbol": symbol, "message": message });
            Reply::error("NotPrivileged", told)
        };
        // Whether it makes sense matters only where anything is elevated.
        let target = order.target_of_user(opened);
        let elevated = self.site.elevates(target.unwrap_or_default());
        match (elevated, target) {
            (Err(why), _) => Err(denied(&why)),
            (Ok(false), _) => Err(denied(
                "only the machine's owner and root may change it: you are no administrator of it, and nothing elevates this for you",
            )),
            (Ok(true), Err(name)) => {
                self.refuse(
                    peer,
                    &format!("what is elevated for a user cannot have {name}"),
                );
                Err(Reply::invalid_parameter(name))
            }
            (Ok(true), Ok(_)) => Ok(()),
        }
    }

    /// Starts a worker, tells the client that it is there, lets it begin, and hands on what it tells.
    ///
    /// The client is told first: one that was not told may carry the order out by itself, for the worker did not begin.
    fn carry_out(
        &self,
        start: crate::Start,
        handed: Handed,
        terms: Terms,
        call: &Call,
        client: &Connection,
    ) -> Result<Reply, WireError> {
        let peer = start.client;
        let Worker { pid, socket, wait } = self.site.start(start)?;
        let answered = Connection::new(socket.try_clone()?);
        let mut worker = Connection::new(socket);
        let Some(install) = self.enrol(pid, peer, answered)? else {
            worker.shut();
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
            Ok(()) => {
                let mut relay = Relay::new(self, install, client, terms, call.more);
                relay.run(&mut worker)
            }
            Err(error) => Err(error),
        };
        worker.shut();
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

    /// Answers a question of an installation: whoever ordered it may, and whoever may change the machine.
    pub(crate) fn answered_by(&self, call: &Call, peer: &Peer) -> Reply {
        let number = |name: &str| call.parameters.get(name).and_then(Value::as_u64);
        let answer = call.parameters.get("answer").and_then(Value::as_str);
        let (Some(install), Some(question), Some(answer)) =
            (number("install"), number("question"), answer)
        else {
            return Reply::invalid_parameter("install, question or answer");
        };
        let no_question = |message: &str| Reply::error("NoQuestion", json!({ "message": message }));
        let installs = self.installs();
        let Some(install) = installs.iter().find(|known| known.number == install) else {
            return no_question("the service does not carry that installation out");
        };
        if peer.user != install.client.user && !self.may_change(peer) {
            self.refuse(peer, "only whoever ordered an installation answers for it");
            return Reply::standard_error("PermissionDenied", json!({}));
        }
        match install.answer(question, answer) {
            Ok(()) => Reply::last(json!({})),
            Err(refused) => no_question(&refused.to_string()),
        }
    }

    /// Calls an installation off.
    pub(crate) fn cancelled_by(&self, call: &Call, peer: &Peer) -> Reply {
        let Some(number) = call.parameters.get("install").and_then(Value::as_u64) else {
            return Reply::invalid_parameter("install");
        };
        let installs = self.installs();
        let found = installs.iter().find(|install| install.number == number);
        let own = found.is_some_and(|install| install.client.user == peer.user);
        if !own && !self.may_change(peer) {
            self.refuse(
                peer,
                "only whoever ordered an installation, the machine's owner and root may call it off",
            );
            return Reply::standard_error("PermissionDenied", json!({}));
        }
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

pub(crate) fn map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
