//! The rules by which findings become a verdict.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use jiff::{Timestamp, civil::Date};
use sha2::{Digest, Sha256};

use super::waiver::{Entry, apply};
use super::{
    Effect, Finding, Judgement, Mode, NotApplicable, Outcome, Presence, Reason, Rule, Undecided, Verdict, WaiverRecord, Waiving,
};

/// What the decision depends on besides the judgements.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    /// Whether a batch may be out that can be taken back; where none is, to roll back is to block.
    pub rolls_back: bool,
    /// The time of the decision; its day counts in UTC.
    pub now: Timestamp,
    /// What a policy that could not be evaluated does to the verdict.
    pub unknown: Effect,
    /// The modes of single policies, by id or by subject.
    pub modes: &'a BTreeMap<String, Mode>,
    pub waiving: Waiving<'a>,
}

/// What may be asked about the changed tree.
#[derive(Clone, Copy)]
#[expect(missing_debug_implementations, reason = "functions have nothing to show")]
pub struct Head<'a> {
    /// The text of a line, for fingerprints.
    pub line_text: &'a dyn Fn(&str, u32) -> Option<String>,
    /// Whether files match a waiver's path.
    pub presence: &'a dyn Fn(&globset::GlobMatcher) -> Presence,
}

impl Terms<'_> {
    fn today(self) -> Date {
        self.now.to_zoned(TimeZone::UTC).date()
    }
}

/// The verdict and the lists of the decision record.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    pub verdict: Verdict,
    pub findings: Vec<Finding>,
    pub passed: Vec<String>,
    pub undecided: Vec<Undecided>,
    pub not_applicable: Vec<NotApplicable>,
    pub waivers: Vec<WaiverRecord>,
}

/// Weighs the judgements.
///
/// The verdict is the strongest effect that is left after `rolls_back`, start date, mode and waiver; without any it is a pass. The
/// caller makes sure that there is something to judge: no judgements at all give a pass here.
#[must_use]
pub fn decide(judgements: Vec<Judgement>, terms: Terms<'_>, head: Head<'_>) -> Judged {
    let mut entries = BTreeMap::new();
    let (mut passed, mut undecided, mut not_applicable) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut evaluated = BTreeSet::new();
    for Judgement { rule, outcome } in judgements {
        if matches!(outcome, Outcome::Evaluated(_)) {
            evaluated.insert(rule.id.clone());
        }
        match outcome {
            Outcome::Evaluated(reasons) if reasons.is_empty() => {
                passed.insert(rule.id);
            }
            Outcome::Evaluated(reasons) => {
                for reason in reasons {
                    insert(&mut entries, entry(&rule, finding(&rule, rule.effect, reason, terms, head.line_text), false));
                }
            }
            Outcome::CannotDecide { reason, remedy, waits_for } => {
                let reason_data = Reason { message: format!("cannot decide: {reason}"), remedy, ..Reason::default() };
                let mut said = finding(&rule, terms.unknown, reason_data, terms, head.line_text);
                said.severity = said.severity.min(crate::facts::Severity::Medium);
                insert(&mut entries, entry(&rule, said, true));
                undecided.insert(Undecided { id: rule.id, reason, waits_for });
            }
            Outcome::NotApplicable { reason, enable } => {
                not_applicable.insert(NotApplicable { id: rule.id, reason, enable });
            }
        }
    }
    // A check that one document lets decide and another does not was not made everywhere.
    for policy in &undecided {
        evaluated.remove(&policy.id);
    }
    let mut entries: Vec<Entry> = entries.into_values().collect();
    let waivers = apply(&mut entries, &evaluated, terms.waiving, terms.today(), head.presence);
    let mut findings = said_once(entries);
    findings.sort_by(|a, b| order(a).cmp(&order(b)));
    let found: BTreeSet<&str> = findings.iter().map(|finding| finding.id.as_str()).collect();
    passed.retain(|id: &String| !found.contains(id.as_str()));
    let verdict = findings.iter().map(|finding| verdict_of(finding.effect)).max().unwrap_or(Verdict::Pass);
    Judged {
        verdict,
        passed: passed.into_iter().collect(),
        undecided: undecided.into_iter().collect(),
        not_applicable: not_applicable.into_iter().collect(),
        findings,
        waivers,
    }
}

fn entry(rule: &Rule, finding: Finding, undecided: bool) -> Entry {
    Entry { finding, rule: rule.id.clone(), waivable: rule.waivable, undecided }
}

fn verdict_of(effect: Effect) -> Verdict {
    match effect {
        Effect::Note | Effect::Warn => Verdict::Pass,
        Effect::Hold => Verdict::Hold,
        Effect::Deny => Verdict::Block,
        Effect::Rollback => Verdict::Rollback,
    }
}

