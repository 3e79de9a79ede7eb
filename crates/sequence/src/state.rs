//! Install states of features and components.

/// An install state. The numbers are Windows' INSTALLSTATE as conditions see them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// -1: no action, or not known.
    Unknown,
    /// 1: published, installed on first use (features only).
    Advertised,
    /// 2: not installed.
    Absent,
    /// 3: installed on the machine.
    Local,
    /// 4: run from the source.
    Source,
}

impl State {
    /// The number that conditions compare with.
    pub fn number(self) -> i32 {
        match self {
            State::Unknown => -1,
            State::Advertised => 1,
            State::Absent => 2,
            State::Local => 3,
            State::Source => 4,
        }
    }

    /// Does an action to this state put resources in place?
    pub fn installs(self) -> bool {
        matches!(self, State::Local | State::Source)
    }

    /// The name in JSON: `absent|local|source|advertised|unknown`.
    pub fn name(self) -> &'static str {
        match self {
            State::Unknown => "unknown",
            State::Advertised => "advertised",
            State::Absent => "absent",
            State::Local => "local",
            State::Source => "source",
        }
    }
}
