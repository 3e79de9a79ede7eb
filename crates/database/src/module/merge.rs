//! A module merged into a package: first all of it is planned, then, where nothing speaks against it, done.
//!
//! Follows: Microsoft, "Merge.MergeEx method", "Referencing Features in Merge Modules", "ModuleIgnoreTable Table",
//! "get_Type function (IMsmError)".

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use super::configuration::Configuration;
use super::files::{self, ModuleCabinet};
use super::relations::{self, ModuleDependency};
use super::{Module, NULL_GUID, actions, folders, wrong};
use crate::{Database, Error, Field, Row, Table, Value};

/// Tables of a module that are for merging only.
const OWN: [&str; 3] = [
    "ModuleSubstitution",
    "ModuleConfiguration",
    "ModuleIgnoreTable",
];
/// Tables in which the null GUID is no feature.
const NO_FEATURES: [&str; 2] = ["ModuleSignature", "ModuleComponents"];
const VALIDATION: &str = "_Validation";

/// A module's tables on their way into a package.
pub(super) type Tables = BTreeMap<Arc<str>, Table>;

/// How a module is merged.
#[derive(Clone, Debug, Default)]
pub struct MergeOptions {
    /// The features that its components belong to: the first one stands wherever the module names a feature.
    pub features: Vec<String>,
    /// The key of the folder that the module's root becomes; none for the package's root.
    pub folder: Option<String>,
    /// Values of its items, by name; "" for null.
    pub items: BTreeMap<String, String>,
    /// Where its cabinet goes.
    pub cabinet: ModuleCabinet,
    /// Is it merged although rows differ? The package's rows then stay.
    pub keep: bool,
}

/// What a merge did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// How many rows each table got.
    pub tables: BTreeMap<String, usize>,
    /// The disk of its files, and the name of its cabinet as the package says it, "" where they lie beside the package;
    /// none where it has no files.
    pub disk: Option<(i32, String)>,
    /// The keys of its files that the package did not have.
    pub files: Vec<String>,
    /// Modules that it needs and that the package does not have.
    pub missing: Vec<ModuleDependency>,
    /// What speaks against it; nothing was merged where there is any, unless the package's rows are kept.
    pub problems: Vec<MergeProblem>,
}

/// What speaks against a merge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MergeProblem {
    /// The package has this module in this language.
    AlreadyMerged {
        /// The module's name and GUID.
        id: String,
        /// Its language.
        language: i32,
    },
    /// A module does not go with another one. `msmErrorExclusion`.
    Exclusion {
        /// The module that says so.
        by: String,
        /// The module that is excluded.
        excluded: String,
        /// Its language.
        language: i32,
    },
    /// The package has a row with the same key that differs. `msmErrorTableMerge`.
    Row {
        /// The table.
        table: String,
        /// The row's key.
        key: String,
        /// Cells that differ: column, the package's value, the module's value.
        cells: Vec<(String, Value, Value)>,
    },
    /// An action is to stand beside one that is not there. `msmErrorResequenceMerge`.
    NoBaseAction {
        /// The sequence table.
        table: String,
        /// The action.
        action: String,
        /// The action that is not there.
        base: String,
    },
}

impl fmt::Display for MergeProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MergeProblem::AlreadyMerged { id, language } => {
                write!(
                    f,
                    "the package has the module {id} in language {language} already"
                )
            }
            MergeProblem::Exclusion {
                by,
                excluded,
                language,
            } => write!(
                f,
                "the module {by} excludes the module {excluded} in language {language}"
            ),
            MergeProblem::Row { table, key, cells } => {
                write!(f, "table {table}, row {key}:")?;
                for (number, (column, package, module)) in cells.iter().enumerate() {
                    let comma = if number > 0 { "," } else { "" };
                    write!(
                        f,
                        "{comma} {column} is `{package}` in the package and `{module}` in the module"
                    )?;
                }
                Ok(())
            }
            MergeProblem::NoBaseAction {
                table,
                action,
                base,
            } => write!(
                f,
                "table {table}: {action} stands beside {base}, which is not there"
            ),
        }
    }
}

