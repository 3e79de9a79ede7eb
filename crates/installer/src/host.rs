//! What the engine must know of the process that it runs in: clock, ids, user, environment. Built once, by the door.
#![expect(
    clippy::disallowed_methods,
    reason = "the edge: environment, clock and ids become a value here"
)]

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The process that an installation runs in, as a value: tests give a clock that stands still.
#[derive(Clone)]
pub struct Host {
    /// Tells the time.
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// Makes an id that nobody else made: 32 hexadecimal digits.
    pub id: Arc<dyn Fn() -> String + Send + Sync>,
    /// The user's time zone, for the log and for the properties Date and Time.
    pub time_zone: TimeZone,
    /// This process's id.
    pub pid: u32,
    /// The user that this process runs as.
    pub user: String,
    /// Is the user one of the machine's administrators, as far as this process knows?
    pub administrator: bool,
    /// The command line, for the holder's record.
    pub command: String,
    /// What a restarted machine runs to go on with an installation (RunOnce); "": nothing.
    pub resume_command: String,
    /// Variables that a package may ask for as `%NAME`.
    pub environment: Vec<(String, String)>,
    /// The generation of the hold that this process was started under (`$MSIKIT_HOLDER`): it can only refuse.
    pub inherited_hold: Option<String>,
}

impl Host {
    /// The generation of the hold that this process was started under; none: there is no such hold, or it is no number.
    pub fn parent_hold(&self) -> Option<u64> {
        self.inherited_hold.as_ref()?.parse().ok()
    }

    /// Reads the surroundings of this process: the system's clock, random ids, its environment and user.
    pub fn of_process() -> Host {
        let command: Vec<String> = std::env::args_os()
            .map(|argument| argument.to_string_lossy().into_owned())
            .collect();
        let environment = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        let environment: Vec<(String, String)> = environment.collect();
        let variable = |name: &str| {
            environment
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.clone())
        };
        Host {
            now: Arc::new(Timestamp::now),
            id: ids(),
            time_zone: TimeZone::system(),
            pid: std::process::id(),
            user: variable("USER")
                .or_else(|| variable("LOGNAME"))
                .unwrap_or_else(own_user_name),
            administrator: true,
            command: command.join(" "),
            resume_command: String::new(),
            inherited_hold: variable("MSIKIT_HOLDER"),
            environment,
        }
    }

    /// Returns the time where the user is.
    pub fn local(&self) -> jiff::ZonedDateTime {
        (self.now)().to_zoned_datetime(self.time_zone.clone())
    }

    /// Returns the time that installations write into the machine, as InstallDate: where the user is, or, for machines
    /// that come out the same whenever they are made, `SOURCE_DATE_EPOCH` in UTC.
    pub fn written(&self) -> jiff::ZonedDateTime {
        let mut all = self.environment.iter();
        let fixed = all.find(|(name, _)| name == "SOURCE_DATE_EPOCH");
        let fixed =
            fixed.and_then(|(_, text)| Timestamp::from_second(text.trim().parse().ok()?).ok());
        fixed.map_or_else(
            || self.local(),
            |time| time.to_zoned_datetime(TimeZone::UTC),
        )
    }

    /// Returns the time since `earlier`; zero where the clock was set back.
    pub fn since(&self, earlier: Timestamp) -> Duration {
        Duration::try_from((self.now)().duration_since(earlier)).unwrap_or_default()
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host")
            .field("pid", &self.pid)
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

#[cfg(unix)]
fn own_user_name() -> String {
    user_name(rustix::process::getuid().as_raw())
}

/// The name that the system has for a user, else its number.
#[cfg(unix)]
pub fn user_name(uid: u32) -> String {
    let uid = uid.to_string();
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let of_line = |line: &str| {
        let mut fields = line.split(':');
        let (name, number) = (fields.next()?.to_owned(), fields.nth(1)?);
        (number == uid).then_some(name)
    };
    let found = users.lines().find_map(of_line);
    found.unwrap_or_else(|| format!("uid {uid}"))
}

#[cfg(windows)]
fn own_user_name() -> String {
    std::env::var("USERNAME").unwrap_or_else(|_| "user".to_owned())
}

#[cfg(unix)]
fn random(bytes: &mut [u8; 16]) -> std::io::Result<()> {
    use std::io::Read;
    std::fs::File::open("/dev/urandom")?.read_exact(bytes)
}

/// The seeds of the standard library's tables are the system's random numbers.
#[cfg(windows)]
fn random(bytes: &mut [u8; 16]) -> std::io::Result<()> {
    use std::hash::{BuildHasher, RandomState};
    for half in bytes.chunks_mut(8) {
        half.copy_from_slice(&RandomState::new().hash_one(0).to_le_bytes());
    }
    Ok(())
}

/// Ids from the system's random numbers; where there are none, from clock, process and a counter.
fn ids() -> Arc<dyn Fn() -> String + Send + Sync> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    Arc::new(|| {
        let mut bytes = [0u8; 16];
        if random(&mut bytes).is_err() {
            let now = Timestamp::now().as_nanosecond() as u64;
            let count = COUNT.fetch_add(1, Ordering::Relaxed) << 32 | u64::from(std::process::id());
            bytes[..8].copy_from_slice(&now.to_le_bytes());
            bytes[8..].copy_from_slice(&count.to_le_bytes());
        }
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    })
}
