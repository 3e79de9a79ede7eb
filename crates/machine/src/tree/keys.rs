//! Which hive and which key a [`KeyPath`] means: aliases, users, and link keys.

use std::cell::OnceCell;

use super::Tree;
use crate::disk::{Disk, Stat};
use crate::hive::{Hive, NodeId};
use crate::path::same_name;
use crate::registry::as_stored;
use crate::{Architecture, Data, Error, KeyPath, Root};

/// The hives' files, in the order of [`Tree`]'s `hives`.
pub(crate) const HIVES: [&str; 3] = ["system.reg", "user.reg", "userdef.reg"];
/// The number of the local machine's hive.
pub(crate) const SYSTEM: usize = 0;
/// The number of the user's hive.
pub(crate) const USER: usize = 1;
/// The number of the hive of users who have none.
pub(crate) const USER_DEFAULT: usize = 2;

/// More link keys than this on one way are a circle.
const LINKS_MAX: usize = 16;

/// A key's path and its values.
pub(crate) type StoredKey = (KeyPath, Vec<(String, Data)>);

/// A key looked up: how far it is there.
struct Located {
    hive: usize,
    /// The deepest key that is there.
    node: NodeId,
    /// The names below it that are not.
    missing: Vec<String>,
}

impl<D: Disk> Tree<D> {
    /// Returns a hive, read on first use; one without a file is empty.
    pub(super) fn hive(&self, index: usize) -> Result<&Hive, Error> {
        if let Some(hive) = self.hives[index].get() {
            return Ok(hive);
        }
        self.hive_files.borrow_mut()[index] = self.hive_file(index)?;
        let mut hive = match self.read_own(HIVES[index])? {
            Some(text) => Hive::parse(HIVES[index], text)?,
            None => self.empty_hive(index),
        };
        hive.set_time(self.time);
        Ok(self.hives[index].get_or_init(|| hive))
    }

    /// Returns a hive to be changed.
    pub(super) fn hive_mut(&mut self, index: usize) -> Result<&mut Hive, Error> {
        let hive = match self.hives[index].take() {
            Some(hive) => hive,
            None => {
                self.hive(index)?;
                self.hives[index]
                    .take()
                    .unwrap_or_else(|| self.empty_hive(index))
            }
        };
        self.hives[index] = OnceCell::from(hive);
        self.hives[index].get_mut().ok_or(Error::NoMachine)
    }

    /// Returns what is known of a hive's file now.
    pub(super) fn hive_file(&self, index: usize) -> Result<Option<Stat>, Error> {
        self.disk
            .stat(HIVES[index])
            .map_err(Error::io("examine", HIVES[index]))
    }

    pub(super) fn empty_hive(&self, index: usize) -> Hive {
        let arch = if self.facts.architecture == Architecture::X64 {
            "win64"
        } else {
            "win32"
        };
        let above = match index {
            SYSTEM => "REGISTRY\\Machine".to_owned(),
            USER => format!("REGISTRY\\User\\{}", self.facts.user_sid),
            _ => "REGISTRY\\User\\.Default".to_owned(),
        };
        Hive::empty(HIVES[index], &above, arch)
    }

    /// Finds a key that is there.
    pub(super) fn find_key(&self, key: &KeyPath) -> Result<Option<(usize, NodeId)>, Error> {
        let located = self.locate(key)?;
        Ok(located
            .filter(|found| found.missing.is_empty())
            .map(|found| (found.hive, found.node)))
    }

    /// Makes a key and those above it.
    pub(super) fn make_key(&mut self, key: &KeyPath) -> Result<(usize, NodeId), Error> {
        let Located {
            hive,
            mut node,
            missing,
        } = self
            .locate(key)?
            .ok_or_else(|| Error::NoSuchHive(key.clone()))?;
        for name in missing {
            node = self.hive_mut(hive)?.create(node, &name);
        }
        Ok((hive, node))
    }

    /// Returns the key that `key` means once aliases and links are followed, whether it is there or not.
    pub(super) fn resolve_key(&self, key: &KeyPath) -> Result<KeyPath, Error> {
        let Some(located) = self.locate(key)? else {
            return Ok(key.clone());
        };
        let path = self.path_of(located.hive, located.node)?;
        Ok(path.join(&located.missing.join("\\")))
    }