/// All that a merge will do.
#[derive(Default)]
struct Plan {
    tables: Vec<Table>,
    rows: Vec<(Arc<str>, Vec<Field>)>,
    sequences: Vec<(&'static str, actions::SequencePlan)>,
    last_file: Option<i32>,
    problems: Vec<MergeProblem>,
}

impl Database {
    /// Merges a module into this package, in memory.
    ///
    /// Where anything speaks against it, [`Merged::problems`] says what, and nothing is changed, unless the options say
    /// that the package's rows are kept.
    /// Errors: [`Error::Module`] where a feature or folder is not there, or an item's value does not do;
    /// [`Error::Mismatch`] where tables of one name do not fit; [`Error::Change`] for cells that do not fit their columns.
    pub fn merge_module(
        &mut self,
        module: &Module,
        options: &MergeOptions,
    ) -> Result<Merged, Error> {
        let plan = self.plan(module, options)?;
        let mut merged = Merged {
            problems: plan.problems.clone(),
            ..Merged::default()
        };
        let only_rows = |problem: &MergeProblem| matches!(problem, MergeProblem::Row { .. });
        if merged
            .problems
            .iter()
            .all(|problem| options.keep && only_rows(problem))
        {
            self.carry_out(plan, module, options, &mut merged)?;
        }
        let there = relations::signatures(self)?;
        merged.missing = relations::missing(module.dependencies()?, &there);
        Ok(merged)
    }

    fn plan(&self, module: &Module, options: &MergeOptions) -> Result<Plan, Error> {
        let mut plan = Plan::default();
        let signature = module.signature();
        let (id, language) = (signature.id.clone(), signature.language);
        let same = [Value::from(id.as_str()), Value::Integer(language)];
        if self.rows("ModuleSignature")?.find(&same).is_some() {
            plan.problems
                .push(MergeProblem::AlreadyMerged { id, language });
            return Ok(plan);
        }
        plan.problems = relations::exclusions(self, module.database(), signature)?;
        let mut tables = module_tables(module)?;
        Configuration::new(module.database(), &options.items)?
            .substitute(module.database(), &mut tables)?;
        let folder_actions = self.redirect(&mut tables, options)?;
        self.name_features(&mut tables, options)?;
        plan.last_file = files::number(self, &mut tables, &options.cabinet)?;
        for table in tables.values() {
            plan.add(self, module.database(), table)?;
        }
        for sequence in actions::SEQUENCES {
            plan.add_actions(self, module.database(), sequence, &folder_actions)?;
        }
        Ok(plan)
    }

    /// Lets the module's folders lie where they shall. Returns the names of the actions that set folders of Windows.
    fn redirect(&self, tables: &mut Tables, options: &MergeOptions) -> Result<Vec<String>, Error> {
        let there = self.rows("Directory")?;
        let folder = options.folder.as_deref().unwrap_or("TARGETDIR");
        if there.find(&[Value::from(folder)]).is_some() {
            folders::redirect(tables, folder);
        } else if options.folder.is_some() {
            return Err(wrong(format!(
                "the package has no folder {folder} in its Directory table"
            )));
        }
        Ok(folders::add_actions(tables))
    }

    /// Puts features where the module leaves room for them.
    fn name_features(&self, tables: &mut Tables, options: &MergeOptions) -> Result<(), Error> {
        let there = self.rows("Feature")?;
        for feature in &options.features {
            if there.find(&[Value::from(feature.as_str())]).is_none() {
                let names = there
                    .records()
                    .map(|record| record.key())
                    .collect::<Vec<_>>();
                let names = names.join(", ");
                return Err(wrong(format!(
                    "the package has no feature {feature}; it has {names}"
                )));
            }
        }
        let Some(first) = options.features.first() else {
            return Err(wrong(
                "a feature of the package must be named that it is merged into",
            ));
        };
        let (null, first) = (Value::from(NULL_GUID), Value::from(first.as_str()));
        let named = |table: &&mut Table| !NO_FEATURES.contains(&&*table.name);
        for table in tables.values_mut().filter(named) {
            table.forget_index();
            for cell in table
                .rows
                .iter_mut()
                .flatten()
                .filter(|cell| **cell == null)
            {
                *cell = first.clone();
            }
        }
        connect(tables, &options.features);
        Ok(())
    }

