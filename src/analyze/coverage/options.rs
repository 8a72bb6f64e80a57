//! What the settings say about coverage.

use std::collections::BTreeSet;

use globset::GlobMatcher;

use crate::path_glob;

/// Where the repository is, which files are left out, and which paths have thresholds of their own.
#[derive(Debug, Clone, Default)]
pub struct CoverageOptions {
    /// Absolute paths of the repository's root: as it was named, and with links resolved.
    pub repository_roots: Vec<String>,
    /// Changed files whose lines the language counts in another way than git does, so that no report can be joined to them.
    pub miscounted: BTreeSet<String>,
    excluded: Vec<(String, GlobMatcher)>,
    areas: Vec<(String, f64, GlobMatcher)>,
}

impl CoverageOptions {
    /// Takes globs relative to the repository's root; `*` stays within a directory, `**` does not. A glob that is none is an error
    /// in the configuration.
    pub fn new(exclude: &[String], areas: &[(String, f64)], repository_roots: Vec<String>) -> Result<Self, String> {
        let excluded = exclude.iter().map(|glob| Ok((glob.clone(), matcher(glob)?))).collect::<Result<_, String>>()?;
        let areas =
            areas.iter().map(|(glob, percent)| Ok((glob.clone(), *percent, matcher(glob)?))).collect::<Result<_, String>>()?;
        Ok(CoverageOptions { repository_roots, miscounted: BTreeSet::new(), excluded, areas })
    }

    /// The glob of the settings that leaves the path out; `None` where none does.
    pub(super) fn excludes(&self, path: &str) -> Option<&str> {
        self.excluded.iter().find(|(_, glob)| glob.is_match(path)).map(|(text, _)| text.as_str())
    }

    pub(super) fn areas(&self) -> impl Iterator<Item = (&str, f64, &GlobMatcher)> {
        self.areas.iter().map(|(glob, percent, matcher)| (glob.as_str(), *percent, matcher))
    }
}

fn matcher(glob: &str) -> Result<GlobMatcher, String> {
    let built = path_glob::parse(glob).map_err(|error| format!("`{glob}` is not a path pattern: {error}"))?;
    Ok(built.compile_matcher())
}
