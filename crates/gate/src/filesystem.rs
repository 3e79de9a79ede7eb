//! Which file systems can keep a gate: those of one kernel.
//!
//! Over a network a lock may be seen by one computer only, and then two of them would install at once.
//! What is shared is refused by the type that statfs(2) tells.

use rustix::fs::{fstat, fstatfs, major, minor};
use std::io;
use std::os::fd::AsFd;

/// Types of file systems that other computers may share, and what people call them.
const SHARED: [(u32, &str); 17] = [
    (0x6969, "NFS"),
    (0x517B, "SMB"),
    (0xFE53_4D42, "SMB"),
    (0xFF53_4D42, "CIFS"),
    (0x0102_1997, "9p"),
    (0x00C3_6400, "Ceph"),
    (0x7375_7245, "Coda"),
    (0x5346_414F, "AFS"),
    (0x6B41_4653, "AFS"),
    (0x0116_1970, "GFS2"),
    (0x7461_636F, "OCFS2"),
    (0x0BD0_0BD0, "Lustre"),
    (0x4750_4653, "GPFS"),
    (0x1983_0326, "BeeGFS"),
    (0x786F_4256, "a VirtualBox shared folder"),
    (0xBACB_ACBC, "a VMware shared folder"),
    (0x7C7C_6673, "a Parallels shared folder"),
];

const FUSE: u32 = 0x6573_5546;

/// File systems in user space that keep to one computer, as the mount table names them.
const LOCAL_FUSE: [&str; 4] = [
    "fuseblk",
    "fuse.fuse-overlayfs",
    "fuse.gocryptfs",
    "fuse.encfs",
];

/// Returns what kind of shared file system `folder` is on; None: it is local.
pub(crate) fn shared_kind(folder: impl AsFd) -> io::Result<Option<String>> {
    // The type is a 32-bit number that some architectures sign-extend.
    let kind = (fstatfs(&folder)?.f_type as u64 & 0xFFFF_FFFF) as u32;
    if kind == FUSE {
        let device = fstat(&folder)?.st_dev;
        let table = crate::files::read_mount_table()?;
        return Ok(shared_fuse(&table, major(device), minor(device)));
    }
    Ok(named(kind))
}

fn named(kind: u32) -> Option<String> {
    let row = SHARED.iter().find(|(number, _)| *number == kind);
    row.map(|(_, name)| (*name).to_owned())
}

/// Finds the device in the mount table (proc_pid_mountinfo(5)) and judges its type. Not found: shared,
/// for nobody can tell.
fn shared_fuse(table: &str, major: u32, minor: u32) -> Option<String> {
    let device = format!("{major}:{minor}");
    let line = table
        .lines()
        .find(|line| line.split(' ').nth(2) == Some(&device));
    let kind = line
        .and_then(|line| line.split_once(" - "))
        .and_then(|(_, rest)| rest.split(' ').next())
        .unwrap_or("fuse");
    (!LOCAL_FUSE.contains(&kind)).then(|| kind.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types() {
        assert_eq!(named(0x6969).as_deref(), Some("NFS"));
        assert_eq!(named(0xEF53), None, "ext4");
        assert_eq!(named(0x0102_1994), None, "tmpfs");
    }

    #[test]
    fn user_space_file_systems_are_judged_by_the_mount_table() {
        let table = "36 35 0:52 / /mnt/a rw - fuse.sshfs host:/ rw\n\
                     37 35 0:53 / /mnt/b rw shared:1 - fuse.fuse-overlayfs overlay rw\n";
        assert_eq!(shared_fuse(table, 0, 52).as_deref(), Some("fuse.sshfs"));
        assert_eq!(shared_fuse(table, 0, 53), None);
        assert_eq!(shared_fuse(table, 0, 54).as_deref(), Some("fuse"));
    }
}
