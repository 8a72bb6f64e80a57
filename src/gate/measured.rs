//! Coverage of the change: the reports, joined to the files of its head.

use super::gather::holds;
use super::reports::{self, Bound, Search};
use crate::analyze::change::RawChange;
use crate::analyze::coverage::{CoverageOptions, coverage, mapping};
use crate::analyze::paths::{Tree, go_module_directories};
use crate::collect::files::Report;
use crate::collect::go_modules::go_modules;
use crate::error::Result;
use crate::facts::{ChangedFile, Coverage, Evidence, Kind, MappedPath};

/// The coverage of these files, and what the inferred mapping makes of every path of the reports where `explained` asks for it.
pub(super) fn measured(
    search: &Search<'_>,
    raw: Option<&RawChange>,
    files: &[ChangedFile],
    notes: &mut Vec<String>,
    explained: bool,
) -> Result<(Evidence<Coverage>, Vec<MappedPath>)> {
    let mut options = reports::coverage_options(&search.judge.config.settings, &search.subject.root)?;
    let miscounted = raw.into_iter().flat_map(|raw| &raw.files).filter(|file| file.counts_lines_differently());
    options.miscounted = miscounted.map(|file| file.path.clone()).collect();
    let commit = raw.and_then(|raw| raw.head.as_ref()).map(|head| head.commit.as_str());
    let mut mapped = Vec::new();
    let evidence = search.evidence(&Kind::Coverage, notes, |bound| {
        joined(search, commit, bound, files, &options, explained.then_some(&mut mapped))
    })?;
    Ok((evidence, mapped))
}

fn joined(
    search: &Search<'_>,
    commit: Option<&str>,
    bound: Vec<Bound<Report>>,
    files: &[ChangedFile],
    options: &CoverageOptions,
    mapped: Option<&mut Vec<MappedPath>>,
) -> std::result::Result<Coverage, String> {
    let holds = |path: &str| holds(search.subject, commit, path);
    let (tree, modules) = match (&search.subject.repository, commit) {
        (Some(repository), Some(commit)) => {
            let directories = go_module_directories(files.iter().map(|file| file.path.as_str()));
            (Tree::new(&holds), go_modules(repository, commit, &directories))
        }
        _ => (Tree::unknown(), Vec::new()),
    };
    let tree = tree.with_modules(&modules);
    let reports = reports::coverage_of(bound);
    if let Some(mapped) = mapped {
        *mapped = mapping(&reports, files, options, tree);
    }
    coverage(reports, files, options, tree)
}
