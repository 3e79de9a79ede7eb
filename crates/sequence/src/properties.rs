//! A run's properties. Where their values come from is in `builtin.rs` and [`crate::Run::new`].
//!
//! Follows: Microsoft, "About Properties", "Restrictions on Property Names".

use std::collections::{BTreeMap, BTreeSet};

/// Names and values; what has no value is the same as what is not there.
#[derive(Clone, Debug, Default)]
pub(crate) struct Properties {
    values: BTreeMap<String, String>,
    /// Properties hidden by something else than MsiHiddenProperties.
    hidden: BTreeSet<String>,
    /// What was changed since somebody asked, in order.
    changes: Vec<PropertyChange>,
}

/// A property that got another value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PropertyChange {
    /// Its name.
    pub name: String,
    /// Its value before; "": it had none.
    pub old: String,
    /// Its value now; "": it has none.
    pub new: String,
}

/// What stands for a hidden property's value.
pub(crate) const HIDDEN: &str = "**********";

impl Properties {
    /// Returns a value; "" where there is none. Names are case-sensitive.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }

    /// Sets a value; "" removes the property.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        let old = if value.is_empty() {
            self.values.remove(name)
        } else {
            self.values.insert(name.to_owned(), value.to_owned())
        };
        let old = old.unwrap_or_default();
        if old != value {
            self.changes.push(PropertyChange {
                name: name.to_owned(),
                old,
                new: value.to_owned(),
            });
        }
    }

    /// Returns what was changed since this was called last; hidden values are stars.
    pub(crate) fn take_changes(&mut self) -> Vec<PropertyChange> {
        let mut changes = std::mem::take(&mut self.changes);
        let hidden = self.hidden();
        for change in &mut changes {
            if hidden.contains(change.name.as_str()) {
                for value in [&mut change.old, &mut change.new] {
                    *value = masked(value);
                }
            }
        }
        changes
    }

    /// Takes over the values of others; that is no change of a property.
    pub(crate) fn replace(&mut self, other: Properties) {
        self.values = other.values;
    }

    /// Hides these too.
    pub(crate) fn hide(&mut self, names: BTreeSet<String>) {
        self.hidden = names;
    }

    /// Returns the values that are hidden.
    pub(crate) fn hidden_values(&self) -> Vec<String> {
        let values = self
            .hidden()
            .into_iter()
            .map(|name| self.get(name).to_owned());
        values.filter(|value| !value.is_empty()).collect()
    }

    /// Returns what is shown for a value of a property.
    pub(crate) fn shown_value(&self, name: &str, value: &str) -> String {
        if self.hidden().contains(name) {
            masked(value)
        } else {
            value.to_owned()
        }
    }

    /// Is the value of a property hidden?
    pub(crate) fn is_hidden(&self, name: &str) -> bool {
        self.hidden().contains(name)
    }

    /// Sets a value where there is none yet.
    pub(crate) fn set_missing(&mut self, name: &str, value: &str) {
        if self.get(name).is_empty() {
            self.set(name, value);
        }
    }

    /// Returns all of them sorted by name.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Returns all of them sorted by name, hidden ones with stars for a value.
    pub(crate) fn shown(&self) -> Vec<(String, String)> {
        let hidden = self.hidden();
        let shown = |(name, value): (&String, &String)| {
            let value = if hidden.contains(name.as_str()) {
                HIDDEN.to_owned()
            } else {
                value.clone()
            };
            (name.clone(), value)
        };
        self.values.iter().map(shown).collect()
    }

    fn hidden(&self) -> BTreeSet<&str> {
        let named = self.get("MsiHiddenProperties").split(';').map(str::trim);
        let hidden = self.hidden.iter().map(String::as_str);
        named
            .filter(|name| !name.is_empty())
            .chain(hidden)
            .collect()
    }
}

fn masked(value: &str) -> String {
    if value.is_empty() {
        String::new()
    } else {
        HIDDEN.to_owned()
    }
}

/// Is a property public: has its name no lower-case letter?
pub(crate) fn is_public(name: &str) -> bool {
    !name.chars().any(char::is_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_value_is_no_value() {
        let mut properties = Properties::default();
        properties.set("A", "1");
        properties.set("A", "");
        properties.set_missing("A", "2");
        properties.set_missing("A", "3");
        assert_eq!(properties.get("A"), "2");
        assert_eq!(properties.shown(), [("A".to_owned(), "2".to_owned())]);
    }

    #[test]
    fn hidden_values_are_not_shown() {
        let mut properties = Properties::default();
        properties.set("MsiHiddenProperties", "PASSWORD; TOKEN");
        properties.set("PASSWORD", "s3cret");
        let shown = properties.shown();
        assert_eq!(shown[1], ("PASSWORD".to_owned(), HIDDEN.to_owned()));
        assert_eq!(properties.hidden_values(), ["s3cret"]);
        assert_eq!(properties.shown_value("PASSWORD", "x"), HIDDEN);
        properties.hide(["Action".to_owned()].into());
        properties.take_changes();
        for value in ["a", "b", "b", ""] {
            properties.set("Action", value);
        }
        let change = |old: &str, new: &str| PropertyChange {
            name: "Action".to_owned(),
            old: old.to_owned(),
            new: new.to_owned(),
        };
        let expected = [
            change("", HIDDEN),
            change(HIDDEN, HIDDEN),
            change(HIDDEN, ""),
        ];
        assert_eq!(properties.take_changes(), expected);
    }
}
