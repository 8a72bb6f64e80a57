//! Why a report's path means a file of the change, or does not: what `kadian doctor` prints.

use std::collections::BTreeSet;

use super::credit::{Tree, can_start, foreign, longer_endings, rooted};
use super::modules::is_go;
use super::{Cleaned, Roots, ends_with, name, places};
use crate::facts::PathRule;

/// By which rule a path was joined to the changed file that [`credit`](super::credit()) says.
#[must_use]
pub fn rule(path: &str, changed: &str, roots: Roots<'_>, tree: Tree<'_>) -> PathRule {
    if roots.configured.is_none() && tree.import_path(changed).is_some_and(|import| import == path) {
        return PathRule::GoModule;
    }
    let stated = |roots: Roots<'_>| {
        places(path, roots).into_iter().any(|place| match place {
            Cleaned::Inside(place) | Cleaned::Relative(place) => place == changed,
            Cleaned::Absolute(_) => false,
        })
    };
    let alone = Roots { configured: None, report: &[], ..roots };
    if roots.configured.is_some() && stated(Roots { report: &[], ..roots }) && !stated(alone) {
        PathRule::ConfiguredRoot
    } else if stated(alone) {
        let inside = places(path, alone).iter().any(|place| matches!(place, Cleaned::Inside(_)));
        if inside { PathRule::RepositoryRoot } else { PathRule::Exact }
    } else if stated(roots) {
        PathRule::ReportRoot
    } else if places(path, alone).iter().any(|place| matches!(place, Cleaned::Relative(relative) if ends_with(changed, relative)))
    {
        PathRule::Package
    } else {
        PathRule::Checkout
    }
}

/// Whether a path has the same ending as a changed file, so that a reader would expect the two to be one.
#[must_use]
pub fn alike(path: &str, changed: &str) -> bool {
    let path = path.replace('\\', "/");
    let path = path.trim_start_matches("./");
    name(path) == name(changed)
        && (ends_with(path, changed) || ends_with(changed, path.trim_start_matches('/')) || same_parent(path, changed))
}

/// Whether the directories next to the names are the same too.
fn same_parent(path: &str, changed: &str) -> bool {
    let parent = |path: &str| path.rsplit('/').nth(1).map(str::to_owned);
    parent(path).is_some() && parent(path) == parent(changed)
}

/// Why a path that is alike a changed file was not joined to it, as a part of a sentence.
#[must_use]
pub fn why_not(
    path: &str,
    changed: &str,
    roots: Roots<'_>,
    all_changed: &BTreeSet<&str>,
    report_paths: &[&str],
    tree: Tree<'_>,
) -> String {
    if let Some(import) = tree.import_path(changed).filter(|import| import != path && is_go(path)) {
        return format!("go.mod says that this file is {import}");
    }
    let places = places(path, roots);
    if let Some(root) = roots.configured {
        return format!("the configured root `{root}` makes another file of it");
    }
    for place in &places {
        match place {
            Cleaned::Inside(inside) => return format!("it lies at {inside} in the repository"),
            Cleaned::Relative(text) | Cleaned::Absolute(text) => {
                if let Some(better) = longer_endings(text, changed).find(|ending| *ending != changed && tree.holds(ending)) {
                    return format!("the repository holds {better}, which it names better");
                }
                let start = text.strip_suffix(changed).unwrap_or(text).trim_end_matches('/');
                if foreign(start) {
                    return "it lies in a directory of packages or of the system".to_owned();
                }
            }
        }
    }
    if let Some(other) = all_changed.iter().find(|other| **other != changed && alike(path, other)) {
        return format!("it may mean {other} as well");
    }
    let mut others = report_paths.iter().filter(|other| **other != path && ends_with(&other.replace('\\', "/"), changed));
    if let Some(other) = others.next() {
        return format!("the report's {other} may mean it as well");
    }
    let below: BTreeSet<String> = report_paths.iter().flat_map(|path| super::places(path, roots)).filter_map(rooted).collect();
    for place in &places {
        match place {
            Cleaned::Relative(text) if ends_with(text, changed) => {
                return format!("it is relative, and goes on to the left of {changed}: state a root for the report");
            }
            Cleaned::Absolute(text) if ends_with(text, changed) && !can_start(text, changed, &below) => {
                return "not every path of the report lies below what stands before it: state a root for the report".to_owned();
            }
            _ => {}
        }
    }
    "its directories are others: state a root for the report".to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::GoModule;
    use super::*;

    #[test]
    fn each_rule_is_named() {
        let (repository, report) = (["/r".to_owned()], ["/r/src".to_owned(), "src".to_owned()]);
        let modules = [GoModule { directory: String::new(), name: "example.com/m".into() }];
        let tree = Tree::unknown().with_modules(&modules);
        let roots = Roots { repository: &repository, ..Roots::default() };
        let stated = Roots { report: &report, ..roots };
        let configured = Roots { configured: Some("web"), ..roots };
        for (path, changed, roots, expected) in [
            ("src/a.py", "src/a.py", roots, PathRule::Exact),
            ("./src\\a.py", "src/a.py", roots, PathRule::Exact),
            ("/r/src/a.py", "src/a.py", roots, PathRule::RepositoryRoot),
            ("a.py", "src/a.py", stated, PathRule::ReportRoot),
            ("src/a.ts", "web/src/a.ts", configured, PathRule::ConfiguredRoot),
            ("pay/a.py", "src/pay/a.py", roots, PathRule::Package),
            ("/ci/ws/src/a.py", "src/a.py", roots, PathRule::Checkout),
            ("example.com/m/pay/a.go", "pay/a.go", roots, PathRule::GoModule),
            ("github.com/o/m/pay/a.go", "pay/a.go", roots, PathRule::Checkout),
        ] {
            assert_eq!(rule(path, changed, roots, tree), expected, "{path}");
        }
    }

    #[test]
    fn each_reason_is_named() {
        let why = |path: &str, roots: Roots<'_>, others: &[&str], held: &[&str]| {
            let holds = |path: &str| held.contains(&path);
            let changed = BTreeSet::from(["src/a.py", "web/src/a.py"]);
            let one = BTreeSet::from(["src/a.py"]);
            let changed = if others.contains(&"two") { &changed } else { &one };
            let paths: Vec<&str> = std::iter::once(path).chain(others.iter().copied()).collect();
            why_not(path, "src/a.py", roots, changed, &paths, Tree::new(&holds))
        };
        let none = Roots::default();
        let repository = ["/r".to_owned()];
        assert!(why("web/src/a.py", Roots { configured: Some("x"), ..none }, &[], &[]).contains("the configured root `x`"));
        assert!(why("/r/lib/src/a.py", Roots { repository: &repository, ..none }, &[], &[]).contains("lies at lib/src/a.py"));
        assert!(why("/ci/lib/src/a.py", none, &[], &["lib/src/a.py"]).contains("the repository holds lib/src/a.py"));
        assert!(why("/ci/node_modules/src/a.py", none, &[], &[]).contains("a directory of packages"));
        assert!(why("a.py", none, &["two"], &[]).contains("it may mean web/src/a.py as well"));
        assert!(why("/ci/x/src/a.py", none, &["/ci/y/src/a.py"], &[]).contains("the report's /ci/y/src/a.py may mean it"));
        assert!(why("old/src/a.py", none, &[], &[]).contains("goes on to the left of src/a.py"));
        assert!(why("/ci/x/src/a.py", none, &["/ci/b.py"], &[]).contains("not every path of the report lies below"));
    }
}
