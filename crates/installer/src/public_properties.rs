//! What users may set on the command line of a package: its own public properties and folders.
//!
//! Follows: Microsoft, "Public Properties", "Directory Table", "SecureCustomProperties Property". Left out is what
//! every package has: properties that the installer itself knows are for the installer, not for this package.

use std::collections::{BTreeMap, HashMap};

use database::{Database, Table};
use serde::Serialize;

use crate::opening::open;
use crate::{Command, Error, Site};

/// Public properties that mean something to the installer. "Property Reference".
const STANDARD: [&str; 68] = [
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
    "UPGRADINGPRODUCTCODE",
];

/// Tables with conditions that decide what is installed.
const CONDITIONS: [&str; 5] = [
    "Component",
    "Condition",
    "InstallExecuteSequence",
    "InstallUISequence",
    "LaunchCondition",
];

/// A public property of a package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PublicProperty {
    /// Its name.
    pub name: String,
    /// Its value in the Property table, or where its folder is as authored: `[ProgramFilesFolder]Contoso\`; none where it
    /// has none, or where it is hidden.
    pub value: Option<String>,
    /// Is it a folder of the Directory table?
    pub folder: bool,
    /// Do conditions ask for it, or is it listed as secure?
    pub asked: bool,
    /// The standard action that may set it: `AppSearch`, `FindRelatedProducts`; none: only users do.
    pub found_by: Option<&'static str>,
}

/// What a package says of itself before it is run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Peek {
    /// Its own public properties, by name.
    pub public: Vec<PublicProperty>,
    /// Its features.
    pub features: Vec<String>,
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
        features: column(&package.database, "Feature", "Feature")?,
        logging: Some(logging).filter(|letters| !letters.is_empty()),
    })
}

/// Returns the public properties of a package, by name: those of its Property table, its folders, those that it looks
/// for, lists as secure, or asks for in conditions. Values of hidden ones are left out.
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
    let searched = column(database, "AppSearch", "Property")?;
    let upgrades = column(database, "Upgrade", "ActionProperty")?;
    let folders = column(database, "Directory", "Directory")?;
    let mut asked = asked_in_conditions(database)?;
    asked.extend(listed.split(';').map(|name| name.trim().to_owned()));
    let more = [&searched, &upgrades, &folders, &asked];
    for name in more.into_iter().flatten() {
        values.entry(name.clone()).or_default();
    }
    // What is wrong with the folders is said when the package is run.
    let authored: HashMap<String, String> = sequence::authored_folders(database)
        .unwrap_or_default()
        .into_iter()
        .collect();
    let is_hidden = |name: &str| hidden.split(';').any(|hidden| hidden.trim() == name);
    Ok(values
        .into_iter()
        .filter(|(name, _)| is_public(name) && STANDARD.binary_search(&name.as_str()).is_err())
        .map(|(name, value)| PublicProperty {
            folder: folders.contains(&name),
            asked: asked.contains(&name),
            found_by: match () {
                () if upgrades.contains(&name) => Some("FindRelatedProducts"),
                () if searched.contains(&name) => Some("AppSearch"),
                () => None,
            },
            value: value
                .or_else(|| authored.get(&name).cloned())
                .filter(|value| !value.is_empty() && !is_hidden(&name)),
            name,
        })
        .collect())
}

/// The properties that conditions ask for.
fn asked_in_conditions(database: &Database) -> Result<Vec<String>, Error> {
    let mut asked = Vec::new();
    for table in CONDITIONS {
        for condition in column(database, table, "Condition")? {
            asked.extend(sequence::condition_properties(&condition));
        }
    }
    Ok(asked)
}

fn column(database: &Database, table: &str, column: &str) -> Result<Vec<String>, Error> {
    let rows = database.rows(table)?;
    Ok(rows
        .records()
        .map(|row| row.text(column).to_owned())
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
            property INSTALLLEVEL: 3
            Upgrade: {B899E5DD-D56C-4AF6-B3B0-9A77EF4C0B09} | 1 | | | 1 | | OLDER
            LaunchCondition: COLOUR <> \"red\" AND NOT REMOVE | not in red";
        let told = public_properties(&testing::package(text).database()).unwrap();
        let told: Vec<String> = told
            .iter()
            .map(|told| {
                let value = told.value.as_deref().unwrap_or("-");
                let by = told.found_by.unwrap_or("-");
                format!("{} {value} {} {} {by}", told.name, told.folder, told.asked)
            })
            .collect();
        assert_eq!(
            told,
            [
                "COLOUR - false true -",
                "FOUND - false true -",
                "GREETING hello false true -",
                "INSTALLDIR [ProgramFilesFolder]Greeter\\ true false -",
                "OLDER - false false FindRelatedProducts",
                "PASSWORD - false false -"
            ]
        );
    }
}
