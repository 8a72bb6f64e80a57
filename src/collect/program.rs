//! Where this program is.

use std::path::PathBuf;

/// The running program's file, unless the search path leads to a `kadian` anyway.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "looks along the search path")]
pub fn unless_on_path() -> Option<PathBuf> {
    let on_path =
        std::env::var_os("PATH").is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join("kadian").is_file()));
    if on_path { None } else { std::env::current_exe().ok() }
}
