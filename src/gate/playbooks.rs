//! Each finding that stops a running rollout or a release names its playbook (requirement F4).

use crate::analyze::playbooks::playbook_of;
use crate::decide::{Effect, Judged, Stage};
use crate::error::{Error, Result};
use crate::evidence::playbooks::{self, Playbooks};

/// The playbooks for the shipped policies.
const SHIPPED: &str = include_str!("../../policies/playbooks.yaml");

fn shipped() -> Result<Playbooks> {
    playbooks::read(SHIPPED.as_bytes()).map_err(|error| Error::new(format!("the shipped playbooks: {error}")))
}

/// Gives each finding that holds, blocks or rolls back its playbook; the user's come before the shipped ones. A policy that could
/// not decide has none: nothing happened that a playbook could be about.
pub(super) fn attach(mut judged: Judged, own: Option<&Playbooks>, stage: Stage) -> Result<Judged> {
    if !matches!(stage, Stage::Release | Stage::Rollout) {
        return Ok(judged);
    }
    let shipped = shipped()?;
    let files: Vec<&Playbooks> = own.into_iter().chain([&shipped]).collect();
    let Judged { findings, undecided, .. } = &mut judged;
    for finding in findings.iter_mut().filter(|finding| finding.effect >= Effect::Hold) {
        let unknown = undecided.iter().any(|it| it.id == finding.id && finding.message.ends_with(&it.reason));
        if !unknown {
            finding.playbook = playbook_of(&finding.id, &files).cloned();
        }
    }
    Ok(judged)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::library;

    /// What is seen on instances that run: whoever reads of it has to do something.
    const RUNNING: [&str; 9] = ["alerts", "batch", "canary", "capacity", "health", "incidents", "logs", "slo", "tests"];

    #[test]
    fn every_shipped_policy_of_the_running_service_has_a_playbook_and_no_playbook_is_for_nothing() {
        let shipped = shipped().unwrap();
        let library = library::shipped().unwrap().library;
        let ids: Vec<&str> = library.checks().iter().map(|check| check.id.as_str()).collect();
        for id in ids.iter().filter(|id| RUNNING.contains(&id.split('/').next().unwrap())) {
            let playbook = playbook_of(id, &[&shipped]).expect(id);
            // Whoever rolls back keeps the scene and knows how, and with whom.
            let whole = playbook.recovery.is_some() && !playbook.approvers.is_empty() && !playbook.save.is_empty();
            assert!(whole || !id.ends_with("-rollback"), "{id}");
        }
        for entry in &shipped.entries {
            for pattern in &entry.policies {
                let one = Playbooks { entries: vec![playbooks::Entry { policies: vec![pattern.clone()], ..entry.clone() }] };
                assert!(ids.iter().any(|id| playbook_of(id, &[&one]).is_some()), "{pattern} is no policy");
            }
        }
    }
}
