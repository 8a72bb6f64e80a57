//! The freeze calendar over a rollout: which windows hold now, whose glass is broken, and which one comes next (requirement C6).

mod occurrences;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::evidence::calendar::{Calendar, Window};
use crate::facts::{Batch, BreakGlass, Entry, Freeze, Plan, Record, RolloutType};

pub use occurrences::{MAX_DAYS, Occurrence, occurrences};

/// How far ahead the next window is looked for.
const AHEAD: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Whom a window is asked about. What is `None` or empty may be anything, so that every window's condition on it is met.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scope<'a> {
    pub service: Option<&'a str>,
    /// `L0` to `L3`.
    pub tier: Option<&'a str>,
    pub kind: Option<RolloutType>,
    /// One of them is enough.
    pub regions: Vec<&'a str>,
}

impl Scope<'_> {
    /// Whether a window concerns it.
    #[must_use]
    pub fn meets(&self, window: &Window) -> bool {
        let one_of = |patterns: &[String], text: &str| patterns.is_empty() || patterns.iter().any(|it| matches(it, text));
        self.service.is_none_or(|service| one_of(&window.services, service))
            && self.tier.is_none_or(|tier| window.tiers.is_empty() || window.tiers.iter().any(|it| it == tier))
            && self.kind.is_none_or(|kind| window.types.is_empty() || window.types.contains(&kind))
            && (self.regions.is_empty() || self.regions.iter().any(|region| one_of(&window.regions, region)))
    }
}

/// A rollout at a moment.
#[derive(Debug, Clone, Copy)]
pub struct Rollout<'a> {
    pub plan: &'a Plan,
    /// The service's tier, `L0` to `L3`.
    pub tier: &'a str,
    /// The batch that is judged; `None` when the plan itself is.
    pub batch: Option<&'a Batch>,
    pub now: Timestamp,
    /// By which moment exceptions are judged; not before `now`.
    pub exceptions_at: Timestamp,
    /// What the ledger recorded of exceptions for the plan; other entries do not matter.
    pub entries: &'a [Entry],
}

impl<'a> Rollout<'a> {
    /// A batch without a region is everywhere; the plan itself is in the regions of all its batches.
    fn scope(&self) -> Scope<'a> {
        let batches = match self.batch {
            Some(batch) => std::slice::from_ref(batch),
            None => self.plan.batches.as_slice(),
        };
        let regions: Option<BTreeSet<&str>> = batches.iter().map(|batch| batch.region.as_deref()).collect();
        Scope {
            service: Some(&self.plan.service),
            tier: Some(self.tier),
            kind: Some(self.plan.kind),
            regions: regions.unwrap_or_default().into_iter().collect(),
        }
    }

    fn freeze(&self, occurrence: &Occurrence<'_>) -> Freeze {
        let window = occurrence.window;
        Freeze {
            name: window.name.clone(),
            reason: window.reason.clone(),
            starts_at: occurrence.starts_at,
            ends_at: occurrence.ends_at,
            hard: window.hard,
            lane: has_lane(window, self.plan.kind),
            asks: window.asks.clone(),
            broken: broken(self.entries, self.plan, &window.name, self.exceptions_at),
        }
    }
}

/// The windows that hold now and concern the rollout, by start and name; those with a lane for it too.
#[must_use]
pub fn current(calendar: &Calendar, rollout: &Rollout<'_>) -> Vec<Freeze> {
    let moment = rollout.now.saturating_add(SignedDuration::from_nanos(1)).unwrap_or(Timestamp::MAX);
    occurrences(calendar, &rollout.scope(), rollout.now, moment).iter().map(|it| rollout.freeze(it)).collect()
}

/// The next window that begins within 30 days and asks something of the rollout; `None` when none does.
///
/// A hard one that begins while the batch soaks (or, of the plan itself, while its batches do, one after the other) goes before
/// others that begin earlier, because it is the one that leaves the rollout half done. Of those that begin together, the hard ones
/// come first, then the alphabet.
#[must_use]
pub fn next(calendar: &Calendar, rollout: &Rollout<'_>) -> Option<Freeze> {
    let until = |ahead: SignedDuration| rollout.now.saturating_add(ahead).unwrap_or(Timestamp::MAX);
    let mut coming = occurrences(calendar, &rollout.scope(), rollout.now, until(AHEAD));
    coming.retain(|it| it.starts_at > rollout.now && !has_lane(it.window, rollout.plan.kind));
    coming.sort_by(|a, b| {
        let key = |it: &Occurrence<'_>| (it.starts_at, !it.window.hard);
        key(a).cmp(&key(b)).then_with(|| a.window.name.cmp(&b.window.name))
    });
    let soaks = match rollout.batch {
        Some(batch) => batch.soak_seconds,
        None => rollout.plan.batches.iter().fold(0, |sum, batch| batch.soak_seconds.saturating_add(sum)),
    };
    let soaked = until(SignedDuration::from_secs(i64::try_from(soaks).unwrap_or(i64::MAX)));
    let hard = coming.iter().find(|it| it.window.hard && it.starts_at < soaked);
    hard.or_else(|| coming.first()).map(|it| rollout.freeze(it))
}

/// Whether a type of change goes through a window as if it were not there. Going back always does.
#[must_use]
pub fn has_lane(window: &Window, kind: RolloutType) -> bool {
    kind == RolloutType::Rollback || window.lanes.contains(&kind)
}

/// Who broke the glass of the window for the plan: the newest record that names the plan and the window, was made before now, has not
/// ended, gives a reason, and has at least two different people. What lacks any of these breaks nothing.
fn broken(entries: &[Entry], plan: &Plan, window: &str, now: Timestamp) -> Option<BreakGlass> {
    let counts = |entry: &&Entry| match &entry.record {
        Record::Override(record) => {
            let people: BTreeSet<String> =
                record.by.iter().map(|name| name.trim().to_lowercase()).filter(|name| !name.is_empty()).collect();
            record.plan == plan.id
                && record.service == plan.service
                && record.subject.strip_prefix("freeze:") == Some(window)
                && entry.at <= now
                && now < record.until
                && !record.reason.trim().is_empty()
                && people.len() >= 2
        }
        _ => false,
    };
    let newest = entries.iter().filter(counts).max_by_key(|entry| entry.seq)?;
    let Record::Override(record) = &newest.record else { return None };
    Some(BreakGlass { reason: record.reason.clone(), by: record.by.clone(), at: newest.at, until: record.until })
}

/// Whether a text is of a pattern, whatever the case: `*` stands for any characters, `?` for one. Takes at most the product of their lengths.
fn matches(pattern: &str, text: &str) -> bool {
    let letters = |text: &str| -> Vec<char> { text.chars().flat_map(char::to_lowercase).collect() };
    let (pattern, text) = (letters(pattern), letters(text));
    let (mut at, mut in_text) = (0, 0);
    // Where the last star stands, and where the text after what it stands for begins.
    let mut star: Option<(usize, usize)> = None;
    while in_text < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, in_text));
                at += 1;
            }
            Some(c) if *c == '?' || *c == text[in_text] => {
                at += 1;
                in_text += 1;
            }
            _ => match star {
                Some((of_star, begins)) => {
                    star = Some((of_star, begins + 1));
                    (at, in_text) = (of_star + 1, begins + 1);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|c| *c == '*')
}
