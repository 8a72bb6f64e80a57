//! Finding reports under conventional names without walking the repository.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::glob::{Glob, entries};
use crate::evidence::Format;
use crate::facts::Kind;
use crate::path_glob;

/// At most so many directories below the root are looked into, the first by name.
const MAX_DIRECTORIES: usize = 256;

/// Directories that hold other people's packages, or whose conventional files are looked for from the root.
const LEFT_OUT: [&str; 5] = ["node_modules", "vendor", "target", "build", "dist"];

/// The files under the formats' conventional names at the root and one level below, as in a repository of several packages.
///
/// Each of these directories is listed once and the patterns are compared with its names, so that the cost does not depend on how
/// many patterns or files there are.
pub(super) fn files(repository: &Path, formats: impl Iterator<Item = &'static Format>) -> Vec<(PathBuf, String)> {
    let formats: Vec<_> = formats.collect();
    let globs: BTreeSet<&str> = formats.iter().flat_map(|format| format.conventional.iter().copied()).collect();
    // A test parses every conventional pattern.
    let globs: Vec<Glob> = globs.into_iter().filter_map(|text| Glob::parse(text).ok()).collect();
    let root = names(repository);
    let mut found = look(repository, "", &root, &globs);
    // A change has one review, whatever packages it touches.
    if formats.iter().all(|format| format.kind == Kind::Review) {
        return found;
    }
    let below =
        root.iter().filter(|(name, is_directory)| *is_directory && !name.starts_with('.') && !LEFT_OUT.contains(&name.as_str()));
    for (name, _) in below.take(MAX_DIRECTORIES) {
        let directory = repository.join(name);
        found.extend(look(&directory, name, &names(&directory), &globs));
    }
    found
}

/// Whether a file of that name, wherever it lies, may be meant by a conventional name of these formats.
pub(super) fn conventional(formats: &[&'static Format], path: &str) -> bool {
    let last = |text: &'static str| text.rsplit('/').next().unwrap_or(text);
    let name = path.rsplit('/').next().unwrap_or(path);
    let name = name.strip_suffix(".gz").unwrap_or(name);
    let globs = formats.iter().flat_map(|format| format.conventional.iter().copied().map(last));
    globs
        .filter(|glob| !glob.starts_with("*."))
        .any(|glob| path_glob::parse(glob).is_ok_and(|glob| glob.compile_matcher().is_match(name)))
}

fn look(directory: &Path, shown: &str, names: &[(String, bool)], globs: &[Glob]) -> Vec<(PathBuf, String)> {
    globs.iter().flat_map(|glob| glob.matches_names(directory, shown, names)).collect()
}

/// The names in a directory, sorted, and whether each is a directory itself. A link to a directory is not looked into.
fn names(directory: &Path) -> Vec<(String, bool)> {
    let mut names: Vec<_> = entries(directory)
        .filter_map(|entry| Some((entry.file_name().into_string().ok()?, entry.file_type().ok()?.is_dir())))
        .collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use crate::collect::files::Glob;
    use crate::evidence::FORMATS;

    #[test]
    fn every_conventional_pattern_is_one_and_names_its_directory() {
        for format in FORMATS {
            for glob in format.conventional {
                assert!(Glob::parse(glob).is_ok(), "{glob}");
                assert!(!glob.starts_with("**") && !glob.starts_with("*/"), "{glob} would walk the repository");
            }
        }
    }
}
