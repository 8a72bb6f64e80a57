//! Reading and writing `kadian.table-stats/v1`.
//!
//! The file is JSON: a program writes it and a program reads it, and a large database has many tables. Each table and each slow
//! statement stands on a line of its own, so that two files can be compared, and an error names a place that a person can find.

use std::io::{BufRead, Read as _};

use serde::Serialize;

use super::document::refuse_schema;
use super::table_stats::{SCHEMA, SlowStatement, TableRecord, TableStatistics};
use super::text::{contains, failed, shown};
use super::{Format, ReadError, Reader};
use crate::facts::Kind;

pub(super) const FORMAT: Format = Format {
    name: "kadian.table-stats",
    kind: Kind::Database,
    conventional: &["table-stats.json", "db/table-stats.json", ".kadian/table-stats.json"],
    recognises: |_, head| contains(head, SCHEMA),
    read: Reader::TableStats(read),
};

/// 50,000 tables of thirty columns fit; all of it stands in memory.
pub const MAX_BYTES: u64 = 128 << 20;

/// No database has more, and nobody would look at them.
pub const MAX_TABLES: usize = 100_000;

/// In bytes: four times what PostgreSQL and MySQL allow in characters.
const MAX_NAME: usize = 256;

/// In characters, as [`SlowStatement::text`] says.
pub const MAX_TEXT: usize = 1000;

/// Reads the file; tables and slow statements are given back in their order, whatever theirs is in the file.
///
/// Another schema, an unknown or repeated key, a number that is none or below 0, a table that stands twice, a name that is empty or too
/// long, an index or foreign key over nothing, and a list that contradicts its reason are errors. No table at all is none: a
/// database may be empty. What is left out is unknown.
fn read(input: &mut dyn BufRead) -> Result<TableStatistics, ReadError> {
    let mut bytes = Vec::new();
    input.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(ReadError::whole(format!("larger than {MAX_BYTES} bytes: take the snapshot of fewer schemas")));
    }
    let text =
        std::str::from_utf8(&bytes).map_err(|error| ReadError::at_byte(error.valid_up_to() as u64, "expected UTF-8 text"))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut file: TableStatistics = serde_json::from_str(text).map_err(|error| explain(&error))?;
    refuse_schema(&file.schema, SCHEMA)?;
    check(&file)?;
    order(&mut file);
    let twice = file.tables.iter().zip(file.tables.iter().skip(1)).find(|(table, next)| key(table) == key(next));
    if let Some((table, _)) = twice {
        return Err(ReadError::whole(format!("{}: the table stands twice", label(table))));
    }
    Ok(file)
}

/// The place and the words of serde, without what is hostile in them.
fn explain(error: &serde_json::Error) -> ReadError {
    let text = error.to_string();
    let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message);
    if error.line() == 0 {
        return ReadError::whole(shown_long(message));
    }
    ReadError::at_line(error.line() as u64, format!("column {}: {}", error.column(), shown_long(message)))
}

fn shown_long(text: &str) -> String {
    let known = text.split_once(", expected");
    known.map_or_else(|| shown(text), |(found, expected)| format!("{}, expected{expected}", shown(found)))
}

fn check(file: &TableStatistics) -> Result<(), ReadError> {
    if file.tables.len() > MAX_TABLES {
        return Err(ReadError::whole(format!("{} tables: expected up to {MAX_TABLES}", file.tables.len())));
    }
    match (&file.slow, &file.slow_unknown) {
        (Some(_), Some(_)) => {
            return Err(ReadError::whole("slow_unknown gives a reason, and slow is a list: one of them is null"));
        }
        (None, None) => return Err(ReadError::whole("slow is null: slow_unknown has to tell why")),
        _ => {}
    }
    for table in &file.tables {
        check_table(table).map_err(|message| ReadError::whole(format!("{}: {message}", label(table))))?;
    }
    for (at, slow) in file.slow.iter().flatten().enumerate() {
        check_slow(slow).map_err(|message| ReadError::whole(format!("slow[{at}]: {message}")))?;
    }
    Ok(())
}

