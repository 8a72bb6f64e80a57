//! Coverage in total, and of the lines that a change adds or edits (requirement A3).
//!
//! The rules follow the tool `diff-cover`: the measured lines are those that any report lists, and only added lines count. Where
//! this differs on purpose: a line that one report calls uncovered stays uncovered unless another lists it as covered (the tool
//! takes it as covered as soon as another report lists the file); nothing measured is not 100 percent.

mod account;
mod options;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use account::Doubts;
pub use options::CoverageOptions;

use super::paths::{Roots, Tree, credit, inside, rule};
use crate::evidence::{Collector, CoverageReport, FileLines, LineBranches, Repeated};
use crate::facts::{
    AccountState, Category, ChangedFile, Counter, Coverage, FileCoverage, FileStatus, JoinedPath, LineRange, MappedPath, Mapping,
    PatchArea, PatchCoverage, percent,
};

/// A report with the directory that is configured for its relative paths.
#[derive(Debug, Clone, PartialEq)]
pub struct RootedCoverage {
    /// The report's file.
    pub name: String,
    pub report: CoverageReport,
    /// The `root` of its entry in the configuration.
    pub root: Option<String>,
}

impl RootedCoverage {
    fn roots<'a>(&'a self, options: &'a CoverageOptions) -> Roots<'a> {
        Roots { repository: &options.repository_roots, configured: self.root.as_deref(), report: &self.report.roots }
    }
}

/// What the reports measure, and under which of their paths.
#[derive(Default)]
struct Measured {
    files: BTreeMap<String, FileLines>,
    /// The paths that were joined to a changed file, by that file.
    named: BTreeMap<String, Vec<JoinedPath>>,
    doubts: Doubts,
    counts_branches: bool,
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
    let changed = present(files);
    let mut found = Measured::default();
    let mut measured: BTreeMap<String, Collector> = BTreeMap::new();
    for report in reports {
        found.counts_branches |= report.report.counts_branches;
        let roots = report.roots(options);
        let paths: Vec<&str> = report.report.files.keys().map(String::as_str).collect();
        let joined = credit(&paths, roots, &changed, tree);
        for (path, place) in &joined {
            let by = JoinedPath { report: report.name.clone(), path: path.clone(), rule: rule(path, place, roots, tree) };
            found.named.entry((*place).to_owned()).or_default().push(by);
        }
        found.doubts.of_report(&paths, &joined, roots, &changed, tree);
        let places: Vec<Option<String>> = paths
            .iter()
            .map(|path| match joined.get(*path) {
                Some(place) => Some((*place).to_owned()),
                // What is not joined must not be found under a changed path by accident.
                None => inside(path, roots).filter(|place| !changed.contains(place.as_str())),
            })
            .collect();
        for ((path, lines), place) in report.report.files.into_iter().zip(places) {
            let place = place.unwrap_or_else(|| format!("/{path}"));
            // A line is measured if any report lists it, and covered if any report says so.
            measured.entry(place).or_insert_with(|| Collector::new(Repeated::AnyCovers)).add(lines);
        }
    }
    found.files = measured.into_iter().map(|(path, lines)| (path, lines.finish())).collect();
    let total = Total::of(found.files.values());
    if total.lines == 0 {
        return Err("no line is measured: run the tests with coverage, and check what the report is made from".to_owned());
    }
    Ok(Coverage {
        lines: total.lines(),
        branches: found.counts_branches.then(|| total.branches()),
        patch: patch(found, files, options),
    })
}

/// What the inferred mapping makes of every path of the reports, in their order.
#[must_use]
pub fn mapping(reports: &[RootedCoverage], files: &[ChangedFile], options: &CoverageOptions, tree: Tree<'_>) -> Vec<MappedPath> {
    let changed = present(files);
    let mut mapped = Vec::new();
    for report in reports {
        let roots = report.roots(options);
        let paths: Vec<&str> = report.report.files.keys().map(String::as_str).collect();
        let joined = credit(&paths, roots, &changed, tree);
        for path in &paths {
            let to = match joined.get(*path) {
                Some(place) => Mapping::Changed((*place).to_owned(), rule(path, place, roots, tree)),
                None => account::unjoined(path, &paths, roots, &changed, tree),
            };
            mapped.push(MappedPath { report: report.name.clone(), path: (*path).to_owned(), to });
        }
    }
    mapped
}

