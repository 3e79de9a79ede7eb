//! Why a plan is as it is: what keeps features and components out, what is left out, what a drive must have room for.

use std::collections::BTreeMap;

use machine::View;
use sequence::{Feature, Run, State};

use crate::{Error, Report};

/// A row of the LaunchCondition table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaunchCondition {
    /// The condition.
    pub condition: String,
    /// Does it hold? Without it nothing is done.
    pub holds: bool,
    /// What the user is told where it does not.
    pub text: String,
}

/// What a drive has and needs, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DriveSpace {
    /// Its letter.
    pub drive: char,
    /// What is needed on it.
    pub needed: u64,
    /// What is free on it.
    pub free: u64,
}

/// Returns why a feature that is not there stays away, in a few words; none: it is there, or it comes.
pub(super) fn kept_out(run: &Run, feature: &Feature) -> Result<Option<String>, Error> {
    if feature.installed != State::Absent
        || !matches!(feature.action, State::Unknown | State::Absent)
    {
        return Ok(None);
    }
    if feature.level <= 0 {
        let condition = level_condition(run, feature)?;
        return Ok(Some(match condition {
            Some(condition) => format!("disabled: {condition}"),
            None => "disabled: its level is 0".to_owned(),
        }));
    }
    let install_level = match run.property("INSTALLLEVEL") {
        "" => "1",
        level => level,
    };
    let level = feature.level;
    if install_level.parse().is_ok_and(|most: i32| level > most) {
        return Ok(Some(format!(
            "level {level} is above INSTALLLEVEL {install_level}"
        )));
    }
    let parent = feature.parent.as_ref();
    let above = parent.and_then(|parent| run.features().iter().find(|other| other.name == *parent));
    let has_parent = above.is_none_or(|above| {
        above.action.installs() || (above.installed.installs() && above.action == State::Unknown)
    });
    Ok(Some(match (has_parent, parent) {
        (false, Some(parent)) => format!("{parent} is not there"),
        _ => "not asked for".to_owned(),
    }))
}

/// The condition that gave a feature its level.
fn level_condition(run: &Run, feature: &Feature) -> Result<Option<String>, Error> {
    let table = run.database().rows("Condition")?;
    let mut rows = table.records().filter(|row| {
        row.text("Feature_") == feature.name && row.integer("Level") == Some(feature.level)
    });
    Ok(rows.next().map(|row| row.text("Condition").to_owned()))
}

/// Returns the conditions of the components that have one.
pub(super) fn component_conditions(run: &Run) -> Result<BTreeMap<String, String>, Error> {
    let table = run.database().rows("Component")?;
    let with_one = table
        .records()
        .filter(|row| !row.text("Condition").is_empty());
    let texts =
        with_one.map(|row| [row.text("Component"), row.text("Condition")].map(str::to_owned));
    Ok(texts.map(|[name, condition]| (name, condition)).collect())
}

/// Returns the package's launch conditions as they stand at the end; one that does not parse does not hold.
pub(super) fn launch_conditions(run: &Run) -> Result<Vec<LaunchCondition>, Error> {
    let table = run.database().rows("LaunchCondition")?;
    let rows = table.records().map(|row| {
        let condition = row.text("Condition").to_owned();
        LaunchCondition {
            holds: run
                .evaluate(&condition)
                .is_ok_and(|truth| truth != Some(false)),
            text: run.format_record(Some(row.text("Description")), &[]),
            condition,
        }
    });
    Ok(rows.collect())
}

/// Returns what the custom actions that are left out are, by name. Those of other packages are not known here.
pub(super) fn custom_actions(
    run: &Run,
    report: &Report,
) -> Result<BTreeMap<String, String>, Error> {
    let table = run.database().rows("CustomAction")?;
    let mut known = BTreeMap::new();
    for row in table.records() {
        let name = row.text("Action");
        if report
            .skipped_custom_actions
            .iter()
            .any(|left| left == name)
        {
            let kind = row.integer("Type").unwrap_or(0);
            known.insert(
                name.to_owned(),
                what_runs(kind, row.text("Source"), row.text("Target")),
            );
        }
    }
    Ok(known)
}

/// What a custom action runs, and when. "Summary List of All Custom Action Types".
fn what_runs(kind: i32, source: &str, target: &str) -> String {
    let what = match kind & 0x7 {
        1 => format!("{target} in a DLL"),
        2 => "a program".to_owned(),
        5 => "JScript".to_owned(),
        6 => "VBScript".to_owned(),
        7 => "a nested installation".to_owned(),
        _ => "Windows code".to_owned(),
    };
    let of = match kind & 0x30 {
        0x00 => format!(" of the package ({source})"),
        0x10 => format!(" that it installs ({source})"),
        0x30 if !source.is_empty() => format!(" in the property {source}"),
        _ => String::new(),
    };
    let when = match kind & 0x700 {
        0x500 => ", on rollback",
        0x600 => ", on commit",
        bits if bits & 0x400 != 0 => ", deferred",
        _ => "",
    };
    format!("{what}{of}{when}")
}

/// Returns what the drives have and need.
pub(super) fn drives(run: &Run, view: &dyn View) -> Result<Vec<DriveSpace>, Error> {
    let needed = run.disk_space().iter();
    let space = needed.map(|(&drive, &needed)| {
        let free = view.free_bytes(drive)?;
        Ok(DriveSpace {
            drive,
            needed,
            free,
        })
    });
    space.collect()
}
