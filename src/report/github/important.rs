//! What to show first where not everything can be shown.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::decide::{Decision, Effect};
use crate::report::cause::Cause;
use crate::report::summary::Groups;

/// The reasons of a decision, the most important first: by what they do, then the gravest of each check before the second of any, so that
/// five thousand findings of one scanner leave room for the one failed test. Waived ones are last.
pub(super) fn ranked<'a>(groups: &'a Groups<'a>, decision: &'a Decision) -> Vec<Cause<'a>> {
    let mut causes = Cause::of(groups.all(), decision);
    causes.sort_by_key(|cause| (Reverse(rank(cause)), Reverse(cause.first.severity)));
    let mut seen: BTreeMap<(u8, &str), usize> = BTreeMap::new();
    let mut numbered: Vec<((Reverse<u8>, usize), Cause<'a>)> = causes
        .into_iter()
        .map(|cause| {
            let nth = seen.entry((rank(&cause), cause.first.id.as_str())).or_default();
            *nth += 1;
            ((Reverse(rank(&cause)), *nth), cause)
        })
        .collect();
    // Stable: among equals the gravest stays first, then the decision's order.
    numbered.sort_by_key(|(place, _)| *place);
    numbered.into_iter().map(|(_, cause)| cause).collect()
}

fn rank(cause: &Cause<'_>) -> u8 {
    match cause.first.effect {
        Effect::Rollback => 5,
        Effect::Deny => 4,
        Effect::Hold => 3,
        Effect::Warn | Effect::Note if cause.first.waiver.is_some() => 0,
        Effect::Warn => 2,
        Effect::Note => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::Finding;
    use crate::facts::Severity;
    use crate::report::sample;

    #[test]
    fn the_first_of_each_check_comes_before_the_second_of_any() {
        let mut decision = sample::pass();
        let of = |id: &str, severity, message: &str| Finding { severity, ..sample::finding(id, Effect::Deny, message) };
        decision.findings = vec![
            of("a/a", Severity::Low, "1"),
            of("a/a", Severity::Critical, "2"),
            of("a/a", Severity::High, "3"),
            of("b/b", Severity::Medium, "4"),
            sample::finding("c/c", Effect::Rollback, "5"),
            sample::finding("d/d", Effect::Hold, "6"),
        ];
        let groups = Groups::of(&decision);
        let order: Vec<&str> = ranked(&groups, &decision).iter().map(|cause| cause.first.message.as_str()).collect();
        assert_eq!(order, ["5", "2", "4", "3", "1", "6"]);
    }
}
