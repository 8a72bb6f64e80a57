//! Which joins are sure enough to credit a changed file with what a report measured.
//!
//! A finding that is joined to the wrong file is one finding too many; a measured line that is joined to the wrong file is a test
//! that nobody wrote. What [`join`] takes for the best guess is therefore asked once more here, and a guess that another file of
//! the repository, or the report's other paths, put in doubt credits nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::modules::{GoModule, import_path};
use super::{Cleaned, Roots, ends_at, ends_with, is_absolute, join, places};

/// Directories whose files come from packages or from the system: none of them is the place of a checkout.
const FOREIGN: &[&str] = &[
    "site-packages",
    "dist-packages",
    "node_modules",
    "bower_components",
    "vendor",
    ".cargo",
    ".rustup",
    ".rubies",
    ".gradle",
    ".m2",
    ".nuget",
    ".venv",
    ".tox",
];

/// The same, as the beginning of an absolute path without its slash.
const FOREIGN_ROOTS: &[&str] =
    &["usr/include", "usr/lib", "usr/lib64", "usr/local/include", "usr/local/lib", "lib", "nix/store", "rustc"];

/// What the repository's head says about its files.
#[derive(Clone, Copy)]
pub struct Tree<'a> {
    holds: Option<&'a dyn Fn(&str) -> bool>,
    modules: &'a [GoModule],
}

impl<'a> Tree<'a> {
    /// Asks `holds` whether a path is a file of the repository, which says yes where it cannot tell.
    #[must_use]
    pub fn new(holds: &'a dyn Fn(&str) -> bool) -> Self {
        Tree { holds: Some(holds), modules: &[] }
    }

    /// Only a diff was given: nobody knows the unchanged files.
    #[must_use]
    pub fn unknown() -> Self {
        Tree { holds: None, modules: &[] }
    }

    /// The same with the Go modules that the changed files lie in.
    #[must_use]
    pub fn with_modules(self, modules: &'a [GoModule]) -> Self {
        Tree { modules, ..self }
    }

    /// Whether the path is a file of the repository; no where nobody knows.
    pub(crate) fn holds(self, path: &str) -> bool {
        self.holds.is_some_and(|holds| holds(path))
    }

    /// The import path of a Go file; `None` where none is known.
    pub(super) fn import_path(self, file: &str) -> Option<String> {
        import_path(self.modules, file)
    }
}

impl fmt::Debug for Tree<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.holds.is_some() { "Tree" } else { "Tree(unknown)" })
    }
}

/// The joins of [`join`] that hold up:
///
/// - a place inside the repository that its root, the configured root or the report's own directory gives, and a relative path that
///   is the changed one; unless a directory of the report makes it another file of the repository;
/// - a Go import path that the nearest `go.mod` makes the changed file's; another one below a host's name is then not its;
/// - a relative path that the changed one ends with (`pay/api.py`, `src/pay/api.py`), unless it is a file of the repository itself;
/// - an absolute path, or one that starts with the name of a host (a Go import path), that ends with the changed one, if what
///   stands before it can be the repository's root: every path of that sort in the report lies below it, none of its directories
///   belongs to a package manager or the system, and no longer ending is another file of the repository.
///
/// Never a relative path that goes on to the left of the changed one: `vendor/lib/src/n.py` is not `src/n.py`.
#[must_use]
pub fn credit<'c>(
    report_paths: &[&str],
    roots: Roots<'_>,
    changed: &BTreeSet<&'c str>,
    tree: Tree<'_>,
) -> BTreeMap<String, &'c str> {
    let imported = imported(report_paths, roots, changed, tree);
    let rest: Vec<&str> = report_paths.iter().copied().filter(|path| !imported.contains_key(*path)).collect();
    let rooted: BTreeSet<String> = rest.iter().flat_map(|path| places(path, roots)).filter_map(rooted).collect();
    let mut joined = join(&rest, roots, changed);
    joined.retain(|path, place| is_sure(path, place, roots, &rooted, tree) && !is_other_import(path, place, tree));
    joined.extend(imported);
    joined
}

/// The paths that are import paths of changed files, where no root is configured, which would decide.
fn imported<'c>(
    report_paths: &[&str],
    roots: Roots<'_>,
    changed: &BTreeSet<&'c str>,
    tree: Tree<'_>,
) -> BTreeMap<String, &'c str> {
    if roots.configured.is_some() || tree.modules.is_empty() {
        return BTreeMap::new();
    }
    let by_import: BTreeMap<String, &'c str> = changed.iter().filter_map(|file| Some((tree.import_path(file)?, *file))).collect();
    report_paths.iter().filter_map(|path| Some(((*path).to_owned(), *by_import.get(*path)?))).collect()
}

