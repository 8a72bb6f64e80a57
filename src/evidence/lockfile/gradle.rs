//! `gradle.lockfile`: lines of `group:artifact:version=configurations`.

use super::{LockedPackage, ReadError, at, numbered, text};

/// `gradle.lockfile`, `buildscript-gradle.lockfile`, and one per configuration in `gradle/dependency-locks` before Gradle 7.
pub(super) fn matches(directory: &str, name: &str) -> bool {
    matches!(name, "gradle.lockfile" | "buildscript-gradle.lockfile")
        || directory == "dependency-locks" && name.ends_with(".lockfile")
}

pub(super) fn read(bytes: &[u8]) -> Result<Vec<LockedPackage>, ReadError> {
    let mut packages = Vec::new();
    for (number, line) in numbered(text(bytes)?) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') || line.starts_with("empty=") {
            continue;
        }
        let coordinates = line.split('=').next().unwrap_or_default();
        match coordinates.split(':').collect::<Vec<_>>().as_slice() {
            [group, artifact, version] if ![group, artifact, version].iter().any(|part| part.is_empty()) => {
                let name = format!("{group}:{artifact}");
                packages.push(LockedPackage { ecosystem: "maven", name, version: (*version).to_owned(), line: Some(number) });
            }
            _ => return Err(at(number, "expected `group:artifact:version=configurations`; is this an unresolved conflict?")),
        }
    }
    Ok(packages)
}

#[cfg(test)]
mod tests {
    use super::super::testing::short;
    use super::*;

    #[test]
    fn coordinates_are_read() {
        let text = "# comment\ng.h:a-b:1.0=compileClasspath,runtimeClasspath\ng:c:2.0\nempty=annotationProcessor\n";
        assert_eq!(short(read(text.as_bytes())), ["2 g.h:a-b 1.0", "3 g:c 2.0"]);
    }

    #[test]
    fn half_a_coordinate_is_an_error() {
        assert!(read(b"g:a=x\n").is_err());
        assert!(read(b"g::1=x\n").is_err());
    }
}
