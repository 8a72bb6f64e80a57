//! Which file of the repository a path in a report means.
//!
//! Reports write paths as their tools saw them: absolute on a build machine, relative to a directory that nobody states, with
//! backslashes. A wrong join would credit one file with another's tests, so that only unambiguous joins are made; a changed file
//! that nothing joins is reported as not measured.

mod credit;
mod modules;
mod trace;

use std::collections::{BTreeMap, BTreeSet};

pub use credit::{Tree, credit};
pub use modules::{GoModule, go_module_directories};
pub use trace::{alike, rule, why_not};

use crate::evidence::uri::{percent_decoded, to_path};

/// Where a report's relative paths may start, and where the repository is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Roots<'a> {
    /// Absolute paths of the repository's root: as it was named, and with links resolved.
    pub repository: &'a [String],
    /// The `root` that is configured for the report, relative to the repository or absolute.
    pub configured: Option<&'a str>,
    /// The directories that the report itself names.
    pub report: &'a [String],
}

/// A report's path, cleaned.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Cleaned {
    /// Relative to the repository's root.
    Inside(String),
    /// Absolute, and not known to be inside; without its leading slash.
    Absolute(String),
    /// Relative to something that nobody states.
    Relative(String),
}

/// Joins the paths of one report to the changed ones: the report's path to the changed path that it means, where it means one.
///
/// In this order: the place that the report's or the configured directories give, then the path itself, each compared exactly;
/// then, for what is left, the one changed path that ends with the report's path, or the longest changed path that the report's
/// path ends with, both at a `/`. Ambiguity is no match: two possible changed paths, two paths of the report for one changed
/// path. A path with a known place never means another file of the same ending.
#[must_use]
pub fn join<'c>(report_paths: &[&str], roots: Roots<'_>, changed: &BTreeSet<&'c str>) -> BTreeMap<String, &'c str> {
    let mut exact: BTreeMap<String, &'c str> = BTreeMap::new();
    let mut loose: Vec<(&str, Cleaned)> = Vec::new();
    for path in report_paths {
        let places = places(path, roots);
        let known: BTreeSet<&'c str> = places
            .iter()
            .filter_map(|place| match place {
                Cleaned::Inside(path) | Cleaned::Relative(path) => changed.get(path.as_str()).copied(),
                Cleaned::Absolute(_) => None,
            })
            .collect();
        let mut known = known.into_iter();
        match (known.next(), known.next()) {
            (Some(one), None) => {
                exact.insert((*path).to_owned(), one);
            }
            (Some(_), Some(_)) => {}
            (None, _) if places.iter().any(|place| matches!(place, Cleaned::Inside(_))) => {}
            (None, _) => loose.extend(places.into_iter().next_back().map(|place| (*path, place))),
        }
    }
    let taken: BTreeSet<&str> = exact.values().copied().collect();
    let by_ending = by_ending(&loose, changed, &taken, !exact.is_empty());
    exact.into_iter().chain(by_ending).collect()
}

/// Where a report's path lies in the repository, as far as that is known without the changed files: absolute paths below its
/// root, and relative ones, which are taken as they stand. `None` for what lies outside.
#[must_use]
pub fn inside(path: &str, roots: Roots<'_>) -> Option<String> {
    places(path, roots).into_iter().find_map(|place| match place {
        Cleaned::Inside(path) | Cleaned::Relative(path) => Some(path),
        Cleaned::Absolute(_) => None,
    })
}

/// The places that a path may mean, the best known first.
fn places(path: &str, roots: Roots<'_>) -> Vec<Cleaned> {
    let raw = if path.starts_with("file:") { to_path(path).unwrap_or_default() } else { path.to_owned() };
    let mut places = Vec::new();
    let absolute = is_absolute(&raw);
    if let Some(root) = roots.configured.filter(|_| !absolute) {
        // What people configure is no guess: the path lies there or nowhere.
        return match clean(&format!("{root}/{raw}"), roots.repository) {
            Some(Cleaned::Relative(path)) => vec![Cleaned::Inside(path)],
            place => place.into_iter().collect(),
        };
    }
    if !absolute {
        for root in roots.report {
            let root = if root.starts_with("file:") { to_path(root).unwrap_or_default() } else { root.clone() };
            // A directory that is not known to be the repository's, like `./coverage`, is only one more guess.
            places.extend(clean(&format!("{root}/{raw}"), roots.repository));
        }
    }
    let sure = places.iter().any(|place| matches!(place, Cleaned::Inside(_)));
    if !sure {
        places.extend(clean(&raw, roots.repository));
        if raw.contains('%') {
            places.extend(clean(&percent_decoded(&raw), roots.repository));
        }
    }
    places.dedup();
    places
}