type Order<'a> =
    (std::cmp::Reverse<Effect>, std::cmp::Reverse<crate::facts::Severity>, &'a str, &'a Option<String>, Option<u32>, &'a str);

fn order(finding: &Finding) -> Order<'_> {
    let Finding { effect, severity, id, file, line, message, .. } = finding;
    (std::cmp::Reverse(*effect), std::cmp::Reverse(*severity), id, file, *line, message)
}

/// Rule, file, line and message of a finding.
type Place = (String, Option<String>, Option<u32>, String);

fn place(finding: &Finding) -> Place {
    (finding.id.clone(), finding.file.clone(), finding.line, finding.message.clone())
}

/// One entry a place, message and fingerprint: several pushed refs, or two rules with one id, may say the same. What one of them lets
/// nobody waive, nobody can.
fn insert(entries: &mut BTreeMap<(Place, String), Entry>, entry: Entry) {
    let key = (place(&entry.finding), entry.finding.fingerprint.clone());
    match entries.get_mut(&key) {
        Some(known) => {
            let waivable = known.waivable && entry.waivable;
            if known.finding.effect < entry.finding.effect {
                *known = entry;
            }
            known.waivable = waivable;
        }
        None => {
            entries.insert(key, entry);
        }
    }
}

/// One finding a place and message, the strongest: of two that differ in their fingerprint, a waiver may cover one.
fn said_once(entries: Vec<Entry>) -> Vec<Finding> {
    let mut findings: BTreeMap<Place, Finding> = BTreeMap::new();
    for Entry { finding, .. } in entries {
        match findings.get(&place(&finding)) {
            Some(known) if known.effect >= finding.effect => {}
            _ => {
                findings.insert(place(&finding), finding);
            }
        }
    }
    findings.into_values().collect()
}

fn finding(
    rule: &Rule,
    declared: Effect,
    reason: Reason,
    terms: Terms<'_>,
    line_text: &dyn Fn(&str, u32) -> Option<String>,
) -> Finding {
    let id = reason.id.unwrap_or_else(|| rule.id.clone());
    let text = match (&reason.file, reason.line) {
        (Some(file), Some(line)) => line_text(file, line).unwrap_or_default(),
        _ => String::new(),
    };
    let fingerprint = reason.fingerprint.unwrap_or_else(|| fingerprint(&id, reason.file.as_deref().unwrap_or_default(), &text));
    let mut metadata = reason.metadata;
    let mut finding = Finding {
        policy: rule.policy.clone(),
        title: rule.title.clone(),
        effect: declared,
        declared_effect: declared,
        severity: reason.severity.unwrap_or(rule.severity),
        message: reason.message,
        file: reason.file,
        line: reason.line,
        expected: reason.expected,
        actual: reason.actual,
        distance: reason.distance,
        remedy: reason.remedy.or_else(|| rule.remedy.clone()),
        requirement: rule.requirement.clone(),
        fingerprint,
        evidence: rule.needs.clone(),
        waiver: None,
        playbook: None,
        metadata: serde_json::Map::new(),
        id,
    };
    if finding.effect == Effect::Rollback && !terms.rolls_back {
        finding.effect = Effect::Deny;
    }
    if let Some(start) = rule.effective_on.filter(|start| terms.now < *start) {
        finding.effect = finding.effect.min(Effect::Warn);
        metadata.insert("effective_on".to_owned(), start.to_string().into());
    }
    match terms.modes.get(&finding.id).or_else(|| terms.modes.get(&rule.id)).or_else(|| terms.modes.get(&rule.policy)) {
        Some(Mode::Warn) => finding.effect = finding.effect.min(Effect::Warn),
        Some(Mode::Shadow) => finding.effect = Effect::Note,
        Some(Mode::Enforce) | None => {}
    }
    finding.metadata = metadata;
    finding
}

