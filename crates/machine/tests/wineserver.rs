//! A wineserver is seen by its lock, and its lock alone.

#![allow(
    clippy::disallowed_methods,
    reason = "the test is the wineserver: it makes its folder and holds its lock"
)]

use std::fs;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use machine::{Disk, OsDisk, Wineserver};
use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;

/// A prefix, and a folder for its wineservers that it names, as Debian's Wine does.
struct Prefix {
    folder: tempfile::TempDir,
    servers: tempfile::TempDir,
}

impl Prefix {
    fn new() -> Prefix {
        let folder = tempfile::tempdir().unwrap();
        let servers = tempfile::Builder::new()
            .prefix("wine-")
            .tempdir_in("/tmp")
            .unwrap();
        let name = servers.path().file_name().unwrap().to_str().unwrap();
        fs::write(folder.path().join("wineserver"), name).unwrap();
        Prefix { folder, servers }
    }

    fn lock(&self) -> PathBuf {
        let directory = fs::metadata(self.folder.path()).unwrap();
        let name = format!("server-{:x}-{:x}", directory.dev(), directory.ino());
        let server = self.servers.path().join(name);
        fs::create_dir_all(&server).unwrap();
        server.join("lock")
    }

    fn wineserver(&self) -> Option<Wineserver> {
        OsDisk::open(self.folder.path())
            .unwrap()
            .wineserver()
            .unwrap()
    }
}

fn locked(path: &Path) -> fs::File {
    let file = fs::File::create(path).unwrap();
    let whole = libc::flock {
        l_type: libc::F_WRLCK as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: 0,
        l_len: 0,
        l_pid: 0,
    };
    fcntl(file.as_fd(), FcntlArg::F_OFD_SETLK(&whole)).unwrap();
    file
}

#[test]
fn a_wineserver_is_seen_while_it_holds_its_lock() {
    let prefix = Prefix::new();
    assert_eq!(prefix.wineserver(), None);
    let lock = prefix.lock();
    assert_eq!(prefix.wineserver(), None);
    fs::write(&lock, "").unwrap();
    assert_eq!(prefix.wineserver(), None);
    let held = locked(&lock);
    // A lock of an open file is no process's.
    assert_eq!(prefix.wineserver(), Some(Wineserver { pid: None }));
    drop(held);
    assert_eq!(prefix.wineserver(), None);
}

#[test]
fn a_wineserver_of_another_prefix_is_none() {
    let (one, other) = (Prefix::new(), Prefix::new());
    let _held = locked(&one.lock());
    let name = fs::read(one.folder.path().join("wineserver")).unwrap();
    fs::write(other.folder.path().join("wineserver"), name).unwrap();
    assert!(one.wineserver().is_some());
    assert_eq!(other.wineserver(), None);
}

#[test]
fn a_name_that_leads_elsewhere_is_not_followed() {
    let prefix = Prefix::new();
    let _held = locked(&prefix.lock());
    let name = prefix.servers.path().file_name().unwrap();
    let name = name.to_str().unwrap();
    for other in [
        format!("../tmp/{name}"),
        format!("{name}/."),
        "..".into(),
        String::new(),
    ] {
        fs::write(prefix.folder.path().join("wineserver"), &other).unwrap();
        assert_eq!(prefix.wineserver(), None, "{other}");
    }
}
