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
            reserved: let_pass(batch, reserved_for),
            before_verdict: batch.start.verdict.map(str::to_owned),
        }
    });
    batches.collect()
}

/// Whether the batch had a slot when it was started last and nothing had stopped it since, or was let pass afterwards.
fn let_pass(batch: &BatchTrack<'_>, reserved_for: Span) -> bool {
    let start = batch.started.unwrap_or(batch.since).at;
    let was = batch.start.slot.is_some_and(|slot| start < after(slot, reserved_for.signed()));
    batch.start.mended || was && batch.start.verdict.is_none_or(|verdict| verdict == "pass")
}

/// Rounded down, and 0 where the clock has gone back.
fn whole_seconds_since(then: Timestamp, now: Timestamp) -> u64 {
    u64::try_from(now.duration_since(then).as_secs()).unwrap_or(0)
}
