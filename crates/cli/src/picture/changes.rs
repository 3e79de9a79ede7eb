//! What a plan writes and removes, section by section: files by folder, values by key.

use std::collections::BTreeMap;

use indicatif::BinaryBytes;
use installer::{Change, Mark, Plan, Thing};
use machine::{Data, KeyPath, MachinePath};

use super::Lines;

/// Longer data is cut unless all is shown.
const DATA_CHARS_MAX: usize = 160;
const NOTES: usize = 44;
const SERVICES: &str = "System\\CurrentControlSet\\Services";

/// The parts of a picture, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Section {
    Files,
    Shortcuts,
    Registry,
    Classes,
    Services,
    Environment,
    Ini,
    Fonts,
    Odbc,
    Registration,
}

impl Section {
    /// What the work of a standard action belongs to; all that is not the package's own is registration.
    fn of(change: &Change) -> Section {
        match change.action.as_str() {
            "InstallFiles"
            | "RemoveFiles"
            | "DuplicateFiles"
            | "RemoveDuplicateFiles"
            | "MoveFiles"
            | "CreateFolders"
            | "RemoveFolders"
            | "PatchFiles"
            | "InstallAdminPackage"
            | "IsolateComponents" => Section::Files,
            "CreateShortcuts" | "RemoveShortcuts" => Section::Shortcuts,
            "WriteRegistryValues" | "RemoveRegistryValues" => Section::Registry,
            "RegisterClassInfo"
            | "UnregisterClassInfo"
            | "RegisterExtensionInfo"
            | "UnregisterExtensionInfo"
            | "RegisterProgIdInfo"
            | "UnregisterProgIdInfo"
            | "RegisterMIMEInfo"
            | "UnregisterMIMEInfo"
            | "RegisterTypeLibraries"
            | "UnregisterTypeLibraries" => Section::Classes,
            "InstallServices"
            | "DeleteServices"
            | "MsiConfigureServices"
            | "StartServices"
            | "StopServices" => Section::Services,
            "WriteEnvironmentStrings" | "RemoveEnvironmentStrings" => Section::Environment,
            "WriteIniValues" | "RemoveIniValues" => Section::Ini,
            "RegisterFonts" | "UnregisterFonts" => Section::Fonts,
            "InstallODBC" | "RemoveODBC" => Section::Odbc,
            _ => Section::Registration,
        }
    }

    fn title(self) -> &'static str {
        match self {
            Section::Files => "Files",
            Section::Shortcuts => "Shortcuts",
            Section::Registry => "Registry",
            Section::Classes => "File types and classes",
            Section::Services => "Services",
            Section::Environment => "Environment",
            Section::Ini => "Ini files",
            Section::Fonts => "Fonts",
            Section::Odbc => "ODBC",
            Section::Registration => "Registration of the product",
        }
    }
}

/// A thing as it is shown: below a folder or key, with a note.
struct Entry {
    group: String,
    mark: char,
    name: String,
    note: String,
    size: u64,
    /// The group itself comes or goes.
    is_group: bool,
}

pub(super) fn sections(plan: &Plan, lines: &mut Lines) {
    let mut sections: BTreeMap<Section, Vec<&Change>> = BTreeMap::new();
    for change in &plan.changes {
        sections
            .entry(Section::of(change))
            .or_default()
            .push(change);
    }
    for (section, changes) in sections {
        lines.heading(section.title(), &sum(&changes));
        match section {
            Section::Services => services(&changes, lines),
            Section::Registration if !lines.is_whole() => kept_files(&changes, lines),
            _ => groups(&changes, lines),
        }
    }
}

fn sign(mark: Mark) -> char {
    match mark {
        Mark::Added => '+',
        Mark::Replaced => '~',
        Mark::Removed => '-',
        Mark::Same => ' ',
    }
}

