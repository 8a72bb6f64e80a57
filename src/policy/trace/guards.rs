//! Statements that test whether a path is null.
//!
//! `x != null` and `not is_null(x)` in a body mean that the rest of the body is reached only where `x` is there: reads in it are
//! conditional on `x`. `is_null(x)`, `x == null` and `not x` mean that the body deals with the missing value itself: reads of `x` in
//! it are deliberate. The order of statements does not matter, as it does not in Rego.
//!
//! Elements are tested like paths, as in `s.seconds != null`, when the element has a name; `xs[_]` is another element each time. A
//! test of its type, as in `is_number(s.seconds)`, keeps an element with null out just as well.

use super::{Shape, Walk};
use crate::policy::schema::Step;
use crate::policy::syntax::{Comparison, Expr, Key, Node, Stmt, StmtKind};
use crate::policy::world::Called;

/// Builtins that do not hold for null.
const TYPES: [&str; 5] = ["is_number", "is_string", "is_boolean", "is_array", "is_object"];

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
            Node::Call { name: Some(name), args } if self.is_builtin(name) => match (name.as_str(), args.as_slice()) {
                ("is_null", [tested]) => self.note(tested, !positive),
                (name, [tested]) if TYPES.contains(&name) => {
                    if matches!(self.visit(tested), Shape::At(place) if !place.is_constant()) {
                        self.note(tested, positive);
                    }
                }
                _ => {}
            },
            Node::Var(_) | Node::Ref { .. } if !positive => self.note(expr, false),
            _ => {}
        }
    }

    /// Whether a call means the builtin, and not a function of that name in the policies.
    fn is_builtin(&self, name: &str) -> bool {
        matches!(self.tracer.world.function(self.file, name), Called::Builtin(_))
    }

    fn note(&mut self, tested: &Expr, present: bool) {
        let Shape::At(place) = self.visit(tested) else { return };
        let whole_document = place.steps.is_empty() && !place.is_parameter();
        if whole_document || self.is_fresh(tested) {
            return;
        }
        let noted = if present { &mut self.context.present } else { &mut self.context.null };
        noted.insert(place);
    }

    /// Whether an expression goes through elements that it gives no name.
    pub(super) fn is_fresh(&mut self, expr: &Expr) -> bool {
        match &expr.node {
            Node::Ref { parts, .. } => {
                parts.iter().any(|part| matches!(&part.key, Key::Computed(key) if self.step(key) == Step::Any))
            }
            _ => false,
        }
    }
}
