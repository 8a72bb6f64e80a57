//! Functions: what their parameters stand for in each call, and what a rule reads through them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Called, Calls, Graph, Read};
use crate::policy::trace::{Place, Replaced, Traced};
use crate::policy::world::{Definition, RuleName};

/// Different calls that are followed. Functions that call functions with two parts of what they were given double them each time.
const MAX_CALLS: usize = 10_000;

/// A rule as it is used: what it is given, and what a `with` around it replaces.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Call {
    rule: RuleName,
    args: Vec<Option<Place>>,
    replaced: Replaced,
}

/// The reads of the calls that have been followed.
type Known = BTreeMap<Call, BTreeSet<Read>>;

impl Graph<'_> {
    /// The paths that the parameters of functions become in the calls of these definitions, and in the calls that those make.
    pub(super) fn expand(&self, from: &[&Traced]) -> Calls {
        let mut calls = Calls::default();
        let mut seen: BTreeSet<(RuleName, Vec<Option<Place>>)> = BTreeSet::new();
        let mut pending = Vec::new();
        let used = |traced: &Traced, args: &[Option<Place>]| -> Vec<(RuleName, Vec<Option<Place>>)> {
            let given = traced.uses.iter().map(|used| (used.rule.clone(), on(&used.args, args)));
            given.filter(|(_, args)| args.iter().any(Option::is_some)).collect()
        };
        for traced in from {
            pending.extend(used(traced, &[]));
        }
        while let Some((rule, args)) = pending.pop() {
            if !seen.insert((rule.clone(), args.clone())) {
                continue;
            }
            if seen.len() > MAX_CALLS {
                calls.too_many = true;
                break;
            }
            for definition in self.world.definitions(&rule) {
                let Some(traced) = self.traced.get(definition) else { continue };
                calls.places.extend(made(*definition, traced, &args));
                pending.extend(used(traced, &args));
            }
        }
        calls
    }

    /// The paths that the definitions and what they lead to read. Call it only when there are no cycles.
    pub(in crate::policy) fn reads(&self, from: &[Definition]) -> BTreeSet<Read> {
        let mut known = Known::new();
        let mut reads = BTreeSet::new();
        for definition in from {
            if let Some(traced) = self.traced.get(definition) {
                self.collect(traced, &[], &Replaced::default(), &mut known, &mut reads);
            }
        }
        reads
    }

    fn collect(
        &self,
        traced: &Traced,
        args: &[Option<Place>],
        replaced: &Replaced,
        known: &mut Known,
        into: &mut BTreeSet<Read>,
    ) {
        let visible = |place: &Place| place.on(args).filter(|place| !replaced.hides(place));
        for mention in &traced.mentions {
            let (Some(tested), Some(place)) = (&mention.read, visible(&mention.place)) else { continue };
            // A test of one argument says nothing about the elements of another.
            let tested = tested.iter().filter(|tested| tested.root == mention.place.root || !tested.is_parameter());
            let when: BTreeSet<Place> = tested.filter_map(visible).collect();
            let given = mention.place.is_parameter() && mention.place.steps.is_empty();
            // An argument is read where it is given.
            if !given {
                into.insert(Read { place: place.constant(), when: constant(&when) });
            }
            if mention.ordered && !place.is_constant() {
                into.insert(Read { place, when });
            }
        }
        for used in &traced.uses {
            if replaced.has(&used.rule) || used.replaced.has(&used.rule) {
                continue;
            }
            let given = on(&used.args, args);
            let none = vec![None; given.len()];
            let mut call = Call { rule: used.rule.clone(), args: none, replaced: replaced.and(&used.replaced) };
            let when: BTreeSet<Place> = used.when.iter().filter_map(visible).collect();
            let own = self.through(&call, known);
            // The elements that the rule goes through by itself are not those that were tested here.
            into.extend(own.iter().map(|read| Read { place: read.place.clone(), when: &read.when | &constant(&when) }));
            if given.iter().any(Option::is_some) {
                call.args = given;
                let all = self.through(&call, known);
                let handed = all.difference(&own);
                into.extend(handed.map(|read| {
                    let when = if read.place.is_constant() { constant(&when) } else { when.clone() };
                    Read { place: read.place.clone(), when: &read.when | &when }
                }));
            }
        }
    }

    /// What one call reads.
    fn through(&self, call: &Call, known: &mut Known) -> BTreeSet<Read> {
        if let Some(reads) = known.get(call) {
            return reads.clone();
        }
        let mut reads = BTreeSet::new();
        for traced in self.of(&call.rule) {
            self.collect(traced, &call.args, &call.replaced, known, &mut reads);
        }
        known.insert(call.clone(), reads.clone());
        reads
    }
}

fn on(given: &[Option<Place>], args: &[Option<Place>]) -> Vec<Option<Place>> {
    given.iter().map(|place| place.as_ref()?.on(args)).collect()
}

fn constant(when: &BTreeSet<Place>) -> BTreeSet<Place> {
    when.iter().filter(|place| place.is_constant()).cloned().collect()
}

/// The paths that a function's own mentions become.
fn made(definition: Definition, traced: &Traced, args: &[Option<Place>]) -> Vec<Called> {
    let inside = traced.mentions.iter().filter(|mention| mention.place.is_parameter());
    inside.filter_map(|mention| Some(Called { definition, span: mention.span, place: mention.place.on(args)? })).collect()
}
