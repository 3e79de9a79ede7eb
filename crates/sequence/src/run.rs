//! The resumable machine: [`Run::next`].

use database::Database;
use machine::{MachinePath, View};

use crate::{Answer, Component, Error, Feature, Request, Step};

/// One run over one package.
pub struct Run {
    pub(crate) database: Database,
    pub(crate) request: Request,
}

impl Run {
    /// Begins a run: reads the Property table and sets the properties that the machine gives.
    ///
    /// Errors: a package without ProductCode and the other required properties.
    pub fn new(database: Database, request: Request, view: &dyn View) -> Result<Run, Error> {
        let _ = view;
        Ok(Run { database, request })
    }

    /// Returns what is to be done next. `view` is the machine with everything scripted so far on top.
    ///
    /// Errors: none end the process; what is wrong with the package comes as `Step::Done` with 1603.
    pub fn next(&mut self, view: &dyn View, answer: Answer) -> Step {
        let _ = (view, answer);
        unimplemented!()
    }

    /// The package.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// The request.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// Returns a property's value; "" where it has none.
    pub fn property(&self, name: &str) -> &str {
        let _ = name;
        unimplemented!()
    }

    /// Sets a property; "" removes it.
    pub fn set_property(&mut self, name: &str, value: &str) {
        let _ = (name, value);
        unimplemented!()
    }

    /// All properties, sorted by name; those of MsiHiddenProperties with `**********` for a value.
    pub fn properties(&self) -> Vec<(String, String)> {
        unimplemented!()
    }

    /// The features, parents first, after CostInitialize.
    pub fn features(&self) -> &[Feature] {
        unimplemented!()
    }

    /// The components in table order, after CostInitialize.
    pub fn components(&self) -> &[Component] {
        unimplemented!()
    }

    /// Returns the component that `table`'s row names.
    pub(crate) fn component(&self, table: &str, row: &str, name: &str) -> Result<&Component, Error> {
        let _ = (table, row, name);
        unimplemented!()
    }

    /// Returns the target folder of a Directory key, after CostFinalize.
    pub(crate) fn folder(&self, table: &str, row: &str, directory: &str) -> Result<MachinePath, Error> {
        let _ = (table, row, directory);
        unimplemented!()
    }

    /// Returns the full target path of a File key, after CostFinalize.
    pub(crate) fn file_target(&self, table: &str, row: &str, file: &str) -> Result<MachinePath, Error> {
        let _ = (table, row, file);
        unimplemented!()
    }

    /// Resolves formatted text. "Formatted".
    pub(crate) fn format(&self, view: &dyn View, text: &str) -> String {
        let _ = (view, text);
        unimplemented!()
    }

    /// Is this a per-machine installation (ALLUSERS=1)?
    pub fn per_machine(&self) -> bool {
        self.property("ALLUSERS") == "1"
    }

    /// Does this run remove the whole product?
    pub fn removes_product(&self) -> bool {
        unimplemented!()
    }

    /// Was the product installed before this run?
    pub fn was_installed(&self) -> bool {
        !self.property("Installed").is_empty()
    }
}
