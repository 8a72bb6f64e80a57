//! Flow control: how often something may be done, counted over all runners that share the ledger (requirement C7).
//!
//! A span of a limit is not aligned to the clock. A use counts from the moment it was recorded until the span is over, and while
//! the clock says that it lies in the future. The ledger never records a time before that of the entry before it; therefore no
//! span of a limit's length ever holds more uses than it allows, however the clocks of the runners jump.
//!
//! A slot is a right to start a batch, and ends: with the first span that it no longer counts in, with the reservation, or when the
//! batch fails. After that the right is taken anew, or else an old slot would let a batch start beside all that came since. A start
//! that no slot covers was let pass by nobody; it happened all the same, and counts.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::others::after;
use crate::facts::{BatchState, Entry, FlowKey, FlowLimit, FlowWindow, Operation, Plan, Record, RolloutType, Span};

/// A slot with the starts that it covers, or a start that none covers.
#[derive(Debug, Clone)]
pub(super) struct Use<'a> {
    plan: &'a str,
    batch: u64,
    operation: Operation<'a>,
    /// When the slot was taken; `None` for a start without one.
    slot: Option<Timestamp>,
    /// When the batch was started last, else as `slot`: what the limits count.
    at: Timestamp,
    started: bool,
    /// The batch failed, or was taken back.
    over: bool,
}

/// The batch that asks for a slot.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    plan: &'a str,
    batch: u64,
    operation: Operation<'a>,
}

impl<'a> Asked<'a> {
    /// `None` for a number that the plan does not have.
    pub(super) fn new(plan: &'a Plan, number: u64) -> Option<Asked<'a>> {
        let batch = plan.batches.iter().find(|batch| batch.number == number)?;
        let operation = Operation { service: &plan.service, region: batch.region.as_deref(), kind: Some(plan.kind) };
        Some(Asked { plan: &plan.id, batch: number, operation })
    }
}

/// How slots are counted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules<'a> {
    pub(super) limits: &'a [FlowLimit],
    /// For how long a slot lets its batch start.
    pub(super) reserved_for: Span,
}

/// What the entries, in the ledger's order, say was let pass or done. `kind` is the type of a plan, where that is known.
pub(super) fn uses<'a>(
    entries: impl IntoIterator<Item = &'a Entry>,
    rules: Rules<'_>,
    kind: impl Fn(&str) -> Option<RolloutType>,
) -> Vec<Use<'a>> {
    let mut uses: Vec<Use<'a>> = Vec::new();
    let mut newest: BTreeMap<(&str, u64), usize> = BTreeMap::new();
    for entry in entries {
        let (plan, batch, operation, start) = match &entry.record {
            Record::Slot(slot) => (slot.plan.as_str(), slot.batch, slot.operation(), false),
            Record::Batch(record) => {
                let operation =
                    Operation { service: &record.service, region: record.region.as_deref(), kind: kind(&record.plan) };
                match record.state {
                    BatchState::Started => (record.plan.as_str(), record.batch, operation, true),
                    BatchState::Done => continue,
                    BatchState::Failed | BatchState::RolledBack => {
                        let known = newest.get(&(record.plan.as_str(), record.batch));
                        if let Some(last) = known.and_then(|index| uses.get_mut(*index)) {
                            last.over = true;
                        }
                        continue;
                    }
                }
            }
            _ => continue,
        };
        let key = (plan, batch);
        let known = newest.get(&key).and_then(|index| uses.get_mut(*index));
        match known {
            Some(last) if start && last.covers(entry.at, rules, operation) => (last.at, last.started) = (entry.at, true),
            // A slot that was not used is given up for the new one.
            Some(last) if !start && !last.started => {
                *last = Use { plan, batch, operation, slot: Some(entry.at), at: entry.at, started: false, over: false };
            }
            _ => {
                newest.insert(key, uses.len());
                let slot = (!start).then_some(entry.at);
                uses.push(Use { plan, batch, operation, slot, at: entry.at, started: start, over: false });
            }
        }
    }
    uses
}

