//! What every report says about a decision, before it is laid out.

use std::borrow::Cow;
use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;

use crate::decide::{Decision, Effect, Finding, Undecided};
use crate::facts::Severity;

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
        let named: BTreeSet<&str> = decision.findings.iter().map(|finding| finding.id.as_str()).collect();
        let silent = decision.undecided.iter().filter(|undecided| !named.contains(undecided.id.as_str()));
        groups.hold.extend(silent.map(|undecided| Cow::Owned(as_finding(undecided))));
        groups.note.sort_by_key(|finding| !decision.undecided.iter().any(|undecided| undecided.id == finding.id));
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
        metadata: serde_json::Map::new(),
    }
}

/// Whom and what the verdict is about: `pay (L1) at merge`, or `merge (L2)` without a service.
pub(super) fn subject(decision: &Decision) -> String {
    match &decision.subject.service {
        Some(service) => format!("{service} ({}) at {}", decision.subject.tier, decision.stage),
        None => format!("{} ({})", decision.stage, decision.subject.tier),
    }
}

/// How many of what, without what there is none of: `2 reasons to stop, 1 thing not known, 9 checks passed`.
pub(super) fn counts(decision: &Decision, groups: &Groups<'_>) -> String {
    let unknown: BTreeSet<&str> = decision.undecided.iter().map(|undecided| undecided.id.as_str()).collect();
    let waits = groups.hold.iter().filter(|finding| !unknown.contains(finding.id.as_str())).count();
    // Where something stops or holds, the verdict's own reasons have the line to themselves.
    let quiet = groups.stop.is_empty() && groups.hold.is_empty();
    let parts = [
        (groups.stop.len(), "reason to stop", "reasons to stop"),
        (waits, "reason to wait", "reasons to wait"),
        (unknown.len(), "thing not known", "things not known"),
        (if quiet { groups.warn.len() } else { 0 }, "warning", "warnings"),
        (if quiet { groups.waived.len() } else { 0 }, "waived", "waived"),
    ];
    let mut said: Vec<String> = parts.iter().filter(|(n, ..)| *n > 0).map(|(n, one, many)| count(*n, one, many)).collect();
    said.push(count(decision.passed.len(), "check passed", "checks passed"));
    said.join(", ")
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
    fn a_wait_is_said_in_its_two_largest_units() {
        let at = |second| Timestamp::from_second(second).unwrap();
        for (second, text) in [(0, "now"), (59, "in 59 s"), (540, "in 9 min"), (7_500, "in 2 h 5 min"), (90_000, "in 1 d 1 h")] {
            assert_eq!(until(at(0), at(second)), text);
        }
    }
}
