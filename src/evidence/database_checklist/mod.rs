//! The checklist of a change of the database (requirement B1): a YAML file, or the task list of a pull request.
//!
//! ```yaml
//! schema: kadian.database-checklist/v1
//! reason: the address moves into a table of its own
//! tables: [{name: orders, rows: 1200000}]     # how many rows each has
//! estimated_rows: 1200                        # how many the change writes
//! change_sql: [db/0042_address.up.sql]        # paths of the change, or SQL
//! rollback_sql: [db/0042_address.down.sql]
//! backup: {how: "CREATE TABLE orders_0042 AS SELECT * FROM orders", where: the same database}
//! window: {days: [tue, thu], from: "02:00", to: "05:00", zone: Asia/Shanghai}
//! order: [staging, shard-1, shard-2]          # environments and shards, the first one first
//! replication_lag: {abort_seconds: 5, watched_by: team-dba}
//! verification: SELECT count(*) FROM orders WHERE address_id IS NULL
//! reviewers: [alice]
//! answered_by: bob                            # whoever filled it in
//! answers_by: {backup: carol}                 # where somebody else answered one
//! archiving: [{table: order_events, condition: "created_at < now() - interval '90 days'", every: 1d}]
//! ```
//!
//! Every key but `schema` may be missing: what is not answered is told as such, and a policy asks for it.

mod read;
mod substance;
mod tasks;
#[cfg(test)]
mod tests;
mod window;

use std::collections::BTreeMap;

pub use read::{looks_like, read};
pub use substance::substance;
pub use tasks::from_tasks;
pub use window::ChangeWindow;

use std::io::{BufRead, Read as _};

use super::document::MAX_DOCUMENT_BYTES;
use super::text::failed;
use super::{Format, ReadError, Reader};
use crate::facts::{ChecklistQuestion, Kind};

pub(super) const FORMAT: Format = Format {
    name: "checklist",
    kind: Kind::Database,
    // One in the change is read at the head, because it is judged.
    conventional: &[],
    recognises: |_, head| looks_like(head),
    read: Reader::DatabaseChecklist(handed_in),
};

fn handed_in(input: &mut dyn BufRead) -> Result<ChecklistRecord, ReadError> {
    let mut bytes = Vec::new();
    input.take(MAX_DOCUMENT_BYTES + 1).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
    if bytes.len() as u64 > MAX_DOCUMENT_BYTES {
        return Err(ReadError::whole(format!("larger than {MAX_DOCUMENT_BYTES} bytes: no checklist is so long")));
    }
    read(&bytes)
}

/// What stands in `schema`.
pub const SCHEMA: &str = "kadian.database-checklist/v1";

/// A checklist as it was filled in. What is missing, and what says nothing ("n/a", "todo", "无"), is `None`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ChecklistRecord {
    pub reason: Option<Told<String>>,
    pub tables: Option<Told<Vec<DeclaredTable>>>,
    pub estimated_rows: Option<Told<u64>>,
    pub change_sql: Option<Told<Vec<NamedSql>>>,
    pub rollback_sql: Option<Told<Vec<NamedSql>>>,
    pub backup: Option<Told<String>>,
    pub window: Option<Told<ChangeWindow>>,
    pub order: Option<Told<Vec<String>>>,
    pub replication_lag: Option<Told<String>>,
    pub verification: Option<Told<String>>,
    pub reviewers: Option<Told<Vec<String>>>,
    /// Who answered: of all questions, and of single ones.
    pub answered_by: Option<String>,
    pub answers_by: BTreeMap<ChecklistQuestion, String>,
    pub archiving: Vec<DeclaredArchiving>,
}

/// An answer and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Told<T> {
    pub value: T,
    /// Counted from 1; `None` where nobody knows.
    pub line: Option<u32>,
}

/// A table that the change touches, as its author says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredTable {
    pub name: String,
    /// How many rows it has.
    pub rows: Option<u64>,
    pub line: Option<u32>,
}

/// SQL as a checklist names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NamedSql {
    /// The path of a file: one word with a `/` or an ending `.sql`.
    Path(String),
    Text(String),
}

/// How a table is kept from growing for ever (requirement B7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredArchiving {
    pub table: String,
    pub condition: Option<String>,
    pub every: Option<String>,
    pub line: Option<u32>,
}

impl NamedSql {
    fn of(text: &str) -> NamedSql {
        let text = text.trim();
        let is_path = !text.contains(char::is_whitespace)
            && !text.contains(';')
            && (text.contains('/') || text.to_lowercase().ends_with(".sql"));
        if is_path { NamedSql::Path(text.trim_start_matches("./").to_owned()) } else { NamedSql::Text(text.to_owned()) }
    }
}

impl ChecklistRecord {
    /// Who answered a question; `None` where nobody says.
    #[must_use]
    pub fn by(&self, question: ChecklistQuestion) -> Option<&str> {
        self.answers_by.get(&question).or(self.answered_by.as_ref()).map(String::as_str)
    }
}
