//! What every report says about going back, before it is laid out: where to, with which command, and what may go wrong.

use crate::decide::Decision;
use crate::facts::{BatchToTakeBack, Checked, RecoveryPart, Risk, Rollback, RollbackAction, RollbackStep};

/// Digits of a decision's id that tell it from every other one; `kadian rollback` takes the beginning of an id.
const SHORT_ID: usize = 12;

/// How many risks, and how many unmet preconditions, are said unless everything is asked for; the rest is counted.
const FEW: usize = 3;

/// One thing to say, with a word of at most nine letters before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) label: &'static str,
    pub(super) text: String,
    /// What is typed as it stands.
    pub(super) command: bool,
}

/// The recommendation, the most important first; empty when there is none. With `all` nothing is left out or cut short.
pub(super) fn said(decision: &Decision, all: bool) -> Vec<Said> {
    let Some(rollback) = &decision.rollback else { return Vec::new() };
    let mut out: Vec<Said> = Vec::new();
    let mut say = |label, text: String| out.push(Said { label, text, command: false });
    let Rollback { service, bad_version, return_to, .. } = rollback;
    if let (Some(fix), RollbackAction::ForwardFix) = (&rollback.forward_fix, rollback.action) {
        say("FORWARD", format!("do not take {service} {bad_version} back: {}", fix.reason));
        for advice in &fix.advice {
            say("do", advice.clone());
        }
    } else {
        let trusted = match &rollback.trusted {
            Some(trusted) => format!("which passed the gate on {}", trusted.at.strftime("%Y-%m-%d")),
            None => "which nothing on record vouches for".to_owned(),
        };
        say("ROLL BACK", format!("{service} {bad_version} → {return_to}, {trusted}"));
    }
    if !rollback.batches.is_empty() {
        let batches: Vec<String> = rollback.batches.iter().map(batch).collect();
        let verb = if rollback.action == RollbackAction::RollBack { "back, in this order: " } else { "out: " };
        say("batches", format!("{verb}{}", batches.join(", then ")));
    }
    let id: String = decision.id.chars().take(if all { usize::MAX } else { SHORT_ID }).collect();
    if let Some(command) = rollback.command_line(&id) {
        out.push(Said { label: "run", text: command, command: true });
    }
    out.extend(rest(rollback, all));
    out
}

/// What stands below the command.
fn rest(rollback: &Rollback, all: bool) -> Vec<Said> {
    let mut out: Vec<Said> = Vec::new();
    let mut say = |label, text: String| out.push(Said { label, text, command: false });
    let approvals = &rollback.approvals;
    if approvals.count > 0 && rollback.command.is_some() {
        let who: Vec<&str> = approvals.people.iter().chain(&approvals.teams).map(String::as_str).collect();
        let who = if who.is_empty() { "anybody".to_owned() } else { who.join(", ") };
        say("approve", format!("{} of {who}, each with --by NAME", approvals.count));
    }
    let saved: Vec<&str> =
        rollback.steps.iter().filter(|step| step.part == RecoveryPart::Save).map(|step| step.name.as_str()).collect();
    if !saved.is_empty() {
        say("saves", format!("{} first", saved.join(", ")));
    }
    let unmet = rollback.preconditions.iter().filter(|one| one.state == Checked::False);
    let unmet: Vec<String> = unmet.map(|one| with(&one.what, one.found.as_deref())).collect();
    for text in few(&unmet, all) {
        say("not met", text);
    }
    // The first line says already that nothing vouches for the version.
    let new = |risk: &&Risk| all || risk.id != "untrusted_version";
    let risks: Vec<String> = rollback.risks.iter().filter(new).map(|risk| risk.message.clone()).collect();
    for text in few(&risks, all) {
        say("risk", text);
    }
    if all {
        let unknown = rollback.preconditions.iter().filter(|one| one.state == Checked::Unknown);
        unknown.for_each(|one| say("not known", with(&one.what, one.found.as_deref())));
        let held = rollback.preconditions.iter().filter(|one| one.state == Checked::True);
        held.for_each(|one| say("met", with(&one.what, one.found.as_deref())));
        rollback.steps.iter().for_each(|one| say("step", step(one)));
    }
    for text in few(&rollback.verify, all) {
        say("verify", text);
    }
    out
}

fn batch(batch: &BatchToTakeBack) -> String {
    match &batch.region {
        Some(region) => format!("{} ({region})", batch.number),
        None => batch.number.to_string(),
    }
}

fn step(step: &RollbackStep) -> String {
    let place = match (step.batch, &step.region) {
        (Some(batch), _) => format!(" for batch {batch}"),
        (None, Some(region)) => format!(" for {region}"),
        (None, None) => String::new(),
    };
    let RollbackStep { number, part, name, executor, timeout_seconds, .. } = step;
    format!("{number}. {} {name}{place}: {executor}, within {timeout_seconds} s", part.word())
}

fn with(what: &str, found: Option<&str>) -> String {
    found.map_or_else(|| what.to_owned(), |found| format!("{what}: {found}"))
}

/// The first few, with how many more there are behind the last one.
fn few(texts: &[String], all: bool) -> Vec<String> {
    // The rest of one could as well be said.
    let most = if all || texts.len() == FEW + 1 { texts.len() } else { FEW };
    let mut shown: Vec<String> = texts.iter().take(most).cloned().collect();
    if let (Some(last), more @ 1..) = (shown.last_mut(), texts.len().saturating_sub(most)) {
        *last = format!("{last} (and {more} more)");
    }
    shown
}
