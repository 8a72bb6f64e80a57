//! What the statistics say of one metric, before the metrics are weighed together.

use crate::facts::Side;

/// One metric on its own.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Finding {
    pub gray: Side,
    pub baseline: Side,
    /// Relative to the baseline.
    pub effect: Option<f64>,
    pub interval: Option<[Option<f64>; 2]>,
    pub e_value: Option<f64>,
    /// What was compared, as the beginning of a sentence.
    pub compared: String,
    /// How far apart the sides are and what is accepted, as its end.
    pub apart: String,
    pub state: State,
}

/// How far the statistics came.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum State {
    /// A side has no data: the reason.
    NoData(String),
    /// A test took place.
    Tested(Tested),
}

/// The two tests of a metric. Both chances are valid at all looks together.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tested {
    /// The chance of such evidence for "worse than accepted" where it is not.
    pub worse: f64,
    /// The chance of such evidence for "no worse than accepted" where it is worse.
    pub sound: f64,
    /// Why "no worse" must not be said, whatever `sound` is.
    pub barred: Option<String>,
    pub towards_worse: Option<Pace>,
    pub towards_sound: Option<Pace>,
}

/// How fast evidence comes in. Evidence is the negative logarithm of a chance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pace {
    pub now: f64,
    /// Per request or value of the gray side.
    pub gain: f64,
    /// Below this many more requests or values nothing is decided, whatever the evidence.
    pub least: f64,
}
