//! Who is at the other end of a connection, as the kernel tells it: SO_PEERCRED. What a client says of itself counts nothing.

use std::fmt;
use std::io;
use std::os::fd::AsFd;

/// A process at the other end, as it was when it connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its process id.
    pub pid: i32,
    /// Its user.
    pub user: u32,
    /// Its group.
    pub group: u32,
}

impl Peer {
    /// Asks the kernel. Errors: the system's.
    pub fn of(socket: impl AsFd) -> io::Result<Peer> {
        let credentials = rustix::net::sockopt::socket_peercred(socket)?;
        Ok(Peer {
            pid: credentials.pid.as_raw_nonzero().get(),
            user: credentials.uid.as_raw(),
            group: credentials.gid.as_raw(),
        })
    }

    /// May it change a machine of this owner? Its owner and root may: they are the machine's administrators.
    pub fn may_change(&self, owner: u32) -> bool {
        self.user == 0 || self.user == owner
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "pid {}, uid {}", self.pid, self.user)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_owner_and_root_may_change_a_machine_and_nobody_else() {
        let peer = |user| Peer {
            pid: 1,
            user,
            group: 7,
        };
        for (user, owner, may) in [
            (1000, 1000, true),
            (0, 1000, true),
            (1001, 1000, false),
            (1000, 0, false),
            (0, 0, true),
        ] {
            assert_eq!(peer(user).may_change(owner), may, "{user} {owner}");
        }
    }
}
