//! What the ledger's entries say about a rollout and its service (requirements C2, C3, C7).
//!
//! The order of events is the ledger's, by number, never the clock's: a clock that goes backwards makes nothing younger than what
//! was recorded before it, lets no soak end early and no breaker close early.

mod batches;
mod breaker;
mod clock;
mod flow;
mod needs;
mod others;
mod track;
mod trusted;

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::facts::{
    BreakGlass, Entry, Exception, FlowLimit, FlowWindow, History, Phase, Plan, Record, RecoveryState, RunningRecovery, Span,
};

pub use breaker::BreakerRules;
pub use clock::moment_of_exceptions;
pub use needs::{Need, needs};
use track::{Silence, Track, tracks};

/// The rollout that is asked about.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    pub plan: &'a Plan,
    /// As in the rollout's facts.
    pub digest: &'a str,
    pub phase: Phase,
    /// The number of the batch; `None` when the plan itself is judged.
    pub batch: Option<u64>,
}

/// How large the ledger is, which a part of its entries cannot tell.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LedgerState {
    /// How many entries it holds.
    pub entries: u64,
    /// The hash of the newest one.
    pub head: Option<String>,
    /// When the newest one was recorded.
    pub at: Option<Timestamp>,
}

/// How history is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// After how long a silence a rollout that was started counts as abandoned.
    pub abandoned_after: Span,
    /// For how long a batch that was admitted may start, and keeps other rollouts away.
    pub reserved_for: Span,
    /// How far back to look for what is trusted.
    pub horizon: Span,
    pub limits: Vec<FlowLimit>,
    pub breaker: BreakerRules,
}

impl Options {
    fn silence(&self) -> Silence {
        Silence { abandoned_after: self.abandoned_after, reserved_for: self.reserved_for }
    }
}

/// The history of a rollout, from the entries that [`needs`] names, in any order; an entry may come several times.
///
/// An empty ledger gives empty lists.
#[must_use]
pub fn history(entries: &[Entry], ledger: &LedgerState, about: &About<'_>, options: &Options, now: Timestamp) -> History {
    let entries = in_order(entries);
    let tracks = tracks(&entries, options.silence());
    let own = tracks.get(about.plan.id.as_str());
    let (others, abandoned) = others::others(&tracks, about.plan, options, now);
    let flow = flow(&entries, &tracks, about, options, now);
    History {
        entries: ledger.entries,
        head: ledger.head.clone(),
        clock_behind_seconds: clock::behind(ledger.at, now),
        plan_digest: own.and_then(|track| track.plan).map(|(_, digest)| digest.to_owned()),
        batches: own.map(|track| batches::batches(track, about.digest, options.reserved_for, now)).unwrap_or_default(),
        reserved: flow.reserved,
        looks: looks(&entries, about),
        others,
        abandoned,
        recorded_type: own.and_then(|track| track.plan).map(|(plan, _)| plan.kind),
        same_way: others::same_way(&tracks, about.plan, now),
        replaced_by: own.and_then(|own| others::replaced_by(&tracks, about.plan, own)),
        flow: flow.windows,
        breaker: breaker::breaker(&tracks, &about.plan.service, options, now),
        overrides: overrides(&entries, about, ledger.at, now),
        trusted: trusted::trusted(&entries, &tracks, &about.plan.service, about.plan.returns_to()),
        recovery: own.and_then(recovery),
    }
}

/// By number, each once.
fn in_order(entries: &[Entry]) -> Vec<&Entry> {
    let mut ordered: Vec<&Entry> = entries.iter().collect();
    ordered.sort_by_key(|entry| entry.seq);
    ordered.dedup_by_key(|entry| entry.seq);
    ordered
}

struct Flow {
    windows: Vec<FlowWindow>,
    reserved: bool,
}