/// Whether a path below a host's name is joined to a file whose import path is known to be another one.
fn is_other_import(path: &str, changed: &str, tree: Tree<'_>) -> bool {
    below_host(path) && tree.import_path(changed).is_some_and(|import| import != path) && path != changed
}

/// A path below a root that nobody states: absolute, or below a host's name.
pub(super) fn rooted(place: Cleaned) -> Option<String> {
    match place {
        Cleaned::Absolute(path) => Some(path),
        Cleaned::Relative(path) if below_host(&path) => Some(path),
        Cleaned::Relative(_) | Cleaned::Inside(_) => None,
    }
}

/// Whether the first directory is a host, as in `github.com/o/r/a.go`.
fn below_host(path: &str) -> bool {
    let Some((host, _)) = path.split_once('/') else { return false };
    let named = host.rsplit_once('.').is_some_and(|(name, end)| !name.is_empty() && end.len() > 1);
    named && !host.starts_with('.') && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
}

fn is_sure(path: &str, changed: &str, roots: Roots<'_>, rooted: &BTreeSet<String>, tree: Tree<'_>) -> bool {
    let places = places(path, roots);
    if places.iter().any(|place| matches!(place, Cleaned::Inside(inside) if inside == changed)) {
        return true;
    }
    let other = |place: &str| place != changed && tree.holds(place);
    let mut below_stated_root = false;
    for place in &places {
        match place {
            // The first exact place decides: those behind it are weaker guesses.
            Cleaned::Relative(relative) if relative == changed => break,
            Cleaned::Relative(relative) if other(relative) => return false,
            Cleaned::Inside(_) | Cleaned::Relative(_) => {}
            Cleaned::Absolute(absolute) => {
                below_stated_root |= ends_with(absolute, changed);
                if longer_endings(absolute, changed).any(other) {
                    return false;
                }
            }
        }
    }
    let absolutes = places.iter().any(|place| matches!(place, Cleaned::Absolute(_)));
    if absolutes || is_absolute(path) || path.starts_with("file:") {
        // Directories that the report states count, also where its path alone looks like the changed one.
        return below_stated_root
            && places.iter().any(|place| matches!(place, Cleaned::Absolute(it) if can_start(it, changed, rooted)));
    }
    places.iter().any(|place| match place {
        Cleaned::Relative(relative) => {
            let module =
                below_host(relative) && can_start(relative, changed, rooted) && !longer_endings(relative, changed).any(other);
            ends_with(changed, relative) || module
        }
        Cleaned::Inside(_) | Cleaned::Absolute(_) => false,
    })
}

/// The endings of a path at a `/` that are longer than the changed path; all of them where it does not end with that.
pub(super) fn longer_endings<'p>(path: &'p str, changed: &str) -> impl Iterator<Item = &'p str> {
    let least = if ends_with(path, changed) { changed.len() } else { 0 };
    let starts = std::iter::once(0).chain(path.match_indices('/').map(|(at, _)| at + 1));
    starts.map(|start| &path[start..]).filter(move |ending| ending.len() > least)
}

/// Whether what stands before the changed path can be where the repository lies.
pub(super) fn can_start(path: &str, changed: &str, rooted: &BTreeSet<String>) -> bool {
    let Some(start) = path.strip_suffix(changed).map(|start| start.trim_end_matches('/')) else { return false };
    !foreign(start) && rooted.iter().all(|other| start.is_empty() || ends_at(other, start) || foreign(other))
}

