//! One file for each theme; each rule says what happens, when not, and what to do instead.

mod constraints;
mod destructive;
mod indexes;
mod manual;
pub(super) mod unparsed;

use super::rule::Rule;
use crate::evidence::sql::TypeName;

/// Every rule, by theme.
pub static RULES: &[&Rule] = &[
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

/// A type as it would be written.
fn type_sql(ty: &TypeName) -> String {
    let mut text = super::hit::shown(&ty.name);
    if !ty.arguments.is_empty() {
        let quote = matches!(ty.name.as_str(), "enum" | "set");
        let arguments: Vec<String> = ty
            .arguments
            .iter()
            .take(20)
            .map(|argument| {
                if quote { format!("'{}'", super::hit::shown(argument).replace('\'', "''")) } else { super::hit::shown(argument) }
            })
            .collect();
        text = format!("{text}({})", arguments.join(if quote { "," } else { ", " }));
    }
    if ty.unsigned {
        text.push_str(" unsigned");
    }
    if ty.array {
        text.push_str("[]");
    }
    text
}

#[cfg(test)]
mod tests;
