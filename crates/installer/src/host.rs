//! What the engine must know of the process that it runs in: clock, ids, user, environment. Built once, by the door.

use std::fmt;
use std::sync::Arc;
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
    /// Returns the time where the user is.
    pub fn local(&self) -> jiff::ZonedDateTime {
        (self.now)().to_zoned_datetime(self.time_zone.clone())
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
