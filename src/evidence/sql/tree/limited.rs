//! How many values a sub-query gives at most, and between which numbers a comparison keeps a column.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, Expr, FunctionArguments, LimitClause, Query, Select, SelectItem, SetExpr, TableFactor, TableWithJoins,
    visit_expressions, visit_relations,
};

use super::truth::literal;
use crate::evidence::sql::statement::{Condition, Limited, Value};

/// Deeper sub-queries are not followed.
const DEPTH: u32 = 8;

/// What a sub-query gives at most by a `LIMIT` with a plain number; that of a derived table counts where nothing else is read.
///
/// `None` where there is no such number (`LIMIT ALL`, `LIMIT NULL`, a computed one, `WITH TIES`), and where the sub-query may give other
/// rows for each row of the statement around it.
pub(super) fn limited(query: &Query) -> Option<Limited> {
    let rows = most_rows(query, 0)?;
    let mut names = Names::default();
    names.query(query, 0)?;
    // Each table stands in one of the FROM clauses that have been read, and in no sub-query elsewhere.
    let mut relations = 0;
    let _ = visit_relations(query, |_| {
        relations += 1;
        ControlFlow::<()>::Continue(())
    });
    let mut qualified = true;
    let all_known = visit_expressions(query, |tree| match tree {
        Expr::Identifier(_) => {
            qualified = false;
            ControlFlow::Continue(())
        }
        Expr::CompoundIdentifier(parts) => {
            let table = parts.len().checked_sub(2).and_then(|at| parts.get(at)).map(|part| part.value.to_lowercase());
            match table {
                Some(table) if names.aliases.contains(&table) => ControlFlow::Continue(()),
                _ => ControlFlow::Break(()),
            }
        }
        Expr::Subquery(_) | Expr::InSubquery { .. } | Expr::Exists { .. } => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    })
    .is_continue();
    (all_known && relations == names.tables.len()).then_some(Limited { rows, qualified, tables: names.tables })
}

/// What the FROM clauses of a sub-query and its derived tables name.
#[derive(Default)]
struct Names {
    tables: Vec<String>,
    aliases: BTreeSet<String>,
}

impl Names {
    fn query(&mut self, query: &Query, depth: u32) -> Option<()> {
        if query.with.is_some() || depth > DEPTH {
            return None;
        }
        match query.body.as_ref() {
            SetExpr::Query(inner) => self.query(inner, depth + 1),
            SetExpr::Select(select) => {
                if select.from.is_empty() {
                    return None;
                }
                if let Some(inner) = derived(select) {
                    Self::outputs(select, inner)?;
                }
                select.from.iter().try_for_each(|from| self.from(from, depth))
            }
            _ => None,
        }
    }

    fn from(&mut self, from: &TableWithJoins, depth: u32) -> Option<()> {
        self.factor(&from.relation, depth)?;
        from.joins.iter().try_for_each(|join| self.factor(&join.relation, depth))
    }

    fn factor(&mut self, factor: &TableFactor, depth: u32) -> Option<()> {
        match factor {
            TableFactor::Table { name, alias, args: None, .. } => {
                let table = name.0.last()?.as_ident()?.value.to_lowercase();
                self.aliases.insert(alias.as_ref().map_or_else(|| table.clone(), |alias| alias.name.value.to_lowercase()));
                self.tables.push(table);
                Some(())
            }
            TableFactor::Derived { lateral: false, subquery, alias, .. } => {
                self.aliases.extend(alias.as_ref().map(|alias| alias.name.value.to_lowercase()));
                self.query(subquery, depth + 1)
            }
            _ => None,
        }
    }

