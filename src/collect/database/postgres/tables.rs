//! Tables and their sizes.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;

use super::ask::Session;
use crate::error::Result;
use crate::evidence::table_stats::{TableKind, TableRecord};

/// A table's number in the catalogue.
pub(super) type Oid = i64;

/// The tables, and what their parts are told by.
pub(super) struct Found {
    pub(super) tables: BTreeMap<Oid, TableRecord>,
    /// Tables that somebody has locked, so that asking for sizes would wait.
    pub(super) locked: BTreeSet<Oid>,
    /// The names of columns by their numbers.
    pub(super) columns: BTreeMap<(Oid, i16), String>,
}

/// How often sizes are asked for again when somebody locked a table in between.
const TRIES: usize = 3;

/// Sizes are those of the files. The row estimate is that of the planner: as many to a page as when the table was last analysed, times the
/// pages of now; so that a table which was filled since is not taken for the small one that it was. A table that has no page has no row.
const TABLES: &str = "SELECT c.oid::int8, n.nspname::text, c.relname::text, c.relkind::text, c.relispartition, \
    c.reltuples::float8, c.relpages::int8, \
    CASE WHEN c.relkind IN ('r', 'm') AND c.oid::int8 <> ALL($2) THEN pg_relation_size(c.oid) END, \
    CASE WHEN c.relkind IN ('r', 'm') AND c.oid::int8 <> ALL($2) THEN pg_table_size(c.oid) END, \
    extract(epoch FROM greatest(pg_stat_get_last_analyze_time(c.oid), pg_stat_get_last_autoanalyze_time(c.oid)))::float8, \
    pg_stat_get_live_tuples(c.oid), current_setting('block_size')::int8 \
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't' \
    AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%' \
    AND (cardinality($1) = 0 OR n.nspname = ANY($1))";

/// The same of tables that are named, for whoever has a lock on them already.
const ROWS: &str = "SELECT wanted.schema, wanted.name, c.reltuples::float8, c.relpages::int8, \
    CASE WHEN c.relkind IN ('r', 'm') THEN pg_relation_size(c.oid) END, current_setting('block_size')::int8, \
    pg_stat_get_live_tuples(c.oid), \
    coalesce(pg_stat_get_last_analyze_time(c.oid), pg_stat_get_last_autoanalyze_time(c.oid)) IS NOT NULL \
    FROM unnest($1, $2) AS wanted(schema, name) JOIN pg_namespace n ON n.nspname = wanted.schema \
    JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.name WHERE c.relkind IN ('r', 'm')";

/// Tables that are locked, or about to be, against every other use; those of locked indexes too.
const LOCKED: &str = "SELECT DISTINCT coalesce(i.indrelid, l.relation)::int8 FROM pg_locks l \
    LEFT JOIN pg_index i ON i.indexrelid = l.relation \
    WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.pid <> pg_backend_pid() \
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())";

/// All tables, views and foreign tables of the schemas, or of all that are not the server's own.
pub(super) async fn tables(session: &Session<'_>, schemas: &[String]) -> Result<Found> {
    for _ in 0..TRIES {
        let locked = session.rows(LOCKED, &[]).await?;
        let locked = locked.iter().map(|row| session.cell(row, 0)).collect::<Result<Vec<Oid>>>()?;
        match session.perhaps(TABLES, &[(&schemas, Type::TEXT_ARRAY), (&locked, Type::INT8_ARRAY)]).await? {
            Ok(rows) => {
                let tables = rows.iter().map(|row| table(session, row)).collect::<Result<_>>()?;
                return Ok(Found { tables, locked: locked.into_iter().collect(), columns: BTreeMap::new() });
            }
            Err(refusal) if refusal.code == SqlState::LOCK_NOT_AVAILABLE => {}
            Err(refusal) => return Err(session.error(&refusal.message)),
        }
    }
    Err(session.error("tables are locked by others again and again, so that their sizes cannot be read; try again"))
}

/// How many rows there are in each of these tables, by schema and name; nothing for what is none.
pub(super) async fn rows(
    session: &Session<'_>,
    names: &BTreeSet<(String, String)>,
) -> Result<BTreeMap<(String, String), Option<u64>>> {
    let (schemas, tables): (Vec<&str>, Vec<&str>) = names.iter().map(|(schema, table)| (schema.as_str(), table.as_str())).unzip();
    let mut rows = BTreeMap::new();
    for row in session.rows(ROWS, &[(&schemas, Type::TEXT_ARRAY), (&tables, Type::TEXT_ARRAY)]).await? {
        let estimate = Estimate {
            tuples: session.cell(&row, 2)?,
            pages: session.cell(&row, 3)?,
            main: session.cell(&row, 4)?,
            block: session.cell(&row, 5)?,
            live: session.cell(&row, 6)?,
            analysed: session.cell(&row, 7)?,
        };
        rows.insert((session.cell(&row, 0)?, session.cell(&row, 1)?), estimate.rows());
    }
    Ok(rows)
}

