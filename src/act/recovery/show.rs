//! What would run, for a person to read before it does; and whether enough people agree.

use super::plan::{Plan, PlannedStep};
use super::run::people;
use crate::facts::{Approvals, RollbackAction};

/// Exactly what would run, in lines.
#[must_use]
pub fn dry_run(plan: &Plan) -> String {
    let rollback = &plan.rollback;
    let batches: Vec<String> = rollback
        .batches
        .iter()
        .map(|batch| {
            batch.region.as_ref().map_or_else(|| batch.number.to_string(), |region| format!("{} ({region})", batch.number))
        })
        .collect();
    let mut lines = vec![
        format!(
            "{}: {} {} {} → {}, plan {}, batches {}",
            plan.run,
            RollbackAction::RollBack.words(),
            rollback.service,
            rollback.bad_version,
            rollback.return_to,
            rollback.plan,
            batches.join(", then ")
        ),
        format!("decision {}", plan.decision),
    ];
    lines.extend(rollback.risks.iter().map(|risk| format!("risk: {}", risk.message)));
    if rollback.approvals.count > 0 {
        lines.push(format!("approval: {} (--by NAME)", asked(&rollback.approvals)));
    }
    for step in &plan.steps {
        lines.push(String::new());
        lines.extend(of_step(step));
    }
    lines.push(String::new());
    lines.push("in the end".to_owned());
    lines.extend(plan.verify.iter().map(|look| format!("   verify  {}, within {} s", look.shown(), look.limit.as_secs())));
    lines.join("\n")
}

fn of_step(step: &PlannedStep) -> Vec<String> {
    let on = if step.continues { "goes on if it fails" } else { "stops if it fails" };
    let mut lines =
        vec![format!("{}. {} ({}, within {} s, {on})", step.number, step.title(), step.executor, step.limit.as_secs())];
    lines.extend(step.before.iter().map(|look| format!("   before  {}", look.shown())));
    for call in &step.calls {
        let mut shown = call.shown().into_iter();
        lines.extend(shown.next().map(|line| format!("   run     {line}")));
        lines.extend(shown.map(|line| format!("           {line}")));
    }
    lines.extend(step.after.iter().map(|look| format!("   after   {}, within {} s", look.shown(), look.limit.as_secs())));
    lines
}

fn asked(approvals: &Approvals) -> String {
    let who: Vec<&str> = approvals.people.iter().chain(&approvals.teams).map(String::as_str).collect();
    let who = if who.is_empty() { "anybody".to_owned() } else { who.join(", ") };
    format!("{} of {who}", approvals.count)
}

/// What is still missing before the recovery may begin: enough different people, each of whom may approve. Nobody here can tell whether
/// somebody is who they say they are, or in a team.
pub fn approval(approvals: &Approvals, by: &[String]) -> Result<(), String> {
    let by = people(by);
    if approvals.teams.is_empty() && !approvals.people.is_empty() {
        let may = |name: &&String| approvals.people.iter().any(|person| person.to_lowercase() == name.to_lowercase());
        if let Some(name) = by.iter().find(|name| !may(name)) {
            return Err(format!("{name} may not approve; expected {}", asked(approvals)));
        }
    }
    let found = by.len() as u64;
    if found >= approvals.count {
        return Ok(());
    }
    let so_far = if by.is_empty() { "nobody".to_owned() } else { by.join(", ") };
    Err(format!("it waits for approval: {} must approve, and {so_far} did; name each with --by NAME", asked(approvals)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn approval_needs_enough_different_people_who_may() {
        let of = |count, people: &[&str], teams: &[&str]| Approvals {
            count,
            people: people.iter().map(|name| (*name).to_owned()).collect(),
            teams: teams.iter().map(|name| (*name).to_owned()).collect(),
        };
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let two = of(2, &["alice", "bob"], &[]);
        assert_eq!(approval(&two, &names(&["alice", "Bob"])), Ok(()));
        assert_eq!(approval(&of(0, &[], &[]), &[]), Ok(()));
        assert_eq!(approval(&of(1, &[], &[]), &names(&["zoe"])), Ok(()), "anybody may");
        assert_eq!(approval(&of(1, &["alice"], &["team"]), &names(&["zoe"])), Ok(()), "zoe may be in the team");
        for by in [&[][..], &["alice"], &["alice", "ALICE", " alice "], &["alice", ""]] {
            assert!(approval(&two, &names(by)).unwrap_err().contains("waits for approval"), "{by:?}");
        }
        assert!(approval(&two, &names(&["alice", "mallory"])).unwrap_err().contains("mallory may not"));
    }
}
