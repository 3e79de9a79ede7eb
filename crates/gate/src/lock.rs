//! Open-file-description locks ("Open file description locks" of fcntl(2)).
//!
//! They belong to the opened file, not to the process: two threads, and two gates in one program,
//! exclude each other, and closing some other descriptor of the file frees nothing. They can be asked
//! about without being taken, which flock cannot, and they end with the last copy of their descriptor.

use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;
use std::io;
use std::os::fd::AsFd;

/// The lock that someone else has, as the kernel tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Foreign {
    /// The length of the locked range in bytes, when it is a write lock from byte 0; otherwise, and for a
    /// range without end, 0.
    pub(crate) generation: u64,
}

/// Takes the write lock from byte 0 with `length` bytes (0: all); returns false when another has one.
pub(crate) fn try_lock(file: impl AsFd, length: u64) -> io::Result<bool> {
    match fcntl(file, FcntlArg::F_OFD_SETLK(&range(libc::F_WRLCK, length)?)) {
        Ok(_) => Ok(true),
        Err(nix::Error::EAGAIN | nix::Error::EACCES) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Takes a lock that others may have too, on the first byte; returns false when another has the write lock.
pub(crate) fn try_share(file: impl AsFd) -> io::Result<bool> {
    match fcntl(file, FcntlArg::F_OFD_SETLK(&range(libc::F_RDLCK, 1)?)) {
        Ok(_) => Ok(true),
        Err(nix::Error::EAGAIN | nix::Error::EACCES) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Gives up every lock of this opened file.
pub(crate) fn unlock(file: impl AsFd) -> io::Result<()> {
    fcntl(file, FcntlArg::F_OFD_SETLK(&range(libc::F_UNLCK, 0)?))?;
    Ok(())
}

/// Asks who else has a lock; takes none. A descriptor for reading is enough.
pub(crate) fn ask(file: impl AsFd) -> io::Result<Option<Foreign>> {
    let mut answer = range(libc::F_WRLCK, 0)?;
    fcntl(file, FcntlArg::F_OFD_GETLK(&mut answer))?;
    if i32::from(answer.l_type) == libc::F_UNLCK {
        return Ok(None);
    }
    let ours = i32::from(answer.l_type) == libc::F_WRLCK && answer.l_start == 0;
    let generation = match u64::try_from(answer.l_len) {
        Ok(length) if ours => length,
        _ => 0,
    };
    Ok(Some(Foreign { generation }))
}

fn range(kind: i32, length: u64) -> io::Result<libc::flock> {
    let too_big = |_| io::Error::from(io::ErrorKind::InvalidInput);
    Ok(libc::flock {
        l_type: i16::try_from(kind).map_err(too_big)?,
        l_whence: i16::try_from(libc::SEEK_SET).map_err(too_big)?,
        l_start: 0,
        l_len: i64::try_from(length).map_err(too_big)?,
        l_pid: 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_openings_in_one_process_exclude_each_other_and_can_be_asked() {
        let first = tempfile::NamedTempFile::new().unwrap();
        let second = first.reopen().unwrap();
        let reader = rustix::fs::open(
            first.path(),
            rustix::fs::OFlags::RDONLY,
            rustix::fs::Mode::empty(),
        )
        .unwrap();
        assert_eq!(ask(&reader).unwrap(), None);
        assert!(try_lock(first.as_file(), (1 << 62) - 1).unwrap());
        assert!(!try_lock(&second, 5).unwrap());
        let generation = (1 << 62) - 1;
        assert_eq!(ask(&reader).unwrap(), Some(Foreign { generation }));
        unlock(first.as_file()).unwrap();
        assert!(try_lock(&second, 0).unwrap());
        // A range without end is someone's, but not one of ours.
        let generation = 0;
        assert_eq!(ask(&reader).unwrap(), Some(Foreign { generation }));
    }
}
