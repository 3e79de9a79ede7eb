//! Machines that are Wine prefixes: a wineserver has the registry in its memory, and user folders lead to the home directory.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::os::fd::AsFd;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::PathBuf;

use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;

use crate::world::{World, feed, named_pipe};

const USING: &str = "a wineserver is using this prefix: close its programs, or run `wineserver -w`";

/// What a wineserver of a machine shows to others: a lock. It is one while this is there.
struct Wineserver {
    _lock: File,
    _folder: tempfile::TempDir,
}

impl Wineserver {
    fn start(world: &World) -> Wineserver {
        let folder = tempfile::Builder::new().prefix("wine-").tempdir_in("/tmp");
        let folder = folder.unwrap();
        let name = folder.path().file_name().unwrap().to_str().unwrap();
        fs::write(world.machine().join("wineserver"), name).unwrap();
        let prefix = fs::metadata(world.machine()).unwrap();
        let server = format!("server-{:x}-{:x}", prefix.dev(), prefix.ino());
        fs::create_dir(folder.path().join(&server)).unwrap();
        let lock = File::create(folder.path().join(&server).join("lock")).unwrap();
        let whole = libc::flock {
            l_type: libc::F_WRLCK as libc::c_short,
            l_whence: libc::SEEK_SET as libc::c_short,
            l_start: 0,
            l_len: 0,
            l_pid: 0,
        };
        fcntl(lock.as_fd(), FcntlArg::F_OFD_SETLK(&whole)).unwrap();
        Wineserver {
            _lock: lock,
            _folder: folder,
        }
    }
}

/// A machine that Wine could be started on.
fn prefix() -> World {
    let world = World::new();
    assert_eq!(world.msikit(&["machine", "init"]).status, 0);
    world
}

fn package(world: &World) -> String {
    let text = "product Tool 1.0.0\nfile a.txt in Main: a\n\
        Registry: Reg1 | 2 | Software\\Tool | Name | [ProductName] | Main";
    world.package("tool", text).to_str().unwrap().to_owned()
}

/// The same with a file that comes out of a named pipe: the install stops there until it is fed.
fn parking_package(world: &World) -> (String, PathBuf) {
    let folder = package(world);
    let source = PathBuf::from(&folder).join("Tool/a.txt");
    fs::remove_file(&source).unwrap();
    named_pipe(&source);
    (folder, source)
}

#[test]
fn a_wineserver_is_in_the_way_and_waited_for() {
    let world = prefix();
    let package = package(&world);
    let server = Wineserver::start(&world);
    let refused = world.msikit(&["install", &package, "--no-wait"]);
    assert_eq!(
        refused.shown(),
        format!("82\nmsikit: {USING} [1618 ERROR_INSTALL_ALREADY_RUNNING]\n")
    );
    let listed = world.msikit(&["list"]);
    assert!(listed.err.contains("a wineserver is using this prefix"));

    let mut waiter = world.spawn(&["install", &package, "--wait"]);
    let mut told = BufReader::new(waiter.stderr.take().unwrap());
    let waiting = format!("msikit: waiting: {USING}\n");
    let mut line = String::new();
    while line != waiting {
        line.clear();
        assert_ne!(told.read_line(&mut line).unwrap(), 0, "it does not wait");
    }
    let status = world.status();
    assert_eq!(status["holder"]["pid"], waiter.id(), "{status}");
    assert_eq!(waiter.try_wait().unwrap(), None);
    drop(server);
    let installed = world.end(waiter);
    let mut rest = String::new();
    told.read_to_string(&mut rest).unwrap();
    assert_eq!(installed.status, 0, "{installed:?} {rest}");
}

#[test]
fn a_wineserver_that_comes_while_an_install_is_under_way_makes_it_roll_back() {
    let world = prefix();
    let (package, source) = parking_package(&world);
    let before = world.snapshot();
    let install = world.spawn(&["install", &package]);
    world.await_status(|status| status["holder"]["action"] == "InstallFinalize");
    let server = Wineserver::start(&world);
    feed(&source, b"a");
    let ended = world.end(install);
    assert_eq!(ended.status, 67, "{ended:?}");
    let line = format!("{USING} [1603 ERROR_INSTALL_FAILURE]");
    assert!(ended.err.contains(&line), "{ended:?}");
    drop(server);
    fs::remove_file(world.machine().join("wineserver")).unwrap();
    assert_eq!(world.snapshot(), before);
    assert_eq!(world.msikit(&["recover"]).out, "nothing to recover\n");
}

#[test]
fn a_hive_that_was_written_while_an_install_is_under_way_stays_and_the_install_rolls_back() {
    let world = prefix();
    let (package, source) = parking_package(&world);
    let before = world.snapshot();
    let install = world.spawn(&["install", &package]);
    world.await_status(|status| status["holder"]["action"] == "InstallFinalize");
    let hive = world.machine().join("system.reg");
    let written = fs::read_to_string(&hive).unwrap() + "\n[Software\\\\Wine's]\n\"a\"=\"b\"\n";
    fs::write(&hive, &written).unwrap();
    feed(&source, b"a");
    let ended = world.end(install);
    assert_eq!(ended.status, 67, "{ended:?}");
    let line = "system.reg was changed by another program meanwhile";
    assert!(ended.err.contains(line), "{ended:?}");
    assert_eq!(fs::read_to_string(&hive).unwrap(), written);
    let mut expected = before;
    expected.extend([
        "K HKLM\\Software\\Wine's".to_owned(),
        "R HKLM\\Software\\Wine's\\a REG_SZ b".to_owned(),
    ]);
    expected.sort();
    let mut after = world.snapshot();
    after.sort();
    assert_eq!(after, expected);
}

#[test]
fn links_of_user_folders_are_followed_on_request() {
    let world = prefix();
    let text = "product Tool 1.0.0\nfile a.txt in Main: a\n\
        Directory: DesktopFolder | TARGETDIR | .\n\
        Shortcut: Link | DesktopFolder | Tool | Main | [#a.txt] | | | | | | |";
    let package = world.package("tool", text);
    let package = package.to_str().unwrap();
    let (home, desktop) = (
        world.path("home"),
        world.machine().join("drive_c/users/alice/Desktop"),
    );
    fs::create_dir(&home).unwrap();
    fs::remove_dir(&desktop).unwrap();
    symlink(&home, &desktop).unwrap();
    let before = world.snapshot();
    let per_user = ["ALLUSERS=", package];
    let refused = world.msikit(&[&["install"], &per_user[..]].concat());
    assert_eq!(
        refused.shown(),
        "67\nmsikit: CreateShortcuts: ShortcutCreate C:\\users\\alice\\Desktop\\Tool.lnk: C:\\users\\alice\\Desktop is a symbolic link that leads out of the machine, into the home directory: --follow-user-links allows it [message 1305] [1603 ERROR_INSTALL_FAILURE]\n"
    );
    assert_eq!(world.snapshot(), before);
    let installed = world.msikit(&[&["install", "--follow-user-links"], &per_user[..]].concat());
    assert_eq!(installed.status, 0, "{installed:?}");
    assert!(home.join("Tool.lnk").exists());
    let removed = world.msikit(&["remove", "--follow-user-links", "Tool"]);
    assert_eq!(removed.status, 0, "{removed:?}");
    assert_eq!(fs::read_dir(&home).unwrap().count(), 0);
}
