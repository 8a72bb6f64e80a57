//! What a rule refers to: input and settings paths, other rules, functions; and where it looks at a path only to see whether
//! it is null.
//!
//! Names are followed through imports, local names (`c := input.coverage`), iteration (`some f in input.scan.findings`), and the
//! values of other rules, so that `f.severty` is found. What cannot be followed (the parameters of a function, computed keys) is
//! left alone.

mod calls;
mod guards;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::schema::Step;
use super::syntax::{Comparison, Expr, Import, Key, Node, Rule, RuleKind, Span, Stmt, StmtKind};
use super::world::{Called, Definition, File, Named, RuleName, World};

/// The document that a path leads into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Root {
    Input,
    Settings,
}

/// A path into a document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) root: Root,
    pub(super) steps: Vec<Step>,
}

impl Place {
    /// The path up to the first step that is not constant.
    pub(super) fn constant(&self) -> Place {
        let steps = self.steps.iter().take_while(|step| **step != Step::Any).cloned().collect();
        Place { root: self.root, steps }
    }

    /// The path as a policy writes it; `[_]` for any element.
    pub(super) fn written(&self) -> String {
        let mut text = match self.root {
            Root::Input => "input".to_owned(),
            Root::Settings => "data.kadian.settings".to_owned(),
        };
        for step in &self.steps {
            match step {
                Step::Key(key) => {
                    text.push('.');
                    text.push_str(key);
                }
                Step::Any => text.push_str("[_]"),
            }
        }
        text
    }
}

/// One mention of a path.
#[derive(Debug, Clone)]
pub(super) struct Mention {
    pub(super) place: Place,
    pub(super) span: Span,
    /// None when the mention is safe with null: inside `not`, `is_null`, a comparison with null, the object of `object.get`, the
    /// definition of a local name. Otherwise the paths that are certainly not null where it is evaluated.
    pub(super) read: Option<BTreeSet<Place>>,
}

/// A mention of another rule or function.
#[derive(Debug, Clone)]
pub(super) struct Use {
    pub(super) rule: RuleName,
    /// The paths that are certainly not null where it is evaluated.
    pub(super) when: BTreeSet<Place>,
    /// Whether it is evaluated with a replaced input or data.
    pub(super) replaced: bool,
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
    /// A collection of such values.
    ListOf(Box<Shape>),
    /// It is a part of `data`, at this path.
    Data(Vec<Step>),
}

impl Shape {
    fn element(self) -> Shape {
        match self {
            Shape::At(place) => Shape::At(step(place, Step::Any)),
            Shape::ListOf(shape) => *shape,
            Shape::Data(mut path) => {
                path.push(Step::Any);
                Shape::Data(path)
            }
            Shape::Unknown => Shape::Unknown,
        }
    }
}

