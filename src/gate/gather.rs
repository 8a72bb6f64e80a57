//! Evidence for each change: found, read, bound to its head, understood.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::Timestamp;
use serde_json::Value;

use super::gate_files;
use super::judge::Judge;
use super::measured::measured;
use super::reports::{self, Bound, Search};
use super::review::{IN_A_GROUP, Reviewed};
use super::rollout::Rolling;
use super::running::LiveDocument;
use super::subject::Subject;
use super::{Request, expect, record, waivers};
use crate::analyze::binding::{Target, same_commit};
use crate::analyze::change::{self, RawChange, Side};
use crate::analyze::dependencies::Dependencies;
use crate::analyze::waive::{self, Asked};
use crate::analyze::{scan, tests};
use crate::collect::files::Report;
use crate::collect::tree::{Tree, read_file};
use crate::decide::{Chart, Stage};
use crate::digest::sha256;
use crate::error::{Error, Result};
use crate::evidence::{PullRequestRecord, catalogue};
use crate::facts::{Catalogue, Change, ChangedFile, Documents, Evidence, Kind, Revision, Source};
use crate::input::{Custom, Gate, INPUT_SCHEMA, Input, ServiceFacts};

/// Where the service catalogue is looked for when nobody says.
pub(super) const CATALOGUE: &str = ".kadian/catalogue.yaml";

/// Said where no rollout is judged.
const NO_PLAN: &str = "no plan of a rollout was given";

/// One change's input document, and what its stage expects of it.
#[derive(Debug, Clone)]
pub(super) struct Gathered {
    pub(super) input: Input,
    pub(super) expected: BTreeSet<Kind>,
    pub(super) notes: Vec<String>,
    pub(super) charts: Vec<Chart>,
    pub(super) live: Vec<LiveDocument>,
    /// The waivers that comments on the pull request ask for.
    pub(super) asked: Vec<Asked>,
}

/// Gathers for every change; for none (a push that only deletes) there is nothing to gather.
pub(super) fn all(request: &Request, subject: &Subject, judge: &Judge, rolling: Option<&Rolling>) -> Result<Vec<Gathered>> {
    supported(request, judge)?;
    if let Some(reason) = &subject.broken_diff {
        let missing = Evidence::unreadable(diff_source(request, subject), reason.clone());
        return Ok(vec![one(request, subject, judge, None, missing, rolling)?]);
    }
    if let Some(reason) = &subject.unknown_change {
        return Ok(vec![one(request, subject, judge, None, Evidence::missing(reason.clone()), rolling)?]);
    }
    subject.changes.iter().map(|raw| understand(request, subject, judge, raw, rolling)).collect()
}

fn understand(
    request: &Request,
    subject: &Subject,
    judge: &Judge,
    raw: &RawChange,
    rolling: Option<&Rolling>,
) -> Result<Gathered> {
    let options = options(subject, judge, raw);
    let contents = contents(subject, raw, &options)?;
    let understood = change::facts(raw, contents.as_ref(), &options);
    let documents = contents.as_ref().map(|contents| change::documents(raw, contents, &options.design_globs));
    let known = Evidence::known(diff_source(request, subject), understood.change);
    let mut gathered = one(request, subject, judge, Some((raw, documents)), known, rolling)?;
    gathered.notes.extend(understood.notes);
    Ok(gathered)
}

/// What the change is, without the evidence about it.
pub(super) fn change_of(subject: &Subject, judge: &Judge, raw: &RawChange) -> Result<Change> {
    let options = options(subject, judge, raw);
    let contents = contents(subject, raw, &options)?;
    Ok(change::facts(raw, contents.as_ref(), &options).change)
}

fn options(subject: &Subject, judge: &Judge, raw: &RawChange) -> change::Options {
    change::Options {
        catalogue: catalogue_path(judge).to_owned(),
        pull_request: subject.number,
        design_globs: judge.config.settings.design.paths.clone(),
        gate_files: gate_files::of(raw, judge, &subject.ci),
    }
}

/// The commits that evidence of this change may be made for: the head, and the one that a merge of it tries.
pub(super) fn commits(subject: &Subject, raw: &RawChange) -> Vec<String> {
    let tried = subject.tried(raw).map(str::to_owned);
    raw.head.iter().map(|head| head.commit.clone()).chain(tried).collect()
}

