//! From what was typed to what it means: packages apart from properties, and the words that are refused.

use installer::{Command, CustomActions, Intent, UiLevel, Wait};
use std::path::Path;
use std::time::Duration;

use crate::arguments::{self, Install, Waiting};
use crate::duration::Patience;
use crate::output::Failure;
use crate::world::World;

/// Windows waits a few seconds before it answers 1618; so do we.
pub const DEFAULT_WAIT: Duration = Duration::from_secs(3);

/// Turns what was typed into one command for each package.
pub fn commands(intent: Intent, typed: &Install, world: &World) -> Result<Vec<Command>, Failure> {
    refuse_what_comes_later(typed)?;
    let (targets, mut properties) = split(&typed.items)?;
    if targets.is_empty() {
        return Err(Failure::usage(
            "say which package: an .msi file, a folder of text tables, or a {PRODUCT-CODE}",
        ));
    }
    if !typed.features.is_empty() {
        let name = match intent {
            Intent::Install => "ADDLOCAL",
            Intent::Remove => "REMOVE",
            Intent::Repair { .. } => "REINSTALL",
        };
        properties.push((name.to_owned(), typed.features.join(",")));
    }
    let command = |target: String| Command {
        intent: intent.clone(),
        target,
        properties: properties.clone(),
        ui_level: ui_level(typed.ui, world),
        custom_actions: match typed.custom_actions {
            arguments::CustomActions::Fail => CustomActions::Fail,
            _ => CustomActions::Skip,
        },
        wait: wait(&typed.waiting, Wait::For(DEFAULT_WAIT)),
    };
    Ok(targets.into_iter().map(command).collect())
}

/// What `--wait` and `--no-wait` mean.
pub fn wait(typed: &Waiting, default: Wait) -> Wait {
    match typed.wait {
        _ if typed.no_wait => Wait::No,
        Some(patience) => patience.into(),
        None => default,
    }
}

impl From<Patience> for Wait {
    fn from(patience: Patience) -> Wait {
        match patience {
            Patience::Forever => Wait::Forever,
            Patience::For(time) if time.is_zero() => Wait::No,
            Patience::For(time) => Wait::For(time),
        }
    }
}

fn ui_level(typed: Option<arguments::Ui>, world: &World) -> UiLevel {
    match typed {
        None if world.terminal => UiLevel::Basic,
        None | Some(arguments::Ui::None) => UiLevel::None,
        Some(arguments::Ui::Basic) => UiLevel::Basic,
        Some(arguments::Ui::Reduced) => UiLevel::Reduced,
        Some(arguments::Ui::Full | arguments::Ui::Web) => UiLevel::Full,
    }
}

fn refuse_what_comes_later(typed: &Install) -> Result<(), Failure> {
    if typed.custom_actions == arguments::CustomActions::Wine {
        return Err(Failure::not_yet("--custom-actions wine"));
    }
    if !typed.transform.is_empty() {
        return Err(Failure::not_yet("--transform"));
    }
    if typed.ui == Some(arguments::Ui::Web) {
        return Err(Failure::not_yet("--ui web"));
    }
    Ok(())
}

/// Packages and products, and properties.
type Split = (Vec<String>, Vec<(String, String)>);

fn split(items: &[String]) -> Result<Split, Failure> {
    let (mut targets, mut properties) = (Vec::new(), Vec::new());
    for item in items {
        match property(item) {
            Some((name, value)) => {
                refuse_host_path(&name, value)?;
                properties.push((name, value.to_owned()));
            }
            None => targets.push(item.clone()),
        }
    }
    Ok((targets, properties))
}

/// `NAME=VALUE`, its name in upper case. "Command-Line Options".
fn property(item: &str) -> Option<(String, &str)> {
    let (name, value) = item.split_once('=')?;
    let first = name.chars().next()?;
    let identifier = (first.is_ascii_alphabetic() || first == '_')
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.');
    identifier.then(|| (name.to_ascii_uppercase(), value))
}

