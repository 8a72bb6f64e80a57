//! What every report says about a decision, before it is laid out.

use std::borrow::Cow;
use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use super::cause::{self, Cause};
use super::escape::terminal;
use crate::decide::{
    Carried, Decision, Effect, Finding, NotApplicable, RolloutSubject, Shadow, Undecided, WaiverRecord, WaiverState,
};
use crate::facts::{MergedChange, Phase, Severity};

/// The findings of a decision by what they do, each group in the decision's order.
#[derive(Debug)]
pub(super) struct Groups<'a> {
    /// Rollback and deny.
    pub(super) stop: Vec<&'a Finding>,
    /// Hold, and every undecided policy that has no finding of its own.
    pub(super) hold: Vec<Cow<'a, Finding>>,
    pub(super) warn: Vec<&'a Finding>,
    /// Notes that no waiver made; those of policies that could not decide come first.
    pub(super) note: Vec<&'a Finding>,
    pub(super) waived: Vec<&'a Finding>,
}

impl<'a> Groups<'a> {
    pub(super) fn of(decision: &'a Decision) -> Self {
        let mut groups = Groups { stop: vec![], hold: vec![], warn: vec![], note: vec![], waived: vec![] };
        for finding in &decision.findings {
            match finding.effect {
                Effect::Rollback | Effect::Deny => groups.stop.push(finding),
                Effect::Hold => groups.hold.push(Cow::Borrowed(finding)),
                Effect::Warn if finding.waiver.is_none() => groups.warn.push(finding),
                Effect::Note if finding.waiver.is_none() => groups.note.push(finding),
                Effect::Warn | Effect::Note => groups.waived.push(finding),
            }
        }
        let named: BTreeSet<&Undecided> =
            decision.findings.iter().filter_map(|finding| cause::undecided(finding, decision)).collect();
        let silent = decision.undecided.iter().filter(|undecided| !named.contains(undecided));
        groups.hold.extend(silent.map(|undecided| Cow::Owned(as_finding(undecided))));
        groups.note.sort_by_cached_key(|finding| cause::undecided(finding, decision).is_none());
        groups
    }

    /// Every finding, the strongest first.
    pub(super) fn all(&self) -> impl Iterator<Item = &Finding> {
        let strong = self.stop.iter().copied().chain(self.hold.iter().map(Cow::as_ref));
        strong.chain(self.warn.iter().copied()).chain(self.note.iter().copied()).chain(self.waived.iter().copied())
    }
}

/// An undecided policy as the finding that it should have had, so that no report can lose it.
fn as_finding(undecided: &Undecided) -> Finding {
    Finding {
        id: undecided.id.clone(),
        policy: undecided.id.split('/').next().unwrap_or_default().to_owned(),
        title: None,
        effect: Effect::Hold,
        declared_effect: Effect::Hold,
        severity: Severity::Medium,
        message: undecided.reason.clone(),
        file: None,
        line: None,
        expected: None,
        actual: None,
        distance: None,
        remedy: None,
        requirement: None,
        fingerprint: String::new(),
        evidence: undecided.waits_for.clone(),
        waiver: None,
        playbook: None,
        metadata: serde_json::Map::new(),
    }
}

/// Whom and what the verdict is about: `pay (L1) at merge`, or `merge (L2)` without a service.
pub(super) fn subject(decision: &Decision) -> String {
    if let (Some(service), Some(rollout)) = (&decision.subject.service, &decision.subject.rollout) {
        return format!("{service} ({}) {}", decision.subject.tier, part(rollout));
    }
    match &decision.subject.service {
        Some(service) => format!("{service} ({}) at {}", decision.subject.tier, decision.stage),
        None => format!("{} ({})", decision.stage, decision.subject.tier),
    }
}

/// Which part of which rollout: `1.4.1 to 1.4.2, before batch 2 of 3 in east`.
pub(super) fn part(rollout: &RolloutSubject) -> String {
    let versions = format!("{} to {}", rollout.from, rollout.to);
    let place = rollout.region.as_ref().map(|region| format!(" in {region}")).unwrap_or_default();
    match (rollout.batch, rollout.phase) {
        (Some(batch), Phase::Before) => format!("{versions}, before batch {batch} of {}{place}", rollout.batches),
        (Some(batch), _) => format!("{versions}, batch {batch} of {}{place}", rollout.batches),
        (None, _) => format!("{versions}, plan of {}", count_of(rollout.batches)),
    }
}

fn count_of(batches: u64) -> String {
    if batches == 1 { "1 batch".to_owned() } else { format!("{batches} batches") }
}

