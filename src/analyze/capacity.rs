//! Whether the instances bear the load while a batch takes some of them out (requirement C8).
//!
//! Little's law: the requests that are in work at the same time are L = λ × W, arrival rate times mean response time (J. D. C.
//! Little, "A Proof for the Queuing Formula: L = λW", Operations Research 9(3), 1961). An instance bears so many of them at once, or
//! so many a second, as a load test says; what is needed is the quotient, rounded up.

use jiff::Timestamp;

use crate::evidence::{CapacityReport, Forecast, PoolRecord};
use crate::facts::{Batch, Capacity, CapacityStep, Fit, Load, Phase, Pool, Rollout, Throughput};

/// How much more than a whole number still is that number: products and quotients of decimal fractions are off by less.
const ROUNDING: f64 = 1e-9;

/// The facts at a moment.
///
/// `redundancy_percent` is X in percent of N. Without a rollout nothing is taken out. A load test from the future is an error, and
/// everything else that is not known is null and named.
pub fn capacity(
    report: &CapacityReport,
    rollout: Option<&Rollout>,
    redundancy_percent: f64,
    now: Timestamp,
) -> Result<Capacity, String> {
    let judged = rollout.map(judged).unwrap_or_default();
    let all = rollout.map_or(&[][..], |rollout| rollout.plan.batches.as_slice());
    let mut pools: Vec<Pool> =
        report.pools.iter().map(|record| pool(record, &judged, all, redundancy_percent, now)).collect::<Result<_, _>>()?;
    pools.sort_by(|a, b| a.region.cmp(&b.region));
    let told = |region: &str| pools.iter().any(|pool| pool.region.as_deref() == Some(region));
    let mut uncovered: Vec<String> =
        judged.iter().filter_map(|batch| batch.region.clone()).filter(|region| !told(region)).collect();
    uncovered.sort();
    uncovered.dedup();
    let share = redundancy_percent / (100.0 + redundancy_percent) * 100.0;
    Ok(Capacity { at: report.at, pools, uncovered, redundancy_percent, redundancy_share_percent: (share * 10.0).round() / 10.0 })
}

/// The batches that are judged: before one starts it alone, for a plan all of them; one that is out takes nothing out any more.
fn judged(rollout: &Rollout) -> Vec<&Batch> {
    match rollout.phase {
        Phase::Plan => rollout.plan.batches.iter().collect(),
        Phase::Before => rollout.batch.iter().collect(),
        Phase::Soak => Vec::new(),
    }
}

fn pool(record: &PoolRecord, judged: &[&Batch], all: &[Batch], percent: f64, now: Timestamp) -> Result<Pool, String> {
    let available = record.healthy.or(record.instances);
    let load = |rate: (&str, Option<f64>), time: Option<f64>| load(record, rate, time, available, percent);
    let (at_now, at_peak) = (
        load(("rate", record.rate), record.response_time),
        load(("forecast", record.forecast.map(Forecast::peak)), record.peak_response_time.or(record.response_time)),
    );
    let concerns = |batch: &&&Batch| batch.region.is_none() || batch.region == record.region;
    let steps = judged.iter().filter(concerns).map(|batch| step(record, batch, before(record, batch, all), &at_now, &at_peak));
    Ok(Pool {
        region: record.region.clone(),
        running: record.instances,
        available,
        max_unavailable: record.max_unavailable,
        steps: steps.collect(),
        now: at_now,
        peak: at_peak,
        throughput: throughput(record),
        tested_at: record.tested_at,
        tested_days_ago: record.tested_at.map(|at| days(at, now)).transpose()?,
    })
}

/// What a load asks for. Where a load test tells both the concurrency and the throughput of an instance, the larger need counts.
fn load(record: &PoolRecord, rate: (&str, Option<f64>), time: Option<f64>, available: Option<u64>, percent: f64) -> Load {
    let (key, rate) = rate;
    let concurrency = rate.zip(time).map(|(rate, time)| rate * time);
    let mut lacks = Vec::new();
    let mut lack = |key: &str, there: bool| {
        if !there {
            lacks.push(key.to_owned());
        }
    };
    lack("instances", available.is_some());
    lack(key, rate.is_some());
    let (by_concurrency, by_throughput) = (record.bears_concurrency, record.bears_throughput);
    lack("bears", by_concurrency.is_some() || by_throughput.is_some());
    lack("response_time", by_concurrency.is_none() || time.is_some());
    let quotient = |amount: Option<f64>, each: Option<f64>| amount.zip(each).map(|(amount, each)| ceiling(amount / each));
    let needs = match (by_concurrency, by_throughput) {
        (Some(_), None) => quotient(concurrency, by_concurrency),
        (None, Some(_)) => quotient(rate, by_throughput),
        (Some(_), Some(_)) => quotient(concurrency, by_concurrency).zip(quotient(rate, by_throughput)).map(|(a, b)| a.max(b)),
        (None, None) => None,
    };
    let redundant = needs.map(|needs| share_of(needs, percent));
    Load {
        rate,
        concurrency,
        required: needs,
        redundant,
        planned: needs.zip(redundant).map(|(needs, more)| needs.saturating_add(more)),
        spare: available.zip(needs).map(|(available, needs)| difference(available, needs)),
        lacks,
    }
}

