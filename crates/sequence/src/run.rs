//! One run: its values, and how the rest of the crate asks for them. The walk is in `walk.rs`.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use database::{Database, Table};
use machine::{Facts, MachinePath, View};
use script::Contents;

use crate::costing::Costs;
use crate::directory::Directories;
use crate::properties::{Properties, PropertyChange};
use crate::registration::Product;
use crate::walk::Walk;
use crate::{
    Answer, Component, Error, Failure, Feature, RebootReason, Request, Resume, State, Step,
    TopLevel, builtin, condition, format,
};

/// One run over one package.
pub struct Run {
    pub(crate) database: Database,
    pub(crate) request: Request,
    pub(crate) facts: Facts,
    pub(crate) properties: Properties,
    /// The properties that the run began with: what the UI sequence makes of private ones is lost.
    pub(crate) initial_properties: Properties,
    /// The product as it is registered before this run.
    pub(crate) product: Option<Product>,
    /// ALLUSERS=2 became per user, through MSIINSTALLPERUSER.
    pub(crate) chosen_per_user: bool,
    pub(crate) environment: HashMap<String, String>,
    pub(crate) directories: Directories,
    pub(crate) features: Vec<Feature>,
    pub(crate) components: Vec<Component>,
    pub(crate) component_index: HashMap<String, usize>,
    pub(crate) feature_index: HashMap<String, usize>,
    pub(crate) costs: Costs,
    pub(crate) walk: Walk,
    /// What the run goes on with after a restart.
    pub(crate) resume: Option<Resume>,
    /// What a restarted machine is to run.
    pub(crate) restart_command: String,
}

impl Run {
    /// Begins a run: reads the Property table and sets the properties that the machine gives.
    ///
    /// Errors: a package without ProductCode and the other required properties.
    pub fn new(database: Database, request: Request, view: &dyn View) -> Result<Run, Error> {
        let mut run = Run {
            walk: Walk::default(),
            database,
            request,
            facts: view.facts().clone(),
            properties: Properties::default(),
            initial_properties: Properties::default(),
            product: None,
            chosen_per_user: false,
            environment: HashMap::new(),
            directories: Directories::default(),
            features: Vec::new(),
            components: Vec::new(),
            component_index: HashMap::new(),
            feature_index: HashMap::new(),
            costs: Costs::default(),
            resume: None,
            restart_command: String::new(),
        };
        builtin::set_all(&mut run, view)?;
        run.properties.hide(crate::hidden::named(&run)?);
        run.properties.take_changes();
        run.initial_properties = run.properties.clone();
        Ok(run)
    }

    /// Returns what is to be done next. `view` is the machine with everything scripted so far on top.
    ///
    /// Errors: none end the process; what is wrong with the package comes as `Step::Done` with 1603.
    pub fn next(&mut self, view: &dyn View, answer: Answer) -> Step {
        crate::walk::next(self, view, answer)
    }

    /// The package.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Returns what made the run fail, once something has.
    pub fn failure(&self) -> Option<&Failure> {
        self.walk.failure()
    }

    /// Why a restart is needed if the run succeeds, as far as it is known now.
    pub fn pending_reboot(&self) -> Option<RebootReason> {
        self.walk.reboot
    }

    /// Is a UI table being processed? So it is, too, while an execute table is processed from within it.
    pub fn processes_ui_sequence(&self) -> bool {
        self.walk.processes_ui_sequence()
    }

    /// The request.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// Returns a property's value; "" where it has none.
    pub fn property(&self, name: &str) -> &str {
        self.properties.get(name)
    }

    /// Sets a property; "" removes it.
    pub fn set_property(&mut self, name: &str, value: &str) {
        self.properties.set(name, value);
    }

    /// All properties, sorted by name; hidden ones with `**********` for a value.
    pub fn properties(&self) -> Vec<(String, String)> {
        self.properties.shown()
    }

