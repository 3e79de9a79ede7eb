//! Finding what a path means: case-blind names, and links inside the machine.
//!
//! Links are followed here, by name, so that remembered listings have one name for each folder, and so that a link
//! that leads out can be named. The disk resolves every path again by handle: a link that is swapped in between is
//! caught there.

use std::collections::BTreeMap;

use super::{DRIVE_C, Tree};
use crate::disk::{Disk, Listed, ListedKind};
use crate::path::{fold, same_name};
use crate::{Error, MachinePath};

/// More links than this on one way are a circle.
const LINKS_MAX: usize = 40;

/// A remembered folder: names by folded name. Several names that differ in case only may stand in one folder.
#[derive(Debug, Default)]
pub(super) struct Listing {
    names: BTreeMap<String, Vec<Listed>>,
}

/// What a path was found to mean.
#[derive(Debug, PartialEq)]
pub(super) enum Place {
    /// Something is there, at this path of the disk.
    Found { at: String, kind: ListedKind },
    /// Nothing is there; `above` is the deepest folder on the way, and `missing` the number of names below it.
    Missing { above: String, missing: usize },
}

impl Listing {
    fn new(listed: Vec<Listed>) -> Listing {
        let mut listing = Listing::default();
        for entry in listed {
            listing.add(entry);
        }
        listing
    }

    pub(super) fn add(&mut self, entry: Listed) {
        let same = self.names.entry(fold(&entry.name)).or_default();
        same.retain(|known| known.name != entry.name);
        same.push(entry);
        same.sort_by(|a, b| a.name.cmp(&b.name));
    }

    pub(super) fn remove(&mut self, name: &str) {
        let folded = fold(name);
        if let Some(same) = self.names.get_mut(&folded) {
            same.retain(|known| known.name != name);
            if same.is_empty() {
                self.names.remove(&folded);
            }
        }
    }

    /// The entry of a name: in exact case, else the first that differs in case only.
    pub(super) fn get(&self, name: &str) -> Option<&Listed> {
        let same = self.names.get(&fold(name))?;
        same.iter()
            .find(|known| known.name == name)
            .or(same.first())
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = &Listed> {
        self.names.values().flatten()
    }
}

impl<D: Disk> Tree<D> {
    /// Returns the folder of a drive, as a path of the disk.
    pub(super) fn drive_folder(&self, path: &MachinePath) -> Result<String, Error> {
        let drive = path.drive();
        if drive == 'C' {
            return Ok(DRIVE_C.to_owned());
        }
        if !self.facts.drives.contains(&drive) {
            return Err(Error::NoSuchDrive {
                drive,
                path: path.to_string(),
            });
        }
        let letter = drive.to_ascii_lowercase();
        let own = format!("drive_{letter}");
        Ok(if self.has(&own)? {
            own
        } else {
            format!("dosdevices/{letter}:")
        })
    }

    /// Returns the folders of all drives that are there, as paths of the disk; each once.
    pub(crate) fn drive_folders(&self) -> Result<Vec<String>, Error> {
        let mut folders = Vec::new();
        for &drive in &self.facts.drives {
            if let Place::Found {
                at,
                kind: ListedKind::Folder,
            } = self.find(&MachinePath::root(drive))?
                && !folders.contains(&at)
            {
                folders.push(at);
            }
        }
        Ok(folders)
    }

    /// Returns where something in the machine is on the host, links followed; none where it is not there, or not
    /// on the host.
    ///
    /// Errors: as [`crate::View::metadata`].
    pub fn host_path(&self, path: &MachinePath) -> Result<Option<std::path::PathBuf>, Error> {
        Ok(match self.find(path)? {
            Place::Found { at, .. } => self.disk.host_path(&at),
            Place::Missing { .. } => None,
        })
    }

    /// Finds a path, following all links.
    pub(super) fn find(&self, path: &MachinePath) -> Result<Place, Error> {
        self.walk(path, true)
    }

    /// Finds a path, not following a link that the last name is.
    pub(super) fn find_entry(&self, path: &MachinePath) -> Result<Place, Error> {
        self.walk(path, false)
    }