    /// Each column that is selected of a derived table is one that it gives.
    fn outputs(select: &Select, inner: &Query) -> Option<()> {
        let SetExpr::Select(inside) = inner.body.as_ref() else { return None };
        let name = |item: &SelectItem| match item {
            SelectItem::UnnamedExpr(Expr::Identifier(name)) | SelectItem::ExprWithAlias { alias: name, .. } => {
                Some(name.value.to_lowercase())
            }
            SelectItem::UnnamedExpr(Expr::CompoundIdentifier(parts)) => parts.last().map(|name| name.value.to_lowercase()),
            _ => None,
        };
        let star = |item: &SelectItem| matches!(item, SelectItem::Wildcard(_));
        let given: Vec<Option<String>> = inside.projection.iter().map(name).collect();
        for item in select.projection.iter().filter(|item| !star(item)) {
            let column = name(item)?;
            if !given.iter().flatten().any(|given| *given == column) {
                return None;
            }
        }
        Some(())
    }
}

fn most_rows(query: &Query, depth: u32) -> Option<u64> {
    let own = match (&query.limit_clause, &query.fetch) {
        (Some(LimitClause::LimitOffset { limit: Some(limit), limit_by, .. }), _) if limit_by.is_empty() => count(limit),
        (Some(LimitClause::OffsetCommaLimit { limit, .. }), _) => count(limit),
        (_, Some(fetch)) if !fetch.with_ties && !fetch.percent => fetch.quantity.as_ref().map_or(Some(1), count),
        _ => None,
    };
    if own.is_some() || depth >= DEPTH {
        return own;
    }
    let only = match query.body.as_ref() {
        SetExpr::Query(inner) => Some(inner.as_ref()),
        SetExpr::Select(select) => derived(select),
        _ => None,
    };
    only.and_then(|inner| most_rows(inner, depth + 1))
}

/// The sub-query that is all that a `SELECT` reads, as its columns are.
fn derived(select: &Select) -> Option<&Query> {
    let [from] = select.from.as_slice() else { return None };
    let TableFactor::Derived { subquery, .. } = &from.relation else { return None };
    let plain = select.projection.iter().all(|item| {
        matches!(item, SelectItem::Wildcard(_) | SelectItem::UnnamedExpr(Expr::Identifier(_) | Expr::CompoundIdentifier(_)))
    });
    (from.joins.is_empty() && select.lateral_views.is_empty() && plain).then_some(subquery)
}

fn count(limit: &Expr) -> Option<u64> {
    match literal(limit)? {
        Value::Number(number) => number.parse().ok(),
        _ => None,
    }
}

/// The same for what stands behind `= ANY`: a sub-query, or an array of one.
pub(super) fn limited_any(list: &Expr) -> Option<Limited> {
    match list {
        Expr::Subquery(query) => limited(query),
        Expr::Nested(inner) => limited_any(inner),
        Expr::Function(function) if function.name.to_string().eq_ignore_ascii_case("array") => match &function.args {
            FunctionArguments::Subquery(query) => limited(query),
            _ => None,
        },
        _ => None,
    }
}

fn whole(tree: &Expr) -> Option<i128> {
    match literal(tree)? {
        Value::Number(number) => number.parse().ok(),
        _ => None,
    }
}

/// `column BETWEEN low AND high`.
pub(super) fn between(condition: Condition, low: &Expr, high: &Expr) -> Condition {
    Condition { at_least: whole(low), at_most: whole(high), ..condition }
}

/// `column > 3`, or `3 < column` where the column stands on the right.
pub(super) fn bounded(mut condition: Condition, left: &Expr, op: &BinaryOperator, right: &Expr) -> Condition {
    if condition.joins {
        return condition;
    }
    let (bound, column_first) = match (whole(left), whole(right)) {
        (None, Some(bound)) => (bound, true),
        (Some(bound), None) => (bound, false),
        _ => return condition,
    };
    match op {
        BinaryOperator::Lt | BinaryOperator::LtEq if column_first => condition.at_most = Some(bound),
        BinaryOperator::Gt | BinaryOperator::GtEq if column_first => condition.at_least = Some(bound),
        BinaryOperator::Lt | BinaryOperator::LtEq => condition.at_least = Some(bound),
        BinaryOperator::Gt | BinaryOperator::GtEq => condition.at_most = Some(bound),
        _ => {}
    }
    condition
}
