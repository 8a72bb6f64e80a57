//! Which findings the waivers cover, and what became of each waiver.

use std::collections::BTreeSet;

use globset::GlobMatcher;
use jiff::civil::Date;

use super::{LOCKED, Waiver, WaiverRecord, WaiverState, WaiverSubject};
use crate::decide::{Effect, Finding};

/// What decides about waivers.
#[derive(Debug, Clone, Copy)]
pub struct Waiving<'a> {
    pub waivers: &'a [Waiver],
    /// Requests that could not even be read, with what there is to say of each.
    pub unread: &'a [WaiverRecord],
    /// Ids or subjects of checks that nobody can waive, beside those whose rule says so.
    pub unwaivable: &'a [String],
    /// What the decision is about.
    pub about: &'a WaiverSubject,
    /// How many days a waiver may last.
    pub max_days: u64,
    /// How many days before its end a waiver is told to be near it.
    pub expiring_days: u64,
}

/// Whether the files of a path are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// The change touches one.
    Changed,
    /// The head has one, which the change does not touch.
    Elsewhere,
    /// The head has none.
    Gone,
    Unknown,
}

/// A finding before waivers.
#[derive(Debug, Clone)]
pub(in crate::decide) struct Entry {
    pub(in crate::decide) finding: Finding,
    /// The rule that made it, which may have given it another id.
    pub(in crate::decide) rule: String,
    /// Whether its rule lets anybody waive it.
    pub(in crate::decide) waivable: bool,
    /// Whether it says that nothing could be decided.
    pub(in crate::decide) undecided: bool,
}

/// What a waiver comes to, before it is known what it covers.
enum Standing {
    InForce,
    Without(WaiverState, String),
}

/// Takes the effect of every finding that a waiver in force covers, and says what became of each waiver, by id and place.
///
/// `evaluated` are the ids of the rules that were evaluated. Of several waivers that cover one finding, the one that ends last is noted.
pub(in crate::decide) fn apply(
    entries: &mut [Entry],
    evaluated: &BTreeSet<String>,
    terms: Waiving<'_>,
    today: Date,
    presence: &dyn Fn(&GlobMatcher) -> Presence,
) -> Vec<WaiverRecord> {
    let mut records = Vec::new();
    let mut best: Vec<Option<&Waiver>> = vec![None; entries.len()];
    for waiver in terms.waivers {
        let here = waiver.subject.includes(terms.about);
        let covered: Vec<usize> = (0..entries.len()).filter(|at| here && waiver.covers(&entries[*at].finding)).collect();
        let can = |at: &usize| waivable(&entries[*at], terms) && (waiver.undecided || !entries[*at].undecided);
        let bears: Vec<usize> = covered.iter().copied().filter(can).collect();
        let locked = covered.iter().any(|at| !waivable(&entries[*at], terms));
        let count = bears.len() as u64;
        match standing(waiver, terms, today, locked, count) {
            Standing::Without(state, why) => {
                let would = if locked { &covered } else { &bears };
                for at in would {
                    told(&mut entries[*at].finding, waiver, state, &why);
                }
                records.push(WaiverRecord::of(waiver, state, would.len() as u64, why));
            }
            Standing::InForce => {
                for at in bears {
                    let longer = best[at].is_none_or(|known| known.expires <= waiver.expires);
                    best[at] = if longer { Some(waiver) } else { best[at] };
                }
                let (state, why) = if count > 0 {
                    in_use(waiver, count, terms, today)
                } else {
                    idle(waiver, here, covered.is_empty(), evaluated, terms, today, presence)
                };
                records.push(WaiverRecord::of(waiver, state, count, why));
            }
        }
    }
    for (entry, waiver) in entries.iter_mut().zip(best) {
        if let Some(waiver) = waiver {
            entry.finding.effect = Effect::Note;
            entry.finding.waiver = Some(waiver.note());
            entry.finding.metadata.remove(EXPIRED);
            entry.finding.metadata.remove(WITHHELD);
        }
    }
    records.extend(terms.unread.iter().cloned());
    records.sort_by(|a, b| (&a.id, &a.source, a.state, &a.why).cmp(&(&b.id, &b.source, b.state, &b.why)));
    records
}

