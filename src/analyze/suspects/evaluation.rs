//! How often the ranking finds the cause: simulated incidents with a known cause among the noise of a busy company.
//!
//! The simulation knows nothing of the ranking's figures. A shop of 40 services, whose catalogue misses some edges, is changed a few
//! hundred times a day, in rollouts of several batches and beside the gate. One change is made the cause; its fault shows after a
//! delay that is spread over orders of magnitude, in the service itself, in one that depends on it, or in one that it overloads; the
//! alert has the labels that alerts have, sometimes. `docs/suspects.md` states the figures.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::facts::{
    Batch, BatchRecord, BatchState, Catalogue, ChangeRecord, DecisionRecord, Dependency, Objectives, Phase, Plan, PlanRecord,
    Record, Service, Strength,
};

const INCIDENTS: u64 = 500;
const SERVICES: usize = 40;
/// Changes of the day before the alert, in the whole shop.
const CHANGES: usize = 300;
const REGIONS: [&str; 3] = ["east", "west", "north"];

/// `SplitMix64`.
struct Random(u64);

impl Random {
    #[expect(clippy::cast_precision_loss, reason = "53 bits")]
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / 9_007_199_254_740_992.0
    }

    fn chance(&mut self, probability: f64) -> bool {
        self.uniform() < probability
    }

    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small numbers")]
    fn below(&mut self, end: usize) -> usize {
        (self.uniform() * end as f64) as usize
    }

    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

/// A change of the simulation; times are seconds before the end of the day.
struct Made {
    id: String,
    service: usize,
    kind: RolloutType,
    version: String,
    touches: Vec<String>,
    /// Of each batch, or of the change as a whole.
    began: Vec<(i64, Option<&'static str>)>,
    gated: bool,
}

struct Shop {
    /// What a service depends on, and whether strongly.
    edges: Vec<Vec<(usize, bool)>>,
}

impl Shop {
    fn new(random: &mut Random) -> Shop {
        // Each service calls some that are deeper; those at the front are called by nobody.
        let edges = (0..SERVICES).map(|from| {
            let mut to: Vec<(usize, bool)> = Vec::new();
            for _ in 0..random.below(5) {
                let deeper = from + 1 + random.below(10);
                if deeper < SERVICES && !to.iter().any(|(known, _)| *known == deeper) {
                    to.push((deeper, random.chance(0.6)));
                }
            }
            to
        });
        Shop { edges: edges.collect() }
    }

    /// As teams declared it: one edge in ten is missing, one strength in four.
    fn catalogue(&self, random: &mut Random) -> Catalogue {
        let services = self.edges.iter().enumerate().map(|(at, edges)| {
            let kept = edges.iter().filter(|_| !random.chance(0.1)).copied().collect::<Vec<_>>();
            let dependency = |(to, strong): (usize, bool)| Dependency {
                name: name(to),
                kind: None,
                packages: vec![],
                strength: (!random.chance(0.25)).then_some(if strong { Strength::Strong } else { Strength::Weak }),
                objectives: Objectives::default(),
                timeout_ms: None,
                on_failure: None,
                compensation: None,
                line: None,
            };
            let dependencies = kept.into_iter().map(dependency).collect();
            Service { name: name(at), tier: None, owners: vec![], objectives: Objectives::default(), dependencies }
        });
        Catalogue { services: services.collect() }
    }