/// The files that the analysis asked for; `None` when only a diff was given.
fn contents(subject: &Subject, raw: &RawChange, options: &change::Options) -> Result<Option<change::Contents>> {
    let (Some(repository), Some(head)) = (&subject.repository, &raw.head) else { return Ok(None) };
    let mut contents = change::Contents::new();
    for (side, path) in change::wanted(raw, options) {
        let commit = match side {
            Side::Head => Some(head.commit.clone()),
            Side::Base if path.ends_with("CODEOWNERS") => subject.owners_commit(raw),
            Side::Base => raw.base.as_ref().map(|base| base.commit.clone()),
        };
        let Some(commit) = commit else { continue };
        if let Some(bytes) = repository.read(&commit, &path, crate::collect::tree::LIMIT)? {
            contents.insert((side, path), bytes);
        }
    }
    Ok(Some(contents))
}

fn one(
    request: &Request,
    subject: &Subject,
    judge: &Judge,
    understood: Option<(&RawChange, Option<Documents>)>,
    change: Evidence<Change>,
    rolling: Option<&Rolling>,
) -> Result<Gathered> {
    let mut named: BTreeSet<Kind> = request.evidence.iter().map(|named| named.kind.clone()).collect();
    let configured = judge.config.stages.get(&request.stage).and_then(|stage| stage.expect.as_deref());
    let (raw, documents) = understood.map_or((None, None), |(raw, documents)| (Some(raw), documents));
    let files: &[ChangedFile] = change.facts().map_or(&[], |change| change.files.as_slice());
    let head = raw.and_then(|raw| raw.head.as_ref());
    let commits = raw.map_or_else(Vec::new, |raw| commits(subject, raw));
    let at_moment = request.rollout.is_some() || request.moment.is_some();
    let running = rolling.and_then(|rolling| rolling.running_service(request.now, &judge.config.settings.batch));
    let committed_at = head.map(|head| head.committed_at);
    let target = Target { committed_at, commits: &commits, now: request.now, at_moment, running };
    let search = Search { request, subject, judge, target };
    let asked = search.asked_kinds();
    named.extend(asked.iter().cloned());
    if search.lacks_moment() {
        named.insert(Kind::Canary);
    }
    let mut expected = expect::expected(
        request.stage,
        configured,
        change.facts(),
        subject.pull_request,
        &named,
        rolling.map(|rolling| &rolling.rollout),
    );
    let mut notes = Vec::new();
    if search.in_a_group() && expected.remove(&Kind::Review) {
        notes.push(format!("reviews are not expected: {IN_A_GROUP}"));
    }
    let mut live = search.ask(&asked, files);
    let test_options = reports::test_options(judge, rolling.map(|rolling| &rolling.rollout), request.now);
    let tests = search.evidence(&Kind::Tests, &mut notes, |bound| tests::tests(reports::tests_of(bound), &test_options))?;
    let (coverage, _) = measured(&search, raw, files, &mut notes, false)?;
    let scan = search.evidence(&Kind::Scan, &mut notes, |bound| {
        let (roots, sides) = (reports::roots(&subject.root), texts(subject, raw));
        Ok(scan::scan(&reports::scans_of(bound), files, &roots, sides.borrowed(), judge.baseline.as_ref()))
    })?;
    let Reviewed { evidence: review, pull_request, live: answered } = search.review(files, &mut notes)?;
    live.documents.extend(answered);
    let asked = match (review.facts(), pull_request) {
        (Some(review), Some(record)) => comments(&search, &review.author, &record, &commits),
        _ => Vec::new(),
    };
    let database = search.database(raw, files, review.facts(), &mut live.documents, &mut notes)?;
    let catalogue = search.catalogue(catalogue_path(judge))?;
    let dependencies = Dependencies::of(service(judge, rolling), catalogue.facts());
    let recorded = rolling.and_then(Rolling::recorded);
    let incidents = search.incidents(&dependencies, recorded, expected.contains(&Kind::Incidents), &mut notes)?;
    let alerts = search.alerts(&dependencies, &mut live)?;
    if alerts.facts().is_some() || incidents.facts().is_some() {
        notes.extend(dependencies.note());
    }
    let (canary, charts) = search.canary(rolling.and_then(|rolling| rolling.soak(request.now)), &mut live)?;
    let logs = search.logs(files, &mut live)?;
    let input = Input {
        gate: gate(request, judge),
        change,
        review,
        tests,
        coverage,
        scan,
        database,
        rollout: rolling.map_or_else(|| Evidence::missing(NO_PLAN), Rolling::evidence),
        canary,
        slo: search.slo(&mut live)?,
        logs,
        capacity: search.capacity(rolling.map(|rolling| &rolling.rollout), &mut live)?,
        health: search.health(&mut live)?,
        alerts,
        incidents,
        catalogue,
        documents: documents.map_or_else(
            || Evidence::missing("documents are read from a repository, and only a diff was given"),
            |documents| Evidence::known(Vec::new(), documents),
        ),
        readiness: uncollected(&Kind::Readiness),
        history: rolling.map_or_else(|| Evidence::missing(NO_PLAN), |rolling| rolling.history.clone()),
        custom: custom(&search)?,
    };
    notes.extend(live.notes);
    Ok(Gathered { input, expected, notes, charts, live: live.documents, asked })
}

