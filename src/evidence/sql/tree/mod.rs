//! Queries and statements that change rows.
//!
//! Their clauses are told apart by words at the outermost level, so that one clause that nobody understands does not hide the others;
//! the conditions in them become trees of `sqlparser`, made of our own tokens.

mod calls;
mod cartesian;
mod clauses;
mod condition;
mod dml;
mod from;
mod limited;
mod merge;
mod parse;
mod query;
mod second;
#[cfg(test)]
mod tests;
mod truth;

pub(super) use calls::{all_calls, conversion_calls};
pub(super) use dml::{actions, explained, unterminated};
pub(super) use query::query;
pub(super) use second::second_on_line;
