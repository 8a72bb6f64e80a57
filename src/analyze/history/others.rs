//! The other rollouts of the service that may still change what runs.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::Options;
use super::track::{Moment, Track};
use crate::facts::{Plan, RecoveryState, RolloutType, RunningRollout};

/// The unfinished rollouts of the plan's service, apart from itself: those that run, and those that nobody seems to be behind any
/// more. The newest first.
///
/// A rollout is finished when all of its batches are out and the soak of the last one has passed or is over unjudged, when it was
/// taken back, or when a later one of the service came after it with all of its batches.
pub(super) fn others(
    tracks: &BTreeMap<&str, Track<'_>>,
    plan: &Plan,
    options: &Options,
    now: Timestamp,
) -> (Vec<RunningRollout>, Vec<RunningRollout>) {
    let of_service = |track: &Track<'_>| track.service == Some(plan.service.as_str());
    let claim = |track: &Track<'_>| track.claim(options.silence(), now);
    let own = tracks.get(plan.id.as_str()).and_then(claim);
    let earlier = |other: Option<Moment>| own.is_none_or(|own| other.is_some_and(|other| other < own));
    let replacing = |track: &&Track<'_>| of_service(track) && track.all_done() && !track.taken_back();
    let replaced = tracks.values().filter(replacing).filter_map(|track| track.began).max();
    let mut unfinished: Vec<(Moment, RunningRollout)> = tracks
        .iter()
        .filter(|(id, track)| **id != plan.id && of_service(track))
        .filter(|(_, track)| replaced.is_none_or(|later| track.began.is_some_and(|began| began >= later)))
        .filter_map(|(id, track)| {
            let (began, rollout) = running(id, track, options, now)?;
            Some((began, RunningRollout { earlier: earlier(claim(track)), ..rollout }))
        })
        .collect();
    unfinished.sort_by_key(|(began, _)| std::cmp::Reverse(*began));
    let all = unfinished.into_iter().map(|(_, rollout)| rollout);
    all.partition(|rollout| now < rollout.silent_until)
}

/// The newest rollout of the service that began after this one and is all out: what this one started from runs no more.
pub(super) fn replaced_by(tracks: &BTreeMap<&str, Track<'_>>, plan: &Plan, own: &Track<'_>) -> Option<String> {
    let began = own.began?;
    let later = tracks.iter().filter(|(id, track)| {
        **id != plan.id && track.service == Some(plan.service.as_str()) && track.all_done() && !track.taken_back()
    });
    let newest = later.filter_map(|(id, track)| Some((track.began?, id))).filter(|(other, _)| *other > began).max()?;
    Some((*newest.1).to_owned())
}

/// The newest rollout forward that brought the version to which the plan leads, if it is not finished well: whoever rolls back to it
/// rolls on. `None` where the plan leads back what a rollout began to bring.
pub(super) fn same_way(tracks: &BTreeMap<&str, Track<'_>>, plan: &Plan, now: Timestamp) -> Option<String> {
    let forward = || {
        tracks.iter().filter_map(|(id, track)| {
            let (other, _) = track.plan.filter(|(other, _)| other.service == plan.service && *id != plan.id)?;
            let began = track.began.filter(|_| other.kind != RolloutType::Rollback)?;
            Some((began, *id, track, other))
        })
    };
    if forward().any(|(_, _, _, other)| other.from == plan.to && other.to == plan.from) {
        return None;
    }
    let (_, id, track, _) = forward().filter(|(_, _, _, other)| other.to == plan.to).max_by_key(|(began, ..)| *began)?;
    (!finished(track, now)).then(|| id.to_owned())
}

/// A rollout that began and is not finished.
pub(super) fn running(id: &str, track: &Track<'_>, options: &Options, now: Timestamp) -> Option<(Moment, RunningRollout)> {
    let began = track.began?;
    if track.taken_back() || finished(track, now) {
        return None;
    }
    let admitted = track.slots.last_key_value().map(|(number, slot)| (*number, None, slot.at));
    let started = track.batches.last_key_value().map(|(number, batch)| (*number, Some(batch.state), batch.since));
    let (batch, state, since) = match (started, admitted) {
        (Some(started), Some(admitted)) if admitted.0 > started.0 => admitted,
        (Some(started), _) => started,
        (None, admitted) => admitted?,
    };
    let recovery = track.recoveries.last().filter(|newest| newest.state == RecoveryState::Started);
    let rollout = RunningRollout {
        plan: id.to_owned(),
        kind: track.kind(),
        batch,
        state,
        since: since.at,
        silent_until: track.silent_until(options.silence()),
        earlier: true,
        recovery: recovery.map(|newest| newest.run.to_owned()),
    };
    Some((began, rollout))
}

/// Its batches are out, and its last soak passed, or is over and nobody judged it.
fn finished(track: &Track<'_>, now: Timestamp) -> bool {
    let Some((_, last, soak_seconds)) = track.last_batch() else { return false };
    let unjudged = last.soak.is_none() && track.failed.is_none() && now >= last.end_of_soak(soak_seconds);
    track.all_done() && (track.succeeded().is_some() || unjudged)
}

/// The end of time where the sum does not exist.
pub(super) fn after(moment: Timestamp, span: SignedDuration) -> Timestamp {
    moment.checked_add(span).unwrap_or(Timestamp::MAX)
}
