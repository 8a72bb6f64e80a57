//! What the verdict would be if the change chose its judge: shown, never applied.

use std::collections::BTreeSet;

use super::judge::{Chosen, Judge};
use super::subject::Subject;
use super::{Request, assemble, gather};
use crate::decide::{Decision, Finding, Shadow};

/// Judges again with the configuration and policies that the change brings; `None` when it brings none, or when the working tree
/// judges anyway.
pub(super) fn compare(request: &Request, subject: &Subject, judge: &Judge, decision: &Decision) -> Option<Shadow> {
    let tree = subject.head_tree().filter(|_| subject.judged_by_base(request))?;
    let chosen = Chosen { config: request.config.as_deref(), policies: &request.policies, overrides: &request.overrides };
    let own = Judge::load(&tree, "the change", chosen);
    let owned = |path: &str| judge.owns(path) || own.as_ref().is_ok_and(|own| own.owns(path));
    let files: BTreeSet<String> = subject.changed_paths().filter(|path| owned(path)).map(str::to_owned).collect();
    if files.is_empty() {
        return None;
    }
    let files: Vec<String> = files.into_iter().collect();
    let judged = own.and_then(|own| {
        let gathered = gather::all(request, subject, &own)?;
        assemble::decide(request, subject, &own, &gathered)
    });
    Some(match judged {
        Err(error) => Shadow {
            files,
            verdict: None,
            error: Some(error.message().to_owned()),
            appearing: Vec::new(),
            disappearing: Vec::new(),
        },
        Ok(other) => {
            let (here, there) = (names(&decision.findings), names(&other.decision.findings));
            Shadow {
                files,
                verdict: Some(other.decision.verdict),
                error: None,
                appearing: there.difference(&here).cloned().collect(),
                disappearing: here.difference(&there).cloned().collect(),
            }
        }
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
