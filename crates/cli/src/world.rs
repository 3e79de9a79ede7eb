//! The process's surroundings, read once: environment, clock, terminal. Everything else gets them as values.
#![expect(
    clippy::disallowed_methods,
    reason = "the edge: the environment becomes a value here"
)]

use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use installer::Host;

use crate::output::Failure;
use crate::telling::Telling;

/// What the commands know of the process.
pub struct World {
    /// What the engine needs to know.
    pub host: Host,
    /// `$MSIKIT_MACHINE`.
    pub msikit_machine: Option<PathBuf>,
    /// `$WINEPREFIX`.
    pub wine_prefix: Option<PathBuf>,
    /// Where journald listens, when it is to be told the events too: `$MSIKIT_JOURNALD`, 1 for its usual place.
    pub journald: Option<PathBuf>,
    /// The user's data directory: `$XDG_DATA_HOME`, else `~/.local/share`.
    pub data: Option<PathBuf>,
    /// The folder for temporary files: `$TMPDIR`, else the system's.
    pub temporary: PathBuf,
    /// Is standard error a terminal?
    pub terminal: bool,
    /// Is standard output a terminal that may show colours?
    pub colors: bool,
    /// The service manager that started this process, and where it looks for units.
    pub manager: Manager,
    /// The columns of the terminal that standard output is; none where it is none.
    pub columns: Option<usize>,
    /// This program's file.
    pub program: PathBuf,
    /// The machine that a worker of the service works on; none: it is chosen.
    pub served: Option<PathBuf>,
    /// Whom a worker of the service tells what it does.
    pub telling: Telling,
    /// What was typed, the program's name included.
    typed: Vec<OsString>,
}

/// What a service manager such as systemd tells a process that it starts, and where a user's units are.
pub struct Manager {
    /// `$LISTEN_PID`: the process that the sockets are for.
    pub listen_pid: Option<String>,
    /// `$LISTEN_FDS`: how many sockets.
    pub listen_fds: Option<String>,
    /// `$NOTIFY_SOCKET`: where it wants to be told.
    pub notify_socket: Option<String>,
    /// `systemd/user` in the user's configuration.
    pub user_units: Option<PathBuf>,
}

impl Manager {
    fn of_process() -> Manager {
        let text = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let configuration = text("XDG_CONFIG_HOME").map(PathBuf::from);
        let home = || text("HOME").map(|home| PathBuf::from(home).join(".config"));
        Manager {
            listen_pid: text("LISTEN_PID"),
            listen_fds: text("LISTEN_FDS"),
            notify_socket: text("NOTIFY_SOCKET"),
            user_units: configuration
                .or_else(home)
                .map(|folder| folder.join("systemd/user")),
        }
    }
}