fn table(session: &Session<'_>, row: &Row) -> Result<(Oid, TableRecord)> {
    let kind: String = session.cell(row, 3)?;
    let is_partition: bool = session.cell(row, 4)?;
    let kind = match kind.as_str() {
        "p" => TableKind::Partitioned,
        "v" => TableKind::View,
        "m" => TableKind::MaterializedView,
        "f" => TableKind::Foreign,
        _ if is_partition => TableKind::Partition,
        _ => TableKind::Table,
    };
    let analysed: Option<f64> = session.cell(row, 9)?;
    let estimate = Estimate {
        tuples: session.cell(row, 5)?,
        pages: session.cell(row, 6)?,
        main: session.cell(row, 7)?,
        block: session.cell(row, 11)?,
        live: session.cell(row, 10)?,
        analysed: analysed.is_some(),
    };
    let size = |bytes: Option<i64>| bytes.and_then(|bytes| u64::try_from(bytes).ok());
    let record = TableRecord {
        schema: Some(session.cell(row, 1)?),
        name: session.cell(row, 2)?,
        kind,
        rows: if matches!(kind, TableKind::View | TableKind::Foreign) { None } else { estimate.rows() },
        bytes: size(session.cell(row, 8)?),
        // The sum of its indexes, once they are known.
        index_bytes: None,
        analyzed_at: analysed.and_then(moment),
        engine: None,
        collation: None,
        columns: Vec::new(),
        indexes: Vec::new(),
        foreign_keys: Vec::new(),
    };
    Ok((session.cell(row, 0)?, record))
}

#[expect(clippy::cast_possible_truncation, reason = "a time of this age in seconds fits, and others are refused")]
fn moment(seconds: f64) -> Option<Timestamp> {
    Timestamp::from_second(seconds as i64).ok()
}

/// What the number of rows is estimated by.
#[derive(Debug, Clone, Copy)]
struct Estimate {
    /// -1 where nobody counted (before PostgreSQL 14: 0).
    tuples: f64,
    /// Pages when they were counted.
    pages: i64,
    /// Bytes of now; `None` for what has none of its own, and for a locked table.
    main: Option<i64>,
    block: i64,
    /// What the statistics collector thinks; 0 where it was never told.
    live: i64,
    analysed: bool,
}

/// Rows of more bytes than that are rare.
const WIDE: i64 = 2000;

impl Estimate {
    /// Whether what the statistics collector counted may be all: it begins again at 0 after a crash and after a reset, and then a file that
    /// is far too large for so few rows shows it.
    fn believes(self, main: i64) -> bool {
        self.live > 0 && main <= self.live.saturating_mul(WIDE).saturating_add(self.block)
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the value is held between 0 and 2^63")]
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    fn rows(self) -> Option<u64> {
        let whole = |rows: f64| Some(rows.round().clamp(0.0, i64::MAX as f64) as u64);
        let counted = self.tuples > 0.0 || (self.tuples == 0.0 && (self.pages > 0 || self.analysed));
        match self.main {
            Some(0) => Some(0),
            Some(main) if counted && self.pages > 0 => whole(self.tuples / self.pages as f64 * (main / self.block.max(1)) as f64),
            // It was empty when it was counted, and is not any more; or nobody counted.
            Some(main) => u64::try_from(self.live).ok().filter(|_| self.believes(main)),
            None => counted.then_some(self.tuples).and_then(whole),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_estimated_as_the_planner_does() {
        let analysed = Estimate { tuples: 1000.0, pages: 10, main: Some(81_920), block: 8192, live: 5, analysed: true };
        assert_eq!(analysed.rows(), Some(1000));
        assert_eq!(Estimate { main: Some(819_200_000), ..analysed }.rows(), Some(10_000_000), "it grew since");
        assert_eq!(Estimate { main: None, ..analysed }.rows(), Some(1000), "locked");
        let never = Estimate { tuples: -1.0, pages: 0, main: Some(8192), block: 8192, live: 0, analysed: false };
        assert_eq!(never.rows(), None);
        assert_eq!(Estimate { live: 7, ..never }.rows(), Some(7));
        assert_eq!(Estimate { live: 7, main: Some(1 << 30), ..never }.rows(), None, "counted anew since a crash");
        assert_eq!(Estimate { main: Some(0), ..never }.rows(), Some(0), "no page, no row");
        assert_eq!(Estimate { main: None, ..never }.rows(), None);
        // Before PostgreSQL 14, 0 stands for nobody counted too.
        assert_eq!(Estimate { tuples: 0.0, ..never }.rows(), None);
        assert_eq!(Estimate { tuples: 0.0, main: None, ..never }.rows(), None);
        let emptied = Estimate { tuples: 0.0, pages: 3, main: Some(24_576), ..analysed };
        assert_eq!(emptied.rows(), Some(0));
        assert_eq!(Estimate { tuples: 0.0, pages: 0, live: 0, ..analysed }.rows(), None, "filled since");
    }
}