/// A path of this computer as a property's value would become a folder inside the machine: refused.
fn refuse_host_path(name: &str, value: &str) -> Result<(), Failure> {
    let relative = ["./", "../", "~/"]
        .iter()
        .any(|start| value.starts_with(start));
    let absolute = value.starts_with('/')
        && (value[1..].contains('/')
            || names_a_folder(name)
            || (value.len() > 1 && Path::new(value).exists()));
    if relative || absolute {
        return Err(Failure::usage(format!(
            "{name}={value} is a path of this computer: write one with a drive letter, such as C:\\Tools, which is in the machine"
        )));
    }
    Ok(())
}

fn names_a_folder(name: &str) -> bool {
    ["DIR", "FOLDER", "LOCATION", "PATH", "DRIVE"]
        .iter()
        .any(|end| name.ends_with(end))
}

/// Properties that users give, for hints about mistyped ones. "Property Reference".
const WELL_KNOWN: [&str; 23] = [
    "ADDDEFAULT",
    "ADDLOCAL",
    "ADDSOURCE",
    "ADVERTISE",
    "ALLUSERS",
    "COMPADDLOCAL",
    "FILEADDLOCAL",
    "INSTALLDIR",
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

/// Returns a hint for each property whose name is nearly that of a well-known one.
pub fn hints(properties: &[(String, String)]) -> Vec<String> {
    let near = |name: &str| {
        WELL_KNOWN
            .iter()
            .find(|known| name != **known && is_near(name, known))
    };
    let hint = |name: &String| {
        near(name).map(|known| format!("hint: {name} is set; did you mean {known}?"))
    };
    let given = properties.iter().map(|(name, _)| name);
    given
        .filter(|name| !WELL_KNOWN.contains(&name.as_str()))
        .filter_map(hint)
        .collect()
}

/// Is one letter left out, added, changed, or are two neighbours swapped?
fn is_near(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len() < 5 || a.len().abs_diff(b.len()) > 1 {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_are_told_from_packages() {
        assert_eq!(
            property("installdir=C:\\x"),
            Some(("INSTALLDIR".to_owned(), "C:\\x"))
        );
        assert_eq!(property("A=b=c"), Some(("A".to_owned(), "b=c")));
        assert_eq!(property("A="), Some(("A".to_owned(), "")));
        for target in [
            "putty.msi",
            "./a=b.msi",
            "{6B3A1F0E-4C52-4B7D-9E0A-2D1C5F8A7E31}",
            "1=2",
            "=x",
            "C:\\a=b.msi",
        ] {
            assert_eq!(property(target), None, "{target}");
        }
    }

    #[test]
    fn host_paths_are_refused_and_machine_paths_are_not() {
        for (name, value) in [
            ("INSTALLDIR", "/opt"),
            ("X", "/usr/bin"),
            ("X", "./a"),
            ("X", "../a"),
            ("X", "~/a"),
        ] {
            assert!(refuse_host_path(name, value).is_err(), "{name}={value}");
        }
        for (name, value) in [
            ("INSTALLDIR", "C:\\opt"),
            ("SWITCHES", "/quiet"),
            ("X", ""),
            ("X", "a/b"),
            ("X", "/"),
        ] {
            assert!(refuse_host_path(name, value).is_ok(), "{name}={value}");
        }
    }

    #[test]
    fn a_mistyped_property_gets_a_hint() {
        let hint = |name: &str| hints(&[(name.to_owned(), String::new())]).join("");
        for name in ["ADDLOACL", "ADDLOCA", "ADDLOCALL", "ADDLOCAI"] {
            assert!(hint(name).contains("ADDLOCAL"), "{name}");
        }
        for name in ["ADDLOCAL", "COMPANY", "REMOVE"] {
            assert_eq!(hint(name), "", "{name}");
        }
    }
}
