//! Statements that test whether a path is null.
//!
//! `x != null` and `not is_null(x)` in a body mean that the rest of the body is reached only where `x` is there: reads in it are
//! conditional on `x`. `is_null(x)`, `x == null` and `not x` mean that the body deals with the missing value itself: reads of `x` in
//! it are deliberate. The order of statements does not matter, as it does not in Rego.

use super::{Place, Shape, Walk};
use crate::policy::syntax::{Comparison, Expr, Node, Stmt, StmtKind};

impl Walk<'_, '_> {
    /// Notes in the context what a statement of the body tests.
    pub(super) fn guards(&mut self, stmt: &Stmt) {
        if !stmt.with.is_empty() {
            return;
        }
        match &stmt.kind {
            StmtKind::Expr(expr) => self.holds(expr, true),
            StmtKind::Not(expr) => self.holds(expr, false),
            _ => {}
        }
    }

    /// `positive`: the expression holds in this body; otherwise its negation does.
    fn holds(&mut self, expr: &Expr, positive: bool) {
        match &expr.node {
            Node::Compare { op: op @ (Comparison::Equal | Comparison::NotEqual), lhs, rhs } => {
                let tested = match (&lhs.node, &rhs.node) {
                    (Node::Null, _) => rhs,
                    (_, Node::Null) => lhs,
                    _ => return,
                };
                self.note(tested, (*op == Comparison::NotEqual) == positive);
            }
            Node::Call { name: Some(name), args } if name == "is_null" => {
                if let [tested] = args.as_slice() {
                    self.note(tested, !positive);
                }
            }
            Node::Var(_) | Node::Ref { .. } if !positive => self.note(expr, false),
            _ => {}
        }
    }

    fn note(&mut self, tested: &Expr, present: bool) {
        if let Shape::At(place) = self.visit(tested) {
            let place: Place = place.constant_only();
            if place.steps.is_empty() {
                return;
            }
            if present {
                self.context.present.insert(place);
            } else {
                self.context.null.insert(place);
            }
        }
    }
}

impl Place {
    /// The place itself when it is constant, otherwise the root, which tests nothing.
    fn constant_only(self) -> Place {
        let constant = self.constant();
        if constant == self { self } else { Place { root: self.root, steps: Vec::new() } }
    }
}