    /// Where a fault of a service is seen: mostly there, else in what depends on it, seldom in what it overloads.
    fn seen(&self, random: &mut Random, cause: usize) -> usize {
        let callers: Vec<usize> = (0..SERVICES)
            .filter(|from| self.edges[*from].iter().any(|(to, strong)| *to == cause && (*strong || random.chance(0.3))))
            .collect();
        match random.uniform() {
            ..0.55 => cause,
            ..0.92 if !callers.is_empty() => {
                let caller = callers[random.below(callers.len())];
                if random.chance(0.2) { self.seen(random, caller) } else { caller }
            }
            0.92.. if !self.edges[cause].is_empty() => self.edges[cause][random.below(self.edges[cause].len())].0,
            _ => cause,
        }
    }
}

fn name(service: usize) -> String {
    format!("s{service}")
}

fn made(random: &mut Random, number: usize) -> Made {
    let kind = match random.uniform() {
        ..0.55 => RolloutType::Daily,
        ..0.85 => RolloutType::Config,
        ..0.91 => RolloutType::Hotfix,
        ..0.95 => RolloutType::Database,
        ..0.98 => RolloutType::DataCorrection,
        _ => RolloutType::Rollback,
    };
    // Changes come by day: more of them in the afternoon.
    #[expect(clippy::cast_possible_truncation, reason = "seconds of a day")]
    let first = (86_400.0 * random.uniform().powf(1.3)) as i64;
    let gated = random.chance(0.6);
    let mut began = vec![(first, random.chance(0.7).then(|| REGIONS[random.below(3)]))];
    while gated && began.len() < 4 && random.chance(0.7) {
        let (last, region) = began[began.len() - 1];
        #[expect(clippy::cast_possible_truncation, reason = "seconds of a day")]
        let pause = 600 + 3600.min((random.uniform() * 5000.0) as i64);
        began.push((last - pause, region.map(|_| REGIONS[random.below(3)])));
    }
    let mut touches = Vec::new();
    while random.chance(0.35) {
        touches.push(format!("table_{}", random.below(60)));
    }
    // A few services are changed most.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "40 services")]
    let service = (random.uniform().powf(1.6) * SERVICES as f64) as usize;
    Made { id: format!("c{number}"), service, kind, version: format!("1.{number}"), touches, began, gated }
}

/// How apt a change is to cause a fault.
fn risk(made: &Made) -> f64 {
    let kind = match made.kind {
        RolloutType::Config => 2.0,
        RolloutType::Hotfix => 1.5,
        RolloutType::Database => 1.2,
        RolloutType::Daily => 1.0,
        RolloutType::DataCorrection => 0.8,
        RolloutType::Rollback => 0.2,
    };
    if made.gated { kind } else { kind * 1.5 }
}

/// Seconds until the alert: a median of some minutes, now and then hours.
fn delay(random: &mut Random, kind: RolloutType) -> f64 {
    let median: f64 = match kind {
        RolloutType::Config => 240.0,
        RolloutType::Database | RolloutType::DataCorrection => 2400.0,
        RolloutType::Daily | RolloutType::Hotfix | RolloutType::Rollback => 600.0,
    };
    // The rule waits before it fires.
    60.0 + median * libm::exp(1.4 * random.normal())
}

struct Incident {
    alert: Alert,
    entries: Vec<Entry>,
    catalogue: Catalogue,
    cause: String,
    made: Vec<Made>,
    end: Timestamp,
}

fn incident(seed: u64) -> Incident {
    let random = &mut Random(seed.wrapping_mul(0x1234_5678_9abc_def1));
    let shop = Shop::new(random);
    let end: Timestamp = "2026-01-10T18:00:00Z".parse().unwrap();
    let mut all: Vec<Made> = (0..CHANGES).map(|number| made(random, number)).collect();
    // The cause: by its risk, with a delay that brings the alert into the day.
    let (cause, batch, alert_at) = loop {
        let at = random.below(CHANGES);
        if !random.chance(risk(&all[at]) / 3.0) {
            continue;
        }
        let batch = random.below(all[at].began.len());
        #[expect(clippy::cast_possible_truncation, reason = "seconds of a day")]
        let alert = all[at].began[batch].0 - delay(random, all[at].kind) as i64;
        if alert > 0 && all[at].began[batch].0 < 86_400 {
            break (at, batch, alert);
        }
    };
    // Whoever sees the alert stops the rollout.
    all[cause].began.truncate(batch + 1);
    let alerting = shop.seen(random, all[cause].service);
    let region = all[cause].began[batch].1;
    let mut labels = BTreeMap::new();
    if random.chance(0.6) {
        let said = if random.chance(0.95) { region } else { None };
        labels.insert("region".to_owned(), said.unwrap_or(REGIONS[random.below(3)]).to_owned());
    }
    if alerting == all[cause].service && random.chance(0.3) {
        labels.insert("version".to_owned(), all[cause].version.clone());
    }
    if let Some(table) = all[cause].touches.first().filter(|_| random.chance(0.3)) {
        labels.insert("table".to_owned(), table.clone());
    } else if random.chance(0.1) {
        labels.insert("table".to_owned(), format!("table_{}", random.below(60)));
    }
    let alert = Alert {
        names: vec!["Errors".into()],
        service: Some(name(alerting)),
        at: end - SignedDuration::from_secs(alert_at),
        labels,
        summary: None,
    };
    let catalogue = shop.catalogue(random);
    let entries = recorded(random, &all, cause, end, alert.at);
    Incident { alert, entries, catalogue, cause: all[cause].id.clone(), made: all, end }
}

/// What the ledger holds of the changes; clocks are wrong by some seconds.
fn recorded(random: &mut Random, all: &[Made], cause: usize, end: Timestamp, alert: Timestamp) -> Vec<Entry> {
    let mut records: Vec<(Timestamp, Record)> = Vec::new();
    for (at, made) in all.iter().enumerate() {
        let plan = || Plan {
            id: made.id.clone(),
            service: name(made.service),
            kind: made.kind,
            from: "1.0".into(),
            to: made.version.clone(),
            batches: (1..)
                .zip(&made.began)
                .map(|(number, (_, region))| Batch {
                    number,
                    region: region.map(ToOwned::to_owned),
                    percent: Some(if number == 1 { 5.0 } else { 100.0 }),
                    instances: None,
                    soak_seconds: 600,
                    suites: vec![],
                    gates: vec![],
                })
                .collect(),
        };
        if made.gated {
            records.push((
                end - SignedDuration::from_secs(made.began[0].0 + 60),
                Record::Plan(PlanRecord { plan: plan(), digest: "d".into() }),
            ));
        }
        for (number, (began, region)) in (1..).zip(&made.began) {
            #[expect(clippy::cast_possible_truncation, reason = "some seconds")]
            let began = end - SignedDuration::from_secs(began + (random.normal() * 10.0) as i64);
            if !made.gated {
                let change = ChangeRecord {
                    id: made.id.clone(),
                    service: name(made.service),
                    kind: made.kind,
                    started_at: began,
                    ended_at: random.chance(0.5).then(|| began + SignedDuration::from_secs(120)),
                    title: None,
                    version: Some(made.version.clone()),
                    region: region.map(ToOwned::to_owned),
                    author: None,
                    url: None,
                    touches: made.touches.clone(),
                    labels: BTreeMap::new(),
                };
                records.push((began, Record::Change(change)));
                continue;
            }
            let batch = |state| {
                Record::Batch(BatchRecord {
                    plan: made.id.clone(),
                    service: name(made.service),
                    digest: "d".into(),
                    batch: number,
                    state,
                    version: made.version.clone(),
                    region: region.map(ToOwned::to_owned),
                })
            };
            records.push((began, batch(BatchState::Started)));
            records.push((began + SignedDuration::from_secs(120), batch(BatchState::Done)));
            // The gate sees a third of the causes while they soak, and holds one in thirty others in vain.
            let held = random.chance(if at == cause { 0.33 } else { 0.03 });
            let decision = DecisionRecord {
                id: "d".into(),
                stage: "rollout".into(),
                verdict: if held { "hold" } else { "pass" }.into(),
                mode: "enforce".into(),
                service: Some(name(made.service)),
                head: None,
                plan: Some(made.id.clone()),
                batch: Some(number),
                phase: Some(Phase::Soak),
                version: None,
                findings: if held { vec!["canary/regression".into()] } else { vec![] },
                waived: vec![],
                detected_at: None,
                rollback: None,
            };
            records.push((began + SignedDuration::from_secs(500), Record::Decision(decision)));
        }
        // Some that failed at once were taken back long before the alert.
        let last = end - SignedDuration::from_secs(made.began[made.began.len() - 1].0);
        if made.gated && at != cause && random.chance(0.05) && last + SignedDuration::from_mins(20) < alert {
            for (number, (_, region)) in (1..).zip(&made.began) {
                let back = BatchRecord {
                    plan: made.id.clone(),
                    service: name(made.service),
                    digest: "d".into(),
                    batch: number,
                    state: BatchState::RolledBack,
                    version: made.version.clone(),
                    region: region.map(ToOwned::to_owned),
                };
                records.push((last + SignedDuration::from_mins(15), Record::Batch(back)));
            }
        }
    }
    records.sort_by_key(|(at, _)| *at);
    let entry = |(seq, (at, record))| Entry { seq, at, prev: String::new(), hash: String::new(), record };
    (1..).zip(records).map(entry).collect()
}

/// The newest changes of the alerting service: what a person without a tool looks at.
fn newest_of_the_service(incident: &Incident) -> Vec<String> {
    let mut own: Vec<(i64, &str)> = Vec::new();
    for made in incident.made.iter().filter(|made| Some(name(made.service)) == incident.alert.service) {
        let before = made.began.iter().map(|(at, _)| *at);
        let at = before.filter(|at| incident.end - SignedDuration::from_secs(*at) <= incident.alert.at).min();
        own.extend(at.map(|at| (at, made.id.as_str())));
    }
    own.sort_unstable();
    own.into_iter().map(|(_, id)| id.to_owned()).collect()
}

#[derive(Default, Debug)]
struct Hits {
    first: u64,
    first_three: u64,
}

impl Hits {
    fn count(&mut self, ranked: &[String], cause: &str) {
        let place = ranked.iter().position(|id| id == cause);
        self.first += u64::from(place == Some(0));
        self.first_three += u64::from(place.is_some_and(|place| place < 3));
    }
}

#[test]
fn the_ranking_finds_the_cause_more_often_than_who_takes_the_newest_change_of_the_service() {
    let (mut ranking, mut baseline, mut compared) = (Hits::default(), Hits::default(), 0);
    for seed in 0..INCIDENTS {
        let incident = incident(seed);
        let reach = Reach::around(incident.alert.service.as_deref(), Some(&incident.catalogue));
        let found = rank(&incident.alert, &incident.entries, &reach, &Options::default());
        compared += found.compared;
        let ids: Vec<String> = found.suspects.into_iter().map(|suspect| suspect.id).collect();
        ranking.count(&ids, &incident.cause);
        baseline.count(&newest_of_the_service(&incident), &incident.cause);
    }
    println!("of {INCIDENTS}: ranking {ranking:?}, newest of the service {baseline:?}, {} compared each", compared / INCIDENTS);
    assert!(ranking.first >= 400 && ranking.first_three >= 460, "{ranking:?}");
    assert!(ranking.first >= baseline.first + 75 && ranking.first_three >= baseline.first_three + 75, "{ranking:?} {baseline:?}");
}
