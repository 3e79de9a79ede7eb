//! What registration needs in several actions: writing only what differs, clients, descriptors, versions.
//!
//! Reading is in the other files of this folder.

use machine::{Data, KeyPath, View};
use script::Operation;

use super::guid;
use super::places::Places;
use crate::{Error, Run, State};

/// Collects values to write; one that is there with the same data is left alone.
pub(crate) struct Registrar<'a> {
    view: &'a dyn View,
    operations: Vec<Operation>,
}

impl<'a> Registrar<'a> {
    /// Begins with nothing to write.
    pub(crate) fn new(view: &'a dyn View) -> Registrar<'a> {
        Registrar {
            view,
            operations: Vec::new(),
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

    /// Adds an operation of another kind.
    pub(crate) fn push(&mut self, operation: Operation) {
        self.operations.push(operation);
    }

    /// Returns what is to be written.
    pub(crate) fn operations(self) -> Vec<Operation> {
        self.operations
    }
}

/// Is the product, or becomes, more than a name: was it installed, or is a feature being installed or advertised?
/// A product of which nothing is chosen is not registered.
pub(crate) fn has_features(run: &Run) -> bool {
    run.was_installed() || puts_features(run)
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
