//! The walk over one definition, with the names and guards that are in force.

use std::collections::{BTreeMap, BTreeSet};

use super::{Place, Replaced, Root, Shape, Traced, Tracer, is_path};
use crate::policy::schema::Step;
use crate::policy::syntax::{Comparison, Expr, Key, Node, Rule, RuleKind, Span, Stmt, StmtKind};
use crate::policy::world::{Called, File, RuleName};

/// What holds where an expression stands.
#[derive(Debug, Clone, Default)]
pub(super) struct Context {
    /// Nulls are expected here.
    pub(super) safe: bool,
    /// Places that the same body tests to be not null.
    pub(super) present: BTreeSet<Place>,
    /// Places that the same body tests to be null: reading them is deliberate.
    pub(super) null: BTreeSet<Place>,
    /// What a `with` replaces here.
    pub(super) replaced: Replaced,
    /// So many scopes stand outside the innermost `with`: their names keep the values that they have there.
    pub(super) outside: usize,
    /// The expression is an operand of `<` and its like.
    pub(super) ordered: bool,
    /// The expression goes through elements that have no name.
    pub(super) fresh: bool,
}

pub(super) struct Walk<'t, 'a> {
    pub(super) tracer: &'t Tracer<'a>,
    pub(super) file: &'a File,
    pub(super) scopes: Vec<BTreeMap<String, Shape>>,
    /// Names that stand for one element after the other.
    pub(super) iterated: BTreeSet<String>,
    pub(super) context: Context,
    /// Only shapes are asked for; nothing is recorded.
    pub(super) silent: bool,
    pub(super) out: Traced,
}

