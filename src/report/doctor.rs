//! How reports' paths were joined to the repository, for a person.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::escape::terminal;
use crate::facts::{AccountState, FileAccount, MappedPath, Mapping, PatchCoverage, PathRule};

/// The account of every file of the change, then the paths of each report: those that name a file of the change, or could, and how many
/// others there are; with `all`, each of them.
#[must_use]
pub fn text(patch: &PatchCoverage, mapped: &[MappedPath], all: bool) -> String {
    let mut out = String::from("Files of the change\n");
    for account in &patch.accounting {
        file(account, &mut out);
    }
    if patch.accounting.is_empty() {
        out.push_str("  none\n");
    }
    let mut reports: BTreeMap<&str, Vec<&MappedPath>> = BTreeMap::new();
    for path in mapped {
        reports.entry(&path.report).or_default().push(path);
    }
    out.push_str("\nPaths of the reports\n");
    for (report, paths) in reports {
        let _ = writeln!(out, "  {}", terminal(report));
        self::paths(&paths, all, &mut out);
    }
    let (unaccounted, files) = (patch.unaccounted.len(), patch.accounting.len());
    let _ = write!(out, "\n{files} {}, {unaccounted} of them unaccounted; {}", noun(files), share(patch));
    out
}

fn share(patch: &PatchCoverage) -> String {
    match patch.percent {
        Some(percent) => format!("{} of {} measured added lines are covered ({percent} %)", patch.covered, patch.lines),
        None => "no added line is measured".to_owned(),
    }
}

fn noun(files: usize) -> &'static str {
    if files == 1 { "file" } else { "files" }
}

fn file(account: &FileAccount, out: &mut String) {
    let state = match account.state {
        AccountState::Measured => "measured",
        AccountState::NothingAdded => "nothing added",
        AccountState::NotCode => "no code",
        AccountState::Excluded => "excluded",
        AccountState::Unaccounted => "UNACCOUNTED",
    };
    let _ = writeln!(out, "  {state:<13}  {}: {}", terminal(&account.path), terminal(&account.why));
}

fn paths(paths: &[&MappedPath], all: bool, out: &mut String) {
    let (mut unchanged, mut elsewhere) = (Vec::new(), Vec::new());
    for MappedPath { path, to, .. } in paths {
        let path = terminal(path);
        match to {
            Mapping::Changed(file, rule) => {
                let _ = writeln!(out, "    {path} -> {} ({})", terminal(file), by(*rule));
            }
            Mapping::Refused(file, why) => {
                let _ = writeln!(out, "    {path} is not taken for {}: {}", terminal(file), terminal(why));
            }
            Mapping::Unchanged(file) if all => {
                let _ = writeln!(out, "    {path} -> {} (not changed)", terminal(file));
            }
            Mapping::Elsewhere if all => {
                let _ = writeln!(out, "    {path}: no file of the change");
            }
            Mapping::Unchanged(_) => unchanged.push(path),
            Mapping::Elsewhere => elsewhere.push(path),
        }
    }
    let rest = [
        (unchanged, "the repository holds under that path, and the change leaves alone"),
        (elsewhere, "name no file of the change"),
    ];
    for (paths, what) in rest {
        if let Some(first) = paths.first() {
            let _ = writeln!(out, "    {} {what}, such as {first}", paths.len());
        }
    }
}

fn by(rule: PathRule) -> &'static str {
    match rule {
        PathRule::ConfiguredRoot => "below the configured root",
        PathRule::RepositoryRoot => "below the repository",
        PathRule::ReportRoot => "below a directory that the report states",
        PathRule::Exact => "as it stands",
        PathRule::GoModule => "by go.mod",
        PathRule::Package => "the file's path ends with it",
        PathRule::Checkout => "it ends with the file's path",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{FileAccount, PatchCoverage};

    fn mapped(path: &str, to: Mapping) -> MappedPath {
        MappedPath { report: "lcov.info".into(), path: path.into(), to }
    }

    #[test]
    fn every_file_and_every_path_is_told() {
        let account = |path: &str, state, why: &str| FileAccount { path: path.into(), state, why: why.into(), named: vec![] };
        let patch = PatchCoverage {
            lines: 4,
            covered: 3,
            percent: Some(75.0),
            files: vec![],
            unaccounted: vec!["b.py".into()],
            excluded: vec![],
            areas: vec![],
            branches: None,
            accounting: vec![
                account("a\u{1b}.py", AccountState::Measured, "4 of its added lines are measured"),
                account("b.py", AccountState::Unaccounted, "no report names it"),
            ],
        };
        let paths = [
            mapped("/ci/a.py", Mapping::Changed("a.py".into(), PathRule::Checkout)),
            mapped("lib/b.py", Mapping::Refused("b.py".into(), "it is lib/b.py".into())),
            mapped("c.py", Mapping::Unchanged("c.py".into())),
            mapped("/usr/d.py", Mapping::Elsewhere),
            mapped("/usr/e.py", Mapping::Elsewhere),
        ];
        let expected = "Files of the change
  measured       a\\u{1b}.py: 4 of its added lines are measured
  UNACCOUNTED    b.py: no report names it

Paths of the reports
  lcov.info
    /ci/a.py -> a.py (it ends with the file's path)
    lib/b.py is not taken for b.py: it is lib/b.py
    1 the repository holds under that path, and the change leaves alone, such as c.py
    2 name no file of the change, such as /usr/d.py

2 files, 1 of them unaccounted; 3 of 4 measured added lines are covered (75 %)";
        assert_eq!(text(&patch, &paths, false), expected);
        let all = text(&patch, &paths, true);
        assert!(all.contains("    c.py -> c.py (not changed)\n    /usr/d.py: no file of the change\n"), "{all}");
    }
}
