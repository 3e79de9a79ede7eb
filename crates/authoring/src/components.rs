//! Components: one for each file, and for each thing that stands alone. "Organizing Applications into Components".

use database::Value;

use crate::Work;
use crate::codes::guid;
use crate::folders::Folder;
use crate::names::Identifiers;

/// The bits of Component.Attributes. "Component Table".
const REGISTRY_KEY_PATH: i32 = 4;
const BITS_64: i32 = 256;
/// Root of Registry: HKEY_CURRENT_USER. "Registry Table".
const CURRENT_USER: i32 = 1;

/// The keys of components and registry values that were given out.
#[derive(Default)]
pub(crate) struct Components {
    names: Identifiers,
    values: Identifiers,
    removals: Identifiers,
}

/// What says that a component is there.
pub(crate) enum KeyPath<'a> {
    /// A file, by its key.
    File(&'a str),
    /// A registry value, by its key.
    Value(&'a str),
    /// A value in HKEY_CURRENT_USER that is made for it.
    UserValue,
    /// Its folder, which is made.
    Folder,
}

impl Work<'_> {
    /// Adds a component to a feature. `identity`: what it is, the same in every version of the product; its code is
    /// made of that. Returns its key.
    pub(crate) fn component(
        &mut self,
        name: &str,
        identity: &str,
        folder: &Folder,
        feature: &str,
        key_path: KeyPath<'_>,
    ) -> String {
        let key = self.components.names.of(name);
        let package = &self.manifest.package;
        let bits = if self.manifest.is_64_bit() {
            "64"
        } else {
            "32"
        };
        let id = guid(&[
            "component",
            &package.upgrade_code.to_uppercase(),
            bits,
            &identity.to_lowercase(),
        ]);
        let mut attributes = if self.manifest.is_64_bit() {
            BITS_64
        } else {
            0
        };
        // What lies in a profile is known for each user by a value in the user's own registry.
        let key_path = match key_path {
            KeyPath::File(_) | KeyPath::Folder if folder.in_profile => KeyPath::UserValue,
            other => other,
        };
        let path = match key_path {
            KeyPath::File(file) => Value::from(file),
            KeyPath::Folder => {
                self.tables.add(
                    "CreateFolder",
                    [folder.key.as_str().into(), key.as_str().into()],
                );
                Value::Null
            }
            KeyPath::Value(value) => {
                attributes |= REGISTRY_KEY_PATH;
                Value::from(value)
            }
            KeyPath::UserValue => {
                attributes |= REGISTRY_KEY_PATH;
                Value::from(self.user_value(&key))
            }
        };
        let row = [
            key.as_str().into(),
            id.into(),
            folder.key.as_str().into(),
            attributes.into(),
            Value::Null,
            path,
        ];
        self.tables.add("Component", row);
        self.tables
            .add("FeatureComponents", [feature.into(), key.as_str().into()]);
        for new in &folder.unclaimed {
            let removal = self.components.removals.of(new);
            self.tables.add(
                "RemoveFile",
                [
                    removal.into(),
                    key.as_str().into(),
                    Value::Null,
                    new.as_str().into(),
                    2.into(),
                ],
            );
        }
        key
    }

    /// A value that says for one user that a component is there.
    fn user_value(&mut self, component: &str) -> String {
        let value = self.value_key(component);
        self.tables.add(
            "Registry",
            [
                value.as_str().into(),
                CURRENT_USER.into(),
                "Software\\[Manufacturer]\\[ProductName]\\Components".into(),
                component.into(),
                "#1".into(),
                component.into(),
            ],
        );
        value
    }

    /// A key for a row of Registry.
    pub(crate) fn value_key(&mut self, wish: &str) -> String {
        self.components.values.of(wish)
    }
}