impl World {
    /// Reads the surroundings of this process.
    pub fn of_process() -> World {
        let path = |name: &str| {
            std::env::var_os(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        let terminal = std::io::stderr().is_terminal();
        let data =
            path("XDG_DATA_HOME").or_else(|| path("HOME").map(|home| home.join(".local/share")));
        World {
            host: Host {
                resume_command: resume_command(),
                ..Host::of_process()
            },
            msikit_machine: path("MSIKIT_MACHINE"),
            wine_prefix: path("WINEPREFIX"),
            journald: path("MSIKIT_JOURNALD"),
            data,
            temporary: std::env::temp_dir(),
            terminal,
            colors: shows_colors(std::io::stdout().is_terminal(), |name| {
                std::env::var_os(name).filter(|value| !value.is_empty())
            }),
            manager: Manager::of_process(),
            columns: columns(),
            program: std::env::current_exe().unwrap_or_else(|_| PathBuf::from("msikit")),
            served: None,
            telling: Telling::default(),
            typed: std::env::args_os().collect(),
        }
    }

    /// Returns a variable of the environment; none where it is not there, or is no text.
    #[cfg(windows)]
    pub fn variable(&self, name: &str) -> Option<String> {
        let mut all = self.host.environment.iter();
        let found = all.find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.clone())
    }

    /// The surroundings of a worker of the service: it carries out these words for a client.
    #[cfg(unix)]
    pub fn of_worker(machine: &Path, client: u32, words: &[OsString], telling: Telling) -> World {
        let mut world = World::of_process();
        let program = world.typed.first().cloned().unwrap_or_default();
        world.typed = [program].into_iter().chain(words.to_vec()).collect();
        let typed = world.typed.iter().map(|word| word.to_string_lossy());
        world.host.command = typed.collect::<Vec<_>>().join(" ");
        world.host.pid = client;
        world.served = Some(machine.to_owned());
        world.telling = telling;
        world
    }

    /// `$SOURCE_DATE_EPOCH`: seconds since 1970 that no time in what is built is later than; none where it is not set.
    ///
    /// Errors: it is no number.
    pub fn source_date(&self) -> Result<Option<i64>, Failure> {
        let mut all = self.host.environment.iter();
        let Some((_, text)) = all.find(|(name, _)| name == "SOURCE_DATE_EPOCH") else {
            return Ok(None);
        };
        let what = "SOURCE_DATE_EPOCH must be a number of seconds";
        let number = text.trim().parse();
        number
            .map(Some)
            .map_err(|_| Failure::usage(format!("{what}, and is `{text}`")))
    }

    /// Was one JSON value asked for?
    pub fn asks_for_json(&self) -> bool {
        let mut own = self.typed.iter().take_while(|word| *word != "--");
        own.any(|word| word == "--json")
    }

    /// The words of the command line. Called by the name msiexec, the verb is `msiexec`.
    pub fn words(&self) -> Vec<OsString> {
        let mut words = self.typed.clone();
        let name = words.first().map(PathBuf::from);
        let stem = name.as_deref().and_then(Path::file_stem);
        if stem.is_some_and(|stem| stem.eq_ignore_ascii_case("msiexec")) {
            words.insert(1, OsString::from("msiexec"));
        }
        words
    }
}

/// The columns of standard output, where it is a terminal.
#[cfg(unix)]
fn columns() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok()?;
    Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
}

#[cfg(not(unix))]
fn columns() -> Option<usize> {
    None
}

/// Are colours shown where nothing was typed about it? NO_COLOR says no, CLICOLOR_FORCE yes; else on a terminal,
/// unless CLICOLOR is 0.
fn shows_colors(terminal: bool, variable: impl Fn(&str) -> Option<OsString>) -> bool {
    let is_zero = |name: &str| variable(name).is_some_and(|value| value == "0");
    if variable("NO_COLOR").is_some() {
        return false;
    }
    if variable("CLICOLOR_FORCE").is_some() && !is_zero("CLICOLOR_FORCE") {
        return true;
    }
    let dumb = variable("TERM").is_some_and(|value| value == "dumb");
    terminal && !dumb && !is_zero("CLICOLOR")
}

/// What RunOnce has: Wine's `start` hands it to this program. It waits until the wineserver of the restart has ended.
fn resume_command() -> String {
    let program = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("msikit"));
    let program = program.display().to_string().replace('"', "");
    format!("start /unix \"{program}\" recover --resume --wait")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_says_whether_there_are_colours() {
        type Variables = [(&'static str, &'static str)];
        let rows: &[(bool, &Variables, bool)] = &[
            (true, &[], true),
            (false, &[], false),
            (true, &[("NO_COLOR", "1")], false),
            (true, &[("NO_COLOR", "0")], false),
            (true, &[("CLICOLOR", "0")], false),
            (true, &[("CLICOLOR", "1")], true),
            (false, &[("CLICOLOR", "1")], false),
            (true, &[("TERM", "dumb")], false),
            (false, &[("CLICOLOR_FORCE", "1")], true),
            (false, &[("CLICOLOR_FORCE", "0")], false),
            (false, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false),
        ];
        for (terminal, variables, expected) in rows {
            let variable = |name: &str| {
                let found = variables.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| OsString::from(value))
            };
            assert_eq!(
                shows_colors(*terminal, variable),
                *expected,
                "{variables:?}"
            );
        }
    }
}
