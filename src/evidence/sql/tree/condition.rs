//! What a condition asks, as far as it decides how many rows it picks.

use sqlparser::ast::{BinaryOperator, Expr, Ident, UnaryOperator};

use super::limited;
use super::parse::expression;
use super::truth::{Truth, literal, strip, truth};
use crate::evidence::sql::cursor::{Cursor, fold};
use crate::evidence::sql::lex::Kind;
use crate::evidence::sql::statement::{Comparison, Condition, Limited, Predicate, Value};
use crate::facts::SqlDialect;

/// The sub-queries of longer conditions are not looked into, in words.
const SHORT: usize = 160;

/// The condition that all of `c` is, and whether it was understood. One that was not is never always true.
pub(super) fn predicate(c: &Cursor<'_>) -> (Predicate, bool) {
    let text = c.between(0, c.tokens.len()).to_owned();
    let mut predicate = Predicate { text, ..Predicate::default() };
    if c.are("current of") {
        // The row of a cursor.
        predicate.conditions.push(condition(Comparison::Equal));
        return (predicate, true);
    }
    let Some(tree) = expression(c) else {
        // Without a tree it is known at least whether other tables are asked and whether alternatives stand there.
        predicate.subquery = has_subquery(c);
        predicate.alternatives =
            c.tokens.iter().any(|token| token.kind == Kind::Word && c.text[token.start..token.end].eq_ignore_ascii_case("or"));
        predicate.conditions.push(condition(Comparison::Other));
        return (predicate, false);
    };
    predicate.always_true = truth(&tree, c.dialect) == Truth::True;
    predicate.subquery = has_subquery(c);
    let reader = Reader { dialect: c.dialect, short: c.tokens.len() <= SHORT };
    for part in parts(&tree, &BinaryOperator::And) {
        let part = strip(part);
        if let Expr::BinaryOp { op: BinaryOperator::Or | BinaryOperator::Xor, .. } = part {
            predicate.alternatives = true;
        } else {
            predicate.conditions.push(reader.read(part));
        }
    }
    (predicate, true)
}

fn has_subquery(c: &Cursor<'_>) -> bool {
    (0..c.tokens.len()).any(|at| c.is_at(at, "select") && (at == 0 || c.is_op_at(at - 1, "(")))
}

const fn condition(comparison: Comparison) -> Condition {
    Condition {
        column: None,
        comparison,
        wrapped: false,
        value: None,
        listed: None,
        limited: None,
        at_least: None,
        at_most: None,
        joins: false,
        other: None,
    }
}

/// The operands of a chain of `AND` or `OR`, in their order, also where parentheses stand around a part of it.
pub(super) fn parts<'a>(tree: &'a Expr, chain: &BinaryOperator) -> Vec<&'a Expr> {
    let mut found = Vec::new();
    let mut open = vec![tree];
    while let Some(next) = open.pop() {
        match strip(next) {
            Expr::BinaryOp { left, op, right } if op == chain => open.extend([right.as_ref(), left.as_ref()]),
            other => found.push(other),
        }
    }
    found
}

struct Reader {
    dialect: SqlDialect,
    /// The condition is short, so that a walk over its tree cannot be deep.
    short: bool,
}

impl Reader {
    fn limited(&self, look: impl FnOnce() -> Option<Limited>) -> Option<Limited> {
        if self.short { look() } else { None }
    }

    fn read(&self, tree: &Expr) -> Condition {
        match tree {
            Expr::BinaryOp { left, op, right } => self.comparison(left, op, right),
            Expr::IsNull(of) => self.of(of, Comparison::IsNull),
            Expr::IsNotNull(of) => self.of(of, Comparison::IsNotNull),
            Expr::IsDistinctFrom(left, right) => self.sides(left, right, Comparison::NotEqual),
            Expr::IsNotDistinctFrom(left, right) => self.sides(left, right, Comparison::Equal),
            Expr::InList { expr, list, negated } => {
                let comparison = if *negated { Comparison::NotEqual } else { Comparison::In };
                Condition { listed: Some(list.len() as u64), ..self.of(expr, comparison) }
            }
            Expr::InSubquery { expr, negated: true, .. } | Expr::Between { expr, negated: true, .. } => {
                self.of(expr, Comparison::NotEqual)
            }
            Expr::InSubquery { expr, subquery, .. } => {
                Condition { limited: self.limited(|| limited::limited(subquery)), ..self.of(expr, Comparison::In) }
            }
            Expr::Between { expr, low, high, .. } => limited::between(self.of(expr, Comparison::Range), low, high),
            Expr::Like { negated, expr, pattern, .. } | Expr::ILike { negated, expr, pattern, .. } => {
                self.like(expr, pattern, *negated, false)
            }
            Expr::SimilarTo { negated, expr, pattern, .. } | Expr::RLike { negated, expr, pattern, .. } => {
                self.like(expr, pattern, *negated, true)
            }
            Expr::AnyOp { left, compare_op: BinaryOperator::Eq, right, .. } => {
                Condition { limited: self.limited(|| limited::limited_any(right)), ..self.of(left, Comparison::In) }
            }
            Expr::UnaryOp { op: UnaryOperator::Not | UnaryOperator::BangNot, expr } => self.negated(strip(expr)),
            other => self.of(other, Comparison::Other),
        }
    }

    /// `NOT (x = 1)` is `x <> 1`; of other negations only the column is told.
    fn negated(&self, tree: &Expr) -> Condition {
        let inner = self.read(tree);
        let comparison = match inner.comparison {
            Comparison::Equal | Comparison::In | Comparison::Like { .. } => Comparison::NotEqual,
            Comparison::IsNull => Comparison::IsNotNull,
            Comparison::IsNotNull => Comparison::IsNull,
            Comparison::NotEqual if inner.listed.is_none() => Comparison::Equal,
            Comparison::Range => Comparison::Range,
            Comparison::NotEqual | Comparison::Other => Comparison::Other,
        };
        Condition { comparison, limited: None, at_least: None, at_most: None, ..inner }
    }