    /// Returns the properties that changed since this was asked last, or since the run was made; hidden values are stars.
    pub fn take_property_changes(&mut self) -> Vec<PropertyChange> {
        self.properties.take_changes()
    }

    /// Returns the values that nobody may see: those of MsiHiddenProperties, of custom actions with hidden targets
    /// and of password fields. "Preventing Confidential Information from Being Written into the Log File".
    pub fn hidden_values(&self) -> Vec<String> {
        self.properties.hidden_values()
    }

    /// Returns the template of an action's records (ActionText); none where the package has none.
    pub fn action_template(&self, action: &str) -> Option<String> {
        crate::sequence_table::template(self, action)
    }

    /// Returns the command line's properties as `NAME=VALUE`; hidden values are stars.
    pub fn command_line(&self) -> String {
        let shown = |(name, value): &(String, String)| {
            let value = self.properties.shown_value(name, value);
            if value.is_empty() || value.contains(' ') {
                format!("{name}=\"{value}\"")
            } else {
                format!("{name}={value}")
            }
        };
        let words: Vec<String> = self.request.properties.iter().map(shown).collect();
        words.join(" ")
    }

    /// Bytes that each drive must have room for, after CostFinalize.
    pub fn disk_space(&self) -> &BTreeMap<char, u64> {
        &self.costs.drives
    }

    /// The features, parents first, after CostInitialize.
    pub fn features(&self) -> &[Feature] {
        &self.features
    }

    /// The components in table order, after CostInitialize.
    pub fn components(&self) -> &[Component] {
        &self.components
    }

    /// Returns a table; one without rows where the package has none of that name.
    pub(crate) fn table(&self, name: &str) -> Result<Arc<Table>, Error> {
        Ok(self.database.rows(name)?)
    }

    /// Returns the component that `table`'s row names.
    pub(crate) fn component(
        &self,
        table: &str,
        row: &str,
        name: &str,
    ) -> Result<&Component, Error> {
        let at = self
            .component_index
            .get(name)
            .ok_or_else(|| no_such(table, row, "component", name))?;
        Ok(&self.components[*at])
    }

    /// Returns the feature that `table`'s row names.
    pub(crate) fn feature(&self, table: &str, row: &str, name: &str) -> Result<&Feature, Error> {
        let at = self
            .feature_index
            .get(name)
            .ok_or_else(|| no_such(table, row, "feature", name))?;
        Ok(&self.features[*at])
    }

    /// Returns what was read for the action under way: none where it has not been asked for, `Some(None)` where it
    /// cannot be read.
    pub(crate) fn contents(&self, contents: &Contents) -> Option<Option<&[u8]>> {
        let read = self.walk.read.get(contents)?;
        Some(read.as_deref())
    }

    /// Returns the target folder of a Directory key, or of a property that holds a folder, after CostFinalize.
    pub(crate) fn folder(
        &self,
        table: &str,
        row: &str,
        directory: &str,
    ) -> Result<MachinePath, Error> {
        let text = self.property(directory);
        if text.is_empty() {
            return Err(no_such(table, row, "directory", directory));
        }
        self.path(text).map_err(|error| match error {
            Error::Machine(source) => Error::Folder {
                directory: directory.to_owned(),
                source,
            },
            other => other,
        })
    }

    /// Returns a path of the machine from text.
    ///
    /// Errors: text that is no path, or on a drive that the machine does not have.
    pub(crate) fn path(&self, text: &str) -> Result<MachinePath, Error> {
        let path = MachinePath::parse(text).map_err(machine::Error::from)?;
        if !self.facts.drives.contains(&path.drive()) {
            return Err(machine::Error::NoSuchDrive {
                drive: path.drive(),
                path: text.to_owned(),
            }
            .into());
        }
        Ok(path)
    }

