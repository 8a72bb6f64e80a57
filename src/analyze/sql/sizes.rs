//! How large tables are, by the statistics that are at hand.

use std::collections::HashMap;

use super::SqlOptions;
use crate::evidence::sql::Name;
use crate::evidence::table_stats::{ForeignKeyRecord, IndexRecord, TableKind, TableRecord, TableStatistics};
use crate::facts::{SizeClass, SqlDialect};

/// A table of few rows that takes more than this is not small: rows may be long.
const SMALL_BYTES: u64 = 1 << 30;

/// The statistics, in an order in which a name is found at once.
#[derive(Debug)]
pub struct Sizes<'a> {
    statistics: Option<&'a TableStatistics>,
    by_name: HashMap<String, Vec<&'a TableRecord>>,
    by_index: HashMap<&'a str, Vec<(&'a TableRecord, &'a IndexRecord)>>,
    referencing: HashMap<String, Vec<(&'a TableRecord, &'a ForeignKeyRecord)>>,
    slow: HashMap<String, f64>,
    small_rows: u64,
    large_rows: u64,
}

/// How large one table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    pub rows: Option<u64>,
    pub bytes: Option<u64>,
    pub class: SizeClass,
}

impl<'a> Sizes<'a> {
    pub fn new(options: &SqlOptions<'a>) -> Sizes<'a> {
        let statistics = options.statistics;
        let mut sizes = Sizes {
            statistics,
            by_name: HashMap::new(),
            by_index: HashMap::new(),
            referencing: HashMap::new(),
            slow: HashMap::new(),
            small_rows: options.small_rows,
            large_rows: options.large_rows,
        };
        for record in statistics.iter().flat_map(|statistics| &statistics.tables) {
            sizes.by_name.entry(sizes.folded(&record.name)).or_default().push(record);
            for index in &record.indexes {
                sizes.by_index.entry(&index.name).or_default().push((record, index));
            }
            for key in &record.foreign_keys {
                sizes.referencing.entry(sizes.folded(&key.to_table)).or_default().push((record, key));
            }
        }
        for slow in statistics.iter().filter_map(|statistics| statistics.slow.as_ref()).flatten() {
            for table in &slow.tables {
                let bare = table.rsplit('.').next().unwrap_or(table);
                let worst = sizes.slow.entry(sizes.folded(bare)).or_insert(slow.mean_ms);
                *worst = worst.max(slow.mean_ms);
            }
        }
        sizes
    }

    /// MySQL's and SQLite's tables may not differ by case only, so that names are compared without it.
    fn folded(&self, name: &str) -> String {
        match self.statistics.map(|statistics| statistics.dialect) {
            Some(SqlDialect::Postgres) | None => name.to_owned(),
            Some(_) => name.to_lowercase(),
        }
    }

    /// Whether there are any statistics.
    pub fn known(&self) -> bool {
        self.statistics.is_some()
    }

    /// Replicas of the server, where it tells.
    pub fn replicas(&self) -> Option<u64> {
        self.statistics.and_then(|statistics| statistics.replicas)
    }

    /// Whether a table of this name is there, in any schema; `None` without statistics.
    pub fn may_exist(&self, table: &Name) -> Option<bool> {
        self.statistics?;
        Some(self.by_name.contains_key(&self.folded(&table.name)))
    }

    /// The table of this name. PostgreSQL means the one in `public` where no schema is said, unless a path is set; one that stands in
    /// other schemas only is not known to be meant. Of several the largest one; one whose rows nobody knows counts as the largest.
    pub fn record(&self, table: &Name) -> Option<&'a TableRecord> {
        let statistics = self.statistics?;
        let schema = table.schema.as_deref();
        if statistics.dialect != SqlDialect::Postgres
            && schema.is_some_and(|schema| !schema.eq_ignore_ascii_case(&statistics.database))
        {
            return None;
        }
        let schema = schema.or((statistics.dialect == SqlDialect::Postgres).then_some("public"));
        let named = self.by_name.get(&self.folded(&table.name))?;
        named
            .iter()
            .copied()
            .filter(|record| schema.is_none() || record.schema.is_none() || record.schema.as_deref() == schema)
            .max_by_key(|record| record.rows.unwrap_or(u64::MAX))
    }

    /// Indexes of this name, with their tables.
    pub fn indexes(&self, name: &str) -> &[(&'a TableRecord, &'a IndexRecord)] {
        self.by_index.get(name).map_or(&[], Vec::as_slice)
    }

    /// Foreign keys that refer to the table.
    pub fn referencing(&self, table: &Name) -> impl Iterator<Item = (&'a TableRecord, &'a ForeignKeyRecord)> {
        let schema = table.schema.clone();
        self.referencing
            .get(&self.folded(&table.name))
            .into_iter()
            .flatten()
            .copied()
            .filter(move |(_, key)| schema.is_none() || key.to_schema.is_none() || key.to_schema == schema)
    }

    /// The slowest mean of a statement on the table, in milliseconds.
    pub fn slow(&self, table: &Name) -> Option<f64> {
        self.slow.get(&self.folded(&table.name)).copied()
    }

    /// Nobody told: unknown, which is judged as large.
    pub fn of(&self, table: &Name) -> Size {
        self.of_record(self.record(table))
    }

    pub fn of_record(&self, record: Option<&TableRecord>) -> Size {
        let Some(record) = record else { return Size { rows: None, bytes: None, class: SizeClass::Unknown } };
        let bytes = match (record.bytes, record.index_bytes) {
            (Some(data), Some(index)) => Some(data.saturating_add(index)),
            (data, _) => data,
        };
        let class = match record.rows {
            // Views and foreign tables have no rows of their own.
            _ if matches!(record.kind, TableKind::View | TableKind::Foreign) => SizeClass::Unknown,
            None => SizeClass::Unknown,
            Some(rows) if rows >= self.large_rows => SizeClass::Large,
            Some(rows) if rows <= self.small_rows && bytes.is_none_or(|bytes| bytes <= SMALL_BYTES) => SizeClass::Small,
            Some(_) => SizeClass::Medium,
        };
        Size { rows: record.rows, bytes, class }
    }

    pub fn small_rows(&self) -> u64 {
        self.small_rows
    }
}
