//! A service in this process, and a machine that is only told of.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;

use installer::{HolderReport, State, Status};
use serde_json::Value;
use service::{Client, Ended, Server, Settings, Site};
use tempfile::TempDir;

/// A user that this process is not.
const ANOTHER: u32 = 12_345;

/// A machine that is only told of.
pub struct Told {
    facts: Mutex<Facts>,
    changed: Condvar,
}

struct Facts {
    state: State,
    version: (u32, u32),
    owner: u32,
    prepared: Result<bool, String>,
    lines: Vec<String>,
}

impl Told {
    pub fn installs(&self, state: State) {
        self.facts.lock().unwrap().state = state;
    }

    pub fn claims(&self, version: (u32, u32)) {
        self.facts.lock().unwrap().version = version;
    }

    pub fn refuse(&self, why: &str) {
        self.facts.lock().unwrap().prepared = Err(why.to_owned());
    }

    pub fn belongs_to_another(&self) {
        self.facts.lock().unwrap().owner = ANOTHER;
    }

    pub fn hold_preparation(&self) {
        self.facts.lock().unwrap().prepared = Ok(false);
    }

    pub fn let_preparation_go(&self) {
        self.facts.lock().unwrap().prepared = Ok(true);
        self.changed.notify_all();
    }

    pub fn lines(&self) -> Vec<String> {
        self.facts.lock().unwrap().lines.clone()
    }

    /// Was such a line told, or is it told soon?
    pub fn was_told(&self, text: &str) -> bool {
        let facts = self.facts.lock().unwrap();
        let is_missing = |facts: &mut Facts| !facts.lines.iter().any(|line| line.contains(text));
        let patience = std::time::Duration::from_secs(20);
        let waited = self.changed.wait_timeout_while(facts, patience, is_missing);
        !waited.unwrap().1.timed_out()
    }
}

impl Site for Told {
    fn installation(&self) -> Status {
        let state = self.facts.lock().unwrap().state;
        let holder = HolderReport {
            pid: Some(4711),
            ..HolderReport::default()
        };
        Status {
            state,
            busy: Some(state == State::Held),
            reason: None,
            holder: (state == State::Held).then_some(holder),
            waiting: Vec::new(),
            suspended: None,
            reboot_pending: false,
            asks_for_disk: false,
        }
    }

    fn installer_version(&self) -> Result<(u32, u32), String> {
        Ok(self.facts.lock().unwrap().version)
    }

    fn prepare(&self) -> Result<(), String> {
        let facts = self.facts.lock().unwrap();
        let waits = |facts: &mut Facts| facts.prepared == Ok(false);
        let facts = self.changed.wait_while(facts, waits).unwrap();
        facts.prepared.clone().map(|_| ())
    }

    fn owner(&self) -> io::Result<u32> {
        Ok(self.facts.lock().unwrap().owner)
    }

    fn elevates(&self, _: &str) -> Result<bool, String> {
        Ok(false)
    }

    fn start(&self, _: service::Start) -> io::Result<service::Worker> {
        Err(io::Error::other("nothing is started here"))
    }

    fn tell(&self, line: &str) {
        self.facts.lock().unwrap().lines.push(line.to_owned());
        self.changed.notify_all();
    }
}

/// A service that runs in a thread.
pub struct Served {
    pub site: Arc<Told>,
    pub pid: u32,
    _folder: TempDir,
    state: PathBuf,
    signals: UnixStream,
    thread: JoinHandle<io::Result<Ended>>,
}

impl Served {
    /// One that has started: running, no longer pending.
    pub fn start(change: impl FnOnce(&Told)) -> Served {
        Served::start_pending(change).running()
    }

    /// One that may still be starting.
    pub fn start_pending(change: impl FnOnce(&Told)) -> Served {
        Served::begin("state", change, |_| {})
    }

    pub fn start_with(change: impl FnOnce(&mut Settings)) -> Served {
        Served::begin("state", |_| {}, change)
    }

    pub fn start_in(state: &str) -> Served {
        Served::begin(state, |_| {}, |_| {}).running()
    }

    /// Awaits that it has started.
    pub fn running(self) -> Served {
        const PENDING: u32 = 2;
        while self.client().query().unwrap().current_state == PENDING {}
        self
    }

    fn begin(state: &str, change: impl FnOnce(&Told), set: impl FnOnce(&mut Settings)) -> Served {
        let folder = TempDir::new().unwrap();
        let state = folder.path().join(state);
        std::fs::create_dir_all(&state).unwrap();
        let site = Arc::new(Told {
            facts: Mutex::new(Facts {
                state: State::Free,
                version: (5, 0),
                owner: rustix::process::geteuid().as_raw(),
                prepared: Ok(true),
                lines: Vec::new(),
            }),
            changed: Condvar::new(),
        });
        change(&site);
        let pid = std::process::id();
        let mut settings = Settings::new(pid, "0.0");
        set(&mut settings);
        let listening = service::listen(&state).unwrap();
        let server = Server::new(Arc::clone(&site) as Arc<dyn Site>, settings).unwrap();
        let (watched, signals) = UnixStream::pair().unwrap();
        let thread = std::thread::spawn(move || server.serve(listening, &watched, || {}));
        Served {
            site,
            pid,
            _folder: folder,
            state,
            signals,
            thread,
        }
    }

    pub fn state(&self) -> &Path {
        &self.state
    }

    pub fn client(&self) -> Asking<'_> {
        Asking(self)
    }

    pub fn raw(&self) -> Raw {
        // A path of any length, as the library does it.
        let folder = std::fs::File::open(&self.state).unwrap();
        let number = std::os::fd::AsRawFd::as_raw_fd(&folder);
        let path = format!("/proc/self/fd/{number}/{}", service::SOCKET);
        Raw(UnixStream::connect(path).unwrap())
    }

    pub fn signal(&self) {
        (&self.signals).write_all(b"!").unwrap();
    }

    pub fn end(self) -> io::Result<Ended> {
        self.thread.join().unwrap()
    }
}

/// Makes a client for each question.
pub struct Asking<'a>(&'a Served);

impl Asking<'_> {
    fn connect(&self) -> Client {
        let own = rustix::process::geteuid().as_raw();
        Client::connect(&self.0.state, own).expect("the service runs")
    }

    pub fn query(&self) -> Result<service::ServiceStatus, service::Failed> {
        self.connect().query()
    }

    pub fn stop(&self) -> Result<(), service::Failed> {
        self.connect().stop()
    }
}

/// A connection over which anything is sent.
pub struct Raw(UnixStream);

impl Raw {
    pub fn send(&mut self, bytes: &[u8]) {
        // The other side may have closed it already.
        let _ = self.0.write_all(bytes);
    }

    pub fn call(&mut self, call: Value) -> Value {
        self.send(format!("{call}\0").as_bytes());
        self.reply()
    }

    pub fn reply(&mut self) -> Value {
        let mut bytes = Vec::new();
        let mut byte = [0];
        loop {
            self.0.read_exact(&mut byte).unwrap();
            match byte[0] {
                0 => return serde_json::from_slice(&bytes).unwrap(),
                byte => bytes.push(byte),
            }
        }
    }

    /// Has the other side closed the connection? Waits for it.
    pub fn is_ended(&mut self) -> bool {
        let mut rest = Vec::new();
        // Closed with bytes unread, it is reset.
        matches!(self.0.read_to_end(&mut rest), Ok(0) | Err(_))
    }
}
