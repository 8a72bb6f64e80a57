//! What became of each file of the change, and by which rule.

use std::collections::{BTreeMap, BTreeSet};

use super::CoverageOptions;
use crate::analyze::paths::{Roots, Tree, alike, inside, why_not};
use crate::facts::{AccountState, Category, ChangedFile, FileAccount, FileCoverage, FileStatus, Mapping};

/// By changed file, why a path that could mean it does not; the first reason of each.
#[derive(Debug, Default)]
pub(super) struct Doubts(BTreeMap<String, String>);

impl Doubts {
    /// Takes down the paths of one report that were not joined although they are alike a changed file that nothing else names.
    pub(super) fn of_report(
        &mut self,
        paths: &[&str],
        joined: &BTreeMap<String, &str>,
        roots: Roots<'_>,
        changed: &BTreeSet<&str>,
        tree: Tree<'_>,
    ) {
        let taken: BTreeSet<&str> = joined.values().copied().collect();
        let mut by_name: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for file in changed.iter().filter(|file| !taken.contains(*file)) {
            by_name.entry(name(file)).or_default().push(file);
        }
        for path in paths.iter().filter(|path| !joined.contains_key(**path)) {
            let files = by_name.get(name(path)).map_or(&[][..], Vec::as_slice);
            for file in files.iter().filter(|file| alike(path, file)) {
                if !self.0.contains_key(*file) {
                    let why = why_not(path, file, roots, changed, paths, tree);
                    self.0.insert((*file).to_owned(), format!("a report names {path}, but {why}"));
                }
            }
        }
    }
}

fn name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// What a path of a report means that was not joined to a changed file.
pub(super) fn unjoined(path: &str, paths: &[&str], roots: Roots<'_>, changed: &BTreeSet<&str>, tree: Tree<'_>) -> Mapping {
    let place = inside(path, roots).filter(|place| !changed.contains(place.as_str()) && tree.holds(place));
    if let Some(place) = place {
        return Mapping::Unchanged(place);
    }
    match changed.iter().find(|file| alike(path, file)) {
        Some(file) => Mapping::Refused((*file).to_owned(), why_not(path, file, roots, changed, paths, tree)),
        None => Mapping::Elsewhere,
    }
}

/// The account of a file of which this was counted, if a report measures it and nothing leaves it out.
pub(super) fn of(
    file: &ChangedFile,
    counted: Option<&FileCoverage>,
    another_text: bool,
    doubts: &Doubts,
    options: &CoverageOptions,
) -> FileAccount {
    let code = file.category == Category::Code;
    let (state, why) = if file.submodule {
        (AccountState::NotCode, "a submodule is no file".to_owned())
    } else if file.status == FileStatus::Deleted {
        (AccountState::NothingAdded, "it was deleted".to_owned())
    } else if let Some(glob) = options.excludes(&file.path) {
        (AccountState::Excluded, format!("settings.coverage.exclude: {glob}"))
    } else if code && file.binary {
        (AccountState::Unaccounted, "git takes it for binary, so that nobody sees its added lines".to_owned())
    } else if let Some(counted) = counted {
        measured(file, counted, another_text, options)
    } else if !code {
        (AccountState::NotCode, not_code(file.category).to_owned())
    } else if file.additions == 0 {
        (AccountState::NothingAdded, "it gains no line".to_owned())
    } else {
        // Even lines that look like comments: without the whole file nobody can tell them from text or code for sure.
        let why = doubts.0.get(&file.path).cloned();
        (AccountState::Unaccounted, why.unwrap_or_else(|| "no report names it".to_owned()))
    };
    FileAccount { path: file.path.clone(), state, why, named: Vec::new() }
}

fn measured(file: &ChangedFile, counted: &FileCoverage, another_text: bool, options: &CoverageOptions) -> (AccountState, String) {
    let code = file.category == Category::Code;
    if code && another_text {
        return (AccountState::Unaccounted, "the report was made for another text of it: make it again".to_owned());
    }
    if code && options.miscounted.contains(&file.path) {
        let why = "its language counts lines in another way than git, so that no report can be joined to them";
        return (AccountState::Unaccounted, why.to_owned());
    }
    let why = match counted.lines {
        0 => "a report measures other lines of it, and none that it gains".to_owned(),
        1 => "1 of its added lines is measured".to_owned(),
        lines => format!("{lines} of its added lines are measured"),
    };
    (AccountState::Measured, why)
}

/// The rule that makes a file no code; the rules themselves stand in `analyze::change::category`.
fn not_code(category: Category) -> &'static str {
    match category {
        Category::Code => "it is code",
        Category::Test => "it is a test or a fixture, by its directory or name",
        Category::Sql => "it is SQL or a migration, by its ending, directory or name",
        Category::Config => "it is configuration, by its ending or name",
        Category::Lock => "it is a lock file, by its name",
        Category::Docs => "it is prose, by its ending or name",
        Category::Other => "it has no ending of a programming language, and is no script",
    }
}
