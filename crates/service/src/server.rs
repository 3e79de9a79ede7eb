//! The service: one thread a connection, a limited number of them, and an end when nobody needs it.

use std::collections::HashMap;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use installer::Cancel;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{SocketFlags, accept_with};
use serde_json::json;

use crate::installs::Install;
use crate::peer::Peer;
use crate::site::Site;
use crate::socket::Listening;
use crate::status::{NoStatus, Phase, Process, ServiceStatus, stop_refusal};
use crate::varlink::{self, Call, INTERFACE, Reply};
use crate::wire::{Connection, Limits, WireError};

/// How often a service that stops looks whether what it carries out has ended.
const STOP_LOOK: Duration = Duration::from_millis(50);

/// How much the service takes on, and how long it waits.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Its process.
    pub pid: u32,
    /// Its program's version.
    pub version: String,
    /// After so long without clients and installations it ends; none: never.
    pub idle_exit: Option<Duration>,
    /// The most connections at a time.
    pub connections_max: usize,
    /// The most connections of one user at a time; not counted for the machine's owner and root.
    pub user_connections_max: usize,
    /// How long a connection may be silent between calls.
    pub silence_max: Duration,
    /// How long a message may take.
    pub message_time_max: Duration,
    /// How long a client may think about a question.
    pub answer_time_max: Duration,
    /// The longest message of somebody who may only ask, in bytes.
    pub question_bytes_max: usize,
    /// The longest message of somebody who may change the machine, in bytes.
    pub order_bytes_max: usize,
}

impl Settings {
    /// What the service runs with.
    pub fn new(pid: u32, version: &str) -> Settings {
        Settings {
            pid,
            version: version.to_owned(),
            idle_exit: Some(Duration::from_secs(600)),
            connections_max: 256,
            user_connections_max: 32,
            silence_max: Duration::from_secs(600),
            message_time_max: Duration::from_secs(10),
            answer_time_max: Duration::from_secs(300),
            question_bytes_max: 64 * 1024,
            order_bytes_max: 4 * 1024 * 1024,
        }
    }
}

/// Why the service ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Nobody needed it.
    Idle,
    /// It was told to.
    Stopped,
}

/// The service of one machine.
pub struct Server {
    pub(crate) site: Arc<dyn Site>,
    pub(crate) settings: Settings,
    shared: Mutex<Shared>,
    /// Something that is counted in `shared` has ended.
    ended: Condvar,
    /// Fires when the service stops.
    stop: Cancel,
}

struct Shared {
    phase: Phase,
    connections: usize,
    /// By user.
    connections_of: HashMap<u32, usize>,
    /// When the last of them ended.
    quiet_since: Instant,
    installs: Vec<Arc<Install>>,
    /// The number of the next installation.
    next: u64,
}

/// A connection that is counted for as long as this lives.
struct Counted {
    server: Arc<Server>,
    user: u32,
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut shared = self.server.shared();
        shared.connections -= 1;
        if let Some(count) = shared.connections_of.get_mut(&self.user) {
            *count -= 1;
            if *count == 0 {
                shared.connections_of.remove(&self.user);
            }
        }
        shared.quiet_since = now();
        self.server.ended.notify_all();
    }
}

impl Server {
    /// Makes a service for a machine. Errors: the process has no file descriptors left.
    pub fn new(site: Arc<dyn Site>, settings: Settings) -> io::Result<Arc<Server>> {
        Ok(Arc::new(Server {
            site,
            settings,
            shared: Mutex::new(Shared {
                phase: Phase::Starting,
                connections: 0,
                connections_of: HashMap::new(),
                quiet_since: now(),
                installs: Vec::new(),
                next: 1,
            }),
            ended: Condvar::new(),
            stop: Cancel::new()?,
        }))
    }

    /// Serves until nobody needs the service or it is told to stop. Every byte that can be read from `signals` asks it
    /// to: the first to stop in peace.
    ///
    /// `ready` is called once the machine was found to be fit. Errors: it is not; the system's.
    pub fn serve(
        self: &Arc<Server>,
        listening: Listening,
        signals: &UnixStream,
        ready: impl FnOnce() + Send,
    ) -> io::Result<Ended> {
        std::thread::scope(|scope| {
            let prepared = scope.spawn(|| {
                let prepared = self.site.prepare();
                if prepared.is_ok() {
                    self.begin();
                    ready();
                } else {
                    self.stop();
                }
                prepared
            });
            let ended = self.accept_all(&listening, signals);
            self.let_clients_go();
            match prepared.join() {
                Ok(Ok(())) => ended,
                Ok(Err(why)) => Err(io::Error::other(why)),
                Err(_) => Err(io::Error::other("the machine could not be looked at")),
            }
        })
    }

