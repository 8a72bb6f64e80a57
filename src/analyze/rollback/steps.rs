//! The steps of a recovery file, one for each thing that runs.

use std::collections::BTreeSet;

use crate::evidence::recovery::{self, Check, Each, Look, OnStepFailure, Recovery, Step, Template, Values};
use crate::facts::{BatchToTakeBack, RecoveryPart, RollbackStep};

/// A step for one batch, for one region, or once.
#[derive(Debug, Clone, PartialEq)]
pub struct Instance<'a> {
    /// Counted from 1, over what is saved and what is taken back.
    pub number: u64,
    pub part: RecoveryPart,
    pub step: &'a Step,
    pub batch: Option<u64>,
    pub region: Option<String>,
}

impl Instance<'_> {
    /// What the recommendation says of it.
    #[must_use]
    pub fn fact(&self) -> RollbackStep {
        RollbackStep {
            number: self.number,
            part: self.part,
            name: self.step.name.clone(),
            executor: self.step.action.executor().to_owned(),
            batch: self.batch,
            region: self.region.clone(),
            timeout_seconds: self.step.timeout_seconds,
            continues: self.step.on_failure == OnStepFailure::Continue,
        }
    }
}

/// Everything that runs, in its order: what is saved, then what is taken back. A step for each batch runs for the last one first; one
/// for each region runs where the last batch is first. The same file and batches give the same numbers.
#[must_use]
pub fn instances<'a>(recovery: &'a Recovery, batches: &[BatchToTakeBack]) -> Vec<Instance<'a>> {
    let save = recovery.save.iter().map(|step| (RecoveryPart::Save, step));
    let back = recovery.steps.iter().map(|step| (RecoveryPart::Step, step));
    let each = save.chain(back).flat_map(|(part, step)| {
        places(step.each, batches).into_iter().map(move |(batch, region)| Instance { number: 0, part, step, batch, region })
    });
    each.zip(1..).map(|(instance, number)| Instance { number, ..instance }).collect()
}

fn places(each: Each, batches: &[BatchToTakeBack]) -> Vec<(Option<u64>, Option<String>)> {
    match each {
        Each::Once => vec![(None, None)],
        Each::Batch => batches.iter().map(|batch| (Some(batch.number), batch.region.clone())).collect(),
        Each::Region => {
            let mut seen = BTreeSet::new();
            let new = batches.iter().filter(|batch| seen.insert(batch.region.clone()));
            new.map(|batch| (None, batch.region.clone())).collect()
        }
    }
}

/// What is looked at, as sentences, with the values that are known; a secret is in none of them.
pub(super) fn looks(checks: &[Check], values: &Values) -> Vec<String> {
    checks.iter().map(|check| look(&check.look, values)).collect()
}

fn look(look: &Look, values: &Values) -> String {
    // What cannot be filled in (a region, where there are several) stays as it is written.
    let filled = |template: &Template| template.fill(values).unwrap_or_else(|_| template.text().to_owned());
    match look {
        Look::Command { run, exit } => {
            let words: Vec<String> = run.iter().map(filled).collect();
            format!("`{}` ends with {exit}", words.join(" "))
        }
        Look::Http(http) => {
            let equals = http.equals.as_ref().map(|(pointer, value)| {
                let value = recovery::filled(value, values).unwrap_or_else(|_| value.clone());
                format!(", with {value} at `{pointer}`")
            });
            let url = http.url.fill_address(values).unwrap_or_else(|_| http.url.text().to_owned());
            format!("GET {url} answers {}{}", http.status, equals.unwrap_or_default())
        }
        Look::Rollout(it) => format!("the deployment {} has come to rest", filled(&it.deployment)),
    }
}
