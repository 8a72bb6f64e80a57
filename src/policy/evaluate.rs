//! The checks of a library over one input document.

use jiff::Timestamp;
use rayon::prelude::*;
use serde_json::Value;

use super::absent::null;
use super::check::Check;
use super::engine::{Documents, Engine, Failure, Limits, RuleValue, Session, Workers};
use super::error::PolicyError;
use super::finding;
use crate::decide::Reason;

/// What to evaluate, over which documents, within which limits.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The whole input document.
    pub input: &'a Value,
    /// What policies see as `data.kadian.settings`.
    pub settings: &'a Value,
    /// The time that `time.now_ns()` gives.
    pub now: Timestamp,
    /// Checks of the library that is asked.
    pub checks: &'a [&'a Check],
    pub limits: Limits,
}

/// The answer of one check.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It was evaluated; without findings it passed. Sorted by message, file and line.
    Findings(Vec<Reason>),
    /// It could not be evaluated. Never a pass.
    CannotDecide {
        /// Why, and what to do, as a sentence that follows "cannot decide: ".
        reason: String,
    },
}

/// Evaluates the checks, in parallel, and returns their answers in the order of the request.
pub(super) fn evaluate(engine: &Engine, request: &Request<'_>) -> Result<Vec<(String, Outcome)>, PolicyError> {
    let documents = Documents { input: Some(request.input), settings: request.settings, now: request.now };
    let limits = request.limits;
    Workers::run(Some(limits.memory), || {
        let session = Session::new(engine, documents, limits.time);
        let one = |check: &&Check| {
            let outcome = match unknown(check, request) {
                Some(reason) => Outcome::CannotDecide { reason },
                None => match &session {
                    Ok(session) => judge(session, check, limits)?,
                    Err(failure) => cannot(check, failure, limits),
                },
            };
            Ok((check.id.clone(), outcome))
        };
        let answers = request.checks.par_iter().map(one).collect();
        // Nobody waits for the documents of the engine to be taken apart.
        rayon::spawn(move || drop(session));
        answers
    })?
}

fn judge(session: &Session, check: &Check, limits: Limits) -> Result<Outcome, PolicyError> {
    let elements = match session.rule(&check.target) {
        Ok(RuleValue::Set(elements)) => elements,
        Ok(RuleValue::Undefined) => {
            return Ok(Outcome::CannotDecide { reason: format!("the rule `{}` of {} is undefined", check.rule, check.file) });
        }
        Ok(RuleValue::Other(_)) => {
            let message = format!("`{}` of the package `{}` is not a set", check.rule, check.package);
            return Err(PolicyError::at(&check.file, check.line, 1, message));
        }
        Err(failure) => return Ok(cannot(check, &failure, limits)),
    };
    let mut findings = elements.into_iter().map(|element| finding::read(check, element)).collect::<Result<Vec<_>, _>>()?;
    findings.sort_by(|a, b| (&a.message, &a.file, a.line).cmp(&(&b.message, &b.file, b.line)));
    Ok(Outcome::Findings(findings))
}

fn cannot(check: &Check, failure: &Failure, limits: Limits) -> Outcome {
    let reason = match failure {
        Failure::Time => format!(
            "`{}` ({}:{}) took longer than {} ms; make the rule look at less, or raise the time limit",
            check.id,
            check.file,
            check.line,
            limits.time.as_millis()
        ),
        Failure::Memory => format!(
            "`{}` ({}:{}) needed more than {} MiB of memory; make the rule build less, or raise the memory limit",
            check.id,
            check.file,
            check.line,
            limits.memory / (1024 * 1024)
        ),
        Failure::Error(error) if error.file.is_empty() => {
            format!("`{}` ({}:{}) failed: {}", check.id, check.file, check.line, error.message)
        }
        Failure::Error(error) => format!("`{}` failed at {error}", check.id),
    };
    Outcome::CannotDecide { reason }
}

/// The first path that the check reads and that is null or absent in the documents.
fn unknown(check: &Check, request: &Request<'_>) -> Option<String> {
    check.conditions.iter().find_map(|read| null(request, read))
}
