//! Conditions that are true for every row.

use sqlparser::ast::{BinaryOperator, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, UnaryOperator, Value as TreeValue};

use super::condition::parts;
use crate::evidence::sql::statement::Value;
use crate::facts::SqlDialect;

/// Deeper conditions are not followed: they count as not known.
const DEPTH: u32 = 80;
/// Of a longer chain of `OR` not every pair is compared.
const PAIRS: usize = 60;

/// What a condition is for every row alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Truth {
    True,
    False,
    /// It depends on the row, or nobody here can tell.
    Open,
}

impl Truth {
    const fn of(value: bool) -> Truth {
        if value { Truth::True } else { Truth::False }
    }

    const fn not(self) -> Truth {
        match self {
            Truth::True => Truth::False,
            Truth::False => Truth::True,
            Truth::Open => Truth::Open,
        }
    }
}

/// What the condition is for every row. A column that is null somewhere does not count against `id = id`: whoever writes it means all rows.
pub(super) fn truth(tree: &Expr, dialect: SqlDialect) -> Truth {
    Judge { dialect }.truth(tree, 0)
}

struct Judge {
    dialect: SqlDialect,
}

impl Judge {
    fn truth(&self, tree: &Expr, depth: u32) -> Truth {
        if depth > DEPTH {
            return Truth::Open;
        }
        let tree = strip(tree);
        match tree {
            Expr::BinaryOp { op: BinaryOperator::And, .. } => self.all(&parts(tree, &BinaryOperator::And), depth),
            Expr::BinaryOp { op: BinaryOperator::Or, .. } => self.any(&parts(tree, &BinaryOperator::Or), depth),
            // `||` is `OR` in MySQL unless the mode says otherwise.
            Expr::UnaryOp { op: UnaryOperator::Not | UnaryOperator::BangNot, expr } => self.truth(expr, depth + 1).not(),
            Expr::IsTrue(inner) | Expr::IsNotFalse(inner) => self.truth(inner, depth + 1),
            Expr::IsFalse(inner) | Expr::IsNotTrue(inner) => self.truth(inner, depth + 1).not(),
            Expr::IsNull(inner) => self.null(inner),
            Expr::IsNotNull(inner) => self.null(inner).not(),
            Expr::BinaryOp { left, op, right } => self.compare(strip(left), op, strip(right)),
            Expr::IsNotDistinctFrom(left, right) => self.compare(strip(left), &BinaryOperator::Eq, strip(right)),
            Expr::IsDistinctFrom(left, right) => self.compare(strip(left), &BinaryOperator::NotEq, strip(right)),
            Expr::Between { expr, negated, low, high } => {
                let low = self.compare(strip(expr), &BinaryOperator::GtEq, strip(low));
                let high = self.compare(strip(expr), &BinaryOperator::LtEq, strip(high));
                let both = match (low, high) {
                    (Truth::True, Truth::True) => Truth::True,
                    (Truth::False, _) | (_, Truth::False) => Truth::False,
                    _ => Truth::Open,
                };
                if *negated { both.not() } else { both }
            }
            Expr::InList { expr, list, negated } => {
                let found = list
                    .iter()
                    .take(PAIRS)
                    .any(|item| self.compare(strip(expr), &BinaryOperator::Eq, strip(item)) == Truth::True);
                match (found, negated) {
                    (true, false) => Truth::True,
                    (true, true) => Truth::False,
                    _ => Truth::Open,
                }
            }
            Expr::Like { negated, pattern, .. } | Expr::ILike { negated, pattern, .. } => match literal(pattern) {
                Some(Value::Text(text)) if !text.is_empty() && text.bytes().all(|byte| byte == b'%') => Truth::of(!negated),
                _ => Truth::Open,
            },
            Expr::Exists { subquery, negated } => match subquery.body.as_select() {
                // `EXISTS (SELECT 1)`.
                Some(select) if select.from.is_empty() && select.selection.is_none() && subquery.limit_clause.is_none() => {
                    Truth::of(!negated)
                }
                _ => Truth::Open,
            },
            _ => self.value(tree),
        }
    }

