//! Rows of the PublishComponent table as the registry holds them.
//!
//! Follows: Microsoft, "PublishComponent Table".

use machine::{KeyPath, View};

use crate::registration::guid;
use crate::registration::places::Places;
use crate::registration::write::descriptor;
use crate::{Error, Run, State};

/// A qualified component.
pub(crate) struct QualifiedComponent {
    /// The category's key.
    pub key: KeyPath,
    /// The value's name.
    pub qualifier: String,
    /// The descriptor of the component, and AppData behind it.
    pub text: String,
}

/// Returns the rows whose feature changes to a wanted state.
///
/// Errors: a row names no component or feature, or its category is no GUID.
pub(crate) fn qualified_components(
    run: &Run,
    view: &dyn View,
    wanted: impl Fn(State) -> bool,
) -> Result<Vec<QualifiedComponent>, Error> {
    let mut rows = Vec::new();
    let table = run.database().rows("PublishComponent")?;
    let places = Places::of(run, view)?;
    for row in table.records() {
        let feature = row.required("Feature_")?;
        let state = run
            .features()
            .iter()
            .find(|known| known.name == feature)
            .map(|known| known.action);
        let state = state.ok_or_else(|| Error::NoSuch {
            table: "PublishComponent".to_owned(),
            row: row.key(),
            what: "feature",
            name: feature.to_owned(),
        })?;
        let component = run.component("PublishComponent", &row.key(), row.text("Component_"))?;
        let Some(id) = component.id.as_deref().filter(|_| wanted(state)) else {
            continue;
        };
        let category = guid::pack(row.text("ComponentId")).ok_or_else(|| Error::BadCell {
            table: "PublishComponent".to_owned(),
            row: row.key(),
            column: "ComponentId".to_owned(),
            what: "it is no GUID".to_owned(),
        })?;
        let descriptor = descriptor(run, &places, feature, id).unwrap_or_default();
        rows.push(QualifiedComponent {
            key: places.published().join("Components").join(&category),
            qualifier: row.text("Qualifier").to_owned(),
            text: descriptor + row.text("AppData"),
        });
    }
    Ok(rows)
}
