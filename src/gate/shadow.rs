//! What the verdict would be if the change chose its judge: shown, never applied.
//!
//! The rules of the change are judged by a process of its own: whatever they do to it, the decision stands.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::judge::{Chosen, Judge};
use super::running::LiveDocument;
use super::subject::Subject;
use super::{Checked, Request};
use crate::collect::again;
use crate::decide::{Decision, Finding, Shadow, Verdict};
use crate::error::Result;

/// How long the rules of the change may take altogether.
const LIMIT: Duration = Duration::from_secs(10);

/// What the process of its own says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    verdict: Option<Verdict>,
    error: Option<String>,
    findings: BTreeSet<String>,
}

impl Answer {
    /// The answer that a check makes.
    #[must_use]
    pub fn of(checked: &Result<Checked>) -> Answer {
        match checked {
            Ok(checked) => {
                let decision = &checked.decision;
                Answer { verdict: Some(decision.verdict), error: None, findings: names(&decision.findings) }
            }
            Err(error) => Answer { verdict: None, error: Some(error.message().to_owned()), findings: BTreeSet::new() },
        }
    }
}

/// Judges again with the configuration and policies that the change brings; `None` when it brings none, or when the working tree
/// judges anyway.
///
/// `answered` is what the code host said about the reviews, which the other process does not ask again.
pub(super) fn compare(
    request: &Request,
    subject: &Subject,
    judge: &Judge,
    decision: &Decision,
    answered: Option<&LiveDocument>,
) -> Option<Shadow> {
    let tree = subject.head_tree().filter(|_| subject.judged_by_base(request))?;
    let chosen = Chosen { config: request.config.as_deref(), policies: &request.policies, overrides: &request.overrides };
    let own = Judge::load(&tree, "the change", chosen);
    let owned = |path: &str| judge.owns(path) || own.as_ref().is_ok_and(|own| own.owns(path));
    let files: BTreeSet<String> = subject.changed_paths().filter(|path| owned(path)).map(str::to_owned).collect();
    if files.is_empty() {
        return None;
    }
    let answered: Vec<(&str, String)> = answered.into_iter().map(|document| ("review:github", document.text())).collect();
    let answer = again::shadow(LIMIT, &answered).and_then(|bytes| {
        serde_json::from_slice::<Answer>(&bytes).map_err(|_| "judging by them ended without an answer".to_owned())
    });
    let answer = answer.unwrap_or_else(|error| Answer { verdict: None, error: Some(error), findings: BTreeSet::new() });
    let (here, there) = (names(&decision.findings), answer.findings);
    let judged = answer.verdict.is_some();
    Some(Shadow {
        files: files.into_iter().collect(),
        verdict: answer.verdict,
        error: answer.error,
        appearing: there.difference(&here).cloned().collect(),
        disappearing: if judged { here.difference(&there).cloned().collect() } else { Vec::new() },
    })
}

fn names(findings: &[Finding]) -> BTreeSet<String> {
    let name = |finding: &Finding| match (&finding.file, finding.line) {
        (Some(file), Some(line)) => format!("{} {} {file}:{line}", finding.effect.word(), finding.id),
        (Some(file), None) => format!("{} {} {file}", finding.effect.word(), finding.id),
        _ => format!("{} {}", finding.effect.word(), finding.id),
    };
    findings.iter().map(name).collect()
}
