//! Registry values and data sources. "Registry Table", "ODBCDataSource Table".

use crate::finding::{Findings, cell, row};
use crate::package::Package;

/// Default values are text.
pub(super) fn ice49(package: &Package<'_>, found: &mut Findings) {
    for value in package.rows("Registry") {
        let data = value.text("Value");
        let is_text = !data.starts_with('#') || data.starts_with("##") || data.starts_with("#%");
        if value.text("Name").is_empty() && (!is_text || data.contains("[~]")) {
            found.warning(cell(&value, "Value"), "a default value should be text");
        }
    }
}

/// Keys that are the installer's own. "ICE53".
const OWN_KEYS: [&str; 5] = [
    "software\\microsoft\\windows\\currentversion\\installer",
    "software\\policies\\microsoft\\windows\\installer",
    "software\\microsoft\\windows\\currentversion\\uninstall\\[productcode]",
    "software\\classes\\installer",
    "software\\microsoft\\installer",
];

/// The installer's own data and policies are not written.
pub(super) fn ice53(package: &Package<'_>, found: &mut Findings) {
    for value in package.rows("Registry") {
        let key = value.text("Key").to_ascii_lowercase();
        let key = key.trim_end_matches('\\');
        let is_own = |own: &str| {
            key.strip_prefix(own)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('\\'))
        };
        if OWN_KEYS.iter().any(|own| is_own(own)) {
            found.warning(cell(&value, "Key"), "the key is the installer's own");
        }
    }
}

/// Numbers for the registry are numbers.
pub(super) fn ice70(package: &Package<'_>, found: &mut Findings) {
    for value in package.rows("Registry") {
        let data = value.text("Value");
        let Some(number) = data
            .strip_prefix('#')
            .filter(|rest| !rest.starts_with(['#', '%']))
        else {
            continue;
        };
        // What a property brings is known only when it is installed.
        if number.contains('[') {
            continue;
        }
        let is_number = match number.strip_prefix(['x', 'X']) {
            Some(hex) => hex.bytes().all(|b| b.is_ascii_hexdigit()),
            None => {
                let digits = number.strip_prefix(['+', '-']).unwrap_or(number);
                !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
            }
        };
        if !is_number {
            found.error(cell(&value, "Value"), format!("{data:?} is no number"));
        }
    }
}

/// Names of data sources are valid.
pub(super) fn ice98(package: &Package<'_>, found: &mut Findings) {
    for source in package.rows("ODBCDataSource") {
        let name = source.text("Description");
        let forbidden = "[]{}(),;?*=!@\\";
        if name.chars().count() > 32 || name.contains(|c| forbidden.contains(c)) {
            let what = format!(
                "{name:?} is no name of a data source: longer than 32, or with one of {forbidden}"
            );
            found.warning(row(&source), what);
        }
    }
}
