//! Why the version to return to is trusted (requirement C5).

use std::collections::BTreeMap;

use super::track::{Moment, Track};
use crate::facts::{Entry, Record, RolloutType, TrustedVersion};

/// The last time that the version was let pass: by the last soak of a whole rollout of it, otherwise at the release stage. `None`
/// where the ledger knows neither, or knows that a rollout of it failed afterwards.
pub(super) fn trusted(
    entries: &[&Entry],
    tracks: &BTreeMap<&str, Track<'_>>,
    service: &str,
    version: &str,
) -> Option<TrustedVersion> {
    let rollouts = tracks.iter().filter_map(|(id, track)| {
        let (plan, _) = track.plan.filter(|(plan, _)| plan.to == version && plan.service == service)?;
        let (number, last, _) = track.last_batch()?;
        let (succeeded, look) = (track.succeeded()?, last.soak?);
        let trusted = TrustedVersion {
            version: plan.to.clone(),
            decision: look.id.to_owned(),
            stage: "rollout".to_owned(),
            plan: Some((*id).to_owned()),
            batch: Some(number),
            at: look.moment.at,
            finished: true,
        };
        Some((succeeded, trusted))
    });
    let releases = entries.iter().rev().filter_map(|entry| match &entry.record {
        Record::Decision(decision)
            if decision.stage == "release"
                && decision.verdict == "pass"
                && decision.version.as_deref() == Some(version)
                && decision.service.as_deref() == Some(service) =>
        {
            let trusted = TrustedVersion {
                version: version.to_owned(),
                decision: decision.id.clone(),
                stage: decision.stage.clone(),
                plan: None,
                batch: None,
                at: entry.at,
                finished: false,
            };
            Some((Moment { seq: entry.seq, at: entry.at }, trusted))
        }
        _ => None,
    });
    let (moment, trusted) = rollouts.max_by_key(|(moment, _)| *moment).or_else(|| releases.take(1).next())?;
    // A plan of type rollback leads to the version, and its failure says nothing of it.
    let failed = tracks.values().filter(|track| {
        track.plan.is_some_and(|(plan, _)| plan.to == version && plan.service == service && plan.kind != RolloutType::Rollback)
    });
    let failed_later = failed.filter_map(|track| track.failed_last).any(|failed| failed > moment);
    (!failed_later).then_some(trusted)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Ledger, options, plan};
    use super::*;
    use crate::facts::DecisionRecord;

    /// The version that the next rollout starts from, which `good` brought.
    fn trusted_by(ledger: &Ledger) -> Option<TrustedVersion> {
        let entries: Vec<&Entry> = ledger.entries.iter().collect();
        trusted(&entries, &super::super::tracks(&entries, options().silence()), "pay", "2")
    }

    fn release(ledger: &mut Ledger, minute: i64, verdict: &str) {
        let record = DecisionRecord {
            id: format!("release-{minute}"),
            stage: "release".into(),
            verdict: verdict.into(),
            mode: "enforce".into(),
            service: Some("pay".into()),
            head: None,
            plan: None,
            batch: None,
            phase: None,
            version: Some("2".into()),
            findings: vec![],
            waived: vec![],
            detected_at: None,
            rollback: None,
        };
        ledger.add(minute, Record::Decision(record));
    }

    #[test]
    fn a_whole_rollout_is_trusted_by_its_last_soak() {
        let mut ledger = Ledger::default();
        ledger.success(0, "good");
        let found = trusted_by(&ledger).unwrap();
        assert_eq!((found.decision.as_str(), found.plan.as_deref(), found.batch), ("good-2-80", Some("good"), Some(2)));
        assert!(found.finished);
    }

    #[test]
    fn half_a_rollout_is_not_and_a_release_is_the_second_choice() {
        let mut ledger = Ledger::default();
        ledger.plan(0, &plan("half")).out(0, "half", 1).soak(31, "half", 1, "pass");
        assert_eq!(trusted_by(&ledger), None);
        release(&mut ledger, 40, "pass");
        release(&mut ledger, 41, "hold");
        let found = trusted_by(&ledger).unwrap();
        assert_eq!((found.decision.as_str(), found.stage.as_str(), found.finished), ("release-40", "release", false));
        ledger.success(50, "good");
        release(&mut ledger, 200, "pass");
        assert_eq!(trusted_by(&ledger).unwrap().stage, "rollout");
    }

    #[test]
    fn a_version_that_failed_later_is_not_trusted() {
        let mut ledger = Ledger::default();
        ledger.success(0, "good").failure(200, "again");
        assert_eq!(trusted_by(&ledger), None);
        ledger.success(300, "mended");
        assert_eq!(trusted_by(&ledger).unwrap().plan.as_deref(), Some("mended"));
    }
}
