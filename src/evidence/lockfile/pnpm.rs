//! `pnpm-lock.yaml`, lock-file versions 5 to 9.
//!
//! The keys of `packages` name them: `/name/1.0.0_peers` (5), `/name@1.0.0(peers)` (6), `name@1.0.0` (9); a package that comes from
//! a repository or address has fields `name` and `version`, or the address after the `@`.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::yaml_map::{Map, line};
use super::{LockedPackage, ReadError, with_source};
use crate::evidence::yaml;

#[derive(Deserialize)]
struct Lock {
    #[serde(rename = "lockfileVersion")]
    _lockfile_version: IgnoredAny,
    packages: Option<Map<Entry>>,
}

#[derive(Deserialize)]
struct Entry {
    name: Option<String>,
    version: Option<String>,
}

pub(super) fn read(bytes: &[u8]) -> Result<Vec<LockedPackage>, ReadError> {
    let lock: Lock = yaml::read(bytes)?;
    let mut packages = Vec::new();
    for (key, entry) in lock.packages.unwrap_or_default().0 {
        let line = line(&key);
        let Some((name, version)) = identity(&key.value, &entry) else {
            let message = format!("`{}` is not the name of a package as pnpm writes it", key.value);
            return Err(ReadError::at_line(u64::from(line.unwrap_or(1)), message));
        };
        if !["link:", "file:", "workspace:"].iter().any(|local| version.starts_with(local) || key.value.starts_with(local)) {
            packages.push(LockedPackage { ecosystem: "npm", name, version, line });
        }
    }
    Ok(packages)
}

/// Name and version of a package, told by its key, or by its own fields where the key is an address.
fn identity(key: &str, entry: &Entry) -> Option<(String, String)> {
    if let (Some(name), version) = (&entry.name, &entry.version) {
        let address = key.strip_prefix(&format!("{name}@")).unwrap_or(key);
        return Some((name.clone(), with_source(version.as_deref().unwrap_or("unknown"), Some(address))));
    }
    let path = key.strip_prefix('/').unwrap_or(key);
    let path = path.split('(').next()?;
    let scope = path.starts_with('@').then(|| path.find('/')).flatten().map_or(0, |slash| slash + 1);
    let (scope, rest) = path.split_at(scope);
    // Version 5 has a slash before the version, later ones have an `@`; `_` starts the peers of version 5.
    let old = key.starts_with('/') && rest.find('/').is_some_and(|slash| rest.find('@').is_none_or(|at| slash < at));
    let (name, version) = rest.split_once(if old { '/' } else { '@' })?;
    let version = if old { version.split('_').next()? } else { version };
    if name.is_empty() || version.is_empty() {
        return None;
    }
    // An address in place of a version is from outside of the registry, and `version` then states its own.
    let version = if version.contains("://") || version.starts_with("git") {
        with_source(entry.version.as_deref().unwrap_or("unknown"), Some(version))
    } else {
        version.to_owned()
    };
    Some((format!("{scope}{name}"), version))
}

#[cfg(test)]
mod tests {
    use super::super::testing::short;
    use super::*;

    #[test]
    fn keys_of_all_versions_are_understood() {
        let five = "lockfileVersion: 5.4\npackages:\n\n  /a/1.0.0:\n    resolution: {integrity: x}\n\n  /@s/b/2.0.0_react@17.0.0:\n    dev: false\n\n  host.example/u/g/ab12:\n    name: g\n    version: 3.0.0\n";
        assert_eq!(short(read(five.as_bytes())), ["4 a 1.0.0", "7 @s/b 2.0.0", "10 g 3.0.0 (host.example/u/g/ab12)"]);
        let six = "lockfileVersion: '6.0'\npackages:\n  /a@1.0.0:\n    dev: true\n  /@s/b@2.0.0(react@17.0.0)(c@1):\n    dev: false\n  file:../mine:\n    name: mine\n    version: 0.0.0\n";
        assert_eq!(short(read(six.as_bytes())), ["3 a 1.0.0", "5 @s/b 2.0.0"]);
        let nine = "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies: {}\npackages:\n  '@s/b@2.0.0':\n    engines: {node: '>=6'}\n  a@1.0.0:\n    resolution: {integrity: x}\n  g@https://host/g/tar.gz/ab:\n    version: 3.0.0\n  mine@file:mine:\n    resolution: {directory: mine}\nsnapshots:\n  a@1.0.0: {}\n";
        assert_eq!(short(read(nine.as_bytes())), ["6 @s/b 2.0.0", "8 a 1.0.0", "10 g 3.0.0 (https://host/g/tar.gz/ab)"]);
    }

    #[test]
    fn a_key_that_names_no_package_is_an_error() {
        let error = read(b"lockfileVersion: '9.0'\npackages:\n  what: {}\n").expect_err("no version").to_string();
        assert!(error.starts_with("line 3: `what`"), "{error}");
        assert!(read(b"packages: {}\n").is_err());
        assert_eq!(read(b"lockfileVersion: '9.0'\n"), Ok(Vec::new()));
    }
}
