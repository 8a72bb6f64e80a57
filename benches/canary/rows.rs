//! The rows of the table.

use kadian::facts::Zone;
use rayon::prelude::*;

use crate::contest::{self, Alarm};
use crate::random::Random;
use crate::scenario::{ERRORS, Errors, LATENCY, Latency, Model, report};

/// Runs of a row that counts false alarms, and of one that counts detections.
const FALSE_ALARM_RUNS: u64 = 20_000;
const DETECTION_RUNS: u64 = 2_000;

/// What a row is to show.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Aim {
    /// Nothing is wrong: an alarm is false.
    Silence,
    /// Something is wrong: an alarm is right, and the sooner the better.
    Alarm,
    /// Nothing is wrong, and with the margin that should be proven.
    Proof,
    /// It is exactly as bad as not accepted any more: a proof would be false.
    NoProof,
}

pub(crate) struct Row {
    pub name: &'static str,
    pub aim: Aim,
    pub margin: f64,
    pub model: Model,
}

/// What came out.
pub(crate) struct Outcome {
    pub row: &'static Row,
    pub runs: u64,
    /// Own judge, Kayenta's, threshold: the steps of the alarms, sorted.
    pub alarms: [Vec<usize>; 3],
    pub equivalent: u64,
}

const fn errors(name: &'static str, aim: Aim, errors: Errors) -> Row {
    Row { name, aim, margin: 0.0, model: Model::Errors(errors) }
}

const fn latency(name: &'static str, aim: Aim, latency: Latency) -> Row {
    Row { name, aim, margin: 0.0, model: Model::Latency(latency) }
}

const SPARSE: Errors = Errors { traffic: 200.0, ..ERRORS };
const DRIFT: Errors = Errors { share: [0.02, 0.5], rate: [0.002, 0.008], ..ERRORS };
const DAILY: Errors = Errors { daily: 0.8, ..ERRORS };
const CLUSTERS: Errors = Errors { cluster: 5.0, ..ERRORS };
const SLOW_DRIFT: Latency = Latency { drift: 0.5, ..LATENCY };
const SLOW_DAILY: Latency = Latency { daily: 0.3, ..LATENCY };
const MEMORY: Latency = Latency { memory: 0.5, ..LATENCY };
const GAPS: Latency = Latency { gaps: 0.3, ..LATENCY };

