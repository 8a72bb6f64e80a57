//! `bun.lock`: JSON with trailing commas, which is also YAML in flow style.
//!
//! `packages` maps a place to a list whose first element is `name@version`; workspaces are `name@workspace:path`.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::yaml_map::{Map, line};
use super::{LockedPackage, ReadError, with_source};
use crate::evidence::yaml;

#[derive(Deserialize)]
struct Lock {
    #[serde(rename = "lockfileVersion")]
    _lockfile_version: IgnoredAny,
    packages: Option<Map<Vec<Element>>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Element {
    Text(String),
    Other(IgnoredAny),
}

pub(super) fn read(bytes: &[u8]) -> Result<Vec<LockedPackage>, ReadError> {
    let lock: Lock = yaml::read(bytes)?;
    let mut packages = Vec::new();
    for (place, elements) in lock.packages.unwrap_or_default().0 {
        let first = elements.first().and_then(|element| match element {
            Element::Text(text) => {
                text.char_indices().skip(1).find(|(_, c)| *c == '@').map(|(at, _)| (&text[..at], &text[at + 1..]))
            }
            Element::Other(_) => None,
        });
        let Some((name, version)) = first else {
            let message = format!("`{}` does not start with `name@version` as bun writes it", place.value);
            return Err(ReadError::at_line(u64::from(line(&place).unwrap_or(1)), message));
        };
        if ["workspace:", "file:", "link:"].iter().any(|local| version.starts_with(local)) {
            continue;
        }
        let elsewhere = version.contains(':').then_some(version);
        let version = elsewhere.map_or_else(|| version.to_owned(), |source| with_source("unknown", Some(source)));
        packages.push(LockedPackage { ecosystem: "npm", name: name.to_owned(), version, line: line(&place) });
    }
    Ok(packages)
}

#[cfg(test)]
mod tests {
    use super::super::testing::short;
    use super::*;

    #[test]
    fn packages_are_read_and_workspaces_left_out() {
        let text = "{\n  \"lockfileVersion\": 1,\n  \"workspaces\": {\n    \"\": { \"name\": \"mine\", },\n  },\n  \"packages\": {\n    \"@s/a\": [\"@s/a@1.0.0\", \"\", { \"dependencies\": { \"b\": \"^1\" } }, \"sha\"],\n\n    \"w\": [\"w@workspace:packages/w\"],\n    \"g\": [\"g@github:u/g#ab\", {}, \"x\"],\n  }\n}\n";
        assert_eq!(short(read(text.as_bytes())), ["7 @s/a 1.0.0", "10 g unknown (github:u/g#ab)"]);
    }

    #[test]
    fn an_entry_without_a_version_is_an_error() {
        assert!(read(b"{\"lockfileVersion\": 1, \"packages\": {\"a\": [\"a\"]}}").is_err());
        assert!(read(b"{}").is_err());
    }
}
