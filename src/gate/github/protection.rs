//! What a deployment that waits is told: the verdict of a decision about its commit.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::same_repository;
use crate::collect::github::Access;
use crate::error::{Error, Result};
use crate::evidence::github_event::{Event, Received};
use crate::facts::{DecisionRecord, Record, RecordKind, Span};
use crate::gate::decision_file::{self, is_id};
use crate::gate::ledger::Where;
use crate::ledger::{Filter, Ledger};

/// How many decisions are looked through for the newest one about the commit.
const LOOKED_THROUGH: u64 = 1_000;

/// The stages whose decisions are about what is deployed.
const DEPLOYS: [&str; 2] = ["release", "rollout"];

/// GitHub shows no longer comment.
const LONGEST_COMMENT: usize = 1_000;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// The file of a decision, its id or the beginning of it; `None` for the newest one of the ledger about releasing or rolling out
    /// the commit.
    pub decision: Option<String>,
    pub place: Where,
    /// How old the decision may be.
    pub max_age: Span,
    pub now: Timestamp,
}

/// What the deployment is told.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// It may go on, or may not: a request to write.
    Answer { path: String, body: Value, approved: bool, said: String },
    /// It goes on waiting: nothing forbids it, but something that must be known is not.
    Wait { said: String },
}

/// A decision, as far as it answers.
struct Known {
    id: String,
    stage: String,
    service: Option<String>,
    verdict: String,
    mode: String,
    head: Option<String>,
    at: Timestamp,
}

/// The answer to a deployment that waits.
///
/// A decision passes a deployment of its own commit only, and only for a short time. A hold is no answer: the deployment waits for the
/// next look. Where a decision is in mode `warn`, it goes on and the comment says what was found.
///
/// # Errors
/// An event of another kind or repository; no decision about this commit, or one that is too old: nothing is sent then, and the
/// deployment goes on waiting.
pub fn reply(access: &Access, received: &Received, request: &Request) -> Result<Reply> {
    same_repository(access, received)?;
    let Event::Protection { environment, run, commit, callback } = &received.event else {
        return Err(Error::new("this event is no deployment that waits")
            .hint("`kadian github handle-event` carries out what a button asks for"));
    };
    let path = format!("/repos/{}/actions/runs/{run}/deployment_protection_rule", access.repository);
    // The token goes to the API that is configured, whatever the event names.
    if !callback.eq_ignore_ascii_case(&format!("{}{path}", access.api)) {
        return Err(Error::new(format!("the event wants its answer at {callback}, which is not this repository's API")));
    }
    let known = decision(request, commit)?;
    about(&known, commit, request)?;
    let (id, verdict) = (known.id.get(..12).unwrap_or(&known.id), known.verdict.as_str());
    let approved = match (verdict, known.mode.as_str()) {
        (_, "shadow") => return Err(Error::new(format!("the decision {id} is in mode shadow, and tells nobody anything"))),
        ("pass", _) | ("hold" | "block" | "rollback", "warn") => true,
        ("hold", _) => {
            return Ok(Reply::Wait {
                said: format!("{environment} goes on waiting: the decision {id} is to hold; look again later"),
            });
        }
        ("block" | "rollback", _) => false,
        (other, _) => return Err(Error::new(format!("the decision {id} has a verdict that nobody knows: {other}"))),
    };
    let state = if approved { "approved" } else { "rejected" };
    let warned = if approved && verdict != "pass" { ", in mode warn" } else { "" };
    let said = format!("kadian: {verdict}{warned} (decision {id} about {})", commit.get(..12).unwrap_or(commit));
    let comment: String = said.chars().take(LONGEST_COMMENT).collect();
    Ok(Reply::Answer {
        path,
        body: json!({"environment_name": environment, "state": state, "comment": comment}),
        approved,
        said: format!("{environment}: {state}: {said}"),
    })
}

fn about(known: &Known, commit: &str, request: &Request) -> Result<()> {
    let id = known.id.get(..12).unwrap_or(&known.id);
    if !DEPLOYS.contains(&known.stage.as_str()) {
        return Err(Error::new(format!("the decision {id} is of the stage `{}`", known.stage))
            .hint("a verdict about pushing or merging says nothing about deploying: decide with `kadian check release` or `check rollout`"));
    }
    let service = request.place.config(&[])?.service.name;
    if service.is_none() || known.service != service {
        let name = |service: &Option<String>| service.clone().unwrap_or_else(|| "no service".to_owned());
        return Err(Error::new(format!("the decision {id} is about {}, and this is {}", name(&known.service), name(&service)))
            .hint("name the service in kadian.yaml: `service: {name: ...}`"));
    }
    if known.head.as_deref() != Some(commit) {
        let head = known.head.as_deref().unwrap_or("no commit");
        return Err(Error::new(format!("the decision {id} is about {head}, and the deployment about {commit}"))
            .hint("decide about the commit that is deployed"));
    }
    let age = request.now.duration_since(known.at);
    if age > request.max_age.signed() || age < SignedDuration::from_mins(-1) {
        return Err(Error::new(format!(
            "the decision {id} was made at {}, and may be {} old at most",
            known.at, request.max_age
        ))
        .hint("decide again: what was true then may not be true now"));
    }
    Ok(())
}

fn decision(request: &Request, commit: &str) -> Result<Known> {
    match &request.decision {
        Some(path) if !is_id(path) => {
            let file = decision_file::read(path)?;
            let text = |pointer: &str| file.record.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
            Ok(Known {
                verdict: text("/verdict").unwrap_or_default(),
                mode: text("/mode").unwrap_or_default(),
                stage: text("/stage").unwrap_or_default(),
                service: text("/subject/service"),
                head: text("/subject/head"),
                id: file.id,
                at: file.at,
            })
        }
        id => {
            let (address, root) = request.place.address()?;
            let mut ledger = Ledger::open_existing(&address, &root)?;
            let service = request.place.config(&[])?.service.name;
            let filter = Filter {
                kinds: vec![RecordKind::Decision],
                service,
                newest_first: true,
                limit: Some(LOOKED_THROUGH),
                ..Filter::default()
            };
            let entries = ledger.select(&filter)?.into_iter();
            let decided = entries.filter_map(|entry| match entry.record {
                Record::Decision(record) => Some((record, entry.at)),
                _ => None,
            });
            let wanted = |record: &DecisionRecord| match id {
                Some(id) => record.id.starts_with(id.as_str()),
                // A verdict about merging says nothing about deploying.
                None => record.head.as_deref() == Some(commit) && DEPLOYS.contains(&record.stage.as_str()),
            };
            let mut found: Vec<(DecisionRecord, Timestamp)> = decided.filter(|(record, _)| wanted(record)).collect();
            if let Some(text) = id
                && found.iter().any(|(record, _)| record.id != found[0].0.id)
            {
                return Err(Error::new(format!("{text} may be any of several decisions; give more of its digits")));
            }
            if found.is_empty() {
                let what = id.as_deref().unwrap_or(commit);
                return Err(Error::new(format!("the ledger knows no recent decision about releasing {what}"))
                    .hint("decide first, with --record, or name the decision's file: --decision FILE"));
            }
            // The newest comes first.
            let (DecisionRecord { id, stage, service, verdict, mode, head, .. }, at) = found.swap_remove(0);
            Ok(Known { id, stage, service, verdict, mode, head, at })
        }
    }
}
