//! The content of a check run.

use std::fmt::Write as _;

use crate::decide::Decision;
use crate::report::escape::terminal;
use crate::report::markdown;
use crate::report::summary::{self, Groups};

use super::annotations::Annotation;
use super::comment::body;
use super::conclude::{Conclusion, shown};
use super::important::ranked;
use super::{Scene, cut};

/// Ten requests of fifty, which is what the API takes at once. More would be minutes of requests under GitHub's limit for writes, for
/// annotations that nobody reads to the end.
const MOST_ANNOTATIONS: usize = 500;
/// GitHub shows longer titles cut.
const MOST_OF_A_TITLE: usize = 255;
/// GitHub refuses more than 65,535 characters in the summary and in the text.
const MOST_OF_A_TEXT: usize = 65_000;

/// What the checks API is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckRun {
    pub conclusion: Conclusion,
    pub title: String,
    /// What to do next, and how many annotations are left out.
    pub summary: String,
    /// The whole report.
    pub text: String,
    /// The most important first, at most five hundred.
    pub annotations: Vec<Annotation>,
    /// The decision's id.
    pub external_id: String,
    /// Whether a recovery can be started from it: a button is of use then.
    pub offers_rollback: bool,
}

/// `None` in shadow mode, which publishes nothing.
#[must_use]
pub fn check_run(decision: &Decision, scene: &Scene) -> Option<CheckRun> {
    let conclusion = shown(decision.verdict, decision.mode, scene.is_merge_group)?.conclusion;
    let groups = Groups::of(decision);
    let (mut annotations, mut left, mut placeless) = (Vec::new(), 0, 0);
    for cause in ranked(&groups, decision) {
        match Annotation::of(&cause) {
            Some(_) if annotations.len() == MOST_ANNOTATIONS => left += cause.findings.len(),
            Some(annotation) => annotations.push(annotation),
            None => placeless += cause.findings.len(),
        }
    }
    let mut summary = body(decision, scene);
    if left > 0 {
        let more = summary::count(left, "finding at a line has", "findings at lines have");
        let _ = writeln!(summary, "\n{more} no annotation: the {MOST_ANNOTATIONS} most important ones have.");
    }
    if placeless > 0 {
        let placeless = summary::count(placeless, "finding is", "findings are");
        let _ = writeln!(summary, "\n{placeless} about no line of a file, and told of below.");
    }
    let offers_rollback = decision.rollback.as_ref().is_some_and(|rollback| rollback.command.is_some());
    if offers_rollback {
        summary.push_str(
            "\nA check of a GitHub App has a button for it. One of the workflow's own token has none, because GitHub starts no \
             workflow from it.\n",
        );
    }
    let counts = summary::counts(decision, &groups);
    Some(CheckRun {
        conclusion,
        title: cut(&format!("{}: {counts}", decision.verdict.word().to_uppercase()), MOST_OF_A_TITLE),
        summary: cut(&summary, MOST_OF_A_TEXT),
        text: cut(&markdown::render(decision), MOST_OF_A_TEXT),
        annotations,
        external_id: cut(&terminal(&decision.id), 64),
        offers_rollback,
    })
}
