//! Keeps the last good evidence of a source (requirement C10).

use std::path::Path;

use serde_json::Value;

use super::write;
use crate::error::{Error, Result};

/// Writes the document whole or not at all, so that a reader never sees half of it.
pub fn write(path: &Path, document: &Value) -> Result<()> {
    let bytes = serde_json::to_vec(document);
    write::file(path, &bytes.map_err(|error| Error::new(format!("{} cannot be written: {error}", path.display())))?)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::json;

    use crate::collect;
    use crate::evidence::cache::{self, Cached};

    #[test]
    fn what_was_kept_is_found_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("cache/canary.json");
        assert_eq!(collect::cache::read(&path), Ok(None));
        let cached = Cached { collected_at: Timestamp::UNIX_EPOCH, document: json!({"a": 1}) };
        super::write(&path, &cache::write(&cached)).expect("written");
        assert_eq!(collect::cache::read(&path), Ok(Some(cached)));
        super::write(&path, &json!("damaged")).expect("written");
        assert!(collect::cache::read(&path).is_err_and(|error| error.contains("canary.json")));
    }
}
