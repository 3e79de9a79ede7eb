//! The Environment table against the registry: what the rows of some components make of the variables.
//!
//! The machine's variables are in `Session Manager\Environment`, the user's in `HKCU\Environment`.
//! Follows: Microsoft, "Environment Table".

use std::collections::HashMap;

use machine::{Data, KeyPath, Root, View, fold};
use script::Operation;

use crate::emptied::EmptiedKeys;
use crate::environment_value::{Change, EnvironmentValue};
use crate::{Component, Error, Run};

/// Returns the operations of the rows whose component is wanted; `change` says what a row makes of a present value.
///
/// Errors: a row names no component, or has signs that do not go together.
pub(crate) fn script_changes(
    run: &Run,
    view: &dyn View,
    wanted: impl Fn(&Component) -> bool,
    change: impl Fn(&EnvironmentValue, Option<&str>) -> Change,
) -> Result<Vec<Operation>, Error> {
    let mut operations = Vec::new();
    let mut emptied = EmptiedKeys::new(view);
    // Several rows may add to one variable.
    let mut pending: HashMap<(KeyPath, String), Option<Data>> = HashMap::new();
    let table = run.database().rows("Environment")?;
    for record in table.records() {
        if !wanted(run.component("Environment", &record.key(), record.text("Component_"))?) {
            continue;
        }
        let value = run.format(view, record.text("Value"));
        let row = EnvironmentValue::parse(record.required("Name")?, &value).map_err(|what| {
            Error::BadCell {
                table: "Environment".to_owned(),
                row: record.key(),
                column: "Name".to_owned(),
                what: what.to_owned(),
            }
        })?;
        let key = key_of(&row);
        let place = (key.clone(), fold(&row.name));
        let present = match pending.get(&place) {
            Some(data) => data.clone(),
            None => view.value(&key, &row.name)?,
        };
        match change(&row, present.as_ref().and_then(Data::as_text)) {
            Change::Set(text) if present.as_ref().and_then(Data::as_text) != Some(&text) => {
                let data = typed(text, present.as_ref());
                pending.insert(place, Some(data.clone()));
                operations.push(Operation::RegAddValue {
                    key,
                    name: row.name,
                    data,
                });
            }
            Change::Remove if present.is_some() => {
                pending.insert(place, None);
                emptied.value_gone(&key, &row.name);
                operations.push(Operation::RegRemoveValue {
                    key,
                    name: row.name,
                });
            }
            _ => {}
        }
    }
    operations.extend(emptied.operations()?);
    Ok(operations)
}

fn key_of(row: &EnvironmentValue) -> KeyPath {
    if row.system {
        KeyPath::new(
            Root::LocalMachine,
            "System\\CurrentControlSet\\Control\\Session Manager\\Environment",
        )
    } else {
        KeyPath::new(Root::CurrentUser, "Environment")
    }
}

/// A variable keeps its type; a new one is expanded where it names another.
fn typed(text: String, present: Option<&Data>) -> Data {
    match present {
        Some(Data::Sz(_)) => Data::Sz(text),
        Some(Data::ExpandSz(_)) => Data::ExpandSz(text),
        _ if text.contains('%') => Data::ExpandSz(text),
        _ => Data::Sz(text),
    }
}
