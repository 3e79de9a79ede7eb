//! Removals from the registry that an action collects: of what is there, and then of the keys that this empties.

use std::collections::HashMap;

use machine::{Data, KeyPath, View, fold};
use script::Operation;

use crate::Error;
use crate::emptied::EmptiedKeys;
use crate::registration::write::strings;

/// Collects removals.
pub(crate) struct RegistryRemovals<'a> {
    view: &'a dyn View,
    operations: Vec<Operation>,
    /// Lists that have been taken from.
    lists: HashMap<(KeyPath, String), Vec<String>>,
    /// Keys that stay, or may be empty.
    pub emptied: EmptiedKeys<'a>,
}

impl<'a> RegistryRemovals<'a> {
    /// Begins with nothing removed.
    pub(crate) fn new(view: &'a dyn View) -> RegistryRemovals<'a> {
        RegistryRemovals {
            view,
            operations: Vec::new(),
            lists: HashMap::new(),
            emptied: EmptiedKeys::new(view),
        }
    }

    /// Removes a key with all below it, where it is there.
    ///
    /// Errors: the machine cannot be read.
    pub(crate) fn key(&mut self, key: &KeyPath) -> Result<(), Error> {
        if self.view.key(key)?.is_some() {
            self.emptied.key_gone(key);
            self.operations
                .push(Operation::RegRemoveKey { key: key.clone() });
        }
        Ok(())
    }

    /// Removes a value, where it is there.
    ///
    /// Errors: the machine cannot be read.
    pub(crate) fn value(&mut self, key: &KeyPath, name: &str) -> Result<(), Error> {
        if self.view.value(key, name)?.is_some() {
            self.emptied.value_gone(key, name);
            self.operations.push(Operation::RegRemoveValue {
                key: key.clone(),
                name: name.to_owned(),
            });
        }
        Ok(())
    }

    /// Removes a value that still has this data.
    ///
    /// Errors: the machine cannot be read.
    pub(crate) fn own(&mut self, key: &KeyPath, name: &str, data: &Data) -> Result<(), Error> {
        match self.view.value(key, name)? {
            Some(present) if present == *data => self.value(key, name),
            _ => Ok(()),
        }
    }

    /// Removes a string from a REG_MULTI_SZ value, and with the last one the value.
    ///
    /// Errors: the machine cannot be read.
    pub(crate) fn string(&mut self, key: &KeyPath, name: &str, text: &str) -> Result<(), Error> {
        let place = (key.clone(), fold(name));
        let mut list = match self.lists.get(&place) {
            Some(list) => list.clone(),
            None => strings(self.view, key, name)?,
        };
        let before = list.len();
        list.retain(|known| known != text);
        if list.len() == before {
            return Ok(());
        }
        self.lists.insert(place, list.clone());
        if list.is_empty() {
            return self.value(key, name);
        }
        self.leave(key, name, Data::MultiSz(list));
        Ok(())
    }

    /// Leaves other data in a value.
    pub(crate) fn leave(&mut self, key: &KeyPath, name: &str, data: Data) {
        self.operations.push(Operation::RegAddValue {
            key: key.clone(),
            name: name.to_owned(),
            data,
        });
    }

    /// Returns the removals, and those of the keys that they empty, deeper keys first.
    ///
    /// Errors: the machine cannot be read.
    pub(crate) fn operations(self) -> Result<Vec<Operation>, Error> {
        let mut operations = self.operations;
        operations.extend(self.emptied.operations()?);
        Ok(operations)
    }
}
