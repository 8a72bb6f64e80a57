//! `--publish`.

use super::output::{self, ReportRequest};
use crate::act::github::{self, Target, runner};
use crate::decide::Decision;
use crate::error::{Error, Result};
use crate::nearest::nearest;

/// Reads every `--publish`, each a word or several with commas.
pub(super) fn targets(texts: &[String]) -> Result<Vec<Target>> {
    let mut targets = Vec::new();
    for word in texts.iter().flat_map(|text| text.split(',')) {
        let known = Target::ALL.map(Target::name);
        let Some(target) = Target::ALL.into_iter().find(|target| target.name() == word) else {
            let error = Error::new(format!("--publish: nothing is called `{word}`"));
            return Err(match nearest(word, known) {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error.hint(format!("what can be published: {}", known.join(", "))),
            });
        };
        if !targets.contains(&target) {
            targets.push(target);
        }
    }
    Ok(targets)
}

/// Publishes a decision. What cannot be published is told on standard error and in the job's summary, and changes nothing else.
pub(super) fn publish(decision: &Decision, targets: &[Target], reports: &[ReportRequest]) {
    let mut unpublished = github::publish(decision, targets);
    if targets.contains(&Target::Outputs)
        && let Err(reason) = runner::outputs(decision, output::first_json(reports))
    {
        unpublished.push(reason);
    }
    if targets.contains(&Target::Summary)
        && let Err(reason) = runner::summary(decision, &unpublished)
    {
        unpublished.push(reason);
    }
    for reason in &unpublished {
        output::warning(reason);
    }
}
