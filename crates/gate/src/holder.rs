//! Who holds the gate: the record `holder.json`, and the same before a waiter's turn.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a taker tells about itself; the gate adds process, host and time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taker {
    /// Product code, `{…}`, where there is one product.
    pub product_code: Option<String>,
    /// `ProductName`.
    pub product_name: Option<String>,
    /// `ProductVersion`.
    pub version: Option<String>,
    /// The package, as the user named it.
    pub package: Option<String>,
    /// What is done: `install`, `remove`, `run`, … or the command line of `run`.
    pub command: String,
    /// The user's name. None: the gate looks it up.
    pub user: Option<String>,
    /// The value of `MSIKIT_HOLDER` that was inherited: the generation of an ancestor's hold.
    /// It can only cause a refusal ([`TakeError::OwnParent`](crate::TakeError::OwnParent)).
    pub parent: Option<u64>,
}

/// Who holds the gate, as its record tells. All but `generation` may be out of date or wrong: it is for
/// people, and no decision rests on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The length of the lock of this hold, in bytes: a random number of 62 bits. 0 in a waiter's record.
    pub generation: u64,
    /// The ticket with which it came in.
    pub ticket: u64,
    /// Product code, `{…}`.
    pub product_code: Option<String>,
    /// `ProductName`.
    pub product_name: Option<String>,
    /// `ProductVersion`.
    pub version: Option<String>,
    /// The package, as the user named it.
    pub package: Option<String>,
    /// What is done: `install`, `remove`, …
    pub command: String,
    /// The sequence table being processed.
    pub sequence: Option<String>,
    /// The action being run.
    pub action: Option<String>,
    /// Process id, in `pid_namespace`; may name a process that is gone.
    pub pid: u32,
    /// When that process started, in clock ticks since the host's start.
    pub process_start: u64,
    /// The process namespace, as `/proc/self/ns/pid` names it: `pid:[4026531836]`.
    pub pid_namespace: String,
    /// The host's name (a container's own).
    pub host: String,
    /// The user's name, or its number.
    pub user: String,
    /// When it took the gate (a waiter: its place), by the host's clock.
    pub since: Timestamp,
}

impl Holder {
    /// Returns one line for people, with the time of day of `zone`:
    /// `Contoso Tools 1.2 (pid 4711, alice, since 12:01:07, InstallExecuteSequence/InstallFiles)`.
    pub fn describe(&self, zone: &TimeZone) -> String {
        self.line(zone, false)
    }

    /// Returns whether its process id means nothing here: it is of another container.
    pub fn is_elsewhere(&self) -> bool {
        let (_, here) = crate::process_identity();
        !here.is_empty() && !self.pid_namespace.is_empty() && here != self.pid_namespace
    }

    fn line(&self, zone: &TimeZone, is_elsewhere: bool) -> String {
        let since = self.since.to_zoned_datetime(zone.clone());
        let place = match is_elsewhere {
            true => format!(" in {} on {}", self.pid_namespace, self.host),
            false => String::new(),
        };
        let mut line = format!(
            "{} (pid {}{place}, {}, since {}",
            self.what(),
            self.pid,
            self.user,
            since.strftime("%H:%M:%S")
        );
        let place: Vec<&str> = [&self.sequence, &self.action]
            .into_iter()
            .filter_map(|part| part.as_deref())
            .collect();
        if !place.is_empty() {
            line.push_str(", ");
            line.push_str(&place.join("/"));
        }
        line.push(')');
        // Names come from packages and from other users' files, and end on terminals.
        line.replace(char::is_control, "\u{fffd}")
    }

    /// Names the product, or else the package, or else the command.
    fn what(&self) -> String {
        let name = self
            .product_name
            .as_ref()
            .or(self.product_code.as_ref())
            .or(self.package.as_ref());
        match (name, &self.version) {
            (Some(name), Some(version)) => format!("{name} {version}"),
            (Some(name), None) => name.clone(),
            (None, _) => self.command.clone(),
        }
    }
}

/// As [`Holder::describe`], in the time zone of this system; a process of another container is named with
/// host and namespace.
impl fmt::Display for Holder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.line(&TimeZone::system(), self.is_elsewhere()))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    pub(crate) fn contoso() -> Holder {
        Holder {
            generation: 7,
            ticket: 3,
            product_code: Some("{C0FFEE00-0000-4000-8000-000000000001}".to_owned()),
            product_name: Some("Contoso Tools".to_owned()),
            version: Some("1.2".to_owned()),
            package: Some("contoso.msi".to_owned()),
            command: "install".to_owned(),
            sequence: Some("InstallExecuteSequence".to_owned()),
            action: Some("InstallFiles".to_owned()),
            pid: 4711,
            process_start: 99,
            pid_namespace: "pid:[4026531836]".to_owned(),
            host: "build".to_owned(),
            user: "alice".to_owned(),
            since: "2026-01-02T12:01:07Z".parse().unwrap(),
        }
    }

    fn check(change: impl FnOnce(&mut Holder), expected: Expect) {
        let mut holder = contoso();
        change(&mut holder);
        expected.assert_eq(&holder.describe(&TimeZone::UTC));
    }

    #[test]
    fn the_line_of_a_refusal() {
        check(
            |_| {},
            expect![
                "Contoso Tools 1.2 (pid 4711, alice, since 12:01:07, InstallExecuteSequence/InstallFiles)"
            ],
        );
    }

    #[test]
    fn a_process_of_another_container_is_named_with_its_place() {
        let holder = Holder {
            pid_namespace: "pid:[1]".to_owned(),
            ..contoso()
        };
        assert!(holder.is_elsewhere());
        let line = holder.to_string();
        assert!(
            line.contains("(pid 4711 in pid:[1] on build, alice, "),
            "{line}"
        );
        let pid_namespace = crate::process_identity().1;
        let here = Holder {
            pid_namespace,
            ..holder
        };
        assert!(!here.is_elsewhere());
    }

    #[test]
    fn what_is_unknown_is_left_out() {
        check(
            |holder| {
                holder.product_name = None;
                holder.product_code = None;
                holder.version = None;
                holder.package = None;
                holder.command = "run make all".to_owned();
                holder.sequence = None;
                holder.action = None;
            },
            expect!["run make all (pid 4711, alice, since 12:01:07)"],
        );
        check(
            |holder| {
                holder.product_name = None;
                holder.action = None;
            },
            expect![
                "{C0FFEE00-0000-4000-8000-000000000001} 1.2 (pid 4711, alice, since 12:01:07, InstallExecuteSequence)"
            ],
        );
    }
}
