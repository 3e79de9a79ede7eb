//! `RemoveRegistryValues`: values of components going away, and what RemoveRegistry lists for components coming.
//!
//! A key goes with its last value or subkey, unless a row with `+` keeps it.
//! Follows: Microsoft, "RemoveRegistryValues Action", "Registry Table", "RemoveRegistry Table".

use std::collections::HashMap;

use machine::{Data, KeyPath, View, fold};
use script::Operation;

use crate::actions::Flow;
use crate::emptied::EmptiedKeys;
use crate::registry_rows::{RegistryRow, registry_rows};
use crate::registry_value::RegistryValue;
use crate::removal::Removal;
use crate::{Error, Run};

pub(crate) fn remove_registry_values(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    let removal = Removal::of(run, view)?;
    let mut removals = Removals {
        view,
        operations: Vec::new(),
        emptied: EmptiedKeys::new(view),
        left: HashMap::new(),
    };
    for row in registry_rows(run, view, "Registry", |component| {
        removal.has(&component.name)
    })? {
        removals.registry(row)?;
    }
    for row in registry_rows(run, view, "RemoveRegistry", |component| {
        component.action.installs()
    })? {
        if row.name == "-" {
            removals.key(row.key)?;
        } else {
            removals.value(row.key, row.name)?;
        }
    }
    let mut operations = removals.operations;
    operations.extend(removals.emptied.operations()?);
    Ok(Flow::script("RemoveRegistryValues", operations))
}

struct Removals<'a> {
    view: &'a dyn View,
    operations: Vec<Operation>,
    emptied: EmptiedKeys<'a>,
    /// What rows before have left of lists.
    left: HashMap<(KeyPath, String), Data>,
}

impl Removals<'_> {
    fn registry(&mut self, row: RegistryRow) -> Result<(), Error> {
        if row.has_sign(&["+"]) {
            self.emptied.keep(row.key);
            return Ok(());
        }
        if row.has_sign(&["-", "*"]) {
            return self.key(row.key);
        }
        let place = (row.key.clone(), fold(&row.name));
        let present = match self.left.get(&place) {
            Some(data) => Some(data.clone()),
            None => self.view.value(&row.key, &row.name)?,
        };
        let Some(present) = present else {
            return Ok(());
        };
        match RegistryValue::parse(row.value.as_deref().unwrap_or("")).left_of(&present) {
            Some(left) if left == present => {}
            Some(left) => {
                self.left.insert(place, left.clone());
                self.operations.push(Operation::RegAddValue {
                    key: row.key,
                    name: row.name,
                    data: left,
                });
            }
            None => self.value(row.key, row.name)?,
        }
        Ok(())
    }

    fn key(&mut self, key: KeyPath) -> Result<(), Error> {
        if self.view.key(&key)?.is_some() {
            self.emptied.key_gone(&key);
            self.operations.push(Operation::RegRemoveKey { key });
        }
        Ok(())
    }

    fn value(&mut self, key: KeyPath, name: String) -> Result<(), Error> {
        if self.view.value(&key, &name)?.is_some() {
            self.emptied.value_gone(&key, &name);
            self.operations
                .push(Operation::RegRemoveValue { key, name });
        }
        Ok(())
    }
}