/// How many of what, without what there is none of: `2 reasons to stop, 1 thing not known, 9 checks passed`.
///
/// What several policies wait for is one thing not known.
pub(super) fn counts(decision: &Decision, groups: &Groups<'_>) -> String {
    let stop = Cause::of(groups.stop.iter().copied(), decision).len();
    let hold = Cause::of(groups.hold.iter().map(Cow::as_ref), decision);
    let warn = Cause::of(groups.warn.iter().copied(), decision);
    let lesser = Cause::of(groups.note.iter().chain(&groups.waived).copied(), decision);
    let unknown = hold.iter().chain(&warn).chain(&lesser).filter(|cause| cause.unknown).count();
    let decided = |causes: &[Cause<'_>]| causes.iter().filter(|cause| !cause.unknown).count();
    // Where something stops or holds, the verdict's own reasons have the line to themselves.
    let quiet = stop == 0 && hold.is_empty();
    let parts = [
        (stop, "reason to stop", "reasons to stop"),
        (decided(&hold), "reason to wait", "reasons to wait"),
        (unknown, "thing not known", "things not known"),
        (if quiet { decided(&warn) } else { 0 }, "warning", "warnings"),
        (if quiet { groups.waived.len() } else { 0 }, "waived", "waived"),
    ];
    let mut said: Vec<String> = parts.iter().filter(|(n, ..)| *n > 0).map(|(n, one, many)| count(*n, one, many)).collect();
    said.push(count(decision.passed.len(), "check passed", "checks passed"));
    said.join(", ")
}

/// The merged changes of a candidate, one line for each, up to `most`, and how many more there are.
pub(super) fn carried(carried: &Carried, most: usize) -> Vec<String> {
    let line = |change: &MergedChange| {
        let number = change.number.map(|number| format!("#{number} ")).unwrap_or_default();
        format!("{number}{} ({})", change.title, change.author)
    };
    let mut lines: Vec<String> = carried.newest.iter().take(most).map(line).collect();
    let left = carried.count.saturating_sub(lines.len() as u64);
    if left > 0 {
        lines.push(format!(
            "… {}",
            count(usize::try_from(left).unwrap_or(usize::MAX), "more merged change", "more merged changes")
        ));
    }
    lines
}

/// The waivers that somebody has something to do about, the most urgent first.
pub(super) fn waivers(decision: &Decision) -> Vec<&WaiverRecord> {
    let mut found: Vec<&WaiverRecord> = decision.waivers.iter().filter(|waiver| waiver.state.needs_somebody()).collect();
    found.sort_by_key(|waiver| (waiver.state, std::cmp::Reverse(waiver.findings)));
    found
}

/// How many of them there are in each state, with their ids: `1 asked for (scan/new), 2 ended (tests/failed, coverage/patch)`.
pub(super) fn waiver_states(waivers: &[&WaiverRecord]) -> String {
    /// Ids that are named for a state.
    const NAMED: usize = 3;
    let mut said = Vec::new();
    for part in waivers.chunk_by(|a, b| a.state == b.state) {
        let Some(first) = part.first() else { continue };
        let mut ids: Vec<&str> = part.iter().map(|waiver| waiver.id.as_str()).filter(|id| !id.is_empty()).collect();
        ids.dedup();
        let left = ids.len().saturating_sub(NAMED);
        ids.truncate(NAMED);
        let more = if left > 0 { format!(", {left} more") } else { String::new() };
        let ids = if ids.is_empty() { String::new() } else { format!(" ({}{more})", ids.join(", ")) };
        said.push(format!("{} {}{ids}", part.len(), waiver_word(first.state)));
    }
    said.join(", ")
}

/// A waiver's state in a word or two.
pub(super) fn waiver_word(state: WaiverState) -> &'static str {
    match state {
        WaiverState::Pending => "asked for",
        WaiverState::Refused => "refused",
        WaiverState::Expired => "ended",
        WaiverState::NoLongerMatches => "no longer matching",
        WaiverState::Expiring => "ending soon",
        WaiverState::NotStarted => "not started",
        WaiverState::Used => "used",
        WaiverState::Unused => "unused",
    }
}

/// What there is to say of a waiver, in one line: `scan/new, asked for by bob: bob has permission read ... (URL)`.
pub(super) fn waiver(waiver: &WaiverRecord) -> String {
    let id = if waiver.id.is_empty() { "a waiver" } else { &waiver.id };
    format!("{id}, {} ({}): {} ({})", waiver_word(waiver.state), waiver.owner, waiver.why, waiver.source)
}

/// A number with its noun.
pub(super) fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// Where a finding is: `src/pay.py:42`, `src/pay.py`, or nothing.
pub(super) fn place(finding: &Finding) -> Option<String> {
    let file = finding.file.as_ref()?;
    Some(finding.line.map_or_else(|| file.clone(), |line| format!("{file}:{line}")))
}

