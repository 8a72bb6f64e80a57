//! From gathered evidence to a decision: evaluates the policies that can judge, and says of the others why they cannot.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::thread;

use serde_json::Value;

use super::applicable::{GateRule, gate_finding, obstacle, unjudged};
use super::gather::Gathered;
use super::judge::Judge;
use super::record::{self, Basis};
use super::rollout::Rolling;
use super::subject::Subject;
use super::waivers::{self, Names};
use super::{Checked, Request, applicable};
use crate::analyze::sql::RULES;
use crate::config::{Config, Unknown};
use crate::decide::{self, Effect, Head, Judgement, Outcome, Rule, Stage, Terms, Waiver, WaiverSubject, Waiving};
use crate::error::{Error, Result};
use crate::facts::Kind;
use crate::input::Input;
use crate::nearest::nearest;
use crate::policy::{self, Check, Library, Limits};
use crate::schema::{self, Document};

/// Evaluates the judge's policies over the document of each change and weighs what they say together.
pub(super) fn decide(
    request: &Request,
    subject: &Subject,
    judge: &Judge,
    (gathered, documents): (&[Gathered], Vec<Value>),
    rolling: Option<&Rolling>,
    (library, settings): (Library, Value),
) -> Result<Checked> {
    let checks: Vec<&Check> = library.checks().iter().filter(|check| check.stages.contains(&request.stage)).collect();
    if checks.is_empty() {
        return Err(Error::new(format!("no policy judges at {}", request.stage)).hint(
            "a gate without policies would pass everything: name some under `policies.paths`, or set `policies: {shipped: true}`",
        ));
    }
    known_modes(&judge.config, &library)?;
    // Large documents take long to be digested, and not every core has a policy to evaluate.
    let (judgements, input_digest) = thread::scope(|scope| {
        let digest = scope.spawn(|| record::input_digest(&documents));
        let judge = |(one, document)| judge_one(request, &library, &checks, &settings, (one, document), rolling);
        let judgements: Result<Vec<Vec<Judgement>>> = gathered.iter().zip(&documents).map(judge).collect();
        (judgements, digest.join())
    });
    let judgements = judgements?.into_iter().flatten().collect();
    let input_digest = input_digest.map_err(|_| Error::new("the input cannot be digested; please report it"))??;
    let unknown = unknown_effect(request.stage, &judge.config, rolling);
    let names = Names::of(&library);
    names.hold(&judge.config)?;
    let mut known: Vec<Waiver> = judge.waivers.iter().cloned().map(|waiver| names.judge(waiver)).collect();
    let asked: Vec<_> = gathered.iter().flat_map(|one| one.asked.iter().cloned()).collect();
    let asked = waivers::requests(&asked, &names, subject.number);
    known.extend(asked.waivers);
    let about = waived_subject(subject, judge, rolling);
    let limits = &judge.config.settings.waivers;
    let terms = Terms {
        rolls_back: rolling.is_some_and(Rolling::may_be_out),
        now: request.now,
        unknown,
        modes: &judge.config.policies.modes,
        waiving: Waiving {
            waivers: &known,
            unread: &asked.unread,
            unwaivable: &limits.unwaivable,
            about: &about,
            max_days: limits.max_days,
            expiring_days: limits.expiring_days,
        },
    };
    let cache: RefCell<BTreeMap<String, Option<Vec<u8>>>> = RefCell::default();
    let line_text = |file: &str, line: u32| subject.line(&mut cache.borrow_mut(), file, line);
    let walked: RefCell<waivers::Walked> = RefCell::default();
    let presence = |glob: &globset::GlobMatcher| waivers::presence(subject, &mut walked.borrow_mut(), glob);
    let judged = decide::decide(judgements, terms, Head { line_text: &line_text, presence: &presence });
    let basis = Basis { gathered, input_digest, library: &library, settings: &settings, rolling };
    let mut decision = record::record(request, subject, judge, basis, judged)?;
    decision.notes.extend(asked.note);
    decision.notes.sort();
    let folder = judge.slis.as_ref().and_then(|slis| slis.cache.as_ref()).map(|cache| subject.root.join(&cache.folder));
    let live = gathered.iter().flat_map(|one| one.live.iter().cloned()).collect();
    // Nobody waits for the policies to be taken apart.
    rayon::spawn(move || drop(library));
    Ok(Checked {
        decision,
        documents,
        settings,
        policies: judge.policies.clone(),
        live,
        cache: folder,
        unrecorded: None,
        ledger: None,
        rolling: None,
    })
}

