//! What became of a waiver in a decision.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Waiver, WaiverSubject};

/// What became of a waiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WaiverState {
    /// Asked for by somebody who may not; somebody who may has to.
    Pending,
    /// It does not count: what it waives cannot be waived, it lasts too long, more matches than it bears, or nobody can read it.
    Refused,
    /// Its last day is over.
    Expired,
    /// Its check was made here and found nothing that it covers, or no file of the head matches its path.
    NoLongerMatches,
    /// In force, and its last day is near.
    Expiring,
    /// Its first day is still to come.
    NotStarted,
    /// In force; it took the effect of findings.
    Used,
    /// In force; what it is for was not judged here.
    Unused,
}

impl WaiverState {
    /// As the record writes it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            WaiverState::Pending => "pending",
            WaiverState::Refused => "refused",
            WaiverState::Expired => "expired",
            WaiverState::NoLongerMatches => "no_longer_matches",
            WaiverState::Expiring => "expiring",
            WaiverState::NotStarted => "not_started",
            WaiverState::Used => "used",
            WaiverState::Unused => "unused",
        }
    }

    /// Whether somebody has something to do about it.
    #[must_use]
    pub fn needs_somebody(self) -> bool {
        match self {
            WaiverState::Pending
            | WaiverState::Refused
            | WaiverState::Expired
            | WaiverState::NoLongerMatches
            | WaiverState::Expiring => true,
            WaiverState::NotStarted | WaiverState::Used | WaiverState::Unused => false,
        }
    }
}

/// A waiver that the judge has, or that somebody asked for, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct WaiverRecord {
    /// The id of the findings; empty where a command names none.
    pub id: String,
    /// A glob over paths; null for all.
    pub path: Option<String>,
    /// The fingerprint of the one finding; null for all.
    pub fingerprint: Option<String>,
    /// What it is for; absent when it is for everything.
    #[serde(skip_serializing_if = "WaiverSubject::is_anything")]
    pub subject: WaiverSubject,
    /// Empty where a command gives none.
    pub reason: String,
    /// Who answers for it; of a command, the account that wrote it.
    pub owner: String,
    pub ticket: Option<String>,
    /// The first day on which it holds; null for at once.
    #[schemars(with = "Option<String>")]
    pub starts: Option<Date>,
    /// The last day on which it holds; null where a command names none.
    #[schemars(with = "Option<String>")]
    pub expires: Option<Date>,
    /// File and line, or the address of a comment.
    pub source: String,
    pub state: WaiverState,
    /// How many findings of this decision it covered; of one that does not count, how many it would have.
    pub findings: u64,
    /// Why it is in this state, as a sentence.
    pub why: String,
}

impl WaiverRecord {
    pub(super) fn of(waiver: &Waiver, state: WaiverState, findings: u64, why: String) -> WaiverRecord {
        WaiverRecord {
            id: waiver.id.clone(),
            path: waiver.path.as_ref().map(|path| path.glob().glob().to_owned()),
            fingerprint: waiver.fingerprint.clone(),
            subject: waiver.subject.clone(),
            reason: waiver.reason.clone(),
            owner: waiver.owner.clone(),
            ticket: waiver.ticket.clone(),
            starts: waiver.starts,
            expires: Some(waiver.expires),
            source: waiver.source.clone(),
            state,
            findings,
            why,
        }
    }
}