fn check_table(table: &TableRecord) -> Result<(), String> {
    if let Some(schema) = &table.schema {
        name("the schema", schema)?;
    }
    name("the table", &table.name)?;
    for column in &table.columns {
        name("a column", &column.name)?;
    }
    for index in &table.indexes {
        name("an index", &index.name)?;
        if index.columns.is_empty() {
            return Err(format!("index `{}` covers nothing: expected columns, null for an expression", shown(&index.name)));
        }
        for column in index.columns.iter().flatten() {
            name("a column of an index", column)?;
        }
    }
    for key in &table.foreign_keys {
        name("a foreign key", &key.name)?;
        name("the table of a foreign key", &key.to_table)?;
        if key.columns.is_empty() || key.columns.len() != key.to_columns.len() {
            return Err(format!("foreign key `{}`: expected as many columns as to_columns, and one at least", shown(&key.name)));
        }
    }
    Ok(())
}

fn check_slow(slow: &SlowStatement) -> Result<(), String> {
    if slow.text.trim().is_empty() {
        return Err("the text is empty".to_owned());
    }
    if slow.text.chars().count() > MAX_TEXT {
        return Err(format!("the text is longer than {MAX_TEXT} characters"));
    }
    // JSON has no NaN, and a number too large for a double is an error of the parser.
    if slow.mean_ms < 0.0 || slow.max_ms.is_some_and(|max| max < 0.0) {
        return Err("a time below 0".to_owned());
    }
    Ok(())
}

/// Any character may be part of a name, because any may be part of a name on the server; whoever shows it has to escape it.
fn name(what: &str, name: &str) -> Result<(), String> {
    match name.len() {
        0 => Err(format!("{what} has no name")),
        1..=MAX_NAME => Ok(()),
        length => Err(format!("the name of {what} has {length} bytes, and at most {MAX_NAME} may be: `{}`", shown(name))),
    }
}

fn label(table: &TableRecord) -> String {
    match &table.schema {
        Some(schema) => format!("table `{}.{}`", shown(schema), shown(&table.name)),
        None => format!("table `{}`", shown(&table.name)),
    }
}

fn key(table: &TableRecord) -> (Option<&str>, &str) {
    (table.schema.as_deref(), &table.name)
}

/// Tables by schema and name, slow statements by their mean, the slowest first, then by their text.
pub fn order(file: &mut TableStatistics) {
    file.tables.sort_by(|a, b| key(a).cmp(&key(b)));
    if let Some(slow) = &mut file.slow {
        slow.sort_by(|a, b| b.mean_ms.total_cmp(&a.mean_ms).then_with(|| a.text.cmp(&b.text)));
    }
}

/// The statistics as the text of their file, the schema first; [`read`] gives the same back.
///
/// # Errors
/// None that is known: a number that is not finite would be one.
pub fn text(file: &TableStatistics) -> Result<String, serde_json::Error> {
    // Every field by its name: one that is added cannot be forgotten here.
    let TableStatistics { schema, dialect, server, database, collected_at, replicas, tables, slow, slow_unknown } = file;
    let head = [
        ("schema", one(schema)?),
        ("dialect", one(dialect)?),
        ("server", one(server)?),
        ("database", one(database)?),
        ("collected_at", one(collected_at)?),
        ("replicas", one(replicas)?),
        ("tables", lines(tables)?),
        ("slow", slow.as_deref().map_or_else(|| Ok("null".to_owned()), lines)?),
        ("slow_unknown", one(slow_unknown)?),
    ];
    let head: Vec<String> = head.iter().map(|(key, value)| format!("  \"{key}\": {value}")).collect();
    Ok(format!("{{\n{}\n}}\n", head.join(",\n")))
}

fn one<T: Serialize>(value: &T) -> Result<String, serde_json::Error> {
    serde_json::to_string(value)
}

