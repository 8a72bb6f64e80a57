//! Whether a policy can be evaluated with the evidence at hand.

use std::collections::BTreeSet;

use crate::decide::{Judgement, Outcome, Reason, Rule, Stage};
use crate::facts::{Kind, Severity, Status};
use crate::input::Input;

/// The subject of the gate's own rules.
pub const GATE: &str = "gate";

/// A rule of the gate itself, which no policy makes. Its id may stand under `policies.modes`, as any policy's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GateRule {
    /// Evidence that no policy asks for is expected and not known, or there and damaged.
    Evidence,
    EmptyChange,
    NothingJudged,
    /// Another runner took the last place under a flow limit while this one decided.
    Slot,
}

impl GateRule {
    pub const ALL: [GateRule; 4] = [GateRule::Evidence, GateRule::EmptyChange, GateRule::NothingJudged, GateRule::Slot];

    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            GateRule::Evidence => "gate/evidence",
            GateRule::EmptyChange => "gate/empty-change",
            GateRule::NothingJudged => "gate/nothing-judged",
            GateRule::Slot => "gate/slot",
        }
    }
}

/// What stands in the way of evaluating a rule; `None` when nothing does.
///
/// Expected evidence that is not known: cannot decide. Evidence that nobody expects: not applicable when it is missing, cannot
/// decide when it is there but unreadable or stale.
#[must_use]
pub fn obstacle(needs: &[Kind], input: &Input, expected: &BTreeSet<Kind>, stage: Stage) -> Option<Outcome> {
    let unknown: Vec<(&Kind, Status)> = needs
        .iter()
        .map(|kind| (kind, input.state(kind).map_or(Status::Missing, |state| state.status)))
        .filter(|(_, status)| *status != Status::Known)
        .collect();
    let absent: Vec<&Kind> = unknown
        .iter()
        .filter(|(kind, status)| *status == Status::Missing && !expected.contains(kind))
        .map(|(kind, _)| *kind)
        .collect();
    if !absent.is_empty() {
        return Some(not_applicable(&absent, expected, stage));
    }
    let (first, _) = unknown.first()?;
    let reasons: Vec<String> = unknown.iter().map(|(kind, status)| sentence(kind, *status, input)).collect();
    Some(Outcome::CannotDecide {
        reason: reasons.join("; "),
        remedy: Some(remedy(first, stage)),
        waits_for: unknown.iter().map(|(kind, _)| (*kind).clone()).collect(),
    })
}

/// Evidence that stands in the way of a decision although no policy asks for it: expected and not known, or there and damaged.
#[must_use]
pub fn unjudged(input: &Input, expected: &BTreeSet<Kind>, needed: &BTreeSet<Kind>, stage: Stage) -> Vec<Judgement> {
    let kinds: BTreeSet<Kind> = expected.iter().cloned().chain(input.kinds()).collect();
    kinds
        .into_iter()
        .filter(|kind| !needed.contains(kind))
        .filter_map(|kind| {
            let status = input.state(&kind).map_or(Status::Missing, |state| state.status);
            let stops = match status {
                Status::Known => false,
                Status::Missing => expected.contains(&kind),
                Status::Unreadable | Status::Stale => true,
            };
            stops.then(|| Judgement {
                rule: gate_rule(GateRule::Evidence, "Expected evidence is known", vec![kind.clone()]),
                outcome: Outcome::CannotDecide {
                    reason: sentence(&kind, status, input),
                    remedy: Some(remedy(&kind, stage)),
                    waits_for: vec![kind],
                },
            })
        })
        .collect()
}

/// A finding of the gate itself, which no policy makes.
#[must_use]
pub fn gate_finding(own: GateRule, title: &str, message: &str, remedy: &str) -> Judgement {
    let reason = Reason { message: message.to_owned(), remedy: Some(remedy.to_owned()), ..Reason::default() };
    Judgement { rule: gate_rule(own, title, vec![Kind::Change]), outcome: Outcome::Evaluated(vec![reason]) }
}

