//! A machine as sorted lines of text, to be compared: `machine snapshot` and `machine diff`.
//!
//! `D path`, `F path size sha256 attributes mode`, `L path target`, `K key`, `R key\name type data`; no times;
//! msikit's own folder is left out. Paths are those of the directory, keys those of the hives, as stored: links of
//! either kind are shown and not followed. The default value's name is empty.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Read;

use sha2::{Digest, Sha256};

use crate::disk::{Disk, ListedKind};
use crate::tree::{HIVES, MACHINE_TOML, OWN, SYSTEM, USER, USER_DEFAULT};
use crate::{Attributes, Data, Error, KeyPath, Root, Tree};

const BLOCK_BYTES: usize = 1 << 16;
/// Wine's links for drives.
const DOSDEVICES: &str = "dosdevices";

/// One line of a snapshot, and what it tells.
#[derive(Clone, Debug, PartialEq)]
pub struct SnapshotLine {
    /// The line.
    pub text: String,
    /// What it tells.
    pub item: Item,
}

/// One thing in a machine. Paths are those of the machine's directory, `/`-separated, as stored.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// A folder, a file or a symbolic link.
    Entry(ImageEntry),
    /// A registry key.
    Key(KeyPath),
    /// A registry value: its key, its name ("" is the default value), and its data.
    Value(KeyPath, String, Data),
}

/// One name in a machine's directory.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageEntry {
    /// The path.
    pub path: String,
    /// What is there.
    pub kind: ImageKind,
}

/// What a name in a machine's directory is.
#[derive(Clone, Debug, PartialEq)]
pub enum ImageKind {
    /// A folder, with its Unix permission bits.
    Folder {
        /// Such as `0o755`.
        mode: u32,
    },
    /// A file.
    File {
        /// Size in bytes.
        size: u64,
        /// Unix permission bits.
        mode: u32,
        /// Windows' attribute bits.
        attributes: Attributes,
    },
    /// A symbolic link.
    Link {
        /// Where it leads to, as stored.
        target: String,
    },
}

/// One line that two snapshots do not share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// Only in the first.
    Removed(String),
    /// Only in the second.
    Added(String),
}

/// Returns the lines of a machine, sorted. Unpublished registry changes are in it.
///
/// Errors: those of reading files and hives.
pub fn snapshot<D: Disk>(tree: &Tree<D>) -> Result<Vec<String>, Error> {
    let lines = inventory(tree)?.into_iter();
    Ok(lines.map(|line| line.text).collect())
}

/// Returns the lines of a machine with what each tells, sorted by the lines.
///
/// Errors: as [`snapshot`].
pub fn inventory<D: Disk>(tree: &Tree<D>) -> Result<Vec<SnapshotLine>, Error> {
    let mut lines = Vec::new();
    for folder in tree.drive_folders()? {
        for entry in entries_below(tree.disk(), &folder)? {
            let text = entry_line(tree.disk(), &entry)?;
            let item = Item::Entry(entry);
            lines.push(SnapshotLine { text, item });
        }
    }
    lines.extend(registry_lines(tree)?);
    lines.sort_unstable_by(|one, other| one.text.cmp(&other.text));
    Ok(lines)
}

/// Returns the lines of a machine's registry, in the order of its hives.
///
/// Errors: a hive cannot be read.
pub fn registry_lines<D: Disk>(tree: &Tree<D>) -> Result<Vec<SnapshotLine>, Error> {
    let mut lines = Vec::new();
    for (key, values) in tree.all_keys()? {
        let shown = escaped(&key.to_string());
        for (name, data) in values {
            let (kind, data_shown) = (data.type_name(), data_text(&data));
            let text = format!("R {shown}\\{} {kind} {data_shown}", escaped(&name));
            let item = Item::Value(key.clone(), name, data);
            lines.push(SnapshotLine { text, item });
        }
        let text = format!("K {shown}");
        let item = Item::Key(key);
        lines.push(SnapshotLine { text, item });
    }
    Ok(lines)
}

