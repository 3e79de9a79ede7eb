//! Actions of a module in a package's sequence tables.
//!
//! Actions that the package has stay where they are. Others stand at the number that the module says, or right before or
//! after the action that they follow; where there is no room, the package's later ones move up.
//! Follows: Microsoft, "Authoring Merge Module Sequence Tables".

use std::collections::BTreeMap;

use super::MergeProblem;
use crate::schema::column;
use crate::{Database, Error, Field, Record, Table, Value};

/// A module's sequence tables begin so, before the name of the package's.
pub(super) const PREFIX: &str = "Module";
/// The package's sequence tables.
pub(super) const SEQUENCES: [&str; 6] = [
    "AdminExecuteSequence",
    "AdminUISequence",
    "AdvtExecuteSequence",
    "AdvtUISequence",
    "InstallExecuteSequence",
    "InstallUISequence",
];
/// The highest number that a sequence can have.
const HIGHEST: i32 = 0x7FFF;

/// An action that is to be in a sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NewAction {
    pub(super) name: String,
    pub(super) condition: Value,
    pub(super) place: Place,
}

/// Where an action stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// At this number; negative ones are for ends of an installation.
    Number(i32),
    /// Right before this action.
    Before(String),
    /// Right after this action.
    After(String),
}

/// What a sequence table becomes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct SequencePlan {
    /// New actions: name, condition, number.
    pub(super) added: Vec<(String, Value, i32)>,
    /// Actions of the package that get another number.
    pub(super) moved: Vec<(String, i32)>,
    pub(super) problems: Vec<MergeProblem>,
}

/// Reads the actions that a module has for a sequence table.
///
/// Errors: [`Error::Cell`] for one that says neither a number nor another action.
pub(super) fn read(module: &Database, sequence: &str) -> Result<Vec<NewAction>, Error> {
    let rows = module.rows(&format!("{PREFIX}{sequence}"))?;
    let action = |record: Record<'_>| {
        let base = record.text("BaseAction").to_string();
        Ok(NewAction {
            name: record.required("Action")?.to_string(),
            condition: record.value("Condition").clone(),
            place: match (record.integer("Sequence"), base.is_empty()) {
                (Some(number), _) => Place::Number(number),
                (None, true) => {
                    return Err(record.error("Sequence", "it names neither a number nor an action"));
                }
                (None, false) if record.integer("After") == Some(1) => Place::After(base),
                (None, false) => Place::Before(base),
            },
        })
    };
    rows.records().map(action).collect()
}

/// Places new actions among those of a package's sequence table.
pub(super) fn plan(table: &Table, mut actions: Vec<NewAction>) -> SequencePlan {
    let number = |record: Record<'_>| {
        let name = record.text("Action").to_string();
        Some((record.integer("Sequence")?, name))
    };
    let mut order: Vec<(i32, String)> = table.records().filter_map(number).collect();
    order.sort();
    let before: BTreeMap<String, i32> = order.iter().cloned().map(|(n, name)| (name, n)).collect();
    // An action without a number is there all the same.
    actions.retain(|action| table.find(&[Value::from(action.name.as_str())]).is_none());
    let mut conditions = BTreeMap::new();
    let mut plan = SequencePlan::default();
    while !actions.is_empty() {
        let ready = |action: &NewAction| match &action.place {
            Place::Number(_) => true,
            Place::Before(base) | Place::After(base) => at(&order, base).is_some(),
        };
        let Some(next) = actions.iter().position(ready) else {
            break;
        };
        let action = actions.remove(next);
        insert(&mut order, &action, &|name| conditions.contains_key(name));
        conditions.insert(action.name, action.condition);
    }
    for action in actions {
        let (Place::Before(base) | Place::After(base)) = action.place else {
            continue;
        };
        plan.problems.push(MergeProblem::NoBaseAction {
            table: table.name.to_string(),
            action: action.name,
            base,
        });
    }
    for (number, name) in order {
        match (conditions.remove(&name), before.get(&name)) {
            (Some(condition), _) => plan.added.push((name, condition, number)),
            (None, Some(old)) if *old != number => plan.moved.push((name, number)),
            (None, _) => {}
        }
    }
    plan
}

fn at(order: &[(i32, String)], name: &str) -> Option<usize> {
    order.iter().position(|(_, other)| other == name)
}

