//! The batches of a rollout, as the pipeline recorded them.

use jiff::Timestamp;

use super::track::Track;
use crate::facts::{BatchHistory, BatchState};

/// The batches that were started, by number; `digest` is the plan's as it is now.
pub(super) fn batches(track: &Track<'_>, digest: &str, now: Timestamp) -> Vec<BatchHistory> {
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
            reserved: track.slots.contains_key(number),
        }
    });
    batches.collect()
}

/// Rounded down, and 0 where the clock has gone back.
fn whole_seconds_since(then: Timestamp, now: Timestamp) -> u64 {
    u64::try_from(now.duration_since(then).as_secs()).unwrap_or(0)
}
