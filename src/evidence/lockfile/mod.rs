//! Which external packages a lock file pins. Pure; one small reader per format, one line each in [`LOCK_FORMATS`].
//!
//! A reader lists what comes from outside the repository: packages of the workspace, and paths in it, are left out. A package that
//! comes from a repository or address, and not from a registry, carries that source after its version, so that a package that moves
//! to a fork is a change even where its version stays.

mod bun;
mod cargo;
mod composer;
mod gem;
mod go;
mod gradle;
mod json;
mod npm;
mod pipfile;
mod pnpm;
mod python;
mod requirements;
mod toml;
mod yaml_map;
mod yarn;

use super::ReadError;

/// An external package in a lock file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LockedPackage {
    /// `cargo`, `npm`, `pypi`, `go`, `maven`, `gem`, `composer`.
    pub ecosystem: &'static str,
    pub name: String,
    /// As the lock file states it; with the source in brackets after it when that is no registry.
    pub version: String,
    /// Where the entry stands, counted from 1; `None` when that cannot be told.
    pub line: Option<u32>,
}

/// A lock-file format.
#[derive(Debug)]
pub struct LockFormat {
    pub name: &'static str,
    /// Whether a file of this name, in a directory of this name (empty at the top), is of the format.
    matches: fn(directory: &str, name: &str) -> bool,
    read: fn(&[u8]) -> Result<Vec<LockedPackage>, ReadError>,
}

/// Every lock-file format that kadian reads.
pub static LOCK_FORMATS: &[LockFormat] = &[
    LockFormat { name: "bun", matches: |_, name| name == "bun.lock", read: bun::read },
    LockFormat { name: "cargo", matches: |_, name| name == "Cargo.lock", read: cargo::read },
    LockFormat { name: "composer", matches: |_, name| name == "composer.lock", read: composer::read },
    LockFormat { name: "gem", matches: |_, name| matches!(name, "Gemfile.lock" | "gems.locked"), read: gem::read },
    LockFormat { name: "go", matches: |_, name| name == "go.mod", read: go::read },
    LockFormat { name: "go-sums", matches: |_, name| matches!(name, "go.sum" | "go.work.sum"), read: go::read_sums },
    LockFormat { name: "gradle", matches: gradle::matches, read: gradle::read },
    LockFormat { name: "npm", matches: |_, name| matches!(name, "package-lock.json" | "npm-shrinkwrap.json"), read: npm::read },
    LockFormat { name: "pdm", matches: |_, name| name == "pdm.lock", read: python::read },
    LockFormat { name: "pipfile", matches: |_, name| name == "Pipfile.lock", read: pipfile::read },
    LockFormat { name: "pnpm", matches: |_, name| name == "pnpm-lock.yaml", read: pnpm::read },
    LockFormat { name: "poetry", matches: |_, name| name == "poetry.lock", read: python::read },
    LockFormat { name: "requirements", matches: requirements::matches, read: requirements::read },
    LockFormat { name: "uv", matches: |_, name| name == "uv.lock", read: python::read },
    LockFormat { name: "yarn", matches: |_, name| name == "yarn.lock", read: yarn::read },
];

/// Lock files that kadian knows by name and cannot read. Their dependencies are unknown, not unchanged.
const UNREAD: &[&str] = &[
    "bun.lockb",
    "deno.lock",
    "mix.lock",
    "pubspec.lock",
    "Podfile.lock",
    "Package.resolved",
    "Cartfile.resolved",
    "packages.lock.json",
    "paket.lock",
    "flake.lock",
    "pixi.lock",
    "conda-lock.yml",
    "rebar.lock",
    "stack.yaml.lock",
    "cabal.project.freeze",
    "Chart.lock",
    ".terraform.lock.hcl",
    "conan.lock",
    "shard.lock",
    "Manifest.toml",
    "renv.lock",
    "pylock.toml",
];

/// Whether the path names a lock file, readable or not.
#[must_use]
pub fn is_lock_file(path: &str) -> bool {
    let (_, name) = parts(path);
    format(path).is_some() || UNREAD.contains(&name)
}