    /// A value that stands for itself: `1`, `true`, `'1'`.
    fn value(&self, tree: &Expr) -> Truth {
        match literal(tree) {
            Some(Value::Boolean(value)) => Truth::of(value),
            Some(Value::Null) => Truth::False,
            Some(Value::Number(number)) => number.parse::<f64>().map_or(Truth::Open, |number| Truth::of(number != 0.0)),
            Some(Value::Text(text)) if self.dialect == SqlDialect::Postgres => match text.to_ascii_lowercase().as_str() {
                "t" | "true" | "y" | "yes" | "on" | "1" => Truth::True,
                "f" | "false" | "n" | "no" | "off" | "0" => Truth::False,
                _ => Truth::Open,
            },
            // The number that the text begins with.
            Some(Value::Text(text)) => {
                let digits: String =
                    text.trim_start().chars().take_while(|char| char.is_ascii_digit() || matches!(char, '.' | '-')).collect();
                Truth::of(digits.parse::<f64>().is_ok_and(|number| number != 0.0))
            }
            None => Truth::Open,
        }
    }

    fn all(&self, parts: &[&Expr], depth: u32) -> Truth {
        let mut result = Truth::True;
        for part in parts {
            match self.truth(part, depth + 1) {
                Truth::False => return Truth::False,
                Truth::Open => result = Truth::Open,
                Truth::True => {}
            }
        }
        result
    }

    fn any(&self, parts: &[&Expr], depth: u32) -> Truth {
        let mut result = Truth::False;
        for part in parts {
            match self.truth(part, depth + 1) {
                Truth::True => return Truth::True,
                Truth::Open => result = Truth::Open,
                Truth::False => {}
            }
        }
        let some = &parts[..parts.len().min(PAIRS)];
        let complete =
            some.iter().enumerate().any(|(at, one)| some[at + 1..].iter().any(|other| opposites(strip(one), strip(other))));
        if complete { Truth::True } else { result }
    }

    #[expect(clippy::unused_self, reason = "stands beside the others")]
    fn null(&self, tree: &Expr) -> Truth {
        match literal(tree) {
            Some(Value::Null) => Truth::True,
            Some(_) => Truth::False,
            None => Truth::Open,
        }
    }

    fn compare(&self, left: &Expr, op: &BinaryOperator, right: &Expr) -> Truth {
        let Some(ordering) = self.order(left, right) else { return Truth::Open };
        match op {
            BinaryOperator::Eq | BinaryOperator::Spaceship => Truth::of(ordering.is_eq()),
            BinaryOperator::NotEq => Truth::of(ordering.is_ne()),
            BinaryOperator::Lt => Truth::of(ordering.is_lt()),
            BinaryOperator::LtEq => Truth::of(ordering.is_le()),
            BinaryOperator::Gt => Truth::of(ordering.is_gt()),
            BinaryOperator::GtEq => Truth::of(ordering.is_ge()),
            _ => Truth::Open,
        }
    }

    /// How two values compare that are the same for every row.
    fn order(&self, left: &Expr, right: &Expr) -> Option<std::cmp::Ordering> {
        match (literal(left), literal(right)) {
            (Some(Value::Number(left)), Some(Value::Number(right))) => {
                left.parse::<f64>().ok()?.partial_cmp(&right.parse().ok()?)
            }
            (Some(Value::Text(left)), Some(Value::Text(right))) => {
                if self.dialect.is_mysql() {
                    return Some(left.to_lowercase().cmp(&right.to_lowercase()));
                }
                Some(left.cmp(&right))
            }
            (Some(Value::Number(number)), Some(Value::Text(text))) => {
                number.parse::<f64>().ok()?.partial_cmp(&text.trim().parse().ok()?)
            }
            (Some(Value::Text(text)), Some(Value::Number(number))) => {
                text.trim().parse::<f64>().ok()?.partial_cmp(&number.parse().ok()?)
            }
            (Some(Value::Boolean(left)), Some(Value::Boolean(right))) => Some(left.cmp(&right)),
            (None, None) if left == right && steady(left, 0) => Some(std::cmp::Ordering::Equal),
            _ => None,
        }
    }
}

