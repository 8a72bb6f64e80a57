//! `kadian baseline write`: what scanners find at HEAD, as the findings that later changes need not answer for.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::gather::texts;
use super::judge::{Chosen, Judge};
use super::reports::{self, Search};
use super::subject::Subject;
use super::{NamedEvidence, Request, Trust};
use crate::analyze::binding::Target;
use crate::analyze::scan::census;
use crate::collect::tree::{self, Tree, read_file};
use crate::decide::Stage;
use crate::error::{Error, Result};
use crate::evidence::finding_baseline::{self, Baseline};
use crate::facts::{Kind, Tool};

/// Where the baseline is written when nobody says.
pub const DEFAULT: &str = ".kadian/baseline.json";

/// What a baseline is written from.
#[derive(Debug, Clone)]
pub struct Asked {
    pub config: Option<PathBuf>,
    pub repo: PathBuf,
    pub evidence: Vec<NamedEvidence>,
    /// Who answers for it, instead of the service's owners.
    pub owner: Option<String>,
    /// Instead of the file that the configuration names.
    pub output: Option<PathBuf>,
    pub now: jiff::Timestamp,
}

/// A baseline, not yet on the disk.
#[derive(Debug, Clone)]
pub struct Written {
    pub path: PathBuf,
    pub text: String,
    pub baseline: Baseline,
    /// How many findings it has that the file in its place has not, and the other way round; `None` where there is none that can be read.
    pub against_the_last: Option<(usize, usize)>,
    pub notes: Vec<String>,
}

/// Makes the baseline of HEAD; nothing is written.
///
/// # Errors
/// Findings that are not known: no report, a damaged one, one that was made before HEAD was committed. Nobody who answers for it.
pub fn baseline(asked: &Asked) -> Result<Written> {
    let request = request(asked);
    let subject = Subject::open(&request, None)?;
    let chosen = Chosen { config: asked.config.as_deref(), policies: &[], overrides: &[] };
    // The baseline that is to be replaced may be damaged, or not there yet.
    let judge = Judge::load_without_baseline(&Tree::Folder(subject.root.clone()), "the working tree", chosen)?;
    let owner = asked.owner.clone().unwrap_or_else(|| judge.config.service.owners.join(", "));
    if owner.trim().is_empty() {
        return Err(Error::new("nobody answers for these findings").hint("give --owner NAME, or `service.owners` in kadian.yaml"));
    }
    let raw = subject.changes.first();
    let head = raw.and_then(|raw| raw.head.as_ref());
    let commits: Vec<String> = head.map(|head| head.commit.clone()).into_iter().collect();
    let target = Target {
        committed_at: head.map(|head| head.committed_at),
        commits: &commits,
        now: request.now,
        at_moment: false,
        running: None,
    };
    let search = Search { request: &request, subject: &subject, judge: &judge, target };
    let mut notes = Vec::new();
    let found = search.evidence(&Kind::Scan, &mut notes, |bound| {
        let scans = reports::scans_of(bound);
        let tools: Vec<Tool> = scans.iter().flat_map(|scan| scan.report.tools.iter().cloned()).collect();
        let texts = texts(&subject, raw);
        Ok((tools, census(&scans, &reports::roots(&subject.root), texts.borrowed())))
    })?;
    let reason = found.reason().map(str::to_owned);
    let Some((tools, found)) = found.into_facts() else {
        let reason = reason.unwrap_or_default();
        return Err(Error::new(format!("the findings of HEAD are not known: {reason}"))
            .hint("run the scanners on the commit that is checked out, and name their reports with --evidence scan=GLOB"));
    };
    let made_for = head.map(|head| head.commit.clone());
    let baseline = Baseline::of(owner, request.now, made_for, &tools, found);
    let text = baseline.text().map_err(|error| Error::new(format!("the baseline cannot be written: {error}")))?;
    if text.len() as u64 > tree::LIMIT {
        let message = format!("the baseline would be larger than {} MiB, which is not read", tree::LIMIT >> 20);
        return Err(Error::new(message).hint("leave rules out of the scanners' configuration, or mend what they find most"));
    }
    let configured = judge.config.baseline.as_deref();
    let path = asked.output.clone().unwrap_or_else(|| subject.root.join(configured.unwrap_or(DEFAULT)));
    if configured.is_none_or(|configured| tree::real(&subject.root.join(configured)) != tree::real(&path)) {
        notes.push(format!(
            "kadian.yaml names another baseline or none: `baseline: {}` makes this one count",
            shown(&path, &subject)
        ));
    }
    Ok(Written { against_the_last: last(&path, &baseline), path, text, baseline, notes })
}

/// HEAD against itself: no line of it is new.
fn request(asked: &Asked) -> Request {
    Request {
        stage: Stage::Merge,
        config: asked.config.clone(),
        repo: asked.repo.clone(),
        base: Some("HEAD".to_owned()),
        head: Some("HEAD".to_owned()),
        diff: None,
        pull_request: None,
        evidence: asked.evidence.clone(),
        policies: Vec::new(),
        overrides: Vec::new(),
        now: asked.now,
        mode: None,
        trust: Trust::Worktree,
        pre_push: None,
        moment: None,
        rollout: None,
        record: false,
        ledger: None,
        shadow: false,
        remote: None,
    }
}

/// What the baseline adds to the one in its place, and what it no longer has.
fn last(path: &std::path::Path, baseline: &Baseline) -> Option<(usize, usize)> {
    let text = String::from_utf8(read_file(path).ok()??).ok()?;
    let last = finding_baseline::read(&text).ok()?;
    let set = |baseline: &'_ Baseline| baseline.fingerprints().map(str::to_owned).collect::<BTreeSet<_>>();
    let (before, now) = (set(&last), set(baseline));
    Some((now.difference(&before).count(), before.difference(&now).count()))
}

/// The path as the configuration would name it.
fn shown(path: &std::path::Path, subject: &Subject) -> String {
    let real = tree::real(path);
    let inside = real.strip_prefix(tree::real(&subject.root)).or_else(|_| path.strip_prefix(&subject.root));
    inside.unwrap_or(path).display().to_string()
}
