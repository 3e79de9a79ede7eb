//! A fresh machine, packages from text, and the program started with nothing from outside.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// How often a state is asked for before a test gives up; each time starts a process.
const ASKED_MAX: usize = 4000;

/// A home for one test: its machine and its packages.
pub struct World {
    home: TempDir,
}

/// What a run of the program left.
#[derive(Debug)]
#[must_use]
pub struct Ran {
    pub status: i32,
    pub out: String,
    pub err: String,
}

impl World {
    pub fn new() -> World {
        World {
            home: TempDir::new().unwrap(),
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub fn machine(&self) -> PathBuf {
        self.path("machine")
    }

    /// Writes a package of text tables; see `testing::package`.
    pub fn package(&self, name: &str, text: &str) -> PathBuf {
        let folder = self.path(name);
        for (file, bytes) in testing::package(text).folder() {
            let file = folder.join(file);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, bytes).unwrap();
        }
        folder
    }

    pub fn command<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_msikit"));
        command
            .args(arguments)
            .env_clear()
            .stdin(Stdio::null())
            .current_dir(self.home.path());
        command
            .env("MSIKIT_MACHINE", self.machine())
            .env("HOME", self.path("home"))
            .env("USER", "alice")
            .env("TZ", "UTC");
        command
    }

    pub fn msikit<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Ran {
        self.ran(self.command(arguments).output().unwrap())
    }

    pub fn spawn<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Child {
        self.command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    pub fn end(&self, child: Child) -> Ran {
        self.ran(child.wait_with_output().unwrap())
    }

    /// The lines of a snapshot.
    pub fn snapshot(&self) -> Vec<String> {
        let ran = self.msikit(&["machine", "snapshot"]);
        assert_eq!(ran.status, 0, "{ran:?}");
        ran.out.lines().map(str::to_owned).collect()
    }

    pub fn status(&self) -> Value {
        self.msikit(&["status", "--json"]).json()
    }

    /// Asks for the status until it is as wanted.
    pub fn await_status(&self, is_wanted: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..ASKED_MAX {
            let status = self.status();
            if is_wanted(&status) {
                return status;
            }
        }
        panic!("the status did not come: {}", self.status());
    }

    fn ran(&self, output: Output) -> Ran {
        let home = self.home.path().display().to_string();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(&home, "HOME");
        Ran {
            status: output.status.code().unwrap_or(-1),
            out: text(&output.stdout),
            err: text(&output.stderr),
        }
    }
}

impl Ran {
    /// Standard output as the one JSON value that it is.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Status, standard output and standard error, without the line that names the machine.
    pub fn shown(&self) -> String {
        let err: Vec<&str> = self
            .err
            .lines()
            .filter(|line| !line.starts_with("msikit: machine "))
            .collect();
        format!("{}\n{}{}\n", self.status, self.out, err.join("\n"))
    }
}

/// Makes a named pipe.
pub fn named_pipe(path: &Path) {
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
}

/// Feeds a pipe that somebody may read or not: a thread waits for a reader, so that the test does not.
pub fn feed_whoever_reads(pipe: &Path) {
    let pipe = pipe.to_owned();
    std::thread::spawn(move || std::fs::write(pipe, b"second"));
}

/// Lets go of whoever reads a named pipe, after these bytes.
pub fn feed(path: &Path, bytes: &[u8]) {
    std::fs::write(path, bytes).unwrap();
}