/// Returns everything that a copy of the machine needs, sorted by path, folders before what is in them: the drives,
/// the links that Wine has for them, the hives and the machine's facts. The gate, the journal and the event log are
/// this machine's own and are not there.
///
/// Errors: those of listing and examining files.
pub fn image<D: Disk>(tree: &Tree<D>) -> Result<Vec<ImageEntry>, Error> {
    let disk = tree.disk();
    let mut tops = tree.drive_folders()?;
    tops.retain(|folder| !folder.contains('/'));
    let has_folder = |path| disk.list(path).map_err(Error::io("list", path));
    if has_folder(DOSDEVICES)?.is_some() {
        tops.push(DOSDEVICES.to_owned());
    }
    let mut entries = Vec::new();
    for top in tops {
        entries.extend(entries_below(disk, &top)?);
    }
    if let Some(facts) = file_entry(disk, MACHINE_TOML)? {
        entries.push(folder_entry(disk, OWN)?);
        entries.push(facts);
    }
    for hive in HIVES {
        entries.extend(file_entry(disk, hive)?);
    }
    entries.sort_unstable_by(|one, other| one.path.cmp(&other.path));
    Ok(entries)
}

/// Returns the file of the hive that keys of a root are in, as a path of the machine's directory.
pub fn hive_file(root: Root) -> &'static str {
    HIVES[match root {
        Root::LocalMachine => SYSTEM,
        Root::CurrentUser => USER,
        Root::Users => USER_DEFAULT,
    }]
}

/// Returns what differs between two snapshots, in order: nothing for two of the same machine.
pub fn difference(before: &[String], after: &[String]) -> Vec<Difference> {
    let (before, after): (BTreeSet<&String>, BTreeSet<&String>) =
        (before.iter().collect(), after.iter().collect());
    let changed = before.symmetric_difference(&after).map(|line| {
        if before.contains(*line) {
            Difference::Removed((*line).clone())
        } else {
            Difference::Added((*line).clone())
        }
    });
    changed.collect()
}

/// A folder and all that is below it.
fn entries_below(disk: &impl Disk, folder: &str) -> Result<Vec<ImageEntry>, Error> {
    let mut found = vec![folder_entry(disk, folder)?];
    let listed = disk.list(folder).map_err(Error::io("list", folder))?;
    for entry in listed.unwrap_or_default() {
        let path = format!("{folder}/{}", entry.name);
        match entry.kind {
            ListedKind::Folder => found.extend(entries_below(disk, &path)?),
            ListedKind::File => found.extend(file_entry(disk, &path)?),
            ListedKind::Link => {
                let target = disk.read_link(&path);
                let target = target.map_err(Error::io("read the link", &path))?;
                let kind = ImageKind::Link { target };
                found.push(ImageEntry { path, kind });
            }
        }
    }
    Ok(found)
}

fn folder_entry(disk: &impl Disk, path: &str) -> Result<ImageEntry, Error> {
    let stat = disk.stat(path).map_err(Error::io("examine", path))?;
    let mode = stat.map_or(0o755, |stat| stat.mode);
    Ok(ImageEntry {
        path: path.to_owned(),
        kind: ImageKind::Folder { mode },
    })
}

/// A file; none where it is gone.
fn file_entry(disk: &impl Disk, path: &str) -> Result<Option<ImageEntry>, Error> {
    let stat = disk.stat(path).map_err(Error::io("examine", path))?;
    Ok(stat.map(|stat| ImageEntry {
        path: path.to_owned(),
        kind: ImageKind::File {
            size: stat.size,
            mode: stat.mode,
            attributes: stat.attributes,
        },
    }))
}

