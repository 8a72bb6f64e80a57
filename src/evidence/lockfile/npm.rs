//! `package-lock.json` and `npm-shrinkwrap.json`, lock-file versions 1 to 3.
//!
//! Version 1 nests `dependencies`; version 3 lists `packages` by their place on disk; version 2 has both, and `packages` is the one
//! that npm uses. Source: npm's documentation of package-lock.json.

use serde::Deserialize;

use super::json::{Loose, Name, Pairs, Text};
use super::{LockedPackage, ReadError, with_source};

#[derive(Deserialize)]
struct Lock<'a> {
    #[serde(rename = "lockfileVersion")]
    lockfile_version: u64,
    #[serde(borrow)]
    packages: Option<Pairs<'a, Placed>>,
    #[serde(borrow)]
    dependencies: Option<Pairs<'a, Nested<'a>>>,
}

#[derive(Deserialize)]
struct Placed {
    name: Option<String>,
    version: Option<String>,
    resolved: Option<Loose<String>>,
    #[serde(default)]
    link: bool,
}

#[derive(Deserialize)]
struct Nested<'a> {
    version: Option<String>,
    #[serde(borrow)]
    dependencies: Option<Pairs<'a, Nested<'a>>>,
}

pub(super) fn read(bytes: &[u8]) -> Result<Vec<LockedPackage>, ReadError> {
    let text = Text::new(bytes)?;
    let lock: Lock<'_> = text.parse()?;
    let mut packages = Vec::new();
    match (lock.packages, lock.dependencies) {
        (Some(placed), _) => packages.extend(placed.0.into_iter().filter_map(|(place, it)| by_place(&text, &place, it))),
        (None, _) if lock.lockfile_version > 1 => return Err(ReadError::whole("expected `packages`; write the lock file anew")),
        (None, nested) => by_name(&text, nested.unwrap_or_default(), &mut packages),
    }
    Ok(packages)
}

fn by_place(text: &Text<'_>, place: &Name<'_>, package: Placed) -> Option<LockedPackage> {
    // A place outside `node_modules` is a workspace, and `""` is the project itself.
    let (_, folder) = place.0.rsplit_once("node_modules/")?;
    let resolved = package.resolved.and_then(Loose::fits);
    let is_file = resolved.as_deref().is_some_and(|it| it.starts_with("file:"));
    if package.link || is_file {
        return None;
    }
    let elsewhere = resolved.as_deref().filter(|it| it.starts_with("git"));
    let version = package.version.or_else(|| resolved.clone()).unwrap_or_else(|| "unknown".to_owned());
    let name = package.name.unwrap_or_else(|| folder.to_owned());
    Some(LockedPackage { ecosystem: "npm", name, version: with_source(&version, elsewhere), line: text.line(place) })
}

fn by_name(text: &Text<'_>, nested: Pairs<'_, Nested<'_>>, packages: &mut Vec<LockedPackage>) {
    for (name, package) in nested.0 {
        let version = package.version.unwrap_or_else(|| "unknown".to_owned());
        // `npm:other@1.0.0` is another package under this name.
        let alias = version.strip_prefix("npm:").and_then(|it| it.rsplit_once('@'));
        let (real, version) = alias.unwrap_or((name.0.as_ref(), version.as_str()));
        if !version.starts_with("file:") {
            packages.push(LockedPackage {
                ecosystem: "npm",
                name: real.to_owned(),
                version: version.to_owned(),
                line: text.line(&name),
            });
        }
        by_name(text, package.dependencies.unwrap_or_default(), packages);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::short;
    use super::*;

    #[test]
    fn packages_are_named_by_their_place_and_workspaces_left_out() {
        let text = r#"{
  "name": "mine",
  "lockfileVersion": 3,
  "packages": {
    "": {"name": "mine", "version": "1.0.0"},
    "packages/w": {"version": "0.0.0"},
    "node_modules/w": {"resolved": "packages/w", "link": true},
    "node_modules/a": {"version": "1.0.0", "resolved": "https://host/a.tgz"},
    "node_modules/a/node_modules/@s/b": {"version": "2.0.0"},
    "node_modules/alias": {"name": "real", "version": "3.0.0"},
    "node_modules/g": {"version": "4.0.0", "resolved": "git+ssh://host/g#ab"},
    "node_modules/f": {"version": "5.0.0", "resolved": "file:f.tgz"}
  }
}"#;
        assert_eq!(
            short(read(text.as_bytes())),
            ["8 a 1.0.0", "9 @s/b 2.0.0", "10 real 3.0.0", "11 g 4.0.0 (git+ssh://host/g#ab)"]
        );
    }

    #[test]
    fn version_one_nests() {
        let text = "{\"lockfileVersion\": 1, \"dependencies\": {\n\"a\": {\"version\": \"1.0.0\", \"requires\": {\"b\": \"^1\"}, \"dependencies\": {\n\"b\": {\"version\": \"1.1.0\"}}},\n\"c\": {\"version\": \"npm:@s/d@2.0.0\"},\n\"l\": {\"version\": \"file:../l\"}}}";
        assert_eq!(short(read(text.as_bytes())), ["2 a 1.0.0", "3 b 1.1.0", "4 @s/d 2.0.0"]);
    }

    #[test]
    fn a_lock_file_without_its_version_or_packages_is_an_error() {
        assert!(read(b"{}").is_err());
        assert!(read(b"{\"lockfileVersion\": 3}").is_err());
        assert_eq!(read(b"{\"lockfileVersion\": 1}"), Ok(Vec::new()));
    }
}
