//! `[[registry]]`, `[[environment]]` and `[[service]]`.

use std::collections::BTreeMap;

use database::Value;

use crate::components::KeyPath;
use crate::files::LaidFiles;
use crate::manifest::{Change, Data, Registry, Root, Start};
use crate::{Error, Work};

/// ServiceControl.Event: started and stopped at install, stopped and deleted at removal. "ServiceControl Table".
const START: i32 = 1;
const STOP: i32 = 2;
const STOP_AT_REMOVAL: i32 = 0x20;
const DELETE_AT_REMOVAL: i32 = 0x80;
/// ServiceInstall.ServiceType of a process of its own, and ErrorControl that logs. "ServiceInstall Table".
const OWN_PROCESS: i32 = 0x10;
const ERROR_NORMAL: i32 = 1;

impl Work<'_> {
    /// Registry values, environment variables, services.
    pub(crate) fn settings(&mut self, laid: &LaidFiles) -> Result<(), Error> {
        self.registry()?;
        self.environment()?;
        self.services(laid)
    }

    /// The values of one key and feature are one component; its first value is the key path.
    fn registry(&mut self) -> Result<(), Error> {
        let manifest = self.manifest;
        let mut keys: BTreeMap<(String, Root, &str), Vec<&Registry>> = BTreeMap::new();
        for value in &manifest.registry {
            let key = value.key.trim_matches('\\');
            if key.is_empty() || key != value.key {
                let what = "a key begins and ends without a backslash, and is not empty";
                return Err(Error::value(format!("[[registry]] {}", value.key), what));
            }
            let feature = manifest.feature_of(value.feature.as_ref());
            keys.entry((feature, value.root, key))
                .or_default()
                .push(value);
        }
        for ((feature, root, key), values) in keys {
            let place = format!("[[registry]] {key}");
            let folder = self.folders.folder(&mut self.tables, "", &place)?;
            let rows: Vec<String> = values.iter().map(|_| self.value_key("Registry")).collect();
            let identity = format!("registry {root:?} {key}");
            let component = self.component(
                "Registry",
                &identity,
                &folder,
                &feature,
                KeyPath::Value(&rows[0]),
            );
            for (row, value) in rows.iter().zip(&values) {
                self.tables.add(
                    "Registry",
                    [
                        row.as_str().into(),
                        number(root).into(),
                        key.into(),
                        value.name.as_deref().map_or(Value::Null, Value::from),
                        data(value, &place)?.into(),
                        component.as_str().into(),
                    ],
                );
            }
        }
        Ok(())
    }

    fn environment(&mut self) -> Result<(), Error> {
        let manifest = self.manifest;
        for (count, variable) in manifest.environment.iter().enumerate() {
            let place = format!("[[environment]] {}", variable.name);
            let good = |c: char| c.is_ascii_alphanumeric() || c == '_';
            if variable.name.is_empty() || !variable.name.chars().all(good) {
                return Err(Error::value(
                    place,
                    "its name has letters, digits and _ only",
                ));
            }
            let folder = self.folders.folder(&mut self.tables, "", &place)?;
            let feature = manifest.feature_of(variable.feature.as_ref());
            let identity = format!("environment {}", variable.name);
            let name = format!("Environment.{}", variable.name);
            let component = self.component(&name, &identity, &folder, &feature, KeyPath::Folder);
            // `=` sets it at install, `-` removes it with the product, `*` is the machine's environment.
            let machine = if manifest.is_per_user() { "" } else { "*" };
            let value = match variable.action {
                Change::Set => variable.value.clone(),
                Change::Append => format!("[~];{}", variable.value.trim_matches(';')),
                Change::Prepend => format!("{};[~]", variable.value.trim_matches(';')),
            };
            self.tables.add(
                "Environment",
                [
                    format!("Environment{}", count + 1).into(),
                    format!("=-{machine}{}", variable.name).into(),
                    value.into(),
                    component.into(),
                ],
            );
        }
        Ok(())
    }

    fn services(&mut self, laid: &LaidFiles) -> Result<(), Error> {
        let manifest = self.manifest;
        for (count, service) in manifest.service.iter().enumerate() {
            let place = format!("[[service]] {}", service.name);
            if manifest.is_per_user() {
                return Err(Error::value(
                    place,
                    "a package for one user installs no services: scope = \"machine\"",
                ));
            }
            let file = laid.find(&service.file, &place)?;
            let start = match service.start {
                Start::Automatic => 2,
                Start::Manual => 3,
                Start::Disabled => 4,
            };
            let text = |text: &Option<String>| text.as_deref().map_or(Value::Null, Value::from);
            self.tables.add(
                "ServiceInstall",
                [
                    format!("Service{}", count + 1).into(),
                    service.name.as_str().into(),
                    text(&service.display),
                    OWN_PROCESS.into(),
                    start.into(),
                    ERROR_NORMAL.into(),
                    Value::Null,
                    Value::Null,
                    text(&service.account),
                    Value::Null,
                    text(&service.arguments),
                    file.component.as_str().into(),
                    text(&service.description),
                ],
            );
            let starts = if service.start == Start::Automatic {
                START
            } else {
                0
            };
            self.tables.add(
                "ServiceControl",
                [
                    format!("Service{}", count + 1).into(),
                    service.name.as_str().into(),
                    (starts | STOP | STOP_AT_REMOVAL | DELETE_AT_REMOVAL).into(),
                    Value::Null,
                    1.into(),
                    file.component.as_str().into(),
                ],
            );
        }
        Ok(())
    }
}

/// Registry.Root. "Registry Table".
fn number(root: Root) -> i32 {
    match root {
        Root::Either => -1,
        Root::Classes => 0,
        Root::User => 1,
        Root::Machine => 2,
    }
}

/// Registry.Value: the type is told by how it begins. "Registry Table".
fn data(value: &Registry, place: &str) -> Result<String, Error> {
    match &value.value {
        Data::Text(text) if value.expand => Ok(format!("#%{text}")),
        Data::Text(text) if text.starts_with('#') => Ok(format!("#{text}")),
        Data::Text(text) => Ok(text.clone()),
        Data::Number(number)
            if u32::try_from(*number).is_ok() || i32::try_from(*number).is_ok() =>
        {
            Ok(format!("#{number}"))
        }
        Data::Number(number) => Err(Error::value(
            place,
            format!("{number} has more than 32 bits"),
        )),
        // `[~]` at both ends makes it a list, whatever it holds.
        Data::List(texts) if texts.len() == 1 => Ok(format!("[~]{}[~]", texts[0])),
        Data::List(texts) => Ok(texts.join("[~]")),
    }
}
