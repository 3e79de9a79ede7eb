//! Finding the wineserver of a prefix, without asking or disturbing it.
//!
//! A wineserver has a folder `server-DEVICE-INODE`, named after the prefix's directory, in a folder of the prefix's owner
//! in the folder for temporary files, and keeps a write lock on the file `lock` there while it lives. Wine names the
//! owner's folder `.wine-UID`; Debian's build makes one and notes its name in the prefix, in the file `wineserver`.
//! A wineserver in another container, with a folder for temporary files of its own, cannot be seen.
#![expect(
    clippy::disallowed_methods,
    reason = "wineservers are found by the folder for temporary files, which the environment names"
)]

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;
use rustix::fs::{AtFlags, CWD, Mode, OFlags, Stat};
use rustix::io::Errno;

use crate::disk::Wineserver;

/// A longer name of a folder than this is none of Wine's.
const NAME_BYTES_MAX: u64 = 64;

/// Returns the wineserver that runs on the prefix with this directory, if one does.
///
/// Errors: the system's, where that cannot be told: a lock of the prefix's owner that may not be looked at.
pub(super) fn running(prefix: &OwnedFd) -> io::Result<Option<Wineserver>> {
    let owner = rustix::fs::fstat(prefix)?;
    let server = format!("server-{:x}-{:x}", owner.st_dev, owner.st_ino);
    for folder in owners_folders(prefix, &owner) {
        // Wine uses no folder of someone else, and a lock of someone else's shall not stop anybody.
        let folder_owner = found(rustix::fs::statat(CWD, &folder, AtFlags::SYMLINK_NOFOLLOW))?;
        if folder_owner.is_none_or(|stat| stat.st_uid != owner.st_uid) {
            continue;
        }
        if let Some(server) = lock_holder(&folder.join(&server).join("lock"))? {
            return Ok(Some(server));
        }
    }
    Ok(None)
}

/// The folders that may have the folders of the owner's wineservers.
fn owners_folders(prefix: &OwnedFd, owner: &Stat) -> Vec<PathBuf> {
    let mut names = vec![format!(".wine-{}", owner.st_uid)];
    names.extend(noted_name(prefix));
    let mut bases = vec![PathBuf::from("/tmp"), std::env::temp_dir()];
    bases.dedup();
    bases
        .iter()
        .flat_map(|base| names.iter().map(|name| base.join(name)))
        .collect()
}

/// The name that Debian's Wine notes in the prefix.
fn noted_name(prefix: &OwnedFd) -> Option<String> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = rustix::fs::openat(prefix, "wineserver", flags, Mode::empty()).ok()?;
    let mut name = String::new();
    let mut start = File::from(file).take(NAME_BYTES_MAX);
    start.read_to_string(&mut name).ok()?;
    let name = name.trim();
    let plain = !name.is_empty() && name != ".." && !name.contains(['/', '\0']);
    plain.then(|| name.to_owned())
}

/// Asks who has a lock; takes none.
fn lock_holder(lock: &Path) -> io::Result<Option<Wineserver>> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let Some(file) = found(rustix::fs::open(lock, flags, Mode::empty()))? else {
        return Ok(None);
    };
    let mut answer = libc::flock {
        l_type: libc::F_WRLCK as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: 0,
        l_len: 0,
        l_pid: 0,
    };
    fcntl(file, FcntlArg::F_GETLK(&mut answer))?;
    if i32::from(answer.l_type) == libc::F_UNLCK {
        return Ok(None);
    }
    let pid = u32::try_from(answer.l_pid).ok().filter(|pid| *pid != 0);
    Ok(Some(Wineserver { pid }))
}

/// Nothing there is an answer, not an error.
fn found<T>(result: Result<T, Errno>) -> io::Result<Option<T>> {
    match result {
        Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => Ok(None),
        other => Ok(Some(other?)),
    }
}