    fn walk(&self, path: &MachinePath, follow_last: bool) -> Result<Place, Error> {
        let mut left: Vec<String> = path.names().iter().rev().cloned().collect();
        left.extend(self.drive_folder(path)?.split('/').rev().map(str::to_owned));
        let mut way: Vec<String> = Vec::new();
        let (mut links, mut link) = (0, String::new());
        let mut kind = ListedKind::Folder;
        while let Some(name) = left.pop() {
            match name.as_str() {
                "" | "." => continue,
                ".." if way.pop().is_some() => continue,
                ".." => return Err(Error::LinkLeadsOut(named(path, &link))),
                _ => {}
            }
            let folder = way.join("/");
            let Some(entry) = self.entry(&folder, &name)? else {
                return Ok(Place::Missing {
                    above: folder,
                    missing: left.len() + 1,
                });
            };
            way.push(entry.name);
            kind = entry.kind;
            if kind == ListedKind::Link && (follow_last || !left.is_empty()) {
                links += 1;
                link = way.join("/");
                kind = self.follow(path, &mut way, &mut left, links)?;
            }
            if kind == ListedKind::File && !left.is_empty() {
                way.pop();
                return Ok(Place::Missing {
                    above: way.join("/"),
                    missing: left.len() + 1,
                });
            }
        }
        Ok(Place::Found {
            at: way.join("/"),
            kind,
        })
    }

    /// Puts a link's target in the place of the link, at the end of `way`.
    fn follow(
        &self,
        path: &MachinePath,
        way: &mut Vec<String>,
        left: &mut Vec<String>,
        links: usize,
    ) -> Result<ListedKind, Error> {
        let link = way.join("/");
        let target = self
            .disk
            .read_link(&link)
            .map_err(Error::io("read the link", &link))?;
        if target.starts_with('/') && links <= LINKS_MAX && is_in_user_folder(way) {
            return if self.follow_user_links {
                Ok(ListedKind::Folder)
            } else {
                Err(Error::UserLinkLeadsOut(named(path, &link)))
            };
        }
        if target.starts_with('/') || links > LINKS_MAX {
            return Err(Error::LinkLeadsOut(named(path, &link)));
        }
        way.pop();
        left.extend(target.split('/').rev().map(str::to_owned));
        Ok(ListedKind::Folder)
    }

    /// Returns the entry of one name in a folder of the disk.
    fn entry(&self, folder: &str, name: &str) -> Result<Option<Listed>, Error> {
        self.with_listing(folder, |listing| listing.get(name).cloned())
            .map(Option::flatten)
    }

    /// Looks at the names in a folder of the disk; none where there is no folder.
    pub(super) fn with_listing<R>(
        &self,
        folder: &str,
        look: impl FnOnce(&Listing) -> R,
    ) -> Result<Option<R>, Error> {
        if let Some(listing) = self.folders.borrow().get(folder) {
            return Ok(Some(look(listing)));
        }
        let Some(listed) = self.disk.list(folder).map_err(Error::io("list", folder))? else {
            return Ok(None);
        };
        let listing = Listing::new(listed);
        let seen = look(&listing);
        self.folders.borrow_mut().insert(folder.to_owned(), listing);
        Ok(Some(seen))
    }

    /// Remembers that a name was made.
    pub(super) fn note_made(&mut self, path: &str, kind: ListedKind) {
        let (folder, name) = split(path);
        if let Some(listing) = self.folders.get_mut().get_mut(folder) {
            listing.add(Listed {
                name: name.to_owned(),
                kind,
            });
        }
    }

    /// Remembers that a name is gone, with all below it.
    pub(super) fn note_gone(&mut self, path: &str) {
        let (folder, name) = split(path);
        let folders = self.folders.get_mut();
        if let Some(listing) = folders.get_mut(folder) {
            listing.remove(name);
        }
        folders.remove(path);
    }
}

/// Is this below `users\NAME`, where Wine makes links to the home directory?
fn is_in_user_folder(way: &[String]) -> bool {
    matches!(way, [drive, users, _, _, ..] if drive == DRIVE_C && same_name(users, "users"))
}

/// Parts a path of the disk into folder and name.
pub(super) fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// The path of a name in a folder of the disk.
pub(super) fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    }
}

/// Names a link for an error: as a path of the machine where it is on drive C.
fn named(path: &MachinePath, link: &str) -> String {
    match link.strip_prefix("drive_c/") {
        Some(below) => format!("{}:\\{}", path.drive(), below.replace('/', "\\")),
        None => link.to_owned(),
    }
}
