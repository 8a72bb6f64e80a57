//! Coverage in total, and of the lines that a change adds or edits (requirement A3).
//!
//! The rules follow the tool `diff-cover`: the measured lines are those that any report lists, and only added lines count. Where
//! this differs on purpose: a line that one report calls uncovered stays uncovered unless another lists it as covered (the tool
//! takes it as covered as soon as another report lists the file); nothing measured is not 100 percent.

mod options;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

pub use options::CoverageOptions;

use super::paths::{Roots, Tree, credit, inside};
use crate::evidence::{Collector, CoverageReport, FileLines, Repeated};
use crate::facts::{
    Category, ChangedFile, Counter, Coverage, FileCoverage, FileStatus, LineRange, PatchArea, PatchCoverage, percent,
};

/// A report with the directory that is configured for its relative paths.
#[derive(Debug, Clone, PartialEq)]
pub struct RootedCoverage {
    pub report: CoverageReport,
    /// The `root` of its entry in the configuration.
    pub root: Option<String>,
}

/// Joins the reports to the change. Lines that no report measures count nowhere; a changed code file with added lines that no report
/// measures at all is `unaccounted`, and so is one that git takes for binary. The category does not matter for a file that some report measures.
///
/// A file is unaccounted as well where the report is seen to be of another text of it: see [`is_of_another_text`].
///
/// `tree` knows the files that the change leaves alone, which a report's path may mean as well. Reports that measure no line at all
/// are an error, a sentence.
pub fn coverage(
    reports: Vec<RootedCoverage>,
    files: &[ChangedFile],
    options: &CoverageOptions,
    tree: Tree<'_>,
) -> Result<Coverage, String> {
    let changed: BTreeSet<&str> =
        files.iter().filter(|file| file.status != FileStatus::Deleted).map(|file| file.path.as_str()).collect();
    let mut counts_branches = false;
    let mut measured: BTreeMap<String, Collector> = BTreeMap::new();
    for RootedCoverage { report, root } in reports {
        counts_branches |= report.counts_branches;
        let roots = Roots { repository: &options.repository_roots, configured: root.as_deref(), report: &report.roots };
        let paths: Vec<&str> = report.files.keys().map(String::as_str).collect();
        let joined = credit(&paths, roots, &changed, tree);
        for (path, lines) in report.files {
            let place = match joined.get(&path) {
                Some(place) => (*place).to_owned(),
                // What is not joined must not be found under a changed path by accident.
                None => match inside(&path, roots).filter(|place| !changed.contains(place.as_str())) {
                    Some(place) => place,
                    None => format!("/{path}"),
                },
            };
            // A line is measured if any report lists it, and covered if any report says so.
            measured.entry(place).or_insert_with(|| Collector::new(Repeated::AnyCovers)).add(lines);
        }
    }
    let measured: BTreeMap<String, FileLines> = measured.into_iter().map(|(path, lines)| (path, lines.finish())).collect();
    let total = Total::of(&measured);
    if total.lines == 0 {
        return Err("no line is measured: run the tests with coverage, and check what the report is made from".to_owned());
    }
    Ok(Coverage {
        lines: Counter::new(total.lines, total.covered),
        branches: counts_branches.then(|| Counter::new(total.branches, total.branches_covered)),
        patch: patch(&measured, files, options),
    })
}

#[derive(Default)]
struct Total {
    lines: u64,
    covered: u64,
    branches: u64,
    branches_covered: u64,
}

impl Total {
    fn of(measured: &BTreeMap<String, FileLines>) -> Total {
        let mut total = Total::default();
        for file in measured.values() {
            total.lines += file.len() as u64;
            total.covered += file.covered() as u64;
            for branches in file.branches() {
                total.branches += u64::from(branches.total);
                total.branches_covered += u64::from(branches.covered);
            }
        }
        total
    }
}

fn patch(measured: &BTreeMap<String, FileLines>, files: &[ChangedFile], options: &CoverageOptions) -> PatchCoverage {
    let mut patch = PatchCoverage {
        lines: 0,
        covered: 0,
        percent: None,
        files: vec![],
        unaccounted: vec![],
        excluded: vec![],
        areas: vec![],
    };
    for file in files.iter().filter(|file| !file.submodule && file.status != FileStatus::Deleted) {
        let code = file.category == Category::Code;
        if options.excludes(&file.path) {
            if code {
                patch.excluded.push(file.path.clone());
            }
            continue;
        }
        if code && file.binary {
            // Its added lines cannot be seen, whatever a report measures: `.gitattributes` of the change may hide them.
            patch.unaccounted.push(file.path.clone());
            continue;
        }
        match measured.get(&file.path).filter(|lines| !lines.is_empty()) {
            Some(lines) => {
                let counted = of_file(lines, file);
                if code && (is_of_another_text(lines, file, &counted) || options.miscounted.contains(&file.path)) {
                    patch.unaccounted.push(file.path.clone());
                }
                if counted.lines > 0 {
                    patch.files.push(counted);
                }
            }
            // Even lines that look like comments: without the whole file nobody can tell them from text or code for sure.
            None if code && file.additions > 0 => patch.unaccounted.push(file.path.clone()),
            None => {}
        }
    }
    patch.files.sort_by(|a, b| a.path.cmp(&b.path));
    patch.unaccounted.sort();
    patch.excluded.sort();
    (patch.lines, patch.covered) = sums(patch.files.iter());
    patch.percent = percent(patch.lines, patch.covered);
    for (glob, patch_percent, matcher) in options.areas() {
        let (lines, covered) = sums(patch.files.iter().filter(|file| matcher.is_match(&file.path)));
        let area = PatchArea { glob: glob.to_owned(), patch_percent, lines, covered, percent: percent(lines, covered) };
        patch.areas.push(area);
    }
    patch
}

/// Whether the report shows that it was made for another text of the file: for an added file, a line beyond its end; otherwise
/// added code at the end, and no line of the report from there on. Without the latter, the report of the commit before would do.
fn is_of_another_text(measured: &FileLines, file: &ChangedFile, counted: &FileCoverage) -> bool {
    let Some(last_added) = file.added.iter().map(|range| range.last).max() else { return false };
    let last_measured = measured.last().unwrap_or(0);
    let beyond = file.status == FileStatus::Added && last_measured > last_added;
    let behind = counted.lines == 0 && file.code_additions > 0 && last_measured < last_added;
    beyond || behind
}

fn of_file(measured: &FileLines, file: &ChangedFile) -> FileCoverage {
    let mut counted = FileCoverage { path: file.path.clone(), lines: 0, covered: 0, uncovered: Vec::new() };
    for LineRange { first, last } in file.added.iter().filter(|range| range.first <= range.last) {
        for (number, covered) in measured.range(*first, *last) {
            counted.lines += 1;
            if covered {
                counted.covered += 1;
            } else {
                counted.uncovered.push(number);
            }
        }
    }
    counted
}

fn sums<'a>(files: impl Iterator<Item = &'a FileCoverage>) -> (u64, u64) {
    files.fold((0, 0), |(lines, covered), file| (lines + file.lines, covered + file.covered))
}