    fn like(&self, of: &Expr, pattern: &Expr, negated: bool, regular: bool) -> Condition {
        let value = literal(pattern);
        let leading_wildcard = match &value {
            Some(Value::Text(text)) if regular => !text.starts_with('^'),
            Some(Value::Text(text)) => text.starts_with(['%', '_']),
            _ => false,
        };
        let comparison = if negated { Comparison::NotEqual } else { Comparison::Like { leading_wildcard } };
        Condition { value, ..self.of(of, comparison) }
    }

    fn comparison(&self, left: &Expr, op: &BinaryOperator, right: &Expr) -> Condition {
        let comparison = match op {
            BinaryOperator::Eq | BinaryOperator::Spaceship => Comparison::Equal,
            BinaryOperator::NotEq => Comparison::NotEqual,
            BinaryOperator::Lt | BinaryOperator::LtEq | BinaryOperator::Gt | BinaryOperator::GtEq => {
                return limited::bounded(self.sides(left, right, Comparison::Range), left, op, right);
            }
            BinaryOperator::PGRegexMatch | BinaryOperator::PGRegexIMatch => return self.like(left, right, false, true),
            BinaryOperator::PGLikeMatch | BinaryOperator::PGILikeMatch => return self.like(left, right, false, false),
            _ => {
                let mut found = self.of(left, Comparison::Other);
                found.wrapped = found.column.is_some();
                return found;
            }
        };
        // `id = ANY (..)`.
        if let Expr::AnyOp { right, .. } = right {
            return Condition { limited: self.limited(|| limited::limited_any(right)), ..self.of(left, Comparison::In) };
        }
        self.sides(left, right, comparison)
    }

    fn sides(&self, left: &Expr, right: &Expr, comparison: Comparison) -> Condition {
        let (l, r) = (self.column(left), self.column(right));
        match (l, r) {
            (Some((column, wrapped)), Some((other, other_wrapped))) => Condition {
                column: Some(column),
                wrapped: wrapped || other_wrapped,
                joins: true,
                other: Some(other),
                ..condition(comparison)
            },
            (Some((column, wrapped)), None) => {
                Condition { column: Some(column), wrapped, value: literal(right), ..condition(comparison) }
            }
            (None, Some((column, wrapped))) => {
                Condition { column: Some(column), wrapped, value: literal(left), ..condition(comparison) }
            }
            (None, None) => condition(comparison),
        }
    }

    fn of(&self, of: &Expr, comparison: Comparison) -> Condition {
        match self.column(of) {
            Some((column, wrapped)) => Condition { column: Some(column), wrapped, ..condition(comparison) },
            None => condition(comparison),
        }
    }

    /// The first column in an expression, and whether anything stands around it.
    fn column(&self, tree: &Expr) -> Option<(String, bool)> {
        self.column_at(tree, 0)
    }

    fn column_at(&self, tree: &Expr, depth: u32) -> Option<(String, bool)> {
        if depth > 24 {
            return None;
        }
        let wrapped = |inner: &Expr| self.column_at(inner, depth + 1).map(|(column, _)| (column, true));
        match tree {
            // MySQL's variables are values.
            Expr::Identifier(name) if name.quote_style.is_none() && name.value.starts_with('@') => None,
            Expr::Identifier(name) => Some((self.fold(name), false)),
            Expr::CompoundIdentifier(names) => {
                Some((names.iter().map(|name| self.fold(name)).collect::<Vec<_>>().join("."), false))
            }
            Expr::Nested(inner) => self.column_at(inner, depth + 1),
            Expr::Tuple(values) => self.column_at(values.first()?, depth + 1),
            Expr::Collate { expr, .. }
            | Expr::Cast { expr, .. }
            | Expr::UnaryOp { expr, .. }
            | Expr::Convert { expr, .. }
            | Expr::AtTimeZone { timestamp: expr, .. }
            | Expr::Extract { expr, .. }
            | Expr::Ceil { expr, .. }
            | Expr::Floor { expr, .. }
            | Expr::Substring { expr, .. }
            | Expr::Trim { expr, .. }
            | Expr::Position { r#in: expr, .. }
            | Expr::JsonAccess { value: expr, .. }
            | Expr::CompoundFieldAccess { root: expr, .. }
            | Expr::Overlay { expr, .. } => wrapped(expr),
            Expr::BinaryOp { left, right, .. } => wrapped(left).or_else(|| wrapped(right)),
            Expr::Function(_) => {
                let inside = super::truth::arguments(tree);
                inside.into_iter().find_map(wrapped)
            }
            Expr::Case { operand, conditions, .. } => {
                operand.as_deref().and_then(wrapped).or_else(|| conditions.iter().find_map(|when| wrapped(&when.condition)))
            }
            Expr::IsTrue(inner)
            | Expr::IsFalse(inner)
            | Expr::IsNotTrue(inner)
            | Expr::IsNotFalse(inner)
            | Expr::IsUnknown(inner)
            | Expr::IsNotUnknown(inner)
            | Expr::IsNull(inner)
            | Expr::IsNotNull(inner) => wrapped(inner),
            _ => None,
        }
    }

    fn fold(&self, name: &Ident) -> String {
        if name.quote_style.is_some() && self.dialect == SqlDialect::Postgres {
            return name.value.clone();
        }
        fold(self.dialect, Kind::Word, &name.value)
    }
}