/// `10 new, 2 replaced; 3.1 MiB`.
fn sum(changes: &[&Change]) -> String {
    let words = [
        (Mark::Added, "new"),
        (Mark::Replaced, "replaced"),
        (Mark::Removed, "removed"),
        (Mark::Same, "as they are"),
    ];
    let counted = words.map(|(mark, word)| {
        (
            changes.iter().filter(|change| change.mark == mark).count(),
            word,
        )
    });
    let told = counted.iter().filter(|(count, _)| *count > 0);
    let mut text = told
        .map(|(count, word)| format!("{count} {word}"))
        .collect::<Vec<_>>()
        .join(", ");
    let written = changes.iter().filter(|change| change.mark != Mark::Removed);
    let size: u64 = written
        .map(|change| match &change.thing {
            Thing::File { size, .. } => *size,
            _ => 0,
        })
        .sum();
    if size > 0 {
        text += &format!("; {}", BinaryBytes(size));
    }
    text
}

fn groups(changes: &[&Change], lines: &mut Lines) {
    let mut entries: Vec<Entry> = changes.iter().map(|change| entry(change, lines)).collect();
    entries.sort_by_cached_key(|entry| {
        (
            entry.group.to_lowercase(),
            !entry.is_group,
            entry.name.to_lowercase(),
        )
    });
    let told = entries
        .iter()
        .filter(|entry| entry.mark != ' ' || lines.is_whole())
        .count();
    let each = lines.shows_each(told);
    for group in entries.chunk_by(|one, other| one.group.eq_ignore_ascii_case(&other.group)) {
        let shown: Vec<&Entry> = group
            .iter()
            .filter(|entry| entry.mark != ' ' || lines.is_whole())
            .collect();
        let Some(first) = shown.first() else {
            continue;
        };
        let own = if first.is_group { first.mark } else { ' ' };
        let things: Vec<&&Entry> = shown.iter().filter(|entry| !entry.is_group).collect();
        if each {
            if !first.group.is_empty() {
                lines.entry(own, 2, &first.group, 0, "");
            }
            for entry in things {
                lines.entry(entry.mark, 4, &entry.name, NOTES, &entry.note);
            }
        } else {
            folded(own, &first.group, &things, lines);
        }
    }
}

/// One line for all that is in a folder or key.
fn folded(own: char, group: &str, things: &[&&Entry], lines: &mut Lines) {
    let mark = match things.first() {
        Some(first) if things.iter().all(|thing| thing.mark == first.mark) => first.mark,
        Some(_) => '~',
        None => own,
    };
    let size: u64 = things.iter().map(|thing| thing.size).sum();
    let count = things.len();
    let note = match (count, size) {
        (0, _) => String::new(),
        (1, 0) => "1 value".to_owned(),
        (count, 0) => format!("{count} values"),
        (1, size) => format!("1 file, {}", BinaryBytes(size)),
        (count, size) => format!("{count} files, {}", BinaryBytes(size)),
    };
    lines.entry(mark, 2, group, 60, &note);
}

/// A size; nothing where it is not known before.
fn bytes(size: u64) -> String {
    match size {
        0 => String::new(),
        size => BinaryBytes(size).to_string(),
    }
}

fn entry(change: &Change, lines: &Lines) -> Entry {
    let mut entry = Entry {
        group: String::new(),
        mark: sign(change.mark),
        name: String::new(),
        note: String::new(),
        size: 0,
        is_group: false,
    };
    match &change.thing {
        Thing::Folder(folder) => {
            entry.group = format!("{folder}\\");
            entry.is_group = true;
        }
        Thing::Key(key) => {
            entry.group = key.to_string();
            entry.is_group = true;
        }
        Thing::File {
            path,
            size,
            version,
        } => {
            (entry.group, entry.name) = parted(path);
            entry.size = *size;
            let version = version.as_deref().unwrap_or_default();
            entry.note = format!("{:>12}  {version}", bytes(*size))
                .trim_end()
                .to_owned();
        }
        Thing::Shortcut { file, shortcut } => {
            (entry.group, entry.name) = parted(file);
            entry.note = shortcut.as_ref().map_or_else(String::new, target);
        }
        Thing::IniLine {
            file,
            section,
            key,
            value,
        } => {
            entry.group = format!("{file} [{section}]");
            entry.name = match value {
                Some(value) => format!("{key}={value}"),
                None => key.clone(),
            };
        }
        Thing::Value { key, name, data } => value(&mut entry, key, name, data, lines),
    }
    entry
}