    /// A signal: the first stops the service in peace, the second calls off what it carries out.
    fn signalled(&self, mut signals: &UnixStream) {
        let mut bytes = [0; 16];
        let count = std::io::Read::read(&mut signals, &mut bytes).unwrap_or(1);
        let again = self.shared().phase == Phase::Stopping || count > 1;
        self.stop();
        for install in self.installs() {
            if again || !self.holds(&install) {
                // One that has ended meanwhile needs none.
                let _ = install.cancel();
            }
        }
    }

    /// Is it the one that has the gate?
    pub(crate) fn holds(&self, install: &Install) -> bool {
        let holder = self.site.installation().holder;
        holder.and_then(|holder| holder.pid) == Some(install.pid)
    }

    pub(crate) fn installs(&self) -> Vec<Arc<Install>> {
        self.shared().installs.clone()
    }

    /// Takes an installation up; none: the service does not take any now.
    pub(crate) fn enrol(
        &self,
        pid: u32,
        client: Peer,
        worker: Connection,
    ) -> io::Result<Option<Arc<Install>>> {
        let mut shared = self.shared();
        if shared.phase == Phase::Stopping {
            return Ok(None);
        }
        let install = Arc::new(Install::new(shared.next, pid, client, worker)?);
        shared.next += 1;
        shared.installs.push(Arc::clone(&install));
        Ok(Some(install))
    }

    pub(crate) fn discharge(&self, install: &Install) {
        install.end();
        let mut shared = self.shared();
        shared
            .installs
            .retain(|other| other.number != install.number);
        shared.quiet_since = now();
    }

    fn begin(&self) {
        let mut shared = self.shared();
        if shared.phase == Phase::Starting {
            shared.phase = Phase::Running;
        }
    }

    /// Begins to stop: nothing new is taken, and what runs comes to its end.
    fn stop(&self) {
        self.shared().phase = Phase::Stopping;
        self.stop.cancel();
    }

    /// Waits until the clients that are being answered have their answers.
    fn let_clients_go(&self) {
        let patience = self.settings.message_time_max;
        let shared = self.shared();
        let waited = self
            .ended
            .wait_timeout_while(shared, patience, |shared| shared.connections > 0);
        drop(waited);
    }

    fn accept_all(
        self: &Arc<Server>,
        listening: &Listening,
        signals: &UnixStream,
    ) -> io::Result<Ended> {
        loop {
            let rest = match self.rest() {
                Some(Duration::ZERO) => return Ok(Ended::Idle),
                rest => rest,
            };
            let timeout = rest.and_then(|rest| Timespec::try_from(rest).ok());
            let mut watches = vec![
                PollFd::new(&listening.socket, PollFlags::IN),
                PollFd::new(signals, PollFlags::IN),
            ];
            // Once it stops, what is waited for is the end of installations: `rest` says when to look.
            let stop = self.stop.watched().filter(|_| !self.stop.is_cancelled());
            watches.extend(stop.map(|stop| PollFd::from_borrowed_fd(stop, PollFlags::IN)));
            match poll(&mut watches, timeout.as_ref()) {
                Err(Errno::INTR) => continue,
                polled => polled?,
            };
            let fired: Vec<bool> = watches
                .iter()
                .map(|watch| !watch.revents().is_empty())
                .collect();
            if fired[1] {
                self.signalled(signals);
            }
            if self.shared().phase == Phase::Stopping && self.shared().installs.is_empty() {
                return Ok(Ended::Stopped);
            }
            if fired[0] {
                self.accept(&listening.socket)?;
            }
        }
    }

    /// How long to wait at most before one looks again whether anybody needs the service; zero: nobody does.
    fn rest(&self) -> Option<Duration> {
        let shared = self.shared();
        if shared.phase == Phase::Stopping {
            return Some(STOP_LOOK);
        }
        let idle = self.settings.idle_exit?;
        if shared.connections > 0 || !shared.installs.is_empty() {
            return Some(idle.max(Duration::from_millis(1)));
        }
        Some(idle.saturating_sub(now().saturating_duration_since(shared.quiet_since)))
    }

