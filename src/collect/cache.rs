//! Reads the last good evidence of a source (requirement C10).

use std::io::{ErrorKind, Read};
use std::path::Path;

use crate::evidence::cache::{Cached, read as parse};
use crate::evidence::document::MAX_DOCUMENT_BYTES;

/// The cached document; `None` when there is no such file. A damaged one is an error that names it.
#[expect(clippy::disallowed_methods, reason = "collect/ reads the disk")]
pub fn read(path: &Path) -> Result<Option<Cached>, String> {
    let failed = |reason: String| format!("{}: {reason}", path.display());
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error.to_string())),
    };
    let mut bytes = Vec::new();
    file.take(MAX_DOCUMENT_BYTES + 1).read_to_end(&mut bytes).map_err(|error| failed(error.to_string()))?;
    parse(&bytes).map(Some).map_err(|error| failed(error.to_string()))
}
