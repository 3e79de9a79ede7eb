//! What a run that ForceReboot ends keeps for the one that goes on after the restart.
//!
//! The pages say that the installer runs the package again, with AFTERREBOOT and RESUME set. Which states features and
//! components then have they leave open: most of what was to be installed is there by then. Here they stay as they
//! were decided the first time, and what was scripted up to the ForceReboot is not scripted again: the two runs
//! together do what one without a restart would have done.
//! Follows: Microsoft, "ForceReboot Action", "RESUME Property", "AFTERREBOOT Property", "Preselected Property".

use serde::{Deserialize, Serialize};

use crate::{Run, State, Step, Table, TopLevel, custom_action};

/// What a run that waits for a restart has decided.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Resume {
    /// The number of the ForceReboot in InstallExecuteSequence.
    pub after: i32,
    /// Was the product installed before the run?
    pub was_installed: bool,
    /// The features' states by name: before the run, asked for, brought about.
    pub features: Vec<(String, [State; 3])>,
    /// The components' states by name, in the same order.
    pub components: Vec<(String, [State; 3])>,
    /// The file name of the cached package.
    pub cache_name: String,
}

impl Run {
    /// Returns what is to be kept of this run, once it has asked to wait for a restart.
    pub fn to_resume(&self) -> Resume {
        let features = self.features.iter().map(|feature| {
            let states = [feature.installed, feature.request, feature.action];
            (feature.name.clone(), states)
        });
        let components = self.components.iter().map(|component| {
            let states = [component.installed, component.request, component.action];
            (component.name.clone(), states)
        });
        Resume {
            after: self.walk.row,
            was_installed: self.was_installed(),
            features: features.collect(),
            components: components.collect(),
            cache_name: self.request.cache_name.clone(),
        }
    }

    /// Makes a new run go on with one that waited for a restart. The request's properties have RESUME and AFTERREBOOT.
    pub fn resume(&mut self, resume: Resume) {
        if !resume.was_installed {
            // What is registered by now is this installation's own.
            self.product = None;
            self.properties.set("Installed", "");
            self.properties.set("ProductState", "-1");
        }
        self.properties.set("UpdateStarted", "1");
        // "For backward-compatibility".
        self.properties.set("Resume", "1");
        self.request.cache_name.clone_from(&resume.cache_name);
        self.properties.take_changes();
        self.initial_properties = self.properties.clone();
        self.resume = Some(resume);
    }

    /// Does the run go on with one that waited for a restart?
    pub fn resumes(&self) -> bool {
        self.resume.is_some()
    }

    /// Returns the public properties that the run has given other values, without hidden ones: what a user chose in a
    /// UI sequence.
    pub fn chosen_properties(&self) -> Vec<(String, String)> {
        let initial = &self.initial_properties;
        let is_chosen = |(name, value): &(&str, &str)| {
            crate::properties::is_public(name) && initial.get(name) != *value
        };
        let chosen = self.properties.all().filter(is_chosen);
        chosen
            .filter(|(name, _)| !self.is_hidden(name))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    /// May nobody see a property's value?
    pub fn is_hidden(&self, name: &str) -> bool {
        self.properties.is_hidden(name)
    }

    /// Says what a restarted machine runs to go on with this installation, should it wait for a restart (RunOnce).
    pub fn set_restart_command(&mut self, command: &str) {
        command.clone_into(&mut self.restart_command);
    }
}

/// Puts the states back that were decided the first time, for as long as actions may decide them anew.
pub(crate) fn keep_states(run: &mut Run) {
    if run.walk.transaction || !run.costs.complete {
        return;
    }
    let Some(resume) = run.resume.take() else {
        return;
    };
    for (name, [installed, request, action]) in &resume.features {
        if let Some(&at) = run.feature_index.get(name) {
            let feature = &mut run.features[at];
            (feature.installed, feature.request, feature.action) = (*installed, *request, *action);
        }
    }
    for (name, [installed, request, action]) in &resume.components {
        if let Some(&at) = run.component_index.get(name) {
            let component = &mut run.components[at];
            component.installed = *installed;
            component.request = *request;
            component.action = *action;
        }
    }
    run.resume = Some(resume);
}

/// Leaves out what was done before the restart.
pub(crate) fn leave_out_done(run: &Run, steps: &mut Vec<Step>) {
    let is_done = run.resume.as_ref().is_some_and(|resume| {
        run.request.top_level == TopLevel::Install
            && run.walk.table() == Some(Table::InstallExecuteSequence)
            && run.walk.row <= resume.after
    });
    if is_done {
        steps.retain(|step| match step {
            Step::Operations { .. } | Step::Execute | Step::Nested(_) | Step::Suspend => false,
            Step::CustomAction(action) => action.kind & custom_action::IN_SCRIPT == 0,
            _ => true,
        });
    }
}
