//! Which entries of the ledger a history is made of.

use jiff::Timestamp;

use super::{About, Options};
use crate::facts::{FlowKey, RecordKind, Span};

/// A selection of entries; what is `None` or empty selects nothing out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Need {
    pub kinds: Vec<RecordKind>,
    pub service: Option<String>,
    pub plan: Option<String>,
    /// The earliest time of an entry. There is no latest: what a clock that went back puts in the future counts.
    pub since: Option<Timestamp>,
    /// At most so many, the newest first; `None` for all.
    pub newest: Option<u64>,
}

/// Decisions about older versions that are looked at: a service that is judged every half minute makes some thousand a day.
const NEWEST_DECISIONS: u64 = 5000;

/// The entries that [`history`](super::history()) reads, as selections that may overlap.
#[must_use]
pub fn needs(about: &About<'_>, options: &Options, now: Timestamp) -> Vec<Need> {
    let service = Some(about.plan.service.clone());
    let back = |span: Span| Some(now.checked_sub(span.signed()).unwrap_or(Timestamp::MIN));
    let breaker = options.breaker.memory();
    let longest = options.limits.iter().map(|limit| limit.per).max();
    // A count that is not kept apart by service counts the slots and starts of all.
    let shared = options.limits.iter().filter(|limit| !limit.by.contains(&FlowKey::Service)).map(|limit| limit.per).max();
    let mut needs = vec![
        Need { plan: Some(about.plan.id.clone()), ..Need::default() },
        Need {
            kinds: vec![RecordKind::Plan, RecordKind::Batch, RecordKind::Slot, RecordKind::Recovery],
            service: service.clone(),
            since: back(options.horizon.max(breaker).max(longest.unwrap_or(breaker))),
            ..Need::default()
        },
        // All that may be a failure, or the last word of a rollout that seems to run.
        Need {
            kinds: vec![RecordKind::Decision],
            service: service.clone(),
            since: back(breaker.max(options.abandoned_after)),
            ..Need::default()
        },
        Need {
            kinds: vec![RecordKind::Decision],
            service,
            since: back(options.horizon),
            newest: Some(NEWEST_DECISIONS),
            ..Need::default()
        },
    ];
    // A start counts with the slot that covers it, which is older by a reservation at most.
    let with_slots = |per: Span| Span::of_seconds(per.seconds().saturating_add(options.reserved_for.seconds()));
    let kinds = || vec![RecordKind::Slot, RecordKind::Batch];
    needs.extend(shared.map(|per| Need { kinds: kinds(), since: back(with_slots(per)), ..Need::default() }));
    needs
}

#[cfg(test)]
mod tests {
    use super::super::testing::{at, options, plan};
    use super::*;
    use crate::facts::{FlowLimit, Phase};

    #[test]
    fn slots_of_all_services_are_needed_only_where_services_count_together() {
        let plan = plan("p");
        let about = About { plan: &plan, digest: "d", phase: Phase::Before, batch: Some(1) };
        let mut options = options();
        let limit = |by: &[FlowKey]| FlowLimit {
            name: "l".into(),
            per: Span::of_hours(1),
            max: 1,
            by: by.to_vec(),
            operations: vec![],
            services: vec![],
        };
        options.limits = vec![limit(&[FlowKey::Service])];
        let of_all = |options: &Options| {
            needs(&about, options, at(0)).into_iter().find(|need| need.service.is_none() && need.plan.is_none())
        };
        assert_eq!(of_all(&options), None);
        options.limits.push(limit(&[FlowKey::Region]));
        let need = of_all(&options).unwrap();
        assert_eq!((need.kinds, need.since), (vec![RecordKind::Slot, RecordKind::Batch], Some(at(-120))));
    }

    #[test]
    fn a_clock_at_the_beginning_of_time_asks_for_everything() {
        let plan = plan("p");
        let about = About { plan: &plan, digest: "d", phase: Phase::Plan, batch: None };
        assert!(
            needs(&about, &options(), Timestamp::MIN).iter().all(|need| need.since.is_none_or(|since| since == Timestamp::MIN))
        );
    }
}
