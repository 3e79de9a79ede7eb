//! What happens to each component, once the features are decided.
//!
//! Follows: Microsoft, "Component Table", "Using Transitive Components", "Conditional Statement Syntax" (the
//! note about `$Component=3`), "Checking the Installation of Features, Components, Files".

use std::collections::HashMap;

use machine::View;

use crate::registration::{clients, guid};
use crate::{Component, Error, Run, State, TopLevel, file_rules, key_paths};

/// Sets the components' conditions.
///
/// Errors: a condition that does not parse.
pub(crate) fn enable(run: &mut Run) -> Result<(), Error> {
    for record in run.table("Component")?.records() {
        let name = record.text("Component");
        let truth = run.condition("Component", name, record.text("Condition"))?;
        let image = run.request.top_level == TopLevel::Admin;
        if let Some(&at) = run.component_index.get(name) {
            let component = &mut run.components[at];
            // What is installed stays enabled, unless it is transitive.
            let stays = component.installed.installs() && !component.has(Component::TRANSITIVE);
            component.enabled = truth || image || stays;
        }
    }
    Ok(())
}

/// Decides every component's request and action.
///
/// Errors: the machine cannot be read; a key path that is not in its table.
pub(crate) fn decide(run: &mut Run, view: &dyn View) -> Result<(), Error> {
    let wishes = wishes(run);
    let product = guid::pack(run.property("ProductCode")).unwrap_or_default();
    for at in 0..run.components.len() {
        let wish = wishes
            .get(&run.components[at].name)
            .copied()
            .unwrap_or_default();
        let (request, action) = states(run, view, &run.components[at], wish, &product)?;
        run.components[at].request = request;
        run.components[at].action = action;
    }
    Ok(())
}

/// What the features that have a component want of it.
#[derive(Clone, Copy, Debug, Default)]
struct Wish {
    /// A feature that installs it now, locally or from source.
    local: bool,
    source: bool,
    /// A feature that goes, or that is only advertised from now on.
    removed: bool,
    /// A feature that is there and stays as it is.
    kept: bool,
    /// A feature that is installed again.
    again: bool,
}

fn wishes(run: &Run) -> HashMap<String, Wish> {
    let mut wishes: HashMap<String, Wish> = HashMap::new();
    for feature in &run.features {
        for component in &feature.components {
            let wish = wishes.entry(component.clone()).or_default();
            wish.again |= feature.action.installs() && feature.installed.installs();
            match feature.action {
                State::Local => wish.local = true,
                State::Source => wish.source = true,
                State::Absent | State::Advertised => wish.removed |= feature.installed.installs(),
                State::Unknown => wish.kept |= feature.installed.installs(),
            }
        }
    }
    wishes
}

/// Local wins over source, then the component's own attributes.
fn wanted(component: &Component, wish: Wish) -> State {
    let source_only = component.has(Component::SOURCE_ONLY);
    let optional = component.has(Component::OPTIONAL);
    match (wish.local, wish.source) {
        (false, false) if wish.removed && !wish.kept => State::Absent,
        (false, false) => State::Unknown,
        _ if source_only => State::Source,
        (false, true) if optional => State::Source,
        _ => State::Local,
    }
}

fn states(
    run: &Run,
    view: &dyn View,
    component: &Component,
    wish: Wish,
    product: &str,
) -> Result<(State, State), Error> {
    let request = wanted(component, wish);
    if request.installs() && !component.enabled {
        // A transitive component goes, whoever else has it.
        return Ok(if component.installed.installs() {
            (State::Absent, State::Absent)
        } else {
            (State::Unknown, State::Unknown)
        });
    }
    let action = match request {
        State::Local | State::Source if put_aside(run, view, component)? => State::Unknown,
        State::Local | State::Source => request,
        State::Absent if !component.installed.installs() || component.id.is_none() => {
            State::Unknown
        }
        State::Absent if kept_by_others(view, component, product)? => State::Unknown,
        request => request,
    };
    // A feature that comes again only for a new one does not touch what is there in the same state.
    let untouched = request == component.installed && !wish.again;
    Ok((request, if untouched { State::Unknown } else { action }))
}

/// Is a component left as it is on the machine, although it is asked for?
fn put_aside(run: &Run, view: &dyn View, component: &Component) -> Result<bool, Error> {
    if run.request.top_level != TopLevel::Install {
        return Ok(false);
    }
    if component.has(Component::NEVER_OVERWRITE) && key_paths::exists(run, view, component)? {
        return Ok(true);
    }
    file_rules::newer_key_file_is_there(run, view, component)
}

/// Does a component stay when this product goes: it is permanent, or another product is its client?
fn kept_by_others(view: &dyn View, component: &Component, product: &str) -> Result<bool, Error> {
    let Some(id) = &component.id else {
        return Ok(true);
    };
    if component.has(Component::PERMANENT) {
        return Ok(true);
    }
    Ok(clients(view, id)?
        .iter()
        .any(|client| !client.product.eq_ignore_ascii_case(product)))
}