pub(super) fn foreign(path: &str) -> bool {
    let below = |root: &str| path == root || ends_at(path, root);
    FOREIGN_ROOTS.iter().any(|root| below(root)) || path.split('/').any(|part| FOREIGN.contains(&part))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the first of the report's paths is credited to the changed one, in a repository with these other files.
    fn credited(report: &[&str], sources: &[&str], changed: &str, tree: &[&str]) -> bool {
        let sources: Vec<String> = sources.iter().map(|source| (*source).to_owned()).collect();
        let roots = Roots { report: &sources, ..Roots::default() };
        let holds = |path: &str| tree.contains(&path);
        credit(report, roots, &BTreeSet::from([changed]), Tree::new(&holds)).contains_key(report[0])
    }

    #[test]
    fn a_relative_path_never_goes_on_to_the_left_of_the_changed_one() {
        assert!(!credited(&["vendor/lib/src/n.py"], &[], "src/n.py", &["vendor/lib/src/n.py"]));
        assert!(!credited(&["legacy/src/n.py"], &[], "src/n.py", &[]));
        assert!(credited(&["src/n.py"], &[], "src/n.py", &["legacy/src/n.py"]));
    }

    #[test]
    fn a_path_from_the_packages_root_is_credited_unless_it_is_a_file_itself() {
        assert!(credited(&["pay/api.py"], &[], "src/pay/api.py", &[]));
        assert!(!credited(&["n.py"], &[], "src/n.py", &["n.py"]));
        assert!(!credited(&["pay/n.py"], &[], "src/pay/n.py", &["pay/n.py"]));
    }

    #[test]
    fn the_reports_own_directory_is_not_passed_over() {
        assert!(credited(&["api.py"], &["src/pay"], "src/pay/api.py", &["api.py"]));
        assert!(credited(&["n.py"], &["/ci/ws/src"], "src/n.py", &[]));
        assert!(credited(&["src/n.py"], &["/ci/ws"], "src/n.py", &[]));
        assert!(!credited(&["src/n.py"], &["/ci/ws/legacy"], "src/n.py", &["legacy/src/n.py"]));
        assert!(!credited(&["src/n.py"], &["legacy"], "src/n.py", &["legacy/src/n.py"]));
        assert!(!credited(&["n.py"], &["/ci/ws/web"], "src/n.py", &["web/n.py"]));
    }

    #[test]
    fn an_absolute_path_needs_a_root_that_the_others_share() {
        assert!(credited(&["/ci/ws/src/n.py", "/ci/ws/lib/m.py"], &[], "src/n.py", &[]));
        assert!(credited(&["/ci/ws/src/n.py", "/usr/include/x.h", "/home/u/.cargo/registry/x.rs"], &[], "src/n.py", &[]));
        assert!(!credited(&["/ci/ws/legacy/src/n.py", "/ci/ws/lib/m.py"], &[], "src/n.py", &[]));
        assert!(!credited(&["/ci/ws/legacy/src/n.py"], &[], "src/n.py", &["legacy/src/n.py"]));
        assert!(!credited(&["/usr/lib/python3/site-packages/src/n.py"], &[], "src/n.py", &[]));
        assert!(!credited(&["/ci/ws/node_modules/x/src/n.js"], &[], "src/n.js", &[]));
    }

    #[test]
    fn an_import_path_is_below_its_host() {
        let paths = ["github.com/o/r/pkg/a.go", "github.com/o/r/cmd/b.go"];
        assert!(credited(&paths, &[], "pkg/a.go", &[]));
        assert!(!credited(&["github.com/o/r/vendor/pkg/a.go"], &[], "pkg/a.go", &[]));
        assert!(!credited(&["github.com/o/r/x/pkg/a.go"], &[], "pkg/a.go", &["x/pkg/a.go"]));
        assert!(!credited(&["github.com/o/r/x/pkg/a.go", "github.com/o/r/cmd/b.go"], &[], "pkg/a.go", &[]));
    }

    #[test]
    fn what_go_mod_states_is_sure_and_decides_alone() {
        let module = |directory: &str, name: &str| GoModule { directory: directory.into(), name: name.into() };
        let modules = [module("svc", "example.com/shop"), module("svc/tool", "tool")];
        let tree = Tree::new(&|_| true).with_modules(&modules);
        let changed = BTreeSet::from(["svc/pay/x.go", "svc/tool/pay/x.go", "other/a.go"]);
        let joined = |paths: &[&str]| {
            let joined = credit(paths, Roots::default(), &changed, tree);
            joined.into_iter().map(|(from, to)| format!("{from} -> {to}")).collect::<Vec<_>>()
        };
        // Two files of the change end alike, and one module has no host.
        assert_eq!(
            joined(&["example.com/shop/pay/x.go", "tool/pay/x.go"]),
            ["example.com/shop/pay/x.go -> svc/pay/x.go", "tool/pay/x.go -> svc/tool/pay/x.go"]
        );
        assert!(joined(&["example.com/other/svc/pay/x.go"]).is_empty(), "go.mod says otherwise");
        assert_eq!(joined(&["svc/pay/x.go"]), ["svc/pay/x.go -> svc/pay/x.go"]);
        let configured = Roots { configured: Some("svc"), ..Roots::default() };
        assert!(credit(&["example.com/shop/pay/x.go"], configured, &changed, tree).is_empty());
        assert!(credit(&["pay/x.go"], configured, &changed, tree).contains_key("pay/x.go"));
    }

    #[test]
    fn the_root_that_is_known_or_configured_is_sure() {
        let repository = ["/r".to_owned()];
        let changed = BTreeSet::from(["vendor/a.py"]);
        let roots = Roots { repository: &repository, ..Roots::default() };
        assert_eq!(credit(&["/r/vendor/a.py"], roots, &changed, Tree::unknown()).len(), 1);
        let roots = Roots { configured: Some("vendor"), ..Roots::default() };
        assert_eq!(credit(&["a.py"], roots, &changed, Tree::new(&|_| true)).len(), 1);
    }
}
