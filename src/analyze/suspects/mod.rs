//! Which recorded changes probably caused an alert (requirement F1).
//!
//! The ledger's records are put together to changes ([`candidate`]), the catalogue says whose changes can have reached the alerting
//! service ([`Reach`]), and each factor gives points with a sentence. A change after the alert is impossible; one that was taken back
//! before it is explained, not hidden.

mod alert;
mod candidate;
mod factors;
mod reach;
mod say;
mod verdicts;

#[cfg(test)]
mod evaluation;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde::Serialize;

pub use alert::{Alert, SERVICE_LABELS, grouped};
use candidate::{Candidate, Moment, What, candidates};
pub use reach::{Near, Reach, Relation};
use verdicts::Known;

use crate::facts::{Entry, RolloutType, Span};

/// The points of a change of the alerting service that began as the alert did and of which nothing else is known.
const START: i32 = 50;

/// How far is looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// How long before the alert a change may have begun.
    pub window: Span,
    /// By how much the clocks of who records and who alerts may differ.
    pub skew: Span,
    /// How many suspects are shown.
    pub limit: usize,
}

impl Default for Options {
    fn default() -> Self {
        Options { window: Span::of_hours(24), skew: Span::of_minutes(2), limit: 10 }
    }
}

impl Options {
    /// The first moment at which a change may have begun.
    #[must_use]
    pub fn since(&self, alert: &Alert) -> Timestamp {
        alert.at.checked_sub(self.window.signed()).unwrap_or(Timestamp::MIN)
    }

    /// The last moment at which a change may have begun by its own clock.
    #[must_use]
    pub fn until(&self, alert: &Alert) -> Timestamp {
        alert.at.checked_add(self.skew.signed()).unwrap_or(Timestamp::MAX)
    }
}

/// The suspects of an alert, the most probable first.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ranking {
    pub alert: Alert,
    /// The window in which changes were looked for.
    pub since: Timestamp,
    pub until: Timestamp,
    pub suspects: Vec<Suspect>,
    /// How many changes of the window were compared, with those that are not shown.
    pub compared: u64,
    /// How many began after the alert, which makes them impossible.
    pub after: u64,
    /// Says that there is no suspect, and why; null when there is one.
    pub none: Option<String>,
    /// What was not considered, as sentences.
    pub not_considered: Vec<String>,
}

/// A change that may have caused the alert.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Suspect {
    /// The id of the plan, otherwise of the change.
    pub id: String,
    pub service: String,
    pub relation: Relation,
    #[serde(rename = "type")]
    pub kind: Option<RolloutType>,
    pub from: Option<String>,
    pub version: Option<String>,
    /// The batch that explains the alert best; null for a change without batches.
    pub batch: Option<u64>,
    pub region: Option<String>,
    /// The moment that explains the alert best.
    pub at: Timestamp,
    pub title: Option<String>,
    pub author: Option<String>,
    pub url: Option<String>,
    /// Whether it went through the gate.
    pub gated: bool,
    /// 50 for a change of the service itself that began as the alert did; 10 more make it ten times as probable.
    pub score: i32,
    pub likelihood: Likelihood,
    /// What the score is made of, the weightiest first.
    pub parts: Vec<Part>,
}

/// The score as a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Likelihood {
    /// Below 30.
    Unlikely,
    /// Below 45.
    Possible,
    Likely,
}

impl Likelihood {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Likelihood::Unlikely => "unlikely",
            Likelihood::Possible => "possible",
            Likelihood::Likely => "likely",
        }
    }

    fn of(score: i32) -> Likelihood {
        match score {
            45.. => Likelihood::Likely,
            30..45 => Likelihood::Possible,
            _ => Likelihood::Unlikely,
        }
    }
}

/// One reason, for or against.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    pub factor: Factor,
    /// Above 0 for what makes the change more probable.
    pub points: i32,
    /// A sentence without its full stop.
    pub reason: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Factor {
    Time,
    Scope,
    Dependency,
    Type,
    Verdict,
    Size,
    /// Whether it was taken back.
    State,
    Incident,
}

