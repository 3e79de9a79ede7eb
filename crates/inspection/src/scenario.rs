//! Is a condition true when a product is installed, repaired, removed or advertised?
//!
//! On an up-to-date 64-bit Windows, by an administrator, with the package's own properties and no others: what a
//! search finds or a user chooses is not known, and counts as nothing.

use std::collections::HashMap;

use database::Database;
use sequence::condition::{Symbol, evaluate};

/// What is done with the product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scenario {
    Install,
    Repair,
    Remove,
    Advertise,
}

/// What a condition may ask for.
pub(crate) struct Facts {
    properties: HashMap<String, String>,
}

impl Facts {
    pub(crate) fn of(database: &Database) -> Facts {
        let windows = [
            ("VersionNT", "1000"),
            ("VersionNT64", "1000"),
            ("VersionMsi", "5.00"),
            ("WindowsBuild", "19045"),
            ("Privileged", "1"),
            ("AdminUser", "1"),
            ("MsiNTProductType", "1"),
            ("Msix64", "6"),
            ("Intel64", ""),
            ("UILevel", "2"),
        ];
        let mut properties: HashMap<String, String> = windows
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        if let Ok(rows) = database.rows("Property") {
            let own = rows.records().map(|row| {
                (
                    row.text("Property").to_owned(),
                    row.text("Value").to_owned(),
                )
            });
            properties.extend(own);
        }
        Facts { properties }
    }

    /// Is the condition true? None: it does not parse.
    pub(crate) fn holds(&self, condition: &str, scenario: Scenario) -> Option<bool> {
        let value = |symbol: Symbol, name: &str| match symbol {
            Symbol::Property => self.property(name, scenario),
            Symbol::Environment => String::new(),
            // What is asked for: to be local, or to be absent.
            Symbol::ComponentAction | Symbol::FeatureAction => match scenario {
                Scenario::Remove => "2".to_owned(),
                Scenario::Advertise => "1".to_owned(),
                Scenario::Install | Scenario::Repair => "3".to_owned(),
            },
            // What is there: nothing, or all of it.
            Symbol::ComponentInstalled | Symbol::FeatureInstalled => match scenario {
                Scenario::Install | Scenario::Advertise => "2".to_owned(),
                Scenario::Repair | Scenario::Remove => "3".to_owned(),
            },
        };
        let truth = evaluate(condition, &value).ok()?;
        Some(truth.unwrap_or(true))
    }

    fn property(&self, name: &str, scenario: Scenario) -> String {
        let set = match (scenario, name) {
            (Scenario::Repair | Scenario::Remove, "Installed") => Some("00:00:00"),
            (Scenario::Repair, "REINSTALL") | (Scenario::Remove, "REMOVE") => Some("ALL"),
            (Scenario::Repair, "REINSTALLMODE") => Some("omus"),
            (Scenario::Advertise, "ADVERTISE") => Some("ALL"),
            (Scenario::Install, "ADDLOCAL") => Some("ALL"),
            (_, "ACTION") => Some(if scenario == Scenario::Advertise {
                "ADVERTISE"
            } else {
                "INSTALL"
            }),
            _ => None,
        };
        match set {
            Some(set) => set.to_owned(),
            None => self.properties.get(name).cloned().unwrap_or_default(),
        }
    }
}
