//! Reports of one kind: found, read, and bound to the change's head.

mod stated;

use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::judge::Judge;
use super::subject::Subject;
use super::{NamedEvidence, Request};
use crate::analyze::binding::{Binding, Claim, Target, binding};
use crate::analyze::coverage::{CoverageOptions, RootedCoverage};
use crate::analyze::scan::RootedScan;
use crate::analyze::tests::{self, NamedReport};
use crate::collect::files::{self, File, Glob, Pattern, Report};
use crate::collect::tree;
use crate::config::settings::Settings;
use crate::config::{Config, EvidencePattern};
use crate::decide::Stage;
use crate::error::{Error, Result};
use crate::evidence::Format;
use crate::facts::{Evidence, Kind, Rollout, Source};
use crate::nearest::nearest;
use stated::Stated;

/// Where to look, and what the findings are bound to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Search<'a> {
    pub(super) request: &'a Request,
    pub(super) subject: &'a Subject,
    pub(super) judge: &'a Judge,
    pub(super) target: Target<'a>,
}

/// Who said where the reports of a kind lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    ByCaller,
    ByConfiguration,
    /// Nobody.
    Nowhere,
}

/// A report that belongs to the change.
#[derive(Debug)]
pub(super) struct Bound<T> {
    pub(super) content: T,
    pub(super) path: String,
    /// When its file was last changed.
    pub(super) modified: Option<Timestamp>,
    /// The folder that its relative paths start from, where the configuration says.
    pub(super) root: Option<String>,
}

