//! How far a service is from the one that alerts, by the catalogue: whose changes can have broken it.
//!
//! A change of a service breaks those that call it, so that what the alerting service depends on comes first, and what that depends
//! on after it. A caller can only overload it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::facts::{Catalogue, Dependency, DependencyKind, Strength};

/// What a step costs, in points of the score.
const STRONG: i32 = -4;
const UNSTATED: i32 = -5;
const WEAK: i32 = -8;
const CALLER: i32 = -11;
/// What a service is charged that only touches something the alert names.
pub(super) const STRANGER: i32 = -9;
/// Beyond this the path explains nothing any more.
const MAX_STEPS: usize = 5;
/// More services than this are not read from the ledger for one alert.
const MAX_SERVICES: usize = 500;

/// How a service stands to the alerting one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// It is the alerting service.
    Own,
    /// The alerting service depends on it, directly or through others.
    Dependency,
    /// It calls the alerting service.
    Caller,
    /// The catalogue knows no path between them.
    Stranger,
}

/// A service whose changes may explain the alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Near {
    pub relation: Relation,
    /// From the alerting service to this one, both included; of a caller the other way round.
    pub path: Vec<String>,
    /// Whether every step of the path is a strong dependency.
    pub strong: bool,
    pub(super) points: i32,
}

/// The services whose changes may explain an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    services: BTreeMap<String, Near>,
    /// Whether the alert names no service: every change is looked at.
    everything: bool,
    gaps: Vec<String>,
}

impl Reach {
    /// The services around `service`; without one, all of them.
    #[must_use]
    pub fn around(service: Option<&str>, catalogue: Option<&Catalogue>) -> Reach {
        let Some(service) = service else {
            let gap = "the alert names no service: changes of all services were looked at, and nothing tells how near they are";
            return Reach { services: BTreeMap::new(), everything: true, gaps: vec![gap.to_owned()] };
        };
        let own = Near { relation: Relation::Own, path: vec![service.to_owned()], strong: true, points: 0 };
        let mut reach = Reach { services: [(service.to_owned(), own)].into(), everything: false, gaps: Vec::new() };
        match catalogue {
            None => reach.gaps.push(format!("there is no catalogue: what {service} depends on was not considered")),
            Some(catalogue) => reach.walk(service, catalogue),
        }
        reach
    }

    /// The services by name. Empty when everything is looked at.
    pub fn services(&self) -> impl Iterator<Item = &str> {
        self.services.keys().map(String::as_str)
    }

    /// Whether the alert names no service.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.everything
    }

    /// What could not be considered, as sentences.
    #[must_use]
    pub fn gaps(&self) -> &[String] {
        &self.gaps
    }

    /// How a service stands to the alerting one; `None` for one without a path to it.
    #[must_use]
    pub fn near(&self, service: &str) -> Option<&Near> {
        self.services.get(service)
    }

    fn walk(&mut self, service: &str, catalogue: &Catalogue) {
        let dependencies: BTreeMap<&str, &[Dependency]> =
            catalogue.services.iter().map(|service| (service.name.as_str(), service.dependencies.as_slice())).collect();
        if !dependencies.contains_key(service) {
            self.gaps.push(format!("the catalogue does not know {service}: what it depends on was not considered"));
        }
        // Breadth first, one ring after the other: a longer path counts only where it costs less.
        let mut ring: BTreeSet<String> = [service.to_owned()].into();
        for _ in 0..MAX_STEPS {
            let mut next = BTreeSet::new();
            for name in &ring {
                let Some(from) = self.services.get(name).cloned() else { continue };
                for dependency in dependencies.get(name.as_str()).copied().unwrap_or_default() {
                    let near = from.to(dependency);
                    if self.services.get(&dependency.name).is_none_or(|known| known.points < near.points) {
                        self.services.insert(dependency.name.clone(), near);
                        next.insert(dependency.name.clone());
                    }
                }
            }
            ring = next;
        }
        self.name_gaps(service, &dependencies, catalogue);
        for caller in &catalogue.services {
            if caller.dependencies.iter().any(|dependency| dependency.name == service) {
                let path = vec![caller.name.clone(), service.to_owned()];
                let near = Near { relation: Relation::Caller, path, strong: false, points: CALLER };
                self.services.entry(caller.name.clone()).or_insert(near);
            }
        }
        self.keep_nearest();
    }

    fn name_gaps(&mut self, service: &str, dependencies: &BTreeMap<&str, &[Dependency]>, catalogue: &Catalogue) {
        let kind = |name: &str| {
            let all = catalogue.services.iter().flat_map(|service| &service.dependencies);
            all.filter(|dependency| dependency.name == name).find_map(|dependency| dependency.kind)
        };
        let unknown: Vec<&str> = self.services().filter(|name| *name != service && !dependencies.contains_key(name)).collect();
        let (outside, ours): (Vec<&str>, Vec<&str>) =
            unknown.into_iter().partition(|name| kind(name) == Some(DependencyKind::ThirdParty));
        let ours: Vec<&str> =
            ours.into_iter().filter(|name| matches!(kind(name), None | Some(DependencyKind::Service))).collect();
        let mut gaps = Vec::new();
        if !ours.is_empty() {
            gaps.push(format!("the catalogue has no entry for {}: what lies behind was not considered", listed(&ours)));
        }
        if !outside.is_empty() {
            gaps.push(format!("third parties change without a record here: {}", listed(&outside)));
        }
        self.gaps.extend(gaps);
    }

    fn keep_nearest(&mut self) {
        if self.services.len() <= MAX_SERVICES {
            return;
        }
        let mut order: Vec<(i32, usize, String)> =
            self.services.iter().map(|(name, near)| (-near.points, near.path.len(), name.clone())).collect();
        order.sort();
        let dropped = order.split_off(MAX_SERVICES);
        self.gaps.push(format!("{} more services are further away and were not considered", dropped.len()));
        for (_, _, name) in dropped {
            self.services.remove(&name);
        }
    }
}

