//! What `status` tells people: who holds the machine, what they do and for how long, who waits, and what to do about it.

use installer::{HolderReport, State, Status, WaitingReport};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::screen::{lasted, rows};

/// Columns of the longest label.
const LABELS: usize = 11;

/// Returns the lines; the first is the answer. `now` and `zone` are the reader's.
pub fn lines(status: &Status, now: Timestamp, zone: &TimeZone) -> Vec<String> {
    let reason = status.reason.as_deref().unwrap_or_default();
    let clock = Clock { now, zone };
    let mut lines = vec![match status.state {
        State::Free => "free: no installation is in progress".to_owned(),
        State::Held => format!("held: {}", name(status.holder.as_ref())),
        State::Suspended => format!("suspended: {reason}"),
        State::Unknown => format!("unknown: {reason}"),
    }];
    if status.state == State::Held {
        lines.extend(status.holder.iter().flat_map(|holder| clock.holder(holder)));
    }
    if let Some(holder) = status
        .suspended
        .as_ref()
        .and_then(|left| left.holder.as_ref())
    {
        lines.extend(rows(LABELS, "unfinished", &name(Some(holder))));
        lines.extend(clock.holder(holder));
    }
    for waiter in &status.waiting {
        let label = format!("{}. in queue", waiter.place);
        lines.extend(rows(LABELS, &label, &clock.waiter(waiter)));
    }
    if status.asks_for_disk {
        let what = "somebody is asked for one, where the installation was started";
        lines.extend(rows(LABELS, "disk", what));
    }
    if status.reboot_pending {
        lines.extend(rows(LABELS, "restart", "the machine waits for one"));
    }
    lines.extend(
        advice(status)
            .into_iter()
            .flat_map(|advice| rows(LABELS, "what to do", advice)),
    );
    lines
}

/// What is installed, or what holds the gate without being an installation.
fn name(holder: Option<&HolderReport>) -> String {
    let Some(holder) = holder else {
        return "an installation is in progress; who holds it is not known".to_owned();
    };
    let product = holder
        .product_name
        .as_ref()
        .or(holder.product_code.as_ref());
    match (product.or(holder.package.as_ref()), &holder.version) {
        (Some(product), Some(version)) => format!("{product} {version}"),
        (Some(product), None) => product.clone(),
        (None, _) => holder
            .command
            .clone()
            .unwrap_or_else(|| "another installation".to_owned()),
    }
}

fn advice(status: &Status) -> Option<&'static str> {
    match status.state {
        State::Free => None,
        State::Held if status.holder.is_none() => Some(
            "wait: `msikit wait`; `fuser .msikit/gate/lock` in the machine's folder names the process",
        ),
        State::Held => Some(
            "wait until it has ended: `msikit wait`; or queue up: `msikit install PACKAGE --wait`",
        ),
        State::Suspended
            if status
                .suspended
                .as_ref()
                .is_some_and(|left| left.kind != "crashed") =>
        {
            Some(
                "go on, as after the restart: `msikit recover --resume`; or undo it: `msikit recover --undo-suspended`",
            )
        }
        State::Suspended => Some("undo or finish it now: `msikit recover`"),
        State::Unknown => Some(
            "see to it that the machine's folder .msikit/gate can be read; this is no \"free\"",
        ),
    }
}

/// The reader's clock.
struct Clock<'a> {
    now: Timestamp,
    zone: &'a TimeZone,
}

