//! What a service depends on, directly and through others (requirement C12).

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::{Catalogue, Dependency, Relation, Strength};

/// The services that one depends on, each with how.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dependencies {
    service: Option<String>,
    /// Whether the catalogue declares the service.
    known: bool,
    /// Each with who calls it on the way there.
    reached: BTreeMap<String, (Relation, String)>,
}

impl Dependencies {
    /// Follows the catalogue from a service. Of several ways the strongest counts, and of those the shortest: a way is strong when all
    /// of its steps are, and one without a declared strength is, because nobody said that the caller goes on without it. Circles end.
    #[must_use]
    pub fn of(service: Option<&str>, catalogue: Option<&Catalogue>) -> Dependencies {
        let mut found = Dependencies { service: service.map(str::to_owned), ..Dependencies::default() };
        let (Some(service), Some(catalogue)) = (service, catalogue) else { return found };
        let declared: BTreeMap<&str, &[Dependency]> =
            catalogue.services.iter().map(|service| (service.name.as_str(), service.dependencies.as_slice())).collect();
        found.known = declared.contains_key(service);
        // All that can be reached by strong steps alone first; what only the second walk reaches is weak.
        for relation in [Relation::Strong, Relation::Weak] {
            let mut frontier: BTreeSet<(usize, &str, &str)> = [(0, service, service)].into();
            let mut seen = BTreeSet::new();
            while let Some((steps, name, caller)) = frontier.pop_first() {
                if !seen.insert(name) {
                    continue;
                }
                found.reached.entry(name.to_owned()).or_insert_with(|| (relation, caller.to_owned()));
                let next = declared.get(name).copied().unwrap_or_default().iter();
                let taken = next.filter(|dependency| relation == Relation::Weak || dependency.strength != Some(Strength::Weak));
                frontier.extend(taken.map(|dependency| (steps + 1, dependency.name.as_str(), name)));
            }
        }
        found
    }

    fn path(&self, own: &str, to: &str) -> String {
        let (mut way, mut here) = (vec![to], to);
        while here != own {
            let Some((_, caller)) = self.reached.get(here) else { break };
            way.push(caller);
            here = caller;
        }
        way.reverse();
        if way.len() > SHOWN {
            way.splice(SHOWN / 2..way.len() - SHOWN / 2, ["…"]);
        }
        way.join(" → ")
    }

    /// What a service is to this one, and the way there. Without a name of this service everything is unknown.
    #[must_use]
    pub fn to(&self, other: &str) -> (Relation, Option<String>) {
        match &self.service {
            None => (Relation::Unknown, None),
            Some(own) if own == other => (Relation::Own, None),
            Some(own) => match self.reached.get(other) {
                Some((relation, _)) => (*relation, Some(self.path(own, other))),
                None => (Relation::None, None),
            },
        }
    }

    /// Whether the catalogue says what the service depends on.
    #[must_use]
    pub fn are_known(&self) -> bool {
        self.known
    }

    /// What the reader should know: that nobody said what the service depends on.
    #[must_use]
    pub fn note(&self) -> Option<String> {
        match &self.service {
            _ if self.known => None,
            Some(service) => Some(format!(
                "no catalogue declares the service `{}`: what is wrong with what it depends on is not seen",
                crate::evidence::text::shown(service)
            )),
            None => Some(
                "the service has no name (`service: {name: ..}`): every incident counts, and what it depends on is unknown"
                    .to_owned(),
            ),
        }
    }
}

/// So many services of a way are named.
const SHOWN: usize = 8;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::evidence::catalogue;

    fn read(services: &str) -> Catalogue {
        catalogue::read(format!("version: 1\nservices:\n{services}").as_bytes()).unwrap()
    }

    fn of(services: &str) -> Dependencies {
        Dependencies::of(Some("pay"), Some(&read(services)))
    }

    #[expect(clippy::unnecessary_wraps, reason = "it stands beside ways that are none")]
    fn way(path: &str) -> Option<String> {
        Some(path.to_owned())
    }

    const ALL: &str = "
