//! `InstallValidate`: settles whether the whole product goes, and stops where a drive has not enough room.
//!
//! Files in use are not asked about: nothing runs from a machine in a folder.
//! Follows: Microsoft, "InstallValidate Action", "Conditioning Actions to Run During Removal".

use machine::View;

use crate::actions::{Flow, cost_finalize};
use crate::{ActionResult, Error, Run, State};

pub(crate) fn install_validate(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    settle_removal(run);
    cost_finalize::count(run, view)?;
    for (&drive, &needed) in &run.costs.drives {
        let free = view.free_bytes(drive)?;
        if needed > free {
            let message = format!("drive {drive}: has {free} bytes free, {needed} are needed");
            return Ok(Flow::Stop(ActionResult::Failure, 1603, message));
        }
    }
    Ok(Flow::Continue(Vec::new()))
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
    if run.was_installed() && (removes || asked) && !run.features.iter().any(stays) {
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