impl Search<'_> {
    /// The facts of a kind, or why there are none: nothing found, something damaged, something stale, nothing in it.
    pub(super) fn evidence<T>(
        &self,
        kind: &Kind,
        notes: &mut Vec<String>,
        understand: impl FnOnce(Vec<Bound<Report>>) -> std::result::Result<T, String>,
    ) -> Result<Evidence<T>> {
        let (patterns, named) = self.patterns(kind)?;
        let ahead = if named == Named::ByCaller { self.subject.ahead.take(kind) } else { None };
        let found = ahead.unwrap_or_else(|| files::gather(kind, self.search(&patterns, named), self.request.now));
        let discovered = |found: &File<Report>| named == Named::Nowhere && self.is_committed(found);
        let (inside, found): (Vec<_>, Vec<_>) = found.into_iter().partition(discovered);
        for found in &inside {
            notes.push(committed(kind, &found.path));
        }
        notes.extend(found.iter().filter_map(|found| self.aged(kind, found)));
        Ok(self.judge_all(kind, named, found, understand))
    }

    /// The one document of a custom kind.
    pub(super) fn document(&self, kind: &Kind) -> Result<Evidence<Value>> {
        let (patterns, named) = self.patterns(kind)?;
        let found = files::read_json_or_yaml(self.search(&patterns, named), self.request.now);
        Ok(self.judge_all(kind, Named::ByCaller, found, |mut documents| match (documents.pop(), documents.len()) {
            (Some(document), 0) => Ok(document.content),
            (_, more) => Err(format!("{} files were found for {kind}; one document is expected", more + 1)),
        }))
    }

    /// Damaged or stale files decide first: half of the evidence is not evidence.
    fn judge_all<C: Stated, T>(
        &self,
        kind: &Kind,
        named: Named,
        found: Vec<File<C>>,
        understand: impl FnOnce(Vec<Bound<C>>) -> std::result::Result<T, String>,
    ) -> Evidence<T> {
        if found.is_empty() {
            return Evidence::missing(self.nowhere(kind));
        }
        let sources: Vec<Source> = found.iter().map(|found| found.source.clone()).collect();
        let stale: Vec<String> = found.iter().filter_map(|found| self.stale(kind, named, found)).collect();
        let (mut bound, mut damaged) = (Vec::new(), Vec::new());
        for found in found {
            match found.content {
                Ok(content) => bound.push(Bound { content, path: found.path, modified: found.modified, root: found.root }),
                Err(reason) => damaged.push(reason),
            }
        }
        if !damaged.is_empty() {
            return Evidence::unreadable(sources, some_of(&damaged));
        }
        if !stale.is_empty() {
            return Evidence::stale(sources, some_of(&stale));
        }
        match understand(bound) {
            Ok(facts) => Evidence::known(sources, facts),
            Err(reason) => Evidence::unreadable(sources, reason),
        }
    }

    fn stale<C: Stated>(&self, kind: &Kind, named: Named, found: &File<C>) -> Option<String> {
        let content = found.content.as_ref().ok()?;
        if named == Named::ByConfiguration && self.is_committed(found) {
            return Some(committed(kind, &found.path));
        }
        let name = found.source.path.as_deref().unwrap_or_default();
        self.out_of_date(content, name, found.modified, found.max_age)
    }

    /// Why a report is of another commit or another time, as a sentence; `None` when it is not.
    pub(super) fn out_of_date<C: Stated>(
        &self,
        content: &C,
        name: &str,
        modified: Option<Timestamp>,
        max_age: Option<SignedDuration>,
    ) -> Option<String> {
        let (made_at, newest) = (content.made_at(), content.newest());
        let (look, latest, commit) = (content.look(modified), content.latest(), content.commit());
        let claim = Claim { name, made_at, newest, latest, modified, look, commit, max_age };
        // A review is bound by its own approvals, each to the commit it was given for; a baseline to no commit at all.
        match binding(
            claim,
            if content.binds_itself() { Target { committed_at: None, commits: &[], ..self.target } } else { self.target },
        ) {
            Binding::Known => None,
            Binding::Stale(reason) => Some(reason),
        }
    }

    /// What the reader should know about evidence of the running service that is old and that nobody bounded: what is true at one moment
    /// says little of another. A log's last entry may be older than the log: a healthy service logs no errors.
    fn aged<C: Stated>(&self, kind: &Kind, found: &File<C>) -> Option<String> {
        const NEW: SignedDuration = SignedDuration::from_hours(1);
        let running = matches!(kind, Kind::Canary | Kind::Slo | Kind::Capacity | Kind::Health | Kind::Alerts | Kind::Incidents);
        let bounded = found.max_age.is_some() || self.target.running.is_some();
        let asked = matches!(self.request.stage, Stage::Release | Stage::Rollout) && !bounded;
        let made = found.content.as_ref().ok()?.made_at().or(found.modified)?;
        let age = self.request.now.duration_since(made);
        (running && asked && age > NEW).then(|| {
            let name = found.source.path.as_deref().unwrap_or_default();
            format!("{name} is {} h old; `max_age` under evidence.{kind} would refuse it", age.as_hours())
        })
    }

    /// What the caller names; else what the configuration names; else nothing, and conventional names are tried.
    pub(super) fn patterns(&self, kind: &Kind) -> Result<(Vec<Pattern>, Named)> {
        let mut patterns = by_caller(self.request, kind)?;
        if !patterns.is_empty() {
            return Ok((patterns, Named::ByCaller));
        }
        let Some(configured) = self.judge.config.evidence.get(kind) else { return Ok((patterns, Named::Nowhere)) };
        for (index, entry) in configured.iter().enumerate() {
            patterns.push(self::configured(&self.judge.config, kind, index, entry)?);
        }
        Ok((patterns, Named::ByConfiguration))
    }

    pub(super) fn search<'b>(&'b self, patterns: &'b [Pattern], named: Named) -> files::Search<'b> {
        match named {
            Named::ByCaller => files::Search::Named { directory: Path::new(CALLER), patterns },
            Named::ByConfiguration => files::Search::Named { directory: &self.subject.root, patterns },
            Named::Nowhere => files::Search::Conventional { repository: &self.subject.root },
        }
    }

    /// Whether the head commit has the file, under its name or where links lead to it: then it was there before anything ran on that
    /// commit, and whoever made the change wrote it. What it holds does not matter: attributes may change its bytes on the way.
    fn is_committed<C>(&self, found: &File<C>) -> bool {
        let Some(head) = self.subject.head_tree() else { return false };
        let named = self.subject.root.join(&found.on_disk);
        let pairs = [(named.clone(), self.subject.root.clone()), (tree::real(&named), tree::real(&self.subject.root))];
        // A link is an error to the tree, and it is there.
        pairs
            .iter()
            .filter_map(|(path, root)| path.strip_prefix(root).ok()?.to_str())
            .any(|path| !matches!(head.read(path), Ok(None)))
    }

    fn nowhere(&self, kind: &Kind) -> String {
        let named: Vec<&str> =
            self.request.evidence.iter().filter(|named| named.kind == *kind).map(|named| named.glob.as_str()).collect();
        if !named.is_empty() {
            return format!("no file matches {}", named.join(", "));
        }
        if *kind == Kind::Canary && self.lacks_moment() {
            return "`slis:` says what to ask, but nobody said which versions: give --from, --to and --since".to_owned();
        }
        match self.judge.config.evidence.get(kind) {
            Some(patterns) => {
                let globs: Vec<&str> = patterns.iter().map(|pattern| pattern.glob.as_str()).collect();
                format!("no file matches {} (kadian.yaml: evidence.{kind})", globs.join(", "))
            }
            None => "no report was found under a conventional name".to_owned(),
        }
    }
}

/// What the caller's own paths are relative to.
pub(super) const CALLER: &str = ".";

/// The places that the caller names for the kind.
pub(super) fn by_caller(request: &Request, kind: &Kind) -> Result<Vec<Pattern>> {
    let named = request.evidence.iter().filter(|named| named.kind == *kind);
    let pattern = |named: &NamedEvidence| {
        let format = format(kind, named.format.as_deref(), "--evidence")?;
        Ok(Pattern { glob: glob(&named.glob, "--evidence")?, format, root: None, max_age: None })
    };
    named.map(pattern).collect()
}