/// How much of a pool ran the new version before a batch: what the last earlier batch that went there says.
fn before<'a>(record: &PoolRecord, batch: &Batch, all: &'a [Batch]) -> Option<&'a Batch> {
    all.iter()
        .filter(|other| other.number < batch.number && (other.region.is_none() || other.region == record.region))
        .max_by_key(|other| other.number)
}

fn step(record: &PoolRecord, batch: &Batch, before: Option<&Batch>, at_now: &Load, at_peak: &Load) -> CapacityStep {
    let done = before.map_or(Some(Done { percent: Some(0.0), instances: Some(0) }), |before| done(before, record.instances));
    let moved = moved(batch, done.as_ref(), record.instances);
    let fit = |load: &Load| load.spare.and_then(|spare| fit(batch, done.as_ref(), record.instances, spare));
    CapacityStep {
        batch: batch.number,
        // Without the batch's size, what the deployment takes out at most is still a bound.
        instances: match (moved, record.max_unavailable) {
            (Some(moved), Some(most)) => Some(moved.min(most)),
            (moved, most) => moved.or(most),
        },
        fits_now: fit(at_now),
        fits_peak: fit(at_peak),
    }
}

/// How much of a pool runs the new version, in the plan's own measure and, where it can be told, in the other.
struct Done {
    percent: Option<f64>,
    instances: Option<u64>,
}

fn done(batch: &Batch, running: Option<u64>) -> Option<Done> {
    match (batch.percent, batch.instances) {
        (Some(percent), _) => Some(Done { percent: Some(percent), instances: running.map(|running| share_of(running, percent)) }),
        (None, Some(instances)) => {
            let percent = running.map(|running| number(instances) / number(running) * 100.0);
            Some(Done { percent, instances: Some(instances) })
        }
        (None, None) => None,
    }
}

/// How many instances change their version; going back to less is a change too.
fn moved(batch: &Batch, done: Option<&Done>, running: Option<u64>) -> Option<u64> {
    let done = done?;
    match (batch.percent, batch.instances) {
        (Some(percent), _) => Some(share_of(running?, (percent - done.percent?).abs())),
        (None, Some(instances)) => {
            let moved = instances.abs_diff(done.instances?);
            Some(running.map_or(moved, |running| moved.min(running)))
        }
        (None, None) => None,
    }
}

/// The largest batch that takes out no more than `spare`.
fn fit(batch: &Batch, done: Option<&Done>, running: Option<u64>, spare: i64) -> Option<Fit> {
    let running = running?;
    let instances = u64::try_from(spare).unwrap_or(0).min(running);
    let percent = || {
        let step = number(instances) / number(running) * 100.0;
        // Whole percents, as plans state them; less than one would be nothing.
        let step = if step >= 1.0 { (step + ROUNDING).floor() } else { (step * 100.0).floor() / 100.0 };
        Some((done?.percent? + step).min(100.0))
    };
    let count = || Some(done?.instances?.saturating_add(instances));
    Some(match batch.percent {
        Some(_) => Fit { instances, percent: percent(), count: None },
        None => Fit { instances, percent: None, count: count() },
    })
}

fn throughput(record: &PoolRecord) -> Throughput {
    let (new, old) = (record.new_throughput, record.old_throughput);
    let drop = new.zip(old).map(|(new, old)| (old - new) / old * 100.0);
    Throughput { new, old, drop_percent: drop.map(|drop| (drop * 100.0).round() / 100.0) }
}

fn days(at: Timestamp, now: Timestamp) -> Result<u64, String> {
    // A day without a time may have begun elsewhere already.
    let hours = now.duration_since(at).as_hours();
    if hours < -24 {
        return Err(format!("the load test is of {at}, which is in the future"));
    }
    Ok(u64::try_from(hours / 24).unwrap_or(0))
}

/// Percent of a number of instances, rounded up to whole ones.
fn share_of(instances: u64, percent: f64) -> u64 {
    ceiling(number(instances) * percent / 100.0)
}

/// The next whole number; what exceeds the range becomes its end.
fn ceiling(value: f64) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is not negative, and the cast saturates")]
    let whole = (value - value * ROUNDING).ceil() as u64;
    whole
}

fn number(instances: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a number of instances; beyond 2^53 nobody counts them")]
    let number = instances as f64;
    number
}

fn difference(available: u64, required: u64) -> i64 {
    let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    whole(available).saturating_sub(whole(required))
}

#[cfg(test)]
mod tests;