fn entry_line(disk: &impl Disk, entry: &ImageEntry) -> Result<String, Error> {
    let path = &entry.path;
    let hash = match entry.kind {
        ImageKind::File { .. } => {
            let mut file = disk.open_read(path).map_err(Error::io("open", path))?;
            hash_of(&mut file).map_err(Error::io("read", path))?
        }
        _ => String::new(),
    };
    Ok(entry.line(&hash))
}

impl ImageEntry {
    /// Returns the line of a snapshot; `hash` is the SHA-256 of a file's contents, as [`hash_of`] says it.
    pub fn line(&self, hash: &str) -> String {
        let path = escaped(&self.path);
        match &self.kind {
            ImageKind::Folder { .. } => format!("D {path}"),
            ImageKind::Link { target } => format!("L {path} {}", escaped(target)),
            ImageKind::File {
                size,
                mode,
                attributes,
            } => format!("F {path} {size} {hash} {} {mode:03o}", letters(*attributes)),
        }
    }
}

/// Returns the SHA-256 of all that is left to read, in hexadecimal. Errors: the reader's.
pub fn hash_of(reader: &mut impl Read) -> std::io::Result<String> {
    let mut hash = Sha256::new();
    let mut block = vec![0; BLOCK_BYTES];
    loop {
        match reader.read(&mut block)? {
            0 => return Ok(hexadecimal(&hash.finalize())),
            count => hash.update(&block[..count]),
        }
    }
}

fn letters(attributes: Attributes) -> String {
    let all = [
        (attributes.read_only, 'R'),
        (attributes.hidden, 'H'),
        (attributes.system, 'S'),
    ];
    let letters: String = all
        .iter()
        .filter(|(set, _)| *set)
        .map(|(_, letter)| *letter)
        .collect();
    if letters.is_empty() {
        "-".to_owned()
    } else {
        letters
    }
}

fn data_text(data: &Data) -> String {
    match data {
        Data::Sz(text) | Data::ExpandSz(text) => escaped(text),
        Data::MultiSz(texts) => texts
            .iter()
            .map(|text| escaped(text))
            .collect::<Vec<_>>()
            .join("\\0"),
        Data::Dword(number) => number.to_string(),
        Data::Qword(number) => number.to_string(),
        Data::Binary(bytes) | Data::Other(_, bytes) => hexadecimal(bytes),
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// Keeps a text on its line.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c.is_control() => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Facts, KeyPath, Machine, MachinePath, Root, memory};

    #[test]
    fn a_snapshot_shows_what_changed_and_nothing_else() {
        let mut tree = memory(Facts::default()).unwrap();
        let before = snapshot(&tree).unwrap();
        let path = MachinePath::parse("C:\\a b.txt").unwrap();
        tree.create_file(&path).unwrap().write_all(b"x").unwrap();
        tree.set_metadata(
            &path,
            Attributes {
                read_only: true,
                hidden: true,
                system: false,
            },
            None,
        )
        .unwrap();
        tree.set_value(
            &KeyPath::new(Root::CurrentUser, "A"),
            "n",
            &Data::Sz("a\nb".into()),
        )
        .unwrap();
        tree.remove_value(&KeyPath::new(Root::CurrentUser, "Environment"), "TMP")
            .unwrap();
        tree.begin_journal().unwrap();
        tree.publish_registry().unwrap();
        let after = snapshot(&tree).unwrap();
        let hash = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881";
        let expected = [
            Difference::Added(format!("F drive_c/a b.txt 1 {hash} RH 444")),
            Difference::Added("K HKCU\\A".to_owned()),
            Difference::Added("R HKCU\\A\\n REG_SZ a\\nb".to_owned()),
            Difference::Removed(
                "R HKCU\\Environment\\TMP REG_SZ C:\\users\\user\\AppData\\Local\\Temp".to_owned(),
            ),
        ];
        assert_eq!(difference(&before, &after), expected);
        assert!(difference(&after, &after).is_empty());
        assert!(after.is_sorted());
    }
}
