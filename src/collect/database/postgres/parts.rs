//! What tables consist of: columns, indexes, foreign keys, partitions.

use std::collections::BTreeMap;

use jiff::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::ask::{Refusal, Session};
use super::tables::{Found, Oid};
use crate::error::Result;
use crate::evidence::table_stats::{ColumnRecord, ForeignKeyRecord, IndexRecord, TableKind, TableRecord};

/// Tables that are asked for at once: a database may have millions of columns.
const CHUNK: usize = 2000;

const COLUMNS: &str = "SELECT attrelid::int8, attnum, attname::text, format_type(atttypid, atttypmod), attnotnull, atthasdef, \
    attgenerated <> '', attidentity <> '' \
    FROM pg_attribute WHERE attrelid = ANY($1::int8[]::oid[]) AND attnum > 0 AND NOT attisdropped ORDER BY attrelid, attnum";

/// Columns that an index covers without being ordered by them (`INCLUDE`) are none of its columns here.
const INDEXES: &str = "SELECT i.indrelid::int8, c.relname::text, i.indkey::text, i.indnkeyatts::int8, i.indisunique, i.indisprimary, \
    i.indisvalid AND i.indisready AND i.indislive, i.indpred IS NOT NULL, \
    CASE WHEN c.relkind = 'i' AND i.indrelid::int8 <> ALL($2) THEN pg_relation_size(c.oid) END \
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid \
    WHERE i.indrelid = ANY($1::int8[]::oid[]) ORDER BY i.indrelid, c.relname";

/// A key that refers to a partitioned table has one more entry for each of its partitions, which is not what anybody wrote.
const FOREIGN_KEYS: &str = "SELECT k.conrelid::int8, k.conname::text, k.conkey, n.nspname::text, c.relname::text, \
    ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS key(number, place) \
        JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = key.number ORDER BY key.place), k.confdeltype::text \
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.confrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
    WHERE k.contype = 'f' AND k.conrelid = ANY($1::int8[]::oid[]) \
    AND NOT EXISTS (SELECT FROM pg_constraint whole WHERE whole.oid = k.conparentid AND whole.conrelid = k.conrelid) \
    ORDER BY k.conrelid, k.conname";

const CHILDREN: &str = "SELECT inhparent::int8, inhrelid::int8 FROM pg_inherits ORDER BY 1, 2";

fn chunks(found: &Found) -> Vec<Vec<Oid>> {
    let all: Vec<Oid> = found.tables.keys().copied().collect();
    all.chunks(CHUNK).map(<[Oid]>::to_vec).collect()
}

pub(super) async fn columns(session: &Session<'_>, found: &mut Found) -> Result<()> {
    for chunk in chunks(found) {
        for row in session.rows(COLUMNS, &[(&chunk, Type::INT8_ARRAY)]).await? {
            let (table, number): (Oid, i16) = (session.cell(&row, 0)?, session.cell(&row, 1)?);
            let (has_default, generated, identity): (bool, bool, bool) =
                (session.cell(&row, 5)?, session.cell(&row, 6)?, session.cell(&row, 7)?);
            let column = ColumnRecord {
                name: session.cell(&row, 2)?,
                ty: session.cell(&row, 3)?,
                nullable: !session.cell::<bool>(&row, 4)?,
                // What a generated column is made of stands where defaults do.
                has_default: has_default && !generated || identity,
                generated,
                collation: None,
            };
            found.columns.insert((table, number), column.name.clone());
            if let Some(table) = found.tables.get_mut(&table) {
                table.columns.push(column);
            }
        }
    }
    Ok(())
}

pub(super) async fn indexes(session: &Session<'_>, found: &mut Found) -> Result<()> {
    let mut locked: Vec<Oid> = found.locked.iter().copied().collect();
    for chunk in chunks(found) {
        let mut answer = sized(session, &chunk, &locked).await?;
        if answer.is_err() {
            // Somebody locked one of them since; their sizes are not worth waiting.
            locked.extend(&chunk);
            answer = sized(session, &chunk, &locked).await?;
        }
        let rows = answer.map_err(|refusal| session.error(&refusal.message))?;
        for row in rows {
            let table: Oid = session.cell(&row, 0)?;
            let index = index(session, &row, |number| found.columns.get(&(table, number)).cloned())?;
            if let Some(table) = found.tables.get_mut(&table) {
                table.indexes.push(index);
            }
        }
    }
    for table in found.tables.values_mut().filter(|table| table.bytes.is_some()) {
        table.index_bytes = table.indexes.iter().map(|index| index.bytes).sum();
    }
    Ok(())
}

async fn sized(session: &Session<'_>, tables: &[Oid], locked: &[Oid]) -> Result<std::result::Result<Vec<Row>, Refusal>> {
    session.perhaps(INDEXES, &[(&tables, Type::INT8_ARRAY), (&locked, Type::INT8_ARRAY)]).await
}

