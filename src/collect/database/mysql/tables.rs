//! Tables, and what they consist of.

use std::collections::BTreeMap;

use jiff::Timestamp;
use mysql_async::Row;

use super::ask::Session;
use super::keys;
use crate::error::Result;
use crate::evidence::table_stats::{ColumnRecord, IndexRecord, TableKind, TableRecord};

const TABLES: &str = "SELECT TABLE_NAME, TABLE_TYPE, ENGINE, TABLE_ROWS, DATA_LENGTH, INDEX_LENGTH, TABLE_COLLATION, CREATE_OPTIONS \
    FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? \
    AND TABLE_TYPE IN ('BASE TABLE', 'VIEW', 'SYSTEM VERSIONED')";

const COLUMNS: &str = "SELECT TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, COLUMN_DEFAULT, EXTRA, COLLATION_NAME \
    FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? ORDER BY TABLE_NAME, ORDINAL_POSITION";

const INDEXES: &str = "SELECT TABLE_NAME, INDEX_NAME, NON_UNIQUE, COLUMN_NAME FROM information_schema.STATISTICS \
    WHERE TABLE_SCHEMA = ? ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX";

/// Who may not read them still sees the tables' sizes. A partition is named `table#P#partition`, the `P` in either case.
const COUNTED: &str = "SELECT SUBSTRING_INDEX(LOWER(table_name), '#p#', 1), MIN(UNIX_TIMESTAMP(last_update)) \
    FROM mysql.innodb_table_stats WHERE database_name = ? GROUP BY 1";

const INDEX_SIZES: &str = "SELECT SUBSTRING_INDEX(LOWER(table_name), '#p#', 1), index_name, \
    CAST(SUM(stat_value) * @@innodb_page_size AS UNSIGNED) FROM mysql.innodb_index_stats \
    WHERE database_name = ? AND stat_name = 'size' GROUP BY 1, 2";

pub(super) type Tables = BTreeMap<String, TableRecord>;

/// All tables and views of the database that the user may see at all.
pub(super) async fn tables(session: &mut Session<'_>, database: &str) -> Result<Vec<TableRecord>> {
    let mut tables = Tables::new();
    for mut row in session.rows(TABLES, (database,)).await? {
        let table = table(session, &mut row)?;
        tables.insert(table.name.clone(), table);
    }
    columns(session, database, &mut tables).await?;
    indexes(session, database, &mut tables).await?;
    keys::foreign_keys(session, database, &mut tables).await?;
    counted(session, database, &mut tables).await?;
    Ok(tables.into_values().collect())
}

fn table(session: &Session<'_>, row: &mut Row) -> Result<TableRecord> {
    let (name, kind): (String, String) = (session.cell(row, 0)?, session.cell(row, 1)?);
    let options: Option<String> = session.cell(row, 7)?;
    let kind = match kind.as_str() {
        "VIEW" => TableKind::View,
        _ if options.is_some_and(|options| options.to_lowercase().contains("partitioned")) => TableKind::Partitioned,
        _ => TableKind::Table,
    };
    Ok(TableRecord {
        schema: None,
        name,
        kind,
        rows: session.cell(row, 3)?,
        bytes: session.cell(row, 4)?,
        index_bytes: session.cell(row, 5)?,
        analyzed_at: None,
        engine: session.cell(row, 2)?,
        collation: session.cell(row, 6)?,
        columns: Vec::new(),
        indexes: Vec::new(),
        foreign_keys: Vec::new(),
    })
}

async fn columns(session: &mut Session<'_>, database: &str, tables: &mut Tables) -> Result<()> {
    for mut row in session.rows(COLUMNS, (database,)).await? {
        let table: String = session.cell(&mut row, 0)?;
        let (nullable, extra): (String, String) = (session.cell(&mut row, 3)?, session.cell(&mut row, 5)?);
        let default: Option<String> = session.cell(&mut row, 4)?;
        let extra = extra.to_uppercase();
        let generated = ["VIRTUAL", "STORED GENERATED", "PERSISTENT"].iter().any(|word| extra.contains(word));
        // MariaDB writes a default of NULL as a word.
        let has_default = default.is_some_and(|default| !session.version.mariadb || default != "NULL");
        let column = ColumnRecord {
            name: session.cell(&mut row, 1)?,
            ty: session.cell(&mut row, 2)?,
            nullable: nullable == "YES",
            has_default: !generated && (has_default || extra.contains("AUTO_INCREMENT") || extra.contains("DEFAULT_GENERATED")),
            generated,
            collation: session.cell(&mut row, 6)?,
        };
        if let Some(table) = tables.get_mut(&table) {
            table.columns.push(column);
        }
    }
    Ok(())
}

async fn indexes(session: &mut Session<'_>, database: &str, tables: &mut Tables) -> Result<()> {
    for mut row in session.rows(INDEXES, (database,)).await? {
        let (table, name): (String, String) = (session.cell(&mut row, 0)?, session.cell(&mut row, 1)?);
        let (non_unique, column): (i64, Option<String>) = (session.cell(&mut row, 2)?, session.cell(&mut row, 3)?);
        let Some(table) = tables.get_mut(&table) else { continue };
        match table.indexes.last_mut().filter(|index| index.name == name) {
            Some(index) => index.columns.push(column),
            None => table.indexes.push(IndexRecord {
                columns: vec![column],
                unique: non_unique == 0,
                primary: name == "PRIMARY",
                valid: true,
                partial: false,
                bytes: None,
                name,
            }),
        }
    }
    Ok(())
}

/// When rows were counted, and how large each index is: what only the storage engine's own tables tell, to those who may read them.
async fn counted(session: &mut Session<'_>, database: &str, tables: &mut Tables) -> Result<()> {
    let by_lower: BTreeMap<String, String> = tables.keys().map(|name| (name.to_lowercase(), name.clone())).collect();
    // Names that differ by case only cannot be told apart here.
    let name = |lower: &str| by_lower.get(lower).filter(|_| by_lower.len() == tables.len()).cloned();
    let mut times = BTreeMap::new();
    for mut row in session.perhaps(COUNTED, (database,)).await?.unwrap_or_default() {
        let (table, at): (String, Option<i64>) = (session.cell(&mut row, 0)?, session.cell(&mut row, 1)?);
        times.insert(name(&table), at);
    }
    let mut sizes = BTreeMap::new();
    for mut row in session.perhaps(INDEX_SIZES, (database,)).await?.unwrap_or_default() {
        let (table, index): (String, String) = (session.cell(&mut row, 0)?, session.cell(&mut row, 1)?);
        sizes.insert((name(&table), index), session.cell::<Option<u64>>(&mut row, 2)?);
    }
    for (name, table) in tables.iter_mut() {
        let at = times.get(&Some(name.clone())).copied().flatten();
        table.analyzed_at = at.and_then(|at| Timestamp::from_second(at).ok());
        for index in &mut table.indexes {
            index.bytes = sizes.get(&(Some(name.clone()), index.name.clone())).copied().flatten();
        }
    }
    Ok(())
}
