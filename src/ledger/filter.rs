//! Which entries to read.

use jiff::Timestamp;

use super::connection::{Connection, Failure, Value};
use super::rows::{self, COLUMNS, Repeated};
use crate::facts::{Entry, RecordKind};

/// Which entries to read; the default lets everything through. All conditions hold at once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Any of these; empty for all.
    pub kinds: Vec<RecordKind>,
    pub service: Option<String>,
    /// The id of a rollout's plan.
    pub plan: Option<String>,
    /// Any of the names that records have where they came from: the id of a change, a decision or an incident, the run of a recovery.
    /// Empty for all.
    pub keys: Vec<String>,
    /// From this moment on, by when it happened, else by when it was recorded.
    pub since: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
    /// Only entries with a larger number.
    pub after: Option<u64>,
    /// Only entries with this number or a smaller one.
    pub up_to: Option<u64>,
    /// Whether the newest entry comes first; a limit keeps the first ones.
    pub newest_first: bool,
    pub limit: Option<u64>,
}

impl Filter {
    /// Whether an entry is let through: what the statement asks of the columns, asked of the record. The limit is not looked at.
    pub(super) fn lets(&self, entry: &Entry) -> bool {
        let Repeated { happened_us, service, plan, ident, .. } = Repeated::of(&entry.record, entry.at);
        let is = |wanted: &Option<String>, found: &Option<String>| {
            wanted.as_ref().is_none_or(|wanted| found.as_ref() == Some(&rows::key(wanted)))
        };
        (self.kinds.is_empty() || self.kinds.contains(&entry.record.kind()))
            && is(&self.service, &service)
            && is(&self.plan, &plan)
            && (self.keys.is_empty() || ident.is_some_and(|ident| self.keys.iter().any(|name| rows::key(name) == ident)))
            && self.since.is_none_or(|since| happened_us >= rounded_up(since))
            && self.until.is_none_or(|until| happened_us < rounded_up(until))
            && self.after.is_none_or(|after| entry.seq > after)
            && self.up_to.is_none_or(|up_to| entry.seq <= up_to)
    }

    fn statement(&self) -> (String, Vec<Value>) {
        let (mut conditions, mut values) = (Vec::new(), Vec::new());
        let mut add = |condition: &str, value: Value| {
            values.push(value);
            conditions.push(format!("{condition} ${}", values.len()));
        };
        let text = |name: &str| Value::Text(Some(rows::key(name)));
        let number = |number: u64| Value::Int(Some(i64::try_from(number).unwrap_or(i64::MAX)));
        for (column, name) in [("service", &self.service), ("plan", &self.plan)] {
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
        if let Some(up_to) = self.up_to {
            add("seq <=", number(up_to));
        }
        let mut any = |column: &str, names: Vec<Value>| {
            let places: Vec<String> = (values.len() + 1..).map(|place| format!("${place}")).take(names.len()).collect();
            values.extend(names);
            match places.as_slice() {
                [] => {}
                [place] => conditions.push(format!("{column} = {place}")),
                places => conditions.push(format!("{column} IN ({})", places.join(", "))),
            }
        };
        any("ident", self.keys.iter().map(|name| text(name)).collect());
        // Without statistics, a store takes the few kinds for as telling as the many names; an expression has no index to be misled by.
        let is_named = self.service.is_some() || self.plan.is_some() || !self.keys.is_empty();
        // There is an index of times within each kind, and none of times alone.
        let kinds = if self.kinds.is_empty() && !is_named && (self.since.is_some() || self.until.is_some()) {
            RecordKind::ALL.as_slice()
        } else {
            &self.kinds
        };
        any(if is_named { "kind || ''" } else { "kind" }, kinds.iter().map(|kind| text(kind.word())).collect());
        let mut sql = format!("SELECT {COLUMNS} FROM kadian_entries");
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
