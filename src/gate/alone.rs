//! The configuration of a command that judges no change.

use std::path::Path;

use serde_json::Value;

use crate::collect::tree::read_file;
use crate::config::Config;
use crate::error::{Error, Result};

/// The settings of a named `kadian.yaml`, or the shipped ones, with overrides.
pub(super) fn config(path: Option<&Path>, overrides: &[(String, Value)]) -> Result<Config> {
    let Some(path) = path else { return Config::shipped(overrides) };
    let name = path.to_string_lossy();
    let bytes = read_file(path)?.ok_or_else(|| Error::new(format!("{name} does not exist")))?;
    let text = String::from_utf8(bytes).map_err(|_| Error::new(format!("{name} is not UTF-8 text")))?;
    Config::read(&name, &text, overrides)
}