impl Near {
    fn to(&self, dependency: &Dependency) -> Near {
        let points = match dependency.strength {
            Some(Strength::Strong) => STRONG,
            Some(Strength::Weak) => WEAK,
            None => UNSTATED,
        };
        let mut path = self.path.clone();
        path.push(dependency.name.clone());
        Near {
            relation: Relation::Dependency,
            path,
            strong: self.strong && dependency.strength == Some(Strength::Strong),
            points: self.points + points,
        }
    }

    /// The path for people.
    pub(super) fn shown(&self) -> String {
        self.path.join(" → ")
    }
}

/// Some names of many.
fn listed(names: &[&str]) -> String {
    const SHOWN: usize = 8;
    let shown = names.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN { format!("{shown} and {} more", names.len() - SHOWN) } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::catalogue;

    const CATALOGUE: &str = "version: 1\nservices:\n\
        - name: shop\n  dependencies: [{name: checkout, strength: strong}]\n\
        - name: checkout\n  dependencies:\n  - {name: pay, strength: strong}\n  - {name: ads, strength: weak}\n  - {name: stock}\n\
        - name: pay\n  dependencies:\n  - {name: pay-db, kind: database, strength: strong}\n  - {name: bank, kind: third_party}\n  - {name: stock, strength: strong}\n\
        - name: stock\n  dependencies: [{name: checkout, strength: strong}]\n";

    fn around(service: &str) -> Reach {
        Reach::around(Some(service), Some(&catalogue::read(CATALOGUE.as_bytes()).unwrap()))
    }

    #[test]
    fn what_it_depends_on_is_near_and_what_calls_it_is_further() {
        let reach = around("checkout");
        let points = |name: &str| reach.near(name).map(|near| near.points);
        assert_eq!(points("checkout"), Some(0));
        assert_eq!(points("pay"), Some(STRONG));
        assert_eq!(points("pay-db"), Some(2 * STRONG));
        assert_eq!(points("ads"), Some(WEAK));
        assert_eq!(points("shop"), Some(CALLER));
        assert_eq!(points("elsewhere"), None);
        assert_eq!(reach.near("pay-db").unwrap().shown(), "checkout → pay → pay-db");
        assert!(reach.near("pay-db").unwrap().strong && !reach.near("ads").unwrap().strong);
        assert_eq!(reach.near("shop").unwrap().shown(), "shop → checkout");
    }

    #[test]
    fn the_cheaper_path_counts_and_a_circle_ends() {
        // Directly at an unstated strength, or in two strong steps.
        assert_eq!(around("checkout").near("stock").unwrap().points, UNSTATED);
        assert_eq!(around("stock").near("stock").unwrap().relation, Relation::Own);
        assert_eq!(around("stock").near("pay").unwrap().path, ["stock", "checkout", "pay"]);
    }

    #[test]
    fn what_cannot_be_considered_is_said() {
        let gaps = |reach: Reach| reach.gaps().join("\n");
        assert!(gaps(Reach::around(Some("pay"), None)).contains("no catalogue: what pay depends on"));
        assert!(gaps(around("unknown")).contains("the catalogue does not know unknown"));
        let checkout = gaps(around("checkout"));
        assert!(checkout.contains("no entry for ads:") && checkout.contains("third parties change without a record here: bank"));
        let none = Reach::around(None, None);
        assert!(none.is_everything() && none.services().next().is_none() && none.gaps()[0].contains("names no service"));
    }

    #[test]
    fn a_catalogue_of_thousands_is_cut_to_the_nearest() {
        use std::fmt::Write as _;
        let mut text = String::from("version: 1\nservices:\n- name: hub\n  dependencies:\n  - {name: near, strength: strong}\n");
        for at in 0..700 {
            writeln!(text, "  - {{name: s{at}, strength: weak}}").unwrap();
        }
        let reach = Reach::around(Some("hub"), Some(&catalogue::read(text.as_bytes()).unwrap()));
        assert_eq!(reach.services().count(), MAX_SERVICES);
        assert!(reach.near("near").is_some() && reach.near("hub").is_some());
        assert!(reach.gaps().iter().any(|gap| gap.contains("202 more services")));
    }
}