impl Walk<'_, '_> {
    pub(super) fn definition(&mut self, rule: &Rule) {
        for arg in &rule.args {
            self.check_names(&variables(arg), arg.span);
        }
        self.scopes.push(parameters(rule));
        let mut heads: Vec<&Expr> = rule.key.iter().chain(&rule.value).collect();
        for part in &rule.head_parts {
            if let Key::Computed(expr) = &part.key {
                heads.push(expr);
            }
        }
        let alias = self.tracer.is_alias(&RuleName { package: self.file.package(), name: rule.name.clone() });
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
    pub(super) fn value(&mut self, rule: &Rule) -> Shape {
        let element = match (rule.kind, rule.head_parts.is_empty()) {
            (RuleKind::Set, true) => rule.key.as_ref(),
            (RuleKind::Value | RuleKind::Function, true) => rule.value.as_ref(),
            _ => None,
        };
        let (Some(expr), true) = (element, rule.bodies.len() <= 1) else { return Shape::Unknown };
        let mut shape = Shape::Unknown;
        self.scopes.push(parameters(rule));
        let stmts = rule.bodies.first().map_or(&[][..], |body| &body.stmts);
        self.body(stmts, |walk| shape = walk.chosen(expr));
        self.scopes.pop();
        if rule.kind == RuleKind::Set { shape.list() } else { shape }
    }

    /// What a body gives out: where it tests elements, only those that pass.
    fn chosen(&mut self, expr: &Expr) -> Shape {
        let shape = self.visit(expr);
        if self.context.present.iter().all(Place::is_constant) { shape } else { shape.chosen() }
    }

    /// Walks a body, and then whatever stands in front of it, with the body's names and guards.
    fn body(&mut self, stmts: &[Stmt], mut heads: impl FnMut(&mut Self)) {
        self.scopes.push(self.declared(stmts));
        let silent = std::mem::replace(&mut self.silent, true);
        // Statements may stand in any order: the second round sees what the first one learned.
        for _ in 0..2 {
            for stmt in stmts {
                self.learn(stmt);
            }
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

    /// Notes the shapes of the names that a statement binds.
    fn learn(&mut self, stmt: &Stmt) {
        let (name, value, element) = match &stmt.kind {
            StmtKind::Expr(Expr { node: Node::Assign { lhs, rhs, .. }, .. }) => (&**lhs, &**rhs, false),
            StmtKind::SomeIn { value, collection, .. } => (value, collection, true),
            _ => return,
        };
        let Node::Var(name) = &name.node else { return };
        let outer = self.context.clone();
        self.replacements(&stmt.with);
        if element || self.is_fresh(value) {
            self.iterated.insert(name.clone());
        }
        let shape = self.visit(value);
        let shape = if element { shape.element() } else { shape };
        // A name that takes its value under a `with` does not stand for the document's.
        let shape = match shape {
            Shape::At(place) if self.context.replaced.hides(&place) => Shape::Chosen(place),
            shape => shape,
        };
        self.context = outer;
        if let Some(known) = self.scopes.last_mut().and_then(|scope| scope.get_mut(name)) {
            *known = shape;
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        let outer = self.context.clone();
        self.replacements(&stmt.with);
        match &stmt.kind {
            StmtKind::Some(_) => {}
            StmtKind::SomeIn { key, value, collection } => {
                self.visit(collection);
                key.iter().chain([value]).for_each(|pattern| {
                    self.check_names(&variables(pattern), pattern.span);
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
                self.check_names(key.as_slice(), domain.span);
                self.check_names(std::slice::from_ref(value), domain.span);
                let element = self.visit(domain).element();
                let mut scope = BTreeMap::from([(value.clone(), element)]);
                self.iterated.insert(value.clone());
                scope.extend(key.iter().map(|key| (key.clone(), Shape::Unknown)));
                self.scopes.push(scope);
                self.body(body, |_| {});
                self.scopes.pop();
            }
        }
        self.context = outer;
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
    pub(super) fn visit(&mut self, expr: &Expr) -> Shape {
        match &expr.node {
            Node::String(text) => Shape::Text(text.clone()),
            Node::Null | Node::Scalar => Shape::Unknown,
            Node::Var(name) => self.path(name, &[], expr),
            Node::Ref { head, parts } => {
                let ordered = std::mem::take(&mut self.context.ordered);
                let mut steps = Vec::new();
                for part in parts {
                    steps.push(match &part.key {
                        Key::Name(name) => Step::Key(name.clone()),
                        Key::Computed(key) => self.step(key),
                    });
                }
                let outer = self.context.fresh;
                let start = match &head.node {
                    Node::Var(_) => None,
                    _ => Some(self.visit(head)),
                };
                self.context.ordered = ordered;
                self.context.fresh |= steps.contains(&Step::Any);
                let shape = match (&head.node, start) {
                    (_, Some(start)) => self.follow(start, &steps, expr.span),
                    (Node::Var(name), None) => self.path(name, &steps, expr),
                    _ => Shape::Unknown,
                };
                self.context.fresh = outer;
                shape
            }
            Node::Call { name, args } => self.call(name.as_deref(), args, expr.span),
            Node::List(items) | Node::Compute(items) => self.visit_all(items),
            Node::Object(fields) => self.visit_all(fields.iter().flat_map(|(key, value)| [key, value])),
            Node::Comprehension { terms, body } => {
                let mut shape = Shape::Unknown;
                self.body(body, |walk| {
                    for term in terms {
                        shape = walk.chosen(term);
                    }
                });
                shape.list()
            }
            Node::Compare { op, lhs, rhs } => {
                let null = matches!(lhs.node, Node::Null) || matches!(rhs.node, Node::Null);
                self.context_with(null && *op != Comparison::Order, |walk| {
                    for side in [lhs, rhs] {
                        walk.context.ordered = *op == Comparison::Order && is_path(side);
                        walk.visit(side);
                        walk.context.ordered = false;
                    }
                    Shape::Unknown
                })
            }
            Node::Assign { lhs, rhs, .. } => {
                let null = matches!(lhs.node, Node::Null) || matches!(rhs.node, Node::Null);
                let alias = matches!(lhs.node, Node::Var(_)) && is_path(rhs);
                self.context_with(null || alias, |walk| walk.visit_all([&**rhs, &**lhs]))
            }
            Node::In { key, value, collection } => self.visit_all(key.iter().map(|key| &**key).chain([&**value, &**collection])),
        }
    }

    /// The step that a computed key makes: constant where the key is known to be one text.
    pub(super) fn step(&mut self, key: &Expr) -> Step {
        match self.visit(key) {
            Shape::Text(key) => Step::Key(key),
            _ => Step::Any,
        }
    }

    /// A path that starts with a name. A name from outside a `with` keeps the value that it has there.
    fn path(&mut self, name: &str, steps: &[Step], expr: &Expr) -> Shape {
        let start = self.variable(name);
        let bound = self.scopes.iter().rposition(|scope| scope.contains_key(name));
        if bound.is_none_or(|bound| bound >= self.context.outside) {
            return self.follow(start, steps, expr.span);
        }
        let replaced = std::mem::take(&mut self.context.replaced);
        let shape = self.follow(start, steps, expr.span);
        self.context.replaced = replaced;
        shape
    }

    fn context_with<T>(&mut self, safe: bool, work: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.context.safe;
        self.context.safe |= safe;
        let result = work(self);
        self.context.safe = before;
        result
    }

    fn call(&mut self, name: Option<&str>, args: &[Expr], span: Span) -> Shape {
        let Some(name) = name else { return self.visit_all(args) };
        let called = self.tracer.world.function(self.file, name);
        self.check_call(&called, name, args.len(), span);
        match called {
            Called::Rule(rule) => {
                let given: Vec<Option<Place>> = args
                    .iter()
                    .map(|arg| match self.visit(arg) {
                        Shape::At(place) => Some(place),
                        _ => None,
                    })
                    .collect();
                self.uses(rule.clone(), given.clone());
                self.tracer.shape(&rule).on(&given)
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
        let mut key = |expr: &Expr| match self.step(expr) {
            Step::Any => None,
            key @ Step::Key(_) => Some(key),
        };
        let path: Option<Vec<Step>> = match rest.first().map(|keys| (&keys.node, keys)) {
            Some((Node::List(items), _)) => items.iter().map(key).collect(),
            Some((_, expr)) => key(expr).map(|key| vec![key]),
            None => None,
        };
        if let (Shape::At(place) | Shape::Chosen(place), Some(path)) = (shape, path) {
            let at = rest.first().map_or(object.span, |keys| keys.span);
            let place = path.into_iter().fold(place, Place::then);
            self.context_with(true, |walk| walk.mention(place, at));
        }
        self.visit_all(rest);
    }
}

/// The names of a function's parameters, and what they stand for.
fn parameters(rule: &Rule) -> BTreeMap<String, Shape> {
    let mut names: BTreeMap<String, Shape> = BTreeMap::new();
    for (index, arg) in rule.args.iter().enumerate() {
        let parameter = Shape::At(Place { root: Root::Parameter(index), steps: Vec::new() });
        let whole = matches!(arg.node, Node::Var(_));
        names.extend(variables(arg).into_iter().map(|name| (name, if whole { parameter.clone() } else { Shape::Unknown })));
    }
    names
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
pub(super) fn path_text(expr: &Expr) -> Option<String> {
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