fn index(session: &Session<'_>, row: &Row, name_of: impl Fn(i16) -> Option<String>) -> Result<IndexRecord> {
    let (keys, count): (String, i64) = (session.cell(row, 2)?, session.cell(row, 3)?);
    let bytes: Option<i64> = session.cell(row, 8)?;
    // 0 stands for an expression.
    let columns = keys.split_whitespace().take(usize::try_from(count).unwrap_or(0));
    Ok(IndexRecord {
        name: session.cell(row, 1)?,
        columns: columns.map(|number| number.parse().ok().and_then(&name_of)).collect(),
        unique: session.cell(row, 4)?,
        primary: session.cell(row, 5)?,
        valid: session.cell(row, 6)?,
        partial: session.cell(row, 7)?,
        bytes: bytes.and_then(|bytes| u64::try_from(bytes).ok()),
    })
}

pub(super) async fn foreign_keys(session: &Session<'_>, found: &mut Found) -> Result<()> {
    for chunk in chunks(found) {
        for row in session.rows(FOREIGN_KEYS, &[(&chunk, Type::INT8_ARRAY)]).await? {
            let (table, numbers): (Oid, Vec<i16>) = (session.cell(&row, 0)?, session.cell(&row, 2)?);
            let on_delete: String = session.cell(&row, 6)?;
            let key = ForeignKeyRecord {
                name: session.cell(&row, 1)?,
                columns: numbers.iter().filter_map(|number| found.columns.get(&(table, *number)).cloned()).collect(),
                to_schema: session.cell(&row, 3)?,
                to_table: session.cell(&row, 4)?,
                to_columns: session.cell(&row, 5)?,
                on_delete: match on_delete.as_str() {
                    "c" => "CASCADE",
                    "r" => "RESTRICT",
                    "n" => "SET NULL",
                    "d" => "SET DEFAULT",
                    _ => "NO ACTION",
                }
                .to_owned(),
            };
            if let Some(table) = found.tables.get_mut(&table) {
                table.foreign_keys.push(key);
            }
        }
    }
    Ok(())
}

/// Which tables are parts of which: partitions, and tables that inherit.
pub(super) async fn children(session: &Session<'_>) -> Result<BTreeMap<Oid, Vec<Oid>>> {
    let mut children: BTreeMap<Oid, Vec<Oid>> = BTreeMap::new();
    for row in session.rows(CHILDREN, &[]).await? {
        children.entry(session.cell(&row, 0)?).or_default().push(session.cell(&row, 1)?);
    }
    Ok(children)
}

impl Found {
    /// The tables, each that has parts with the sizes of all of them: whoever changes it changes them. A part of which something is not
    /// known leaves it unknown for the whole.
    pub(super) fn together(self, children: &BTreeMap<Oid, Vec<Oid>>) -> Vec<TableRecord> {
        let whole = |oid: Oid| Sizes::of(&self.tables, children, oid, 0);
        let sizes: BTreeMap<Oid, Sizes> = children.keys().map(|oid| (*oid, whole(*oid))).collect();
        let with_parts = |(oid, mut table): (Oid, TableRecord)| {
            if let Some(sizes) = sizes.get(&oid) {
                (table.rows, table.bytes, table.index_bytes) = (sizes.rows, sizes.bytes, sizes.index_bytes);
                table.analyzed_at = sizes.analyzed_at;
            } else if table.kind == TableKind::Partitioned {
                // It has no partition, so that nothing is in it.
                (table.rows, table.bytes, table.index_bytes) = (Some(0), Some(0), Some(0));
            }
            table
        };
        self.tables.into_iter().map(with_parts).collect()
    }
}

/// The sizes of a table and its parts.
#[derive(Debug, Clone, Copy)]
struct Sizes {
    rows: Option<u64>,
    bytes: Option<u64>,
    index_bytes: Option<u64>,
    /// The oldest of them.
    analyzed_at: Option<Timestamp>,
}

impl Sizes {
    const UNKNOWN: Sizes = Sizes { rows: None, bytes: None, index_bytes: None, analyzed_at: None };

    fn of(tables: &BTreeMap<Oid, TableRecord>, children: &BTreeMap<Oid, Vec<Oid>>, oid: Oid, depth: usize) -> Sizes {
        /// The server allows no circle; a catalogue that changes while it is read might show one.
        const DEEPEST: usize = 32;
        let Some(table) = tables.get(&oid).filter(|_| depth < DEEPEST) else { return Sizes::UNKNOWN };
        let parts: Vec<Sizes> =
            children.get(&oid).into_iter().flatten().map(|part| Sizes::of(tables, children, *part, depth + 1)).collect();
        let own = (table.kind != TableKind::Partitioned).then_some(Sizes {
            rows: table.rows,
            bytes: table.bytes,
            index_bytes: table.index_bytes,
            analyzed_at: table.analyzed_at,
        });
        let all: Vec<Sizes> = own.into_iter().chain(parts).collect();
        let sum =
            |size: fn(&Sizes) -> Option<u64>| all.iter().map(size).try_fold(0_u64, |sum, size| Some(sum.saturating_add(size?)));
        let times: Option<Vec<Timestamp>> = all.iter().map(|sizes| sizes.analyzed_at).collect();
        Sizes {
            rows: sum(|sizes| sizes.rows),
            bytes: sum(|sizes| sizes.bytes),
            index_bytes: sum(|sizes| sizes.index_bytes),
            analyzed_at: times.and_then(|times| times.into_iter().min()),
        }
    }
}
