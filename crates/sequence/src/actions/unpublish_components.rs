//! `UnpublishComponents`: qualified components of features going away.
//!
//! Follows: Microsoft, "UnpublishComponents Action", "PublishComponent Table".

use std::collections::HashMap;

use machine::{Data, KeyPath, View, fold};
use script::Operation;

use crate::actions::Flow;
use crate::emptied::EmptiedKeys;
use crate::qualified_components::qualified_components;
use crate::{Error, Run, State};

pub(crate) fn unpublish_components(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    let mut emptied = EmptiedKeys::new(view);
    let mut left: HashMap<(KeyPath, String), Vec<String>> = HashMap::new();
    let mut operations = Vec::new();
    for row in qualified_components(run, view, |state| state == State::Absent)? {
        let place = (row.key.clone(), fold(&row.qualifier));
        let list = match left.get(&place) {
            Some(list) => list.clone(),
            None => row.present(view)?,
        };
        let others: Vec<String> = list
            .iter()
            .filter(|text| **text != row.text)
            .cloned()
            .collect();
        if others.len() == list.len() {
            continue;
        }
        left.insert(place, others.clone());
        operations.push(if others.is_empty() {
            emptied.value_gone(&row.key, &row.qualifier);
            Operation::RegRemoveValue {
                key: row.key,
                name: row.qualifier,
            }
        } else {
            Operation::RegAddValue {
                key: row.key,
                name: row.qualifier,
                data: Data::MultiSz(others),
            }
        });
    }
    operations.extend(emptied.operations()?);
    Ok(Flow::script("UnpublishComponents", operations))
}

#[cfg(test)]
mod tests {
    use crate::actions::fixture::check_comes_and_goes;

    #[test]
    fn qualified_components_come_and_go() {
        check_comes_and_goes(
            r"
            Component Exe|{00000002-0000-0000-0000-00000000000A}|INSTALLDIR|256||
            FeatureComponents Main|Exe
            PublishComponent {00000009-0000-0000-0000-000000000009}|one|Tool|data|Main
            PublishComponent {00000009-0000-0000-0000-000000000009}|one|Exe||Main
            run PublishComponents
            run UnpublishComponents",
        );
    }
}
