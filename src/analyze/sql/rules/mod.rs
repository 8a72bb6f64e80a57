//! One file for each theme; each rule says what happens, when not, and what to do instead.

mod constraints;
mod destructive;
mod enums;
mod foreign_keys;
mod indexes;
mod manual;
mod more_constraints;
mod mysql_columns;
mod mysql_tables;
mod partitions;
mod renames;
mod rewrites;
mod transactions;
pub(super) mod unparsed;

use super::rule::Rule;

/// Every rule, by theme.
pub static RULES: &[&Rule] = &[
    &constraints::CHECK_NOT_VALID,
    &constraints::FOREIGN_KEY_NOT_VALID,
    &constraints::NOT_NULL_SCANS,
    &constraints::UNIQUE_BUILDS_INDEX,
    &constraints::PRIMARY_KEY_BUILDS_INDEX,
    &constraints::REQUIRED_COLUMN,
    &destructive::DROP_TABLE,
    &destructive::DROP_COLUMN,
    &destructive::TRUNCATE,
    &destructive::DROP_SCHEMA,
    &destructive::DROP_DATABASE,
    &enums::IN_TRANSACTION,
    &enums::USED_IN_TRANSACTION,
    &enums::UNKNOWN_VALUE,
    &enums::UNPLACED,
    &enums::MYSQL_VALUES_GONE,
    &foreign_keys::CASCADE,
    &foreign_keys::NO_INDEX,
    &foreign_keys::LOCKS_OTHER,
    &indexes::NOT_CONCURRENT,
    &indexes::DROP_NOT_CONCURRENT,
    &indexes::CONCURRENTLY_IN_TRANSACTION,
    &indexes::REINDEX_NOT_CONCURRENT,
    &indexes::INVALID_LEFT_BEHIND,
    &indexes::CONCURRENT_ON_PARTITIONED,
    &indexes::FULLTEXT,
    &indexes::SPATIAL,
    &indexes::UNIQUE_MAY_FAIL,
    &indexes::NEEDED_BY_FOREIGN_KEY,
    &indexes::SLOW_TABLE_LOSES_INDEX,
    &indexes::DUPLICATE,
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
    &mysql_columns::MODIFY_COPIES,
    &mysql_columns::MODIFY_REBUILDS,
    &mysql_columns::MODIFY_DROPS_ATTRIBUTES,
    &mysql_columns::EXPRESSION_DEFAULT,
    &mysql_columns::STORED_GENERATED,
    &mysql_columns::AUTO_INCREMENT_COLUMN,
    &mysql_columns::PLACED_COLUMN,
    &mysql_columns::DROP_COLUMN_REBUILDS,
    &mysql_columns::INLINE_REFERENCES,
    &mysql_tables::CONVERT_CHARSET,
    &mysql_tables::ENGINE,
    &mysql_tables::MYISAM,
    &mysql_tables::ADD_CHECK,
    &mysql_tables::ADD_FOREIGN_KEY,
    &mysql_tables::DROP_PRIMARY_KEY,
    &mysql_tables::ADD_PRIMARY_KEY,
    &mysql_tables::ROW_FORMAT,
    &mysql_tables::ENCRYPTION,
    &mysql_tables::FORCE,
    &mysql_tables::OPTIMIZE,
    &mysql_tables::CHECK_OR_REPAIR,
    &mysql_tables::INDEX_LAGS,
    &mysql_tables::ALGORITHM_COPY,
    &mysql_tables::LOCK_ASKED,
    &mysql_tables::NO_ALGORITHM,
    &mysql_tables::DEFAULT_CHARSET,
    &mysql_tables::UTF8MB3,
    &mysql_tables::AUTO_INCREMENT_VALUE,
    &mysql_tables::KEYS_DISABLED,
    &mysql_tables::TABLESPACE_GONE,
    &partitions::ATTACH,
    &partitions::DETACH,
    &partitions::CREATE_PARTITION_OF,
    &partitions::INHERITANCE,
    &partitions::DROP_PARTITION,
    &partitions::EXCHANGE,
    &partitions::REPARTITION,
    &partitions::PARTITIONED_DROPPED,
    &renames::TABLE,
    &renames::COLUMN,
    &renames::ENUM_VALUE,
    &renames::MOVE_SCHEMA,
    &renames::OBJECT,
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
    &rewrites::COMPOSITE_CHANGED,
    &rewrites::DROP_EXPRESSION,
    &transactions::NO_LOCK_TIMEOUT,
    &transactions::NO_STATEMENT_TIMEOUT,
    &transactions::TIMEOUT_OFF,
    &transactions::LEFT_OPEN,
    &transactions::NESTED,
    &transactions::IMPLICIT_COMMIT,
    &transactions::DATA_UNDER_LOCK,
    &transactions::MANY_LOCKS,
    &transactions::VALIDATE_IN_TRANSACTION,
    &transactions::OUTSIDE_ONLY,
    &transactions::LOCK_TABLE,
    &transactions::SERVER_VARIABLE,
    &transactions::DATABASE_SETTING,
    &transactions::CHECKS_OFF,
    &transactions::BINLOG_OFF,
    &transactions::REPLICA_ROLE,
    &transactions::STRICT_MODE_OFF,
    &unparsed::NOT_UNDERSTOOD,
    &unparsed::UNKNOWN_STATEMENT,
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

/// Words of a statement in a sentence: on one line, without control characters, and not without end.
fn first_words(text: &str) -> String {
    let line: Vec<&str> = text.split_whitespace().collect();
    super::hit::shown(&line.join(" "))
}

#[cfg(test)]
mod cases;
#[cfg(test)]
mod tests;