    /// Returns the path of a key, with the names as stored.
    pub(super) fn path_of(&self, hive: usize, node: NodeId) -> Result<KeyPath, Error> {
        let path = self.hive(hive)?.path(node);
        Ok(match hive {
            SYSTEM => KeyPath::new(Root::LocalMachine, &path),
            USER => KeyPath::new(Root::CurrentUser, &path),
            _ => KeyPath::new(Root::Users, ".Default").join(&path),
        })
    }

    /// Returns every key that is stored with its values, links not followed.
    pub(crate) fn all_keys(&self) -> Result<Vec<StoredKey>, Error> {
        let mut keys = Vec::new();
        for index in 0..HIVES.len() {
            let hive = self.hive(index)?;
            let mut left = vec![0];
            while let Some(node) = left.pop() {
                keys.push((self.path_of(index, node)?, hive.values(node)?));
                left.extend(hive.children(node));
            }
        }
        Ok(keys)
    }

    fn locate(&self, key: &KeyPath) -> Result<Option<Located>, Error> {
        let Some(start) = self.hive_of(key.root, key.names()) else {
            return Ok(None);
        };
        let (mut index, mut names) = start;
        for _ in 0..LINKS_MAX {
            as_stored(
                if index == SYSTEM {
                    Root::LocalMachine
                } else {
                    Root::CurrentUser
                },
                &mut names,
            );
            match self.descend(index, &names)? {
                Ok(located) => return Ok(Some(located)),
                Err((target, depth)) => {
                    let Some((hive, mut above)) = self.hive_of_link(&target) else {
                        return Ok(None);
                    };
                    above.extend(names.drain(..).skip(depth));
                    (index, names) = (hive, above);
                }
            }
        }
        Ok(None)
    }

    /// Goes down as far as keys are there, or to a link key: then returns its target and the names used up.
    fn descend(
        &self,
        index: usize,
        names: &[String],
    ) -> Result<Result<Located, (String, usize)>, Error> {
        let hive = self.hive(index)?;
        let mut node = 0;
        for (depth, name) in names.iter().enumerate() {
            let Some(child) = hive.child(node, name) else {
                return Ok(Ok(Located {
                    hive: index,
                    node,
                    missing: names[depth..].to_vec(),
                }));
            };
            if let Some(target) = hive.link_target(child)? {
                return Ok(Err((target, depth + 1)));
            }
            node = child;
        }
        Ok(Ok(Located {
            hive: index,
            node,
            missing: Vec::new(),
        }))
    }

    fn hive_of(&self, root: Root, names: &[String]) -> Option<(usize, Vec<String>)> {
        match root {
            Root::LocalMachine => Some((SYSTEM, names.to_vec())),
            Root::CurrentUser => Some((USER, names.to_vec())),
            Root::Users => {
                let (user, below) = names.split_first()?;
                if same_name(user, ".Default") || same_name(user, "S-1-5-18") {
                    return Some((USER_DEFAULT, below.to_vec()));
                }
                if same_name(user, &self.facts.user_sid) {
                    return Some((USER, below.to_vec()));
                }
                same_name(user, &format!("{}_Classes", self.facts.user_sid)).then(|| {
                    let classes = ["Software", "Classes"].map(str::to_owned).into_iter();
                    (USER, classes.chain(below.iter().cloned()).collect())
                })
            }
        }
    }

    /// Reads `\Registry\Machine\…` and `\Registry\User\…`.
    fn hive_of_link(&self, target: &str) -> Option<(usize, Vec<String>)> {
        let names: Vec<String> = target
            .split('\\')
            .filter(|n| !n.is_empty())
            .map(str::to_owned)
            .collect();
        let (registry, rest) = names.split_first()?;
        let (kind, rest) = rest.split_first()?;
        if !same_name(registry, "Registry") {
            return None;
        }
        let root = if same_name(kind, "Machine") {
            Root::LocalMachine
        } else {
            Root::Users
        };
        self.hive_of(root, rest)
    }
}
