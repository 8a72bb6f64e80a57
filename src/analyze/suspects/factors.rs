//! What speaks for a change as the cause of an alert, and what against it.
//!
//! Points are tenths of a power of ten of the odds, so that parts add up: 10 points make a change ten times as probable. The figures
//! are our own judgement; the evaluation beside the tests shows what they are worth.

use jiff::Timestamp;

use super::alert::{Alert, lies_in, same};
use super::candidate::{Candidate, Moment, What};
use super::reach::{Near, Relation};
use super::say::{beside, length, seconds};
use super::{Factor, Part};
use crate::facts::{BatchState, RolloutType};

/// An alert fires some minutes after its cause; what was taken back no longer than this before it may still be the cause.
const ALERT_DELAY_SECONDS: i64 = 600;
/// A change that still runs counts as if it had begun not long ago.
const RUNNING_FLOOR: i32 = -9;
const UNENDED_FLOOR: i32 = -12;

pub(super) fn part(factor: Factor, points: i32, reason: impl Into<String>) -> Part {
    Part { factor, points, reason: reason.into() }
}

/// The moment of a change that explains the alert best, with what speaks for it: its time and its region.
///
/// `None` when all of it came before `since` and nothing of it runs, or after what the clocks may differ by (`until`).
pub(super) fn best_moment<'a>(
    candidate: &Candidate<'a>,
    alert: &Alert,
    since: Timestamp,
    until: Timestamp,
) -> Option<(Moment<'a>, Vec<Part>)> {
    let runs = running(candidate, alert);
    let moments = candidate.moments().into_iter().filter(|moment| moment.at <= until && (moment.at >= since || runs));
    let scored = moments.map(|moment| {
        let mut parts = vec![time(candidate, &moment, alert)];
        parts.extend(region(moment.region, alert));
        (moment, parts)
    });
    // Of equals the newest, which comes last.
    scored.max_by_key(|(_, parts)| points(parts))
}

pub(super) fn points(parts: &[Part]) -> i32 {
    parts.iter().map(|part| part.points).sum()
}

fn running(candidate: &Candidate<'_>, alert: &Alert) -> bool {
    candidate.ended().is_some_and(|ended| ended > alert.at)
}

/// How long faults of a type take to show, as the time after which they become rare.
fn patience(kind: Option<RolloutType>) -> f64 {
    match kind {
        Some(RolloutType::Config) => 300.0,
        Some(RolloutType::Database) => 2700.0,
        Some(RolloutType::DataCorrection) => 3600.0,
        Some(RolloutType::Daily | RolloutType::Hotfix | RolloutType::Rollback) | None => 900.0,
    }
}

#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "seconds of a few days; points of two digits")]
fn time(candidate: &Candidate<'_>, moment: &Moment<'_>, alert: &Alert) -> Part {
    let delay = seconds(moment.at, alert.at);
    let what = match moment.what {
        What::Began => "it began".to_owned(),
        What::Ended => "it ended".to_owned(),
        What::Batch(number, state) => {
            let region = moment.region.map_or(String::new(), |region| format!(" in {region}"));
            let verb = match state {
                BatchState::Started => "began",
                BatchState::Done => "was through",
                BatchState::Failed => "failed",
                BatchState::RolledBack => "was taken back",
            };
            format!("its batch {number}{region} {verb}")
        }
    };
    if delay < 0 {
        return part(Factor::Time, -6, format!("{what} {}, within what clocks may differ", beside(moment.at, alert.at)));
    }
    // The density of the delay falls with its power of 1.5: most faults show at once, some after hours.
    let fall = libm::round(-15.0 * libm::log10(1.0 + delay as f64 / patience(candidate.kind()))) as i32;
    let said = format!("{what} {}", beside(moment.at, alert.at));
    let long = matches!(candidate.kind(), Some(RolloutType::Database | RolloutType::DataCorrection));
    if running(candidate, alert) {
        return part(Factor::Time, fall.max(RUNNING_FLOOR), format!("{said} and was still running"));
    }
    if long && moment.what == What::Began && candidate.ended().is_none() {
        return part(Factor::Time, fall.max(UNENDED_FLOOR), format!("{said}, and no end of it is recorded"));
    }
    part(Factor::Time, fall, said)
}

fn region(region: Option<&str>, alert: &Alert) -> Option<Part> {
    let region = region.filter(|region| !region.is_empty())?;
    if alert.is_in(region) {
        return Some(part(Factor::Scope, 4, format!("same region: {region}")));
    }
    let elsewhere = alert.region()?;
    // A change of a part of the region may be the cause in the region.
    if lies_in(region, elsewhere) {
        return Some(part(Factor::Scope, 3, format!("{region} lies in the alert's region {elsewhere}")));
    }
    Some(part(Factor::Scope, -8, format!("it was in {region}, the alert is in {elsewhere}")))
}