    fn carry_out(
        &mut self,
        plan: Plan,
        module: &Module,
        options: &MergeOptions,
        merged: &mut Merged,
    ) -> Result<(), Error> {
        let mut texts = plan.rows.iter().flat_map(|(_, fields)| fields);
        let ascii = texts
            .all(|field| !matches!(field, Field::Value(Value::Text(text)) if !text.is_ascii()));
        if self.code_page() == 0 && !ascii {
            self.set_code_page(module.database().code_page());
        }
        for table in plan.tables {
            self.replace_table(table);
        }
        self.sort_slots()?;
        for (table, fields) in plan.rows {
            *merged.tables.entry(table.to_string()).or_default() += 1;
            if let ("File", Some(Field::Value(Value::Text(key)))) = (&*table, fields.first()) {
                merged.files.push(key.to_string());
            }
            self.add_row(&table, &fields, false)?;
        }
        for (name, sequence) in &plan.sequences {
            if !sequence.added.is_empty() {
                merged
                    .tables
                    .insert((*name).to_string(), sequence.added.len());
            }
            actions::apply(self, name, sequence)?;
        }
        if let (Some(last), Some(cabinet)) = (plan.last_file, module.cabinet()?) {
            let name = match &options.cabinet {
                ModuleCabinet::External(name) => name.clone(),
                ModuleCabinet::LaidOut => String::new(),
                ModuleCabinet::Embedded => {
                    let stream = files::stream_name(self, &module.signature().id);
                    self.replace_stream(&stream, cabinet);
                    format!("#{stream}")
                }
            };
            merged.disk = Some((files::add_disk(self, last, &name)?, name));
            merged.tables.insert("Media".to_string(), 1);
        }
        Ok(())
    }
}

/// The tables that are merged: not those for merging, the sequences' and those that the module says are left alone.
fn module_tables(module: &Module) -> Result<Tables, Error> {
    let database = module.database();
    let ignored = database.rows("ModuleIgnoreTable")?;
    let ignored: BTreeSet<String> = ignored.records().map(|record| record.key()).collect();
    let mut tables = Tables::new();
    for name in database.table_names() {
        let of_a_sequence = name.strip_prefix(actions::PREFIX);
        let of_a_sequence = of_a_sequence.is_some_and(|name| actions::SEQUENCES.contains(&name));
        if OWN.contains(&name) || of_a_sequence || ignored.contains(name) {
            continue;
        }
        let table = database.rows(name)?;
        tables.insert(name.into(), Table::clone(&table));
    }
    Ok(tables)
}

/// Adds a row to `FeatureComponents` for each feature and component.
fn connect(tables: &mut Tables, features: &[String]) {
    let components = tables.get("Component");
    let components = components.into_iter().flat_map(|table| &table.rows);
    let components: Vec<Value> = components.filter_map(|row| row.first().cloned()).collect();
    let links = tables
        .entry("FeatureComponents".into())
        .or_insert_with(feature_components);
    for feature in features {
        for component in &components {
            let row = vec![Value::from(feature.as_str()), component.clone()];
            if links.columns.len() == row.len() && !links.rows.contains(&row) {
                links.rows.push(row);
            }
        }
    }
    links.forget_index();
}

fn feature_components() -> Table {
    let columns = [("Feature_", 0x2D26), ("Component_", 0x2D48)];
    let columns = columns.map(|(name, kind)| crate::schema::column(name.into(), kind));
    Table::new("FeatureComponents", columns.to_vec(), Vec::new())
}

impl Plan {
    fn add(&mut self, package: &Database, module: &Database, table: &Table) -> Result<(), Error> {
        let name = &table.name;
        let Some(columns) = package.columns(name) else {
            // What says how to validate tables is for packages that are validated.
            if **name != *VALIDATION {
                let columns = table.columns.clone();
                let empty = Table::new(name.clone(), columns, Vec::new());
                self.tables.push(empty);
                for row in &table.rows {
                    let fields = row.iter().map(|value| field(module, value));
                    let fields = fields.collect::<Result<_, _>>()?;
                    self.rows.push((name.clone(), fields));
                }
            }
            return Ok(());
        };
        let places = places(table, columns)?;
        for row in &table.rows {
            let fields = self.fields(module, table, row, &places)?;
            let key = package.key_of(name, &fields)?;
            let Some(differing) = package.differing(name, &key, &fields)? else {
                self.rows.push((name.clone(), fields));
                continue;
            };
            let differing = differing.into_iter().filter(|&place| {
                // A file that is there keeps its place on its disk.
                **name != *VALIDATION && (&**name, &*columns[place].name) != ("File", "Sequence")
            });
            let there = package.row(name, &key)?;
            let cell = |place: usize| {
                let package = there.get(place).cloned().unwrap_or(Value::Null);
                let module = match fields.get(place) {
                    Some(Field::Value(value)) => value.clone(),
                    _ => Value::from("other bytes"),
                };
                (columns[place].name.to_string(), package, module)
            };
            let cells: Vec<_> = differing.map(cell).collect();
            if !cells.is_empty() {
                let key: Vec<String> = key.iter().map(Value::to_string).collect();
                self.problems.push(MergeProblem::Row {
                    table: name.to_string(),
                    key: key.join("/"),
                    cells,
                });
            }
        }
        Ok(())
    }

