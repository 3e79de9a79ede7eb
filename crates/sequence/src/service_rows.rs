//! Services in the registry, as the service control manager keeps them, and when rows about them act.
//!
//! Follows: Microsoft, "ServiceInstall Table", "ServiceControl Table", "MsiServiceConfig Table". The names of the
//! values below `Services` are public knowledge ("HKLM\SYSTEM\CurrentControlSet\Services Registry Tree").

use database::Record;
use machine::{KeyPath, Root, View};

use crate::{Component, Error, Run, State};

/// Returns the key of a service.
pub(crate) fn service_key(name: &str) -> KeyPath {
    KeyPath::new(Root::LocalMachine, "System\\CurrentControlSet\\Services").join(name)
}

/// Returns the formatted name that a row gives a service.
///
/// Errors: it is empty, or has a slash or backslash.
pub(crate) fn service_name(
    run: &Run,
    view: &dyn View,
    record: Record<'_>,
) -> Result<String, Error> {
    let name = run.format(view, record.required("Name")?);
    if name.is_empty() || name.contains(['/', '\\']) {
        let what = format!("`{name}` is no name of a service");
        return Err(record.error("Name", what).into());
    }
    Ok(name)
}

/// Returns the names of the services that ServiceControl rows mean: those whose component is being installed and
/// that have the bit `installing`, and those whose component is going away and that have the bit `removing`.
///
/// Errors: a row names no component, or no service.
pub(crate) fn controlled(
    run: &Run,
    view: &dyn View,
    installing: i32,
    removing: i32,
) -> Result<Vec<String>, Error> {
    let mut names: Vec<String> = Vec::new();
    for record in run.table("ServiceControl")?.records() {
        let component = component(run, "ServiceControl", record)?;
        let event = record.integer("Event").unwrap_or(0);
        let acts = match component.action {
            State::Local | State::Source => event & installing != 0,
            State::Absent => event & removing != 0,
            State::Advertised | State::Unknown => false,
        };
        if acts {
            let name = service_name(run, view, record)?;
            if !names.iter().any(|known| known.eq_ignore_ascii_case(&name)) {
                names.push(name);
            }
        }
    }
    Ok(names)
}

/// Does a row of the tables about configuration act in this run? `Event`: 1 first installation, 2 removal,
/// 4 installation over an installed component.
pub(crate) fn configures(component: &Component, event: i32) -> bool {
    let bit = match (component.action, component.installed.installs()) {
        (State::Local | State::Source, false) => 1,
        (State::Local | State::Source, true) => 4,
        (State::Absent, _) => 2,
        (State::Advertised | State::Unknown, _) => 0,
    };
    event & bit != 0
}

/// Returns a row's component.
///
/// Errors: there is none of its name.
pub(crate) fn component<'a>(
    run: &'a Run,
    table: &str,
    record: Record<'_>,
) -> Result<&'a Component, Error> {
    run.component(table, &record.key(), record.required("Component_")?)
}
