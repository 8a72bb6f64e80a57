//! A decision that was kept in a file.

use jiff::Timestamp;
use serde_json::Value;

use super::record;
use crate::collect::tree::read_file;
use crate::decide::DECISION_SCHEMA;
use crate::error::{Error, Result};

/// Fewer digits of an id could be anything.
const LEAST_DIGITS: usize = 8;

/// A decision in a file that `--report json` or `--save` wrote.
#[derive(Debug, Clone)]
pub(super) struct DecisionFile {
    pub(super) id: String,
    pub(super) at: Timestamp,
    /// The record without its id.
    pub(super) record: Value,
}

/// Reads a decision's file; one whose content is not what its id says is refused.
pub(super) fn read(path: &str) -> Result<DecisionFile> {
    let bytes = read_file(std::path::Path::new(path))?.ok_or_else(|| {
        Error::new(format!("--decision {path}: no such file, and no id of a decision"))
            .hint(format!("an id has {LEAST_DIGITS} to 64 digits from 0 to f"))
    })?;
    let failed = |what: String| Error::new(format!("--decision {path}: {what}"));
    let mut decision: Value = serde_json::from_slice(&bytes).map_err(|error| failed(format!("no JSON: {error}")))?;
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    if text(&decision, "schema") != DECISION_SCHEMA {
        return Err(failed(format!("no decision: expected the schema {DECISION_SCHEMA}")));
    }
    let id = decision.as_object_mut().and_then(|record| record.remove("id"));
    let id = id.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned();
    if record::digest(&decision)? != id {
        return Err(failed("it was changed after it was made: its id is not that of its content".to_owned())
            .hint("take the decision as kadian wrote it"));
    }
    let at = text(&decision, "decided_at").parse().map_err(|_| failed("nobody knows when it was made".to_owned()))?;
    Ok(DecisionFile { id, at, record: decision })
}

/// Whether a text is an id or the beginning of one; a file of such a name is written with its folder, `./0123abcd`.
pub(super) fn is_id(text: &str) -> bool {
    (LEAST_DIGITS..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}
