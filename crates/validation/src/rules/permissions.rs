//! Permissions. "LockPermissions Table", "MsiLockPermissionsEx Table".

use database::Record;

use crate::finding::{Findings, cell, row, table as whole};
use crate::package::Package;

/// Is the object that is locked there? The key of CreateFolder's row is its folder.
fn object_is_there(package: &Package<'_>, lock: &Record<'_>) -> bool {
    let (table, object) = (lock.text("Table"), lock.text("LockObject"));
    match table {
        "CreateFolder" => package
            .rows(table)
            .any(|row| row.text("Directory_") == object),
        _ => package.row(table, object).is_some(),
    }
}

/// What is locked exists, and says how.
pub(super) fn ice55(package: &Package<'_>, found: &mut Findings) {
    for lock in package.rows("LockPermissions") {
        if !object_is_there(package, &lock) {
            let what = format!(
                "there is no {} {}",
                lock.text("Table"),
                lock.text("LockObject")
            );
            found.error(cell(&lock, "LockObject"), what);
        }
        if lock.integer("Permission").is_none() {
            found.error(
                cell(&lock, "Permission"),
                "it does not say what is permitted",
            );
        }
    }
}

/// There is one table of permissions, and what it locks exists.
pub(super) fn ice104(package: &Package<'_>, found: &mut Findings) {
    let both = ["LockPermissions", "MsiLockPermissionsEx"];
    if both
        .iter()
        .all(|table| package.rows(table).next().is_some())
    {
        found.error(
            whole(both[1]),
            "there is LockPermissions too: only one of them may be",
        );
    }
    for lock in package.rows("MsiLockPermissionsEx") {
        let table = lock.text("Table");
        let is_known = matches!(
            table,
            "File" | "Registry" | "CreateFolder" | "ServiceInstall"
        );
        if !is_known {
            found.error(
                cell(&lock, "Table"),
                format!("objects of {table:?} cannot be locked"),
            );
        } else if !object_is_there(package, &lock) {
            found.error(
                row(&lock),
                format!("there is no {table} {}", lock.text("LockObject")),
            );
        }
        let text = lock.text("SDDLText");
        if !is_descriptor(text) {
            found.error(
                cell(&lock, "SDDLText"),
                format!("{text:?} is no security descriptor"),
            );
        }
    }
}

/// Has it the parts of a descriptor: `O:`, `G:`, `D:` and `S:`?
fn is_descriptor(text: &str) -> bool {
    let begins = |text: &str| {
        ["O:", "G:", "D:", "S:"]
            .iter()
            .any(|part| text.starts_with(part))
    };
    let open = text.matches('(').count();
    (begins(text) || text.starts_with('[')) && open == text.matches(')').count()
}
