//! Which features are installed, removed or advertised: what was asked for, and what follows from the tree.
//!
//! Follows: Microsoft, "ADDLOCAL Property" and its sisters (in the order that they give), "Feature Table",
//! "INSTALLLEVEL Property". Where the pages are silent: a feature that is asked for pulls its parents in,
//! and one below an absent parent is absent.

use std::collections::HashMap;

use crate::builtin::SELECTION;
use crate::run::no_such;
use crate::{Error, Feature, Run, State, TopLevel};

/// `Feature.Attributes` bit 1.
const FAVOR_SOURCE: i32 = 1;
/// `Feature.Attributes` bit 2.
const FOLLOW_PARENT: i32 = 2;
/// `Feature.Attributes` bit 4.
const FAVOR_ADVERTISE: i32 = 4;
/// `Feature.Attributes` bit 8.
const DISALLOW_ADVERTISE: i32 = 8;
/// `Feature.Attributes` bit 16.
const UI_DISALLOW_ABSENT: i32 = 16;
/// `Feature.Attributes` bit 32.
const NO_UNSUPPORTED_ADVERTISE: i32 = 32;

/// Decides every feature's request and action.
///
/// Errors: a list that names no feature, component or file of the package.
pub(crate) fn select(run: &mut Run) -> Result<(), Error> {
    let mut tree = Tree::new(run);
    match run.request.top_level {
        TopLevel::Admin => tree.all(State::Local),
        TopLevel::Advertise if run.property("ADVERTISE").is_empty() => tree.advertise_all(),
        _ if SELECTION.iter().any(|name| !run.property(name).is_empty()) => tree.lists(run)?,
        _ if !run.was_installed() => tree.by_level(),
        _ => {}
    }
    let Tree { features, .. } = tree;
    run.features = features;
    Ok(())
}

/// Recomputes the actions after requests were changed from outside.
pub(crate) fn set_request(run: &mut Run, feature: usize, state: State) {
    let mut tree = Tree::new(run);
    match state {
        State::Absent => tree.remove(feature),
        state => tree.install(feature, state),
    }
    tree.follow_parents();
    tree.decide();
    run.features = tree.features;
}

/// The features while they are being decided; parents come before their children.
struct Tree {
    features: Vec<Feature>,
    parents: Vec<Option<usize>>,
    /// By feature: is there a component that can only run from source, and one that can only run locally?
    only_source: Vec<bool>,
    only_local: Vec<bool>,
    reinstalled: Vec<bool>,
    install_level: i32,
    shell_support: bool,
    first_install: bool,
}

impl Tree {
    fn new(run: &Run) -> Tree {
        let features = run.features.clone();
        let index: HashMap<&str, usize> = features
            .iter()
            .enumerate()
            .map(|(at, feature)| (feature.name.as_str(), at))
            .collect();
        let parents = features.iter().map(|feature| {
            feature
                .parent
                .as_deref()
                .and_then(|p| index.get(p).copied())
        });
        let parents = parents.collect();
        let every = |feature: &Feature, bits: i32| {
            let attributes = |name: &String| {
                run.component_index
                    .get(name)
                    .map(|&at| run.components[at].attributes & 3)
            };
            !feature.components.is_empty()
                && feature
                    .components
                    .iter()
                    .filter_map(attributes)
                    .all(|found| found == bits)
        };
        Tree {
            parents,
            only_source: features.iter().map(|feature| every(feature, 1)).collect(),
            only_local: features.iter().map(|feature| every(feature, 0)).collect(),
            reinstalled: vec![false; features.len()],
            install_level: run.property("INSTALLLEVEL").parse().unwrap_or(1),
            shell_support: !run.property("ShellAdvtSupport").is_empty(),
            first_install: !run.was_installed(),
            features,
        }
    }

    /// The state that a feature is in after this run, as far as it is decided.
    fn after(&self, at: usize) -> State {
        match self.features[at].request {
            State::Unknown => self.features[at].installed,
            request => request,
        }
    }

    /// Level 0 switches a feature off, with all that is below it.
    fn is_disabled(&self, at: usize) -> bool {
        let mut at = Some(at);
        while let Some(feature) = at {
            if self.features[feature].level <= 0 {
                return true;
            }
            at = self.parents[feature];
        }
        false
    }

