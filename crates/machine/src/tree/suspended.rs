//! A transaction that waits for a restart: its place, `.msikit/journal/suspended`, and the registry of before it.
//!
//! While it waits, the programs of the machine write to the registry. So what undoes it is told as single keys and
//! values; the hives of before are put back whole only where nobody has written since. Each is kept under a name with
//! the hash of the hive that took its place: `suspended-HASH-system.reg`.

use sha2::{Digest, Sha256};

use super::Tree;
use super::journal::{ACTIVE, JOURNALS, absent};
use super::keys::HIVES;
use super::lookup::join;
use crate::disk::Disk;
use crate::hive::{Hive, NodeId};
use crate::path::same_name;
use crate::{Data, Error, KeyChange, KeyPath, Saved};

const SUSPENDED: &str = ".msikit/journal/suspended";
/// What the names of hives of before begin with.
const KEPT: &str = "suspended-";
/// Before the name of a hive that was not there.
const ABSENT: &str = "absent-";

impl<D: Disk> Tree<D> {
    pub(super) fn suspended_journal(&self) -> Result<Option<Vec<u8>>, Error> {
        if !self.has(SUSPENDED)? {
            return Ok(None);
        }
        let journal = self.read_own(&join(SUSPENDED, "journal"))?;
        Ok(Some(journal.unwrap_or_default()))
    }

    /// Whatever is cut short here leaves an active journal, whose undo finds the hives under either name.
    pub(super) fn suspend(&mut self) -> Result<(), Error> {
        if self.has(SUSPENDED)? {
            return Err(Error::JournalActive);
        }
        for index in 0..HIVES.len() {
            self.keep_over_restart(index)?;
        }
        self.rename_own(ACTIVE, SUSPENDED)?;
        self.sync_own_folder(JOURNALS)
    }

    pub(super) fn resume(&mut self) -> Result<(), Error> {
        if self.has(ACTIVE)? {
            return Err(Error::JournalActive);
        }
        self.rename_own(SUSPENDED, ACTIVE)?;
        self.sync_own_folder(JOURNALS)?;
        self.journal_is_found = false;
        Ok(())
    }

    pub(super) fn is_saved(&self, saved: Saved) -> Result<bool, Error> {
        // Not `stat`: a saved link may lead nowhere from where it is kept.
        let names = self.own_names(ACTIVE)?;
        Ok(names.contains(&format!("saved-{saved}")))
    }

    /// Gives the hive of before, if it was replaced, the name that says by what.
    ///
    /// One that is suspended for the second time has two: that of before it began, which stays the one to put back if
    /// nobody had written between the two parts, and that of before the second part.
    fn keep_over_restart(&mut self, index: usize) -> Result<(), Error> {
        let name = HIVES[index];
        let was_absent = self.has(&absent(name))?;
        let replaced = if was_absent {
            absent(name)
        } else {
            join(ACTIVE, name)
        };
        if !self.has(&replaced)? {
            return Ok(());
        }
        let Some(first) = self.suspended_hive(name)? else {
            let to = kept_hive(name, was_absent, &self.hash(name)?);
            return self.rename_own(&replaced, &to);
        };
        if first.replaced_by == self.hash(&replaced)? {
            let to = kept_hive(name, first.was_absent, &self.hash(name)?);
            self.rename_own(&first.path, &to)?;
        } else {
            self.remove_own_file(&first.path)?;
        }
        self.remove_own_file(&replaced)
    }

    /// Puts the hives of before a suspension back where what replaced them is what is there.
    pub(super) fn restore_suspended_hives(&mut self) -> Result<(), Error> {
        for (index, name) in HIVES.into_iter().enumerate() {
            let Some(kept) = self.suspended_hive(name)? else {
                continue;
            };
            if self.hash(name)? != kept.replaced_by {
                continue;
            }
            if kept.was_absent {
                self.remove_own_file(name)?;
                self.remove_own_file(&kept.path)?;
            } else {
                self.rename_own(&kept.path, name)?;
            }
            self.hives[index].take();
        }
        Ok(())
    }

    fn suspended_hive(&self, name: &str) -> Result<Option<SuspendedHive>, Error> {
        let found = self.own_names(ACTIVE)?.into_iter().find_map(|entry| {
            let (hash, rest) = entry.strip_prefix(KEPT)?.split_once('-')?;
            let was_absent = rest.strip_prefix(ABSENT) == Some(name);
            (was_absent || rest == name).then(|| SuspendedHive {
                path: join(ACTIVE, &entry),
                replaced_by: hash.to_owned(),
                was_absent,
            })
        });
        Ok(found)
    }