fn gate_rule(own: GateRule, title: &str, needs: Vec<Kind>) -> Rule {
    Rule {
        id: own.id().to_owned(),
        policy: GATE.to_owned(),
        title: Some(title.to_owned()),
        effect: crate::decide::Effect::Hold,
        severity: Severity::Medium,
        requirement: None,
        remedy: None,
        needs,
        effective_on: None,
        // It says that something was not judged at all, which no exception can make up for.
        waivable: false,
    }
}

fn not_applicable(absent: &[&Kind], expected: &BTreeSet<Kind>, stage: Stage) -> Outcome {
    let names: Vec<String> = absent.iter().map(ToString::to_string).collect();
    let list: Vec<String> =
        expected.iter().chain(absent.iter().copied()).map(ToString::to_string).collect::<BTreeSet<_>>().into_iter().collect();
    Outcome::NotApplicable {
        reason: format!("nobody expects {} at {stage}, and none was found", names.join(" and ")),
        enable: format!("stages: {{{stage}: {{expect: [{}]}}}}", list.join(", ")),
    }
}

fn sentence(kind: &Kind, status: Status, input: &Input) -> String {
    let reason = input.state(kind).and_then(|state| state.reason.map(str::to_owned));
    let state = format!("{kind} {} {}", kind.verb(), status.word());
    match reason {
        Some(reason) => format!("{state}: {reason}"),
        None => state,
    }
}

fn remedy(kind: &Kind, stage: Stage) -> String {
    match kind {
        Kind::Change => "name the change with --base and --head, or --diff FILE".to_owned(),
        Kind::Review => {
            "on GitHub give the job `permissions: {contents: read, pull-requests: read}` and the step \
             `env: {GITHUB_TOKEN: \"${{ github.token }}\"}`; elsewhere get the change reviewed, and give the reviews with --evidence \
             review=FILE"
                .to_owned()
        }
        Kind::Tests | Kind::Coverage | Kind::Scan => {
            let what =
                if stage == Stage::Rollout { "run it against the batch that is out" } else { "make the report for this commit" };
            format!("{what} and name it: --evidence {kind}=GLOB, or under `evidence:` in kadian.yaml")
        }
        Kind::Canary => {
            "hand in samples of the gray version and of the baseline: --evidence canary=FILE, as JSON or CSV".to_owned()
        }
        Kind::Slo => "hand in the events of each objective: --evidence slo=FILE (kadian.slo/v1)".to_owned(),
        Kind::Capacity => {
            "hand in what runs, what it bears and what is forecast: --evidence capacity=FILE (kadian.capacity/v1)".to_owned()
        }
        Kind::Health => {
            "hand in the instances of the batch: --evidence health=FILE (kubectl get pods -o json, or kadian.health/v1)"
                .to_owned()
        }
        Kind::Alerts => {
            "hand in the active alerts: --evidence alerts=FILE (what /api/v2/alerts of the Alertmanager answers)".to_owned()
        }
        Kind::Incidents => {
            "hand in the open incidents and the active degradation plans: --evidence incidents=FILE (kadian.incidents/v1)"
                .to_owned()
        }
        Kind::Logs => {
            "hand in the logs of the gray version and of the baseline: --evidence logs:gray=GLOB --evidence logs:baseline=GLOB"
                .to_owned()
        }
        Kind::Rollout | Kind::History => {
            "see that the ledger can be reached and read; `kadian ledger verify` says what is wrong with it".to_owned()
        }
        Kind::Catalogue => "name the service catalogue under `catalogue:` in kadian.yaml".to_owned(),
        Kind::Documents | Kind::Custom(_) => format!("name it with --evidence {kind}=GLOB"),
        other => format!(
            "take {other} off `expect:` of this stage in kadian.yaml to go on without it: this version collects no such evidence"
        ),
    }
}
