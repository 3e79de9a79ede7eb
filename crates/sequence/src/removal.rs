//! Which components' resources go in this run: those set to absent that nobody else is a client of.
//!
//! Follows: Microsoft, "Component Table" (permanent components, null ComponentId), "Organizing Applications
//! into Components" (a component goes with its last client).

use std::collections::HashSet;

use machine::View;

use crate::registration::places::Places;
use crate::registration::write::has_other_clients;
use crate::{Component, Error, Run, State};

/// The components whose resources go.
pub(crate) struct Removal {
    components: HashSet<String>,
}

impl Removal {
    /// Asks which components go.
    ///
    /// Errors: the machine cannot be read.
    pub(crate) fn of(run: &Run, view: &dyn View) -> Result<Removal, Error> {
        let places = Places::of(run, view)?;
        let mut components = HashSet::new();
        for component in run.components() {
            let Some(id) = component
                .id
                .as_deref()
                .filter(|_| component.action == State::Absent)
            else {
                continue;
            };
            if !component.has(Component::PERMANENT) && !has_other_clients(view, &places, id)? {
                components.insert(component.name.clone());
            }
        }
        Ok(Removal { components })
    }

    /// Do a component's resources go?
    pub(crate) fn has(&self, component: &str) -> bool {
        self.components.contains(component)
    }
}
