//! From what was typed to what it means: packages apart from properties, and the words that are refused.

use installer::{
    Command, CustomActions, Intent, LogEncoding, LogOptions, UiLevel, Wait, is_machine_path,
};
use std::path::Path;

use crate::arguments::{self, Install, Waiting};
use crate::duration::Patience;
use crate::msiexec::{CommandLine, Level, Main};
use crate::output::Failure;
use crate::world::World;

/// Windows waits a few seconds before it answers 1618; so do we.
pub use installer::DEFAULT_WAIT;

/// What is to be done, and where its log goes: both spellings of the command line come to this.
pub struct Order {
    /// One command for each package, in order.
    pub commands: Vec<Command>,
    /// The log.
    pub log: Option<LogFile>,
    /// Is an installation that waits for a restart undone without asking?
    pub undo_suspended: bool,
}

/// A log's file.
pub struct LogFile {
    /// Where: a path of the host.
    pub path: String,
    /// Its encoding.
    pub encoding: LogEncoding,
    /// Is it added to a file that is there?
    pub append: bool,
    /// Letters of /L.
    pub letters: String,
    /// Is each line handed to the system at once?
    pub flush: bool,
}

/// Turns what was typed to msikit into an order.
pub fn order(intent: Intent, typed: &Install, world: &World) -> Result<Order, Failure> {
    let commands = commands(intent, typed, world)?;
    let encoding = match typed.log_encoding {
        arguments::LogEncoding::Utf8 => LogEncoding::Utf8,
        arguments::LogEncoding::Utf16Le => LogEncoding::Utf16Le,
    };
    let log = typed.log.clone().map(|path| LogFile {
        encoding,
        ..LogFile::whole(path)
    });
    Ok(Order {
        commands,
        log,
        undo_suspended: typed.undo_suspended,
    })
}

impl LogFile {
    /// A verbose log in UTF-8.
    pub fn whole(path: String) -> LogFile {
        LogFile {
            path,
            encoding: LogEncoding::Utf8,
            append: false,
            letters: LogOptions::ALL.to_owned(),
            flush: false,
        }
    }
}

/// Takes words that are all properties.
///
/// Errors: 1639 for one that is none.
pub fn properties_alone(words: &[String]) -> Result<Vec<(String, String)>, Failure> {
    let taken = words.iter().map(|word| match property(word) {
        Some((name, value)) => Ok((name, value.to_owned())),
        None => Err(Failure::usage(format!(
            "{word} is no PROPERTY=VALUE: what waits for a restart is known"
        ))),
    });
    taken.collect()
}

/// Turns msiexec's command line into an order; none: help was asked for.
///
/// Errors: 1639 for what the engine does not do yet, by the option's name.
pub fn msiexec(line: CommandLine) -> Result<Option<Order>, Failure> {
    let mut properties = line.properties;
    let Some((intent, target)) = intent_of(line.main, &mut properties)? else {
        return Ok(None);
    };
    if line.status_file.is_some() {
        return Err(Failure::not_yet("msiexec /m"));
    }
    for (name, value) in &properties {
        refuse_host_path(&intent, name, value)?;
    }
    properties.extend(
        line.instance
            .map(|code| ("MSIINSTANCEGUID".to_owned(), code)),
    );
    let ui_level = match line.display.map(|display| display.level) {
        Some(Level::None) => UiLevel::None,
        Some(Level::Basic) => UiLevel::Basic,
        Some(Level::Reduced) => UiLevel::Reduced,
        Some(Level::Full) | None => UiLevel::Full,
    };
    let command = Command {
        intent,
        target,
        properties,
        ui_level,
        custom_actions: CustomActions::Skip,
        wait: Wait::For(DEFAULT_WAIT),
    };
    let log = line.log.map(|log| LogFile {
        path: log.file,
        encoding: LogEncoding::Utf16Le,
        append: log.append,
        letters: log.letters,
        flush: log.flush,
    });
    Ok(Some(Order {
        commands: vec![command],
        log,
        undo_suspended: false,
    }))
}

/// What a main option means, and to what; properties that it stands for are added. None: help.
fn intent_of(
    main: Main,
    properties: &mut Vec<(String, String)>,
) -> Result<Option<(Intent, String)>, Failure> {
    Ok(Some(match main {
        Main::Help => return Ok(None),
        Main::Install(target) => (Intent::Install, target),
        Main::Remove(target) => (Intent::Remove, target),
        Main::Repair { letters, product } => (Intent::Repair { mode: letters }, product),
        Main::Admin {
            package,
            patches: None,
        } => (Intent::Admin, package),
        Main::Admin { .. } => return Err(Failure::not_yet("msiexec /a with /p")),
        Main::Advertise {
            package,
            all_users,
            transforms,
            language,
            new_instance,
        } => {
            properties.extend(transforms.map(|list| ("TRANSFORMS".to_owned(), list)));
            if new_instance {
                properties.push(("MSINEWINSTANCE".to_owned(), "1".to_owned()));
            }
            let intent = Intent::Advertise {
                all_users,
                language: language.map(|text| langid(&text)).transpose()?,
            };
            (intent, package)
        }
        Main::Patch { .. } => return Err(Failure::not_yet("msiexec /p")),
        Main::RemovePatches { .. } => {
            return Err(Failure::not_yet("msiexec /uninstall of patches"));
        }
        Main::Register(_) => return Err(Failure::not_yet("msiexec /y")),
        Main::Unregister(_) => return Err(Failure::not_yet("msiexec /z")),
    }))
}

