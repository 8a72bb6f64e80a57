//! The plans of `EXPLAIN FORMAT=JSON`. MySQL and MariaDB nest them differently and call the same things by the same names.

use serde_json::{Map, Value};

use crate::collect::database::explain::Question;
use crate::evidence::estimates::{Plan, TableRead};

/// What is asked for each row, or once for all: its rows are none of the statement's.
const ASIDE: [&str; 11] = [
    "subqueries",
    "attached_subqueries",
    "select_list_subqueries",
    "optimized_away_subqueries",
    "having_subqueries",
    "order_by_subqueries",
    "group_by_subqueries",
    "materialized",
    "materialized_from_subquery",
    "rowid_filter",
    "update_value_subqueries",
];

/// Reads a plan; the error is a sentence without a full stop.
pub(super) fn read(json: &str, question: &Question) -> Result<Plan, String> {
    // The parser bounds the depth.
    let plan: Value = serde_json::from_str(json).map_err(|error| format!("the server's plan is not understood: {error}"))?;
    let block = plan.get("query_block").ok_or("the server's plan is not understood: it has no query_block")?;
    let rows = rows(block).ok_or("the server's plan is not understood: it tells no rows")?;
    let mut reads = Vec::new();
    tables(block, question, &mut reads);
    if let (Some(first), [read]) = (question.first, reads.as_mut_slice()) {
        // The plan does not say that it stops there.
        if let Some(rows) = read.rows.filter(|rows| *rows > first) {
            read.full = read.full && first > rows / 2;
            read.rows = Some(first);
        }
    }
    let rows = whole(rows).unwrap_or(u64::MAX);
    Ok(Plan { rows: question.limit.map_or(rows, |limit| rows.min(limit)), reads })
}

/// How many rows a part of a plan gives on: of joined tables the product, of a union the sum. Grouping may leave fewer.
fn rows(part: &Value) -> Option<f64> {
    let part = part.as_object()?;
    if let Some(Value::Array(parts)) = part.get("query_specifications") {
        return parts.iter().map(rows).try_fold(0.0, |sum, rows| Some(sum + rows?));
    }
    if let Some(Value::Array(joined)) = part.get("nested_loop") {
        return joined.iter().map(rows).try_fold(1.0, |product, rows| Some(product * rows?));
    }
    if let Some(Value::Object(table)) = part.get("table") {
        return of_table(table);
    }
    if let Some(Value::String(message)) = part.get("message") {
        return Some(of_message(message));
    }
    part.iter().filter(|(key, _)| !ASIDE.contains(&key.as_str())).find_map(|(_, below)| rows(below))
}

fn of_table(table: &Map<String, Value>) -> Option<f64> {
    if let Some(Value::String(message)) = table.get("message") {
        return Some(of_message(message));
    }
    let looked_at = ["rows", "rows_examined_per_scan"].iter().find_map(|key| table.get(*key))?;
    let left = table.get("filtered").and_then(number).unwrap_or(100.0);
    Some(number(looked_at)? * left / 100.0)
}

/// What the server says instead of a plan: mostly that nothing can fit.
fn of_message(message: &str) -> f64 {
    let one = ["No tables used", "Select tables optimized away", "optimized away"];
    if one.iter().any(|words| message.contains(words)) { 1.0 } else { 0.0 }
}

/// MySQL writes some numbers as texts.
fn number(value: &Value) -> Option<f64> {
    let number = value.as_f64().or_else(|| value.as_str()?.parse().ok());
    number.filter(|number| number.is_finite())
}

fn tables(part: &Value, question: &Question, reads: &mut Vec<TableRead>) {
    match part {
        Value::Array(parts) => parts.iter().for_each(|part| tables(part, question, reads)),
        Value::Object(part) => {
            if let (Some(Value::String(name)), Some(Value::String(how))) = (part.get("table_name"), part.get("access_type"))
                // `<derived2>`, `<union1,2>`: what they are made of stands elsewhere in the plan.
                && !name.starts_with('<')
            {
                reads.push(TableRead {
                    schema: None,
                    table: question.aliases.get(name).unwrap_or(name).clone(),
                    full: how == "ALL" || how == "index",
                    index: part.get("key").and_then(Value::as_str).map(str::to_owned),
                    rows: ["rows", "rows_examined_per_scan"]
                        .iter()
                        .find_map(|key| part.get(*key))
                        .and_then(number)
                        .and_then(whole),
                });
            }
            part.values().for_each(|part| tables(part, question, reads));
        }
        _ => {}
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the value is held between 0 and 2^63")]
#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn whole(rows: f64) -> Option<u64> {
    rows.is_finite().then(|| rows.ceil().clamp(0.0, i64::MAX as f64) as u64)
}