    fn accept(self: &Arc<Server>, listener: &OwnedFd) -> io::Result<()> {
        let socket = match accept_with(listener, SocketFlags::CLOEXEC) {
            Ok(socket) => socket,
            // Gone again, or too many files: whoever comes next is served once some were closed.
            Err(Errno::CONNABORTED | Errno::INTR | Errno::AGAIN) => return Ok(()),
            Err(error @ (Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM)) => {
                self.site.tell(&format!("a client was not let in: {error}"));
                std::thread::sleep(Duration::from_millis(50));
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        let peer = Peer::of(&socket)?;
        let Some(counted) = self.count(&peer) else {
            self.site.tell(&format!(
                "a client was refused ({peer}): too many connections"
            ));
            return Ok(());
        };
        let server = Arc::clone(self);
        let thread = std::thread::Builder::new().name("client".to_owned());
        let started = thread.spawn(move || {
            server.converse(Connection::new(socket), &peer);
            drop(counted);
        });
        if let Err(error) = started {
            self.site
                .tell(&format!("a client was refused ({peer}): {error}"));
        }
        Ok(())
    }

    /// Counts a connection; none: there are too many.
    fn count(self: &Arc<Server>, peer: &Peer) -> Option<Counted> {
        let may_change = self.may_change(peer);
        let mut shared = self.shared();
        let of_user = shared.connections_of.get(&peer.user).copied().unwrap_or(0);
        let too_many = shared.connections >= self.settings.connections_max
            || (!may_change && of_user >= self.settings.user_connections_max);
        if too_many {
            return None;
        }
        shared.connections += 1;
        *shared.connections_of.entry(peer.user).or_default() += 1;
        Some(Counted {
            server: Arc::clone(self),
            user: peer.user,
        })
    }

    /// Answers a client until it goes, is silent for too long, or sends what is no call.
    fn converse(&self, mut connection: Connection, peer: &Peer) {
        let limits = self.limits(peer);
        loop {
            let message = match connection.receive(&limits, self.stop.watched()) {
                Ok(Some(message)) => message,
                Ok(None) | Err(WireError::Idle | WireError::CalledOff) => return,
                Err(error) => return self.refuse(peer, &error.to_string()),
            };
            let descriptors = message.descriptors;
            let call: Call = match serde_json::from_value(message.value) {
                Ok(call) => call,
                Err(error) => return self.refuse(peer, &format!("a message is no call: {error}")),
            };
            let reply = match call.names() {
                (INTERFACE, "Run") => self.run(&call, descriptors, peer, &connection),
                (INTERFACE, "Follow") => self.follow(&call, &connection),
                _ => self.answer(&call, peer),
            };
            if call.oneway {
                continue;
            }
            let sent = connection.send(&reply, &[], self.settings.message_time_max);
            if let Err(error) = sent {
                return self.refuse(peer, &error.to_string());
            }
        }
    }

    pub(crate) fn refuse(&self, peer: &Peer, why: &str) {
        self.site
            .tell(&format!("a client's connection was ended ({peer}): {why}"));
    }

    fn limits(&self, peer: &Peer) -> Limits {
        let settings = &self.settings;
        Limits {
            idle: Some(settings.silence_max),
            whole: settings.message_time_max,
            bytes_max: match self.may_change(peer) {
                true => settings.order_bytes_max,
                false => settings.question_bytes_max,
            },
        }
    }

    pub(crate) fn may_change(&self, peer: &Peer) -> bool {
        self.site.owner().is_ok_and(|owner| peer.may_change(owner))
    }

    fn answer(&self, call: &Call, peer: &Peer) -> Reply {
        if let Some(reply) = varlink::standard(call, &self.settings.version) {
            return reply;
        }
        match call.names() {
            (INTERFACE, "Query") => match self.status() {
                Ok(status) => Reply::last(json!({ "status": status })),
                Err(refused) => no_status(&refused),
            },
            (INTERFACE, "Stop") => self.stopped_by(peer),
            (INTERFACE, "Cancel") => self.cancelled_by(call, peer),
            (INTERFACE, "Answer") => self.answered_by(call, peer),
            (INTERFACE, _) => varlink::no_method(call),
            (interface, _) => varlink::no_interface(interface),
        }
    }

    fn status(&self) -> Result<ServiceStatus, NoStatus> {
        let version = self.site.installer_version();
        let version = version.map_err(|why| NoStatus::Unknown { why })?;
        let process = Process {
            pid: self.settings.pid,
            phase: self.shared().phase,
        };
        ServiceStatus::of(&self.site.installation(), Some(process), version)
    }

    /// The control STOP.
    fn stopped_by(&self, peer: &Peer) -> Reply {
        if !self.may_change(peer) {
            self.refuse(
                peer,
                "only the machine's owner and root may stop the service",
            );
            return Reply::standard_error("PermissionDenied", json!({}));
        }
        let status = match self.status() {
            Ok(status) => status,
            Err(refused) => return no_status(&refused),
        };
        let phase = self.shared().phase;
        if let Some(code) = status.refuses_stop(Some(phase)) {
            return Reply::error(
                "ControlRefused",
                json!({
                    "code": code,
                    "symbol": installer::code::symbol(code),
                    "message": stop_refusal(code, &status),
                }),
            );
        }
        self.site.tell(&format!("stopped by {peer}"));
        self.stop();
        Reply::last(json!({}))
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        // Nothing is left half-done under this lock.
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn no_status(refused: &NoStatus) -> Reply {
    let message = refused.to_string();
    match refused {
        NoStatus::InstallerTooOld { version } => Reply::error(
            "InstallerTooOld",
            json!({ "installer_version": version, "message": message }),
        ),
        NoStatus::Unknown { .. } => Reply::error("StatusUnknown", json!({ "message": message })),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "idle time is measured by the process's own monotonic clock"
)]
pub(crate) fn now() -> Instant {
    Instant::now()
}