fn is_absolute(path: &str) -> bool {
    let drive = path.as_bytes().get(..2).is_some_and(|start| start[0].is_ascii_alphabetic() && start[1] == b':');
    path.starts_with(['/', '\\']) || drive
}

/// Without `.`, `..`, doubled and backward slashes; `None` when it is empty or climbs out of where it starts.
fn clean(path: &str, repository: &[String]) -> Option<Cleaned> {
    let parts = parts(path)?;
    if !is_absolute(path) {
        return Some(Cleaned::Relative(parts.join("/"))).filter(|_| !parts.is_empty());
    }
    for root in repository {
        let root = self::parts(root)?;
        if !root.is_empty() && parts.len() > root.len() && parts.starts_with(&root) {
            return Some(Cleaned::Inside(parts[root.len()..].join("/")));
        }
    }
    Some(Cleaned::Absolute(parts.join("/"))).filter(|_| !parts.is_empty())
}

fn parts(path: &str) -> Option<Vec<&str>> {
    let mut parts = Vec::new();
    for part in path.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts)
}

/// Joins by the longest common ending.
fn by_ending<'c>(
    loose: &[(&str, Cleaned)],
    changed: &BTreeSet<&'c str>,
    taken: &BTreeSet<&str>,
    some_exact: bool,
) -> Vec<(String, &'c str)> {
    let mut by_name: BTreeMap<&str, Vec<&'c str>> = BTreeMap::new();
    for path in changed {
        by_name.entry(name(path)).or_default().push(path);
    }
    let mut found: BTreeMap<&'c str, Vec<(&str, &str)>> = BTreeMap::new();
    for (path, place) in loose {
        let (Cleaned::Absolute(text) | Cleaned::Relative(text) | Cleaned::Inside(text)) = place;
        let relative = matches!(place, Cleaned::Relative(_));
        let candidates = by_name.get(name(text)).map_or(&[][..], Vec::as_slice);
        // A report with a path that is exactly one of the repository's writes all its relative paths from there.
        if relative && some_exact {
            continue;
        }
        let mut longer = candidates.iter().filter(|changed| relative && ends_with(changed, text));
        match (longer.next(), longer.next()) {
            (Some(one), None) => found.entry(one).or_default().push((path, "")),
            (Some(_), Some(_)) => {}
            (None, _) => {
                let shorter = candidates.iter().filter(|changed| ends_with(text, changed)).max_by_key(|changed| changed.len());
                if let Some(one) = shorter {
                    let start = text[..text.len() - one.len()].trim_end_matches('/');
                    found.entry(one).or_default().push((path, start));
                }
            }
        }
    }
    let starts: BTreeSet<&str> = found.values().flatten().map(|(_, start)| *start).filter(|start| !start.is_empty()).collect();
    let single = |(one, from): (&'c str, Vec<(&str, &str)>)| match from.as_slice() {
        [(path, start)] if !taken.contains(one) => {
            // `/ci/repo/lib/index.js` is not the changed `index.js` when other paths show that the repository is `/ci/repo`.
            let below = starts.iter().any(|other| start.len() > other.len() && ends_at(start, other));
            (!below).then(|| ((*path).to_owned(), one))
        }
        _ => None,
    };
    found.into_iter().filter_map(single).collect()
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Whether `path` ends with `ending` at a `/`.
fn ends_with(path: &str, ending: &str) -> bool {
    path.strip_suffix(ending).is_some_and(|start| start.is_empty() || start.ends_with('/'))
}

/// Whether `path` lies in `directory`.
fn ends_at(path: &str, directory: &str) -> bool {
    path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(report: &[&str], roots: Roots<'_>, changed: &[&str]) -> Vec<String> {
        let changed = changed.iter().copied().collect();
        join(report, roots, &changed).into_iter().map(|(from, to)| format!("{from} -> {to}")).collect()
    }

    fn plain(report: &str, changed: &[&str]) -> Option<String> {
        joined(&[report], Roots::default(), changed).pop().map(|text| text.split(" -> ").nth(1).unwrap().to_owned())
    }

    #[test]
    fn dots_backslashes_and_doubled_slashes_do_not_matter() {
        for path in ["src/a.rs", "./src/a.rs", "src\\a.rs", "src//x/../a.rs"] {
            assert_eq!(plain(path, &["src/a.rs"]).as_deref(), Some("src/a.rs"), "{path}");
        }
    }

    #[test]
    fn the_repositorys_root_is_taken_off_and_settles_the_place() {
        let repository = ["/home/me/repo".to_owned(), "C:\\repo".to_owned()];
        let roots = Roots { repository: &repository, ..Roots::default() };
        assert_eq!(joined(&["/home/me/repo/src/a.rs"], roots, &["src/a.rs"]), ["/home/me/repo/src/a.rs -> src/a.rs"]);
        assert_eq!(joined(&["file:///home/me/repo/src/a%20b.rs"], roots, &["src/a b.rs"]).len(), 1);
        assert_eq!(joined(&["C:\\repo\\src\\a.rs"], roots, &["src/a.rs"]).len(), 1);
        assert!(joined(&["/home/me/repo/vendor/src/a.rs"], roots, &["src/a.rs"]).is_empty());
        assert_eq!(joined(&["/home/me/repository/src/a.rs"], roots, &["src/a.rs"]).len(), 1);
    }

    #[test]
    fn directories_of_the_report_and_the_configuration_come_first() {
        let (repository, report) = (["/r".to_owned()], ["/r/lib".to_owned(), "/r/src".to_owned()]);
        let roots = Roots { repository: &repository, report: &report, ..Roots::default() };
        assert_eq!(joined(&["a.py"], roots, &["src/a.py", "a.py"]), ["a.py -> src/a.py"]);
        assert!(joined(&["a.py"], roots, &["a.py"]).is_empty(), "the report says that its files lie in /r/src or /r/lib");
        assert!(joined(&["a.py"], roots, &["src/a.py", "lib/a.py"]).is_empty(), "ambiguous");
        let roots = Roots { configured: Some("web"), ..Roots::default() };
        assert_eq!(joined(&["src/a.ts"], roots, &["web/src/a.ts", "api/src/a.ts"]), ["src/a.ts -> web/src/a.ts"]);
        assert!(joined(&["src/a.ts"], roots, &["src/a.ts"]).is_empty(), "the configuration says that it lies in web");
        let nonsense = ["./coverage".to_owned()];
        let roots = Roots { report: &nonsense, ..Roots::default() };
        assert_eq!(joined(&["src/a.ts"], roots, &["src/a.ts"]).len(), 1);
    }

    #[test]
    fn a_unique_ending_joins_at_a_slash() {
        assert_eq!(plain("com/x/A.java", &["m/src/com/x/A.java", "m/src/com/y/A.java"]).as_deref(), Some("m/src/com/x/A.java"));
        assert_eq!(plain("A.java", &["m/com/x/A.java", "m/com/y/A.java"]), None);
        assert_eq!(plain("a.rs", &["src/aa.rs"]), None);
        assert_eq!(plain("/ci/ws/src/a.rs", &["src/a.rs", "a.rs"]).as_deref(), Some("src/a.rs"));
        assert_eq!(plain("github.com/o/r/pkg/a.go", &["pkg/a.go"]).as_deref(), Some("pkg/a.go"));
        assert_eq!(plain("/ci/ws/xsrc/a.rs", &["src/a.rs"]), None);
    }

    #[test]
    fn two_paths_of_a_report_never_share_a_changed_one_by_their_endings() {
        assert!(joined(&["/ci/src/a.rs", "/ci/vendor/src/a.rs"], Roots::default(), &["src/a.rs"]).is_empty());
    }

    #[test]
    fn a_nested_file_is_not_the_changed_one_of_the_same_name() {
        let report = ["/ci/r/src/b.js", "/ci/r/lib/index.js"];
        assert_eq!(joined(&report, Roots::default(), &["index.js", "src/b.js"]), ["/ci/r/src/b.js -> src/b.js"]);
        assert_eq!(joined(&["pkg/setup.py", "b.py"], Roots::default(), &["setup.py", "b.py"]), ["b.py -> b.py"]);
    }

    #[test]
    fn nothing_climbs_out() {
        assert_eq!(plain("../src/a.rs", &["src/a.rs"]), None);
        assert_eq!(plain("../../etc/passwd", &["etc/passwd"]), None);
        assert_eq!(inside("../a", Roots::default()), None);
        assert_eq!(inside("/elsewhere/a", Roots::default()), None);
        assert_eq!(inside("./a/b", Roots::default()).as_deref(), Some("a/b"));
    }
}
