//! Code of the repository that names what the SQL takes away.

use std::collections::{BTreeMap, BTreeSet};

use crate::analyze::change::RawChange;
use crate::analyze::code_references::{self, Finder, Found, Target};
use crate::analyze::migrations::ReadPart;
use crate::analyze::sql::SqlSource;
use crate::analyze::sql::phases::{self, PhaseProblem, TooEarly};
use crate::collect::git::GitError;
use crate::error::Result;
use crate::facts::{CodeReference, EarlyReason, EarlyStep, SqlStatement};
use crate::gate::reports::Search;
use crate::path_glob;

/// Longer files of code are made by programs.
const LONGEST: u64 = 2 << 20;

/// What the SQL takes away, and who names it.
#[derive(Debug, Default)]
pub(super) struct Named {
    pub(super) references: Vec<CodeReference>,
    /// What goes, with whether the running version names it; a column, or `None` for the table.
    at_base: BTreeMap<(String, Option<String>), bool>,
}

impl Search<'_> {
    /// The places at the head, with whether the running version names the same. Nothing is read where nothing goes.
    pub(super) fn references(&self, raw: &RawChange, parts: &[ReadPart], statements: &[SqlStatement]) -> Result<Named> {
        let sources: Vec<SqlSource<'_>> = parts.iter().map(ReadPart::source).collect();
        let targets: Vec<Target> = code_references::targets(&sources, statements);
        let Some(head) = raw.head.as_ref().filter(|_| !targets.is_empty()) else { return Ok(Named::default()) };
        let finder = Finder::new(&targets);
        // The SQL that is judged takes things away by their names.
        let own: BTreeSet<&str> = parts.iter().map(|part| part.path.as_str()).collect();
        let at_head = self.named_at(&head.commit, &finder, &own)?;
        let named = match &raw.base {
            Some(base) => code_references::named(&self.named_at(&base.commit, &finder, &own)?),
            None => BTreeSet::new(),
        };
        let at_base = targets
            .iter()
            .enumerate()
            .map(|(number, target)| ((target.table.clone(), target.column.clone()), named.contains(&number)));
        Ok(Named { at_base: at_base.collect(), references: code_references::references(at_head, &targets, &named) })
    }

    fn named_at(&self, commit: &str, finder: &Finder, own: &BTreeSet<&str>) -> Result<Vec<Found>> {
        let Some(repository) = &self.subject.repository else { return Ok(Vec::new()) };
        let patterns = &self.judge.config.settings.database.code_exclude;
        let excluded: Vec<_> =
            patterns.iter().filter_map(|pattern| Some(path_glob::parse(pattern).ok()?.compile_matcher())).collect();
        let mut found = Vec::new();
        for path in repository.list(commit, "")? {
            if own.contains(path.as_str()) || !code_references::is_code(&path) || excluded.iter().any(|glob| glob.is_match(&path))
            {
                continue;
            }
            match repository.read(commit, &path, LONGEST) {
                Ok(Some(bytes)) => found.extend(finder.look(&path, &bytes)),
                Ok(None) | Err(GitError::NotAFile { .. } | GitError::TooLarge { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(found)
    }
}

/// The contract steps that come too early.
pub(super) fn early(parts: &[ReadPart], statements: &[SqlStatement], named: &Named) -> Vec<EarlyStep> {
    let sources: Vec<SqlSource<'_>> = parts.iter().map(ReadPart::source).collect();
    let at_base = |table: &str, column: Option<&str>| named.at_base.get(&(table.to_owned(), column.map(str::to_owned))).copied();
    let problems = phases::phases(&sources, statements, at_base);
    let step = |problem: PhaseProblem| {
        Some(EarlyStep {
            place: statements.get(problem.statement)?.place.clone(),
            statement: problem.statement,
            table: problem.table,
            column: problem.column,
            reason: match problem.kind {
                TooEarly::CodeRuns => EarlyReason::CodeRuns,
                TooEarly::WithItsExpansion => EarlyReason::WithItsExpansion,
            },
            message: problem.message,
            safe: problem.safe,
        })
    };
    problems.into_iter().filter_map(step).collect()
}
