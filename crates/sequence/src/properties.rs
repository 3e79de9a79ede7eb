//! A run's properties. Where their values come from is in `builtin.rs` and [`crate::Run::new`].
//!
//! Follows: Microsoft, "About Properties", "Restrictions on Property Names".

use std::collections::{BTreeMap, BTreeSet};

/// Names and values; what has no value is the same as what is not there.
#[derive(Clone, Debug, Default)]
pub(crate) struct Properties {
    values: BTreeMap<String, String>,
}

/// What stands for a hidden property's value.
const HIDDEN: &str = "**********";

impl Properties {
    /// Returns a value; "" where there is none. Names are case-sensitive.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }

    /// Sets a value; "" removes the property.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        if value.is_empty() {
            self.values.remove(name);
        } else {
            self.values.insert(name.to_owned(), value.to_owned());
        }
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

    /// Returns all of them sorted by name, those that MsiHiddenProperties names with stars for a value.
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
        self.get("MsiHiddenProperties")
            .split(';')
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .collect()
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
    }
}
