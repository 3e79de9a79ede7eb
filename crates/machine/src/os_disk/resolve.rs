//! Opening paths beneath a directory's handle: openat2 where the kernel has it, name by name where not.
//!
//! Both ways refuse what leads out, whatever else changes the directory meanwhile.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, ResolveFlags};
use rustix::io::Errno;

use crate::disk::link_leads_out;

/// More links than this on one way are a circle.
const LINKS_MAX: usize = 40;
/// openat2 asks to be called again when something was renamed meanwhile.
const TRIES: usize = 64;

/// A directory's handle and the way to open what is beneath.
#[derive(Debug)]
pub(super) struct Resolver {
    root: OwnedFd,
    kernel: bool,
    user_links: bool,
}

impl Resolver {
    pub(super) fn new(root: OwnedFd) -> Resolver {
        let kernel = beneath(root.as_fd(), ".", OFlags::PATH | OFlags::CLOEXEC);
        // Some sandboxes say "not permitted" to calls that they do not know.
        let kernel = !matches!(kernel, Err(Errno::NOSYS | Errno::PERM));
        Resolver {
            root,
            kernel,
            user_links: false,
        }
    }

    pub(super) fn follow_user_links(&mut self) {
        self.user_links = true;
    }

    pub(super) fn walk_only(&mut self) {
        self.kernel = false;
    }

    /// Opens a path, following links that stay beneath.
    pub(super) fn open(&self, path: &str, flags: OFlags) -> io::Result<OwnedFd> {
        match self.open_in(self.root.as_fd(), path, flags) {
            Err(error) if self.user_links && crate::disk::leads_out(&error) => {
                self.open_user_link(path, flags).unwrap_or(Err(error))
            }
            opened => opened,
        }
    }

    fn open_in(&self, root: BorrowedFd<'_>, path: &str, flags: OFlags) -> io::Result<OwnedFd> {
        let path = if path.is_empty() { "." } else { path };
        let opened = if self.kernel {
            beneath(root, path, flags)
        } else {
            walk(root, path, flags)
        };
        match opened {
            Err(Errno::XDEV | Errno::LOOP) => Err(link_leads_out()),
            opened => Ok(opened?),
        }
    }

    /// Opens what is behind the first link that leads out below `drive_c/users/NAME`; none where there is none.
    fn open_user_link(&self, path: &str, flags: OFlags) -> Option<io::Result<OwnedFd>> {
        let names: Vec<&str> = path.split('/').collect();
        let in_user_folder = matches!(names[..], ["drive_c", users, _, _, ..] if users.eq_ignore_ascii_case("users"));
        if !in_user_folder {
            return None;
        }
        let above_flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let mut above = self
            .open_in(self.root.as_fd(), &names[..3].join("/"), above_flags)
            .ok()?;
        for (depth, name) in names.iter().enumerate().skip(3) {
            match rustix::fs::readlinkat(&above, *name, Vec::new()) {
                Ok(target) if target.to_bytes().starts_with(b"/") => {
                    let outside = rustix::fs::open(target.as_c_str(), above_flags, Mode::empty());
                    let below = names[depth + 1..].join("/");
                    return Some(match outside {
                        Ok(outside) => self.open_in(outside.as_fd(), &below, flags),
                        Err(error) => Err(error.into()),
                    });
                }
                _ => above = self.open_in(above.as_fd(), name, above_flags).ok()?,
            }
        }
        None
    }
}

fn beneath(root: BorrowedFd<'_>, path: &str, flags: OFlags) -> Result<OwnedFd, Errno> {
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    for _ in 1..TRIES {
        match rustix::fs::openat2(root, path, flags, Mode::empty(), resolve) {
            Err(Errno::AGAIN) => {}
            opened => return opened,
        }
    }
    rustix::fs::openat2(root, path, flags, Mode::empty(), resolve)
}

/// Opens a path name by name, each from the handle of the one before and none through a link.
fn walk(root: BorrowedFd<'_>, path: &str, flags: OFlags) -> Result<OwnedFd, Errno> {
    let mut left: Vec<String> = Vec::new();
    add(&mut left, path)?;
    let mut way: Vec<OwnedFd> = Vec::new();
    let mut links = 0;
    while let Some(name) = left.pop() {
        if name == ".." {
            way.pop().ok_or(Errno::XDEV)?;
            continue;
        }
        let at = way.last().map_or(root, AsFd::as_fd);
        let status = rustix::fs::statat(at, &name, AtFlags::SYMLINK_NOFOLLOW)?;
        if FileType::from_raw_mode(status.st_mode) == FileType::Symlink {
            links += 1;
            if links > LINKS_MAX {
                return Err(Errno::LOOP);
            }
            let target = rustix::fs::readlinkat(at, &name, Vec::new())?;
            add(&mut left, target.to_str().map_err(|_| Errno::ILSEQ)?)?;
            continue;
        }
        // Should a link be there by now, this refuses it.
        if left.is_empty() {
            return rustix::fs::openat(at, &name, flags | OFlags::NOFOLLOW, Mode::empty());
        }
        let folder = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let next = rustix::fs::openat(at, &name, folder, Mode::empty())?;
        way.push(next);
    }
    let at = way.last().map_or(root, AsFd::as_fd);
    rustix::fs::openat(at, ".", flags, Mode::empty())
}

fn add(left: &mut Vec<String>, path: &str) -> Result<(), Errno> {
    if path.starts_with('/') {
        return Err(Errno::XDEV);
    }
    left.extend(
        path.split('/')
            .rev()
            .filter(|name| !matches!(*name, "" | "."))
            .map(str::to_owned),
    );
    Ok(())
}