/// Reads the external packages of the lock file at `path`, in the order of the file; one name may have several versions.
///
/// A lock file without packages gives none. The errors name the position: bytes that are not UTF-8 or not in the format, such as an
/// unresolved merge conflict, an entry without a name or version, and a lock file that kadian knows only by name.
pub fn read(path: &str, bytes: &[u8]) -> Result<Vec<LockedPackage>, ReadError> {
    match format(path) {
        Some(format) => (format.read)(bytes),
        None => Err(ReadError::whole(format!("kadian cannot read this lock file; it reads: {}", names()))),
    }
}

fn format(path: &str) -> Option<&'static LockFormat> {
    let (directory, name) = parts(path);
    LOCK_FORMATS.iter().find(|format| (format.matches)(directory, name))
}

/// The name of the directory that holds the file, and the file's name.
fn parts(path: &str) -> (&str, &str) {
    let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
    (directory.rsplit('/').next().unwrap_or_default(), name)
}

fn names() -> String {
    LOCK_FORMATS.iter().map(|format| format.name).collect::<Vec<_>>().join(", ")
}

fn text(bytes: &[u8]) -> Result<&str, ReadError> {
    let text = std::str::from_utf8(bytes).map_err(|error| ReadError::at_byte(error.valid_up_to() as u64, "expected UTF-8"))?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// The lines with their numbers, without line ends.
fn numbered(text: &str) -> impl Iterator<Item = (u32, &str)> {
    (1..).zip(text.lines())
}

fn at(line: u32, message: impl Into<String>) -> ReadError {
    ReadError::at_line(u64::from(line), message)
}

/// The version with the source in brackets after it, where it is no registry.
fn with_source(version: &str, source: Option<&str>) -> String {
    source.map_or_else(|| version.to_owned(), |source| format!("{version} ({source})"))
}

#[cfg(test)]
mod testing {
    use super::{LockedPackage, ReadError};

    /// `line name version`, one string for each package.
    pub(super) fn short(packages: Result<Vec<LockedPackage>, ReadError>) -> Vec<String> {
        let packages = packages.expect("readable");
        packages.iter().map(|it| format!("{} {} {}", it.line.unwrap_or_default(), it.name, it.version)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_have_names_of_their_own_and_stand_in_order() {
        assert!(LOCK_FORMATS.is_sorted_by(|a, b| a.name < b.name));
    }

    #[test]
    fn lock_files_are_known_by_name_and_place() {
        let paths = "Cargo.lock a/package-lock.json requirements.txt requirements-dev.txt dev-requirements.txt requirements/base.txt go.mod \
                     gradle.lockfile a/buildscript-gradle.lockfile gradle/dependency-locks/compile.lockfile flake.lock";
        for path in paths.split_whitespace() {
            assert!(is_lock_file(path), "{path}");
        }
        for path in [
            "",
            "cargo.lock.md",
            "package.json",
            "requirements.md",
            "a.lock",
            "requirements/readme.md",
            "my_requirements_notes.txt",
        ] {
            assert!(!is_lock_file(path), "{path}");
        }
    }

    #[test]
    fn every_reader_refuses_a_merge_conflict_and_bytes_that_are_no_text() {
        for format in LOCK_FORMATS.iter().filter(|format| format.name != "go-sums") {
            assert!((format.read)(b"<<<<<<< HEAD\na\n=======\nb\n>>>>>>> x\n").is_err(), "{}", format.name);
            assert!((format.read)(b"\xff\xfe").is_err(), "{}", format.name);
        }
    }

    #[test]
    fn no_reader_panics_on_hostile_input() {
        let nested = "[".repeat(100_000);
        let inputs = [
            "",
            "\n",
            "{}",
            "[]",
            "null",
            "\"",
            "[[package]]",
            "a = \"\"\"",
            "a:",
            "  a:",
            "@",
            "a@",
            "\u{feff}",
            "require (",
            "{\"packages\":{\"\":{}}}",
            nested.as_str(),
        ];
        for format in LOCK_FORMATS {
            for input in inputs {
                let _ = (format.read)(input.as_bytes());
            }
        }
    }

    #[test]
    fn a_lock_file_that_cannot_be_read_says_so() {
        let error = read("flake.lock", b"{}").expect_err("unread").to_string();
        assert!(error.contains("cannot read this lock file"), "{error}");
    }
}
