//! Features as a run knows them.

use crate::State;

/// A row of the Feature table with its states.
#[derive(Clone, Debug)]
pub struct Feature {
    /// `Feature.Feature`.
    pub name: String,
    /// `Feature.Feature_Parent`.
    pub parent: Option<String>,
    /// `Feature.Title`.
    pub title: Option<String>,
    /// `Feature.Display`: its place among its neighbours; none: it is not shown where features are chosen.
    pub display: Option<i32>,
    /// `Feature.Level`, changed by the Condition table.
    pub level: i32,
    /// `Feature.Attributes`.
    pub attributes: i32,
    /// `Feature.Directory_`.
    pub directory: Option<String>,
    /// Its components, by `Component.Component`, in FeatureComponents' order.
    pub components: Vec<String>,
    /// State before this run.
    pub installed: State,
    /// State asked for.
    pub request: State,
    /// State that this run brings about; `Unknown`: none.
    pub action: State,
}
