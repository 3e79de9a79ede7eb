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
use crate::{Attributes, Data, Error, Tree};

const BLOCK_BYTES: usize = 1 << 16;

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
    let mut lines = Vec::new();
    for folder in tree.drive_folders()? {
        folder_lines(tree, &folder, &mut lines)?;
    }
    for (root, values) in tree.all_keys()? {
        lines.push(format!("K {}", escaped(&root)));
        for (name, data) in values {
            lines.push(format!(
                "R {}\\{} {} {}",
                escaped(&root),
                escaped(&name),
                data.type_name(),
                data_text(&data)
            ));
        }
    }
    lines.sort_unstable();
    Ok(lines)
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

fn folder_lines<D: Disk>(
    tree: &Tree<D>,
    folder: &str,
    lines: &mut Vec<String>,
) -> Result<(), Error> {
    let disk = tree.disk();
    lines.push(format!("D {}", escaped(folder)));
    for entry in disk
        .list(folder)
        .map_err(Error::io("list", folder))?
        .unwrap_or_default()
    {
        let path = format!("{folder}/{}", entry.name);
        match entry.kind {
            ListedKind::Folder => folder_lines(tree, &path, lines)?,
            ListedKind::File => lines.push(file_line(disk, &path)?),
            ListedKind::Link => {
                let target = disk
                    .read_link(&path)
                    .map_err(Error::io("read the link", &path))?;
                lines.push(format!("L {} {}", escaped(&path), escaped(&target)));
            }
        }
    }
    Ok(())
}

fn file_line(disk: &impl Disk, path: &str) -> Result<String, Error> {
    let stat = disk.stat(path).map_err(Error::io("examine", path))?;
    let stat =
        stat.ok_or_else(|| Error::io("examine", path)(std::io::ErrorKind::NotFound.into()))?;
    let mut file = disk.open_read(path).map_err(Error::io("open", path))?;
    let mut hash = Sha256::new();
    let mut block = vec![0; BLOCK_BYTES];
    loop {
        match file.read(&mut block).map_err(Error::io("read", path))? {
            0 => break,
            count => hash.update(&block[..count]),
        }
    }
    let (path, hash) = (escaped(path), hexadecimal(&hash.finalize()));
    Ok(format!(
        "F {path} {} {hash} {} {:03o}",
        stat.size,
        letters(stat.attributes),
        stat.mode
    ))
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
