//! Dated, owned, reasoned exceptions: what they are, what they cover, and what became of each.

mod account;
mod record;

use globset::GlobMatcher;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

pub(super) use account::{Entry, apply};
pub use account::{Presence, Waiving};
pub use record::{WaiverRecord, WaiverState};

use super::weigh::fingerprint;
use super::{Finding, WaiverNote};

/// Said of a waiver for what nobody can waive.
const LOCKED: &str = "this check cannot be waived";

/// An exception for findings of one id.
#[derive(Debug, Clone)]
pub struct Waiver {
    /// The finding's id.
    pub id: String,
    /// The files that it holds for; everywhere when absent.
    pub path: Option<GlobMatcher>,
    /// The one finding that it holds for; all of the id when absent.
    pub fingerprint: Option<String>,
    /// What it is for; everything where that is empty.
    pub subject: WaiverSubject,
    pub reason: String,
    pub owner: String,
    pub ticket: Option<String>,
    /// The first day on which it holds, in UTC; at once when absent.
    pub starts: Option<Date>,
    /// The last day on which it holds, in UTC.
    pub expires: Date,
    /// How many findings it bears in one decision. Where more match, nobody knows which of them were meant, and it covers none.
    pub max_findings: Option<u64>,
    /// Whether it also covers "cannot decide". What is not known stays unknown in the record all the same.
    pub undecided: bool,
    /// Whether it covers only findings that their fingerprint tells apart from others of the same id and file: those at a line, and those
    /// whose rule states one.
    pub exact: bool,
    /// Where it stands: file and line, or the address of a comment.
    pub source: String,
    /// Why it does not count, whatever it says.
    pub withheld: Option<(WaiverState, String)>,
    /// What to say of it where it covers nothing, and more is known than that.
    pub unmatched: Option<(WaiverState, String)>,
}

/// What a waiver is for, or what a decision is about.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct WaiverSubject {
    /// The service's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// The id of a rollout's plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pull_request: Option<u64>,
}

impl WaiverSubject {
    #[must_use]
    pub fn is_anything(&self) -> bool {
        *self == WaiverSubject::default()
    }

    /// Whether everything that it names is what the decision is about; what the decision does not know is not it.
    #[must_use]
    pub fn includes(&self, about: &WaiverSubject) -> bool {
        let is = |named: &Option<String>, known: &Option<String>| named.is_none() || named == known;
        is(&self.service, &about.service)
            && is(&self.plan, &about.plan)
            && (self.pull_request.is_none() || self.pull_request == about.pull_request)
    }

    /// In words: `service pay, pull request 7`.
    #[must_use]
    pub fn words(&self) -> String {
        let service = self.service.as_ref().map(|name| format!("service {name}"));
        let plan = self.plan.as_ref().map(|id| format!("plan {id}"));
        let number = self.pull_request.map(|number| format!("pull request {number}"));
        [service, plan, number].into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

impl Waiver {
    /// Whether it speaks of the finding, in force or not.
    #[must_use]
    pub fn covers(&self, finding: &Finding) -> bool {
        let path = || match (&self.path, &finding.file) {
            (None, _) => true,
            (Some(glob), Some(file)) => glob.is_match(file),
            (Some(_), None) => false,
        };
        let told_apart = || fingerprint(&finding.id, finding.file.as_deref().unwrap_or_default(), "") != finding.fingerprint;
        self.id == finding.id
            && self.fingerprint.as_ref().is_none_or(|print| *print == finding.fingerprint)
            && path()
            && (!self.exact || told_apart())
    }

    #[must_use]
    pub fn note(&self) -> WaiverNote {
        WaiverNote {
            reason: self.reason.clone(),
            owner: self.owner.clone(),
            ticket: self.ticket.clone(),
            starts: self.starts,
            expires: self.expires,
            source: self.source.clone(),
        }
    }

    /// How the day stands to it: days until its last one, counted from today as 0; `None` after it.
    #[must_use]
    pub fn days_left(&self, today: Date) -> Option<u64> {
        days(today, self.expires)
    }

    /// Why it has no effect on that day, whatever is found; `None` where it is in force.
    #[must_use]
    pub fn without_effect(&self, unwaivable: &[String], max_days: u64, today: Date) -> Option<(WaiverState, String)> {
        if self.withheld.is_some() {
            return self.withheld.clone();
        }
        let subject = self.id.rsplit_once('/').map_or(self.id.as_str(), |(subject, _)| subject);
        if unwaivable.iter().any(|name| *name == self.id || name == subject) {
            return Some((WaiverState::Refused, format!("{LOCKED} (settings.waivers.unwaivable)")));
        }
        if today > self.expires {
            let why = format!("its last day was {}: renew it with a new reason, or remove it", self.expires);
            return Some((WaiverState::Expired, why));
        }
        if let Some(why) = self.too_long(today, max_days) {
            return Some((WaiverState::Refused, why));
        }
        let starts = self.starts.filter(|starts| today < *starts)?;
        Some((WaiverState::NotStarted, format!("its first day is {starts}")))
    }

    /// Why it would last longer than a waiver may; `None` where it would not. Without a start its life counts from today: nobody knows when
    /// it was written, and so it counts from `max_days` before its end on.
    #[must_use]
    pub fn too_long(&self, today: Date, max_days: u64) -> Option<String> {
        let from = self.starts.unwrap_or(today);
        let life = days(from, self.expires).filter(|life| *life > max_days)?;
        let since = match self.starts {
            Some(starts) => format!("from {starts} to {} are {life} days", self.expires),
            None => format!("its end is {life} days away, and it names no start"),
        };
        Some(format!("{since}; a waiver may last {max_days} (settings.waivers.max_days)"))
    }
}

/// How many days the second is after the first; `None` where it is before it.
fn days(from: Date, to: Date) -> Option<u64> {
    let span = to.since((jiff::Unit::Day, from)).ok()?;
    u64::try_from(span.get_days()).ok()
}

#[cfg(test)]
mod tests;