/// The waivers that comments on the pull request ask for. Only at merge, and only where the base judges or the caller handed the answers
/// in: a working tree that judges itself has no comments to obey.
fn comments(search: &Search<'_>, author: &str, record: &PullRequestRecord, commits: &[String]) -> Vec<Asked> {
    let Search { request, subject, judge, .. } = search;
    let handed_in = request.evidence.iter().any(|named| named.kind == Kind::Review);
    let other = subject.number.is_some_and(|number| number != record.number)
        || !commits.iter().any(|commit| same_commit(commit, &record.head));
    if request.stage != Stage::Merge || other || !(handed_in || subject.judged_by_base(request)) {
        return Vec::new();
    }
    waive::asked(author, record, commits, waivers::rules(&judge.config.settings.waivers))
}

/// A reader of files: a path of the repository gives the bytes.
type Reader<'a> = Box<dyn Fn(&str) -> Option<Vec<u8>> + 'a>;

/// The text of files on both sides of a change.
pub(super) struct BothSides<'a> {
    head: Reader<'a>,
    base: Reader<'a>,
}

impl BothSides<'_> {
    pub(super) fn borrowed(&self) -> scan::Texts<'_> {
        scan::Texts { head: &*self.head, base: &*self.base }
    }
}

/// The text of files before and after the change; where only a diff was given, that of the folder, which the diff led to. A file that
/// cannot be read has none: its findings are then told apart by their messages.
pub(super) fn texts<'a>(subject: &'a Subject, raw: Option<&'a RawChange>) -> BothSides<'a> {
    let commit = |commit: Option<&'a str>| -> Option<Reader<'a>> {
        let (repository, commit) = (subject.repository.as_ref()?, commit?);
        Some(Box::new(move |path| repository.read(commit, path, crate::collect::tree::LIMIT).ok().flatten()))
    };
    let folder = || -> Reader<'a> { Box::new(|path| read_file(&subject.root.join(path)).ok().flatten()) };
    let of = |revision: Option<&'a Revision>| revision.map(|revision| revision.commit.as_str());
    BothSides {
        head: commit(of(raw.and_then(|raw| raw.head.as_ref()))).unwrap_or_else(folder),
        base: commit(of(raw.and_then(|raw| raw.base.as_ref()))).unwrap_or_else(|| Box::new(|_| None)),
    }
}

/// Whether the path is a file of the head; yes where git cannot tell, because an unknown file must not be credited to another.
pub(super) fn holds(subject: &Subject, commit: Option<&str>, path: &str) -> bool {
    let (Some(repository), Some(commit)) = (&subject.repository, commit) else { return false };
    repository.read(commit, path, crate::collect::tree::LIMIT).map_or(true, |found| found.is_some())
}

pub(super) fn pick<T>(bound: Vec<Bound<Report>>, of: impl Fn(Report) -> Option<T>) -> Vec<T> {
    bound.into_iter().filter_map(|bound| of(bound.content)).collect()
}

fn gate(request: &Request, judge: &Judge) -> Gate {
    let service = &judge.config.service;
    Gate {
        schema: INPUT_SCHEMA.to_owned(),
        stage: request.stage,
        now: request.now,
        service: ServiceFacts { name: service.name.clone(), tier: service.tier, owners: service.owners.clone() },
        mode: record::mode(request, &judge.config),
    }
}

/// The service that is judged: as it is configured, else as the plan names it.
fn service<'a>(judge: &'a Judge, rolling: Option<&'a Rolling>) -> Option<&'a str> {
    judge.config.service.name.as_deref().or(rolling.map(|rolling| rolling.rollout.plan.service.as_str()))
}

/// Custom documents, by name; each is one file.
fn custom(search: &Search<'_>) -> Result<BTreeMap<String, Custom>> {
    let mut kinds: BTreeSet<Kind> = search.judge.config.evidence.keys().cloned().collect();
    kinds.extend(search.request.evidence.iter().map(|named| named.kind.clone()));
    let mut documents = BTreeMap::new();
    for kind in kinds {
        if let Kind::Custom(name) = &kind {
            let evidence: Evidence<Value> = search.document(&kind)?;
            documents.insert(name.clone(), Custom(evidence));
        }
    }
    Ok(documents)
}

