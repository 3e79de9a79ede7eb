//! What users may set on the command line of a package: its own public properties and folders.
//!
//! Follows: Microsoft, "Public Properties", "Directory Table", "SecureCustomProperties Property". Left out is what
//! every package has: properties that the installer itself knows are for the installer, not for this package.

use std::collections::BTreeMap;

use database::{Database, Table};
use serde::Serialize;

use crate::install::open;
use crate::{Command, Error, Site};

/// Public properties that mean something to the installer. "Property Reference".
const STANDARD: [&str; 67] = [
    "ACTION",
    "ADDDEFAULT",
    "ADDLOCAL",
    "ADDSOURCE",
    "ADVERTISE",
    "AFTERREBOOT",
    "ALLUSERS",
    "ARPAUTHORIZEDCDFPREFIX",
    "ARPCOMMENTS",
    "ARPCONTACT",
    "ARPHELPLINK",
    "ARPHELPTELEPHONE",
    "ARPINSTALLLOCATION",
    "ARPNOMODIFY",
    "ARPNOREMOVE",
    "ARPNOREPAIR",
    "ARPPRODUCTICON",
    "ARPREADME",
    "ARPSIZE",
    "ARPSYSTEMCOMPONENT",
    "ARPURLINFOABOUT",
    "ARPURLUPDATEINFO",
    "AVAILABLEFREEREG",
    "CCP_DRIVE",
    "CCP_TEST",
    "COMPADDDEFAULT",
    "COMPADDLOCAL",
    "COMPADDSOURCE",
    "DISABLEADVTSHORTCUTS",
    "DISABLEMEDIA",
    "DISABLEROLLBACK",
    "EXECUTEACTION",
    "EXECUTEMODE",
    "FASTOEM",
    "FILEADDDEFAULT",
    "FILEADDLOCAL",
    "FILEADDSOURCE",
    "INSTALLLEVEL",
    "LIMITUI",
    "LOGACTION",
    "MSICHECKCRCS",
    "MSIDISABLEEEUI",
    "MSIDISABLERMRESTART",
    "MSIENFORCEUPGRADECOMPONENTRULES",
    "MSIFASTINSTALL",
    "MSIINSTALLPERUSER",
    "MSIINSTANCEGUID",
    "MSINEWINSTANCE",
    "MSIPATCHREMOVE",
    "MSIRESTARTMANAGERCONTROL",
    "MSIRMSHUTDOWN",
    "MSIUNINSTALLSUPERSEDEDCOMPONENTS",
    "PATCH",
    "PRIMARYFOLDER",
    "PROMPTROLLBACKCOST",
    "REBOOT",
    "REBOOTPROMPT",
    "REINSTALL",
    "REINSTALLMODE",
    "REMOVE",
    "RESUME",
    "ROOTDRIVE",
    "SEQUENCE",
    "SHORTFILENAMES",
    "SOURCELIST",
    "TARGETDIR",
    "TRANSFORMS",
];

/// A public property of a package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PublicProperty {
    /// Its name.
    pub name: String,
    /// Its value in the Property table; none where it has none.
    pub value: Option<String>,
    /// Is it a folder of the Directory table?
    pub folder: bool,
}

/// What a package says of itself before it is run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Peek {
    /// Its own public properties, by name.
    pub public: Vec<PublicProperty>,
    /// The letters of MsiLogging, where it has that property.
    pub logging: Option<String>,
}

/// Opens what a command names, and looks into it; transforms are applied.
///
/// Errors: 1619, 1620, 1605, 1624, as the command itself would end.
pub fn peek(command: &Command, site: &dyn Site) -> Result<Peek, Error> {
    let package = open(command, site)?.package;
    let logging = package.property("MsiLogging")?;
    Ok(Peek {
        public: public_properties(&package.database)?,
        logging: Some(logging).filter(|letters| !letters.is_empty()),
    })
}

/// Returns the public properties of a package, by name; values of hidden ones are left out.
///
/// Errors: a table that cannot be read.
pub fn public_properties(database: &Database) -> Result<Vec<PublicProperty>, Error> {
    let mut values: BTreeMap<String, Option<String>> = BTreeMap::new();
    let mut listed = String::new();
    let mut hidden = String::new();
    for (name, value) in pairs(&*database.rows("Property")?, "Property", "Value") {
        match name.as_str() {
            "SecureCustomProperties" => listed = value,
            "MsiHiddenProperties" => hidden = value,
            _ => drop(values.insert(name, Some(value))),
        }
    }
    for name in listed.split(';').map(str::trim) {
        values.entry(name.to_owned()).or_default();
    }
    for (name, _) in pairs(&*database.rows("AppSearch")?, "Property", "Signature_") {
        values.entry(name).or_default();
    }
    let folders = pairs(&*database.rows("Directory")?, "Directory", "DefaultDir");
    for (name, _) in &folders {
        values.entry(name.clone()).or_default();
    }
    let is_hidden = |name: &str| hidden.split(';').any(|hidden| hidden.trim() == name);
    Ok(values
        .into_iter()
        .filter(|(name, _)| is_public(name) && STANDARD.binary_search(&name.as_str()).is_err())
        .map(|(name, value)| PublicProperty {
            folder: folders.iter().any(|(folder, _)| *folder == name),
            value: value.filter(|value| !value.is_empty() && !is_hidden(&name)),
            name,
        })
        .collect())
}

fn pairs(table: &Table, key: &str, value: &str) -> Vec<(String, String)> {
    let pair =
        |record: database::Record<'_>| (record.text(key).to_owned(), record.text(value).to_owned());
    table.records().map(pair).collect()
}

/// Has the name no lower-case letter? "Public Properties".
fn is_public(name: &str) -> bool {
    !name.is_empty() && !name.chars().any(char::is_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_user_may_set_is_told() {
        assert!(STANDARD.is_sorted());
        let text = "product Greeter 1.0.0
            file a.txt in Main: a
            property GREETING: hello
            property PASSWORD: s3cret
            property MsiHiddenProperties: PASSWORD
            property SecureCustomProperties: FOUND;GREETING
            property INSTALLLEVEL: 3";
        let told = public_properties(&testing::package(text).database()).unwrap();
        let told: Vec<String> = told
            .iter()
            .map(|told| {
                let value = told.value.as_deref().unwrap_or("-");
                format!("{} {value} {}", told.name, told.folder)
            })
            .collect();
        assert_eq!(
            told,
            [
                "FOUND - false",
                "GREETING hello false",
                "INSTALLDIR - true",
                "PASSWORD - false"
            ]
        );
    }
}
