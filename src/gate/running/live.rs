//! Evidence about the running service from the servers that know it.
//!
//! What servers answer becomes a document as a file would hold it, and goes the way of a file from there: what `--save` keeps is
//! what was judged.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde_json::Value;

use super::ask::{Answered, Asking, Written};
use crate::collect::cache;
use crate::collect::files::{self, Report};
use crate::decide::Stage;
use crate::error::Result;
use crate::evidence::cache::stand_in;
use crate::evidence::document;
use crate::evidence::slis::{CacheSpec, Moment};
use crate::facts::{ChangedFile, Evidence, Kind};
use crate::gate::expect::needs_instances;
use crate::gate::reports::{Bound, Search};

/// What is collected of a running service.
const RUNNING: [Kind; 6] = [Kind::Canary, Kind::Slo, Kind::Logs, Kind::Health, Kind::Alerts, Kind::Capacity];

/// What servers said of a kind, as a file would hold it.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveDocument {
    pub kind: Kind,
    pub document: Value,
}

impl LiveDocument {
    /// The name of a file for it.
    #[must_use]
    pub fn file_name(&self) -> String {
        // A database answers two questions.
        match (&self.kind, self.document["schema"].as_str()) {
            (Kind::Database, Some("kadian.estimates/v1")) => "estimates.json".to_owned(),
            (Kind::Database, _) => "table-stats.json".to_owned(),
            (kind, _) => file_name(kind),
        }
    }

    /// The file's content.
    #[must_use]
    pub fn text(&self) -> String {
        document::text(&self.document)
    }
}

fn file_name(kind: &Kind) -> String {
    match kind {
        Kind::Canary => "samples.json".to_owned(),
        kind => format!("{kind}.json"),
    }
}

/// What servers said, and what was made of it so far.
#[derive(Debug, Default)]
pub(in crate::gate) struct Live {
    answers: BTreeMap<Kind, Answered<Written>>,
    pub(in crate::gate) documents: Vec<LiveDocument>,
    /// What the reader should know about where evidence was looked for.
    pub(in crate::gate) notes: Vec<String>,
}

impl Search<'_> {
    /// The kinds that servers are asked for; whoever has them asked for expects an answer. Those for which a file stands are not.
    ///
    /// The process that judges by the change's own rules asks nobody: they could name any address and any secret.
    pub(in crate::gate) fn asked_kinds(&self) -> Vec<Kind> {
        let Some(asking) = self.asking() else { return Vec::new() };
        let named = |kind: &Kind| self.request.evidence.iter().any(|named| named.kind == *kind);
        let filed = |kind: &Kind| named(kind) || self.judge.config.evidence.contains_key(kind);
        let exists = |kind: &Kind| !self.nothing_is_gray() || !needs_instances(kind);
        RUNNING.into_iter().filter(|kind| !filed(kind) && asking.defines(kind) && exists(kind)).collect()
    }

    /// Whether a rollout has not put out its first batch. At other stages a moment without a length is a mistake of the caller, and what
    /// is asked for it finds nothing.
    pub(in crate::gate) fn nothing_is_gray(&self) -> bool {
        self.request.stage == Stage::Rollout && self.request.moment.as_ref().is_some_and(Moment::is_point)
    }

    /// Whether definitions stand ready for a release or a rollout and nobody said which versions to ask about: forgetting the options
    /// must not look like a gray version without faults.
    pub(in crate::gate) fn lacks_moment(&self) -> bool {
        let running = matches!(self.request.stage, Stage::Release | Stage::Rollout);
        let named = self.request.evidence.iter().any(|named| named.kind == Kind::Canary);
        let filed = named || self.judge.config.evidence.contains_key(&Kind::Canary);
        // A rollout knows its versions; where the ledger does not know since when they run, its history says so.
        running && !filed && self.judge.slis.is_some() && self.request.moment.is_none() && self.request.rollout.is_none()
    }

    fn asking(&self) -> Option<Asking<'_>> {
        let (slis, moment) = self.judge.slis.as_ref().zip(self.request.moment.as_ref())?;
        let (settings, folder, now) = (&self.judge.config.settings, self.subject.root.as_path(), self.request.now);
        (!self.request.shadow).then_some(Asking { slis, moment, settings, folder, now })
    }

    /// Asks for these kinds; `files` are those of the change.
    pub(in crate::gate) fn ask(&self, kinds: &[Kind], files: &[ChangedFile]) -> Live {
        let answers = self.asking().map(|asking| asking.all(kinds, files)).unwrap_or_default();
        Live { answers, ..Live::default() }
    }

    /// The facts of a kind: of the servers that know it, else out of files.
    pub(super) fn running<T>(
        &self,
        kind: &Kind,
        live: &mut Live,
        understand: impl FnOnce(Vec<Bound<Report>>) -> std::result::Result<T, String>,
    ) -> Result<Evidence<T>> {
        let Some(Answered { sources, content }) = live.answers.remove(kind) else {
            return self.evidence(kind, &mut live.notes, understand);
        };
        let (document, format) = match content {
            Ok(written) => written,
            Err(reason) => return Ok(self.without_answer(kind, reason)),
        };
        let one = LiveDocument { kind: kind.clone(), document };
        let report = match files::understand(kind, format, one.text().as_bytes()) {
            Ok(report) => report,
            Err(reason) => return Ok(Evidence::unreadable(sources, reason)),
        };
        live.documents.push(one);
        if let Some(reason) = self.out_of_date(&report, "the servers' answer", Some(self.request.now), None) {
            return Ok(Evidence::stale(sources, reason));
        }
        Ok(match understand(vec![Bound { content: report, path: String::new(), modified: None, root: None }]) {
            Ok(facts) => Evidence::known(sources, facts),
            Err(reason) => Evidence::unreadable(sources, reason),
        })
    }

    /// Nobody answered: the last good evidence shows that there was some, and how long ago; it never passes (requirement C10).
    fn without_answer<T>(&self, kind: &Kind, reason: String) -> Evidence<T> {
        let spec = self.judge.slis.as_ref().and_then(|slis| slis.cache.as_ref());
        match spec.map(|spec| self.last_good(kind, spec)) {
            None | Some(Ok(None)) => Evidence::missing(reason),
            Some(Ok(Some(stale))) => Evidence::stale(Vec::new(), format!("{reason}; {stale}")),
            Some(Err(refused)) => Evidence::missing(format!("{reason}; {refused}")),
        }
    }

    /// How old the last good evidence is, as a sentence; `None` when there is none.
    fn last_good(&self, kind: &Kind, spec: &CacheSpec) -> std::result::Result<Option<String>, String> {
        let path = self.subject.root.join(&spec.folder).join(file_name(kind));
        let max_age = SignedDuration::try_from(spec.max_age).unwrap_or(SignedDuration::ZERO);
        let cached = cache::read(&path)?;
        cached.map(|cached| stand_in(cached, self.request.now, max_age).map(|stand_in| stand_in.stale)).transpose()
    }
}
