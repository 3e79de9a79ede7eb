//! `InstallValidate`: settles whether the whole product goes, and stops where a drive has not enough room.
//!
//! Files in use are not asked about: nothing runs from a machine in a folder.
//! Follows: Microsoft, "InstallValidate Action", "Conditioning Actions to Run During Removal".

use machine::View;

use crate::actions::{Flow, cost_finalize};
use crate::{Error, Failure, Run, State};

pub(crate) fn install_validate(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    settle_removal(run);
    cost_finalize::count(run, view)?;
    for (&drive, &needed) in &run.costs.drives {
        let free = view.free_bytes(drive)?;
        if needed > free {
            return Ok(Flow::Fail(out_of_space(drive, needed, free)));
        }
    }
    Ok(Flow::Continue(Vec::new()))
}

/// Message 1601: the volume, what is needed and what is there, in KB.
fn out_of_space(drive: char, needed: u64, free: u64) -> Failure {
    let (needed, free) = (needed.div_ceil(1024), free / 1024);
    Failure::numbered(
        1601,
        [format!("{drive}:"), needed.to_string(), free.to_string()],
        format!("out of disk space on volume {drive}: {needed} KB are needed, {free} KB are free"),
    )
}

/// REMOVE is ALL exactly where no feature stays.
fn settle_removal(run: &mut Run) {
    let stays = |feature: &crate::Feature| match feature.action {
        State::Unknown => matches!(
            feature.installed,
            State::Local | State::Source | State::Advertised
        ),
        State::Absent => false,
        State::Local | State::Source | State::Advertised => true,
    };
    let asked = run.property("REMOVE").eq_ignore_ascii_case("ALL");
    let removes = run
        .features
        .iter()
        .any(|feature| feature.action == State::Absent);
    if run.is_registered() && (removes || asked) && !run.features.iter().any(stays) {
        run.properties.set("REMOVE", "ALL");
    } else if asked {
        let gone = run
            .features
            .iter()
            .filter(|feature| feature.action == State::Absent);
        let names: Vec<&str> = gone.map(|feature| feature.name.as_str()).collect();
        let names = names.join(",");
        run.properties.set("REMOVE", &names);
    }
}
