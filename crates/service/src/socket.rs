//! The socket of a machine: `service.socket` in its own folder (`.msikit`), with `service.lock` beside it.
//!
//! It is in the machine and not below /run, so that all users find the same one, and exactly those who can reach the
//! machine can reach it. A path of a socket has at most 107 bytes; here the folder is opened and the socket named through
//! it (`/proc/self/fd/N/service.socket`), so that a machine may lie as deep as it likes.

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{
    AtFlags, FlockOperation, Gid, Mode, OFlags, Uid, fchown, flock, fstat, open, openat, unlinkat,
};
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, SocketAddrUnix, SocketFlags, SocketType, bind, listen as begin, socket_with,
};

/// The socket's name in the machine's own folder.
pub const SOCKET: &str = "service.socket";
/// Its lock, held as long as a service lives.
const LOCK: &str = "service.lock";
/// How many connections the kernel keeps that were not accepted yet.
const BACKLOG: i32 = 128;

/// Why there is no socket.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// Another service serves the machine.
    #[error("a service serves this machine already")]
    AlreadyRunning,
    /// The system's error.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// A socket that is listened on; one that was made here is removed when it is dropped.
pub struct Listening {
    pub(crate) socket: OwnedFd,
    folder: OwnedFd,
    made: bool,
    /// Released by the system with its descriptor.
    _lock: File,
}

impl Drop for Listening {
    fn drop(&mut self) {
        if self.made {
            // Nothing can be done about one that stays: the next service removes it.
            let _ = unlinkat(&self.folder, SOCKET, AtFlags::empty());
        }
    }
}

/// Listens on the socket of the machine whose own folder is `state`. A socket that a killed service left is replaced.
///
/// Every user may connect; what they may do is decided by who they are. Called while the process has one thread:
/// it changes the mask for new files for a moment.
///
/// Errors: [`SocketError::AlreadyRunning`]; the system's.
pub fn listen(state: &Path) -> Result<Listening, SocketError> {
    let (folder, lock) = lock_folder(state)?;
    let made = || -> Result<OwnedFd, Errno> {
        match unlinkat(&folder, SOCKET, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(error) => return Err(error),
        }
        let socket = new_socket()?;
        let address = address(&folder)?;
        let mask = rustix::process::umask(Mode::from_raw_mode(0o111));
        let bound = bind(&socket, &address);
        rustix::process::umask(mask);
        bound?;
        begin(&socket, BACKLOG)?;
        Ok(socket)
    };
    // A service manager that listens has no lock.
    if let Ok(Some(_)) = connect(state) {
        return Err(SocketError::AlreadyRunning);
    }
    let socket = made().map_err(|source| failed(state, SOCKET, source))?;
    Ok(Listening {
        socket,
        folder,
        made: true,
        _lock: lock,
    })
}

/// Takes a socket over that a service manager listens on, and removes.
///
/// Errors: as [`listen`].
pub fn listen_on(state: &Path, socket: OwnedFd) -> Result<Listening, SocketError> {
    let (folder, lock) = lock_folder(state)?;
    Ok(Listening {
        socket,
        folder,
        made: false,
        _lock: lock,
    })
}

fn failed(state: &Path, name: &str, source: Errno) -> SocketError {
    SocketError::Io {
        path: state.join(name),
        source: source.into(),
    }
}

fn lock_folder(state: &Path) -> Result<(OwnedFd, File), SocketError> {
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let folder = open(state, flags, Mode::empty());
    let folder = folder.map_err(|source| failed(state, "", source))?;
    let locked = lock(&folder).map_err(|source| failed(state, LOCK, source))?;
    Ok((folder, locked.ok_or(SocketError::AlreadyRunning)?))
}

/// Takes the lock; none: another process has it.
fn lock(folder: &OwnedFd) -> Result<Option<File>, Errno> {
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = openat(folder, LOCK, flags, Mode::from_raw_mode(0o600))?;
    if rustix::process::geteuid().is_root() {
        // The owner may run the next service.
        let owner = fstat(folder)?;
        let (user, group) = (Uid::from_raw(owner.st_uid), Gid::from_raw(owner.st_gid));
        fchown(&file, Some(user), Some(group))?;
    }
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(File::from(file))),
        Err(Errno::AGAIN) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Connects to the service of the machine whose own folder is `state`; none: there is none.
///
/// Errors: the system's, as when the user may not.
pub fn connect(state: &Path) -> io::Result<Option<OwnedFd>> {
    let flags = OFlags::DIRECTORY | OFlags::PATH | OFlags::CLOEXEC;
    let folder = match open(state, flags, Mode::empty()) {
        Ok(folder) => folder,
        Err(Errno::NOENT | Errno::NOTDIR) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let socket = new_socket()?;
    match rustix::net::connect(&socket, &address(&folder)?) {
        Ok(()) => Ok(Some(socket)),
        Err(Errno::NOENT | Errno::CONNREFUSED | Errno::NOTSOCK) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn new_socket() -> Result<OwnedFd, Errno> {
    socket_with(
        AddressFamily::UNIX,
        SocketType::STREAM,
        SocketFlags::CLOEXEC,
        None,
    )
}

fn address(folder: &OwnedFd) -> Result<SocketAddrUnix, Errno> {
    SocketAddrUnix::new(format!("/proc/self/fd/{}/{SOCKET}", folder.as_raw_fd()))
}
