//! What a package is, before anything is done with it: its names and codes, what it holds, its media, the properties
//! that a user may set, and how its presence is detected. Nothing is taken or changed.
//!
//! Follows: Microsoft, "Template Summary", "Media Table", "Uninstall Registry Key", "ALLUSERS Property".

use database::{Database, Kind};
use serde::Serialize;

use crate::public_properties::{PublicProperty, public_properties};
use crate::source::PackageSource;
use crate::{Error, Package, signatures};

/// What a package is, as `db info --json` has it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Description {
    /// `package|patch|transform|merge_module`
    pub kind: &'static str,
    /// ProductName.
    pub product_name: Option<String>,
    /// ProductVersion.
    pub product_version: Option<String>,
    /// Manufacturer.
    pub manufacturer: Option<String>,
    /// ProductCode.
    pub product_code: Option<String>,
    /// The package code: Revision Number of the summary information.
    pub package_code: Option<String>,
    /// UpgradeCode.
    pub upgrade_code: Option<String>,
    /// `Intel`, `x64`, … of the template.
    pub platform: Option<String>,
    /// ProductLanguage.
    pub language: Option<u16>,
    /// The languages of the template.
    pub languages: Vec<u16>,
    /// `machine|user|either`: for whom it installs where the command line does not say.
    pub context: &'static str,
    /// The size of the package's file in bytes; null for a folder of text tables.
    pub bytes: Option<u64>,
    /// The bytes of all its files, as the File table has them.
    pub file_bytes: u64,
    /// Rows of the Feature table.
    pub feature_count: u64,
    /// Rows of the Component table.
    pub component_count: u64,
    /// Rows of the File table.
    pub file_count: u64,
    /// Top features and those below them, in the order of the table.
    pub features: Vec<DescribedFeature>,
    /// The disks.
    pub media: Vec<Medium>,
    /// What users may set.
    pub properties: Vec<PublicProperty>,
    /// How software inventories see that it is installed.
    pub detection: Option<Detection>,
}

/// A feature of a package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DescribedFeature {
    /// Its name, as ADDLOCAL takes it.
    pub name: String,
    /// The feature above it.
    pub parent: Option<String>,
    /// Its title.
    pub title: Option<String>,
    /// The install level from which on it is chosen; 0: never.
    pub level: i32,
    /// Is it chosen where nobody says otherwise? Conditions of the machine are not asked.
    pub chosen: bool,
}

/// A row of the Media table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Medium {
    /// DiskId.
    pub disk_id: i32,
    /// The cabinet's name, without `#`; null: the files lie beside the package.
    pub cabinet: Option<String>,
    /// Is the cabinet a stream of the package?
    pub embedded: bool,
    /// Is the cabinet there? Null without a cabinet.
    pub there: Option<bool>,
    /// Null: the package asks for no signature of it. Else `right`, `not checked` where it is not there, or what is wrong.
    pub signature: Option<String>,
}

/// The registry value by which a product's presence and version are detected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Detection {
    /// The key, as a 64-bit program sees it.
    pub key: String,
    /// The value's name.
    pub value: &'static str,
    /// What it has.
    pub data: String,
}

/// Describes a package.
///
/// Errors: tables or summary information that cannot be read.
pub fn describe(package: &Package) -> Result<Description, Error> {
    let database = &package.database;
    let (platform, languages) = template(database.summary()?.template());
    let property = |name: &str| package.property(name).map(given);
    let context = match (
        &*package.property("ALLUSERS")?,
        &*package.property("MSIINSTALLPERUSER")?,
    ) {
        ("", _) => "user",
        ("2", _) | (_, "1") => "either",
        _ => "machine",
    };
    let mut described = Description {
        kind: kind(database),
        product_name: property("ProductName")?,
        product_version: property("ProductVersion")?,
        manufacturer: property("Manufacturer")?,
        product_code: property("ProductCode")?,
        package_code: given(database.summary()?.package_code().to_owned()),
        upgrade_code: property("UpgradeCode")?,
        platform,
        language: package.property("ProductLanguage")?.trim().parse().ok(),
        languages,
        context,
        bytes: package.bytes(),
        file_bytes: file_bytes(database)?,
        feature_count: count(database, "Feature")?,
        component_count: count(database, "Component")?,
        file_count: count(database, "File")?,
        features: features(package)?,
        media: media(package)?,
        properties: public_properties(database)?,
        detection: None,
    };
    described.detection = detection(&described);
    Ok(described)
}

