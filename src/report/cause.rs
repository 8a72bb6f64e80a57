//! Findings that say the same thing for the same reason, said once.
//!
//! Where one report is missing, each policy that needs it has a finding of its own in the record. A reader has one thing to do, so
//! the reports for people show one block for all of them. The record, SARIF and `JUnit` keep one finding per policy.

use crate::decide::{Decision, Finding, Undecided};
use crate::facts::{Kind, Playbook};

/// One finding, or several that wait for the same thing.
#[derive(Debug, Clone)]
pub(super) struct Cause<'a> {
    /// Stands for all of them: what it says, the others say too.
    pub(super) first: &'a Finding,
    /// All of them in the decision's order, `first` included.
    pub(super) findings: Vec<&'a Finding>,
    /// The kinds of evidence that they wait for; empty when they wait for nothing, or for something else.
    waits_for: &'a [Kind],
    /// Whether the policies could not decide.
    pub(super) unknown: bool,
}

impl<'a> Cause<'a> {
    /// The findings by what causes them, in the order of the first finding of each. Only findings of policies that could not decide
    /// are put together: any other stands at a place of its own.
    pub(super) fn of(findings: impl IntoIterator<Item = &'a Finding>, decision: &'a Decision) -> Vec<Self> {
        let mut causes: Vec<Cause<'a>> = Vec::new();
        for finding in findings {
            let undecided = undecided(finding, decision);
            let known = causes.iter_mut().find(|cause| undecided.is_some() && cause.unknown && same(cause.first, finding));
            if let Some(cause) = known {
                cause.findings.push(finding);
                continue;
            }
            let waits_for = undecided.map_or(&[][..], |undecided| &undecided.waits_for);
            causes.push(Cause { first: finding, findings: vec![finding], waits_for, unknown: undecided.is_some() });
        }
        causes
    }

    /// What several findings wait for and how many they are: `coverage: 3 checks wait for it`. `None` for one finding, which has an
    /// id to be called by.
    pub(super) fn title(&self) -> Option<String> {
        let n = self.findings.len();
        if n < 2 {
            return None;
        }
        let kinds: Vec<String> = self.waits_for.iter().map(ToString::to_string).collect();
        let pronoun = match self.waits_for {
            [] => return Some(format!("{n} checks cannot decide")),
            [kind] if !kind.is_plural() => "it",
            _ => "them",
        };
        Some(format!("{}: {n} checks wait for {pronoun}", kinds.join(", ")))
    }

    /// What to do about it, where all of its findings say the same.
    pub(super) fn playbook(&self) -> Option<&'a Playbook> {
        let first = self.first.playbook.as_ref()?;
        self.findings.iter().all(|finding| finding.playbook.as_ref() == Some(first)).then_some(first)
    }

    /// The ids of its findings.
    pub(super) fn ids(&self) -> impl Iterator<Item = &'a str> {
        self.findings.iter().map(|finding| finding.id.as_str())
    }
}

/// What the record says of the policy behind the finding; `None` when it could decide.
pub(super) fn undecided<'a>(finding: &Finding, decision: &'a Decision) -> Option<&'a Undecided> {
    // A policy may decide about one pushed ref and not about another, so the id alone is not enough.
    decision.undecided.iter().find(|undecided| undecided.id == finding.id && finding.message.ends_with(&undecided.reason))
}

/// Whether two findings of undecided policies would be shown as the same words.
fn same(one: &Finding, other: &Finding) -> bool {
    one.effect == other.effect
        && (&one.message, &one.remedy) == (&other.message, &other.remedy)
        && (&one.file, one.line) == (&other.file, other.line)
        && (&one.expected, &one.actual, &one.distance) == (&other.expected, &other.actual, &other.distance)
        && one.waiver == other.waiver
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::Effect;
    use crate::report::sample;

    #[test]
    fn policies_that_wait_for_one_report_are_one_cause() {
        let decision = sample::unknown();
        let causes = Cause::of(&decision.findings, &decision);
        let titles: Vec<Option<String>> = causes.iter().map(Cause::title).collect();
        let said = |text: &str| Some(text.to_owned());
        assert_eq!(titles, [said("coverage: 3 checks wait for it"), said("tests: 2 checks wait for them"), None]);
        assert_eq!(causes[0].ids().collect::<Vec<_>>(), ["coverage/area", "coverage/patch", "coverage/unmeasured"]);
        assert_eq!(causes.iter().map(|cause| cause.findings.len()).sum::<usize>(), decision.findings.len());
    }

    #[test]
    fn another_effect_remedy_or_place_is_another_cause() {
        let decision = sample::unknown();
        for change in [
            |finding: &mut Finding| finding.effect = Effect::Note,
            |finding: &mut Finding| finding.remedy = None,
            |finding: &mut Finding| finding.file = Some("a".into()),
        ] {
            let mut findings = decision.findings.clone();
            change(&mut findings[1]);
            assert_eq!(Cause::of(&findings, &decision).len(), 4);
        }
    }

    #[test]
    fn findings_of_policies_that_decided_stay_apart() {
        let decision = sample::many();
        assert_eq!(Cause::of(&decision.findings, &decision).len(), decision.findings.len());
    }
}
