//! What a plan writes and removes, section by section: files by folder, values by key.

use std::collections::BTreeMap;

use indicatif::BinaryBytes;
use installer::{Change, Mark, Plan, Thing};
use machine::{Data, KeyPath, MachinePath};

use super::{Depth, Lines};

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
pub struct Entry {
    group: String,
    /// `+` new, `~` another, `-` gone; a blank: it stays as it is.
    pub mark: char,
    /// Its name.
    pub name: String,
    /// What is said of it: a file's version, a shortcut's target.
    pub note: String,
    /// A file's size in bytes; 0: it is not known before.
    pub size: Option<u64>,
    /// The group itself comes or goes.
    is_group: bool,
}

/// What is in one folder or below one key.
pub struct Group {
    /// The folder or key; empty: there is none.
    pub name: String,
    /// The mark of the folder or key itself.
    pub mark: char,
    /// What is in it.
    pub entries: Vec<Entry>,
}

/// One kind of what a plan touches, such as files.
pub struct Part<'a> {
    section: Section,
    changes: Vec<&'a Change>,
}

impl Part<'_> {
    /// What it is called.
    pub fn title(&self) -> &'static str {
        self.section.title()
    }

    /// `10 new, 2 replaced; 3.1 MiB`.
    pub fn sum(&self) -> String {
        sum(&self.changes)
    }

    /// Is it what every product has: its registration?
    pub fn is_registration(&self) -> bool {
        self.section == Section::Registration
    }

    /// What it has, by folder or key; services by name. What stays as it is is there only where all is asked for.
    pub fn groups(&self, depth: Depth) -> Vec<Group> {
        match self.section {
            Section::Services => vec![Group {
                name: String::new(),
                mark: ' ',
                entries: services(&self.changes, depth),
            }],
            _ => groups(&self.changes, depth),
        }
    }
}

/// Parts a plan's changes by what they are.
pub fn parts(plan: &Plan) -> Vec<Part<'_>> {
    let mut sections: BTreeMap<Section, Vec<&Change>> = BTreeMap::new();
    for change in &plan.changes {
        sections
            .entry(Section::of(change))
            .or_default()
            .push(change);
    }
    let part = |(section, changes)| Part { section, changes };
    sections.into_iter().map(part).collect()
}

pub(super) fn sections(plan: &Plan, lines: &mut Lines) {
    for part in parts(plan) {
        lines.heading(part.title(), &part.sum());
        let groups = part.groups(lines.depth);
        match part.section {
            Section::Services => {
                for entry in groups.iter().flat_map(|group| &group.entries) {
                    lines.entry(entry.mark, 2, &entry.name, 28, &entry.note);
                }
            }
            Section::Registration if !lines.is_whole() => kept_files(&part.changes, lines),
            _ => group_lines(&groups, lines),
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

fn groups(changes: &[&Change], depth: Depth) -> Vec<Group> {
    let mut entries: Vec<Entry> = changes.iter().map(|change| entry(change, depth)).collect();
    entries.retain(|entry| entry.mark != ' ' || depth == Depth::Whole);
    entries.sort_by_cached_key(|entry| {
        (
            entry.group.to_lowercase(),
            !entry.is_group,
            entry.name.to_lowercase(),
        )
    });
    let mut groups: Vec<Group> = Vec::new();
    for entry in entries {
        let last = groups
            .last_mut()
            .filter(|last| last.name.eq_ignore_ascii_case(&entry.group));
        match last {
            Some(last) if !entry.is_group => last.entries.push(entry),
            Some(_) => {}
            None => groups.push(Group::begun_by(entry)),
        }
    }
    groups
}

impl Group {
    fn begun_by(entry: Entry) -> Group {
        Group {
            name: entry.group.clone(),
            mark: if entry.is_group { entry.mark } else { ' ' },
            entries: (!entry.is_group).then_some(entry).into_iter().collect(),
        }
    }
}

fn group_lines(groups: &[Group], lines: &mut Lines) {
    let told = groups
        .iter()
        .map(|group| group.entries.len() + usize::from(group.mark != ' '));
    let each = lines.shows_each(told.sum());
    for group in groups {
        if !each {
            folded(group, lines);
            continue;
        }
        if !group.name.is_empty() {
            lines.entry(group.mark, 2, &group.name, 0, "");
        }
        for entry in &group.entries {
            lines.entry(entry.mark, 4, &entry.name, NOTES, &entry.line_note());
        }
    }
}

impl Entry {
    /// What is said of it, on a line: a file's size first.
    fn line_note(&self) -> String {
        match self.size {
            Some(size) => format!("{:>12}  {}", bytes(size), self.note)
                .trim_end()
                .to_owned(),
            None => self.note.clone(),
        }
    }
}

/// One line for all that is in a folder or key.
fn folded(group: &Group, lines: &mut Lines) {
    let things = &group.entries;
    let mark = match things.first() {
        Some(first) if things.iter().all(|thing| thing.mark == first.mark) => first.mark,
        Some(_) => '~',
        None => group.mark,
    };
    let size: u64 = things.iter().filter_map(|thing| thing.size).sum();
    let count = things.len();
    let note = match (count, size) {
        (0, _) => String::new(),
        (1, 0) => "1 value".to_owned(),
        (count, 0) => format!("{count} values"),
        (1, size) => format!("1 file, {}", BinaryBytes(size)),
        (count, size) => format!("{count} files, {}", BinaryBytes(size)),
    };
    lines.entry(mark, 2, &group.name, 60, &note);
}

/// A size; nothing where it is not known before.
pub fn bytes(size: u64) -> String {
    match size {
        0 => String::new(),
        size => BinaryBytes(size).to_string(),
    }
}

fn entry(change: &Change, depth: Depth) -> Entry {
    let mut entry = Entry {
        group: String::new(),
        mark: sign(change.mark),
        name: String::new(),
        note: String::new(),
        size: None,
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
            entry.size = Some(*size);
            entry.note = version.clone().unwrap_or_default();
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
        Thing::Value { key, name, data } => value(&mut entry, key, name, data, depth),
    }
    entry
}

fn value(entry: &mut Entry, key: &KeyPath, name: &str, data: &Data, depth: Depth) {
    let name = if name.is_empty() { "(default)" } else { name };
    entry.group = key.to_string();
    entry.name = match entry.mark {
        '-' => name.to_owned(),
        _ => format!("{name} = {}", shown(data, depth)),
    };
}

/// Data as it is shown: numbers as numbers, other types named.
fn shown(data: &Data, depth: Depth) -> String {
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
        Some((end, _)) if depth != Depth::Whole => format!("{}...", &text[..end]),
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
fn services(changes: &[&Change], depth: Depth) -> Vec<Entry> {
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
    let entry = |(name, changes): (String, Vec<&Change>)| {
        let text = |wanted: &str| {
            changes.iter().find_map(|change| match &change.thing {
                Thing::Value { name, data, .. } if name == wanted => Some(match data.as_text() {
                    Some(text) => on_one_line(text),
                    None => shown(data, depth),
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
        Entry {
            group: String::new(),
            mark,
            name,
            note: words.join(", "),
            size: None,
            is_group: false,
        }
    };
    services.into_iter().map(entry).collect()
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
