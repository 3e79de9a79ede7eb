//! What a run finds of its own product: is it installed, and in which state is each feature and component?

use std::collections::HashMap;

use machine::{KeyPath, View};

use super::product::{Context, Product, ProductState};
use super::{Client, clients, find, guid, user_data};
use crate::{Component, Error, Run, State, TopLevel};

/// Sets Installed, ProductState and the context of an installed product.
///
/// Errors: the machine cannot be read.
pub(crate) fn set_installed(run: &mut Run, view: &dyn View) -> Result<(), Error> {
    // An administrative image is made of what is in the package, whatever is installed here.
    let product = match run.request.top_level {
        TopLevel::Admin => None,
        _ => find(view, run.property("ProductCode"))?,
    };
    let number = match product.as_ref().map(|product| product.state) {
        None => "-1",
        Some(ProductState::Advertised) => "1",
        Some(ProductState::Installed | ProductState::Broken) => "5",
    };
    run.properties.set("ProductState", number);
    if let Some(product) = product {
        if product.state != ProductState::Advertised {
            run.properties.set(
                "Installed",
                product.install_date.as_deref().unwrap_or("00:00:00"),
            );
        }
        // An installed product stays in its context.
        run.properties.set(
            "ALLUSERS",
            if product.context == Context::Machine {
                "1"
            } else {
                ""
            },
        );
        run.product = Some(product);
    }
    Ok(())
}

/// Sets the installed states of features and components.
///
/// Errors: the machine cannot be read.
pub(crate) fn read_states(run: &mut Run, view: &dyn View) -> Result<(), Error> {
    let Some(product) = run.product.clone() else {
        return Ok(());
    };
    let Some(packed) = guid::pack(&product.product_code) else {
        return Ok(());
    };
    for component in &mut run.components {
        if let Some(id) = &component.id {
            let own = clients(view, id)?
                .into_iter()
                .find(|client| client.product.eq_ignore_ascii_case(&packed));
            // Without a key path it is registered as not used here, unless its key path has no text.
            let unused = |client: &Client| {
                client.key_path.is_empty() && !component.has(Component::ODBC_DATA_SOURCE)
            };
            component.installed = match own {
                Some(client) if !unused(&client) => client.state(),
                _ => State::Absent,
            };
        }
    }
    let states = feature_states(view, &product)?;
    for at in 0..run.features.len() {
        let state = states
            .get(&run.features[at].name)
            .copied()
            .unwrap_or(State::Absent);
        run.features[at].installed = with_source(run, at, state);
    }
    Ok(())
}

/// What stands before a feature's parent where the feature is absent.
const ABSENT: char = '\u{6}';

/// Where the states of a product's features are: published, and installed.
fn keys(view: &dyn View, product: &Product) -> Option<[KeyPath; 2]> {
    let packed = guid::pack(&product.product_code)?;
    let facts = view.facts();
    let published = product
        .context
        .published(facts)
        .join("Features")
        .join(&packed);
    let installed = user_data(product.context.sid(facts))
        .join("Products")
        .join(&packed)
        .join("Features");
    Some([published, installed])
}

/// Returns a product's features with their states; what runs from source counts as local.
///
/// Errors: the machine cannot be read.
pub(crate) fn feature_states(
    view: &dyn View,
    product: &Product,
) -> Result<HashMap<String, State>, Error> {
    Ok(registered_features(view, product)?.into_iter().collect())
}

/// Returns a product's features with their states, in registered order; what runs from source counts as local.
///
/// Errors: the machine cannot be read.
pub fn registered_features(
    view: &dyn View,
    product: &Product,
) -> Result<Vec<(String, State)>, Error> {
    let Some([published, installed]) = keys(view, product) else {
        return Ok(Vec::new());
    };
    let mut states = Vec::new();
    let features = view.key(&published)?.map(|key| key.values);
    for (name, data) in features.unwrap_or_default() {
        let is_absent = data.as_text().is_some_and(|text| text.starts_with(ABSENT));
        let state = if is_absent {
            State::Absent
        } else if product.state == ProductState::Advertised
            || view.value(&installed, &name)?.is_none()
        {
            State::Advertised
        } else {
            State::Local
        };
        states.push((name, state));
    }
    Ok(states)
}

/// A feature is from source where one of its components is, and none local.
fn with_source(run: &Run, at: usize, state: State) -> State {
    let installed = |name: &String| {
        run.component_index
            .get(name)
            .map(|&at| run.components[at].installed)
    };
    let states: Vec<State> = run.features[at]
        .components
        .iter()
        .filter_map(installed)
        .collect();
    let from_source = states.contains(&State::Source) && !states.contains(&State::Local);
    if state == State::Local && from_source {
        State::Source
    } else {
        state
    }
}
