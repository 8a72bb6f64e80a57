//! Where in the configuration something stands, for errors that come after it was read.

use serde_json::Value;

use super::yaml::Located;

/// The name of the configuration's file, and the line of each of its keys.
#[derive(Debug, Clone, PartialEq)]
pub struct Places {
    name: String,
    keys: Located,
}

impl Places {
    /// `keys` is the whole file; without lines (the shipped defaults) every place is the name alone.
    pub(super) fn new(name: &str, keys: Option<Located>) -> Places {
        let keys = keys.unwrap_or(Located { value: Value::Null, lines: Vec::new() });
        Places { name: name.to_owned(), keys }
    }

    /// `FILE:LINE` of a key, or of what holds it where the key itself is not there.
    #[must_use]
    pub fn at(&self, path: &[&str]) -> String {
        let path: Vec<String> = path.iter().map(|&key| key.to_owned()).collect();
        match self.keys.line_of(&path) {
            Some(line) => format!("{}:{line}", self.name),
            None => self.name.clone(),
        }
    }
}