    /// Returns the full target path of a File key, after CostFinalize.
    pub(crate) fn file_target(
        &self,
        table: &str,
        row: &str,
        file: &str,
    ) -> Result<MachinePath, Error> {
        let found = self
            .costs
            .file(file)
            .ok_or_else(|| no_such(table, row, "file", file))?;
        let component = self.component("File", file, &found.component)?;
        let folder = self.folder("Component", &component.name, &component.directory)?;
        let name = found.name.pick(self.short_names());
        folder.join(name).map_err(|error| Error::BadCell {
            table: "File".to_owned(),
            row: file.to_owned(),
            column: "FileName".to_owned(),
            what: error.to_string(),
        })
    }

    /// Returns the hashes of MsiFileHash by the files' full target paths, after CostFinalize.
    ///
    /// Errors: a row of File that names no component; a folder that is no path of the machine.
    pub fn file_hashes(&self) -> Result<HashMap<MachinePath, [u8; 16]>, Error> {
        let hashed = self.costs.files.iter().filter_map(|file| {
            let hash = file.hash?;
            let target = self.file_target("File", &file.key, &file.key);
            Some(target.map(|target| (target, hash)))
        });
        hashed.collect()
    }

    /// Returns the names below SourceDir of the source folder of a Directory key, as authored.
    pub(crate) fn source_names(
        &self,
        table: &str,
        row: &str,
        directory: &str,
        short: bool,
    ) -> Result<Vec<String>, Error> {
        self.directories
            .source_names(directory, short)
            .ok_or_else(|| no_such(table, row, "directory", directory))
    }

    /// Returns the source folder of a Directory key, with a trailing backslash.
    pub(crate) fn source_folder(&self, directory: &str) -> Option<String> {
        let root = crate::directory::with_backslash(self.property("SourceDir"));
        if root.is_empty() {
            return None;
        }
        let names = self
            .directories
            .source_names(directory, self.costs.short_source_names)?;
        Some(names.iter().fold(root, |path, name| path + name + "\\"))
    }

    /// Are target names short (SHORTFILENAMES)? Those of an administrative image also where the source's are.
    pub(crate) fn short_names(&self) -> bool {
        let image = self.request.top_level == TopLevel::Admin;
        !self.property("SHORTFILENAMES").is_empty() || (image && self.costs.short_source_names)
    }

    /// Resolves formatted text. "Formatted".
    pub(crate) fn format(&self, view: &dyn View, text: &str) -> String {
        let _ = view;
        format::resolve(text, &|name| format::Field::Text(self.field(name)))
    }

    /// Resolves a record: first its fields by number, then what the session knows. "Session.FormatRecord".
    pub fn format_record(&self, template: Option<&str>, fields: &[Option<String>]) -> String {
        let text = format::format_record(template, fields);
        match template {
            Some(_) => format::resolve(&text, &|name| format::Field::Text(self.field(name))),
            None => text,
        }
    }

    /// What stands for one pair of brackets.
    fn field(&self, name: &str) -> String {
        let mut characters = name.chars();
        let prefix = characters.next();
        let rest = characters.as_str();
        match prefix {
            Some('\\') => rest.chars().next().map(String::from).unwrap_or_default(),
            Some('~') if rest.is_empty() => "\0".to_owned(),
            Some('%') => self.environment_variable(rest),
            Some('#' | '!') => self.file_text(rest),
            Some('$') => self.component_text(rest),
            _ => self.property(name).to_owned(),
        }
    }

    /// `[#file]`: the target path, or the source path of a file that runs from there.
    fn file_text(&self, file: &str) -> String {
        let Some(found) = self.costs.file(file).filter(|_| self.costs.complete) else {
            return String::new();
        };
        let component = self.component("File", file, &found.component).ok();
        let from_source = component.filter(|component| state_after(component) == State::Source);
        if let Some(folder) =
            from_source.and_then(|component| self.source_folder(&component.directory))
        {
            return folder + found.name.pick(self.costs.short_source_names);
        }
        self.file_target("File", file, file)
            .map(|path| path.to_string())
            .unwrap_or_default()
    }

