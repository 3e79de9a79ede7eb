//! Registry entries that come and go together.

use std::collections::HashSet;

use machine::{Data, KeyPath, View, fold};
use script::Operation;

use super::Change;
use crate::Error;
use crate::registration::write::Registrar;
use crate::registry_removals::RegistryRemovals;

/// What one entry is.
#[derive(Clone, Debug, PartialEq)]
enum Entry {
    /// A key without a value of its own.
    Key(KeyPath),
    /// A value.
    Value(KeyPath, String, Data),
    /// The product's string in a list of all products' strings.
    String(KeyPath, String, String),
}

/// The entries of one row, and what becomes of them.
#[derive(Clone, Debug)]
pub(crate) struct Entries {
    /// What this run does to them.
    pub change: Change,
    entries: Vec<Entry>,
}

impl Entries {
    /// Begins with none.
    pub(crate) fn new(change: Change) -> Entries {
        Entries {
            change,
            entries: Vec::new(),
        }
    }

    /// Adds a key without a value.
    pub(crate) fn key(&mut self, key: KeyPath) {
        self.entries.push(Entry::Key(key));
    }

    /// Adds a REG_SZ value.
    pub(crate) fn text(&mut self, key: &KeyPath, name: &str, text: impl Into<String>) {
        let data = Data::Sz(text.into());
        self.entries
            .push(Entry::Value(key.clone(), name.to_owned(), data));
    }

    /// Adds a REG_SZ value, unless it is empty.
    pub(crate) fn some_text(&mut self, key: &KeyPath, name: &str, text: &str) {
        if !text.is_empty() {
            self.text(key, name, text);
        }
    }

    /// Adds a string to a list, where there is one to add.
    pub(crate) fn string(&mut self, key: &KeyPath, name: &str, text: Option<String>) {
        let string = |text| Entry::String(key.clone(), name.to_owned(), text);
        self.entries.extend(text.map(string));
    }
}

/// Returns the operations that write what is being installed or advertised; a place that several rows have is
/// written once.
///
/// Errors: the machine cannot be read.
pub(crate) fn write(view: &dyn View, rows: &[Entries]) -> Result<Vec<Operation>, Error> {
    let mut registrar = Registrar::new(view);
    let (mut written, mut keys) = (HashSet::new(), HashSet::new());
    for row in rows.iter().filter(|row| row.change.comes()) {
        for entry in &row.entries {
            match entry {
                Entry::Key(key) => {
                    if keys.insert(key) && view.key(key)?.is_none() {
                        registrar.push(Operation::RegCreateKey { key: key.clone() });
                    }
                }
                Entry::Value(key, name, data) => {
                    if written.insert((key.clone(), fold(name))) {
                        registrar.set(key, name, data.clone())?;
                    }
                }
                Entry::String(key, name, text) => registrar.string(key, name, text)?,
            }
        }
    }
    Ok(registrar.operations())
}

/// Returns the operations that take away what goes: values that say something else by now are another's.
///
/// Errors: the machine cannot be read.
pub(crate) fn write_off(view: &dyn View, rows: &[Entries]) -> Result<Vec<Operation>, Error> {
    let mut removals = RegistryRemovals::new(view);
    let mut gone = HashSet::new();
    for row in rows {
        for entry in &row.entries {
            match (entry, row.change) {
                (Entry::String(key, name, text), Change::Goes | Change::IsLeft) => {
                    removals.string(key, name, text)?;
                }
                (Entry::Value(key, name, data), Change::Goes)
                    if gone.insert((key.clone(), fold(name))) =>
                {
                    removals.own(key, name, data)?;
                }
                (Entry::Key(key), Change::Goes) => removals.emptied.consider(key.clone()),
                _ => {}
            }
        }
    }
    removals.operations()
}
