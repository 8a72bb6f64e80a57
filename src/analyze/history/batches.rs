//! The batches of a rollout, as the pipeline recorded them.

use jiff::Timestamp;

use super::others::after;
use super::track::{BatchTrack, Track};
use crate::facts::{BatchHistory, BatchState, Span};

/// The batches that were started, by number; `digest` is the plan's as it is now.
pub(super) fn batches(track: &Track<'_>, digest: &str, reserved_for: Span, now: Timestamp) -> Vec<BatchHistory> {
    let batches = track.batches.iter().map(|(number, batch)| {
        let done = batch.done.filter(|_| batch.state == BatchState::Done);
        BatchHistory {
            number: *number,
            state: batch.state,
            started_at: batch.started.map(|moment| moment.at),
            done_at: done.map(|moment| moment.at),
            soaked_seconds: done.map(|moment| whole_seconds_since(moment.at, now)),
            version: batch.version.to_owned(),
            other_plan: batch.digest != digest,
            soak_verdict: batch.soak.map(|look| look.verdict.to_owned()),
            reserved: let_pass(track, *number, batch, reserved_for),
            before_verdict: track.before.get(number).map(|verdict| (*verdict).to_owned()),
        }
    });
    batches.collect()
}

/// Whether the batch had a slot when it was started last, or was let pass since.
fn let_pass(track: &Track<'_>, number: u64, batch: &BatchTrack<'_>, reserved_for: Span) -> bool {
    let start = batch.started.unwrap_or(batch.since);
    let slot = track.slots.get(&number).map(|(slot, _)| *slot);
    slot.is_some_and(|slot| slot.seq > start.seq || start.at < after(slot.at, reserved_for.signed()))
}

/// Rounded down, and 0 where the clock has gone back.
fn whole_seconds_since(then: Timestamp, now: Timestamp) -> u64 {
    u64::try_from(now.duration_since(then).as_secs()).unwrap_or(0)
}
