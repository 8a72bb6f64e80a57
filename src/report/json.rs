//! The decision record, as schema `kadian.decision/v1` describes it.

use crate::decide::Decision;

/// Writes the record as pretty JSON with sorted keys and a newline at its end.
///
/// Nothing is left out: the record is what `verify` and other programs read.
pub(super) fn render(decision: &Decision) -> Result<String, serde_json::Error> {
    let mut value = serde_json::to_value(decision)?;
    // Without effect unless a dependency switches serde_json's `preserve_order` on, which must not change the bytes.
    value.sort_all_objects();
    let mut text = serde_json::to_string_pretty(&value)?;
    text.push('\n');
    Ok(text)
}