/// What waivers may name: the service as it is configured, else as the plan names it, the plan, and the pull request.
fn waived_subject(subject: &Subject, judge: &Judge, rolling: Option<&Rolling>) -> WaiverSubject {
    let plan = rolling.map(|rolling| &rolling.planned.plan);
    let service = judge.config.service.name.clone();
    WaiverSubject {
        service: service.or_else(|| plan.map(|plan| plan.service.clone())),
        plan: plan.map(|plan| plan.id.clone()),
        pull_request: subject.number,
    }
}

/// Loads and lints the judge's policies, with what they see as `data.kadian.settings`.
pub(super) fn library(judge: &Judge) -> Result<(Library, Value)> {
    let settings = settings(&judge.config)?;
    let vocabulary = || policy::Vocabulary { input: schema::of(Document::Input), settings: schema::of(Document::Settings) };
    let namespaces = &judge.config.policies.namespaces;
    let library = Library::load(judge.policies.clone(), namespaces, &vocabulary, &settings).map_err(policy::into_error)?;
    Ok((library, settings))
}

/// What policies see as `data.kadian.settings`.
fn settings(config: &Config) -> Result<Value> {
    serde_json::to_value(&config.settings).map_err(|error| Error::new(format!("the settings cannot be written: {error}")))
}

/// Every judgement about one document: what the policies say of it, and what stands in their way.
fn judge_one(
    request: &Request,
    library: &Library,
    checks: &[&Check],
    settings: &Value,
    (gathered, document): (&Gathered, &Value),
    rolling: Option<&Rolling>,
) -> Result<Vec<Judgement>> {
    let input = &gathered.input;
    let mut judgements = Vec::new();
    let mut ready = Vec::new();
    for check in checks {
        if rolling.is_some_and(Rolling::is_rollback) && check.needs.iter().any(about_what_runs) {
            judgements.push(Judgement { rule: rule(check), outcome: needless() });
            continue;
        }
        match obstacle(&check.needs, input, &gathered.expected, request.stage) {
            Some(outcome) => judgements.push(Judgement { rule: rule(check), outcome }),
            None => ready.push(*check),
        }
    }
    let evaluated = library
        .evaluate(&policy::Request { input: document, settings, now: request.now, checks: &ready, limits: Limits::default() })
        .map_err(Error::from)?;
    // The answers come in the order of the checks; two checks may have one id.
    for (check, (_, outcome)) in ready.iter().zip(evaluated) {
        judgements.push(Judgement { rule: rule(check), outcome: outcome_of(outcome) });
    }
    let needed: BTreeSet<Kind> = checks.iter().flat_map(|check| check.needs.iter().cloned()).collect();
    judgements.extend(unjudged(input, &gathered.expected, &needed, request.stage));
    if request.stage != Stage::Push {
        judgements.extend(nothing_seen(input, request.stage, ready.is_empty()));
    }
    if let Some(reason) = rolling.and_then(|rolling| rolling.refused.as_deref()) {
        judgements.push(gate_finding(
            GateRule::Slot,
            "A slot is free",
            reason,
            "ask again: another runner took the last free slot in the same moment",
        ));
    }
    Ok(judgements)
}

/// Evidence about what runs now: it is the reason to take a rollout back, and must not keep it from being taken back.
fn about_what_runs(kind: &Kind) -> bool {
    !matches!(kind, Kind::Rollout | Kind::History | Kind::Change | Kind::Catalogue | Kind::Custom(_))
}

