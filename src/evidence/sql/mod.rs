//! SQL: from the text of a file to statements, each with what it does.
//!
//! The text is split by our own [`split`]ter, because no statement may swallow the next one; the tree of a statement comes from
//! `sqlparser`, and what that refuses is told by its words. A statement that neither understands says so: it is never silence, and
//! never the end of the file.

mod cursor;
mod ddl;
mod decode;
mod default;
mod detect;
#[cfg(test)]
mod hostile;
mod lex;
mod place;
mod read;
mod split;
pub mod statement;
#[cfg(test)]
mod tests;
mod tree;
mod types;

pub use decode::decode;
pub use detect::detect;
pub use read::read;
pub use statement::{
    Action, AddConstraint, AlterOp, AlterTable, ColumnDef, ColumnDefault, Comparison, Condition, ConstraintKind, CreateIndex,
    CreateTable, DefaultKind, Delete, Dml, DropIndex, ForeignKey, Generated, IndexColumn, Insert, InsertSource, Limited, Name,
    Predicate, Query, Script, SetScope, SetVariable, Span, Statement, TableDef, Trouble, TroubleKind, TypeName, Understood,
    Update, Value,
};
