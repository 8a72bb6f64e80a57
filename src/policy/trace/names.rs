//! What a name or a path stands for, and the record of it.

use std::collections::BTreeSet;

use super::walk::Walk;
use super::{Fault, Mention, Place, Root, Shape, Use};
use crate::policy::schema::Step;
use crate::policy::syntax::{Import, Span};
use crate::policy::world::{Named, RuleName};

impl Walk<'_, '_> {
    pub(super) fn is_global(&self, name: &str) -> bool {
        let rule = RuleName { package: self.file.package(), name: name.to_owned() };
        name == "input"
            || name == "data"
            || self.scopes.iter().any(|scope| scope.contains_key(name))
            || self.import(name).is_some()
            || !self.tracer.world.definitions(&rule).is_empty()
    }

    fn import(&self, name: &str) -> Option<&Import> {
        self.file.module.imports.iter().find(|import| import.alias == name && matches!(import.path[0].as_str(), "input" | "data"))
    }

    /// What a name stands for.
    pub(super) fn variable(&self, name: &str) -> Shape {
        if let Some(shape) = self.scopes.iter().rev().find_map(|scope| scope.get(name)) {
            return shape.clone();
        }
        let keys = |path: &[String]| path.iter().map(|part| Step::Key(part.clone())).collect::<Vec<Step>>();
        match name {
            "input" => Shape::At(Place { root: Root::Input, steps: Vec::new() }),
            "data" => Shape::Data(Vec::new()),
            _ => {
                let rule = RuleName { package: self.file.package(), name: name.to_owned() };
                if !self.tracer.world.definitions(&rule).is_empty() {
                    let mut path = keys(&self.file.module.package);
                    path.push(Step::Key(name.to_owned()));
                    return Shape::Data(path);
                }
                match self.import(name).map(|import| import.path.split_at(1)) {
                    Some((root, rest)) if root[0] == "input" => Shape::At(Place { root: Root::Input, steps: keys(rest) }),
                    Some((_, rest)) => Shape::Data(keys(rest)),
                    None => Shape::Unknown,
                }
            }
        }
    }

    /// Goes on from a value by the steps and records where that leads.
    pub(super) fn follow(&mut self, start: Shape, steps: &[Step], span: Span) -> Shape {
        let mut shape = start;
        for (index, next) in steps.iter().enumerate() {
            shape = match (shape, next) {
                (Shape::At(place), next) => Shape::At(place.then(next.clone())),
                (Shape::Chosen(place), next) => Shape::Chosen(place.then(next.clone())),
                (Shape::ListOf(shape), Step::Any) => *shape,
                (Shape::Data(mut path), _) => {
                    path.extend(steps[index..].iter().cloned());
                    return self.data(&path, span);
                }
                _ => return Shape::Unknown,
            };
        }
        match shape {
            Shape::Data(path) => self.data(&path, span),
            Shape::At(place) => {
                self.mention(place.clone(), span);
                Shape::At(place)
            }
            Shape::Chosen(place) => {
                let safe = std::mem::replace(&mut self.context.safe, true);
                self.mention(place.clone(), span);
                self.context.safe = safe;
                Shape::Chosen(place)
            }
            other => other,
        }
    }

    /// A path under `data`: the settings, or a rule and what its value is.
    fn data(&mut self, path: &[Step], span: Span) -> Shape {
        let parts: Vec<Option<&str>> = path
            .iter()
            .map(|step| match step {
                Step::Key(key) => Some(key.as_str()),
                Step::Any => None,
            })
            .collect();
        match self.tracer.world.named(&parts) {
            Named::Settings => {
                let place = Place { root: Root::Settings, steps: path[2..].to_vec() };
                self.mention(place.clone(), span);
                Shape::At(place)
            }
            Named::Rule(rule, length) => {
                if !self.silent {
                    self.out.named.insert(rule.clone());
                }
                if self.context.replaced.has(&rule) {
                    return Shape::Unknown;
                }
                if !(self.tracer.is_alias(&rule) && matches!(self.tracer.shape(&rule), Shape::At(_))) {
                    self.uses(rule.clone(), Vec::new());
                }
                let shape = self.tracer.shape(&rule);
                self.follow(shape, &path[length..], span)
            }
            Named::Packages(packages) => {
                for package in packages {
                    for rule in self.tracer.world.rules(&package) {
                        self.uses(rule, Vec::new());
                    }
                }
                Shape::Unknown
            }
            Named::Nothing(nearest) => {
                if !self.silent {
                    let written: Vec<&str> = parts.iter().map_while(|part| *part).collect();
                    let message = format!("`data.{}` names no package, rule or setting", written.join("."));
                    let hint = match nearest {
                        Some(nearest) => format!("Did you mean `{nearest}`?"),
                        None => "Data comes from packages and from `data.kadian.settings`; other documents come as \
                                 `--evidence custom.NAME=FILE` and stand at `input.custom.NAME`."
                            .to_owned(),
                    };
                    self.out.faults.push(Fault { span, message, hint: Some(hint) });
                }
                Shape::Unknown
            }
        }
    }

    /// Records that a rule is used; `args` are the paths that a function is given.
    pub(super) fn uses(&mut self, rule: RuleName, args: Vec<Option<Place>>) {
        if !self.silent {
            let when = self.certain(&self.context.present);
            self.out.named.insert(rule.clone());
            self.out.uses.push(Use { rule, args, when, replaced: self.context.replaced.clone() });
        }
    }

    pub(super) fn mention(&mut self, place: Place, span: Span) {
        if self.silent {
            return;
        }
        let tested = self.certain(&self.context.null).iter().any(|null| {
            let read = if null.is_constant() { place.constant() } else { place.clone() };
            null.root == read.root && read.steps.starts_with(&null.steps)
        });
        let safe = self.context.safe || tested || self.context.replaced.hides(&place);
        let read = (!safe).then(|| self.certain(&self.context.present));
        self.out.mentions.push(Mention { place, span, read, ordered: self.context.ordered });
    }

    /// The tested places that are the same wherever they are named here. A test of an element speaks for the name that was tested,
    /// so it counts only while no other name goes through the same elements.
    fn certain(&self, tested: &BTreeSet<Place>) -> BTreeSet<Place> {
        let only_one = |place: &Place| {
            let names = self.scopes.iter().flatten().filter(|(name, shape)| {
                let same = |other: &Place| other.root == place.root && other.element() == place.element();
                self.iterated.contains(*name) && matches!(shape, Shape::At(other) | Shape::Chosen(other) if same(other))
            });
            !self.context.fresh && names.count() <= 1
        };
        tested.iter().filter(|place| place.is_constant() || only_one(place)).cloned().collect()
    }
}