fn given(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

fn kind(database: &Database) -> &'static str {
    match database.kind() {
        Kind::Patch => "patch",
        Kind::Transform => "transform",
        // A package has the signatures of the modules that were merged into it.
        _ if database.has_table("ModuleSignature") && !database.has_table("Feature") => {
            "merge_module"
        }
        _ => "package",
    }
}

/// Platform and languages of `x64;1033,1031`.
fn template(template: &str) -> (Option<String>, Vec<u16>) {
    let (platform, languages) = template.split_once(';').unwrap_or((template, ""));
    let languages = languages
        .split(',')
        .filter_map(|text| text.trim().parse().ok());
    (given(platform.trim().to_owned()), languages.collect())
}

fn count(database: &Database, table: &str) -> Result<u64, Error> {
    Ok(database.rows(table)?.rows.len() as u64)
}

fn file_bytes(database: &Database) -> Result<u64, Error> {
    let files = database.rows("File")?;
    let sizes = files
        .records()
        .filter_map(|row| u64::try_from(row.integer("FileSize")?).ok());
    Ok(sizes.sum())
}

fn features(package: &Package) -> Result<Vec<DescribedFeature>, Error> {
    let features = package.database.rows("Feature")?;
    let install_level = package.property("INSTALLLEVEL")?;
    let install_level = install_level.trim().parse().unwrap_or(1);
    let feature = |row: database::Record<'_>| DescribedFeature {
        name: row.text("Feature").to_owned(),
        parent: given(row.text("Feature_Parent").to_owned()),
        title: given(row.text("Title").to_owned()),
        level: row.integer("Level").unwrap_or(0),
        chosen: (1..=install_level).contains(&row.integer("Level").unwrap_or(0)),
    };
    Ok(features.records().map(feature).collect())
}

fn media(package: &Package) -> Result<Vec<Medium>, Error> {
    let streams = package.database.stream_names();
    let disks = package.database.rows("Media")?;
    let medium = |row: database::Record<'_>| {
        let name = row.text("Cabinet");
        let embedded = name.strip_prefix('#');
        let there = match embedded {
            _ if name.is_empty() => None,
            Some(stream) => Some(streams.contains(&stream)),
            None => Some(package.has_beside(name)),
        };
        Medium {
            disk_id: row.integer("DiskId").unwrap_or(0),
            cabinet: given(embedded.unwrap_or(name).to_owned()),
            embedded: embedded.is_some(),
            signature: match embedded {
                None if signatures::is_asked(&package.database, name) => {
                    Some(signature(package, name, there == Some(true)))
                }
                _ => None,
            },
            there,
        }
    };
    let mut media: Vec<Medium> = disks.records().map(medium).collect();
    media.sort_by_key(|medium| medium.disk_id);
    Ok(media)
}

/// What the signature of a cabinet is, of which the package asks for one.
fn signature(package: &Package, cabinet: &str, there: bool) -> String {
    match there {
        true => PackageSource::looked_into(package)
            .refusal(cabinet)
            .map_or("right".to_owned(), |refused| refused.to_string()),
        false => "not checked".to_owned(),
    }
}

/// Where an installed product is listed, as a 64-bit Windows has it.
fn detection(described: &Description) -> Option<Detection> {
    const UNINSTALL: &str = "Microsoft\\Windows\\CurrentVersion\\Uninstall";
    let platform = described.platform.as_deref().unwrap_or("Intel");
    let is_64_bit = !platform.eq_ignore_ascii_case("intel");
    let above = match described.context {
        "user" => "HKCU\\Software",
        _ if is_64_bit => "HKLM\\Software",
        _ => "HKLM\\Software\\WOW6432Node",
    };
    (described.kind == "package").then_some(())?;
    Some(Detection {
        key: format!("{above}\\{UNINSTALL}\\{}", described.product_code.as_ref()?),
        value: "DisplayVersion",
        data: described.product_version.clone()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates() {
        let rows: [(&str, Option<&str>, &[u16]); 4] = [
            ("Intel;1033", Some("Intel"), &[1033]),
            ("x64;1033, 1031,x", Some("x64"), &[1033, 1031]),
            (";0", None, &[0]),
            ("", None, &[]),
        ];
        for (text, platform, languages) in rows {
            assert_eq!(
                template(text),
                (platform.map(str::to_owned), languages.to_vec())
            );
        }
    }
}