/// What its labels, version and the things that it touches say.
pub(super) fn scope(candidate: &Candidate<'_>, near: Option<&Near>, alert: &Alert) -> Vec<Part> {
    let mut parts = Vec::new();
    let own = near.is_some_and(|near| near.relation == Relation::Own);
    if let (Some(version), true) = (alert.version(), own) {
        if candidate.version().is_some_and(|to| same(to, version)) {
            parts.push(part(Factor::Scope, 8, format!("the alert is about version {version}, which it brings")));
        } else if candidate.from().is_some_and(|from| same(from, version)) {
            parts.push(part(Factor::Scope, -6, format!("the alert is about version {version}, which it replaces")));
        } else if let Some(to) = candidate.version() {
            parts.push(part(Factor::Scope, -4, format!("the alert is about version {version}, it brings {to}")));
        }
    }
    parts.extend(touches(candidate, own, alert));
    let shared = alert.other_labels().filter(|(label, value)| {
        candidate.changes.iter().any(|change| change.labels.get(*label).is_some_and(|own| own == value))
    });
    for (label, value) in shared.take(3) {
        parts.push(part(Factor::Scope, 1, format!("same {label}: {value}")));
    }
    parts
}

fn touches(candidate: &Candidate<'_>, own: bool, alert: &Alert) -> Option<Part> {
    let touched = || candidate.changes.iter().flat_map(|change| &change.touches);
    if let Some(thing) = touched().find(|thing| alert.names(thing)) {
        return Some(part(Factor::Scope, 8, format!("it touches {thing}, which the alert names")));
    }
    let (label, value) = alert.part()?;
    (own && touched().next().is_some())
        .then(|| part(Factor::Scope, -2, format!("the alert is about the {label} {value}, which is not among what it touches")))
}

/// Whether it concerns something that the alert names, though no path leads to its service.
pub(super) fn concerns(candidate: &Candidate<'_>, alert: &Alert) -> bool {
    candidate.changes.iter().flat_map(|change| &change.touches).any(|thing| alert.names(thing))
}

pub(super) fn dependency(near: Option<&Near>, service: &str) -> Part {
    let Some(near) = near else {
        let reason = format!("no path of the catalogue leads to {service}");
        return part(Factor::Dependency, super::reach::STRANGER, reason);
    };
    let reason = match near.relation {
        Relation::Own => format!("it changes {service} itself"),
        Relation::Dependency if near.strong => format!("strong dependency: {}", near.shown()),
        Relation::Dependency => format!("dependency: {}", near.shown()),
        Relation::Caller => format!("a caller, which can only overload it: {}", near.shown()),
        Relation::Stranger => format!("no path of the catalogue leads to {service}"),
    };
    part(Factor::Dependency, near.points, reason)
}

pub(super) fn kind(candidate: &Candidate<'_>, moment: &Moment<'_>, alert: &Alert) -> Option<Part> {
    let soon = seconds(moment.at, alert.at) < 900;
    let (points, reason) = match candidate.kind()? {
        RolloutType::Config if soon => (5, "config changes cause faults fast"),
        RolloutType::Config => (3, "config changes often cause faults, and mostly at once"),
        RolloutType::Hotfix => (2, "a hotfix is made in haste"),
        RolloutType::Database => (-1, "database changes may cause faults late"),
        RolloutType::DataCorrection => (-2, "data corrections may cause faults late"),
        RolloutType::Rollback => (-4, "a rollback goes to what ran before"),
        RolloutType::Daily => return None,
    };
    Some(part(Factor::Type, points, reason))
}

/// How much of the service it reached, and how that went.
pub(super) fn size(candidate: &Candidate<'_>, moment: &Moment<'_>) -> Vec<Part> {
    let What::Batch(number, state) = moment.what else { return Vec::new() };
    let mut parts = Vec::new();
    match candidate.step_percent(number) {
        Some(step) if step >= 50.0 => parts.push(part(Factor::Size, 2, format!("the batch is large: {step} percent at once"))),
        Some(step) if step <= 5.0 => parts.push(part(Factor::Size, -1, format!("the batch is small: {step} percent"))),
        _ => {}
    }
    if state == BatchState::Failed {
        parts.push(part(Factor::Size, 4, "its deployment failed"));
    }
    parts
}

/// Whether it was taken back, and when.
pub(super) fn taken_back(candidate: &Candidate<'_>, alert: &Alert, until: Timestamp) -> Option<Part> {
    if let Some(back) = candidate.gone_back(alert.at) {
        let before = seconds(back, alert.at);
        return Some(if before <= ALERT_DELAY_SECONDS {
            let reason = format!("rolled back only {}: the alert may be late", beside(back, alert.at));
            part(Factor::State, -2, reason)
        } else {
            part(Factor::State, -15, format!("rolled back at {back}, {} before the alert: unlikely", length(before)))
        });
    }
    let back = candidate.gone_back(until)?;
    Some(part(Factor::State, 2, format!("rolled back at {back}, {}", beside(back, alert.at))))
}
