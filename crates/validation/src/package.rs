//! A database as the rules read it: every table at hand, and the few things that many rules ask for.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use database::{Database, Record, Table, Value};

use crate::finding::{Finding, Findings, table};

/// The bits of Component.Attributes that rules look at. "Component Table".
pub(crate) mod component {
    pub(crate) const SOURCE_ONLY: i32 = 1;
    pub(crate) const OPTIONAL: i32 = 2;
    pub(crate) const REGISTRY_KEY_PATH: i32 = 4;
    pub(crate) const SHARED_DLL: i32 = 8;
    pub(crate) const PERMANENT: i32 = 16;
    pub(crate) const ODBC_KEY_PATH: i32 = 32;
    pub(crate) const BITS_64: i32 = 256;
    pub(crate) const UNINSTALL_ON_SUPERSEDENCE: i32 = 1024;
}

/// The sequence tables, and whether each is one of the three execute tables.
pub(crate) const SEQUENCE_TABLES: [(&str, bool); 5] = [
    ("AdminUISequence", false),
    ("AdminExecuteSequence", true),
    ("AdvtExecuteSequence", true),
    ("InstallUISequence", false),
    ("InstallExecuteSequence", true),
];

/// Folders of the user's profile, whatever ALLUSERS says. "ICE91".
pub(crate) const USER_ONLY_FOLDERS: [&str; 9] = [
    "AppDataFolder",
    "FavoritesFolder",
    "NetHoodFolder",
    "PersonalFolder",
    "PrintHoodFolder",
    "RecentFolder",
    "SendToFolder",
    "MyPicturesFolder",
    "LocalAppDataFolder",
];

/// Folders that lie in the user's profile when a package is installed for one user. "ICE38".
pub(crate) const PROFILE_FOLDERS: [&str; 6] = [
    "ProgramMenuFolder",
    "StartMenuFolder",
    "StartupFolder",
    "DesktopFolder",
    "AdminToolsFolder",
    "TemplateFolder",
];

/// Rows of CustomAction by their base type: where the action comes from, and what it is.
pub(crate) fn base_type(kind: i32) -> i32 {
    kind & 0x3F
}

/// One row of a sequence table that has a number.
pub(crate) struct Step<'a> {
    pub(crate) action: &'a str,
    pub(crate) condition: &'a str,
    pub(crate) number: i32,
    pub(crate) record: Record<'a>,
}

/// A database, read.
pub(crate) struct Package<'a> {
    pub(crate) database: &'a Database,
    tables: BTreeMap<Arc<str>, Arc<Table>>,
}

impl<'a> Package<'a> {
    /// Reads every table; those that cannot be read are findings, and empty for the rules.
    pub(crate) fn read(database: &'a Database) -> (Package<'a>, Vec<Finding>) {
        let mut unreadable = Findings::new("ICE03");
        let mut tables = BTreeMap::new();
        for name in database.table_names() {
            match database.rows(name) {
                Ok(read) => drop(tables.insert(Arc::from(name), read)),
                Err(error) => {
                    let columns = database.columns(name).unwrap_or_default().to_vec();
                    let empty = Table::new(name, columns, Vec::new());
                    tables.insert(Arc::from(name), Arc::new(empty));
                    unreadable.error(table(name), format!("it cannot be read: {error}"));
                }
            }
        }
        (Package { database, tables }, unreadable.into_found())
    }

    pub(crate) fn has(&self, table: &str) -> bool {
        self.tables.contains_key(table)
    }

    pub(crate) fn tables(&self) -> impl Iterator<Item = &Table> {
        self.tables.values().map(|table| &**table)
    }

    pub(crate) fn table(&self, name: &str) -> Option<&Table> {
        self.tables.get(name).map(|table| &**table)
    }

