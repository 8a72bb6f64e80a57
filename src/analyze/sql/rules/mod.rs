//! One file for each theme; each rule says what happens, when not, and what to do instead.

pub(super) mod batch;
mod by_words;
mod calls;
mod column_types;
mod constraints;
mod correction;
mod design;
mod destructive;
mod enums;
mod foreign_keys;
mod index_drops;
mod indexes;
mod inserts;
mod keys;
mod manual;
mod more_constraints;
mod mysql_charsets;
mod mysql_columns;
mod mysql_constraints;
mod mysql_online;
mod mysql_tables;
mod object_drops;
mod objects;
mod partitions;
mod privileges;
mod renames;
mod rewrites;
mod session_settings;
mod slow;
mod sqlite;
mod timeouts;
mod transactions;
pub(super) mod unparsed;
mod versions;

use super::rule::Rule;

/// Every rule, by theme.
pub static RULES: &[&Rule] = &[
    &rewrites::VOLATILE_DEFAULT,
    &rewrites::STORED_GENERATED,
    &rewrites::SERIAL_COLUMN,
    &rewrites::CHANGE_TYPE,
    &rewrites::NARROWS,
    &rewrites::TYPE_BREAKS_READERS,
    &rewrites::SET_LOGGED,
    &rewrites::SET_TABLESPACE,
    &rewrites::SET_ACCESS_METHOD,
    &rewrites::CLUSTER,
    &rewrites::VACUUM_FULL,
    &rewrites::DOMAIN_CONSTRAINT,
    &rewrites::DOMAIN_COLUMN,
    &rewrites::COMPOSITE_CHANGED,
    &rewrites::DROP_EXPRESSION,
    &constraints::CHECK_NOT_VALID,
    &constraints::FOREIGN_KEY_NOT_VALID,
    &constraints::NOT_NULL_SCANS,
    &constraints::UNIQUE_BUILDS_INDEX,
    &constraints::PRIMARY_KEY_BUILDS_INDEX,
    &constraints::PRIMARY_KEY_LOOKS_FOR_NULLS,
    &constraints::REQUIRED_COLUMN,
    &more_constraints::EXCLUSION,
    &more_constraints::NEW_RESTRICTION,
    &more_constraints::DROP_CONSTRAINT,
    &more_constraints::DROP_NOT_NULL,
    &more_constraints::DROP_DEFAULT,
    &more_constraints::DROP_PRIMARY_KEY,
    &more_constraints::NO_PRIMARY_KEY,
    &more_constraints::ALTER_CONSTRAINT,
    &more_constraints::REFERENCED_COLUMN,
    &more_constraints::TRIGGER_OFF,
    &more_constraints::REPLICA_IDENTITY,
    &more_constraints::UNLOGGED,
    &more_constraints::SEQUENCE_VALUES,
    &foreign_keys::CASCADE,
    &foreign_keys::NO_INDEX,
    &foreign_keys::LOCKS_OTHER,
    &indexes::NOT_CONCURRENT,
    &index_drops::DROP_NOT_CONCURRENT,
    &indexes::CONCURRENTLY_IN_TRANSACTION,
    &indexes::REINDEX_NOT_CONCURRENT,
    &indexes::INVALID_LEFT_BEHIND,
    &indexes::CONCURRENT_ON_PARTITIONED,
    &indexes::FULLTEXT,
    &indexes::SPATIAL,
    &indexes::UNIQUE_MAY_FAIL,
    &index_drops::NEEDED_BY_FOREIGN_KEY,
    &index_drops::SLOW_TABLE_LOSES_INDEX,
    &index_drops::DROPPED,
    &indexes::DUPLICATE,
    &destructive::DROP_TABLE,
    &destructive::DROP_COLUMN,
    &destructive::TRUNCATE,
    &destructive::DROP_SCHEMA,
    &destructive::DROP_DATABASE,
    &destructive::ALTER_IGNORE,
    &renames::TABLE,
    &renames::COLUMN,
    &renames::ENUM_VALUE,
    &renames::MOVE_SCHEMA,
    &renames::OBJECT,
    &object_drops::DROP_VIEW,
    &objects::REPLACE_OBJECT,
    &object_drops::DROP_ROUTINE,
    &object_drops::DROP_TRIGGER,
    &objects::CREATE_TRIGGER,
    &object_drops::DROP_TYPE,
    &object_drops::DROP_SEQUENCE,
    &object_drops::DROP_EXTENSION,
    &objects::CREATE_EXTENSION,
    &objects::REFRESH,
    &object_drops::CASCADE,
    &objects::REPLACED_TABLE,
    &objects::EXISTS_ALREADY,
    &objects::RULES_AND_EVENTS,
    &objects::OPTIONS,
    &enums::IN_TRANSACTION,
    &enums::USED_IN_TRANSACTION,
    &enums::UNKNOWN_VALUE,
    &enums::UNPLACED,
    &enums::MYSQL_VALUES_GONE,
    &partitions::ATTACH,
    &partitions::DETACH,
    &partitions::CREATE_PARTITION_OF,
    &partitions::INHERITANCE,
    &partitions::DROP_PARTITION,
    &partitions::EXCHANGE,
    &partitions::REPARTITION,
    &partitions::PARTITIONED_DROPPED,
    &mysql_columns::MODIFY_COPIES,
    &mysql_columns::MODIFY_REBUILDS,
    &mysql_columns::MODIFY_DROPS_ATTRIBUTES,
    &mysql_columns::EXPRESSION_DEFAULT,
    &mysql_columns::STORED_GENERATED,
    &mysql_columns::AUTO_INCREMENT_COLUMN,
    &mysql_columns::PLACED_COLUMN,
    &mysql_columns::DROP_COLUMN_REBUILDS,
    &mysql_columns::INLINE_REFERENCES,
    &mysql_charsets::CONVERT_CHARSET,
    &mysql_tables::ENGINE,
    &mysql_tables::MYISAM,
    &mysql_constraints::ADD_CHECK,
    &mysql_constraints::ADD_FOREIGN_KEY,
    &mysql_constraints::DROP_PRIMARY_KEY,
    &mysql_constraints::ADD_PRIMARY_KEY,
    &mysql_tables::ROW_FORMAT,
    &mysql_tables::ENCRYPTION,
    &mysql_tables::FORCE,
    &mysql_tables::OPTIMIZE,
    &mysql_tables::CHECK_OR_REPAIR,
    &mysql_online::INDEX_LAGS,
    &mysql_online::ALGORITHM_COPY,
    &mysql_online::LOCK_ASKED,
    &mysql_online::NO_ALGORITHM,
    &mysql_charsets::DEFAULT_CHARSET,
    &mysql_charsets::UTF8MB3,
    &mysql_tables::AUTO_INCREMENT_VALUE,
    &mysql_constraints::KEYS_DISABLED,
    &mysql_tables::REORDERED,
    &mysql_tables::TABLESPACE_GONE,
    &sqlite::ADD_COLUMN,
    &sqlite::DROP_COLUMN,
    &sqlite::UNSUPPORTED,
    &sqlite::WRITABLE_SCHEMA,
    &sqlite::UNSAFE_PRAGMA,
    &sqlite::PRAGMA_IN_TRANSACTION,
    &sqlite::VACUUM,
    &sqlite::TYPELESS,
    &timeouts::NO_LOCK_TIMEOUT,
    &timeouts::NO_STATEMENT_TIMEOUT,
    &timeouts::TIMEOUT_OFF,
    &transactions::LEFT_OPEN,
    &transactions::NESTED,
    &transactions::IMPLICIT_COMMIT,
    &transactions::DATA_UNDER_LOCK,
    &transactions::MANY_LOCKS,
    &transactions::VALIDATE_IN_TRANSACTION,
    &transactions::OUTSIDE_ONLY,
    &transactions::LOCK_TABLE,
    &session_settings::SERVER_VARIABLE,
    &session_settings::DATABASE_SETTING,
    &session_settings::CHECKS_OFF,
    &session_settings::BINLOG_OFF,
    &session_settings::REPLICA_ROLE,
    &session_settings::STRICT_MODE_OFF,
    &correction::NO_WHERE,
    &correction::ALWAYS_TRUE,
    &correction::NOT_SELECTIVE,
    &correction::FUNCTION_ON_COLUMN,
    &correction::JOIN,
    &correction::LIMIT_WITHOUT_ORDER,
    &keys::KEY_CHANGED,
    &correction::UNBATCHED,
    &inserts::COPY_UNFILTERED,
    &inserts::COPY_UNBATCHED,
    &inserts::REPLACE,
    &inserts::IGNORE,
    &keys::DELETE_CASCADES,
    &correction::WITH_SCHEMA,
    &keys::SETS_NULL,
    &correction::SUBQUERY_VALUE,
    &correction::DELETE_EVERYTHING,
    &correction::HIDDEN_WRITES,
    &inserts::MANY_VALUES_INSERTED,
    &inserts::LOADED,
    &correction::SET_TWICE,
    &slow::DEEP_OFFSET,
    &slow::LEADING_WILDCARD,
    &slow::VIEW_STAR,
    &slow::CARTESIAN,
    &slow::SORT_EVERYTHING,
    &slow::SLOW_TABLE,
    &slow::READS_EVERYTHING,
    &slow::LOCKS_ROWS,
    &slow::MATERIALIZED,
    &privileges::GRANT_ALL,
    &privileges::GRANT_TO_PUBLIC,
    &privileges::GRANT_OPTION,
    &privileges::SUPERUSER,
    &privileges::PASSWORD,
    &privileges::ROW_SECURITY_OFF,
    &privileges::POLICY,
    &privileges::DEFINER,
    &privileges::REVOKE,
    &privileges::OWNER,
    &privileges::DEFAULT_PRIVILEGES,
    &privileges::DROP_USER,
    &privileges::ROLE_OPTIONS,
    &column_types::INT_KEY,
    &column_types::SMALLINT,
    &column_types::SERIAL,
    &column_types::VARCHAR,
    &column_types::CHAR,
    &column_types::TIMESTAMP,
    &column_types::FLOAT_MONEY,
    &column_types::JSON,
    &column_types::ENUM_TYPE,
    &design::LONG_NAME,
    &design::ODD_NAME,
    &design::NOT_REPEATABLE,
    &design::NO_SCHEMA,
    &design::UNNAMED,
    &design::MANY,
    &design::NO_COMMENT,
    &column_types::MYSQL_TIMESTAMP,
    &column_types::ZERO_DATE,
    &design::DOMAIN,
    &design::NEW_COLUMN,
    &by_words::REPLICATION,
    &by_words::ROW_EVENTS,
    &by_words::READ_LOCK,
    &by_words::SERVER,
    &by_words::DROP_OWNED,
    &by_words::PUBLICATION,
    &calls::EFFECTS,
    &calls::SLEEPS,
    &calls::UNKNOWN,
    &by_words::OUTFILE,
    &versions::NEWER,
    &unparsed::NOT_UNDERSTOOD,
    &unparsed::UNKNOWN_OPERATION,
    &unparsed::BLOCK,
    &unparsed::DYNAMIC,
    &unparsed::CALL,
    &unparsed::CONDITIONAL,
    &unparsed::TEXT_IN_DOUBT,
    &unparsed::CLIENT_COMMAND,
    &unparsed::PLACEHOLDER,
    &unparsed::CONTROL_CHARACTER,
    &unparsed::READER_LIMIT,
];

/// Longer expressions are told by a word; characters.
const LONGEST_EXPRESSION: usize = 400;

/// An expression on one line; it has to be whole, or the statement that holds it would be another one.
fn expression(text: &str) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().filter(|c| !c.is_control()).collect();
    if line.chars().count() > LONGEST_EXPRESSION { "<expression>".to_owned() } else { line }
}

/// Whether the statement says one of these, in upper case and with single blanks between words.
fn says_one_of(scene: &super::scene::Scene<'_>, words: &[&str]) -> bool {
    let line = scene.statement.text.split_whitespace().collect::<Vec<_>>().join(" ").to_ascii_uppercase();
    words.iter().any(|one| line.contains(one))
}

/// Words of a statement in a sentence: on one line, without control characters, and not without end.
fn first_words(text: &str) -> String {
    let line: Vec<&str> = text.split_whitespace().collect();
    super::hit::shown(&line.join(" "))
}

#[cfg(test)]
mod cases;
#[cfg(test)]
mod tests;