fn uncollected<T>(kind: &Kind) -> Evidence<T> {
    Evidence::missing(format!("this version of kadian collects no {kind} evidence"))
}

/// Naming a kind that nothing can read is the user's mistake, not missing evidence.
pub(super) fn supported(request: &Request, judge: &Judge) -> Result<()> {
    let readable = |kind: &Kind| {
        matches!(
            kind,
            Kind::Tests
                | Kind::Coverage
                | Kind::Scan
                | Kind::Database
                | Kind::Review
                | Kind::Canary
                | Kind::Slo
                | Kind::Capacity
                | Kind::Health
                | Kind::Alerts
                | Kind::Incidents
                | Kind::Logs
                | Kind::Catalogue
                | Kind::Custom(_)
        )
    };
    for named in &request.evidence {
        if !readable(&named.kind) {
            let hint = if named.kind == Kind::Change {
                "a diff is given with --diff FILE"
            } else {
                "readable kinds: tests, coverage, scan, database, review, canary, slo, logs, capacity, health, alerts, incidents, catalogue, custom.NAME"
            };
            return Err(Error::new(format!("--evidence {}: this version reads no files of that kind", named.kind)).hint(hint));
        }
        reports::format(&named.kind, named.format.as_deref(), "--evidence")?;
    }
    for (kind, patterns) in &judge.config.evidence {
        if !readable(kind) {
            let place = judge.config.places.at(&["evidence", &kind.to_string()]);
            return Err(Error::new(format!("{place}: evidence.{kind}: this version reads no files of that kind")));
        }
        // All of them, also where `--evidence` replaces them in this run: a typo waits for nobody.
        for (index, pattern) in patterns.iter().enumerate() {
            reports::configured(&judge.config, kind, index, pattern)?;
        }
    }
    Ok(())
}

fn catalogue_path(judge: &Judge) -> &str {
    judge.config.catalogue.as_deref().unwrap_or(CATALOGUE)
}

/// The diff's file as a source; a change that git gave has none: its commits name it.
fn diff_source(request: &Request, subject: &Subject) -> Vec<Source> {
    let diff = subject.diff.iter();
    diff.map(|(path, bytes)| source(&path.to_string_lossy(), bytes, "diff", request.now)).collect()
}

fn source(path: &str, bytes: &[u8], format: &str, now: Timestamp) -> Source {
    Source {
        path: Some(path.to_owned()),
        url: None,
        sha256: sha256(bytes),
        bytes: bytes.len() as u64,
        format: format.to_owned(),
        collected_at: now,
    }
}

impl Search<'_> {
    /// The catalogue: from the file that the caller names, otherwise as it stands at the head, because the change may declare in it.
    fn catalogue(&self, path: &str) -> Result<Evidence<Catalogue>> {
        let named: Vec<_> = self.request.evidence.iter().filter(|named| named.kind == Kind::Catalogue).collect();
        if let Some(first) = named.first() {
            return self.caller_catalogue(&first.glob);
        }
        let tree = match self.subject.head_tree() {
            Some(tree) => tree,
            None => Tree::Folder(self.subject.root.clone()),
        };
        let Some(bytes) = tree.read(path)? else {
            if self.judge.config.catalogue.is_some() {
                let place = self.judge.config.places.at(&["catalogue"]);
                return Err(Error::new(format!("{place}: catalogue: `{path}` does not exist at the head"))
                    .hint("correct the path, or leave the key out where there is no catalogue"));
            }
            return Ok(Evidence::missing(format!("{path} does not exist at the head")));
        };
        Ok(self.read_catalogue(path, &bytes))
    }

    fn caller_catalogue(&self, path: &str) -> Result<Evidence<Catalogue>> {
        Ok(match read_file(Path::new(path))? {
            None => Evidence::missing(format!("no file matches {path}")),
            Some(bytes) => self.read_catalogue(path, &bytes),
        })
    }

    fn read_catalogue(&self, path: &str, bytes: &[u8]) -> Evidence<Catalogue> {
        let source = source(path, bytes, "kadian.catalogue", self.request.now);
        match catalogue::read(bytes) {
            Ok(facts) => Evidence::known(vec![source], facts),
            Err(error) => Evidence::unreadable(vec![source], format!("{path}: {error}")),
        }
    }
}
