//! What a package writes to the registry, without a run and without a machine: by its tables alone.
//!
//! Texts are resolved as far as the tables go: properties as authored, folders where [`crate::layout`] has them. Variables
//! of the environment stay as `%NAME%`; what only a machine or a run knows is nothing. Conditions and custom actions are
//! not asked. Follows: Microsoft, "Registry Table", "RemoveRegistry Table", "Formatted".

use std::collections::HashMap;

use database::{Database, Record};
use machine::{Architecture, Bitness, Data, KeyPath, RegFile, Root, fold};

use crate::directory::Directories;
use crate::format::{Field, resolve};
use crate::layout::{facts_of, is_per_machine, layout, windows_folders};
use crate::registry_rows::{bad_root, place_of};
use crate::registry_value::RegistryValue;
use crate::run::no_such;
use crate::{Component, Error};

/// Returns what an installation of the chosen components takes from the registry (RemoveRegistry) and then writes to it
/// (Registry), on a machine of the package's platform.
///
/// Errors: the package cannot be read; rows that name components or directories that there are none of, or other roots
/// than the documented ones.
pub fn registry_layout(
    database: &Database,
    chosen: &dyn Fn(&str) -> bool,
) -> Result<RegFile, Error> {
    let authored = Authored::read(database)?;
    let mut file = RegFile::default();
    for row in authored.rows(database, "RemoveRegistry", chosen)? {
        match &*row.name {
            "-" => file.remove_key(&row.key),
            name => file.remove_value(&row.key, name),
        }
    }
    // Several rows may add to one list.
    let mut written: HashMap<(KeyPath, String), Data> = HashMap::new();
    for row in authored.rows(database, "Registry", chosen)? {
        match (&row.value, &*row.name) {
            (None, "+" | "*") => file.create_key(&row.key),
            (None, "-") => {}
            (value, name) => {
                let place = (row.key.clone(), fold(name));
                let value = RegistryValue::parse(value.as_deref().unwrap_or(""));
                let data = value.written(written.get(&place));
                file.set_value(&row.key, name, &data);
                written.insert(place, data);
            }
        }
    }
    Ok(file)
}

/// A row, resolved.
struct Row {
    key: KeyPath,
    name: String,
    /// None: the column is null.
    value: Option<String>,
}

/// What the tables know.
struct Authored {
    properties: HashMap<String, String>,
    /// Paths with a backslash at their end, by the keys of the Directory table and the names of Windows' folders.
    folders: HashMap<String, String>,
    /// Paths, by the keys of the File table.
    files: HashMap<String, String>,
    /// Folder and view of the registry, by component.
    components: HashMap<String, (String, Bitness)>,
    /// Where what belongs to neither user nor machine goes.
    context: Root,
}

impl Authored {
    fn read(database: &Database) -> Result<Authored, Error> {
        let path = |names: &[String]| {
            format!(
                "C:\\{}",
                names
                    .iter()
                    .map(|name| format!("{name}\\"))
                    .collect::<String>()
            )
        };
        let windows = windows_folders(database)?;
        let known = |key: &str| windows.get(key.split('.').next().unwrap_or(key)).cloned();
        let directories = Directories::read(database)?;
        let mut folders: HashMap<String, String> = windows
            .iter()
            .map(|(name, names)| (name.clone(), path(names)))
            .collect();
        for row in database.rows("Directory")?.records() {
            let key = row.text("Directory");
            folders.extend(
                directories
                    .target_names(key, &known)
                    .map(|names| (key.to_owned(), path(&names))),
            );
        }
        let files = layout(database)?
            .into_iter()
            .map(|file| (file.key, path(&file.folder) + &file.name));
        let properties = database.rows("Property")?;
        let properties = properties.records().map(|row| {
            (
                row.text("Property").to_owned(),
                row.text("Value").to_owned(),
            )
        });
        Ok(Authored {
            properties: properties.collect(),
            folders,
            files: files.collect(),
            components: components(database)?,
            context: match is_per_machine(database)? {
                true => Root::LocalMachine,
                false => Root::CurrentUser,
            },
        })
    }

    /// The rows of a table whose components are chosen, in its order.
    fn rows(
        &self,
        database: &Database,
        table: &str,
        chosen: &dyn Fn(&str) -> bool,
    ) -> Result<Vec<Row>, Error> {
        let rows = database.rows(table)?;
        let of_chosen = rows.records().filter(|row| chosen(row.text("Component_")));
        of_chosen.map(|row| self.row(table, &row)).collect()
    }

    fn row(&self, table: &str, row: &Record<'_>) -> Result<Row, Error> {
        let component = row.text("Component_");
        let component = self.components.get(component);
        let (_, bitness) = component
            .ok_or_else(|| no_such(table, &row.key(), "component", row.text("Component_")))?;
        let (root, path) = place_of(
            row.integer("Root"),
            self.text(row.text("Key")),
            self.context,
        )
        .ok_or_else(|| bad_root(table, row))?;
        // RemoveRegistry has no such column.
        let value = match table {
            "Registry" => Some(row.text("Value")).filter(|text| !text.is_empty()),
            _ => None,
        };
        Ok(Row {
            key: KeyPath::in_view(root, &path, *bitness),
            name: self.text(row.text("Name")),
            value: value.map(|text| self.text(text)),
        })
    }

    fn text(&self, text: &str) -> String {
        resolve(text, &|name| Field::Text(self.field(name)))
    }

    /// What stands for one pair of brackets.
    fn field(&self, name: &str) -> String {
        let mut characters = name.chars();
        let prefix = characters.next();
        let rest = characters.as_str();
        let folder = |key: &str| self.folders.get(key).cloned();
        match prefix {
            Some('\\') => rest.chars().next().map(String::from),
            Some('~') if rest.is_empty() => Some("\0".to_owned()),
            Some('%') => Some(format!("%{rest}%")),
            Some('#' | '!') => self.files.get(rest).cloned(),
            Some('$') => self
                .components
                .get(rest)
                .and_then(|(directory, _)| folder(directory)),
            _ => folder(name).or_else(|| self.properties.get(name).cloned()),
        }
        .unwrap_or_default()
    }
}

fn components(database: &Database) -> Result<HashMap<String, (String, Bitness)>, Error> {
    let is_narrow = facts_of(database)?.architecture == Architecture::X86;
    let rows = database.rows("Component")?;
    let components = rows.records().map(|row| {
        let is_wide = row.integer("Attributes").unwrap_or(0) & Component::BITS_64 != 0;
        let bitness = match is_narrow || is_wide {
            true => Bitness::Bits64,
            false => Bitness::Bits32,
        };
        let directory = row.text("Directory_").to_owned();
        (row.text("Component").to_owned(), (directory, bitness))
    });
    Ok(components.collect())
}