fn lines<T: Serialize>(values: &[T]) -> Result<String, serde_json::Error> {
    let values = values.iter().map(|value| one(value).map(|value| format!("    {value}"))).collect::<Result<Vec<_>, _>>()?;
    Ok(if values.is_empty() { "[]".to_owned() } else { format!("[\n{}\n  ]", values.join(",\n")) })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::super::table_stats::{ColumnRecord, ForeignKeyRecord, IndexRecord, TableKind};
    use super::*;
    use crate::facts::SqlDialect;

    const EMPTY: &str = r#"{"schema": "kadian.table-stats/v1", "dialect": "postgres", "server": "PostgreSQL 15.1", "database": "pay",
        "collected_at": "2026-01-01T00:00:00Z", "replicas": null, "tables": [], "slow": [], "slow_unknown": null}"#;

    const TABLE: &str = r#"{"schema": "public", "name": "orders", "kind": "table", "rows": 12, "bytes": 8192, "index_bytes": null,
        "analyzed_at": null, "engine": null, "collation": null, "columns": [{"name": "id", "type": "bigint", "nullable": false,
        "has_default": true, "generated": false, "collation": null}], "indexes": [{"name": "orders_pkey", "columns": ["id", null],
        "unique": true, "primary": true, "valid": true, "partial": false, "bytes": 1}], "foreign_keys": [{"name": "fk",
        "columns": ["id"], "to_schema": null, "to_table": "other", "to_columns": ["id"], "on_delete": "CASCADE"}]}"#;

    fn parse(text: &str) -> Result<TableStatistics, ReadError> {
        read(&mut text.as_bytes())
    }

    fn with(tables: &str) -> String {
        EMPTY.replace("\"tables\": []", &format!("\"tables\": [{tables}]"))
    }

    #[test]
    fn a_file_is_read_and_its_tables_are_put_in_order() {
        let other = TABLE.replace("orders", "accounts");
        let file = parse(&with(&format!("{TABLE}, {other}"))).unwrap();
        let names: Vec<&str> = file.tables.iter().map(|table| table.name.as_str()).collect();
        assert_eq!(names, ["accounts", "orders"]);
        assert_eq!((file.tables[1].rows, file.tables[1].index_bytes), (Some(12), None));
        assert_eq!(file.tables[1].indexes[0].columns, [Some("id".to_owned()), None]);
        assert!(parse(EMPTY).unwrap().tables.is_empty());
        assert!(parse(&format!("\u{feff}{EMPTY}")).is_ok());
    }

    #[test]
    fn what_makes_no_sense_is_an_error_that_names_its_place() {
        for (wrong, told) in [
            (EMPTY.replace("stats/v1", "stats/v2"), "schema `kadian.table-stats/v2`: expected `kadian.table-stats/v1`"),
            (EMPTY.replace("\"slow\": []", "\"slow\": null"), "slow_unknown has to tell why"),
            (EMPTY.replace("slow_unknown\": null", "slow_unknown\": \"off\""), "one of them is null"),
            (with(&format!("{TABLE}, {TABLE}")), "table `public.orders`: the table stands twice"),
            (with(&TABLE.replace("\"rows\": 12", "\"rows\": -12")), "line 2: column"),
            (with(&TABLE.replace("\"rows\": 12", "\"rows\": 1.5")), "line 2: column"),
            (with(&TABLE.replace("\"rows\"", "\"row\"")), "unknown field `row`"),
            (with(&TABLE.replace("\"rows\": 12", "\"rows\": 12, \"rows\": 12")), "duplicate field `rows`"),
            (with(&TABLE.replace("\"table\"", "\"tables\"")), "unknown variant `tables`, expected one of"),
            (with(&TABLE.replace("[\"id\", null]", "[]")), "index `orders_pkey` covers nothing"),
            (with(&TABLE.replace("\"to_columns\": [\"id\"]", "\"to_columns\": []")), "foreign key `fk`"),
            (with(&TABLE.replace("\"orders\"", "\"\"")), "the table has no name"),
            (with(&TABLE.replace("\"orders\"", &format!("\"{}\"", "x".repeat(257)))), "has 257 bytes"),
            (
                EMPTY.replace(
                    "[], \"slow_",
                    "[{\"text\": \"SELECT\", \"tables\": [], \"calls\": 1, \"mean_ms\": -1, \"max_ms\": null}], \"slow_",
                ),
                "slow[0]: a time below 0",
            ),
            (EMPTY.replace("postgres\"", "oracle\""), "unknown variant `oracle`"),
            (format!("{EMPTY} x"), "trailing characters"),
            (String::new(), "EOF"),
        ] {
            let error = parse(&wrong).expect_err(told).to_string();
            assert!(error.contains(told), "{told}: {error}");
        }
        assert!(read(&mut &b"\xff"[..]).unwrap_err().to_string().contains("byte 0: expected UTF-8"));
        let hostile = parse(&with(&TABLE.replace("\"rows\"", "\"a\\u001b[31m\\nb\""))).unwrap_err().to_string();
        assert!(!hostile.contains(['\u{1b}', '\n']), "{hostile}");
    }

    #[test]
    fn a_cut_file_is_an_error() {
        let text = with(TABLE);
        for end in 0..text.len() {
            assert!(parse(&text[..end]).is_err(), "{end}");
        }
    }

    #[test]
    fn a_hundred_thousand_tables_are_read_and_one_more_is_too_many() {
        let mut file = parse(&with(TABLE)).unwrap();
        let table = file.tables.pop().unwrap();
        let named = |number: usize| TableRecord { name: format!("t{number:06}"), columns: Vec::new(), ..table.clone() };
        file.tables = (0..MAX_TABLES).map(named).collect();
        assert_eq!(parse(&text(&file).unwrap()).unwrap(), file);
        file.tables.push(named(MAX_TABLES));
        assert!(parse(&text(&file).unwrap()).unwrap_err().to_string().contains("100001 tables"));
    }

    fn option<T: Strategy>(strategy: T) -> impl Strategy<Value = Option<T::Value>>
    where
        T::Value: Clone,
    {
        prop::option::of(strategy)
    }

    /// Names with quotes, breaks, escapes and other scripts, as servers allow them.
    fn any_name() -> impl Strategy<Value = String> {
        "[a-zA-Z\"'`\\\\\n\u{1b}\u{202e} é表.;-]{1,20}"
    }

    fn tables() -> impl Strategy<Value = Vec<TableRecord>> {
        let column = (any_name(), any_name(), any::<[bool; 3]>(), option(any_name())).prop_map(|(name, ty, flags, collation)| {
            let [nullable, has_default, generated] = flags;
            ColumnRecord { name, ty, nullable, has_default, generated, collation }
        });
        let index = (any_name(), prop::collection::vec(option(any_name()), 1..4), any::<[bool; 4]>(), option(any::<u64>()));
        let index = index.prop_map(|(name, columns, flags, bytes)| {
            let [unique, primary, valid, partial] = flags;
            IndexRecord { name, columns, unique, primary, valid, partial, bytes }
        });
        let key = (any_name(), prop::collection::vec((any_name(), any_name()), 1..3), option(any_name()), any_name());
        let key = key.prop_map(|(name, pairs, to_schema, to_table)| {
            let (columns, to_columns) = pairs.into_iter().unzip();
            ForeignKeyRecord { name, columns, to_schema, to_table, to_columns, on_delete: "SET NULL".to_owned() }
        });
        let kinds = prop::sample::select(vec![TableKind::Table, TableKind::Partitioned, TableKind::MaterializedView]);
        let many = |strategy| prop::collection::vec(strategy, 0..3);
        let parts = (kinds, any::<[Option<u64>; 3]>(), option(0..253_402_207_200_i64), prop::collection::vec(column, 0..3));
        let rest = (many(index.boxed()), prop::collection::vec(key, 0..3), option(any_name()));
        let names = prop::collection::btree_map((option(any_name()), any_name()), (parts, rest), 0..4);
        names.prop_map(|tables| {
            let table = |((schema, name), (parts, rest))| {
                let (kind, [rows, bytes, index_bytes], at, columns) = parts;
                let (indexes, foreign_keys, engine): (_, _, Option<String>) = rest;
                let analyzed_at = Option::<i64>::map(at, |at| Timestamp::from_second(at).unwrap());
                let collation = engine.clone();
                #[rustfmt::skip]
                let record = TableRecord { schema, name, kind, rows, bytes, index_bytes, analyzed_at, engine, collation, columns, indexes, foreign_keys };
                record
            };
            tables.into_iter().map(table).collect()
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            tables in tables(),
            slow in option(prop::collection::vec(("[a-z?\n\"]{1,30}[a-z]", 0.0..1e9_f64, option(0.0..1e300_f64)), 0..4)),
            reason in any_name(),
            replicas in option(any::<u64>()),
        ) {
            let slow_unknown = slow.is_none().then_some(reason);
            let slow = slow.map(|slow| slow.into_iter().map(|(text, mean_ms, max_ms)| {
                SlowStatement { text, tables: vec!["t".to_owned()], calls: 3, mean_ms, max_ms }
            }).collect());
            let mut file = TableStatistics {
                schema: SCHEMA.to_owned(), dialect: SqlDialect::Mariadb, server: "10.11\n".to_owned(), database: "d\"".to_owned(),
                collected_at: Timestamp::UNIX_EPOCH, replicas, tables, slow, slow_unknown,
            };
            order(&mut file);
            let text = text(&file).unwrap();
            prop_assert!(contains(text.as_bytes(), SCHEMA));
            prop_assert_eq!(parse(&text).unwrap(), file);
        }
    }
}
