//! The steps in which both sides were measured.

use crate::evidence::samples::CountSeries;

/// Above this many events a step is not believed: it is a gap, so that no sum overflows.
const MOST_EVENTS: f64 = 1e15;

/// How many steps are looked at one by one.
const SINGLE: usize = 4_096;

/// Requests and bad events of both sides in one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Step {
    pub gray: f64,
    pub gray_bad: f64,
    pub baseline: f64,
    pub baseline_bad: f64,
}

impl Step {
    /// The same step with the sides exchanged.
    pub(super) fn exchanged(self) -> Self {
        Step { gray: self.baseline, gray_bad: self.baseline_bad, baseline: self.gray, baseline_bad: self.gray_bad }
    }

    /// The gray share of the requests.
    pub(super) fn share(self) -> f64 {
        self.gray / (self.gray + self.baseline)
    }

    pub(super) fn bad(self) -> f64 {
        self.gray_bad + self.baseline_bad
    }

    pub(super) fn add(self, other: Self) -> Self {
        Step {
            gray: self.gray + other.gray,
            gray_bad: self.gray_bad + other.gray_bad,
            baseline: self.baseline + other.baseline,
            baseline_bad: self.baseline_bad + other.baseline_bad,
        }
    }
}

/// All that a metric counted.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Steps {
    /// In the order of time; only steps with data on both sides and traffic on one at least.
    pub joint: Vec<Step>,
    /// The same for the tests, which need not look after every step of a long series: see [`condensed`].
    pub looks: Vec<Step>,
    /// Their sum.
    pub total: Step,
    /// Steps without data of the gray side and of the baseline.
    pub gaps: [u64; 2],
    /// How many steps there are in all.
    pub all: u64,
    /// Steps in which a side has data: gray, baseline.
    pub present: [u64; 2],
}

impl Steps {
    /// Pairs the sides step by step. A step that lacks a number, or has one that cannot be a count, is a gap.
    pub(super) fn of(gray: &CountSeries, baseline: &CountSeries) -> Self {
        let all = gray.good.len().max(gray.bad.len()).max(baseline.good.len()).max(baseline.bad.len());
        let none = Step { gray: 0.0, gray_bad: 0.0, baseline: 0.0, baseline_bad: 0.0 };
        let mut steps =
            Steps { joint: Vec::new(), looks: Vec::new(), total: none, gaps: [0; 2], all: all as u64, present: [0; 2] };
        for index in 0..all {
            let sides = [at(gray, index), at(baseline, index)];
            for (side, value) in sides.iter().enumerate() {
                let counter = if value.is_some() { &mut steps.present } else { &mut steps.gaps };
                counter[side] += 1;
            }
            if let [Some((gray, gray_bad)), Some((baseline, baseline_bad))] = sides
                && gray + baseline > 0.0
            {
                let step = Step { gray, gray_bad, baseline, baseline_bad };
                steps.joint.push(step);
                steps.total = steps.total.add(step);
            }
        }
        steps.looks = condensed(&steps.joint);
        steps
    }
}

/// Single steps for the first days; then looks after every fourth step, and after every sixteenth. What a step that is not complete yet would show
/// is left for later, so that a look never changes when steps come in.
fn condensed(joint: &[Step]) -> Vec<Step> {
    let (first, rest) = joint.split_at(joint.len().min(SINGLE));
    let (second, third) = rest.split_at(rest.len().min(4 * SINGLE));
    let blocks = |steps: &[Step], length: usize| -> Vec<Step> {
        steps.chunks_exact(length).filter_map(|block| block.iter().copied().reduce(Step::add)).collect()
    };
    [first.to_vec(), blocks(second, 4), blocks(third, 16)].concat()
}

/// Requests and bad events of one side in one step.
fn at(side: &CountSeries, index: usize) -> Option<(f64, f64)> {
    let count = |list: &[Option<f64>]| list.get(index).copied().flatten().filter(|count| (0.0..=MOST_EVENTS).contains(count));
    let (good, bad) = (count(&side.good)?, count(&side.bad)?);
    Some((good + bad, bad))
}