/// Puts an action into an order of numbers, and moves those that stand in its way.
fn insert(order: &mut Vec<(i32, String)>, action: &NewAction, is_new: &dyn Fn(&str) -> bool) {
    let entry = |number| (number, action.name.clone());
    let (index, number) = match &action.place {
        Place::Number(number) => {
            let index = order.partition_point(|(other, _)| other <= number);
            order.insert(index, entry(*number));
            return;
        }
        Place::After(base) => {
            let base = at(order, base).unwrap_or(0);
            (base + 1, order[base].0.saturating_add(1))
        }
        Place::Before(base) => {
            let mut base = at(order, base).unwrap_or(0);
            // New ones that stand before the same action need not move.
            while base > 0 && order[base - 1].0 == order[base].0 - 1 && is_new(&order[base - 1].1) {
                base -= 1;
            }
            let number = order[base].0;
            let room = base == 0 || order[base - 1].0 < number - 1;
            let free = room && number > 1;
            (base, if free { number - 1 } else { number })
        }
    };
    order.insert(index, entry(number));
    // Those behind it move up as far as they must.
    for place in index + 1..order.len() {
        let lowest = order[place - 1].0.saturating_add(1);
        if order[place].0 >= lowest || order[place].0 < 0 {
            break;
        }
        order[place].0 = lowest.min(HIGHEST);
    }
}

/// Makes a sequence table what is planned.
pub(super) fn apply(package: &mut Database, name: &str, plan: &SequencePlan) -> Result<(), Error> {
    if !package.has_table(name) {
        if plan.added.is_empty() {
            return Ok(());
        }
        package.replace_table(empty(name));
        package.sort_slots()?;
    }
    let columns: Vec<_> = package.columns(name).unwrap_or_default().to_vec();
    for (action, condition, number) in &plan.added {
        let fields = columns.iter().map(|column| match &*column.name {
            "Action" => Field::from(action.as_str()),
            "Condition" => Field::Value(condition.clone()),
            "Sequence" => Field::from(*number),
            _ => Field::Value(Value::Null),
        });
        package.add_row(name, &fields.collect::<Vec<_>>(), false)?;
    }
    let place = columns
        .iter()
        .position(|column| &*column.name == "Sequence");
    for (action, number) in &plan.moved {
        if let Some(place) = place {
            let key = [Value::from(action.as_str())];
            package.change_row(name, &key, &[(place, Field::from(*number))])?;
        }
    }
    Ok(())
}

/// A sequence table without actions.
pub(super) fn empty(name: &str) -> Table {
    let columns = [
        ("Action", 0x2D48),
        ("Condition", 0x1DFF),
        ("Sequence", 0x1502),
    ];
    let columns = columns.map(|(name, kind)| column(name.into(), kind));
    Table::new(name, columns.to_vec(), Vec::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Places actions given as `NAME 500`, `NAME <BASE` and `NAME >BASE`.
    fn check(there: &str, new: &str, expected: &str) {
        let mut table = empty("S");
        for action in there.split(',').filter(|text| !text.is_empty()) {
            let (name, number) = action.split_once(' ').unwrap();
            table.rows.push(vec![
                name.into(),
                Value::Null,
                number.parse::<i32>().unwrap().into(),
            ]);
        }
        let actions = new.split(',').map(|action| {
            let (name, place) = action.split_once(' ').unwrap();
            NewAction {
                name: name.to_string(),
                condition: Value::Null,
                place: match place.split_at(1) {
                    ("<", base) => Place::Before(base.to_string()),
                    (">", base) => Place::After(base.to_string()),
                    _ => Place::Number(place.parse().unwrap()),
                },
            }
        });
        let plan = plan(&table, actions.collect());
        let mut told: Vec<String> = plan
            .added
            .iter()
            .map(|(name, _, number)| format!("+{name} {number}"))
            .collect();
        told.extend(
            plan.moved
                .iter()
                .map(|(name, number)| format!("{name} {number}")),
        );
        told.extend(plan.problems.iter().map(|problem| problem.to_string()));
        assert_eq!(told.join(", "), expected, "{there} | {new}");
    }

    #[test]
    fn actions_are_placed() {
        check("A 100,B 200", "A 500,C 150", "+C 150");
        check("A 100,B 200", "C <B", "+C 199");
        check("A 100,B 200", "C <B,D <B", "+D 198, +C 199");
        check("A 100,B 200", "C >A,D >C", "+C 101, +D 102");
        check("A 100,B 200", "D >C,C >A", "+C 101, +D 102");
        check("A 1,B 2,C 3,D 9", "N <B", "+N 2, B 3, C 4");
        check("A 1,B 2,C 4", "N >A", "+N 2, B 3");
        check("A 1,B 2", "N <A", "+N 1, A 2, B 3");
        check("A 100,E -1", "X -3", "+X -3");
        check("", "A 7", "+A 7");
        check(
            "A 1",
            "N >B,M >N",
            "table S: N stands beside B, which is not there, table S: M stands beside N, which is not there",
        );
    }
}