fn step(mut place: Place, step: Step) -> Place {
    place.steps.push(step);
    place
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
        Walk { tracer: self, file, scopes: Vec::new(), context: Context::default(), silent: false, out: Traced::default() }
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

/// What holds where an expression stands.
#[derive(Debug, Clone, Default)]
struct Context {
    /// Nulls are expected here.
    safe: bool,
    /// Places that the same body tests to be not null.
    present: BTreeSet<Place>,
    /// Places that the same body tests to be null: reading them is deliberate.
    null: BTreeSet<Place>,
    /// Evaluated with a replaced input or data.
    replaced: bool,
}

struct Walk<'t, 'a> {
    tracer: &'t Tracer<'a>,
    file: &'a File,
    scopes: Vec<BTreeMap<String, Shape>>,
    context: Context,
    /// Only shapes are asked for; nothing is recorded.
    silent: bool,
    out: Traced,
}

impl Walk<'_, '_> {
    fn definition(&mut self, rule: &Rule) {
        self.scopes.push(rule.args.iter().flat_map(variables).map(|name| (name, Shape::Unknown)).collect());
        let mut heads: Vec<&Expr> = rule.key.iter().chain(&rule.value).collect();
        for part in &rule.head_parts {
            if let Key::Computed(expr) = &part.key {
                heads.push(expr);
            }
        }
        let alias = rule.kind == RuleKind::Value && rule.value.as_ref().is_some_and(is_path);
        if rule.bodies.is_empty() {
            self.body(&[], |walk| heads.iter().for_each(|head| walk.visit_as(head, alias)));
        }
        for body in &rule.bodies {
            let plain = alias && body.stmts.is_empty();
            self.body(&body.stmts, |walk| heads.iter().copied().chain(&body.value).for_each(|head| walk.visit_as(head, plain)));
        }
        self.scopes.pop();
    }

    /// The shape of a definition's value.
    fn value(&mut self, rule: &Rule) -> Shape {
        let element = match (rule.kind, rule.head_parts.is_empty()) {
            (RuleKind::Set, true) => rule.key.as_ref(),
            (RuleKind::Value, true) => rule.value.as_ref(),
            _ => None,
        };
        let (Some(expr), true) = (element, rule.bodies.len() <= 1) else { return Shape::Unknown };
        let mut shape = Shape::Unknown;
        self.scopes.push(BTreeMap::new());
        let stmts = rule.bodies.first().map_or(&[][..], |body| &body.stmts);
        self.body(stmts, |walk| shape = walk.visit(expr));
        self.scopes.pop();
        if rule.kind == RuleKind::Set && shape != Shape::Unknown { Shape::ListOf(Box::new(shape)) } else { shape }
    }

    /// Walks a body, and then whatever stands in front of it, with the body's names and guards.
    fn body(&mut self, stmts: &[Stmt], mut heads: impl FnMut(&mut Self)) {
        self.scopes.push(self.declared(stmts));
        let silent = std::mem::replace(&mut self.silent, true);
        // Statements may stand in any order: the second round sees what the first one learned.
        for _ in 0..2 {
            stmts.iter().for_each(|stmt| self.learn(stmt));
        }
        let outer = self.context.clone();
        for stmt in stmts {
            self.guards(stmt);
        }
        self.silent = silent;
        for stmt in stmts {
            self.stmt(stmt);
        }
        heads(self);
        self.context = outer;
        self.scopes.pop();
    }

    /// The names that a body declares, and those that it binds by `=` without declaring them.
    fn declared(&self, stmts: &[Stmt]) -> BTreeMap<String, Shape> {
        let mut names: Vec<String> = Vec::new();
        for stmt in stmts {
            match &stmt.kind {
                StmtKind::Some(vars) => names.extend(vars.iter().cloned()),
                StmtKind::SomeIn { key, value, .. } => {
                    names.extend(key.iter().flat_map(variables));
                    names.extend(variables(value));
                }
                StmtKind::Expr(Expr { node: Node::Assign { declares, lhs, .. }, .. }) => {
                    names.extend(variables(lhs).into_iter().filter(|name| *declares || !self.is_global(name)));
                }
                _ => {}
            }
        }
        names.into_iter().map(|name| (name, Shape::Unknown)).collect()
    }

    fn is_global(&self, name: &str) -> bool {
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

    /// Notes the shapes of the names that a statement binds.
    fn learn(&mut self, stmt: &Stmt) {
        let (name, shape) = match &stmt.kind {
            StmtKind::Expr(Expr { node: Node::Assign { lhs, rhs, .. }, .. }) => match &lhs.node {
                Node::Var(name) => (name, self.visit(rhs)),
                _ => return,
            },
            StmtKind::SomeIn { value, collection, .. } => match &value.node {
                Node::Var(name) => (name, self.visit(collection).element()),
                _ => return,
            },
            _ => return,
        };
        if let Some(known) = self.scopes.last_mut().and_then(|scope| scope.get_mut(name)) {
            *known = shape;
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        let outer = self.context.clone();
        for (target, replacement) in &stmt.with {
            self.replacement(target, replacement);
        }
        self.context.replaced |= !stmt.with.is_empty();
        match &stmt.kind {
            StmtKind::Some(_) => {}
            StmtKind::SomeIn { key, value, collection } => {
                self.visit(collection);
                key.iter().chain([value]).for_each(|pattern| {
                    self.visit(pattern);
                });
            }
            StmtKind::Expr(expr) => {
                self.visit(expr);
            }
            StmtKind::Not(expr) => {
                self.context.safe = true;
                self.visit(expr);
            }
            StmtKind::Every { key, value, domain, body } => {
                let element = self.visit(domain).element();
                let mut scope = BTreeMap::from([(value.clone(), element)]);
                scope.extend(key.iter().map(|key| (key.clone(), Shape::Unknown)));
                self.scopes.push(scope);
                self.body(body, |_| {});
                self.scopes.pop();
            }
        }
        self.context = outer;
    }

    /// The target of a `with` must exist like any other path; a replaced function may end in its replacement.
    fn replacement(&mut self, target: &Expr, replacement: &Expr) {
        let written = path_text(target);
        let function = written.as_deref().map(|written| self.tracer.world.function(self.file, written));
        if let Some(called @ (Called::Rule(_) | Called::Builtin(_))) = function {
            let by = path_text(replacement).map(|written| self.tracer.world.function(self.file, &written));
            if let (Called::Rule(function), Some(Called::Rule(by))) = (&called, &by) {
                if self.tracer.world.is_function(by) {
                    self.out.replacements.push((function.clone(), by.clone()));
                }
            }
            if let Some(Called::Rule(by)) = by {
                self.uses(by);
                return;
            }
        } else {
            let safe = std::mem::replace(&mut self.context.safe, true);
            self.visit(target);
            self.context.safe = safe;
        }
        self.visit(replacement);
    }

    fn visit_as(&mut self, expr: &Expr, alias: bool) {
        let safe = self.context.safe;
        self.context.safe |= alias;
        self.visit(expr);
        self.context.safe = safe;
    }

    fn visit_all<'e>(&mut self, exprs: impl IntoIterator<Item = &'e Expr>) -> Shape {
        for expr in exprs {
            self.visit(expr);
        }
        Shape::Unknown
    }

    /// Records what an expression refers to, and says what is known of its value.
    fn visit(&mut self, expr: &Expr) -> Shape {
        match &expr.node {
            Node::String(_) | Node::Null | Node::Scalar => Shape::Unknown,
            Node::Var(name) => {
                let shape = self.variable(name);
                self.follow(shape, &[], expr.span)
            }
            Node::Ref { head, parts } => {
                let computed = parts.iter().filter_map(|part| match &part.key {
                    Key::Computed(expr) if !matches!(expr.node, Node::Var(_) | Node::Scalar) => Some(expr),
                    _ => None,
                });
                self.visit_all(computed);
                let start = match &head.node {
                    Node::Var(name) => self.variable(name),
                    _ => self.visit(head),
                };
                let steps: Vec<Step> = parts
                    .iter()
                    .map(|part| match &part.key {
                        Key::Name(name) => Step::Key(name.clone()),
                        Key::Computed(_) => Step::Any,
                    })
                    .collect();
                self.follow(start, &steps, expr.span)
            }
            Node::Call { name, args } => self.call(name.as_deref(), args, expr.span),
            Node::List(items) | Node::Compute(items) => self.visit_all(items),
            Node::Object(fields) => self.visit_all(fields.iter().flat_map(|(key, value)| [key, value])),
            Node::Comprehension { terms, body } => {
                let mut shape = Shape::Unknown;
                self.body(body, |walk| {
                    for term in terms {
                        shape = walk.visit(term);
                    }
                });
                if shape == Shape::Unknown { shape } else { Shape::ListOf(Box::new(shape)) }
            }
            Node::Compare { op, lhs, rhs } => {
                let null = matches!(lhs.node, Node::Null) || matches!(rhs.node, Node::Null);
                self.context_with(null && *op != Comparison::Order, |walk| walk.visit_all([&**lhs, &**rhs]))
            }
            Node::Assign { lhs, rhs, .. } => {
                let null = matches!(lhs.node, Node::Null) || matches!(rhs.node, Node::Null);
                let alias = matches!(lhs.node, Node::Var(_)) && is_path(rhs);
                self.context_with(null || alias, |walk| walk.visit_all([&**rhs, &**lhs]))
            }
            Node::In { key, value, collection } => self.visit_all(key.iter().map(|key| &**key).chain([&**value, &**collection])),
        }
    }

    fn context_with<T>(&mut self, safe: bool, work: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.context.safe;
        self.context.safe |= safe;
        let result = work(self);
        self.context.safe = before;
        result
    }

    /// What a name stands for.
    fn variable(&self, name: &str) -> Shape {
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
    fn follow(&mut self, start: Shape, steps: &[Step], span: Span) -> Shape {
        let mut shape = start;
        for (index, next) in steps.iter().enumerate() {
            shape = match (shape, next) {
                (Shape::At(place), next) => Shape::At(step(place, next.clone())),
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
                if !(self.tracer.is_alias(&rule) && matches!(self.tracer.shape(&rule), Shape::At(_))) {
                    self.uses(rule.clone());
                }
                let shape = self.tracer.shape(&rule);
                self.follow(shape, &path[length..], span)
            }
            Named::Packages(packages) => {
                for package in packages {
                    for rule in self.tracer.world.rules(&package) {
                        self.uses(rule);
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

    fn uses(&mut self, rule: RuleName) {
        if !self.silent {
            let when = self.context.present.clone();
            self.out.uses.push(Use { rule, when, replaced: self.context.replaced });
        }
    }

    fn mention(&mut self, place: Place, span: Span) {
        if self.silent {
            return;
        }
        let constant = place.constant();
        let tested = self.context.null.iter().any(|null| null.root == constant.root && constant.steps.starts_with(&null.steps));
        let safe = self.context.safe || self.context.replaced || tested;
        let read = (!safe).then(|| self.context.present.clone());
        self.out.mentions.push(Mention { place, span, read });
    }

    fn call(&mut self, name: Option<&str>, args: &[Expr], span: Span) -> Shape {
        let Some(name) = name else { return self.visit_all(args) };
        let called = self.tracer.world.function(self.file, name);
        self.check_call(&called, name, args.len(), span);
        match called {
            Called::Rule(rule) => {
                self.uses(rule);
                self.visit_all(args)
            }
            _ if matches!(name, "is_null" | "print") => self.context_with(true, |walk| walk.visit_all(args)),
            Called::Builtin(_) if name == "object.get" => {
                self.object_get(args);
                Shape::Unknown
            }
            _ => self.visit_all(args),
        }
    }

    /// The object of `object.get` may be absent; a constant key is a path like any other. Key and default are read.
    fn object_get(&mut self, args: &[Expr]) {
        let Some((object, rest)) = args.split_first() else { return };
        let shape = self.context_with(true, |walk| walk.visit(object));
        let key = |expr: &Expr| match &expr.node {
            Node::String(key) => Some(Step::Key(key.clone())),
            _ => None,
        };
        let path: Option<Vec<Step>> = match rest.first().map(|keys| (&keys.node, keys)) {
            Some((Node::List(items), _)) => items.iter().map(key).collect(),
            Some((_, expr)) => key(expr).map(|key| vec![key]),
            None => None,
        };
        if let (Shape::At(place), Some(path)) = (shape, path) {
            let at = rest.first().map_or(object.span, |keys| keys.span);
            let place = path.into_iter().fold(place, step);
            self.context_with(true, |walk| walk.mention(place, at));
        }
        self.visit_all(rest);
    }
}

/// The names in a pattern.
fn variables(pattern: &Expr) -> Vec<String> {
    match &pattern.node {
        Node::Var(name) => vec![name.clone()],
        Node::List(items) => items.iter().flat_map(variables).collect(),
        Node::Object(fields) => fields.iter().flat_map(|(_, value)| variables(value)).collect(),
        _ => Vec::new(),
    }
}

/// A path of plain names as it is written, for example `time.now_ns`.
fn path_text(expr: &Expr) -> Option<String> {
    match &expr.node {
        Node::Var(name) => Some(name.clone()),
        Node::Ref { head, parts } => {
            let mut text = match &head.node {
                Node::Var(name) => name.clone(),
                _ => return None,
            };
            for part in parts {
                match &part.key {
                    Key::Name(name) => {
                        text.push('.');
                        text.push_str(name);
                    }
                    Key::Computed(_) => return None,
                }
            }
            Some(text)
        }
        _ => None,
    }
}
