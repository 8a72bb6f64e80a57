//! What `with` replaces, and only for the expression that carries it.

use std::collections::BTreeSet;

use super::walk::{Walk, path_text};
use super::{Place, Root, Shape};
use crate::policy::schema::Step;
use crate::policy::syntax::{Expr, Key, Node};
use crate::policy::world::{Called, Named, RuleName, SETTINGS};

/// Paths and rules that have another value than the documents and the policies give them.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::policy) struct Replaced {
    places: BTreeSet<Place>,
    rules: BTreeSet<RuleName>,
}

impl Replaced {
    /// Whether the document no longer tells what stands at the place: it, a part of it, or what it is a part of is replaced.
    pub(in crate::policy) fn hides(&self, place: &Place) -> bool {
        self.places.iter().any(|replaced| replaced.overlaps(place))
    }

    pub(in crate::policy) fn has(&self, rule: &RuleName) -> bool {
        self.rules.contains(rule)
    }

    /// What both replace together.
    pub(in crate::policy) fn and(&self, other: &Replaced) -> Replaced {
        Replaced { places: &self.places | &other.places, rules: &self.rules | &other.rules }
    }
}

impl Walk<'_, '_> {
    /// Notes in the context what a `with` replaces. Its target must exist like any other path; a replaced function may end in its
    /// replacement.
    pub(super) fn replacements(&mut self, with: &[(Expr, Expr)]) {
        let mut replaced = Replaced::default();
        for (target, replacement) in with {
            self.replacement(target, replacement);
            self.target(target, &mut replaced);
        }
        if !with.is_empty() {
            self.context.replaced = self.context.replaced.and(&replaced);
            self.context.outside = self.scopes.len();
        }
    }

    fn replacement(&mut self, target: &Expr, replacement: &Expr) {
        let written = path_text(target);
        let function = written.as_deref().map(|written| self.tracer.world.function(self.file, written));
        if let Some(called @ (Called::Rule(_) | Called::Builtin(_))) = function {
            let by = path_text(replacement).map(|written| self.tracer.world.function(self.file, &written));
            if let (Called::Rule(function), Some(Called::Rule(by))) = (&called, &by)
                && self.tracer.world.is_function(by)
            {
                self.out.replacements.push((function.clone(), by.clone()));
            }
            if let Some(Called::Rule(by)) = by {
                self.uses(by, Vec::new());
                return;
            }
        } else {
            let safe = std::mem::replace(&mut self.context.safe, true);
            self.visit(target);
            self.context.safe = safe;
        }
        self.visit(replacement);
    }

    fn target(&self, target: &Expr, replaced: &mut Replaced) {
        let (head, parts) = match &target.node {
            Node::Var(_) => (target, &[][..]),
            Node::Ref { head, parts } => (&**head, parts.as_slice()),
            _ => return,
        };
        let Node::Var(name) = &head.node else { return };
        let keys: Vec<Step> = parts
            .iter()
            .map_while(|part| match &part.key {
                Key::Name(name) => Some(Step::Key(name.clone())),
                Key::Computed(_) => None,
            })
            .collect();
        match self.variable(name) {
            Shape::At(mut place) => {
                place.steps.extend(keys);
                replaced.places.insert(place);
            }
            Shape::Data(mut path) => {
                path.extend(keys);
                self.data_target(&path, replaced);
            }
            _ => {}
        }
    }

    fn data_target(&self, path: &[Step], replaced: &mut Replaced) {
        let names: Vec<Option<&str>> = path
            .iter()
            .map(|step| match step {
                Step::Key(key) => Some(key.as_str()),
                Step::Any => None,
            })
            .collect();
        let covers_settings = names.iter().zip(SETTINGS).all(|(name, part)| *name == Some(part));
        if covers_settings {
            let steps = path.get(SETTINGS.len()..).unwrap_or_default().to_vec();
            replaced.places.insert(Place { root: Root::Settings, steps });
        }
        match self.tracer.world.named(&names) {
            Named::Rule(rule, _) => {
                replaced.rules.insert(rule);
            }
            Named::Packages(packages) => {
                replaced.rules.extend(packages.iter().flat_map(|package| self.tracer.world.rules(package)));
            }
            Named::Settings | Named::Nothing(_) => {}
        }
    }
}
