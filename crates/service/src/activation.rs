//! What a service manager hands over: a socket that it listens on, and whom to tell how the service stands.
//!
//! Follows: systemd's manual, sd_listen_fds(3) and sd_notify(3). Limits: one socket; of the notifications READY and STOPPING.

use std::io;
use std::os::fd::OwnedFd;

use rustix::io::Errno;
use rustix::net::{
    AddressFamily, SendFlags, SocketAddrUnix, SocketFlags, SocketType, sendto, socket_with, sockopt,
};
use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};

/// The first descriptor that a service manager hands over.
const FIRST_DESCRIPTOR: i32 = 3;

/// Returns the socket that a service manager listens on for this process; none: it does not. `pid` and `count` are the
/// values of `LISTEN_PID` and `LISTEN_FDS`.
///
/// Errors: more than one socket, or one that nobody listens on; the system's.
pub fn socket(pid: Option<&str>, count: Option<&str>) -> io::Result<Option<OwnedFd>> {
    let own = getpid().as_raw_nonzero().to_string();
    if pid != Some(own.as_str()) {
        return Ok(None);
    }
    match count {
        None | Some("0") => return Ok(None),
        Some("1") => {}
        Some(count) => {
            return Err(io::Error::other(format!(
                "{count} sockets were handed over: one is wanted"
            )));
        }
    }
    // The descriptor of a number without an owner: asked of the kernel as another process would.
    let process = pidfd_open(getpid(), PidfdFlags::empty())?;
    let socket = pidfd_getfd(process, FIRST_DESCRIPTOR, PidfdGetfdFlags::empty())?;
    let listens = sockopt::socket_acceptconn(&socket)?;
    if !listens || sockopt::socket_domain(&socket)? != AddressFamily::UNIX {
        return Err(io::Error::other(
            "what was handed over is no Unix socket that is listened on",
        ));
    }
    Ok(Some(socket))
}

/// Tells a service manager how the service stands: `READY=1`, `STOPPING=1`. `place` is the value of `NOTIFY_SOCKET`.
///
/// Errors: the system's.
pub fn notify(place: &str, state: &str) -> io::Result<()> {
    let address = match place.strip_prefix('@') {
        Some(name) => SocketAddrUnix::new_abstract_name(name.as_bytes())?,
        None if place.starts_with('/') => SocketAddrUnix::new(place)?,
        None => return Err(Errno::INVAL.into()),
    };
    let flags = SocketFlags::CLOEXEC;
    let socket = socket_with(AddressFamily::UNIX, SocketType::DGRAM, flags, None)?;
    sendto(socket, state.as_bytes(), SendFlags::NOSIGNAL, &address)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_for_another_process_are_left_alone() {
        assert!(socket(None, Some("1")).unwrap().is_none());
        assert!(socket(Some("1"), Some("1")).unwrap().is_none());
        let own = getpid().as_raw_nonzero().to_string();
        assert!(socket(Some(&own), None).unwrap().is_none());
        assert!(socket(Some(&own), Some("2")).is_err());
    }

    #[test]
    fn a_manager_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("notify");
        let manager = std::os::unix::net::UnixDatagram::bind(&place).unwrap();
        notify(place.to_str().unwrap(), "READY=1").unwrap();
        let mut bytes = [0; 64];
        let count = manager.recv(&mut bytes).unwrap();
        assert_eq!(&bytes[..count], b"READY=1");
        assert!(notify("relative", "READY=1").is_err());
    }
}