    /// The rows of a table; none where there is no such table.
    pub(crate) fn rows(&self, table: &str) -> impl Iterator<Item = Record<'_>> {
        self.table(table).into_iter().flat_map(Table::records)
    }

    /// The row with this key, in a table with one key column.
    pub(crate) fn row(&self, table: &str, key: &str) -> Option<Record<'_>> {
        self.table(table)?.find(&[Value::from(key)])
    }

    pub(crate) fn property(&self, name: &str) -> Option<&str> {
        Some(self.row("Property", name)?.text("Value"))
    }

    /// Is it a merge module? A package that had modules merged has a product code as well.
    pub(crate) fn is_module(&self) -> bool {
        self.has("ModuleSignature") && self.property("ProductCode").is_none()
    }

    /// The lowest version of Windows Installer that it asks for, as Page Count has it; 0 where it says none.
    pub(crate) fn schema(&self) -> i32 {
        let summary = self.database.summary().ok();
        summary
            .and_then(|summary| summary.page_count())
            .unwrap_or(0)
    }

    /// A folder and those above it, as far as they are in the Directory table.
    pub(crate) fn folders_up<'s>(&'s self, folder: &'s str) -> Vec<&'s str> {
        let mut folders = vec![folder];
        let mut at = folder;
        while let Some(row) = self.row("Directory", at) {
            let parent = row.text("Directory_Parent");
            if parent.is_empty() || folders.contains(&parent) {
                break;
            }
            folders.push(parent);
            at = parent;
        }
        folders
    }

    /// Is the folder one of these, or below one?
    pub(crate) fn is_below(&self, folder: &str, roots: &[&str]) -> bool {
        self.folders_up(folder)
            .iter()
            .any(|folder| roots.contains(folder))
    }

    /// Is the folder in the profile of one user, where it is installed for one user?
    pub(crate) fn is_in_profile(&self, folder: &str) -> bool {
        self.is_below(folder, &USER_ONLY_FOLDERS) || self.is_below(folder, &PROFILE_FOLDERS)
    }

    /// The features that a component belongs to, by component.
    pub(crate) fn features_of(&self) -> HashMap<&str, HashSet<&str>> {
        let mut features: HashMap<&str, HashSet<&str>> = HashMap::new();
        for row in self.rows("FeatureComponents") {
            let component = features.entry(row.text("Component_")).or_default();
            component.insert(row.text("Feature_"));
        }
        features
    }

    /// The numbered rows of a sequence table, in the order in which they run; exit dialogs come first.
    pub(crate) fn steps(&self, table: &str) -> Vec<Step<'_>> {
        let step = |record: Record<'_>| {
            let number = record.integer("Sequence")?;
            (number != 0).then_some(number)
        };
        let mut steps: Vec<Step<'_>> = self
            .rows(table)
            .filter_map(|record| {
                Some(Step {
                    number: step(record)?,
                    action: record.text("Action"),
                    condition: record.text("Condition"),
                    record,
                })
            })
            .collect();
        steps.sort_by_key(|step| step.number);
        steps
    }

    /// Where an action stands in a sequence table; none: it does not run there.
    pub(crate) fn place(&self, table: &str, action: &str) -> Option<i32> {
        let number = self.row(table, action)?.integer("Sequence")?;
        (number > 0).then_some(number)
    }

    /// The value of a custom action's type; none: there is no such custom action.
    pub(crate) fn custom_action(&self, action: &str) -> Option<i32> {
        self.row("CustomAction", action)?.integer("Type")
    }

    /// Columns that hold data of this category, by the package's `_Validation` and by the documentation.
    pub(crate) fn columns_of(&self, category: &str) -> Vec<(&str, String)> {
        let mut columns = Vec::new();
        for table in self.tables() {
            for column in &table.columns {
                let is = crate::columns::column(self, &table.name, &column.name)
                    .is_some_and(|known| known.category.eq_ignore_ascii_case(category));
                if is {
                    columns.push((&*table.name, column.name.to_string()));
                }
            }
        }
        columns
    }
}