impl Use<'_> {
    /// Whether the slot still lets its batch start.
    fn covers(&self, now: Timestamp, rules: Rules<'_>, operation: Operation<'_>) -> bool {
        let concerned = rules.limits.iter().filter(|limit| counts(limit, operation)).map(|limit| limit.per);
        let valid = concerned.fold(rules.reserved_for, Span::min);
        !self.over && self.slot.is_some_and(|slot| now < after(slot, valid.signed()))
    }

    fn is(&self, asked: Asked<'_>) -> bool {
        self.plan == asked.plan && self.batch == asked.batch
    }
}

/// Whether the batch has a slot with which it may start now.
pub(super) fn holds_slot(uses: &[Use<'_>], asked: Asked<'_>, rules: Rules<'_>, now: Timestamp) -> bool {
    let newest = uses.iter().rfind(|used| used.is(asked));
    newest.is_some_and(|used| used.covers(now, rules, asked.operation))
}

/// The limits that concern the batch, in their order, with what is used of them. A slot of its own that it holds, or that it never
/// used, does not stand in its way.
///
/// Asked and recorded within one exclusive transaction, no interleaving of runners exceeds a limit.
pub(super) fn windows(uses: &[Use<'_>], asked: Asked<'_>, rules: Rules<'_>, now: Timestamp) -> Vec<FlowWindow> {
    let own = |used: &Use<'_>| used.is(asked) && (!used.started || used.covers(now, rules, asked.operation));
    let others: Vec<&Use<'_>> = uses.iter().filter(|used| !own(used)).collect();
    let concerned = rules.limits.iter().filter(|limit| counts(limit, asked.operation));
    concerned.map(|limit| window(&others, asked.operation, limit, now)).collect()
}

fn window(uses: &[&Use<'_>], own: Operation<'_>, limit: &FlowLimit, now: Timestamp) -> FlowWindow {
    let span = limit.per.signed();
    let together = |other: Operation<'_>| counts(limit, other) && same(limit, own, other);
    let ends = uses.iter().filter(|used| together(used.operation)).map(|used| after(used.at, span));
    let mut ends: Vec<Timestamp> = ends.filter(|end| *end > now).collect();
    ends.sort();
    let max = usize::try_from(limit.max).unwrap_or(usize::MAX);
    // One more fits once so many have left that one less than the limit remain.
    let leaving = ends.len().checked_sub(max).filter(|_| max > 0);
    FlowWindow {
        name: limit.name.clone(),
        window_seconds: limit.per.seconds(),
        limit: limit.max,
        used: ends.len() as u64,
        ready_in_seconds: leaving.and_then(|last| ends.get(last)).map(|end| whole_seconds_until(now, *end)),
    }
}

/// Whether the limit counts the operation. One whose type is not known counts under every limit.
fn counts(limit: &FlowLimit, operation: Operation<'_>) -> bool {
    let kind = limit.operations.is_empty() || operation.kind.is_none_or(|kind| limit.operations.contains(&kind));
    let service = limit.services.is_empty() || limit.services.iter().any(|pattern| like(pattern, operation.service));
    kind && service
}

/// Whether the limit counts both together.
fn same(limit: &FlowLimit, one: Operation<'_>, other: Operation<'_>) -> bool {
    limit.by.iter().all(|key| match key {
        FlowKey::Service => one.service == other.service,
        FlowKey::Region => one.region == other.region,
        FlowKey::Operation => one.kind == other.kind || one.kind.is_none() || other.kind.is_none(),
    })
}

/// Whether the text is as the pattern says, in which each `*` stands for any text.
fn like(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        let Some(at) = text.find(part) else { return false };
        text = &text[at + part.len()..];
    }
    text.ends_with(last)
}

/// Rounded up.
pub(super) fn whole_seconds_until(now: Timestamp, then: Timestamp) -> u64 {
    let left = then.duration_since(now);
    let up = left.as_secs() + i64::from(left > SignedDuration::from_secs(left.as_secs()));
    u64::try_from(up).unwrap_or(0)
}

#[cfg(test)]
mod tests;
