//! Writing files: whole or not at all.

use std::io::Write;
use std::path::Path;

use crate::error::{Error, Result};

/// Writes the file in one step: its folder is made, and a reader sees the old or the new content, never half.
pub fn file(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    let failed = |error: std::io::Error| Error::new(format!("{} cannot be written: {error}", path.display()));
    std::fs::create_dir_all(folder).map_err(failed)?;
    if special(path) {
        return direct(path, bytes).map_err(failed);
    }
    let mut temporary =
        tempfile::Builder::new().prefix(".kadian-").permissions(readable()).tempfile_in(folder).map_err(failed)?;
    temporary.write_all(bytes).and_then(|()| temporary.flush()).map_err(failed)?;
    temporary.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// As [`file`], for what does not fit into memory: `write` fills the file, which appears once it is whole and on the disk. There must be
/// none of its name yet.
pub fn new_file(path: &Path, write: &mut dyn FnMut(&mut dyn Write) -> Result<()>) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    let failed = |error: std::io::Error| Error::new(format!("{} cannot be written: {error}", path.display()));
    std::fs::create_dir_all(folder).map_err(failed)?;
    if special(path) {
        let mut pipe = std::fs::OpenOptions::new().write(true).open(path).map_err(failed)?;
        return write(&mut pipe);
    }
    let mut temporary =
        tempfile::Builder::new().prefix(".kadian-").permissions(readable()).tempfile_in(folder).map_err(failed)?;
    let mut buffered = std::io::BufWriter::with_capacity(1 << 20, temporary.as_file_mut());
    write(&mut buffered)?;
    buffered.flush().map_err(failed)?;
    drop(buffered);
    temporary.as_file().sync_all().map_err(failed)?;
    temporary.persist_noclobber(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// A pipe or a device is written through: replacing it would cut off whoever reads it. A link is replaced, because in a working tree it
/// is the change that says where it leads; only the system's own links (`/dev/stdout`, `/dev/fd/3`) are followed.
fn special(path: &Path) -> bool {
    let is_systems = || path.starts_with("/dev") || path.starts_with("/proc");
    path.symlink_metadata().is_ok_and(|meta| if meta.is_symlink() { is_systems() } else { !meta.is_file() })
}

fn direct(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).open(path)?;
    file.write_all(bytes)?;
    file.flush()
}

/// A report is for others to read; the temporary file's own mode would hide it from them.
#[cfg(unix)]
fn readable() -> std::fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o644)
}

#[cfg(not(unix))]
fn readable() -> std::fs::Permissions {
    unreachable!("kadian runs on Unix")
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests make files")]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_link_is_replaced_and_what_it_leads_to_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let (kept, link) = (folder.path().join("kept"), folder.path().join("out/decision.json"));
        std::fs::write(&kept, "kept").expect("a file");
        std::fs::create_dir(folder.path().join("out")).expect("a folder");
        for target in ["../kept", "../none", "../out", "/dev/null"] {
            let _ = std::fs::remove_file(&link);
            symlink(target, &link).expect("a link");
            file(&link, b"new").unwrap_or_else(|error| panic!("{target}: {error}"));
            assert!(link.symlink_metadata().expect("a file").is_file(), "{target}");
            assert_eq!(std::fs::read(&link).expect("the report"), b"new", "{target}");
        }
        assert_eq!(std::fs::read(&kept).expect("the file"), b"kept");
        assert!(!folder.path().join("none").exists());
        symlink("kept", folder.path().join("again")).expect("a link");
        new_file(&folder.path().join("again"), &mut |_| Ok(())).expect_err("there is one of that name");
        assert_eq!(std::fs::read(&kept).expect("the file"), b"kept");
    }

    #[test]
    fn pipes_and_devices_are_written_through() {
        use std::os::fd::AsRawFd;
        let open = tempfile::NamedTempFile::new().expect("a file");
        file(Path::new(&format!("/dev/fd/{}", open.as_file().as_raw_fd())), b"by its number").expect("an open file");
        assert_eq!(std::fs::read(open.path()).expect("the file"), b"by its number");
        file(Path::new("/dev/null"), b"gone").expect("a device");
        assert!(!Path::new("/dev/null").symlink_metadata().expect("the device").is_file());
    }
}
