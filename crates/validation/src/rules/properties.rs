//! Properties, and rows that must be there. "Property Table".

use crate::category::{is_guid, is_language, is_product_version};
use crate::finding::{Findings, cell, row, table};
use crate::formatted;
use crate::package::Package;
use sequence::condition::Symbol;

/// Required rows are there.
pub(super) fn ice05(package: &Package<'_>, found: &mut Findings) {
    for name in [
        "ProductName",
        "ProductLanguage",
        "ProductVersion",
        "ProductCode",
        "Manufacturer",
    ] {
        if package.property(name).is_none() {
            found.error(
                table("Property"),
                format!("the property {name} is required"),
            );
        }
    }
}

/// The product's name has at most 63 characters.
pub(super) fn ice16(package: &Package<'_>, found: &mut Findings) {
    if let Some(name) = package.row("Property", "ProductName") {
        let length = name.text("Value").chars().count();
        if length > 63 {
            let what = format!("the product's name has {length} characters, more than 63");
            found.error(cell(&name, "Value"), what);
        }
    }
}

/// Product code, version and language are well formed.
pub(super) fn ice24(package: &Package<'_>, found: &mut Findings) {
    type Check = (&'static str, fn(&str) -> bool, &'static str);
    let checks: [Check; 4] = [
        (
            "ProductCode",
            is_guid,
            "is no GUID in braces and capital letters",
        ),
        (
            "UpgradeCode",
            is_guid,
            "is no GUID in braces and capital letters",
        ),
        (
            "ProductVersion",
            is_product_version,
            "is no version below 256.256.65536",
        ),
        ("ProductLanguage", is_language, "is no language's number"),
    ];
    for (name, is_good, otherwise) in checks {
        if let Some(property) = package.row("Property", name) {
            let value = property.text("Value");
            if !value.is_empty() && !is_good(value) {
                found.error(cell(&property, "Value"), format!("{value:?} {otherwise}"));
            }
        }
    }
}

/// REINSTALLMODE is not authored; RemoveIniFile has what it removes.
pub(super) fn ice40(package: &Package<'_>, found: &mut Findings) {
    if let Some(mode) = package.row("Property", "REINSTALLMODE") {
        found.warning(row(&mode), "every repair would go by this value");
    }
    for remove in package.rows("RemoveIniFile") {
        if remove.integer("Action") == Some(4) && remove.text("Value").is_empty() {
            found.error(
                cell(&remove, "Value"),
                "a tag is to be removed, and none is told",
            );
        }
    }
}

/// Properties of the installer that packages name; `ICE46` compares against them.
const INSTALLERS: [&str; 44] = [
    "ADDLOCAL",
    "AdminUser",
    "ALLUSERS",
    "AppDataFolder",
    "CommonFilesFolder",
    "ComputerName",
    "CostingComplete",
    "Date",
    "DefaultUIFont",
    "DesktopFolder",
    "DiskPrompt",
    "INSTALLLEVEL",
    "Installed",
    "LogonUser",
    "Manufacturer",
    "MsiNetAssemblySupport",
    "MsiNTProductType",
    "OriginalDatabase",
    "PhysicalMemory",
    "Preselected",
    "PrimaryVolumePath",
    "Privileged",
    "ProductCode",
    "ProductID",
    "ProductLanguage",
    "ProductName",
    "ProductVersion",
    "ProgramFilesFolder",
    "ProgressType1",
    "REINSTALL",
    "REMOVE",
    "ReplacedInUseFiles",
    "ServicePackLevel",
    "SourceDir",
    "SystemFolder",
    "SystemLanguageID",
    "TARGETDIR",
    "Time",
    "UILevel",
    "UpgradeCode",
    "UserSID",
    "VersionNT",
    "VersionNT64",
    "WindowsFolder",
];

/// No property differs from one of the installer's by case alone.
pub(super) fn ice46(package: &Package<'_>, found: &mut Findings) {
    let near = |name: &str| {
        let same = |other: &&&str| other.eq_ignore_ascii_case(name) && **other != name;
        // A public property is set on purpose to stand for a private one: MANUFACTURER.
        let public = name.chars().all(|c| !c.is_ascii_lowercase());
        INSTALLERS.iter().find(same).filter(|_| !public)
    };
    let mut tell = |place, name: &str| {
        if let Some(other) = near(name) {
            let what = format!("{name} differs from the installer's {other} by case alone");
            found.information(place, what);
        }
    };
    for property in package.rows("Property") {
        tell(row(&property), property.text("Property"));
    }
    for (table, column) in package.columns_of("Condition") {
        for record in package.rows(table) {
            let symbols = formatted::symbols(record.text(&column)).unwrap_or_default();
            for (_, name) in symbols.iter().filter(|(kind, _)| *kind == Symbol::Property) {
                tell(cell(&record, &column), name);
            }
        }
    }
    for (table, column) in package.columns_of("Formatted") {
        for record in package.rows(table) {
            for name in formatted::references(record.text(&column)) {
                tell(cell(&record, &column), name);
            }
        }
    }
}

/// Searches set public properties.
pub(super) fn ice52(package: &Package<'_>, found: &mut Findings) {
    for search in package.rows("AppSearch") {
        let name = search.text("Property");
        if name.chars().any(|c| c.is_ascii_lowercase()) {
            let what = format!("the private property {name} does not reach the execute sequence");
            found.warning(cell(&search, "Property"), what);
        }
    }
}

/// FASTOEM is not authored; there is an upgrade code.
pub(super) fn ice74(package: &Package<'_>, found: &mut Findings) {
    if let Some(fast) = package.row("Property", "FASTOEM") {
        found.error(row(&fast), "FASTOEM is for command lines only");
    }
    match package.row("Property", "UpgradeCode") {
        None => found.warning(
            table("Property"),
            "there is no UpgradeCode: later versions cannot find this one",
        ),
        Some(code) if code.text("Value") == "{00000000-0000-0000-0000-000000000000}" => {
            found.error(cell(&code, "Value"), "the upgrade code is null");
        }
        Some(_) => {}
    }
}

/// What a command line selects is not authored.
pub(super) fn ice87(package: &Package<'_>, found: &mut Findings) {
    for name in [
        "ADDLOCAL",
        "REMOVE",
        "ADDSOURCE",
        "ADDDEFAULT",
        "REINSTALL",
        "ADVERTISE",
        "COMPADDLOCAL",
        "COMPADDSOURCE",
        "FILEADDLOCAL",
        "FILEADDSOURCE",
        "FILEADDDEFAULT",
    ] {
        if let Some(property) = package.row("Property", name) {
            let what =
                format!("{name} belongs to command lines: authored, it acts in removals too");
            found.warning(row(&property), what);
        }
    }
}
