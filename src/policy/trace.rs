//! What a rule refers to: input and settings paths, other rules, functions; and where it looks at a path only to see whether
//! it is null.
//!
//! Names are followed through imports, local names (`c := input.coverage`), iteration (`some f in input.scan.findings`), and the
//! values of other rules, so that `f.severty` is found. The parameters of a function are places of their own, which each call fills
//! in. What cannot be followed (arguments and keys that are computed) is left alone.

mod calls;
mod guards;
mod names;
mod place;
mod replaced;
mod walk;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::schema::Step;
use super::syntax::{Expr, Node, RuleKind, Span};
use super::world::{Definition, RuleName, World};
use walk::{Context, Walk};

pub(super) use place::{Place, Root};
pub(super) use replaced::Replaced;

/// One mention of a path.
#[derive(Debug, Clone)]
pub(super) struct Mention {
    pub(super) place: Place,
    pub(super) span: Span,
    /// None when the mention is safe with null: inside `not`, `is_null`, a comparison with null, the object of `object.get`, the
    /// definition of a local name. Otherwise the paths that are certainly not null where it is evaluated.
    pub(super) read: Option<BTreeSet<Place>>,
    /// Whether it is put into an order (`<`, `>=`), where null silently counts as less than everything.
    pub(super) ordered: bool,
}

/// A mention of another rule or function.
#[derive(Debug, Clone)]
pub(super) struct Use {
    pub(super) rule: RuleName,
    /// The paths that are handed to a function; none for an argument that is something else.
    pub(super) args: Vec<Option<Place>>,
    /// The paths that are certainly not null where it is evaluated.
    pub(super) when: BTreeSet<Place>,
    /// What a `with` replaces where it is evaluated.
    pub(super) replaced: Replaced,
}

/// A fault in a name.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    pub(super) span: Span,
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

/// Everything that one definition refers to.
#[derive(Debug, Clone, Default)]
pub(super) struct Traced {
    pub(super) mentions: Vec<Mention>,
    pub(super) uses: Vec<Use>,
    /// Every rule that is named, also where only the path behind it is used.
    pub(super) named: BTreeSet<RuleName>,
    /// Function, replacement, where: pairs of a `with`, through which the function may end in the replacement.
    pub(super) replacements: Vec<(RuleName, RuleName)>,
    pub(super) faults: Vec<Fault>,
}

/// What is known of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Shape {
    Unknown,
    /// It is what stands at this place.
    At(Place),
    /// It looks like what stands at this place, but was chosen or replaced: the schema knows its parts, the document does not.
    Chosen(Place),
    /// It is this text.
    Text(String),
    /// A collection of such values.
    ListOf(Box<Shape>),
    /// It is a part of `data`, at this path.
    Data(Vec<Step>),
}

impl Shape {
    fn element(self) -> Shape {
        match self {
            Shape::At(place) => Shape::At(place.then(Step::Any)),
            Shape::Chosen(place) => Shape::Chosen(place.then(Step::Any)),
            Shape::ListOf(shape) => *shape,
            Shape::Data(mut path) => {
                path.push(Step::Any);
                Shape::Data(path)
            }
            Shape::Text(_) | Shape::Unknown => Shape::Unknown,
        }
    }

    fn list(self) -> Shape {
        if self == Shape::Unknown { self } else { Shape::ListOf(Box::new(self)) }
    }

    fn chosen(self) -> Shape {
        match self {
            Shape::At(place) if !place.is_constant() => Shape::Chosen(place),
            Shape::ListOf(shape) => Shape::ListOf(Box::new(shape.chosen())),
            other => other,
        }
    }

    /// The shape of a function's value in a call with these arguments.
    fn on(self, args: &[Option<Place>]) -> Shape {
        match self {
            Shape::At(place) => place.on(args).map_or(Shape::Unknown, Shape::At),
            Shape::Chosen(place) => place.on(args).map_or(Shape::Unknown, Shape::Chosen),
            Shape::ListOf(shape) => shape.on(args).list(),
            other => other,
        }
    }
}

/// Traces definitions; keeps the shapes of rule values.
#[derive(Debug)]
pub(super) struct Tracer<'a> {
    world: &'a World<'a>,
    /// None while a shape is being worked out, so that a cycle ends.
    shapes: RefCell<BTreeMap<RuleName, Option<Shape>>>,
}

impl<'a> Tracer<'a> {
    pub(super) fn new(world: &'a World<'a>) -> Self {
        Tracer { world, shapes: RefCell::new(BTreeMap::new()) }
    }

    /// What one definition refers to.
    pub(super) fn trace(&self, definition: Definition) -> Traced {
        let mut walk = self.walk(definition);
        walk.definition(self.world.rule(definition));
        walk.out
    }

    fn walk(&self, definition: Definition) -> Walk<'_, 'a> {
        let file = &self.world.files[definition.0];
        Walk {
            tracer: self,
            file,
            scopes: Vec::new(),
            iterated: BTreeSet::new(),
            context: Context::default(),
            silent: false,
            out: Traced::default(),
        }
    }

    /// The shape of a rule's value: known when all its definitions agree.
    fn shape(&self, rule: &RuleName) -> Shape {
        if let Some(known) = self.shapes.borrow().get(rule) {
            return known.clone().unwrap_or(Shape::Unknown);
        }
        self.shapes.borrow_mut().insert(rule.clone(), None);
        let mut shapes = Vec::new();
        for definition in self.world.definitions(rule) {
            let mut walk = self.walk(*definition);
            walk.silent = true;
            shapes.push(walk.value(self.world.rule(*definition)));
        }
        let shape = match shapes.split_first() {
            Some((first, rest)) if rest.iter().all(|other| other == first) => first.clone(),
            _ => Shape::Unknown,
        };
        self.shapes.borrow_mut().insert(rule.clone(), Some(shape.clone()));
        shape
    }

    /// Whether a rule only gives another name to a path, as in `patch := input.coverage.patch`.
    fn is_alias(&self, rule: &RuleName) -> bool {
        match self.world.definitions(rule) {
            [only] => {
                let rule = self.world.rule(*only);
                let plain = rule.kind == RuleKind::Value && rule.head_parts.is_empty();
                let unconditional = rule.bodies.iter().all(|body| body.stmts.is_empty() && body.value.is_none());
                plain && unconditional && rule.value.as_ref().is_some_and(is_path)
            }
            _ => false,
        }
    }
}

fn is_path(expr: &Expr) -> bool {
    matches!(&expr.node, Node::Var(_)) || matches!(&expr.node, Node::Ref { head, .. } if matches!(head.node, Node::Var(_)))
}
