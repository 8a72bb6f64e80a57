//! The plans of `EXPLAIN (VERBOSE, FORMAT JSON)`.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::evidence::estimates::{Plan, TableRead};

/// No plan is deeper.
const DEEPEST: usize = 200;

#[derive(Deserialize)]
struct Explained {
    #[serde(rename = "Plan")]
    plan: Node,
}

/// A node, as far as it matters here.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Node {
    #[serde(rename = "Node Type")]
    kind: String,
    #[serde(rename = "Parent Relationship")]
    relationship: Option<String>,
    #[serde(rename = "Startup Cost")]
    startup: f64,
    #[serde(rename = "Total Cost")]
    total: f64,
    #[serde(rename = "Plan Rows")]
    rows: f64,
    #[serde(rename = "Relation Name")]
    relation: Option<String>,
    schema: Option<String>,
    #[serde(rename = "Index Name")]
    index: Option<String>,
    #[serde(rename = "Index Cond")]
    condition: Option<String>,
    #[serde(default)]
    plans: Vec<Node>,
}

/// A plan whose full reads do not have their rows yet: the plan tells what is left after the filter.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Planned {
    rows: f64,
    reads: Vec<Read>,
}

#[derive(Debug, Clone, PartialEq)]
struct Read {
    read: TableRead,
    /// The share of the table that is looked at before there are enough rows.
    share: f64,
}

/// Reads a plan; the error is a sentence without a full stop.
pub(super) fn read(json: &str) -> Result<Planned, String> {
    let plans: Vec<Explained> =
        serde_json::from_str(json).map_err(|error| format!("the server's plan is not understood: {error}"))?;
    let mut planned = Planned { rows: 0.0, reads: Vec::new() };
    if plans.is_empty() {
        return Err("the server gave no plan".to_owned());
    }
    for Explained { plan } in &plans {
        let mut written = None;
        walk(plan, 1.0, 0, &mut planned.reads, &mut written);
        planned.rows += written.unwrap_or(plan.rows);
    }
    Ok(planned)
}

fn walk(node: &Node, share: f64, depth: usize, reads: &mut Vec<Read>, written: &mut Option<f64>) {
    if depth > DEEPEST {
        return;
    }
    if node.kind == "ModifyTable" {
        let found = node.plans.iter().filter(|plan| matches!(plan.relationship.as_deref(), Some("Outer" | "Member")));
        *written = Some(written.unwrap_or(0.0) + found.map(|plan| plan.rows).sum::<f64>());
    } else if let Some(table) = &node.relation {
        let bitmap = node.kind == "Bitmap Heap Scan";
        let index = if bitmap { indexes(node) } else { node.index.clone() };
        let by_place = node.kind == "Tid Scan" || node.kind == "Tid Range Scan";
        // An index without a condition is read from its beginning to its end, for its order.
        let all = !by_place && !bitmap && node.condition.is_none() && share > 0.5;
        let read = TableRead { schema: node.schema.clone(), table: table.clone(), full: all, index, rows: whole(node.rows) };
        reads.push(Read { read, share });
    }
    for plan in &node.plans {
        let below = if plan.relationship.as_deref() == Some("Outer") { passed(node, plan, share) } else { 1.0 };
        walk(plan, below, depth + 1, reads, written);
    }
}

/// How much of what is below a node it looks at: a limit stops when it has enough, and what is above whole rows passes that on.
fn passed(node: &Node, below: &Node, share: f64) -> f64 {
    let share = match node.kind.as_str() {
        "Limit" => share * ((node.total - below.startup) / (below.total - below.startup).max(f64::MIN_POSITIVE)).clamp(0.0, 1.0),
        "LockRows" | "Result" | "Subquery Scan" | "Append" | "Nested Loop" | "ProjectSet" | "ModifyTable" => share,
        // Sorting, hashing, counting: the first row comes after the last one below.
        _ => 1.0,
    };
    // What costs most before its first row has read everything by then.
    if below.startup > below.total / 2.0 { 1.0 } else { share }
}

fn indexes(node: &Node) -> Option<String> {
    node.index.clone().or_else(|| node.plans.iter().find_map(indexes))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the value is held between 0 and 2^63")]
#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn whole(rows: f64) -> Option<u64> {
    rows.is_finite().then(|| rows.round().clamp(0.0, i64::MAX as f64) as u64)
}

impl Planned {
    /// The tables of which the rows have to be asked for: schema and name.
    pub(super) fn tables(&self) -> Vec<(String, String)> {
        let asked = self.reads.iter().filter(|read| read.read.index.is_none() || read.read.full);
        asked.map(|read| (read.read.schema.clone().unwrap_or_default(), read.read.table.clone())).collect()
    }

    /// The plan, with the rows of the tables as they are known.
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    pub(super) fn with_rows(self, rows: &BTreeMap<(String, String), Option<u64>>) -> Plan {
        let known = |Read { mut read, share }: Read| {
            let all = rows.get(&(read.schema.clone().unwrap_or_default(), read.table.clone()));
            if read.full {
                read.rows = all.copied().flatten();
            } else if let (None, Some(all)) = (&read.index, all) {
                read.rows = all.and_then(|all| whole((all as f64 * share).ceil()));
            }
            read
        };
        Plan { rows: whole(self.rows).unwrap_or(u64::MAX), reads: self.reads.into_iter().map(known).collect() }
    }
}
