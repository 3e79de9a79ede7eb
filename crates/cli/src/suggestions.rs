//! What may be mistyped, and what may be meant: properties, features, products, options of msiexec.
//!
//! A hint never changes what is done: names of properties and features are the package's business.

use installer::{Command, Peek, ProductReport, PublicProperty};

/// Properties that users give, for hints about mistyped ones. "Property Reference".
const WELL_KNOWN: [&str; 22] = [
    "ADDDEFAULT",
    "ADDLOCAL",
    "ADDSOURCE",
    "ADVERTISE",
    "ALLUSERS",
    "COMPADDLOCAL",
    "FILEADDLOCAL",
    "INSTALLLEVEL",
    "LIMITUI",
    "MSIINSTALLPERUSER",
    "PATCH",
    "REBOOT",
    "REBOOTPROMPT",
    "REINSTALL",
    "REINSTALLMODE",
    "REMOVE",
    "ROOTDRIVE",
    "SHORTFILENAMES",
    "TARGETDIR",
    "TRANSFORMS",
    "DISABLEROLLBACK",
    "MSIFASTINSTALL",
];

/// Returns what may be mistyped in a command, seen with what its package has.
pub fn hints(command: &Command, peek: &Peek) -> Vec<String> {
    let mut hints = properties(&command.properties, &peek.public);
    hints.extend(features(&command.properties, &peek.features));
    hints
}

/// Returns a hint for each property that neither the installer nor the package knows and whose name is nearly that
/// of one that they know.
fn properties(properties: &[(String, String)], own: &[PublicProperty]) -> Vec<String> {
    let folders = own.iter().filter(|own| own.folder);
    let folders: Vec<&str> = folders.map(|own| own.name.as_str()).collect();
    let own: Vec<&str> = own.iter().map(|own| own.name.as_str()).collect();
    let hint = |name: &str| {
        if name == "INSTALLDIR" && !folders.is_empty() {
            let has = folders.join(", ");
            return Some(format!(
                "hint: the package has no folder INSTALLDIR; its folders are {has}"
            ));
        }
        let near = |known: &&&str| name.chars().count() >= 5 && is_near(name, known);
        if let Some(known) = own.iter().find(near) {
            let has = own.join(", ");
            return Some(format!(
                "hint: {name} is set; did you mean {known}? the package has {has}"
            ));
        }
        let known = WELL_KNOWN.iter().find(near)?;
        Some(format!("hint: {name} is set; did you mean {known}?"))
    };
    let given = properties.iter().map(|(name, _)| name.as_str());
    given
        .filter(|name| !WELL_KNOWN.contains(name) && !own.contains(name))
        .filter_map(hint)
        .collect()
}

/// Is one letter left out, added, changed, or are two neighbours swapped?
fn is_near(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len() < 3 || a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let start = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[start..], &b[start..]);
    match (a, b) {
        ([x, y, a @ ..], [v, w, b @ ..]) if x == w && y == v && a == b => true,
        ([_, a @ ..], [_, b @ ..]) if a == b => true,
        ([_, a @ ..], b) if a == b => true,
        (a, [_, b @ ..]) if a == b => true,
        _ => false,
    }
}

/// Properties whose value is a list of features.
const FEATURE_LISTS: [&str; 6] = [
    "ADDDEFAULT",
    "ADDLOCAL",
    "ADDSOURCE",
    "ADVERTISE",
    "REINSTALL",
    "REMOVE",
];

/// Returns a hint for each feature that is asked for and that the package does not have. Names of features keep case.
fn features(properties: &[(String, String)], own: &[String]) -> Vec<String> {
    let lists = properties
        .iter()
        .filter(|(name, _)| FEATURE_LISTS.contains(&name.as_str()));
    let asked = lists.flat_map(|(_, list)| list.split(',').map(str::trim));
    let unknown = asked
        .filter(|name| !name.is_empty() && *name != "ALL" && !own.iter().any(|own| own == name));
    let hint = |name: &str| {
        let has = own.join(", ");
        match nearest(name, own.iter().map(String::as_str)) {
            Some(meant) => format!(
                "hint: there is no feature {name}; did you mean {meant}? the package has {has}"
            ),
            None => format!("hint: there is no feature {name}; the package has {has}"),
        }
    };
    match own.is_empty() {
        true => Vec::new(),
        false => unknown.map(hint).collect(),
    }
}