/// How far a finding is from passing: `found 66.66 %, wants 80 %: 3 more covered lines`. `None` when the rule said nothing of it.
pub(super) fn gap(finding: &Finding) -> Option<String> {
    let found = finding.actual.as_ref().map(|actual| format!("found {}", value(actual)));
    let wants = finding.expected.as_ref().map(|expected| format!("wants {}", value(expected)));
    let both = found.into_iter().chain(wants).collect::<Vec<_>>().join(", ");
    match (both.is_empty(), &finding.distance) {
        (true, None) => None,
        (true, Some(distance)) => Some(distance.clone()),
        (false, None) => Some(both),
        (false, Some(distance)) => Some(format!("{both}: {distance}")),
    }
}

/// What a heading adds where the effect is not what the symbol or the rule says.
pub(super) fn instead(finding: &Finding) -> Option<&'static str> {
    match (finding.effect, finding.declared_effect) {
        (Effect::Rollback, _) => Some("[roll back]"),
        (Effect::Warn | Effect::Note, _) if finding.waiver.is_some() => Some("[waived]"),
        (Effect::Warn, Effect::Deny | Effect::Rollback) => Some("[would stop if enforced]"),
        (Effect::Warn, Effect::Hold) => Some("[would hold if enforced]"),
        _ => None,
    }
}

/// Whether a message already says a gap: each word of the gap that holds a digit stands in the message too, or, where none does,
/// each word of what was found and what is wanted.
pub(super) fn says(message: &str, finding: &Finding) -> bool {
    let said: BTreeSet<String> = words(message).collect();
    let gap: Vec<String> = gap(finding).iter().flat_map(|gap| words(gap).collect::<Vec<_>>()).collect();
    let mut numbers = gap.iter().filter(|word| word.contains(|c: char| c.is_ascii_digit())).peekable();
    if numbers.peek().is_some() {
        return numbers.all(|word| said.contains(word));
    }
    gap.iter().filter(|word| !matches!(word.as_str(), "found" | "wants")).all(|word| said.contains(word))
}

/// The words of a text in lower case, without the punctuation around them.
fn words(text: &str) -> impl Iterator<Item = String> {
    text.split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase())
        .filter(|word| !word.is_empty())
}

/// What the verdict would be under the rules that the change brings, and how many findings come and go: `would be PASS, not BLOCK,
/// under the rules that this change brings: 0 findings new, 16 gone`. The verdict comes first, so that no cut can take it away.
pub(super) fn shadow(decision: &Decision, shadow: &Shadow) -> String {
    let (new, gone) = (shadow.appearing.len(), shadow.disappearing.len());
    let rules = "under the rules that this change brings";
    match (shadow.verdict, &shadow.error) {
        (Some(verdict), _) => {
            let verdict_there = verdict.word().to_uppercase();
            let beside = if verdict == decision.verdict {
                " too".to_owned()
            } else {
                format!(", not {},", decision.verdict.word().to_uppercase())
            };
            format!("would be {verdict_there}{beside} {rules}: {} new, {gone} gone", count(new, "finding", "findings"))
        }
        (None, Some(error)) => format!("cannot be told {rules}: {error}"),
        (None, None) => format!("cannot be told {rules}"),
    }
}

/// The policies that do not apply by why not and what would switch them on, in the order of the first of each.
pub(super) fn absent(decision: &Decision) -> Vec<(Vec<&str>, &NotApplicable)> {
    let mut all: Vec<(Vec<&str>, &NotApplicable)> = Vec::new();
    for policy in &decision.not_applicable {
        let same =
            |(_, first): &&mut (Vec<&str>, &NotApplicable)| (&first.reason, &first.enable) == (&policy.reason, &policy.enable);
        match all.iter_mut().find(same) {
            Some((ids, _)) => ids.push(&policy.id),
            None => all.push((vec![&policy.id], policy)),
        }
    }
    all
}

/// Ids with commas, as many as fit into so many columns; what is left out is counted.
pub(super) fn some_ids(ids: &[&str], columns: usize) -> String {
    let mut out = String::new();
    for (index, id) in ids.iter().enumerate() {
        let id = terminal(id);
        let rest = ids.len() - index - 1;
        let more = if rest == 0 { 0 } else { format!(", {rest} more").len() };
        if index > 0 && out.width() + 2 + id.width() + more > columns {
            return format!("{out}, {} more", rest + 1);
        }
        if index > 0 {
            out.push_str(", ");
        }
        out.push_str(&id);
    }
    out
}

