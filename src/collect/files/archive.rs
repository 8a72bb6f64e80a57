//! Reports inside of a zip archive, as CI systems hand out artifacts.
//!
//! Nothing is unpacked to the disk: an entry's bytes go through the reader of its format, and its name is only compared and shown. An
//! archive that two programs may understand differently (two entries of one name, bytes that belong to two entries, headers that
//! contradict the directory, entries that it does not list) is refused whole.

use std::io::{self, BufReader, Read, Seek as _, SeekFrom};

use zip::ZipArchive;
use zip::read::ZipFile;
use zip::result::ZipError;

use super::progress::Reading;

/// Stands between an archive's path and an entry's name.
pub(super) const INSIDE: &str = "!/";

/// No artifact has as many; its directory is kept in memory.
const MAX_ENTRIES: usize = 20_000;

/// Opens every entry that is a file, in the order of their names. `read` gets its name and its bytes.
///
/// An error says why the archive cannot be trusted or read; it ends the reading.
pub(super) fn each_entry(
    mut file: Reading,
    mut read: impl FnMut(&str, &mut dyn Read) -> Result<(), String>,
) -> Result<(), String> {
    let damaged = |error: ZipError| format!("the archive cannot be read: {error}");
    let crowded = || format!("the archive has more than {MAX_ENTRIES} entries: name the reports themselves");
    if stated_entries(&mut file).map_err(|error| format!("failed to read: {error}"))? > MAX_ENTRIES {
        return Err(crowded());
    }
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(damaged)?;
    if archive.len() > MAX_ENTRIES {
        return Err(crowded());
    }
    archive.validate_header_consistency().map_err(damaged)?;
    let mut names = Vec::with_capacity(archive.len());
    for index in 0..archive.len() {
        // Raw: neither a password nor a method is needed to see a name.
        let entry = archive.by_index_raw(index).map_err(damaged)?;
        if let Some(name) = name(&entry)? {
            names.push((name, index));
        }
    }
    names.sort();
    for (name, index) in names {
        let mut entry = archive.by_index(index).map_err(|error| format!("its entry {name} cannot be read: {error}"))?;
        read(&name, &mut entry)?;
    }
    Ok(())
}

/// How many entries the archive's end states, before its directory is read into memory: the most that any of its last bytes that look
/// like an end record say (APPNOTE 4.3.16: signature, then the count 6 bytes on). 65,535 stands for that or more.
fn stated_entries(file: &mut Reading) -> io::Result<usize> {
    /// An end record and the longest comment behind it.
    const END: u64 = 22 + 65_535;
    let length = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(length.saturating_sub(END)))?;
    let mut end = Vec::new();
    (&mut *file).take(END).read_to_end(&mut end)?;
    file.rewind()?;
    let counts = memchr::memmem::find_iter(&end, b"PK\x05\x06").filter_map(|at| end.get(at + 10..at + 12));
    Ok(counts.map(|count| usize::from(count[0]) | usize::from(count[1]) << 8).max().unwrap_or(0))
}

/// The entry's name; `None` for a directory. A name that leads out of the archive, and a link, have no place in an artifact.
fn name<R: Read>(entry: &ZipFile<'_, R>) -> Result<Option<String>, String> {
    let name = std::str::from_utf8(entry.name_raw()).map_err(|_| "an entry's name is not UTF-8".to_owned())?;
    if entry.is_dir() {
        return Ok(None);
    }
    if entry.is_symlink() {
        return Err(format!("its entry {name} is a link; pack the report itself"));
    }
    let leads_out = name.starts_with('/') || name.contains(['\\', '\0', ':']) || name.split('/').any(|part| part == "..");
    if leads_out || name.is_empty() {
        return Err(format!("its entry `{name}` has a path that leads out of the archive"));
    }
    Ok(Some(name.to_owned()))
}