fn langid(text: &str) -> Result<u16, Failure> {
    let number = text.trim().parse();
    number.map_err(|_| Failure::usage(format!("msiexec /g: `{text}` is no language's number")))
}

/// Turns what was typed into one command for each package.
fn commands(intent: Intent, typed: &Install, world: &World) -> Result<Vec<Command>, Failure> {
    refuse_what_comes_later(typed)?;
    let (targets, mut properties) = split(&intent, &typed.items)?;
    if targets.is_empty() {
        return Err(Failure::usage(
            "say which package: an .msi file, a folder of text tables, or a {PRODUCT-CODE}",
        ));
    }
    if !typed.transform.is_empty() {
        add_transforms(&typed.transform, &mut properties);
    }
    if intent == Intent::Admin && !properties.iter().any(|(name, _)| name == "TARGETDIR") {
        return Err(Failure::usage(
            "say where the image goes: TARGETDIR=DIR, a folder of this computer, or TARGETDIR=C:\\DIR in the machine",
        ));
    }
    if !typed.features.is_empty() {
        let name = match intent {
            Intent::Install => "ADDLOCAL",
            Intent::Remove => "REMOVE",
            Intent::Repair { .. } => "REINSTALL",
            Intent::Advertise { .. } => "ADVERTISE",
            Intent::Admin => {
                return Err(Failure::usage(
                    "--features: an administrative image has all features of its package",
                ));
            }
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

/// Adds transforms to TRANSFORMS. A file is one of this computer, seen from the current folder; what is no file
/// there is looked for beside the package.
fn add_transforms(transforms: &[String], properties: &mut Vec<(String, String)>) {
    let is_special = |name: &str| name.starts_with([':', '@', '|']) || is_machine_path(name);
    let place = |name: &String| match std::path::absolute(name) {
        Ok(path) if !is_special(name) && path.is_file() => path.display().to_string(),
        _ => name.clone(),
    };
    let added: Vec<String> = transforms.iter().map(place).collect();
    let given = properties
        .iter_mut()
        .rev()
        .find(|(name, _)| name == "TRANSFORMS");
    match given {
        Some((_, list)) => *list = format!("{list};{}", added.join(";")),
        None => properties.push(("TRANSFORMS".to_owned(), added.join(";"))),
    }
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

pub fn ui_level(typed: Option<arguments::Ui>, world: &World) -> UiLevel {
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
    if typed.ui == Some(arguments::Ui::Web) {
        return Err(Failure::not_yet("--ui web"));
    }
    Ok(())
}

/// Packages and products, and properties.
type Split = (Vec<String>, Vec<(String, String)>);

fn split(intent: &Intent, items: &[String]) -> Result<Split, Failure> {
    let (mut targets, mut properties) = (Vec::new(), Vec::new());
    for item in items {
        match property(item) {
            Some((name, value)) => {
                refuse_host_path(intent, &name, value)?;
                properties.push((name, value.to_owned()));
            }
            None => targets.push(item.clone()),
        }
    }
    Ok((targets, properties))
}

/// `NAME=VALUE`, its name in upper case. "Command-Line Options".
pub fn property(item: &str) -> Option<(String, &str)> {
    let (name, value) = item.split_once('=')?;
    let first = name.chars().next()?;
    let identifier = (first.is_ascii_alphabetic() || first == '_')
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.');
    identifier.then(|| (name.to_ascii_uppercase(), value))
}

/// Properties whose files are of this computer, as the package itself is.
const TAKES_HOST_PATHS: [&str; 2] = ["TRANSFORMS", "PATCH"];

/// A path of this computer as a property's value would become a folder inside the machine: refused. But an
/// administrative image may be made in any folder.
fn refuse_host_path(intent: &Intent, name: &str, value: &str) -> Result<(), Failure> {
    let image = *intent == Intent::Admin && name == "TARGETDIR";
    if image || TAKES_HOST_PATHS.contains(&name) {
        return Ok(());
    }
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
            let refused = refuse_host_path(&Intent::Install, name, value);
            assert!(refused.is_err(), "{name}={value}");
        }
        for (name, value) in [
            ("INSTALLDIR", "C:\\opt"),
            ("SWITCHES", "/quiet"),
            ("TRANSFORMS", "/home/me/german.mst"),
            ("X", ""),
            ("X", "a/b"),
            ("X", "/"),
        ] {
            let refused = refuse_host_path(&Intent::Install, name, value);
            assert!(refused.is_ok(), "{name}={value}");
        }
        assert!(refuse_host_path(&Intent::Admin, "TARGETDIR", "/srv/image").is_ok());
        assert!(refuse_host_path(&Intent::Admin, "INSTALLDIR", "/srv/image").is_err());
    }
}