/// Returns a hint for a product's name that no product has; none where one has it, or where nothing is like it.
pub fn product(name: &str, installed: &[ProductReport]) -> Option<String> {
    let names = || {
        installed
            .iter()
            .filter_map(|product| product.name.as_deref())
    };
    if names().any(|known| known.to_lowercase() == name.to_lowercase()) {
        return None;
    }
    let meant = nearest(name, names())?;
    Some(format!(
        "hint: did you mean '{meant}'? `msikit list` has all products"
    ))
}

/// msiexec's options of more than one letter.
const OPTIONS: [&str; 10] = [
    "forcerestart",
    "help",
    "log",
    "norestart",
    "package",
    "passive",
    "promptrestart",
    "quiet",
    "uninstall",
    "update",
];

/// Returns the option of msiexec that may be meant by a word.
pub fn option(word: &str) -> Option<&'static str> {
    let word = word.trim_start_matches(['/', '-']).to_ascii_lowercase();
    OPTIONS.into_iter().find(|known| is_near(&word, known))
}

/// The one of some names that is meant: with a letter mistyped, in other case, or with only a part of it typed.
fn nearest<'a>(typed: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let typed = typed.to_lowercase();
    let mut part = None;
    for name in names {
        let lower = name.to_lowercase();
        if lower == typed || is_near(&typed, &lower) {
            return Some(name);
        }
        if typed.chars().count() >= 3 && lower.contains(&typed) {
            part.get_or_insert(name);
        }
    }
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_property_gets_a_hint() {
        let own = ["DESTINATION", "GREETING"].map(|name| PublicProperty {
            name: name.to_owned(),
            value: None,
            folder: name == "DESTINATION",
            asked: false,
            found_by: None,
        });
        let hint = |name: &str| properties(&[(name.to_owned(), String::new())], &own).join("");
        for name in ["ADDLOACL", "ADDLOCA", "ADDLOCALL", "ADDLOCAI"] {
            assert!(hint(name).contains("ADDLOCAL?"), "{name}");
        }
        assert_eq!(
            hint("DESTINATOIN"),
            "hint: DESTINATOIN is set; did you mean DESTINATION? the package has DESTINATION, GREETING"
        );
        assert_eq!(
            hint("INSTALLDIR"),
            "hint: the package has no folder INSTALLDIR; its folders are DESTINATION"
        );
        for name in ["ADDLOCAL", "COMPANY", "REMOVE", "GREETING"] {
            assert_eq!(hint(name), "", "{name}");
        }
    }

    #[test]
    fn a_mistyped_feature_gets_a_hint() {
        let own = ["Main", "Help"].map(str::to_owned);
        let hint =
            |value: &str| features(&[("ADDLOCAL".to_owned(), value.to_owned())], &own).join(" / ");
        for value in ["Hlep", "help", "Helpp", "Hel"] {
            let expected = format!(
                "hint: there is no feature {value}; did you mean Help? the package has Main, Help"
            );
            assert_eq!(hint(value), expected);
        }
        assert_eq!(
            hint("Main,Docs"),
            "hint: there is no feature Docs; the package has Main, Help"
        );
        for value in ["ALL", "Main,Help", ""] {
            assert_eq!(hint(value), "", "{value}");
        }
    }

    #[test]
    fn a_mistyped_option_of_msiexec_gets_one() {
        assert_eq!(option("/quite"), Some("quiet"));
        assert_eq!(option("-PASIVE"), Some("passive"));
        assert_eq!(option("/qz"), None);
    }
}
