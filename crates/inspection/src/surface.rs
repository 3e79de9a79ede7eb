//! What a product leaves that others meet: services, programs that start by themselves, shortcuts, rights, upgrades.

use database::{Database, Record};
use serde::Serialize;

use crate::Inspection;

/// A service.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// The name that people read.
    pub display_name: String,
    /// `automatic`, `manual`, `disabled`.
    pub start: &'static str,
    /// Whose rights it has; LocalSystem where none is told.
    pub account: String,
    /// Does the package hold a password for it?
    pub has_password: bool,
    /// The component of its program, and that one's folder.
    pub component: String,
    /// The key of that folder.
    pub folder: String,
}

/// A program that starts when a user signs in.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunKey {
    /// The key.
    pub key: String,
    /// The value's name.
    pub name: String,
    /// What is started.
    pub value: String,
}

/// A shortcut.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Shortcut {
    /// Its name.
    pub name: String,
    /// The key of its folder.
    pub folder: String,
    /// What it starts: a path, or the feature of an advertised one.
    pub target: String,
    /// Is it advertised?
    pub advertised: bool,
}

/// Rights that are given.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Permission {
    /// The table of the object.
    pub table: String,
    /// Its key.
    pub object: String,
    /// To whom; empty where a descriptor tells it.
    pub to: String,
    /// The access mask in hexadecimal, or the descriptor.
    pub rights: String,
}

/// A row of Upgrade.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Upgrade {
    /// The family.
    pub upgrade_code: String,
    /// The lowest version; empty: any.
    pub version_min: String,
    /// The highest version; empty: any.
    pub version_max: String,
    /// `removes` or `detects`.
    pub action: &'static str,
    /// Is it the product's own family?
    pub own: bool,
}

/// Fills an inspection with them.
pub(crate) fn fill(inspection: &mut Inspection, database: &Database) {
    inspection.services = each(database, "ServiceInstall", |row| service(row, database));
    inspection.run_keys = each(database, "Registry", run_key)
        .into_iter()
        .flatten()
        .collect();
    inspection.shortcuts = each(database, "Shortcut", |row| shortcut(row, database));
    inspection.permissions = permissions(database);
    inspection.upgrades = each(database, "Upgrade", |row| upgrade(row, database));
}

fn each<T>(database: &Database, table: &str, read: impl Fn(&Record<'_>) -> T) -> Vec<T> {
    let rows = database.rows(table).ok();
    rows.map_or_else(Vec::new, |rows| {
        rows.records().map(|row| read(&row)).collect()
    })
}

fn service(row: &Record<'_>, database: &Database) -> Service {
    let component = row.text("Component_").to_owned();
    let components = database.rows("Component").ok();
    let folder = components.and_then(|rows| {
        Some(
            rows.find(&[component.as_str().into()])?
                .text("Directory_")
                .to_owned(),
        )
    });
    Service {
        name: row.text("Name").to_owned(),
        display_name: row.text("DisplayName").to_owned(),
        start: match row.integer("StartType") {
            Some(2) => "automatic",
            Some(4) => "disabled",
            _ => "manual",
        },
        account: match row.text("StartName") {
            "" => "LocalSystem".to_owned(),
            account => account.to_owned(),
        },
        has_password: !row.text("Password").is_empty() && !row.text("Password").starts_with('['),
        component,
        folder: folder.unwrap_or_default(),
    }
}

/// Where Windows looks for programs to start. "Run and RunOnce Registry Keys".
const RUN: &str = "software\\microsoft\\windows\\currentversion\\run";

fn run_key(row: &Record<'_>) -> Option<RunKey> {
    let key = row.text("Key");
    let plain = key.to_ascii_lowercase().replace("wow6432node\\", "");
    let rest = plain.trim_end_matches('\\').strip_prefix(RUN)?;
    matches!(rest, "" | "once" | "services" | "servicesonce").then(|| RunKey {
        key: key.to_owned(),
        name: row.text("Name").to_owned(),
        value: row.text("Value").to_owned(),
    })
}

fn shortcut(row: &Record<'_>, database: &Database) -> Shortcut {
    let name = row.text("Name");
    let target = row.text("Target");
    let features = database.rows("Feature").ok();
    Shortcut {
        name: name
            .split_once('|')
            .map_or(name, |(_, long)| long)
            .to_owned(),
        folder: row.text("Directory_").to_owned(),
        target: target.to_owned(),
        advertised: features.is_some_and(|rows| rows.find(&[target.into()]).is_some()),
    }
}

fn permissions(database: &Database) -> Vec<Permission> {
    let mut permissions = each(database, "LockPermissions", |row| Permission {
        table: row.text("Table").to_owned(),
        object: row.text("LockObject").to_owned(),
        to: match row.text("Domain") {
            "" => row.text("User").to_owned(),
            domain => format!("{domain}\\{}", row.text("User")),
        },
        rights: format!("{:#x}", row.integer("Permission").unwrap_or(0)),
    });
    permissions.extend(each(database, "MsiLockPermissionsEx", |row| Permission {
        table: row.text("Table").to_owned(),
        object: row.text("LockObject").to_owned(),
        to: String::new(),
        rights: row.text("SDDLText").to_owned(),
    }));
    permissions
}

fn upgrade(row: &Record<'_>, database: &Database) -> Upgrade {
    const ONLY_DETECT: i32 = 2;
    let code = row.text("UpgradeCode");
    let properties = database.rows("Property").ok();
    let own = properties
        .and_then(|rows| Some(rows.find(&["UpgradeCode".into()])?.text("Value").to_owned()));
    Upgrade {
        upgrade_code: code.to_owned(),
        version_min: row.text("VersionMin").to_owned(),
        version_max: row.text("VersionMax").to_owned(),
        action: match row.integer("Attributes").unwrap_or(0) & ONLY_DETECT {
            0 => "removes",
            _ => "detects",
        },
        own: own.is_some_and(|own| own.eq_ignore_ascii_case(code)),
    }
}