/// The limits over the batch that is judged; over the first one when the plan is.
fn flow(entries: &[&Entry], tracks: &BTreeMap<&str, Track<'_>>, about: &About<'_>, options: &Options, now: Timestamp) -> Flow {
    let number = about.batch.or_else(|| about.plan.batches.first().map(|batch| batch.number));
    let Some(asked) = number.and_then(|number| flow::Asked::new(about.plan, number)) else {
        return Flow { windows: Vec::new(), reserved: false };
    };
    let rules = flow::Rules { limits: &options.limits, reserved_for: options.reserved_for };
    let uses = flow::uses(entries.iter().copied(), rules, |plan| tracks.get(plan).and_then(Track::kind));
    let reserved = about.batch.is_some() && flow::holds_slot(&uses, asked, rules, now);
    Flow { windows: flow::windows(&uses, asked, rules, now), reserved }
}

fn looks(entries: &[&Entry], about: &About<'_>) -> u64 {
    let same = |entry: &&&Entry| match &entry.record {
        Record::Decision(decision) => {
            decision.plan.as_deref() == Some(&about.plan.id)
                && decision.batch == about.batch
                && decision.phase == Some(about.phase)
        }
        _ => false,
    };
    entries.iter().filter(same).count() as u64
}

/// The exceptions of this plan. One that fewer than two different people stand for is none, and holds for nobody.
fn overrides(entries: &[&Entry], about: &About<'_>, newest: Option<Timestamp>, now: Timestamp) -> Vec<Exception> {
    let moment = moment_of_exceptions(entries.iter().copied(), &about.plan.id, newest, now);
    let exceptions = entries.iter().rev().filter_map(|entry| match &entry.record {
        Record::Override(record) if record.plan == about.plan.id => Some(Exception {
            subject: record.subject.clone(),
            glass: BreakGlass { reason: record.reason.clone(), by: record.by.clone(), at: entry.at, until: record.until },
            active: match record.subject.as_str() {
                clock::CLOCK => clock::holds_for_clock(entry, record, newest, now),
                _ => clock::counts(record, moment),
            },
        }),
        _ => None,
    });
    exceptions.collect()
}

/// Whether what was judged still holds: between looking at the ledger and taking a slot in it, another runner may have begun.
///
/// Both are histories of the same batch; `current` is read within the transaction that takes the slot. The error names what came
/// in between, as the end of a sentence. Flow limits are no part of this: both name what
/// is used of them, exactly.
pub fn unchanged(judged: &History, current: &History) -> Result<(), &'static str> {
    let same = |what: bool, name: &'static str| if what { Ok(()) } else { Err(name) };
    same(judged.plan_digest == current.plan_digest, "the plan was recorded")?;
    same(names(judged) == names(current), "another rollout of the service began or ended")?;
    same(judged.replaced_by == current.replaced_by, "a later rollout came out with all of its batches")?;
    same(judged.breaker.failures == current.breaker.failures, "a rollout of the service failed or succeeded")?;
    same(judged.breaker.trial == current.breaker.trial, "another rollout became the breaker's trial")?;
    same(judged.recovery == current.recovery, "a recovery began or ended")?;
    let states = |history: &History| -> Vec<_> {
        let batches = history.batches.iter();
        batches.map(|batch| (batch.number, batch.state, batch.done_at, batch.soak_verdict.clone())).collect()
    };
    same(states(judged) == states(current), "a batch of this rollout was recorded or judged")
}

fn names(history: &History) -> Vec<(&str, Option<&str>)> {
    history.others.iter().map(|other| (other.plan.as_str(), other.recovery.as_deref())).collect()
}

/// The newest recovery, unless it is through.
fn recovery(track: &Track<'_>) -> Option<RunningRecovery> {
    let newest = track.recoveries.last()?;
    let state = match newest.state {
        RecoveryState::Started | RecoveryState::Failed => newest.state,
        RecoveryState::Done | RecoveryState::Skipped => return None,
    };
    Some(RunningRecovery { run: newest.run.to_owned(), state, since: newest.since })
}

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