/// SHA-256 of id, path and line text, each followed by a NUL byte, in lower-case hexadecimal.
pub(super) fn fingerprint(id: &str, path: &str, text: &str) -> String {
    let mut hash = Sha256::new();
    for part in [id, path, text.trim_end_matches(['\r', '\n'])] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    format!("{:x}", hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::WaiverSubject;
    use crate::facts::{Kind, Severity};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn rule(id: &str, effect: Effect) -> Rule {
        Rule {
            id: id.to_owned(),
            policy: id.split('/').next().unwrap().to_owned(),
            title: None,
            effect,
            severity: Severity::High,
            requirement: None,
            remedy: None,
            needs: vec![Kind::Change],
            effective_on: None,
            waivable: true,
        }
    }

    fn says(rule: Rule, messages: &[&str]) -> Judgement {
        let reason = |message: &&str| Reason {
            message: (*message).to_owned(),
            file: Some("a.rs".into()),
            line: Some(3),
            ..Reason::default()
        };
        Judgement { rule, outcome: Outcome::Evaluated(messages.iter().map(reason).collect()) }
    }

    fn unknown(id: &str) -> Judgement {
        let outcome = Outcome::CannotDecide { reason: "tests are missing".into(), remedy: None, waits_for: vec![Kind::Tests] };
        Judgement { rule: rule(id, Effect::Warn), outcome }
    }

    const HEAD: Head<'_> = Head { line_text: &|_, _| None, presence: &|_| Presence::Unknown };

    fn terms(modes: &BTreeMap<String, Mode>) -> Terms<'_> {
        const ANYTHING: WaiverSubject = WaiverSubject { service: None, plan: None, pull_request: None };
        let waiving = Waiving { waivers: &[], unread: &[], unwaivable: &[], about: &ANYTHING, max_days: 90, expiring_days: 7 };
        Terms { rolls_back: false, now: at("2026-01-10T12:00:00Z"), unknown: Effect::Hold, modes, waiving }
    }

    fn judge(judgements: Vec<Judgement>, change: impl FnOnce(&mut Terms<'_>)) -> Judged {
        let modes = BTreeMap::new();
        let mut terms = terms(&modes);
        change(&mut terms);
        decide(judgements, terms, HEAD)
    }

    #[test]
    fn the_strongest_effect_is_the_verdict() {
        let all =
            vec![says(rule("a/deny", Effect::Deny), &["no"]), says(rule("b/hold", Effect::Hold), &["wait"]), unknown("c/x")];
        assert_eq!(judge(all.clone(), |_| {}).verdict, Verdict::Block);
        assert_eq!(judge(all[1..].to_vec(), |_| {}).verdict, Verdict::Hold);
        assert_eq!(judge(vec![says(rule("d/warn", Effect::Warn), &["hm"])], |_| {}).verdict, Verdict::Pass);
        assert_eq!(judge(vec![says(rule("a/deny", Effect::Deny), &[])], |_| {}).passed, ["a/deny"]);
    }

    #[test]
    fn a_rollback_blocks_outside_a_rollout() {
        let all = vec![says(rule("a/back", Effect::Rollback), &["bad"])];
        assert_eq!(judge(all.clone(), |_| {}).verdict, Verdict::Block);
        assert_eq!(judge(all, |terms| terms.rolls_back = true).verdict, Verdict::Rollback);
    }

    #[test]
    fn what_cannot_be_decided_holds_even_where_the_rule_only_warns() {
        let judged = judge(vec![unknown("c/x")], |_| {});
        assert_eq!(judged.verdict, Verdict::Hold);
        assert_eq!(judged.undecided[0].waits_for, [Kind::Tests]);
        assert_eq!(judged.findings[0].message, "cannot decide: tests are missing");
        assert_eq!(judge(vec![unknown("c/x")], |terms| terms.unknown = Effect::Note).verdict, Verdict::Pass);
    }

    #[test]
    fn a_policy_in_warn_or_shadow_mode_does_not_affect_the_verdict() {
        for (key, mode) in [("a/deny", Mode::Warn), ("a", Mode::Shadow)] {
            let modes = BTreeMap::from([(key.to_owned(), mode)]);
            let judged = decide(vec![says(rule("a/deny", Effect::Deny), &["no"])], terms(&modes), HEAD);
            assert_eq!(judged.verdict, Verdict::Pass);
            assert_eq!(judged.findings.len(), 1, "it is still said");
        }
    }

    #[test]
    fn a_rule_that_starts_later_warns_until_its_day() {
        let mut later = rule("a/deny", Effect::Deny);
        later.effective_on = Some(at("2026-01-11T00:00:00Z"));
        assert_eq!(judge(vec![says(later.clone(), &["no"])], |_| {}).verdict, Verdict::Pass);
        assert_eq!(judge(vec![says(later, &["no"])], |terms| terms.now = at("2026-01-11T00:00:00Z")).verdict, Verdict::Block);
    }

    #[test]
    fn the_order_of_judgements_does_not_matter() {
        let all = vec![
            unknown("c/x"),
            says(rule("a/deny", Effect::Deny), &["no", "also no", "no"]),
            says(rule("b/w", Effect::Warn), &["hm"]),
        ];
        let mut reversed = all.clone();
        reversed.reverse();
        assert_eq!(judge(all.clone(), |_| {}), judge(reversed, |_| {}));
        assert_eq!(judge(all, |_| {}).findings.len(), 4, "the same reason is said once");
    }
}