/// Whether an expression gives the same value when it is written twice: columns, and arithmetic on them.
fn steady(tree: &Expr, depth: u32) -> bool {
    depth < DEPTH
        && match tree {
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) | Expr::Value(_) => true,
            Expr::Nested(inner)
            | Expr::Cast { expr: inner, .. }
            | Expr::UnaryOp { expr: inner, .. }
            | Expr::Collate { expr: inner, .. } => steady(inner, depth + 1),
            Expr::BinaryOp { left, right, .. } => steady(left, depth + 1) && steady(right, depth + 1),
            Expr::Function(function) => {
                let name = function.name.to_string().to_ascii_lowercase();
                ["lower", "upper", "coalesce", "trim", "length", "abs"].contains(&name.as_str())
                    && arguments(tree).into_iter().all(|argument| steady(argument, depth + 1))
            }
            _ => false,
        }
}

/// Whether of two conditions one holds whenever the other does not.
fn opposites(one: &Expr, other: &Expr) -> bool {
    match (one, other) {
        (Expr::IsNull(a), Expr::IsNotNull(b)) | (Expr::IsNotNull(a), Expr::IsNull(b)) => strip(a) == strip(b),
        (Expr::UnaryOp { op: UnaryOperator::Not, expr }, plain) | (plain, Expr::UnaryOp { op: UnaryOperator::Not, expr }) => {
            strip(expr) == plain
        }
        (Expr::BinaryOp { left: a, op: first, right: b }, Expr::BinaryOp { left: c, op: second, right: d }) => {
            let complement = matches!(
                (first, second),
                (BinaryOperator::Eq, BinaryOperator::NotEq)
                    | (BinaryOperator::NotEq, BinaryOperator::Eq)
                    | (BinaryOperator::Lt, BinaryOperator::GtEq)
                    | (BinaryOperator::Gt, BinaryOperator::LtEq)
                    | (BinaryOperator::LtEq, BinaryOperator::Gt | BinaryOperator::GtEq)
                    | (BinaryOperator::GtEq, BinaryOperator::Lt | BinaryOperator::LtEq)
            );
            complement && strip(a) == strip(c) && strip(b) == strip(d)
        }
        (Expr::InList { expr: a, list: first, negated: n }, Expr::InList { expr: b, list: second, negated: m }) => {
            n != m && strip(a) == strip(b) && first == second
        }
        _ => false,
    }
}

/// Without parentheses around it.
pub(super) fn strip(mut tree: &Expr) -> &Expr {
    while let Expr::Nested(inner) = tree {
        tree = inner;
    }
    tree
}

/// The literal that an expression is, also with a sign or a cast.
pub(super) fn literal(tree: &Expr) -> Option<Value> {
    match strip(tree) {
        Expr::Value(value) => match &value.value {
            TreeValue::Number(number, _) => Some(Value::Number(number.clone())),
            TreeValue::SingleQuotedString(text)
            | TreeValue::DoubleQuotedString(text)
            | TreeValue::EscapedStringLiteral(text)
            | TreeValue::UnicodeStringLiteral(text)
            | TreeValue::NationalStringLiteral(text) => Some(Value::Text(text.clone())),
            TreeValue::Boolean(value) => Some(Value::Boolean(*value)),
            TreeValue::Null => Some(Value::Null),
            _ => None,
        },
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => match literal_plain(expr)? {
            Value::Number(number) => Some(Value::Number(format!("-{number}"))),
            _ => None,
        },
        Expr::UnaryOp { op: UnaryOperator::Plus, expr } | Expr::Cast { expr, .. } => literal_plain(expr),
        Expr::TypedString(typed) => match &typed.value.value {
            TreeValue::SingleQuotedString(text) => Some(Value::Text(text.clone())),
            _ => None,
        },
        Expr::Prefixed { value, .. } => literal_plain(value),
        _ => None,
    }
}

fn literal_plain(tree: &Expr) -> Option<Value> {
    match strip(tree) {
        Expr::Value(_) => literal(tree),
        _ => None,
    }
}

/// The plain arguments of a function.
pub(super) fn arguments(tree: &Expr) -> Vec<&Expr> {
    let Expr::Function(function) = tree else { return Vec::new() };
    let FunctionArguments::List(list) = &function.args else { return Vec::new() };
    let mut found = Vec::new();
    for argument in &list.args {
        if let FunctionArg::Unnamed(FunctionArgExpr::Expr(inner)) | FunctionArg::Named { arg: FunctionArgExpr::Expr(inner), .. } =
            argument
        {
            found.push(inner);
        }
    }
    found
}
