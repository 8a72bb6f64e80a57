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

/// A pipe, a device or a link is written through: replacing it would cut off whoever reads it.
fn special(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|meta| !meta.is_file())
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
