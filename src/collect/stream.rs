//! Files too large for memory.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use crate::error::{Error, Result};

/// Whether a path names a file that may be read more than once.
#[must_use]
pub fn is_file(path: &Path) -> bool {
    path.is_file()
}

/// Opens a file, a pipe or a device to be read from its beginning; `-` is standard input.
#[expect(clippy::disallowed_methods, reason = "a file that was named is read here")]
pub fn open(path: &Path) -> Result<Box<dyn BufRead>> {
    if path == Path::new("-") {
        return Ok(Box::new(std::io::stdin().lock()));
    }
    let file = File::open(path).map_err(|error| Error::new(format!("{} cannot be read: {error}", path.display())))?;
    Ok(Box::new(BufReader::with_capacity(1 << 20, file)))
}
