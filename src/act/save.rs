//! Keeps a decision with all that is needed to replay it.

use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use super::write;
use crate::decide::Decision;
use crate::error::{Error, Result};
use crate::report::{self, Format};

/// A decision and what it was made of.
#[derive(Debug, Clone, Copy)]
pub struct Kept<'a> {
    pub decision: &'a Decision,
    /// One input document for each ref; usually one.
    pub documents: &'a [Value],
    /// What policies saw as `data.kadian.settings`.
    pub settings: &'a Value,
    /// Paths and texts, in the order in which they were loaded.
    pub policies: &'a [(&'a str, &'a str)],
    /// What servers said: names of files and their content.
    pub evidence: &'a [(String, String)],
}

/// Writes `decision.json` (the bytes of `--report json`), `input.json`, `settings.json`, what servers said, and the policies as `policies/N-NAME`
/// below the folder.
///
/// Policy paths are only names here: a bundle may hold any, and none may lead out of the folder.
pub fn write(folder: &Path, kept: Kept<'_>) -> Result<()> {
    let decision = report::render(Format::Json, kept.decision, &report::Options::default());
    let decision = decision.map_err(|error| Error::new(error.to_string()))?;
    write::file(&folder.join("decision.json"), decision.as_bytes())?;
    match kept.documents {
        [one] => json(&folder.join("input.json"), one)?,
        several => json(&folder.join("input.json"), &several)?,
    }
    json(&folder.join("settings.json"), kept.settings)?;
    for (name, text) in kept.evidence {
        write::file(&folder.join(name), text.as_bytes())?;
    }
    for (at, (path, text)) in kept.policies.iter().enumerate() {
        let name = path.rsplit(['/', '\\', ':']).next().unwrap_or("policy.rego");
        write::file(&folder.join("policies").join(format!("{at:03}-{name}")), text.as_bytes())?;
    }
    let paths: Vec<&str> = kept.policies.iter().map(|(path, _)| *path).collect();
    json(&folder.join("policies").join("index.json"), &paths)
}

fn json(path: &Path, value: &impl Serialize) -> Result<()> {
    let value = serde_json::to_value(value).and_then(|value| serde_json::to_vec_pretty(&value));
    let mut bytes = value.map_err(|error| Error::new(format!("{} cannot be written: {error}", path.display())))?;
    bytes.push(b'\n');
    write::file(path, &bytes)
}
