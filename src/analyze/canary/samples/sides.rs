//! The values of both sides, sorted, with the step that each is of.

/// A value and its step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Value {
    pub value: f64,
    pub step: u32,
}

/// Both sides; each list is sorted by value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sides {
    pub gray: Vec<Value>,
    pub baseline: Vec<Value>,
    /// How many steps the longer side has.
    pub steps: usize,
}

impl Sides {
    /// Values that are not finite, or of a size at which sums overflow, are gaps; so is everything after four thousand million steps.
    pub(super) fn of(gray: &[Option<f64>], baseline: &[Option<f64>]) -> Self {
        Sides { gray: sorted(gray), baseline: sorted(baseline), steps: gray.len().max(baseline.len()) }
    }

    /// After how many steps each side has at least `values` values; `None` where one has fewer.
    pub(super) fn reach(&self, values: u64) -> Option<u32> {
        let nth = |side: &[Value]| {
            let mut steps: Vec<u32> = side.iter().map(|value| value.step).collect();
            let index = usize::try_from(values).ok()?.checked_sub(1)?;
            (index < steps.len()).then(|| *steps.select_nth_unstable(index).1 + 1)
        };
        Some(nth(&self.gray)?.max(nth(&self.baseline)?))
    }

    /// Forgets all but the first `steps` steps.
    pub(super) fn keep(&mut self, steps: u32) {
        self.gray.retain(|value| value.step < steps);
        self.baseline.retain(|value| value.step < steps);
        self.steps = self.steps.min(steps as usize);
    }

    /// The same with up and down exchanged.
    pub(super) fn mirrored(&self) -> Self {
        let turned = |side: &[Value]| side.iter().rev().map(|value| Value { value: -value.value, ..*value }).collect();
        Sides { gray: turned(&self.gray), baseline: turned(&self.baseline), steps: self.steps }
    }

    /// Whether a margin can be a factor: all values are of the same sign, and none is 0.
    pub(super) fn is_ratio(&self) -> bool {
        let ends = [self.gray.first(), self.gray.last(), self.baseline.first(), self.baseline.last()];
        let all = |wanted: fn(f64) -> bool| ends.iter().flatten().all(|value| wanted(value.value));
        all(|value| value > 0.0) || all(|value| value < 0.0)
    }

    /// What a relative margin is relative to where values may be 0 or of both signs: the baseline's median size, or, where most
    /// values are 0, its mean size. 0 when all are.
    pub(super) fn scale(&self) -> f64 {
        let mut sizes: Vec<f64> = self.baseline.iter().map(|value| value.value.abs()).collect();
        if sizes.is_empty() {
            return 0.0;
        }
        let middle = sizes.len() / 2;
        let median = *sizes.select_nth_unstable_by(middle, f64::total_cmp).1;
        #[expect(clippy::cast_precision_loss, reason = "a count of values in memory")]
        let count = sizes.len() as f64;
        if median > 0.0 { median } else { sizes.iter().map(|size| size / count).sum() }
    }
}

/// Sizes beyond this are no measurements, and those below its inverse are nothing, so that no ratio or product overflows.
const LARGEST: f64 = 1e120;

/// A value that can be judged.
pub(in crate::analyze::canary) fn usable(value: Option<f64>) -> Option<f64> {
    let value = value.filter(|value| value.abs() < LARGEST)?;
    // Adding 0 makes a negative zero positive.
    Some(if value.abs() < 1.0 / LARGEST { 0.0 } else { value + 0.0 })
}

fn sorted(side: &[Option<f64>]) -> Vec<Value> {
    let value = |(step, value): (usize, &Option<f64>)| Some(Value { value: usable(*value)?, step: u32::try_from(step).ok()? });
    let mut values: Vec<Value> = side.iter().enumerate().filter_map(value).collect();
    values.sort_unstable_by(|one, other| one.value.total_cmp(&other.value).then(one.step.cmp(&other.step)));
    values
}

/// How many values a side has.
pub(super) fn count(side: &[Option<f64>]) -> u64 {
    side.iter().filter(|value| usable(**value).is_some()).count() as u64
}

/// After how many steps a side has so many values; all of them where it never has.
pub(super) fn reach(side: &[Option<f64>], values: u64) -> usize {
    let mut seen = 0;
    let nth = side.iter().position(|value| {
        seen += u64::from(usable(*value).is_some());
        seen >= values
    });
    nth.map_or(side.len(), |index| index + 1)
}

/// The median of a side; `None` without values.
pub(super) fn middle(side: &[Option<f64>]) -> Option<f64> {
    let mut values: Vec<f64> = side.iter().copied().filter_map(usable).collect();
    let (half, even) = (values.len() / 2, values.len().is_multiple_of(2));
    if values.is_empty() {
        return None;
    }
    let (below, upper, _) = values.select_nth_unstable_by(half, f64::total_cmp);
    let lower = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    Some(if even { 0.5 * (lower + *upper) } else { *upper })
}
