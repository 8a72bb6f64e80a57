//! What will be written, before anything is.

use serde_json::{Map, Value, json};

use super::{Context, Target};
use crate::decide::{Decision, Mode, Verdict};
use crate::report::github::{self, Annotation, CheckRun, Marker};

/// Annotations that the checks API takes in one request.
const AT_ONCE: usize = 50;

/// What to write, in this order, and what cannot be.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    pub writes: Vec<Write>,
    /// Why something that was asked for is not among them, as sentences.
    pub unpublished: Vec<String>,
}

/// One thing to write.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    CheckRun(CheckRunWrite),
    Status { path: String, body: Value },
    Comment(CommentWrite),
}

/// A check run: made with the first annotations, which an answer with its number follows, then given the others.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckRunWrite {
    /// Where it is made; below it lies the run itself.
    pub path: String,
    pub body: Value,
    /// What is added to it afterwards.
    pub more: Vec<Value>,
    /// The buttons, for a check of a GitHub App.
    pub buttons: Option<Value>,
}

/// The comment that stays one.
#[derive(Debug, Clone, PartialEq)]
pub struct CommentWrite {
    pub repository: String,
    pub pull_request: u64,
    pub marker: Marker,
    pub body: String,
    /// Whether to make one where there is none: nobody wants to be told of a first pass.
    pub create: bool,
}

/// Says what to write for a decision. In shadow mode nothing, and nothing is missed then.
///
/// Check run and status come before the comment, because their answers tell who we are.
#[must_use]
pub fn plan(decision: &Decision, targets: &[Target], context: &Context) -> Plan {
    let mut plan = Plan::default();
    if decision.mode == Mode::Shadow || !targets.iter().any(|target| target.is_remote()) {
        return plan;
    }
    let Some(repository) = context.repository() else {
        plan.unpublished.push("GITHUB_REPOSITORY names no repository (owner/name), so nothing is published there".to_owned());
        return plan;
    };
    let scene = context.scene(decision);
    let head = context.target(decision);
    let of_commit = targets.iter().any(|target| matches!(target, Target::CheckRun | Target::Status));
    match &head {
        Some(head) => {
            if targets.contains(&Target::CheckRun) {
                let run = github::check_run(decision, &scene);
                plan.writes.extend(run.map(|run| Write::CheckRun(check_run(&run, decision, repository, head, context))));
            }
            if targets.contains(&Target::Status) {
                plan.writes.extend(status(decision, repository, head, context));
            }
        }
        None if of_commit => plan.unpublished.push(
            "check run and status need the commit to report on: the event names no head of the pull request, or another commit than \
             the one that was judged"
                .to_owned(),
        ),
        None => {}
    }
    if let Some(pull_request) = context.commented(decision).filter(|_| targets.contains(&Target::Comment)) {
        let judged = head.or_else(|| decision.subject.head.clone()).unwrap_or_default();
        let marker = context.marker(decision.stage, judged);
        plan.writes.push(Write::Comment(CommentWrite {
            repository: repository.to_owned(),
            pull_request,
            body: github::comment(decision, &scene, &marker),
            marker,
            create: decision.verdict != Verdict::Pass,
        }));
    }
    plan
}

/// The name of the check run and of the status, which branch protection and rulesets ask for.
fn name(decision: &Decision) -> String {
    format!("kadian / {}", decision.stage)
}

fn check_run(run: &CheckRun, decision: &Decision, repository: &str, head: &str, context: &Context) -> CheckRunWrite {
    let mut batches = run.annotations.chunks(AT_ONCE).map(|batch| output(run, batch));
    let mut body = Map::new();
    body.insert("name".into(), json!(name(decision)));
    body.insert("head_sha".into(), json!(head));
    body.insert("status".into(), json!("completed"));
    body.insert("conclusion".into(), json!(run.conclusion.word()));
    body.insert("external_id".into(), json!(run.external_id));
    if let Some(url) = &context.run_url {
        body.insert("details_url".into(), json!(url));
    }
    body.insert("output".into(), batches.next().unwrap_or_else(|| output(run, &[])));
    let buttons = run.offers_rollback.then(|| {
        json!({"actions": [{
            "label": "Roll back",
            "description": "Take it back as this decision says",
            "identifier": "rollback",
        }]})
    });
    CheckRunWrite {
        path: format!("/repos/{repository}/check-runs"),
        body: Value::Object(body),
        more: batches.map(|output| json!({"output": output})).collect(),
        buttons,
    }
}

/// Texts and a batch of annotations. The texts are repeated with each batch: the API replaces them, and adds the annotations.
fn output(run: &CheckRun, batch: &[Annotation]) -> Value {
    let annotations: Vec<Value> = batch.iter().map(annotation).collect();
    json!({"title": run.title, "summary": run.summary, "text": run.text, "annotations": annotations})
}

fn annotation(annotation: &Annotation) -> Value {
    json!({
        "path": annotation.path,
        "start_line": annotation.line,
        "end_line": annotation.line,
        "annotation_level": annotation.level.word(),
        "title": annotation.title,
        "message": annotation.message,
        "raw_details": annotation.details,
    })
}

fn status(decision: &Decision, repository: &str, head: &str, context: &Context) -> Option<Write> {
    let state = github::shown(decision.verdict, decision.mode, context.is_merge_group)?.state;
    let mut body = Map::new();
    body.insert("state".into(), json!(state.word()));
    body.insert("context".into(), json!(name(decision)));
    body.insert("description".into(), json!(github::description(decision)));
    if let Some(url) = &context.run_url {
        body.insert("target_url".into(), json!(url));
    }
    Some(Write::Status { path: format!("/repos/{repository}/statuses/{head}"), body: Value::Object(body) })
}
