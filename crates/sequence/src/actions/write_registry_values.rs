//! `WriteRegistryValues`: the values and keys of components being installed, locally or from source.
//!
//! A value that is there with the same data is left alone.
//! Follows: Microsoft, "WriteRegistryValues Action", "Registry Table".

use std::collections::HashMap;

use machine::{KeyPath, View, fold};
use script::Operation;

use crate::actions::Flow;
use crate::registry_rows::registry_rows;
use crate::registry_value::RegistryValue;
use crate::reinstall_mode::{Again, puts};
use crate::{Component, Error, Run};

pub(crate) fn write_registry_values(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    let kind = |machine| {
        if machine {
            Again::MachineRegistry
        } else {
            Again::UserRegistry
        }
    };
    let wanted = |component: &Component| {
        [true, false]
            .iter()
            .any(|&machine| puts(run, component, kind(machine)))
    };
    let mut operations = Vec::new();
    // Several rows may add to one list.
    let mut written: HashMap<(KeyPath, String), machine::Data> = HashMap::new();
    for row in registry_rows(run, view, "Registry", wanted)? {
        if !puts(run, &row.component, kind(row.of_machine)) {
            continue;
        }
        if row.has_sign(&["+", "*", "-"]) {
            if row.name != "-" && view.key(&row.key)?.is_none() {
                operations.push(Operation::RegCreateKey { key: row.key });
            }
            continue;
        }
        let place = (row.key.clone(), fold(&row.name));
        let present = match written.get(&place) {
            Some(data) => Some(data.clone()),
            None => view.value(&row.key, &row.name)?,
        };
        let data =
            RegistryValue::parse(row.value.as_deref().unwrap_or("")).written(present.as_ref());
        if present.as_ref() != Some(&data) {
            written.insert(place, data.clone());
            operations.push(Operation::RegAddValue {
                key: row.key,
                name: row.name,
                data,
            });
        }
    }
    Ok(Flow::script("WriteRegistryValues", operations))
}
