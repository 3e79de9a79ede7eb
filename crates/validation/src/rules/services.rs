//! How services are configured. "MsiServiceConfig Table", "MsiServiceConfigFailureActions Table".

use database::Record;

use crate::finding::{Findings, cell};
use crate::package::Package;

/// Services are configured with values that exist.
pub(super) fn ice102(package: &Package<'_>, found: &mut Findings) {
    for service in package.rows("MsiServiceConfig") {
        event(&service, found);
        configuration(&service, found);
    }
    for service in package.rows("MsiServiceConfigFailureActions") {
        event(&service, found);
        failure_actions(&service, found);
    }
}

/// At install, at removal, at reinstall: bits 1, 2 and 4.
fn event(service: &Record<'_>, found: &mut Findings) {
    let event = service.integer("Event").unwrap_or(0);
    if event == 0 || event & !7 != 0 {
        found.error(
            cell(service, "Event"),
            format!("{event} is no sum of 1, 2 and 4"),
        );
    }
}

fn configuration(service: &Record<'_>, found: &mut Findings) {
    let argument = service.text("Argument");
    let number = argument.parse::<u32>().ok();
    let formatted = argument.contains('[');
    let mut wrong = |what: &str| {
        if !formatted {
            found.error(
                cell(service, "Argument"),
                format!("{argument:?} is wrong: {what}"),
            );
        }
    };
    match service.integer("ConfigType") {
        // Delayed start, and failure actions where no crash was.
        Some(3 | 4) if !matches!(number, Some(0 | 1)) => wrong("it must be 0 or 1"),
        // The kind of its SID: none, unrestricted, restricted.
        Some(5) if !matches!(number, Some(0 | 1 | 3)) => wrong("it must be 0, 1 or 3"),
        Some(6) => {
            let privileges: Vec<&str> = argument
                .split("[~]")
                .filter(|one| !one.is_empty())
                .collect();
            let good = |name: &&str| name.starts_with("Se") && name.ends_with("Privilege");
            if !privileges.iter().all(good) {
                found.error(
                    cell(service, "Argument"),
                    format!("{argument:?} is no list of privileges"),
                );
            }
        }
        Some(7) if argument.is_empty() => {
            found.warning(
                cell(service, "Argument"),
                "without a number it is 180000 milliseconds",
            );
        }
        Some(7) if number.is_none() => wrong("it must be a number of milliseconds"),
        Some(3..=7) => {}
        other => {
            let what = format!("there is no configuration {}", other.unwrap_or(0));
            found.error(cell(service, "ConfigType"), what);
        }
    }
}

fn failure_actions(service: &Record<'_>, found: &mut Findings) {
    let list = |column: &str| -> Vec<&str> {
        let parts = service.text(column).split("[~]");
        parts.filter(|part| !part.is_empty()).collect()
    };
    let (actions, delays) = (list("Actions"), list("DelayActions"));
    for (column, parts) in [("Actions", &actions), ("DelayActions", &delays)] {
        let good = |part: &&str| part.contains('[') || part.parse::<u32>().is_ok();
        if !parts.iter().all(good) {
            found.error(
                cell(service, column),
                "it is no list of numbers with [~] between them",
            );
        }
    }
    if actions.len() != delays.len() {
        let what = format!(
            "there are {} actions and {} delays",
            actions.len(),
            delays.len()
        );
        found.error(cell(service, "DelayActions"), what);
    }
    if service.integer("ResetPeriod").is_none() {
        found.warning(
            cell(service, "ResetPeriod"),
            "without a number failures are never forgotten",
        );
    }
}
