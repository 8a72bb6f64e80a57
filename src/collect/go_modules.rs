//! The Go modules that files of a commit lie in.

use std::collections::BTreeSet;

use super::git::Repository;
use crate::analyze::paths::GoModule;
use crate::evidence::go_mod::module_name;

/// No `go.mod` is longer.
const LIMIT: u64 = 4 << 20;

/// The modules whose `go.mod` lies in one of these directories at the commit.
///
/// One that cannot be read, or that states no name, is a module of which nobody knows the name: it hides the module above it, as it
/// does for Go.
#[must_use]
pub(crate) fn go_modules(repository: &Repository, commit: &str, directories: &BTreeSet<String>) -> Vec<GoModule> {
    let mut modules = Vec::new();
    for directory in directories {
        let path = if directory.is_empty() { "go.mod".to_owned() } else { format!("{directory}/go.mod") };
        let name = match repository.read(commit, &path, LIMIT) {
            Ok(None) => continue,
            Ok(Some(bytes)) => module_name(&bytes).unwrap_or_default(),
            Err(_) => String::new(),
        };
        modules.push(GoModule { directory: directory.clone(), name });
    }
    modules
}