/// A configured place of reports, checked; `index` is its number in the kind's list.
pub(super) fn configured(config: &Config, kind: &Kind, index: usize, entry: &EvidencePattern) -> Result<Pattern> {
    let (name, index) = (kind.to_string(), index.to_string());
    let place = |key: &str| format!("{}: evidence", config.places.at(&["evidence", &name, &index, key]));
    let format = format(kind, entry.format.as_deref(), &place("format"))?;
    let glob = glob(&entry.glob, &place("path"))?;
    Ok(Pattern { glob, format, root: entry.root.clone(), max_age: entry.max_age })
}

fn glob(text: &str, place: &str) -> Result<Glob> {
    Glob::parse(text).map_err(|error| Error::new(format!("{place}: `{text}`: {error}")))
}

/// The format of that name for the kind; an unknown name is the user's mistake.
pub(super) fn format(kind: &Kind, name: Option<&str>, place: &str) -> Result<Option<&'static Format>> {
    let Some(name) = name else { return Ok(None) };
    if let Some(format) = files::format_named(kind, name) {
        return Ok(Some(format));
    }
    let names = files::format_names(kind);
    let error = Error::new(format!("{place}: no format of {kind} is called `{name}`"));
    Err(match nearest(name, names.iter().copied()) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None if names.is_empty() => error.hint(format!("leave the format away: {kind} is any JSON or YAML document")),
        None => error.hint(format!("known formats of {kind}: {}", names.join(", "))),
    })
}

/// The test reports with what their files say of them.
pub(super) fn tests_of(bound: Vec<Bound<Report>>) -> Vec<NamedReport> {
    let of = |bound: Bound<Report>| match bound.content {
        Report::Tests(report) => Some(NamedReport { report, file: Some(bound.path), modified: bound.modified }),
        _ => None,
    };
    bound.into_iter().filter_map(of).collect()
}

/// How test reports are read; `rollout` is the one that is judged, if one is.
pub(super) fn test_options<'a>(judge: &'a Judge, rollout: Option<&Rollout>, now: Timestamp) -> tests::Options<'a> {
    let settings = &judge.config.settings.tests;
    let stages = [&settings.required_suites, &settings.suites.push, &settings.suites.merge];
    let stages = stages.into_iter().chain([&settings.suites.release, &settings.suites.rollout]).flatten();
    let batches = rollout.into_iter().flat_map(|rollout| &rollout.plan.batches).flat_map(|batch| &batch.suites);
    let known = judge.known_failures.iter().map(|known| &known.suite);
    tests::Options {
        known: &judge.known_failures,
        known_days: settings.known_failure_days,
        now,
        asked: stages.chain(batches).chain(known).cloned().collect(),
        apart: rollout.is_some(),
    }
}

/// The coverage reports with the folders that their paths start from.
pub(super) fn coverage_of(bound: Vec<Bound<Report>>) -> Vec<RootedCoverage> {
    let of = |bound: Bound<Report>| match bound.content {
        Report::Coverage(report) => Some(RootedCoverage { name: bound.path, report, root: bound.root }),
        _ => None,
    };
    bound.into_iter().filter_map(of).collect()
}

/// The scanners' reports with the folders that their paths start from.
pub(super) fn scans_of(bound: Vec<Bound<Report>>) -> Vec<RootedScan> {
    let of = |bound: Bound<Report>| match bound.content {
        Report::Scan(report) => Some(RootedScan { report: *report, root: bound.root }),
        _ => None,
    };
    bound.into_iter().filter_map(of).collect()
}

/// What the settings say about coverage.
pub(super) fn coverage_options(settings: &Settings, root: &Path) -> Result<CoverageOptions> {
    let areas: Vec<(String, f64)> = settings.coverage.paths.iter().map(|area| (area.glob.clone(), area.patch_percent)).collect();
    CoverageOptions::new(&settings.coverage.exclude, &areas, roots(root))
        .map_err(|error| Error::new(format!("settings.coverage: {error}")))
}

/// The repository's root as reports may spell it.
pub(super) fn roots(root: &Path) -> Vec<String> {
    let real = Some(tree::real(root));
    let mut roots: Vec<String> = [Some(root.to_owned()), real]
        .into_iter()
        .flatten()
        .filter(|path: &PathBuf| path.is_absolute())
        .filter_map(|path| path.to_str().map(str::to_owned))
        .collect();
    roots.dedup();
    roots
}

fn committed(kind: &Kind, path: &str) -> String {
    format!(
        "{path} is part of the commit itself, so it cannot be a {kind} report about it; --evidence {kind}={path} uses it all the same"
    )
}

/// The first reasons, and how many more there are.
fn some_of(reasons: &[String]) -> String {
    const SHOWN: usize = 3;
    let shown = reasons.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("; ");
    match reasons.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown}; and {more} more"),
    }
}