- {name: pay, dependencies: [{name: ledger, strength: strong}, {name: mail, strength: weak}, {name: old}]}
- {name: ledger, dependencies: [{name: db, strength: strong}, {name: cache, strength: weak}]}
- {name: mail, dependencies: [{name: smtp, strength: strong}, {name: db, strength: strong}]}
- {name: cart, dependencies: [{name: pay, strength: strong}]}
";

    #[test]
    fn a_way_is_as_strong_as_its_weakest_step() {
        let found = of(ALL);
        assert_eq!(found.to("pay"), (Relation::Own, None));
        assert_eq!(found.to("ledger"), (Relation::Strong, way("pay → ledger")));
        assert_eq!(found.to("db"), (Relation::Strong, way("pay → ledger → db")));
        assert_eq!(found.to("old"), (Relation::Strong, way("pay → old")));
        assert_eq!(found.to("mail"), (Relation::Weak, way("pay → mail")));
        assert_eq!(found.to("smtp"), (Relation::Weak, way("pay → mail → smtp")));
        assert_eq!(found.to("cache"), (Relation::Weak, way("pay → ledger → cache")));
        // Who calls it is no dependency.
        assert_eq!(found.to("cart"), (Relation::None, None));
        assert_eq!((found.are_known(), found.note()), (true, None));
    }

    #[test]
    fn of_two_ways_the_shortest_is_told() {
        let found = of("
- {name: pay, dependencies: [{name: a, strength: strong}, {name: b, strength: strong}, {name: w, strength: weak}]}
- {name: a, dependencies: [{name: c, strength: strong}]}
- {name: c, dependencies: [{name: d, strength: strong}, {name: e, strength: weak}]}
- {name: b, dependencies: [{name: d, strength: strong}]}
- {name: w, dependencies: [{name: e, strength: strong}]}
");
        assert_eq!(found.to("d"), (Relation::Strong, way("pay → b → d")));
        assert_eq!(found.to("e"), (Relation::Weak, way("pay → w → e")));
    }

    #[test]
    fn circles_end() {
        let found = of("
- {name: pay, dependencies: [{name: a, strength: weak}, {name: pay, strength: strong}]}
- {name: a, dependencies: [{name: b, strength: strong}]}
- {name: b, dependencies: [{name: a, strength: strong}, {name: pay, strength: strong}]}
");
        assert_eq!(found.to("b"), (Relation::Weak, way("pay → a → b")));
        assert_eq!(found.to("pay"), (Relation::Own, None));
    }

    #[test]
    fn a_long_way_is_told_by_its_ends() {
        let chain =
            |number: usize| format!("- {{name: s{number}, dependencies: [{{name: s{}, strength: strong}}]}}\n", number + 1);
        let services: String = (0..20_000).map(chain).collect();
        let found = Dependencies::of(Some("s0"), Some(&read(&services)));
        let expected = "s0 → s1 → s2 → s3 → … → s19997 → s19998 → s19999 → s20000";
        assert_eq!(found.to("s20000"), (Relation::Strong, way(expected)));
    }

    #[test]
    fn what_nobody_declared_is_not_known() {
        let nobody = Dependencies::of(None, Some(&read(ALL)));
        assert_eq!((nobody.to("ledger"), nobody.are_known()), ((Relation::Unknown, None), false));
        assert!(nobody.note().unwrap().contains("has no name"));
        let without = Dependencies::of(Some("pay"), None);
        assert_eq!((without.to("pay"), without.to("ledger")), ((Relation::Own, None), (Relation::None, None)));
        assert!(without.note().unwrap().contains("no catalogue declares the service `pay`"));
        assert!(!Dependencies::of(Some("stranger"), Some(&read(ALL))).are_known());
    }

    /// Every way of at most so many steps, as strong as its weakest one.
    fn strongest(edges: &[(u8, u8, bool)], to: u8, from: u8, steps: u8) -> Option<bool> {
        let onward = edges.iter().filter(|(caller, _, _)| *caller == from).filter_map(|(_, next, strong)| {
            let rest = if *next == to { Some(true) } else { strongest(edges, to, *next, steps.checked_sub(1)?) };
            rest.map(|rest| rest && *strong)
        });
        onward.max()
    }

    proptest! {
        #[test]
        fn the_strongest_of_all_ways_counts(edges in prop::collection::btree_map((0_u8..6, 0_u8..6), any::<bool>(), 0..12)) {
            let edges: Vec<(u8, u8, bool)> = edges.into_iter().map(|((from, to), strong)| (from, to, strong)).collect();
            let name = |number: u8| format!("s{number}");
            let services = (0..6).map(|number| {
                let all: Vec<String> = edges.iter().filter(|(from, ..)| *from == number).map(|(_, to, strong)| {
                    format!("{{name: {}, strength: {}}}", name(*to), if *strong { "strong" } else { "weak" })
                }).collect();
                format!("- {{name: {}, dependencies: [{}]}}\n", name(number), all.join(", "))
            });
            let found = Dependencies::of(Some("s0"), Some(&read(&services.collect::<String>())));
            for to in 1..6 {
                let expected = match strongest(&edges, to, 0, 5) {
                    None => Relation::None,
                    Some(true) => Relation::Strong,
                    Some(false) => Relation::Weak,
                };
                prop_assert_eq!(found.to(&name(to)).0, expected);
            }
        }
    }
}