/// The paths of the change that are there at the head.
fn present(files: &[ChangedFile]) -> BTreeSet<&str> {
    files.iter().filter(|file| file.status != FileStatus::Deleted).map(|file| file.path.as_str()).collect()
}

#[derive(Default)]
struct Total {
    lines: u64,
    covered: u64,
    branches: u64,
    branches_covered: u64,
}

impl Total {
    fn of<'f>(files: impl Iterator<Item = &'f FileLines>) -> Total {
        let mut total = Total::default();
        for file in files {
            total.lines += file.len() as u64;
            total.covered += file.covered() as u64;
            file.branches().iter().for_each(|branches| total.add(*branches));
        }
        total
    }

    fn add(&mut self, branches: LineBranches) {
        self.branches += u64::from(branches.total);
        self.branches_covered += u64::from(branches.covered);
    }

    fn lines(&self) -> Counter {
        Counter::new(self.lines, self.covered)
    }

    fn branches(&self) -> Counter {
        Counter::new(self.branches, self.branches_covered)
    }
}

fn patch(measured: Measured, files: &[ChangedFile], options: &CoverageOptions) -> PatchCoverage {
    let mut patch = PatchCoverage {
        lines: 0,
        covered: 0,
        percent: None,
        files: vec![],
        unaccounted: vec![],
        excluded: vec![],
        areas: vec![],
        branches: None,
        accounting: vec![],
    };
    let Measured { files: measured, mut named, doubts, counts_branches } = measured;
    for file in files {
        let lines = measured.get(&file.path).filter(|lines| !lines.is_empty());
        let there = !file.submodule && file.status != FileStatus::Deleted && options.excludes(&file.path).is_none();
        let counted = lines.filter(|_| there).map(|lines| of_file(lines, file, counts_branches));
        let another_text = lines.zip(counted.as_ref()).is_some_and(|(lines, counted)| is_of_another_text(lines, file, counted));
        let mut account = account::of(file, counted.as_ref(), another_text, &doubts, options);
        account.named = named.remove(&file.path).unwrap_or_default();
        let code = file.category == Category::Code;
        match account.state {
            AccountState::Unaccounted => patch.unaccounted.push(file.path.clone()),
            AccountState::Excluded if code => patch.excluded.push(file.path.clone()),
            _ => {}
        }
        // Added lines of a binary file cannot be seen, whatever a report measures: `.gitattributes` of the change may hide them.
        patch.files.extend(counted.filter(|counted| counted.lines > 0 && !(code && file.binary)));
        patch.accounting.push(account);
    }
    patch.files.sort_by(|a, b| a.path.cmp(&b.path));
    patch.accounting.sort_by(|a, b| a.path.cmp(&b.path));
    patch.unaccounted.sort();
    patch.excluded.sort();
    (patch.lines, patch.covered) = sums(patch.files.iter());
    patch.percent = percent(patch.lines, patch.covered);
    if counts_branches {
        let branches = patch.files.iter().filter_map(|file| file.branches);
        let (total, covered) = branches.fold((0, 0), |(total, covered), of| (total + of.total, covered + of.covered));
        patch.branches = Some(Counter::new(total, covered));
    }
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

fn of_file(measured: &FileLines, file: &ChangedFile, counts_branches: bool) -> FileCoverage {
    let (mut added, mut uncovered) = (Total::default(), Vec::new());
    for LineRange { first, last } in file.added.iter().filter(|range| range.first <= range.last) {
        for (number, covered) in measured.range(*first, *last) {
            added.lines += 1;
            if covered {
                added.covered += 1;
            } else {
                uncovered.push(number);
            }
        }
        measured.branches_in(*first, *last).iter().for_each(|branches| added.add(*branches));
    }
    let whole = Total::of(std::iter::once(measured));
    FileCoverage {
        path: file.path.clone(),
        lines: added.lines,
        covered: added.covered,
        uncovered,
        branches: counts_branches.then(|| added.branches()),
        whole: whole.lines(),
        whole_branches: counts_branches.then(|| whole.branches()),
    }
}

fn sums<'a>(files: impl Iterator<Item = &'a FileCoverage>) -> (u64, u64) {
    files.fold((0, 0), |(lines, covered), file| (lines + file.lines, covered + file.covered))
}
