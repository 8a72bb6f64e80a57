//! `Pipfile.lock`: JSON with one object per group (`default`, `develop` and the user's own), and `_meta`.

use serde::Deserialize;

use super::json::{Loose, Pairs, Text};
use super::python::normal;
use super::{LockedPackage, ReadError, with_source};

#[derive(Deserialize)]
struct Entry {
    version: Option<String>,
    git: Option<String>,
    #[serde(rename = "ref")]
    reference: Option<String>,
    path: Option<String>,
    file: Option<String>,
}

pub(super) fn read(bytes: &[u8]) -> Result<Vec<LockedPackage>, ReadError> {
    let text = Text::new(bytes)?;
    let groups: Pairs<'_, Pairs<'_, Loose<Entry>>> = text.parse()?;
    if !groups.0.iter().any(|(name, _)| name.0 == "_meta") {
        return Err(ReadError::whole("expected `_meta`; write the lock file anew"));
    }
    let mut packages = Vec::new();
    for (_, group) in groups.0.into_iter().filter(|(name, _)| name.0 != "_meta") {
        for (name, entry) in group.0 {
            let line = text.line(&name);
            let Some(entry) = entry.fits() else {
                return Err(ReadError::at_line(
                    u64::from(line.unwrap_or(1)),
                    format!("`{}` is not a package as pipenv writes it", name.0),
                ));
            };
            if entry.path.is_some() {
                continue;
            }
            let git = entry.git.map(|git| format!("git+{git}#{}", entry.reference.unwrap_or_default()));
            let source = git.or(entry.file);
            let version = entry.version.as_deref().map_or("unknown", |version| version.trim_start_matches("=="));
            packages.push(LockedPackage {
                ecosystem: "pypi",
                name: normal(&name.0),
                version: with_source(version, source.as_deref()),
                line,
            });
        }
    }
    Ok(packages)
}

#[cfg(test)]
mod tests {
    use super::super::testing::short;
    use super::*;

    #[test]
    fn every_group_counts_and_paths_do_not() {
        let text = "{\"_meta\": {\"hash\": {\"sha256\": \"x\"}, \"pipfile-spec\": 6},\n\"default\": {\n\"Re_Quests\": {\"version\": \"==2.0\", \"hashes\": []},\n\"mine\": {\"editable\": true, \"path\": \".\"}},\n\"develop\": {\n\"g\": {\"git\": \"host/g\", \"ref\": \"ab\"}}}";
        assert_eq!(short(read(text.as_bytes())), ["3 re-quests 2.0", "6 g unknown (git+host/g#ab)"]);
    }

    #[test]
    fn what_is_no_package_is_an_error() {
        assert!(read(b"{}").is_err());
        assert!(read(b"{\"_meta\": {}, \"default\": {\"a\": 1}}").is_err());
    }
}
