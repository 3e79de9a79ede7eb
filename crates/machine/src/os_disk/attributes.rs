//! Attribute bits on a Unix file system: read-only is in the mode, hidden and system in `user.DOSATTRIB`.
//!
//! The extended attribute's value is text such as `0x2`, as Wine and Samba write it. A folder is never read-only:
//! on Windows that bit does not keep anybody from changing what is in it, on Unix it would.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::time::{Duration, SystemTime};

use rustix::fs::{FileType, Mode, Timespec, Timestamps, UTIME_OMIT, XattrFlags};
use rustix::io::Errno;

use crate::Attributes;

const NAME: &str = "user.DOSATTRIB";
const HIDDEN: u32 = 0x2;
const SYSTEM: u32 = 0x4;
/// Owner, group and others may write.
const WRITABLE: u32 = 0o222;
const OWNER_WRITABLE: u32 = 0o200;

/// Reads the attributes of what an `O_PATH` handle names.
pub(super) fn read(handle: &OwnedFd, mode: u32, folder: bool) -> Attributes {
    let mut value = [0; 16];
    // An `O_PATH` handle cannot be asked itself; its name in /proc is the handle, not a path to be resolved again.
    let name = format!("/proc/self/fd/{}", handle.as_raw_fd());
    let length = rustix::fs::getxattr(name, NAME, &mut value).unwrap_or(0);
    let bits = bits(value.get(..length).unwrap_or_default());
    Attributes {
        read_only: !folder && mode & WRITABLE == 0,
        hidden: bits & HIDDEN != 0,
        system: bits & SYSTEM != 0,
    }
}

fn bits(value: &[u8]) -> u32 {
    let text = std::str::from_utf8(value)
        .unwrap_or_default()
        .trim_end_matches('\0');
    text.strip_prefix("0x")
        .and_then(|digits| u32::from_str_radix(digits, 16).ok())
        .unwrap_or(0)
}

/// Sets the attributes of an open file or folder.
pub(super) fn write(handle: &OwnedFd, attributes: Attributes) -> io::Result<()> {
    let mode = rustix::fs::fstat(handle)?.st_mode;
    let folder = FileType::from_raw_mode(mode) == FileType::Directory;
    let wanted = match attributes.read_only {
        _ if folder => mode,
        true => mode & !WRITABLE,
        false if mode & WRITABLE == 0 => mode | OWNER_WRITABLE,
        false => mode,
    };
    let mut value = [0; 16];
    let length = rustix::fs::fgetxattr(handle, NAME, &mut value).unwrap_or(0);
    let had = bits(value.get(..length).unwrap_or_default()) & (HIDDEN | SYSTEM);
    let kept =
        if attributes.hidden { HIDDEN } else { 0 } | if attributes.system { SYSTEM } else { 0 };
    let mut now = mode;
    if had != kept {
        // Extended attributes of a file that may not be written may not be written either.
        now = mode | OWNER_WRITABLE;
        change_mode(handle, mode, now)?;
        write_bits(handle, kept)?;
    }
    change_mode(handle, now, wanted)
}

fn change_mode(handle: &OwnedFd, from: u32, to: u32) -> io::Result<()> {
    if from != to {
        rustix::fs::fchmod(handle, Mode::from_raw_mode(to & 0o7777))?;
    }
    Ok(())
}

fn write_bits(handle: &OwnedFd, bits: u32) -> io::Result<()> {
    let done = match bits {
        0 => rustix::fs::fremovexattr(handle, NAME),
        bits => rustix::fs::fsetxattr(
            handle,
            NAME,
            format!("0x{bits:x}").as_bytes(),
            XattrFlags::empty(),
        ),
    };
    match done {
        // A file system without them drops the bits.
        Err(Errno::OPNOTSUPP | Errno::NODATA) => Ok(()),
        done => Ok(done?),
    }
}

/// Sets the time of last change of an open file or folder.
pub(super) fn write_modified(handle: &OwnedFd, modified: SystemTime) -> io::Result<()> {
    let (before, distance) = match modified.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => (false, since),
        Err(error) => (true, error.duration()),
    };
    let stamp = timespec(before, distance).ok_or(io::ErrorKind::InvalidInput)?;
    let times = Timestamps {
        last_access: Timespec {
            tv_sec: 0,
            tv_nsec: UTIME_OMIT,
        },
        last_modification: stamp,
    };
    Ok(rustix::fs::futimens(handle, &times)?)
}

fn timespec(before_1970: bool, distance: Duration) -> Option<Timespec> {
    let (seconds, nanoseconds) = (
        i64::try_from(distance.as_secs()).ok()?,
        i64::from(distance.subsec_nanos()),
    );
    Some(match (before_1970, nanoseconds) {
        (false, _) => Timespec {
            tv_sec: seconds,
            tv_nsec: nanoseconds,
        },
        (true, 0) => Timespec {
            tv_sec: -seconds,
            tv_nsec: 0,
        },
        (true, _) => Timespec {
            tv_sec: -seconds - 1,
            tv_nsec: 1_000_000_000 - nanoseconds,
        },
    })
}