fn needless() -> Outcome {
    Outcome::NotApplicable {
        reason: "a rollback does not wait for it".to_owned(),
        enable: "type: daily   # in the plan".to_owned(),
    }
}

/// A change without files, or a document that no policy could judge, passes nothing but a push. A rollout may well carry no commits:
/// it may be of configuration or data, or of a version that was there before.
fn nothing_seen(input: &Input, stage: Stage, none_ready: bool) -> Vec<Judgement> {
    let mut said = Vec::new();
    let empty = input.change.facts().is_some_and(|change| change.files.is_empty());
    if empty && stage != Stage::Rollout {
        said.push(gate_finding(
            GateRule::EmptyChange,
            "The change has content",
            "the change is empty: base and head hold the same files",
            "check --base and --head: a change that is already merged, or a base that is the head itself, gives nothing to judge",
        ));
    }
    if none_ready {
        said.push(gate_finding(
            GateRule::NothingJudged,
            "Some policy judges",
            "no policy could judge: none has the evidence that it needs",
            "see the policies that are not applicable, and bring the evidence of one of them",
        ));
    }
    said
}

fn rule(check: &Check) -> Rule {
    Rule {
        id: check.id.clone(),
        policy: check.subject.clone(),
        title: check.title.clone(),
        effect: check.effect,
        severity: check.severity,
        requirement: check.requirement.clone(),
        remedy: check.remedy.clone(),
        needs: check.needs.clone(),
        effective_on: check.effective_on,
        waivable: check.waivable,
    }
}

fn outcome_of(outcome: policy::Outcome) -> Outcome {
    match outcome {
        policy::Outcome::Findings(findings) => Outcome::Evaluated(findings),
        policy::Outcome::CannotDecide { reason } => Outcome::CannotDecide { reason, remedy: None, waits_for: Vec::new() },
    }
}

fn unknown_effect(stage: Stage, config: &Config, rolling: Option<&Rolling>) -> Effect {
    if rolling.is_some_and(Rolling::is_rollback) {
        return Effect::Note;
    }
    match config.stages.get(&stage).and_then(|stage| stage.unknown) {
        Some(Unknown::Block) => Effect::Deny,
        Some(Unknown::Warn) => Effect::Warn,
        None if stage == Stage::Push => Effect::Note,
        Some(Unknown::Hold) | None => Effect::Hold,
    }
}

/// A rule about SQL that does not exist is a typo, which would leave the real one as it was.
fn known_rules(config: &Config) -> Result<()> {
    for key in config.settings.database.rules.keys() {
        if RULES.iter().all(|rule| rule.id != key) {
            let place = config.places.at(&["settings", "database", "rules", key]);
            let error = Error::new(format!("{place}: settings.database.rules: no rule is called `{key}`"));
            return Err(match nearest(key, RULES.iter().map(|rule| rule.id)) {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error.hint("docs/database-rules.md lists all of them"),
            });
        }
    }
    Ok(())
}

/// A mode for a policy that does not exist is a typo that would leave the real one enforced, or not.
fn known_modes(config: &Config, library: &Library) -> Result<()> {
    let mut known: BTreeSet<&str> = GateRule::ALL.into_iter().map(GateRule::id).chain([applicable::GATE]).collect();
    for check in library.checks() {
        known.extend([check.id.as_str(), check.subject.as_str()]);
    }
    // Findings about SQL carry the ids of the rules that made them.
    known.extend(RULES.iter().map(|rule| rule.id));
    known_rules(config)?;
    for key in config.policies.modes.keys() {
        if !known.contains(key.as_str()) {
            let place = config.places.at(&["policies", "modes", key]);
            let error = Error::new(format!("{place}: policies.modes: no policy is called `{key}`"));
            return Err(match nearest(key, known.iter().copied()) {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error.hint("`kadian policy list` shows all of them"),
            });
        }
    }
    Ok(())
}
