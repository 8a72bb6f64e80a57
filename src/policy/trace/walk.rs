//! The walk over one definition, with the names and guards that are in force.

use std::collections::{BTreeMap, BTreeSet};

use super::{Place, Shape, Traced, Tracer, is_path, step};
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
    /// Evaluated with a replaced input or data.
    pub(super) replaced: bool,
}

pub(super) struct Walk<'t, 'a> {
    pub(super) tracer: &'t Tracer<'a>,
    pub(super) file: &'a File,
    pub(super) scopes: Vec<BTreeMap<String, Shape>>,
    pub(super) context: Context,
    /// Only shapes are asked for; nothing is recorded.
    pub(super) silent: bool,
    pub(super) out: Traced,
}

impl Walk<'_, '_> {
    pub(super) fn definition(&mut self, rule: &Rule) {
        self.scopes.push(rule.args.iter().flat_map(variables).map(|name| (name, Shape::Unknown)).collect());
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
            if let (Called::Rule(function), Some(Called::Rule(by))) = (&called, &by)
                && self.tracer.world.is_function(by)
            {
                self.out.replacements.push((function.clone(), by.clone()));
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
    pub(super) fn visit(&mut self, expr: &Expr) -> Shape {
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
