//! `composer.lock`: JSON with the lists `packages` and `packages-dev`.

use serde::Deserialize;

use super::json::{Name, Text};
use super::{LockedPackage, ReadError};

#[derive(Deserialize)]
struct Lock<'a> {
    #[serde(borrow)]
    packages: Vec<Entry<'a>>,
    #[serde(borrow, rename = "packages-dev", default)]
    development: Option<Vec<Entry<'a>>>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    name: Name<'a>,
    version: String,
    dist: Option<Dist>,
}

#[derive(Deserialize)]
struct Dist {
    #[serde(rename = "type")]
    kind: Option<String>,
}

pub(super) fn read(bytes: &[u8]) -> Result<Vec<LockedPackage>, ReadError> {
    let text = Text::new(bytes)?;
    let lock: Lock<'_> = text.parse()?;
    let entries = lock.packages.into_iter().chain(lock.development.unwrap_or_default());
    let external = entries.filter(|entry| entry.dist.as_ref().and_then(|dist| dist.kind.as_deref()) != Some("path"));
    let package = |entry: Entry<'_>| LockedPackage {
        ecosystem: "composer",
        line: text.line(&entry.name),
        // Composer compares names without their case.
        name: entry.name.0.to_lowercase(),
        version: entry.version,
    };
    Ok(external.map(package).collect())
}

#[cfg(test)]
mod tests {
    use super::super::testing::short;
    use super::*;

    #[test]
    fn both_lists_count_and_paths_do_not() {
        let text = "{\"packages\": [\n{\"name\": \"V/a\", \"version\": \"v1.0\", \"dist\": {\"type\": \"zip\"}},\n{\"name\": \"v/mine\", \"version\": \"dev\", \"dist\": {\"type\": \"path\"}}],\n\"packages-dev\": [\n{\"name\": \"v/b\", \"version\": \"2.0\", \"dist\": null}]}";
        assert_eq!(short(read(text.as_bytes())), ["2 v/a v1.0", "5 v/b 2.0"]);
    }

    #[test]
    fn a_lock_file_without_packages_is_an_error() {
        assert!(read(b"{}").is_err());
        assert!(read(b"{\"packages\": [{\"name\": \"a\"}]}").is_err());
        assert_eq!(read(b"{\"packages\": []}"), Ok(Vec::new()));
    }
}
