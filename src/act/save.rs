//! Keeps a decision with all that is needed to replay it.

use std::path::Path;

use serde::Serialize;

use super::write;
use crate::error::{Error, Result};
use crate::gate::Checked;
use crate::report::{self, Format};

/// Writes `decision.json` (the bytes of `--report json`), `input.json`, `settings.json` and the policies as `policies/N-NAME` below the folder.
///
/// Policy paths are only names here: a bundle may hold any, and none may lead out of the folder.
pub fn write(folder: &Path, checked: &Checked) -> Result<()> {
    let decision = report::render(Format::Json, &checked.decision, &report::Options::default());
    let decision = decision.map_err(|error| Error::new(error.to_string()))?;
    write::file(&folder.join("decision.json"), decision.as_bytes())?;
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
