//! What registration needs in several actions: writing only what differs, clients, descriptors, versions.
//!
//! Reading is in the other files of this folder.

use std::collections::HashMap;

use machine::{Data, KeyPath, View, fold};
use script::Operation;

use super::guid;
use super::places::Places;
use crate::{Error, Run, State};

/// Collects values to write; one that is there with the same data is left alone.
pub(crate) struct Registrar<'a> {
    view: &'a dyn View,
    operations: Vec<Operation>,
    /// Lists that have been added to.
    lists: HashMap<(KeyPath, String), Vec<String>>,
}

impl<'a> Registrar<'a> {
    /// Begins with nothing to write.
    pub(crate) fn new(view: &'a dyn View) -> Registrar<'a> {
        Registrar {
            view,
            operations: Vec::new(),
            lists: HashMap::new(),
        }
    }

    /// Sets a value.
    ///
    /// Errors: the machine cannot be read.
    pub(crate) fn set(&mut self, key: &KeyPath, name: &str, data: Data) -> Result<(), Error> {
        if self.view.value(key, name)?.as_ref() != Some(&data) {
            self.operations.push(Operation::RegAddValue {
                key: key.clone(),
                name: name.to_owned(),
                data,
            });
        }
        Ok(())
    }

    /// Sets a REG_SZ value.
    ///
    /// Errors: the machine cannot be read.
    pub(crate) fn text(&mut self, key: &KeyPath, name: &str, text: &str) -> Result<(), Error> {
        self.set(key, name, Data::Sz(text.to_owned()))
    }

    /// Sets a REG_DWORD value.
    ///
    /// Errors: the machine cannot be read.
    pub(crate) fn number(&mut self, key: &KeyPath, name: &str, number: u32) -> Result<(), Error> {
        self.set(key, name, Data::Dword(number))
    }

    /// Adds a string to a REG_MULTI_SZ value that does not have it.
    ///
    /// Errors: the machine cannot be read.
    pub(crate) fn string(&mut self, key: &KeyPath, name: &str, text: &str) -> Result<(), Error> {
        let place = (key.clone(), fold(name));
        let mut list = match self.lists.get(&place) {
            Some(list) => list.clone(),
            None => strings(self.view, key, name)?,
        };
        if !list.iter().any(|known| known == text) {
            list.push(text.to_owned());
            self.lists.insert(place, list.clone());
            self.operations.push(Operation::RegAddValue {
                key: key.clone(),
                name: name.to_owned(),
                data: Data::MultiSz(list),
            });
        }
        Ok(())
    }

    /// Adds an operation of another kind.
    pub(crate) fn push(&mut self, operation: Operation) {
        self.operations.push(operation);
    }

    /// Returns what is to be written.
    pub(crate) fn operations(self) -> Vec<Operation> {
        self.operations
    }
}

/// Returns the strings of a REG_MULTI_SZ value, or the one of a REG_SZ value.
///
/// Errors: the machine cannot be read.
pub(crate) fn strings(view: &dyn View, key: &KeyPath, name: &str) -> Result<Vec<String>, Error> {
    Ok(match view.value(key, name)? {
        Some(Data::MultiSz(list)) => list,
        Some(Data::Sz(text)) => vec![text],
        _ => Vec::new(),
    })
}

/// Is the product, or becomes, more than a name: was it installed, or is a feature being installed or advertised?
/// A product of which nothing is chosen is not registered.
pub(crate) fn has_features(run: &Run) -> bool {
    run.was_installed() || puts_features(run)
}

/// Is the product published, or does it become so? An advertised one may have no feature that can be advertised.
pub(crate) fn is_published(run: &Run) -> bool {
    run.is_registered() || puts_features(run) || run.advertises()
}

/// Is a feature being installed, installed again or advertised?
pub(crate) fn puts_features(run: &Run) -> bool {
    let puts = |state: State| state.installs() || state == State::Advertised;
    run.features().iter().any(|feature| puts(feature.action))
}

/// Returns what names a component of a feature of the product to Windows: squashed product code, feature,
/// `>` and squashed ComponentId. The feature is left out where the product has only one; where the feature has
/// only one component, `<` stands for it.
pub(crate) fn descriptor(
    run: &Run,
    places: &Places,
    feature: &str,
    component_id: &str,
) -> Option<String> {
    let mut text = guid::squash(&places.product_code)?;
    if run.features().len() != 1 {
        text.push_str(feature);
    }
    let only = run
        .features()
        .iter()
        .any(|row| row.name == feature && row.components.len() == 1);
    if only {
        text.push('<');
    } else {
        text.push('>');
        text.push_str(&guid::squash(component_id)?);
    }
    Some(text)
}

/// Packs ProductVersion's first three fields: 8 bits, 8 bits, 16 bits. A field that is no number is 0.
pub(crate) fn packed_version(version: &str) -> u32 {
    let mut fields = version
        .split('.')
        .map(|field| field.trim().parse::<u32>().unwrap_or(0));
    let mut next = || fields.next().unwrap_or(0);
    (next() & 0xff) << 24 | (next() & 0xff) << 16 | next() & 0xffff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_packed_as_registries_have_them() {
        let cases = [
            ("0.68.0.0", 4456448),
            ("2.5.2.9222", 33882114),
            ("1.0", 16777216),
            ("8.70.1104.0", 138806352),
            ("", 0),
        ];
        for (version, packed) in cases {
            assert_eq!(packed_version(version), packed, "{version}");
        }
    }
}
