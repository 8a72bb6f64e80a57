//! `Cargo.lock`, versions 1 to 4. A package without a source is of the workspace, or on a path.

use super::toml::tables;
use super::{LockedPackage, ReadError, with_source};

pub(super) fn read(bytes: &[u8]) -> Result<Vec<LockedPackage>, ReadError> {
    let mut packages = Vec::new();
    for table in tables(bytes)?.iter().filter(|table| table.element && table.name == "package") {
        let (name, version) = (table.required("name")?, table.required("version")?);
        if let Some(source) = table.string("source") {
            let elsewhere = (!["registry", "sparse"].iter().any(|kind| source.starts_with(kind))).then_some(source.as_str());
            let version = with_source(&version, elsewhere);
            packages.push(LockedPackage { ecosystem: "cargo", name, version, line: Some(table.line) });
        }
    }
    Ok(packages)
}

#[cfg(test)]
mod tests {
    use super::super::testing::short;
    use super::*;

    #[test]
    fn packages_of_the_workspace_are_left_out() {
        let text = "version = 4\n\n[[package]]\nname = \"mine\"\nversion = \"0.1.0\"\ndependencies = [\n \"a\",\n]\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"registry+index\"\n\n[[package]]\nname = \"b\"\nversion = \"2.0.0\"\nsource = \"git+ssh://host/b#abc\"\n\n[metadata]\n";
        assert_eq!(short(read(text.as_bytes())), ["10 a 1.0.0", "15 b 2.0.0 (git+ssh://host/b#abc)"]);
    }

    #[test]
    fn an_entry_without_a_version_is_an_error() {
        let error = read(b"[[package]]\nname = \"a\"\n").expect_err("no version").to_string();
        assert!(error.starts_with("line 1: [[package]] has no `version`"), "{error}");
    }
}
