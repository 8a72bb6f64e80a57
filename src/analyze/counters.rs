//! Counter arithmetic: how much monotone counters grew in each step (requirement C4).
//!
//! PromQL's `increase()` loses the first increment of every new series, and the first error after a release is just such a
//! series. Here the raw values are read, so that a series which appears on an instance that was there before counts from zero.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::evidence::prometheus::{Labels, Series};

/// How long a counter may be out of sight and still be the same one: Prometheus' own look-back.
const CARRY_SECONDS: u64 = 300;

/// Evenly spaced times: `steps + 1` of them, with the steps between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    /// Milliseconds since 1970 of the first time.
    pub start: i64,
    /// At least 1.
    pub step_seconds: u64,
    pub steps: usize,
}

impl Grid {
    fn carry(&self) -> usize {
        usize::try_from(CARRY_SECONDS / self.step_seconds.max(1)).unwrap_or(usize::MAX).max(1)
    }

    /// The grid with the steps before it in which a counter may have been seen last: what is missing at the first time is then
    /// carried over like any other gap, and an instance that was there before is known.
    #[must_use]
    pub fn with_lead(self) -> Grid {
        let step = i64::try_from(self.step_seconds).unwrap_or(i64::MAX).saturating_mul(1000);
        let lead = i64::try_from(self.carry()).unwrap_or(i64::MAX);
        Grid { start: self.start.saturating_sub(step.saturating_mul(lead)), steps: self.steps + self.carry(), ..self }
    }

    /// Which time of the grid it is; `None` between two of them and outside.
    fn index(&self, at: i64) -> Option<usize> {
        let (since, step) = (at.checked_sub(self.start)?, i64::try_from(self.step_seconds).ok()?.checked_mul(1000)?);
        let index = usize::try_from(since.checked_div(step)?).ok()?;
        (since >= 0 && since % step == 0 && index <= self.steps).then_some(index)
    }

    /// The values of a series at the times of the grid; `None` where it has none that is finite.
    #[must_use]
    pub fn values(&self, series: &Series) -> Vec<Option<f64>> {
        let mut values = vec![None; self.steps + 1];
        for point in series.points.iter().filter(|point| point.value.is_finite()) {
            if let Some(index) = self.index(point.at) {
                values[index] = Some(point.value);
            }
        }
        values
    }
}

/// The instances that were seen, each with the times of the grid at which any of its series was there.
///
/// It is built over all series that an instance shows (requests and errors), because an error's series may be a new one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Instances(BTreeMap<String, Vec<bool>>);

impl Instances {
    #[must_use]
    pub fn of<'a>(grid: Grid, series: impl IntoIterator<Item = &'a Series>) -> Instances {
        let mut instances: BTreeMap<String, Vec<bool>> = BTreeMap::new();
        for series in series {
            let seen = instances.entry(instance(&series.labels).to_owned()).or_insert_with(|| vec![false; grid.steps + 1]);
            for index in series.points.iter().filter_map(|point| grid.index(point.at)) {
                seen[index] = true;
            }
        }
        Instances(instances)
    }

    /// Whether the instance was there shortly before.
    fn seen_before(&self, labels: &Labels, index: usize, carry: usize) -> bool {
        let seen = self.0.get(instance(labels)).map_or(&[][..], Vec::as_slice);
        seen.get(index.saturating_sub(carry)..index).is_some_and(|before| before.contains(&true))
    }
}

/// What tells processes apart. Series without such a label (recording rules) are those of one process.
fn instance(labels: &Labels) -> &str {
    ["instance", "pod"].iter().find_map(|key| labels.get(*key)).map_or("", String::as_str)
}

/// The growth of counters, summed over all of them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Increases {
    /// One for each step; `None` where no counter tells.
    pub steps: Vec<Option<f64>>,
    /// Whether any counter was there at the end of the step. It may be there and not tell: the first value only starts a count.
    pub present: Vec<bool>,
}

/// How much the counters grew in each step, together.
///
/// - A value below the one before is a restart: the counter began at zero, and the whole value is new.
/// - A counter that was out of sight for at most five minutes (or one step) goes on where it was; what it grew by belongs to the
///   step in which it is seen again. After a longer time it is a new one.
/// - A new counter on an instance that was seen within that time began at zero. On a new instance its first value is where the
///   count begins.
/// - Steps in which no counter tells are gaps, not zeros.
///
/// Negative values are no counts and are passed over, as are points outside of the grid. The order of the series has no
/// influence on whole counts. No series at all gives gaps only.
#[must_use]
pub fn increases<'a>(grid: Grid, series: impl IntoIterator<Item = &'a Series>, instances: &Instances) -> Increases {
    let mut sum = Increases { steps: vec![None; grid.steps], present: vec![false; grid.steps] };
    for series in series {
        let mut last: Option<(usize, f64)> = None;
        for (index, value) in grid.values(series).into_iter().enumerate() {
            let Some(value) = value.filter(|value| *value >= 0.0) else { continue };
            let before = last.filter(|(seen, _)| index - seen <= grid.carry());
            let grown = match before {
                Some((_, before)) if value >= before => Some(value - before),
                Some(_) => Some(value),
                None => instances.seen_before(&series.labels, index, grid.carry()).then_some(value),
            };
            last = Some((index, value));
            let Some(step) = index.checked_sub(1) else { continue };
            sum.present[step] = true;
            if let Some(grown) = grown {
                sum.steps[step] = Some(sum.steps[step].unwrap_or(0.0) + grown);
            }
        }
    }
    sum
}
