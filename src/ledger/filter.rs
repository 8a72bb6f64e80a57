//! Which entries to read.

use jiff::Timestamp;

use super::connection::{Connection, Failure, Value};
use super::rows::{self, READ};
use crate::facts::{Entry, RecordKind};

/// Which entries to read; the default lets everything through. All conditions hold at once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Any of these; empty for all.
    pub kinds: Vec<RecordKind>,
    pub service: Option<String>,
    /// The id of a rollout's plan.
    pub plan: Option<String>,
    /// What names the record where it came from: the id of a change, a decision or an incident, the run of a recovery.
    pub key: Option<String>,
    /// From this moment on, by when it happened, else by when it was recorded.
    pub since: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
    /// Only entries with a larger number.
    pub after: Option<u64>,
    /// Whether the newest entry comes first; a limit keeps the first ones.
    pub newest_first: bool,
    pub limit: Option<u64>,
}

impl Filter {
    fn statement(&self) -> (String, Vec<Value>) {
        let (mut conditions, mut values) = (Vec::new(), Vec::new());
        let mut add = |condition: &str, value: Value| {
            values.push(value);
            conditions.push(format!("{condition} ${}", values.len()));
        };
        let text = |name: &str| Value::Text(Some(rows::key(name)));
        let number = |number: u64| Value::Int(Some(i64::try_from(number).unwrap_or(i64::MAX)));
        for (column, name) in [("service", &self.service), ("plan", &self.plan), ("ident", &self.key)] {
            if let Some(name) = name {
                add(&format!("{column} ="), text(name));
            }
        }
        if let Some(since) = self.since {
            add("happened_us >=", Value::Int(Some(rounded_up(since))));
        }
        if let Some(until) = self.until {
            add("happened_us <", Value::Int(Some(rounded_up(until))));
        }
        if let Some(after) = self.after {
            add("seq >", number(after));
        }
        if !self.kinds.is_empty() {
            let mut places = Vec::new();
            for kind in &self.kinds {
                values.push(text(kind.word()));
                places.push(format!("${}", values.len()));
            }
            conditions.push(format!("kind IN ({})", places.join(", ")));
        }
        let mut sql = format!("SELECT {READ} FROM kadian_entries");
        if !conditions.is_empty() {
            sql.extend([" WHERE ", &conditions.join(" AND ")]);
        }
        sql.push_str(if self.newest_first { " ORDER BY seq DESC" } else { " ORDER BY seq" });
        if let Some(limit) = self.limit {
            values.push(number(limit));
            sql.extend([" LIMIT $", &values.len().to_string()]);
        }
        (sql, values)
    }
}

/// The first whole microsecond that is not before the moment: columns hold no finer ones.
fn rounded_up(moment: Timestamp) -> i64 {
    let down = moment.as_microsecond();
    if Timestamp::from_microsecond(down).is_ok_and(|rounded| rounded < moment) { down + 1 } else { down }
}

pub(super) fn select(connection: &mut dyn Connection, filter: &Filter) -> Result<Vec<Entry>, Failure> {
    let (sql, values) = filter.statement();
    let rows = connection.query(&sql, &values)?;
    rows.iter().map(|row| rows::read(row).map_err(Failure::from)).collect()
}
