//! Rules that lead to other rules: cycles, and what a rule refers to through others.

mod calls;

use std::collections::{BTreeMap, BTreeSet};

use super::error::PolicyError;
use super::syntax::Span;
use super::trace::{Place, Traced, Tracer};
use super::world::{Definition, RuleName, World};

/// A path that a rule reads, and the paths that must not be null for it to get there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Read {
    pub(super) place: Place,
    pub(super) when: BTreeSet<Place>,
}

/// What every definition refers to.
#[derive(Debug)]
pub(super) struct Graph<'a> {
    world: &'a World<'a>,
    traced: BTreeMap<Definition, Traced>,
}

impl<'a> Graph<'a> {
    pub(super) fn new(world: &'a World<'a>) -> Self {
        let tracer = Tracer::new(world);
        let definitions = world.packages().flat_map(|(_, rules)| rules.values().flatten());
        Graph { world, traced: definitions.map(|definition| (*definition, tracer.trace(*definition))).collect() }
    }

    pub(super) fn traced(&self) -> impl Iterator<Item = (Definition, &Traced)> {
        self.traced.iter().map(|(definition, traced)| (*definition, traced))
    }

    fn of(&self, rule: &RuleName) -> impl Iterator<Item = &Traced> {
        self.world.definitions(rule).iter().filter_map(|definition| self.traced.get(definition))
    }

    /// The rules that some other rule names.
    pub(super) fn named(&self) -> BTreeSet<&RuleName> {
        let other = |(definition, rule): &(Definition, &RuleName)| {
            let file = &self.world.files[definition.0];
            rule.name != self.world.rule(*definition).name || rule.package != file.package()
        };
        let named = self.traced.iter().flat_map(|(definition, traced)| traced.named.iter().map(|rule| (*definition, rule)));
        named.filter(other).map(|(_, rule)| rule).collect()
    }

    /// The rules that a rule leads to, directly.
    fn next(&self, rule: &RuleName) -> BTreeSet<&RuleName> {
        let used = self.of(rule).flat_map(|traced| traced.uses.iter().map(|used| &used.rule));
        let replaced = self.traced.values().flat_map(|traced| &traced.replacements);
        used.chain(replaced.filter(|(function, _)| function == rule).map(|(_, by)| by)).collect()
    }

    /// One error for each cycle. The engine would follow a cycle of functions until its stack ends and the process with it.
    pub(super) fn cycles(&self) -> Vec<PolicyError> {
        let mut done = BTreeSet::new();
        let mut errors = Vec::new();
        let rules: Vec<RuleName> = self.world.packages().flat_map(|(package, _)| self.world.rules(package)).collect();
        for start in &rules {
            // A path from the start, each with the neighbours that are still to be looked at.
            let mut path: Vec<(&RuleName, Vec<&RuleName>)> = Vec::new();
            if done.contains(start) {
                continue;
            }
            path.push((start, self.next(start).into_iter().collect()));
            while let Some((rule, pending)) = path.last_mut() {
                let rule = *rule;
                match pending.pop() {
                    None => {
                        done.insert(rule.clone());
                        path.pop();
                    }
                    Some(next) => match path.iter().position(|(on_path, _)| *on_path == next) {
                        Some(from) => {
                            let through: Vec<&RuleName> = path[from..].iter().map(|(rule, _)| *rule).collect();
                            errors.push(self.cycle(&through));
                        }
                        None if done.contains(next) => {}
                        None => path.push((next, self.next(next).into_iter().collect())),
                    },
                }
            }
        }
        errors
    }

    fn cycle(&self, through: &[&RuleName]) -> PolicyError {
        let names: Vec<String> = through.iter().chain(through.first()).map(|rule| format!("`{}`", rule.name)).collect();
        let message = format!("a rule may not lead to itself: {}", names.join(" -> "));
        let first = through.first().and_then(|rule| self.world.definitions(rule).first());
        match first {
            Some((file, rule)) => {
                let file = &self.world.files[*file];
                let span = file.module.rules[*rule].name_span;
                PolicyError::at(&file.source.path, span.line, span.column, message)
                    .hint("Rego has no recursion: use a comprehension, `every`, `walk` or `graph.reachable`.")
            }
            None => PolicyError::nowhere(message),
        }
    }

    /// The definitions and everything that they lead to, as rules.
    pub(super) fn reachable(&self, from: &[Definition]) -> BTreeSet<RuleName> {
        let mut found: BTreeSet<RuleName> = BTreeSet::new();
        let start = from.iter().filter_map(|definition| self.traced.get(definition));
        let mut pending: Vec<RuleName> = start.flat_map(|traced| traced.uses.iter().map(|used| used.rule.clone())).collect();
        while let Some(rule) = pending.pop() {
            if found.insert(rule.clone()) {
                pending.extend(self.next(&rule).into_iter().cloned());
            }
        }
        found
    }

    /// Every place that the definitions and what they lead to mention.
    pub(super) fn places(&self, from: &[Definition]) -> BTreeSet<Place> {
        let reached = self.reachable(from);
        let own = from.iter().filter_map(|definition| self.traced.get(definition));
        let all: Vec<&Traced> = own.chain(reached.iter().flat_map(|rule| self.of(rule))).collect();
        let direct = all.iter().flat_map(|traced| traced.mentions.iter().map(|mention| mention.place.clone()));
        let called = self.expand(&all).places.into_iter().map(|called| called.place);
        direct.chain(called).filter(|place| !place.is_parameter()).collect()
    }

    /// What the parameters of functions stand for in all calls. Call it only when there are no cycles.
    pub(super) fn calls(&self) -> Calls {
        let all: Vec<&Traced> = self.traced.values().collect();
        self.expand(&all)
    }
}

/// A path in a function, as one of its calls makes it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Called {
    /// The function.
    pub(super) definition: Definition,
    pub(super) span: Span,
    pub(super) place: Place,
}

/// The paths that calls make.
#[derive(Debug, Default)]
pub(super) struct Calls {
    pub(super) places: BTreeSet<Called>,
    /// There are more than can be followed.
    pub(super) too_many: bool,
}
