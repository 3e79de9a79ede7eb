//! What a run finds of its own product: is it installed, and in which state is each feature and component?

use machine::{KeyPath, View};

use super::product::{Context, Product, ProductState};
use super::{clients, find, guid, user_data};
use crate::{Error, Run, State};

/// Sets Installed, ProductState and the context of an installed product.
///
/// Errors: the machine cannot be read.
pub(crate) fn set_installed(run: &mut Run, view: &dyn View) -> Result<(), Error> {
    let product = find(view, run.property("ProductCode"))?;
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
            component.installed = own.map_or(State::Absent, |client| client.state());
        }
    }
    let published = product
        .context
        .published(view.facts())
        .join("Features")
        .join(&packed);
    let installed = user_data(product.context.sid(view.facts()))
        .join("Products")
        .join(&packed)
        .join("Features");
    for at in 0..run.features.len() {
        run.features[at].installed =
            feature_state(run, view, &product, at, [&published, &installed])?;
    }
    Ok(())
}

/// What stands before a feature's parent where the feature is absent.
const ABSENT: char = '\u{6}';

fn feature_state(
    run: &Run,
    view: &dyn View,
    product: &Product,
    at: usize,
    keys: [&KeyPath; 2],
) -> Result<State, Error> {
    let feature = &run.features[at];
    let Some(data) = view.value(keys[0], &feature.name)? else {
        return Ok(State::Absent);
    };
    if data.as_text().is_some_and(|text| text.starts_with(ABSENT)) {
        return Ok(State::Absent);
    }
    if product.state == ProductState::Advertised || view.value(keys[1], &feature.name)?.is_none() {
        return Ok(State::Advertised);
    }
    let state = |name: &String| {
        run.component_index
            .get(name)
            .map(|&at| run.components[at].installed)
    };
    let states: Vec<State> = feature.components.iter().filter_map(state).collect();
    let from_source = states.contains(&State::Source) && !states.contains(&State::Local);
    Ok(if from_source {
        State::Source
    } else {
        State::Local
    })
}
