//! `MigrateFeatureStates`: features take the states that they have in the products to be upgraded.
//!
//! Follows: Microsoft, "MigrateFeatureStates Action".

use machine::View;

use crate::actions::Flow;
use crate::actions::find_related_products::{Range, products};
use crate::registration::feature_states;
use crate::{Error, Run, State, component_states, selection};

const MIGRATE: i32 = 1;

pub(crate) fn migrate_feature_states(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    if run.was_installed() || !run.property("Preselected").is_empty() {
        return Ok(Flow::Continue(Vec::new()));
    }
    let mut states = Vec::new();
    for record in run.table("Upgrade")?.records() {
        if record.integer("Attributes").unwrap_or(0) & MIGRATE == 0 {
            continue;
        }
        let range = Range::read(record)?;
        for product in products(run, view, &record.required("UpgradeCode")?.to_uppercase())? {
            if range.has(&product) {
                states.push(feature_states(view, &product)?);
            }
        }
    }
    if states.is_empty() {
        return Ok(Flow::Continue(Vec::new()));
    }
    for at in 0..run.features.len() {
        let name = &run.features[at].name;
        let old = states
            .iter()
            .filter_map(|product| product.get(name).copied());
        if let Some(state) = old.max_by_key(|state| precedence(*state)) {
            selection::set_request(run, at, state);
        }
    }
    component_states::decide(run, view)?;
    Ok(Flow::Continue(Vec::new()))
}

/// Of several products' states of a feature the highest counts.
fn precedence(state: State) -> u8 {
    match state {
        State::Local => 4,
        State::Source => 3,
        State::Advertised => 2,
        State::Absent => 1,
        State::Unknown => 0,
    }
}