fn value(entry: &mut Entry, key: &KeyPath, name: &str, data: &Data, lines: &Lines) {
    let name = if name.is_empty() { "(default)" } else { name };
    entry.group = key.to_string();
    entry.name = match entry.mark {
        '-' => name.to_owned(),
        _ => format!("{name} = {}", shown(data, lines)),
    };
}

/// Data as it is shown: numbers as numbers, other types named.
fn shown(data: &Data, lines: &Lines) -> String {
    let text = match data {
        Data::Sz(text) if text.is_empty() => "\"\"".to_owned(),
        Data::Sz(text) => text.clone(),
        Data::Dword(number) => number.to_string(),
        Data::Qword(number) => number.to_string(),
        Data::MultiSz(texts) => texts.join(" | "),
        Data::ExpandSz(text) => format!("{text} (REG_EXPAND_SZ)"),
        Data::Binary(bytes) | Data::Other(_, bytes) => {
            format!("{} bytes ({})", bytes.len(), data.type_name())
        }
    };
    let text = on_one_line(&text);
    match text.char_indices().nth(DATA_CHARS_MAX) {
        Some((end, _)) if !lines.is_whole() => format!("{}...", &text[..end]),
        _ => text,
    }
}

/// A text without control characters.
pub(super) fn on_one_line(text: &str) -> String {
    let kept = text.chars().flat_map(|c| match c.is_control() {
        true => c.escape_default().collect::<Vec<char>>(),
        false => vec![c],
    });
    kept.collect()
}

fn target(shortcut: &installer::Shortcut) -> String {
    match shortcut.advertised {
        true => "-> advertised".to_owned(),
        false => {
            let arguments = shortcut.arguments.as_deref().unwrap_or_default();
            format!("-> {} {arguments}", shortcut.target)
                .trim_end()
                .to_owned()
        }
    }
}

/// The folder and the name of a file.
fn parted(path: &MachinePath) -> (String, String) {
    let folder = path
        .parent()
        .map_or_else(String::new, |folder| folder.to_string());
    let folder = format!("{}\\", folder.trim_end_matches('\\'));
    (folder, path.name().unwrap_or_default().to_owned())
}

/// Services by name: how they start, as whom, and which program they are.
fn services(changes: &[&Change], lines: &mut Lines) {
    let mut services: BTreeMap<String, Vec<&Change>> = BTreeMap::new();
    for change in changes {
        let key = match &change.thing {
            Thing::Value { key, .. } | Thing::Key(key) => key,
            _ => continue,
        };
        let path = key.path();
        let rest = path.get(SERVICES.len() + 1..).unwrap_or_default();
        let name = rest.split('\\').next().unwrap_or_default();
        services.entry(name.to_owned()).or_default().push(change);
    }
    for (name, changes) in services {
        let text = |wanted: &str| {
            changes.iter().find_map(|change| match &change.thing {
                Thing::Value { name, data, .. } if name == wanted => Some(match data.as_text() {
                    Some(text) => on_one_line(text),
                    None => shown(data, lines),
                }),
                _ => None,
            })
        };
        let start = text("Start").map(|start| start_type(&start).to_owned());
        let words: Vec<String> = [start, text("ObjectName"), text("ImagePath")]
            .into_iter()
            .flatten()
            .collect();
        let all = |mark: Mark| changes.iter().all(|change| change.mark == mark);
        let mark = match () {
            () if all(Mark::Removed) => '-',
            () if all(Mark::Added) => '+',
            () => '~',
        };
        lines.entry(mark, 2, &name, 28, &words.join(", "));
    }
}

/// `ServiceInstall.StartType` in words.
fn start_type(number: &str) -> &str {
    match number {
        "2" => "automatic",
        "3" => "on demand",
        "4" => "disabled",
        other => other,
    }
}

/// Files that registration keeps; its many values are only counted.
fn kept_files(changes: &[&Change], lines: &mut Lines) {
    for change in changes {
        if let Thing::File { path, size, .. } = &change.thing {
            lines.entry(sign(change.mark), 2, &path.to_string(), 60, &bytes(*size));
        }
    }
    let values = changes
        .iter()
        .filter(|change| matches!(change.thing, Thing::Value { .. }));
    lines.plain(format!("    {} registry values", values.count()));
    lines.has_folded = true;
}