    /// A row of the module in the package's columns.
    fn fields(
        &self,
        module: &Database,
        table: &Table,
        row: &Row,
        places: &[Option<usize>],
    ) -> Result<Vec<Field>, Error> {
        let left_over = row
            .iter()
            .enumerate()
            .find(|(place, value)| **value != Value::Null && !places.contains(&Some(*place)));
        if let Some((place, value)) = left_over {
            let what = format!(
                "the package has no such column, and row {} has `{value}` in it",
                row[0]
            );
            return Err(Error::Mismatch {
                table: table.name.to_string(),
                column: table.columns[place].name.to_string(),
                what,
            });
        }
        let null = Value::Null;
        let values = places.iter().map(|place| match place {
            Some(place) => row.get(*place).unwrap_or(&null),
            None => &null,
        });
        values.map(|value| field(module, value)).collect()
    }

    fn add_actions(
        &mut self,
        package: &Database,
        module: &Database,
        sequence: &'static str,
        folder_actions: &[String],
    ) -> Result<(), Error> {
        let there = package.table(sequence)?;
        let mut new = actions::read(module, sequence)?;
        let there = there.unwrap_or_else(|| Arc::new(actions::empty(sequence)));
        if there.find(&[Value::from(COSTING)]).is_some() {
            new.extend(folder_actions.iter().map(|name| actions::NewAction {
                name: name.clone(),
                condition: Value::Null,
                place: actions::Place::Before(COSTING.to_string()),
            }));
        }
        let mut plan = actions::plan(&there, new);
        self.problems.append(&mut plan.problems);
        self.sequences.push((sequence, plan));
        Ok(())
    }
}

/// What folders have to be set before.
const COSTING: &str = "CostInitialize";

/// For each column of the package, the place that it has in the module's table.
fn places(table: &Table, columns: &[crate::Column]) -> Result<Vec<Option<usize>>, Error> {
    let place = |column: &crate::Column| {
        let place = table.column(&column.name);
        let key = place.is_some_and(|place| table.columns[place].key);
        if key != column.key {
            return Err(Error::Mismatch {
                table: table.name.to_string(),
                column: column.name.to_string(),
                what: "it is a key in one of package and module only".to_string(),
            });
        }
        Ok(place)
    };
    columns.iter().map(place).collect()
}

fn field(module: &Database, value: &Value) -> Result<Field, Error> {
    let value = Field::Value(value.clone());
    Ok(match module.bytes_of(&value)? {
        Some(bytes) => Field::Bytes(bytes),
        None => value,
    })
}
