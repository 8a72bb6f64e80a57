//! Keeps a decision with all that is needed to replay it.

use std::path::Path;

use serde::Serialize;

use super::write;
use crate::error::{Error, Result};
use crate::gate::Checked;

/// Writes `decision.json`, `input.json`, `settings.json` and the policies as `policies/N-NAME` below the folder.
///
/// Policy paths are only names here: a bundle may hold any, and none may lead out of the folder.
pub fn write(folder: &Path, checked: &Checked) -> Result<()> {
    json(&folder.join("decision.json"), &checked.decision)?;
    match checked.documents.as_slice() {
        [one] => json(&folder.join("input.json"), one)?,
        several => json(&folder.join("input.json"), &several)?,
    }
    json(&folder.join("settings.json"), &checked.settings)?;
    for (at, file) in checked.policies.iter().enumerate() {
        let name = file.path.rsplit(['/', '\\', ':']).next().unwrap_or("policy.rego");
        write::file(&folder.join("policies").join(format!("{at:03}-{name}")), file.text.as_bytes())?;
    }
    let paths: Vec<&str> = checked.policies.iter().map(|file| file.path.as_str()).collect();
    json(&folder.join("policies").join("index.json"), &paths)
}

fn json(path: &Path, value: &impl Serialize) -> Result<()> {
    let value = serde_json::to_value(value).and_then(|value| serde_json::to_vec_pretty(&value));
    let mut bytes = value.map_err(|error| Error::new(format!("{} cannot be written: {error}", path.display())))?;
    bytes.push(b'\n');
    write::file(path, &bytes)
}
