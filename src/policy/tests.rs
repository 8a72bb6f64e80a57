//! Whole libraries: what is refused, what is found, what cannot be decided.

mod evaluation;
mod reads;
mod refused;
mod testing;
mod vocabulary;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Library, Limits, Origin, Outcome, PolicyError, Request, SourceFile};
pub(super) use vocabulary::vocabulary;

pub(super) fn source(path: &str, text: &str) -> SourceFile {
    SourceFile { path: path.to_owned(), text: text.to_owned(), origin: Origin::User }
}

pub(super) fn load(files: &[(&str, &str)]) -> Result<Library, Vec<PolicyError>> {
    Library::load(files.iter().map(|(path, text)| source(path, text)).collect(), &[], &vocabulary, &json!({}))
}

pub(super) fn one(text: &str) -> Library {
    load(&[("a.rego", text)]).unwrap_or_else(|errors| panic!("{errors:#?}\n{text}"))
}

pub(super) fn now() -> Timestamp {
    "2026-01-02T03:04:05Z".parse().unwrap()
}

/// A document in which everything that the tests ask for is known.
pub(super) fn input() -> Value {
    json!({
        "gate": {"stage": "merge"},
        "tests": {"status": "known", "success_percent": 90.0, "failed": 1, "duration_seconds": null, "failures": []},
        "coverage": {"status": "known", "patch": {"lines": 10, "covered": 5, "percent": 50.0, "files": [], "unaccounted": []}},
        "scan": {"status": "known", "findings": [{"rule": "r1", "severity": "high", "message": "m", "file": "a.c", "line": 3}]},
        "custom": {"load": {"p99": 12}},
    })
}

pub(super) fn settings() -> Value {
    json!({"tests": {"success_percent": 100}, "coverage": {"patch_percent": 80}})
}

pub(super) fn run(library: &Library, input: &Value) -> Vec<(String, Outcome)> {
    evaluate(library, input, Limits::default()).unwrap()
}

pub(super) fn evaluate(library: &Library, input: &Value, limits: Limits) -> Result<Vec<(String, Outcome)>, PolicyError> {
    let checks: Vec<_> = library.checks().iter().collect();
    library.evaluate(&Request { input, settings: &settings(), now: now(), checks: &checks, limits })
}

/// The messages of one check's findings; its reason where it cannot decide.
pub(super) fn said(outcomes: &[(String, Outcome)], id: &str) -> Vec<String> {
    match &outcomes.iter().find(|(other, _)| other == id).unwrap_or_else(|| panic!("no {id} in {outcomes:?}")).1 {
        Outcome::Findings(findings) => findings.iter().map(|finding| finding.message.clone()).collect(),
        Outcome::CannotDecide { reason } => vec![format!("cannot decide: {reason}")],
    }
}
