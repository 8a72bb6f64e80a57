//! Go's import paths, which start with what a `go.mod` states.

use std::collections::BTreeSet;
use std::path::Path;

/// A module of the repository.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct GoModule {
    /// The directory of its `go.mod`, relative to the repository's root; empty for the root itself.
    pub directory: String,
    /// What its packages' import paths start with.
    pub name: String,
}

impl GoModule {
    /// The import path of a file, if it lies in the module's directory.
    fn import_path(&self, file: &str) -> Option<String> {
        let below = if self.directory.is_empty() { Some(file) } else { file.strip_prefix(&self.directory)?.strip_prefix('/') };
        below.map(|rest| format!("{}/{rest}", self.name))
    }
}

/// The import path of a Go file: below the module of the nearest `go.mod` above it. `None` where none is known.
pub(super) fn import_path(modules: &[GoModule], file: &str) -> Option<String> {
    if !is_go(file) {
        return None;
    }
    let nearest = modules.iter().filter_map(|module| Some((module.directory.len(), module.import_path(file)?)));
    nearest.max_by_key(|(length, _)| *length).map(|(_, path)| path)
}

/// Whether a path has the ending of Go's sources, which is always small.
pub(super) fn is_go(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|ending| ending == "go")
}

/// The places where `go.mod` files that matter to these files may lie: beside each Go file and in each directory above it.
#[must_use]
pub fn go_module_directories<'f>(files: impl IntoIterator<Item = &'f str>) -> BTreeSet<String> {
    let mut directories = BTreeSet::new();
    for file in files.into_iter().filter(|file| is_go(file)) {
        let mut rest = file;
        while let Some((directory, _)) = rest.rsplit_once('/') {
            if !directories.insert(directory.to_owned()) {
                break;
            }
            rest = directory;
        }
        directories.insert(String::new());
    }
    directories
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_module_states_the_beginning() {
        let module = |directory: &str, name: &str| GoModule { directory: directory.into(), name: name.into() };
        let modules = [module("", "example.com/shop"), module("svc/pay", "example.com/pay/v2")];
        let of = |file: &str| import_path(&modules, file);
        assert_eq!(of("pay/x.go").as_deref(), Some("example.com/shop/pay/x.go"));
        assert_eq!(of("svc/pay/api/x.go").as_deref(), Some("example.com/pay/v2/api/x.go"));
        assert_eq!(of("svc/payments/x.go").as_deref(), Some("example.com/shop/svc/payments/x.go"));
        assert_eq!(of("pay/x.py"), None);
        assert_eq!(import_path(&modules[1..], "main.go"), None);
    }

    #[test]
    fn only_directories_above_go_files_are_asked_for() {
        let of = |files: &[&'static str]| go_module_directories(files.iter().copied()).into_iter().collect::<Vec<_>>();
        assert_eq!(of(&["a/b/c.go", "a/b/d.go", "x.go"]), ["", "a", "a/b"]);
        assert!(of(&["a/b/c.py"]).is_empty());
    }
}