    fn own_names(&self, folder: &str) -> Result<Vec<String>, Error> {
        let listed = self.disk.list(folder).map_err(Error::io("list", folder))?;
        let entries = listed.unwrap_or_default().into_iter();
        Ok(entries.map(|entry| entry.name).collect())
    }

    /// The first 16 hexadecimal digits of a file's SHA-256; of one that is not there: that of no bytes.
    fn hash(&self, path: &str) -> Result<String, Error> {
        let bytes = self.read_own(path)?.unwrap_or_default();
        let digest = Sha256::digest(bytes);
        Ok(digest.iter().take(8).map(|b| format!("{b:02x}")).collect())
    }

    pub(super) fn changes_back(&self) -> Result<Vec<KeyChange>, Error> {
        let mut changes = Vec::new();
        for (index, name) in HIVES.into_iter().enumerate() {
            let kept = self.read_own(&join(ACTIVE, name))?;
            let before = match kept {
                Some(text) => Hive::parse(name, text)?,
                None if self.has(&absent(name))? => self.empty_hive(index),
                None => continue,
            };
            let root = self.path_of(index, 0)?;
            changes.extend(leads_back(root, &before, self.hive(index)?)?);
        }
        Ok(changes)
    }
}

fn kept_hive(name: &str, was_absent: bool, replaced_by: &str) -> String {
    let mark = if was_absent { ABSENT } else { "" };
    join(ACTIVE, &format!("{KEPT}{replaced_by}-{mark}{name}"))
}

/// A hive of before that waits in the journal.
struct SuspendedHive {
    path: String,
    replaced_by: String,
    was_absent: bool,
}

/// Returns what makes `before` of `now`, in order: keys that are new go last, from the deepest up.
fn leads_back(root: KeyPath, before: &Hive, now: &Hive) -> Result<Vec<KeyChange>, Error> {
    let (mut changes, mut new_keys) = (Vec::new(), Vec::new());
    let mut left = vec![(root, Some(0), Some(0))];
    while let Some((path, old, new)) = left.pop() {
        match (old, new) {
            (Some(_), None) => changes.push(KeyChange::CreateKey(path.clone())),
            (None, Some(_)) => new_keys.push(KeyChange::RemoveEmptyKey(path.clone())),
            _ => {}
        }
        changes.extend(values_back(&path, (before, old), (now, new))?);
        let mut names: Vec<(&str, Option<NodeId>, Option<NodeId>)> = Vec::new();
        for child in old.into_iter().flat_map(|node| before.children(node)) {
            let name = before.name(child);
            names.push((
                name,
                Some(child),
                new.and_then(|node| now.child(node, name)),
            ));
        }
        for child in new.into_iter().flat_map(|node| now.children(node)) {
            let name = now.name(child);
            if old.and_then(|node| before.child(node, name)).is_none() {
                names.push((name, None, Some(child)));
            }
        }
        for (name, old, new) in names {
            left.push((path.join(name), old, new));
        }
    }
    new_keys.reverse();
    changes.extend(new_keys);
    Ok(changes)
}

fn values_back(
    path: &KeyPath,
    (before, old): (&Hive, Option<NodeId>),
    (now, new): (&Hive, Option<NodeId>),
) -> Result<Vec<KeyChange>, Error> {
    type Values = Vec<(String, Data)>;
    let read = |hive: &Hive, node: Option<NodeId>| -> Result<Values, Error> {
        node.map_or(Ok(Vec::new()), |node| hive.values(node))
    };
    let (old, new) = match (read(before, old), read(now, new)) {
        // Lines that nobody understands and nobody touched.
        (Err(_), Err(_)) => return Ok(Vec::new()),
        (old, new) => (old?, new?),
    };
    let find = |values: &Values, name: &str| {
        let mut named = values.iter().filter(|(known, _)| same_name(known, name));
        named.next().map(|(_, data)| data.clone())
    };
    let mut changes = Vec::new();
    for (name, data) in &old {
        if find(&new, name).as_ref() != Some(data) {
            let (name, data) = (name.clone(), data.clone());
            changes.push(KeyChange::SetValue(path.clone(), name, data));
        }
    }
    for (name, _) in &new {
        if find(&old, name).is_none() {
            changes.push(KeyChange::RemoveValue(path.clone(), name.clone()));
        }
    }
    Ok(changes)
}