/// A JSON value as a person would write it: text without quotes, lists with commas, objects with semicolons, `nothing` for null and for empty lists.
pub(super) fn value(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.is_empty() => "nothing".to_owned(),
        Value::Array(items) => items.iter().map(self::value).collect::<Vec<_>>().join(", "),
        Value::Object(map) => map.iter().map(|(key, item)| format!("{key} {}", self::value(item))).collect::<Vec<_>>().join("; "),
    }
}

/// Names with commas, or `nothing`.
pub(super) fn list(names: &[String]) -> String {
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}

/// How long until a time, in the two largest units: `in 2 h 5 min`; `now` when it is past.
pub(super) fn until(from: Timestamp, to: Timestamp) -> String {
    let seconds = to.as_second().saturating_sub(from.as_second());
    let (days, hours, minutes) = (seconds / 86_400, seconds % 86_400 / 3_600, seconds % 3_600 / 60);
    match (days, hours, minutes) {
        _ if seconds <= 0 => "now".to_owned(),
        (0, 0, 0) => format!("in {seconds} s"),
        (0, 0, minutes) => format!("in {minutes} min"),
        (0, hours, 0) => format!("in {hours} h"),
        (0, hours, minutes) => format!("in {hours} h {minutes} min"),
        (days, 0, _) => format!("in {days} d"),
        (days, hours, _) => format!("in {days} d {hours} h"),
    }
}

/// The revisions that were compared, shortened: `1a2b3c4..5d6e7f8`; `None` when only a diff was given.
pub(super) fn range(decision: &Decision) -> Option<String> {
    let short = |id: &String| id.chars().take(10).collect::<String>();
    match (&decision.subject.base, &decision.subject.head) {
        (Some(base), Some(head)) => Some(format!("{}..{}", short(base), short(head))),
        (None, Some(head)) => Some(short(head)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;
    use serde_json::json;

    #[test]
    fn an_undecided_policy_without_a_finding_is_still_held() {
        let mut decision = sample::pass();
        decision.undecided.push(Undecided { id: "scan/new".into(), reason: "scan is missing".into(), waits_for: vec![] });
        let groups = Groups::of(&decision);
        assert_eq!(groups.hold.len(), 1);
        assert!(counts(&decision, &groups).starts_with("1 thing not known, "));
    }

    #[test]
    fn values_read_as_a_person_writes_them() {
        assert_eq!(value(&json!(["a", 1, null, true, []])), "a, 1, nothing, yes, nothing");
        assert_eq!(value(&json!({"to": "1.4.1", "steps": [1, 2]})), "steps 1, 2; to 1.4.1");
    }

    #[test]
    fn a_gap_that_the_message_says_is_known_to_be_said() {
        let finding = |message: &str, actual, expected, distance: &str| Finding {
            actual: Some(actual),
            expected: Some(expected),
            distance: Some(distance.into()),
            ..sample::finding("a/b", Effect::Deny, message)
        };
        for (message, actual, expected, distance, said) in [
            (
                "62 of 81 lines (76.54 %), but 80 % must be: 3 more",
                json!("76.54 %"),
                json!("at least 80 %"),
                "3 more lines",
                true,
            ),
            (
                "62 of 81 lines (76.5 %), but 80 % must be: 3 more",
                json!("76.54 %"),
                json!("at least 80 %"),
                "3 more lines",
                false,
            ),
            ("Schema and code in one change", json!("schema and code"), json!("schema or code"), "2 changes", false),
            ("the work is in progress", json!("progress"), json!("finished work"), "", false),
            ("the work is in progress, not finished", json!("progress"), json!("finished work"), "", true),
        ] {
            let finding = finding(message, actual, expected, distance);
            assert_eq!(says(message, &finding), said, "{message}: {:?}", gap(&finding));
        }
    }

    #[test]
    fn ids_that_do_not_fit_are_counted() {
        let ids = ["tests/failed", "tests/flaky", "tests/skipped"];
        assert_eq!(some_ids(&ids, 80), "tests/failed, tests/flaky, tests/skipped");
        assert_eq!(some_ids(&ids, 32), "tests/failed, 2 more");
        assert_eq!(some_ids(&ids, 33), "tests/failed, tests/flaky, 1 more");
        assert_eq!(some_ids(&ids, 1), "tests/failed, 2 more");
    }

    #[test]
    fn a_wait_is_said_in_its_two_largest_units() {
        let at = |second| Timestamp::from_second(second).unwrap();
        for (second, text) in [(0, "now"), (59, "in 59 s"), (540, "in 9 min"), (7_500, "in 2 h 5 min"), (90_000, "in 1 d 1 h")] {
            assert_eq!(until(at(0), at(second)), text);
        }
    }
}