/// What a finding's metadata call a waiver that has ended.
const EXPIRED: &str = "expired_waiver";
/// The same of one that does not count for another reason.
const WITHHELD: &str = "withheld_waiver";

fn told(finding: &mut Finding, waiver: &Waiver, state: WaiverState, why: &str) {
    let (key, text) = match state {
        WaiverState::Expired => (EXPIRED, format!("{} ({})", waiver.expires, waiver.owner)),
        _ => (WITHHELD, format!("{}: {why}", state.word())),
    };
    finding.metadata.entry(key).or_insert_with(|| text.into());
}

fn waivable(entry: &Entry, terms: Waiving<'_>) -> bool {
    let Entry { finding, rule, waivable, .. } = entry;
    *waivable && ![&finding.id, rule, &finding.policy].into_iter().any(|name| terms.unwaivable.contains(name))
}

fn standing(waiver: &Waiver, terms: Waiving<'_>, today: Date, locked: bool, count: u64) -> Standing {
    let refused = |why: &str| Standing::Without(WaiverState::Refused, why.to_owned());
    if let Some((state, why)) = waiver.without_effect(terms.unwaivable, terms.max_days, today) {
        return Standing::Without(state, why);
    }
    match waiver.max_findings {
        _ if locked => refused(LOCKED),
        Some(most) if count > most => {
            refused(&format!("it bears {most} and {count} match: nobody knows which of them were meant"))
        }
        _ => Standing::InForce,
    }
}

fn in_use(waiver: &Waiver, count: u64, terms: Waiving<'_>, today: Date) -> (WaiverState, String) {
    let covers = if count == 1 { "it covers 1 finding".to_owned() } else { format!("it covers {count} findings") };
    match near(waiver, terms, today) {
        Some(when) => (WaiverState::Expiring, format!("{covers}, and its last day is {when}")),
        None => (WaiverState::Used, covers),
    }
}

/// What there is to say of a waiver in force that covers nothing.
fn idle(
    waiver: &Waiver,
    here: bool,
    matches_nothing: bool,
    evaluated: &BTreeSet<String>,
    terms: Waiving<'_>,
    today: Date,
    presence: &dyn Fn(&GlobMatcher) -> Presence,
) -> (WaiverState, String) {
    let unused = |why: String| match near(waiver, terms, today) {
        Some(when) => (WaiverState::Expiring, format!("its last day is {when}; {why}")),
        None => (WaiverState::Unused, why),
    };
    if !here {
        return unused(format!("it is for {}", waiver.subject.words()));
    }
    if !matches_nothing {
        return unused("its check could not decide here, and it does not say `undecided: true`".to_owned());
    }
    if let Some((state, why)) = &waiver.unmatched {
        return (*state, why.clone());
    }
    let files = waiver.path.as_ref().map(presence);
    if files == Some(Presence::Gone) {
        return (WaiverState::NoLongerMatches, "no file of the head matches its path: remove it".to_owned());
    }
    if !evaluated.contains(&waiver.id) {
        return unused("its check was not made here".to_owned());
    }
    match files {
        Some(Presence::Elsewhere | Presence::Unknown) => unused("the change touches no file that matches its path".to_owned()),
        _ => (WaiverState::NoLongerMatches, "its check was made here and found nothing that it covers".to_owned()),
    }
}

/// When its last day is, if that is near.
fn near(waiver: &Waiver, terms: Waiving<'_>, today: Date) -> Option<String> {
    let left = waiver.days_left(today).filter(|left| *left <= terms.expiring_days)?;
    Some(match left {
        0 => "today".to_owned(),
        1 => "tomorrow".to_owned(),
        days => format!("in {days} days"),
    })
}