pub(crate) static ROWS: &[Row] = &[
    errors("errors: no change", Aim::Silence, ERRORS),
    errors("errors: half as many", Aim::Silence, Errors { ratio: 0.5, ..ERRORS }),
    errors("errors: 1.5 times", Aim::Alarm, Errors { ratio: 1.5, ..ERRORS }),
    errors("errors: 2 times", Aim::Alarm, Errors { ratio: 2.0, ..ERRORS }),
    errors("errors: 3 times", Aim::Alarm, Errors { ratio: 3.0, ..ERRORS }),
    errors("errors: 0.5% against a baseline of zero", Aim::Alarm, Errors { rate: [0.0, 0.0], fresh: 0.005, ..ERRORS }),
    errors("sparse errors: no change", Aim::Silence, SPARSE),
    errors("sparse errors: 3 times", Aim::Alarm, Errors { ratio: 3.0, ..SPARSE }),
    errors("sparse errors: 10 times", Aim::Alarm, Errors { ratio: 10.0, ..SPARSE }),
    errors("drifting traffic: no change", Aim::Silence, DRIFT),
    errors("drifting traffic: 2 times", Aim::Alarm, Errors { ratio: 2.0, ..DRIFT }),
    errors("daily errors: no change", Aim::Silence, DAILY),
    errors("daily errors: 2 times", Aim::Alarm, Errors { ratio: 2.0, ..DAILY }),
    errors("clustered errors: no change", Aim::Silence, CLUSTERS),
    errors("clustered errors: 2 times", Aim::Alarm, Errors { ratio: 2.0, ..CLUSTERS }),
    errors("clustered errors: 3 times", Aim::Alarm, Errors { ratio: 3.0, ..CLUSTERS }),
    latency("latency: no change", Aim::Silence, LATENCY),
    latency("latency: +10%", Aim::Alarm, Latency { ratio: 1.1, ..LATENCY }),
    latency("latency: +25%", Aim::Alarm, Latency { ratio: 1.25, ..LATENCY }),
    latency("noisy latency: no change", Aim::Silence, Latency { noise: 0.2, ..LATENCY }),
    latency("noisy latency: +10%", Aim::Alarm, Latency { noise: 0.2, ratio: 1.1, ..LATENCY }),
    latency("noisy latency: +25%", Aim::Alarm, Latency { noise: 0.2, ratio: 1.25, ..LATENCY }),
    latency("variance only: 3 times the spread", Aim::Alarm, Latency { spread: 3.0, ..LATENCY }),
    latency("variance only: 10 times the spread", Aim::Alarm, Latency { spread: 10.0, ..LATENCY }),
    latency("drifting latency: no change", Aim::Silence, SLOW_DRIFT),
    latency("drifting latency: +10%", Aim::Alarm, Latency { ratio: 1.1, ..SLOW_DRIFT }),
    latency("daily latency: no change", Aim::Silence, SLOW_DAILY),
    latency("daily latency: +10%", Aim::Alarm, Latency { ratio: 1.1, ..SLOW_DAILY }),
    latency("autocorrelated latency: no change", Aim::Silence, MEMORY),
    latency("autocorrelated latency: +25%", Aim::Alarm, Latency { ratio: 1.25, ..MEMORY }),
    latency("latency with gaps: no change", Aim::Silence, GAPS),
    latency("latency with gaps: +25%", Aim::Alarm, Latency { ratio: 1.25, ..GAPS }),
    Row { name: "errors, margin 50%: no change", aim: Aim::Proof, margin: 0.5, model: Model::Errors(ERRORS) },
    Row {
        name: "errors, margin 50%: just 1.5 times",
        aim: Aim::NoProof,
        margin: 0.5,
        model: Model::Errors(Errors { ratio: 1.5, ..ERRORS }),
    },
    Row { name: "latency, margin 10%: no change", aim: Aim::Proof, margin: 0.1, model: Model::Latency(LATENCY) },
    Row {
        name: "latency, margin 10%: just +10%",
        aim: Aim::NoProof,
        margin: 0.1,
        model: Model::Latency(Latency { ratio: 1.1, ..LATENCY }),
    },
    Row {
        name: "latency, margin 10%: 3 times the spread",
        aim: Aim::NoProof,
        margin: 0.1,
        model: Model::Latency(Latency { spread: 3.0, ..LATENCY }),
    },
];

impl Row {
    pub(crate) fn run(&'static self, index: u64, runs: Option<u64>) -> Outcome {
        let runs = runs.unwrap_or(if self.aim == Aim::Alarm { DETECTION_RUNS } else { FALSE_ALARM_RUNS });
        let all: Vec<([Alarm; 3], bool)> = (0..runs)
            .into_par_iter()
            .map(|run| {
                let report = report(self.model.series(&mut Random::new(index, run)), self.margin);
                if matches!(self.aim, Aim::Proof | Aim::NoProof) {
                    let zone = contest::zone(&report);
                    return ([(zone == Some(Zone::Regressed)).then_some(1), None, None], zone == Some(Zone::Equivalent));
                }
                ([contest::sequential(&report), contest::kayenta(&report), contest::threshold(&report)], false)
            })
            .collect();
        let mut alarms: [Vec<usize>; 3] = Default::default();
        for (found, _) in &all {
            for (alarms, found) in alarms.iter_mut().zip(found) {
                alarms.extend(found);
            }
        }
        for alarms in &mut alarms {
            alarms.sort_unstable();
        }
        let equivalent = all.iter().filter(|(_, equivalent)| *equivalent).count() as u64;
        Outcome { row: self, runs, alarms, equivalent }
    }
}

impl Outcome {
    /// The part of runs with an alarm.
    #[expect(clippy::cast_precision_loss, reason = "counts of runs")]
    pub(crate) fn share(&self, contestant: usize) -> f64 {
        self.alarms[contestant].len() as f64 / self.runs as f64
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of runs")]
    pub(crate) fn equivalent(&self) -> f64 {
        self.equivalent as f64 / self.runs as f64
    }

    /// The step by which half of all runs had an alarm.
    pub(crate) fn median(&self, contestant: usize) -> Option<usize> {
        let half = usize::try_from(self.runs / 2).ok()?;
        self.alarms[contestant].get(half).copied()
    }
}