/// Ranks the changes that these entries tell of.
///
/// `entries` are those of the services in `reach` from the window, and all entries of the plans among them, in any order. Equal
/// scores: the newest first, then by id. Without entries the answer says that no change is recorded.
#[must_use]
pub fn rank(alert: &Alert, entries: &[Entry], reach: &Reach, options: &Options) -> Ranking {
    let (since, until) = (options.since(alert), options.until(alert));
    let candidates = candidates(entries);
    let known = Known::of(&candidates, entries);
    let mut after = 0;
    let mut suspects = Vec::new();
    for candidate in &candidates {
        let near = reach.near(candidate.service);
        if near.is_none() && !reach.is_everything() && !factors::concerns(candidate, alert) {
            continue;
        }
        match factors::best_moment(candidate, alert, since, until) {
            Some((moment, parts)) => suspects.push(suspect(candidate, alert, reach, &known, moment, parts)),
            None if candidate.moments().first().is_some_and(|first| first.at > until) => after += 1,
            // Judged and never started, or over long before.
            None => {}
        }
    }
    suspects.sort_by(|a, b| (b.score, b.at).cmp(&(a.score, a.at)).then_with(|| (&a.id, &a.service).cmp(&(&b.id, &b.service))));
    let compared = suspects.len() as u64;
    suspects.truncate(options.limit);
    let none = (compared == 0).then(|| no_suspect(alert, reach, options, after));
    Ranking { alert: alert.clone(), since, until, suspects, compared, after, none, not_considered: reach.gaps().to_vec() }
}

fn no_suspect(alert: &Alert, reach: &Reach, options: &Options, after: u64) -> String {
    let whose = match (&alert.service, reach.services().count()) {
        (None, _) => "any service".to_owned(),
        (Some(service), 0 | 1) => service.clone(),
        (Some(service), 2) => format!("{service} and one service around it"),
        (Some(service), many) => format!("{service} and the {} services around it", many - 1),
    };
    let later = if after == 0 { String::new() } else { format!("; {after} began after it") };
    format!(
        "no recorded change: the ledger knows none of {whose} in the {} before the alert{later}",
        say::length(options.window.signed().as_secs())
    )
}

fn suspect(
    candidate: &Candidate<'_>,
    alert: &Alert,
    reach: &Reach,
    known: &Known<'_>,
    moment: Moment<'_>,
    mut parts: Vec<Part>,
) -> Suspect {
    let near = reach.near(candidate.service);
    parts.extend(factors::scope(candidate, near, alert));
    // Nothing is known of distances when the alert names no service.
    if !reach.is_everything() {
        parts.push(factors::dependency(near, candidate.service));
    }
    parts.extend(factors::kind(candidate, &moment, alert));
    parts.extend(verdicts::verdicts(candidate, &moment, alert));
    parts.extend(known.failed_before(candidate, &moment));
    parts.extend(known.named_cause(candidate));
    parts.extend(factors::size(candidate, &moment));
    parts.extend(factors::taken_back(candidate, alert, known.newest));
    let score = START + factors::points(&parts);
    // The time comes first, because it is what a reader looks for; then what weighs most.
    parts.sort_by_key(|part| (part.factor != Factor::Time, -part.points.abs(), part.factor));
    Suspect {
        id: candidate.id.to_owned(),
        service: candidate.service.to_owned(),
        relation: near.map_or(Relation::Stranger, |near| near.relation),
        kind: candidate.kind(),
        from: candidate.from().map(ToOwned::to_owned),
        version: candidate.version().map(ToOwned::to_owned),
        batch: match moment.what {
            What::Batch(number, _) => Some(number),
            What::Began | What::Ended => None,
        },
        region: moment.region.map(ToOwned::to_owned),
        at: moment.at,
        title: candidate.said(|change| change.title.as_deref()).map(ToOwned::to_owned),
        author: candidate.said(|change| change.author.as_deref()).map(ToOwned::to_owned),
        url: candidate.said(|change| change.url.as_deref()).map(ToOwned::to_owned),
        gated: candidate.gated,
        score,
        likelihood: Likelihood::of(score),
        parts,
    }
}