    /// Local or source, as the feature's attributes and its components favor.
    fn favored(&self, at: usize) -> State {
        let favors_source = self.features[at].attributes & FAVOR_SOURCE != 0;
        let state = if favors_source {
            State::Source
        } else {
            State::Local
        };
        self.possible(at, state)
    }

    /// A feature whose components can all run in one way only runs that way.
    fn possible(&self, at: usize, state: State) -> State {
        match state {
            State::Source if self.only_local[at] => State::Local,
            State::Local if self.only_source[at] => State::Source,
            state => state,
        }
    }

    fn all(&mut self, state: State) {
        for at in 0..self.features.len() {
            if !self.is_disabled(at) {
                self.features[at].request = state;
            }
        }
        self.decide();
    }

    /// Every feature that may be is advertised; what is installed stays, the others are not there.
    fn advertise_all(&mut self) {
        for at in 0..self.features.len() {
            let feature = &self.features[at];
            let unsupported =
                feature.attributes & NO_UNSUPPORTED_ADVERTISE != 0 && !self.shell_support;
            let may_be = feature.attributes & DISALLOW_ADVERTISE == 0 && !unsupported;
            if may_be && !feature.installed.installs() && !self.is_disabled(at) {
                self.features[at].request = State::Advertised;
            }
        }
        self.decide();
    }

    /// Without a word about features: those up to INSTALLLEVEL, below parents that are installed too.
    fn by_level(&mut self) {
        for at in 0..self.features.len() {
            let above = self.parents[at].map(|parent| self.features[parent].request);
            let feature = &self.features[at];
            if feature.level <= 0
                || feature.level > self.install_level
                || above == Some(State::Unknown)
            {
                continue;
            }
            let unsupported =
                feature.attributes & NO_UNSUPPORTED_ADVERTISE != 0 && !self.shell_support;
            let advertises = feature.attributes & FAVOR_ADVERTISE != 0 && !unsupported;
            let state = if advertises || above == Some(State::Advertised) {
                State::Advertised
            } else {
                self.favored(at)
            };
            self.features[at].request = state;
        }
        self.follow_parents();
        self.decide();
    }

    /// Obeys the properties that name features, in their fixed order; later ones win.
    fn lists(&mut self, run: &Run) -> Result<(), Error> {
        for property in SELECTION {
            let value = run.property(property);
            if !value.is_empty() {
                for at in self.named(run, property, value)? {
                    self.obey(property, at);
                }
            }
        }
        self.force_present();
        self.follow_parents();
        self.decide();
        Ok(())
    }

