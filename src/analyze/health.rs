//! How the instances of the gray version are (requirement C9).

use std::collections::BTreeMap;

use super::scope::Scope;
use crate::evidence::{HealthReport, InstanceRecord};
use crate::facts::{AlertScope, Health, Instance};

/// Joins the reports and adds them up. Where labels tell the gray version from others, only its instances count; an instance whose
/// labels do not tell counts too, but some instance must be the gray version's for certain where a source has labels at all. An instance that several reports list is as bad as the worst of them says. No instance at all is
/// an error: nothing was seen.
pub fn health(reports: Vec<HealthReport>, scope: &Scope) -> Result<Health, String> {
    let mut instances: BTreeMap<String, Instance> = BTreeMap::new();
    let (mut others, mut proven, mut labelled) = (0_usize, scope.gray.is_empty(), false);
    for record in reports.into_iter().flat_map(|report| report.instances) {
        let side = scope.of(&record.labels);
        if !matches!(side, AlertScope::Gray | AlertScope::Unknown) {
            others += 1;
            continue;
        }
        proven |= side == AlertScope::Gray;
        labelled |= !record.labels.is_empty();
        let InstanceRecord { name, ready, restarts, oom_kills, reason, .. } = record;
        let found = Instance { name: name.clone(), ready, restarts, oom_kills, reason };
        match instances.get_mut(&name) {
            Some(seen) => worse(seen, found),
            None => {
                instances.insert(name, found);
            }
        }
    }
    if instances.is_empty() {
        return Err(format!("none of {others} instances is of the gray version, so nothing was seen of it"));
    }
    // A source without labels lists what it was asked for; one with labels has to show the gray version's.
    if labelled && !proven {
        return Err("no instance carries the labels of the gray version, so nothing was seen of it".to_owned());
    }
    let instances: Vec<Instance> = instances.into_values().collect();
    let sum = |of: fn(&Instance) -> u64| instances.iter().map(of).fold(0, u64::saturating_add);
    Ok(Health {
        ready: sum(|instance| u64::from(instance.ready)),
        not_ready: sum(|instance| u64::from(!instance.ready)),
        restarts: sum(|instance| instance.restarts),
        oom_kills: sum(|instance| instance.oom_kills),
        instances,
    })
}

fn worse(seen: &mut Instance, found: Instance) {
    if seen.ready && !found.ready || seen.reason.is_none() {
        seen.reason = found.reason;
    }
    seen.ready &= found.ready;
    seen.restarts = seen.restarts.max(found.restarts);
    seen.oom_kills = seen.oom_kills.max(found.oom_kills);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(name: &str, ready: bool, restarts: u64, oom_kills: u64, version: &str) -> InstanceRecord {
        let labels = [("version".to_owned(), version.to_owned())].into();
        InstanceRecord { name: name.into(), ready, restarts, oom_kills, reason: None, labels }
    }

    fn report(instances: Vec<InstanceRecord>) -> HealthReport {
        HealthReport { made_at: None, instances }
    }

    #[test]
    fn instances_are_added_up() {
        let all = vec![record("b", true, 2, 1, ""), record("a", false, u64::MAX, 0, "")];
        let health = health(vec![report(all)], &Scope::default()).unwrap();
        assert_eq!((health.ready, health.not_ready, health.restarts, health.oom_kills), (1, 1, u64::MAX, 1));
        assert_eq!(health.instances[0].name, "a");
    }

    #[test]
    fn with_a_scope_only_the_gray_version_counts() {
        let scope = Scope { gray: [("version".into(), "2".into())].into(), ..Scope::default() };
        let all = vec![record("a", true, 0, 0, "2"), record("b", false, 9, 9, "1")];
        let found = health(vec![report(all)], &scope).unwrap();
        assert_eq!((found.instances.len(), found.restarts), (1, 0));
        let error = health(vec![report(vec![record("b", true, 0, 0, "1")])], &scope).unwrap_err();
        assert_eq!(error, "none of 1 instances is of the gray version, so nothing was seen of it");
    }

    #[test]
    fn of_two_reports_on_one_instance_the_worse_counts() {
        let mut bad = record("a", false, 1, 0, "");
        bad.reason = Some("CrashLoopBackOff".into());
        let found = health(vec![report(vec![record("a", true, 3, 1, "")]), report(vec![bad])], &Scope::default()).unwrap();
        let one = &found.instances[0];
        assert_eq!((one.ready, one.restarts, one.oom_kills, one.reason.as_deref()), (false, 3, 1, Some("CrashLoopBackOff")));
    }
}
