//! `poetry.lock`, `uv.lock` and `pdm.lock`: TOML with `[[package]]`, told apart by where a package says that it comes from.

use super::toml::{Table, string, tables};
use super::{LockedPackage, ReadError, at, with_source};

pub(super) fn read(bytes: &[u8]) -> Result<Vec<LockedPackage>, ReadError> {
    let mut packages: Vec<LockedPackage> = Vec::new();
    // Whether the last `[[package]]` is external, so that its `[package.source]` can go with it.
    let mut listed = false;
    for table in tables(bytes)? {
        match table.name.as_str() {
            "package" if table.element => {
                let origin = origin(&table);
                listed = !matches!(origin, Origin::Inside);
                if let Some(package) = package(&table, &origin)? {
                    packages.push(package);
                }
            }
            "package.source" if listed => match table.string("type").as_deref() {
                Some("directory" | "file") => {
                    packages.pop();
                    listed = false;
                }
                Some(kind @ ("git" | "hg" | "url")) => {
                    let place = [table.string("url"), table.string("resolved_reference")]
                        .into_iter()
                        .flatten()
                        .collect::<Vec<_>>()
                        .join("#");
                    if let Some(last) = packages.last_mut() {
                        last.version = with_source(&last.version, Some(&format!("{kind}+{place}")));
                    }
                }
                _ => {}
            },
            _ => {}
        }
    }
    Ok(packages)
}

enum Origin {
    Registry,
    /// A path in, or next to, the repository.
    Inside,
    Elsewhere(String),
}

/// uv writes `source = { registry = ".." }`; pdm writes `path`, `git` and `url` beside the name.
fn origin(table: &Table) -> Origin {
    if let Some(source) = table.raw("source") {
        let inner = source.trim_matches(['{', '}', ' ', '\n']);
        let (kind, place) = inner.split_once('=').map_or((inner, ""), |(kind, place)| (kind.trim(), place.trim()));
        return match kind {
            "registry" => Origin::Registry,
            "editable" | "virtual" | "directory" | "path" | "workspace" => Origin::Inside,
            kind => Origin::Elsewhere(format!("{kind}+{}", string(place).unwrap_or_else(|| place.to_owned()))),
        };
    }
    if table.raw("path").is_some() {
        return Origin::Inside;
    }
    let place = ["git", "hg", "url"].into_iter().find_map(|kind| Some((kind, table.string(kind)?)));
    place.map_or(Origin::Registry, |(kind, place)| {
        Origin::Elsewhere(format!("{kind}+{place}#{}", table.string("revision").unwrap_or_default()))
    })
}

fn package(table: &Table, origin: &Origin) -> Result<Option<LockedPackage>, ReadError> {
    let name = normal(&table.required("name")?);
    let version = match origin {
        Origin::Inside => return Ok(None),
        Origin::Registry => table.required("version")?,
        // A package from a repository may have no version of its own.
        Origin::Elsewhere(source) => with_source(&table.string("version").unwrap_or_else(|| "unknown".to_owned()), Some(source)),
    };
    if name.is_empty() {
        return Err(at(table.line, "the package has an empty name; write the lock file anew"));
    }
    Ok(Some(LockedPackage { ecosystem: "pypi", name, version, line: Some(table.line) }))
}

/// The name as the package index compares it: lower case, with runs of `-`, `_` and `.` as one `-`.
///
/// Source: the Python packaging specification "Names and normalization" (PEP 503).
pub(super) fn normal(name: &str) -> String {
    let parts: Vec<&str> = name.split(['-', '_', '.']).filter(|part| !part.is_empty()).collect();
    parts.join("-").to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::super::testing::short;
    use super::*;

    #[test]
    fn poetry_names_sources_in_a_table_of_their_own() {
        let text = "[[package]]\nname = \"Typing_Extensions\"\nversion = \"4.0\"\n\n[package.dependencies]\na = \"*\"\n\n[[package]]\nname = \"mine\"\nversion = \"0\"\n\n[package.source]\ntype = \"directory\"\nurl = \"../mine\"\n\n[[package]]\nname = \"fork\"\nversion = \"1\"\n\n[package.source]\ntype = \"git\"\nurl = \"host/fork\"\nresolved_reference = \"abc\"\n\n[metadata]\n";
        assert_eq!(short(read(text.as_bytes())), ["1 typing-extensions 4.0", "16 fork 1 (git+host/fork#abc)"]);
    }

    #[test]
    fn uv_names_sources_in_line() {
        let text = "version = 1\n[[package]]\nname = \"mine\"\nversion = \"0\"\nsource = { editable = \".\" }\n[[package]]\nname = \"v\"\nsource = { virtual = \"v\" }\n[[package]]\nname = \"a\"\nversion = \"1\"\nsource = { registry = \"index\" }\n[[package]]\nname = \"g\"\nversion = \"2\"\nsource = { git = \"host/g?rev=1#ab\" }\n";
        assert_eq!(short(read(text.as_bytes())), ["9 a 1", "13 g 2 (git+host/g?rev=1#ab)"]);
    }

    #[test]
    fn pdm_names_sources_beside_the_name() {
        let text = "[[package]]\nname = \"a\"\nversion = \"1\"\n[[package]]\nname = \"mine\"\nversion = \"0\"\npath = \"./mine\"\n[[package]]\nname = \"g\"\nversion = \"2\"\ngit = \"host/g\"\nrevision = \"ab\"\n";
        assert_eq!(short(read(text.as_bytes())), ["1 a 1", "8 g 2 (git+host/g#ab)"]);
    }

    #[test]
    fn a_package_of_a_registry_needs_a_version() {
        assert!(read(b"[[package]]\nname = \"a\"\n").is_err());
    }
}
