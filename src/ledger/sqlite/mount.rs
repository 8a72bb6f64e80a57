//! Which file system a folder lies on.

use std::path::{Path, PathBuf};

/// File systems whose locks and shared memory do not reach from one machine to the other.
const NETWORK: [&str; 17] = [
    "9p",
    "afs",
    "beegfs",
    "ceph",
    "cifs",
    "fuse.ceph",
    "fuse.glusterfs",
    "fuse.sshfs",
    "fuse.s3fs",
    "gpfs",
    "lustre",
    "ncpfs",
    "nfs",
    "nfs4",
    "smb2",
    "smb3",
    "smbfs",
];

/// The name of the network file system that the folder lies on; `None` for a local one, and where nobody tells.
#[expect(clippy::disallowed_methods, reason = "the ledger has to know what it is kept on")]
pub(super) fn network(folder: &Path) -> Option<String> {
    let folder = folder.canonicalize().ok()?;
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").ok()?;
    kind(&mounts, &folder).filter(|kind| NETWORK.contains(&kind.as_str()))
}

/// The kind of the file system that the folder lies on, by the kernel's table (proc(5), `/proc/pid/mountinfo`): the fifth word is the
/// place, the one after ` - ` the kind. Of several at one place the last one is seen.
fn kind(mounts: &str, folder: &Path) -> Option<String> {
    let mut found: Option<(usize, &str)> = None;
    for line in mounts.lines() {
        let Some((mount, device)) = line.split_once(" - ") else { continue };
        let (Some(place), Some(kind)) = (mount.split(' ').nth(4), device.split(' ').next()) else { continue };
        let place = PathBuf::from(plain(place));
        let depth = place.components().count();
        if folder.starts_with(&place) && found.is_none_or(|(known, _)| depth >= known) {
            found = Some((depth, kind));
        }
    }
    found.map(|(_, kind)| kind.to_owned())
}

/// The kernel writes blanks and backslashes as octal numbers.
fn plain(place: &str) -> String {
    [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")]
        .iter()
        .fold(place.to_owned(), |place, (code, meant)| place.replace(code, meant))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n\
        30 21 0:40 / /mnt/share\\040one rw - nfs4 server:/x rw\n31 30 0:41 / /mnt/share\\040one/local rw - tmpfs tmpfs rw\n\
        32 21 8:2 / /mnt/twice rw - nfs server:/y rw\n33 21 8:2 / /mnt/twice rw - ext4 /dev/sdb rw\ndamaged\n";

    #[test]
    fn the_deepest_and_newest_mount_counts() {
        for (folder, wanted) in [
            ("/home/x", "ext4"),
            ("/mnt/share one/a", "nfs4"),
            ("/mnt/share one/local/b", "tmpfs"),
            ("/mnt/share", "ext4"),
            ("/mnt/twice", "ext4"),
        ] {
            assert_eq!(kind(MOUNTS, Path::new(folder)).as_deref(), Some(wanted), "{folder}");
        }
        assert_eq!(kind("", Path::new("/")), None);
        assert_eq!(network(Path::new("/proc")), None);
    }
}
