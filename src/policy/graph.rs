//! Rules that lead to other rules: cycles, and what a rule refers to through others.

use std::collections::{BTreeMap, BTreeSet};

use super::error::PolicyError;
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
    pub(super) fn places(&self, from: &[Definition]) -> BTreeSet<&Place> {
        let reached = self.reachable(from);
        let own = from.iter().filter_map(|definition| self.traced.get(definition));
        own.chain(reached.iter().flat_map(|rule| self.of(rule)))
            .flat_map(|traced| traced.mentions.iter().map(|mention| &mention.place))
            .collect()
    }

    /// The constant paths that the definitions and what they lead to read. Call it only when there are no cycles.
    pub(super) fn reads(&self, from: &[Definition]) -> BTreeSet<Read> {
        let mut memo = BTreeMap::new();
        let mut reads = BTreeSet::new();
        for definition in from {
            if let Some(traced) = self.traced.get(definition) {
                self.collect(traced, &mut memo, &mut reads);
            }
        }
        reads
    }

    fn collect(&self, traced: &Traced, memo: &mut BTreeMap<RuleName, BTreeSet<Read>>, into: &mut BTreeSet<Read>) {
        for mention in &traced.mentions {
            if let Some(when) = &mention.read {
                into.insert(Read { place: mention.place.constant(), when: when.clone() });
            }
        }
        for used in traced.uses.iter().filter(|used| !used.replaced) {
            if !memo.contains_key(&used.rule) {
                let mut reads = BTreeSet::new();
                for traced in self.of(&used.rule) {
                    self.collect(traced, memo, &mut reads);
                }
                memo.insert(used.rule.clone(), reads);
            }
            let through = memo.get(&used.rule).into_iter().flatten();
            into.extend(through.map(|read| Read { place: read.place.clone(), when: &read.when | &used.when }));
        }
    }
}