impl Clock<'_> {
    fn holder(&self, holder: &HolderReport) -> Vec<String> {
        let joined = |parts: [Option<String>; 2], between: &str| {
            let parts: Vec<String> = parts.into_iter().flatten().collect();
            Some(parts.join(between)).filter(|text| !text.is_empty())
        };
        let place = joined([holder.sequence.clone(), holder.action.clone()], "/");
        let command = holder
            .command
            .clone()
            .filter(|command| *command != name(Some(holder)));
        let host = holder.host.clone().filter(|_| holder.is_elsewhere);
        let process = [
            holder.pid.map(|pid| pid.to_string()),
            holder.user.as_ref().map(|user| format!("of {user}")),
            host.map(|host| format!("in another container, on {host}")),
        ];
        let process = process.into_iter().flatten().collect::<Vec<_>>().join(" ");
        let facts = [
            ("does", joined([command, place], ", in ")),
            ("package", holder.package.clone()),
            ("process", Some(process).filter(|text| !text.is_empty())),
            (
                "since",
                holder.since.as_deref().and_then(|since| self.since(since)),
            ),
        ];
        let facts = facts
            .into_iter()
            .filter_map(|(label, value)| Some((label, value?)));
        facts
            .flat_map(|(label, value)| rows(LABELS, label, &value))
            .collect()
    }

    fn waiter(&self, waiter: &WaitingReport) -> String {
        let command = waiter.command.as_deref().unwrap_or("not known what");
        let pid = waiter.pid.map(|pid| format!("process {pid}"));
        let time = waiter.since.as_deref().and_then(|since| self.lasted(since));
        let since = time.map(|time| format!("for {time}"));
        let more: Vec<String> = [pid, since].into_iter().flatten().collect();
        match more.is_empty() {
            true => command.to_owned(),
            false => format!("{command} ({})", more.join(", ")),
        }
    }

    /// `2026-11-24 12:01:07, for 5s`.
    fn since(&self, since: &str) -> Option<String> {
        let time: Timestamp = since.parse().ok()?;
        let local = time.to_zoned_datetime(self.zone.clone());
        let day = local.strftime("%Y-%m-%d %H:%M:%S");
        Some(format!("{day}, for {}", self.lasted(since)?))
    }

    fn lasted(&self, since: &str) -> Option<String> {
        let since: Timestamp = since.parse().ok()?;
        // A clock that was set back makes no time negative.
        let time = std::time::Duration::try_from(self.now.duration_since(since));
        Some(lasted(time.unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use gate::Gate;

    use super::*;

    fn check(change: impl FnOnce(&mut Status), expected: Expect) {
        let folder = tempfile::tempdir().unwrap();
        let mut status = installer::status(&Gate::at(folder.path()), folder.path());
        assert_eq!(status.state, State::Free);
        change(&mut status);
        let now = "2026-11-24T12:02:19Z".parse().unwrap();
        let lines = lines(&status, now, &TimeZone::UTC);
        for line in &lines {
            assert!(
                line.chars().count() <= 80 || line.starts_with("unknown"),
                "{line}"
            );
        }
        expected.assert_eq(&(lines.join("\n") + "\n"));
    }

    fn holder() -> HolderReport {
        let text = |text: &str| Some(text.to_owned());
        HolderReport {
            product_code: text("{B899E5DD-D56C-4AF6-B3B0-9A77EF4C0B09}"),
            product_name: text("Contoso Tools"),
            version: text("1.2"),
            package: text("/srv/tools.msi"),
            command: text("install"),
            sequence: text("InstallExecuteSequence"),
            action: text("InstallFiles"),
            pid: Some(4711),
            pid_namespace: None,
            is_elsewhere: false,
            user: text("alice"),
            host: text("build7"),
            since: text("2026-11-24T12:01:07Z"),
        }
    }

    #[test]
    fn free() {
        check(
            |_| {},
            expect![[r#"
            free: no installation is in progress
        "#]],
        );
        check(
            |status| status.reboot_pending = true,
            expect![[r#"
                free: no installation is in progress
                  restart      the machine waits for one
            "#]],
        );
    }

    #[test]
    fn held() {
        let wait = |place, since: Option<&str>| WaitingReport {
            place,
            pid: since.map(|_| 4712),
            since: since.map(str::to_owned),
            command: since.map(|_| "install greeter".to_owned()),
        };
        let held = |status: &mut Status| {
            status.state = State::Held;
            status.holder = Some(holder());
            status.waiting = vec![wait(1, Some("2026-11-24T12:02:14Z")), wait(2, None)];
        };
        check(
            held,
            expect![[r#"
                held: Contoso Tools 1.2
                  does         install, in InstallExecuteSequence/InstallFiles
                  package      /srv/tools.msi
                  process      4711 of alice
                  since        2026-11-24 12:01:07, for 1m 12s
                  1. in queue  install greeter (process 4712, for 5s)
                  2. in queue  not known what
                  what to do   wait until it has ended: `msikit wait`; or queue up: `msikit
                               install PACKAGE --wait`
            "#]],
        );
        let run = |status: &mut Status| {
            status.state = State::Held;
            let text = |text: &str| Some(text.to_owned());
            status.holder = Some(HolderReport {
                product_code: None,
                product_name: None,
                version: None,
                package: None,
                command: text("run make image"),
                sequence: None,
                action: None,
                is_elsewhere: true,
                ..holder()
            });
        };
        check(
            run,
            expect![[r#"
                held: run make image
                  process      4711 of alice in another container, on build7
                  since        2026-11-24 12:01:07, for 1m 12s
                  what to do   wait until it has ended: `msikit wait`; or queue up: `msikit
                               install PACKAGE --wait`
            "#]],
        );
        check(
            |status| status.state = State::Held,
            expect![[r#"
                held: an installation is in progress; who holds it is not known
                  what to do   wait: `msikit wait`; `fuser .msikit/gate/lock` in the machine's
                               folder names the process
            "#]],
        );
    }

    #[test]
    fn suspended_and_unknown() {
        let suspended = |status: &mut Status| {
            status.state = State::Suspended;
            status.reason = Some("an installation was interrupted".to_owned());
            status.suspended = Some(installer::Suspended {
                kind: "crashed",
                holder: Some(holder()),
                ..installer::Suspended::default()
            });
        };
        check(
            suspended,
            expect![[r#"
                suspended: an installation was interrupted
                  unfinished   Contoso Tools 1.2
                  does         install, in InstallExecuteSequence/InstallFiles
                  package      /srv/tools.msi
                  process      4711 of alice
                  since        2026-11-24 12:01:07, for 1m 12s
                  what to do   undo or finish it now: `msikit recover`
            "#]],
        );
        let unknown = |status: &mut Status| {
            status.state = State::Unknown;
            status.reason = Some("cannot read /m/.msikit/gate/lock: permission denied".to_owned());
        };
        check(
            unknown,
            expect![[r#"
                unknown: cannot read /m/.msikit/gate/lock: permission denied
                  what to do   see to it that the machine's folder .msikit/gate can be read;
                               this is no "free"
            "#]],
        );
    }
}