    /// `[$component]`: its folder, by what this run does to it.
    fn component_text(&self, name: &str) -> String {
        let component = self
            .component("Component", name, name)
            .ok()
            .filter(|_| self.costs.complete);
        match component.map(|component| (component.action, component)) {
            Some((State::Source, component)) => self
                .source_folder(&component.directory)
                .unwrap_or_else(|| self.property(&component.directory).to_owned()),
            Some((State::Local, component)) => self.property(&component.directory).to_owned(),
            _ => String::new(),
        }
    }

    pub(crate) fn environment_variable(&self, name: &str) -> String {
        self.environment
            .get(&name.to_uppercase())
            .cloned()
            .unwrap_or_default()
    }

    /// Evaluates a condition; an empty one is true.
    ///
    /// Errors: one that does not parse, with the table and row that it stands in.
    pub(crate) fn condition(&self, table: &str, row: &str, text: &str) -> Result<bool, Error> {
        let truth = self.evaluate(text).map_err(|at| Error::Condition {
            table: table.to_owned(),
            row: row.to_owned(),
            condition: text.to_owned(),
            at,
        })?;
        Ok(truth.unwrap_or(true))
    }

    /// Evaluates a condition; none: it is empty. "MsiEvaluateCondition".
    ///
    /// Errors: the character, counted from 1, at which it does not parse.
    pub fn evaluate(&self, text: &str) -> Result<Option<bool>, usize> {
        condition::evaluate(text, &|symbol, name| self.symbol(symbol, name))
    }

    fn symbol(&self, symbol: condition::Symbol, name: &str) -> String {
        use condition::Symbol::{
            ComponentAction, ComponentInstalled, Environment, FeatureAction, FeatureInstalled,
            Property,
        };
        let component = || {
            self.component_index
                .get(name)
                .map(|&at| &self.components[at])
        };
        let feature = || self.feature_index.get(name).map(|&at| &self.features[at]);
        let state = match symbol {
            Property => return self.property(name).to_owned(),
            Environment => return self.environment_variable(name),
            ComponentAction => component().map(|component| component.action),
            ComponentInstalled => component().map(|component| component.installed),
            FeatureAction => feature().map(|feature| feature.action),
            FeatureInstalled => feature().map(|feature| feature.installed),
        };
        state
            .map(|state| state.number().to_string())
            .unwrap_or_default()
    }

    /// The product as it is registered before this run.
    pub fn product(&self) -> Option<&Product> {
        self.product.as_ref()
    }

    /// Is this a per-machine installation (ALLUSERS=1)?
    pub fn per_machine(&self) -> bool {
        self.property("ALLUSERS") == "1"
    }

    /// Does this run remove the whole product?
    pub fn removes_product(&self) -> bool {
        self.is_registered() && self.property("REMOVE") == "ALL"
    }

    /// Was the product on the machine's records before this run: installed, or only advertised?
    ///
    /// An advertised product has no Installed property and can be removed all the same. "Removing an Advertised
    /// Application".
    pub(crate) fn is_registered(&self) -> bool {
        self.was_installed() || self.product.is_some()
    }

    /// Does this run advertise the product? One that is installed is more than that already.
    pub(crate) fn advertises(&self) -> bool {
        self.request.top_level == TopLevel::Advertise && !self.was_installed()
    }

    /// Was the product installed before this run?
    pub fn was_installed(&self) -> bool {
        !self.property("Installed").is_empty()
    }
}

/// The state that a component is in once this run is done.
fn state_after(component: &Component) -> State {
    match component.action {
        State::Unknown | State::Absent => component.installed,
        action => action,
    }
}

pub(crate) fn no_such(table: &str, row: &str, what: &'static str, name: &str) -> Error {
    Error::NoSuch {
        table: table.to_owned(),
        row: row.to_owned(),
        what,
        name: name.to_owned(),
    }
}