    /// The features that a property means.
    fn named(&self, run: &Run, property: &'static str, value: &str) -> Result<Vec<usize>, Error> {
        if value.trim().eq_ignore_ascii_case("ALL")
            && !property.starts_with("COMP")
            && !property.starts_with("FILE")
        {
            return Ok((0..self.features.len())
                .filter(|&at| !self.is_disabled(at))
                .collect());
        }
        let names = value
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty());
        let mut found = Vec::new();
        for name in names {
            let feature = if property.starts_with("COMP") {
                self.cheapest(run, |component| {
                    component
                        .id
                        .as_deref()
                        .is_some_and(|id| id.eq_ignore_ascii_case(name))
                })
            } else if property.starts_with("FILE") {
                let owner = run.costs.file(name).map(|file| file.component.clone());
                self.cheapest(run, |component| Some(&component.name) == owner.as_ref())
            } else {
                self.features
                    .iter()
                    .position(|feature| feature.name == name)
            };
            let what = match &property[..4] {
                "COMP" => "component",
                "FILE" => "file",
                _ => "feature",
            };
            found.push(feature.ok_or_else(|| no_such("Property", property, what, name))?);
        }
        Ok(found)
    }

    /// Of the features that have a component, the one that needs least space.
    fn cheapest(&self, run: &Run, wanted: impl Fn(&crate::Component) -> bool) -> Option<usize> {
        let component = run.components.iter().find(|component| wanted(component))?;
        let cost = |at: &usize| {
            let costs = self.features[*at]
                .components
                .iter()
                .filter_map(|name| run.costs.local.get(name));
            costs.fold(0_u64, |sum, cost| sum.saturating_add(*cost))
        };
        let having = (0..self.features.len())
            .filter(|&at| self.features[at].components.contains(&component.name));
        having.min_by_key(|at| cost(at))
    }

    fn obey(&mut self, property: &str, at: usize) {
        match property {
            "REMOVE" => self.remove(at),
            "REINSTALL" => self.reinstall(at),
            "ADVERTISE" => self.advertise(at),
            "ADDLOCAL" | "COMPADDLOCAL" | "FILEADDLOCAL" => {
                self.install(at, self.possible(at, State::Local))
            }
            "ADDSOURCE" | "COMPADDSOURCE" | "FILEADDSOURCE" => {
                self.install(at, self.possible(at, State::Source))
            }
            _ => self.install(at, self.favored(at)),
        }
    }

    /// Asks for a feature, and with it for the parents that are not there.
    fn install(&mut self, at: usize, state: State) {
        if self.is_disabled(at) {
            return;
        }
        self.features[at].request = state;
        let mut above = self.parents[at];
        while let Some(parent) = above {
            match (state, self.after(parent)) {
                (State::Advertised, State::Absent | State::Unknown) => {
                    self.features[parent].request = State::Advertised
                }
                (
                    State::Local | State::Source,
                    State::Absent | State::Unknown | State::Advertised,
                ) => {
                    self.features[parent].request = self.favored(parent);
                }
                _ => {}
            }
            above = self.parents[parent];
        }
    }

    /// Asks for a feature to go, with all that is below it.
    fn remove(&mut self, at: usize) {
        self.features[at].request = State::Absent;
        self.reinstalled[at] = false;
        for below in at + 1..self.features.len() {
            if self.parents[below]
                .is_some_and(|parent| self.features[parent].request == State::Absent)
            {
                self.features[below].request = State::Absent;
                self.reinstalled[below] = false;
            }
        }
    }

    /// Only what is installed already is installed again.
    fn reinstall(&mut self, at: usize) {
        if self.features[at].installed.installs() {
            self.features[at].request = self.features[at].installed;
            self.reinstalled[at] = true;
        }
    }

    /// A listed feature that may not be advertised is installed; below another one it is left out.
    fn advertise(&mut self, at: usize) {
        if self.is_disabled(at) {
            return;
        }
        let feature = &self.features[at];
        let unsupported = feature.attributes & NO_UNSUPPORTED_ADVERTISE != 0 && !self.shell_support;
        if feature.attributes & DISALLOW_ADVERTISE == 0 && !unsupported {
            self.install(at, State::Advertised);
        } else if self.parents[at]
            .is_some_and(|parent| self.features[parent].request == State::Advertised)
        {
            self.features[at].request = State::Absent;
        } else {
            self.install(at, self.favored(at));
        }
    }

    /// On a first install a feature that may not be absent comes with whatever else is asked for.
    fn force_present(&mut self) {
        if !self.first_install
            || !self
                .features
                .iter()
                .any(|feature| feature.request.installs())
        {
            return;
        }
        for at in 0..self.features.len() {
            let forced =
                self.features[at].attributes & UI_DISALLOW_ABSENT != 0 && !self.is_disabled(at);
            let parent_is_there =
                self.parents[at].is_none_or(|parent| self.after(parent).installs());
            if forced && parent_is_there && self.features[at].request == State::Unknown {
                self.features[at].request = self.favored(at);
            }
        }
    }

    /// A feature that follows its parent takes its state: always where it may not be absent, else only where it is not.
    fn follow_parents(&mut self) {
        for at in 0..self.features.len() {
            let Some(parent) = self.parents[at] else {
                continue;
            };
            let attributes = self.features[at].attributes;
            if attributes & FOLLOW_PARENT == 0 || self.is_disabled(at) {
                continue;
            }
            let (own, above) = (self.after(at), self.after(parent));
            let follows = attributes & UI_DISALLOW_ABSENT != 0
                || matches!(own, State::Local | State::Source | State::Advertised);
            if follows && own != above && above != State::Unknown {
                self.features[at].request = if above.installs() {
                    self.possible(at, above)
                } else {
                    above
                };
            }
        }
    }

    /// What is asked for and not there yet is done; what is installed again is done once more. What is below an
    /// absent parent is absent.
    fn decide(&mut self) {
        for at in 0..self.features.len() {
            let above = self.parents[at].map(|parent| self.after(parent));
            if above == Some(State::Absent) && self.after(at) != State::Absent {
                self.features[at].request = State::Absent;
                self.reinstalled[at] = false;
            }
            let feature = &mut self.features[at];
            let nothing = feature.request == State::Unknown || feature.request == feature.installed;
            feature.action = if nothing && !self.reinstalled[at] {
                State::Unknown
            } else {
                feature.request
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A parent (0) and a child (1).
    fn tree(
        installed: [State; 2],
        attributes: [i32; 2],
        levels: [i32; 2],
        first_install: bool,
    ) -> Tree {
        let feature = |at: usize| Feature {
            name: ["Parent", "Child"][at].to_owned(),
            parent: (at == 1).then(|| "Parent".to_owned()),
            title: None,
            display: None,
            level: levels[at],
            attributes: attributes[at],
            directory: None,
            components: Vec::new(),
            installed: installed[at],
            request: State::Unknown,
            action: State::Unknown,
        };
        Tree {
            features: vec![feature(0), feature(1)],
            parents: vec![None, Some(0)],
            only_source: vec![false; 2],
            only_local: vec![false; 2],
            reinstalled: vec![false; 2],
            install_level: 3,
            shell_support: true,
            first_install,
        }
    }

    const STATES: [State; 4] = [
        State::Absent,
        State::Local,
        State::Source,
        State::Advertised,
    ];
    const ATTRIBUTES: [i32; 9] = [0, 1, 2, 4, 8, 16, 18, 20, 26];
    const LEVELS: [i32; 3] = [0, 1, 5];

    /// What holds of a decided tree, whatever was asked for.
    fn check(tree: &Tree, what: &str) {
        let [parent, child] = [0, 1].map(|at| &tree.features[at]);
        for (at, feature) in tree.features.iter().enumerate() {
            let idle = feature.action == State::Unknown;
            let again = tree.reinstalled[at] && feature.action == feature.installed;
            assert!(
                idle || again || feature.action != feature.installed,
                "{what}: {feature:?} does what is there"
            );
            let comes = matches!(
                feature.action,
                State::Local | State::Source | State::Advertised
            );
            assert!(
                feature.level > 0 || !comes,
                "{what}: {feature:?} is disabled and comes"
            );
        }
        let comes = child.action.installs() && !child.installed.installs();
        assert!(
            !comes || tree.after(0).installs(),
            "{what}: {child:?} comes without {parent:?}"
        );
        let goes = parent.action == State::Absent;
        let stays = tree.after(1) != State::Absent;
        assert!(
            !goes || !stays,
            "{what}: {child:?} stays without {parent:?}"
        );
    }

    /// Every parent and child: installed in each way, with each kind of attributes and levels, and each pair of wishes.
    #[test]
    fn a_small_world_completely() {
        type Wish = fn(&mut Tree, usize);
        let wishes: [(&str, Wish); 6] = [
            ("nothing", |_, _| {}),
            ("local", |tree, at| tree.obey("ADDLOCAL", at)),
            ("remove", |tree, at| tree.obey("REMOVE", at)),
            ("source", |tree, at| tree.obey("ADDSOURCE", at)),
            ("reinstall", |tree, at| tree.obey("REINSTALL", at)),
            ("advertise", |tree, at| tree.obey("ADVERTISE", at)),
        ];
        let mut seen = 0;
        for installed in STATES.iter().flat_map(|&a| STATES.map(|b| [a, b])) {
            // A child is only where its parent is.
            if installed[0] == State::Absent && installed[1] != State::Absent {
                continue;
            }
            for attributes in ATTRIBUTES.iter().flat_map(|&a| ATTRIBUTES.map(|b| [a, b])) {
                for levels in LEVELS.iter().flat_map(|&a| LEVELS.map(|b| [a, b])) {
                    // What is disabled is not installed, nor what is below it.
                    if (levels[0] == 0 && installed[0] != State::Absent)
                        || (levels[1] == 0 && installed[1] != State::Absent)
                    {
                        continue;
                    }
                    for (first, one) in wishes {
                        for (second, other) in wishes {
                            let mut tree =
                                tree(installed, attributes, levels, installed[0] == State::Absent);
                            one(&mut tree, 0);
                            other(&mut tree, 1);
                            tree.force_present();
                            tree.follow_parents();
                            tree.decide();
                            check(
                                &tree,
                                &format!(
                                    "{installed:?} {attributes:?} {levels:?} {first} {second}"
                                ),
                            );
                            seen += 1;
                        }
                    }
                    let mut tree = tree(installed, attributes, levels, true);
                    tree.by_level();
                    check(
                        &tree,
                        &format!("{installed:?} {attributes:?} {levels:?} by level"),
                    );
                }
            }
        }
        assert!(seen > 100_000, "{seen}");
    }
}
