//! What a script holds, in words that do not depend on the dialect.
//!
//! Names are folded as the dialect folds them, so that two spellings of one table are equal. Whatever a statement leaves out is
//! `None` or empty; whatever it says and nobody understood is an action [`Other`](Action::Other) or an operation of that name, so that
//! a reader of statements can tell "does nothing else" from "does something unknown".

mod dml;
mod table;

use crate::facts::SqlDialect;

pub use dml::{Comparison, Condition, Delete, Dml, Insert, InsertSource, Limited, Predicate, Query, Update, Value};
pub use table::{
    AddConstraint, AlterOp, AlterTable, ColumnDef, ColumnDefault, ConstraintKind, CreateIndex, CreateTable, DefaultKind,
    DropIndex, ForeignKey, Generated, IndexColumn, TableDef, TypeName,
};

/// A file of SQL, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Script {
    pub dialect: SqlDialect,
    /// In the order of the file.
    pub statements: Vec<Statement>,
    /// What is wrong with the text itself, by place.
    pub troubles: Vec<Trouble>,
}

/// A place in a text. Lines and columns count from 1; a column is counted in characters, and the end is the place after the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Span {
    /// Offsets in bytes, first included, last not.
    pub start: usize,
    pub end: usize,
    pub line: u32,
    pub column: u32,
    pub end_line: u32,
    pub end_column: u32,
}

/// One statement: from its first word to its last, without the comments before it and without its terminator.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    pub span: Span,
    /// As it was written.
    pub text: String,
    pub understood: Understood,
    /// What it does; several for a statement that does several things (`DROP TABLE a, b` is one action with two names). Never empty.
    pub actions: Vec<Action>,
    /// Every function that the statement calls while it runs, wherever in it: in lower case, sorted, each once, with its schema where that
    /// is the application's own. Empty for definitions, which call nothing yet (of `ALTER TABLE` only a conversion does), and for a bare
    /// `EXPLAIN`.
    pub calls: Vec<String>,
    /// `/*! ... */` or `/*M! ... */` around it or in it: only some versions run it.
    pub conditional: bool,
    /// The comments that stand directly before it or in it, without their marks, each line trimmed. For directives such as
    /// `kadian: rows=1200`.
    pub comments: Vec<String>,
}

/// How a statement was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Understood {
    /// By its tree.
    Parsed,
    /// By its words: what it does and to what is known, details may not be.
    Classified,
    /// Not at all: why, as a sentence without a full stop, with the place that the parser names in lines of the file.
    No(String),
}

/// What is wrong with a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    pub span: Span,
    pub kind: TroubleKind,
    /// As a sentence without a full stop: what is wrong and what was expected.
    pub message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TroubleKind {
    /// A quote, comment or dollar quote is not closed: the rest of the file is in doubt.
    Unterminated,
    /// A client's command that changes what runs and that nobody can follow, such as `\i file`, `\gexec` or `source file`.
    ClientCommand,
    /// A placeholder of a tool (`${schema}`, `:name`, `{{ }}`) in a place where it decides what runs.
    Placeholder,
    /// A control character other than tab and the ends of lines.
    Control,
    /// A limit was reached: depth, length, number of statements.
    Limit,
}

/// The name of a table, index, type or the like.
///
/// Folded: to lower case where the dialect does so with the way it is quoted (PostgreSQL: unquoted; MySQL and SQLite: always, because
/// their tables may not differ by case only).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    pub schema: Option<String>,
    pub name: String,
}

impl Name {
    #[must_use]
    pub fn plain(name: &str) -> Name {
        Name { schema: None, name: name.to_owned() }
    }

    /// Whether both may mean the same object: equal, or equal where one leaves the schema out.
    #[must_use]
    pub fn may_be(&self, other: &Name) -> bool {
        self.name == other.name && (self.schema == other.schema || self.schema.is_none() || other.schema.is_none())
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.schema {
            Some(schema) => write!(f, "{schema}.{}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// What a statement does.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    CreateTable(Box<CreateTable>),
    AlterTable(AlterTable),
    DropTable {
        names: Vec<Name>,
        if_exists: bool,
        cascade: bool,
        temporary: bool,
    },
    /// `RENAME TABLE a TO b, c TO d`; `ALTER TABLE a RENAME TO b` is an operation of [`AlterTable`].
    RenameTables {
        pairs: Vec<(Name, Name)>,
    },
    Truncate {
        names: Vec<Name>,
        cascade: bool,
        restart_identity: bool,
    },
    CreateIndex(CreateIndex),
    DropIndex(DropIndex),
    /// `ALTER INDEX`.
    RenameIndex {
        from: Name,
        to: Name,
    },
    AlterIndex {
        name: Name,
        attach: Option<Name>,
        what: String,
    },
    Reindex {
        target: String,
        name: Option<Name>,
        concurrently: bool,
    },
    Cluster {
        table: Option<Name>,
        index: Option<String>,
    },
    Vacuum {
        table: Option<Name>,
        full: bool,
    },
    /// MySQL `OPTIMIZE TABLE`, `REPAIR TABLE`, `ANALYZE TABLE`, `CHECK TABLE`; PostgreSQL `ANALYZE`.
    Maintain {
        verb: String,
        tables: Vec<Name>,
    },
    LockTables {
        tables: Vec<Name>,
        mode: Option<String>,
        nowait: bool,
    },
    UnlockTables,

    CreateView {
        name: Name,
        materialized: bool,
        or_replace: bool,
        with_data: bool,
        query: Option<Box<Query>>,
    },
    DropView {
        names: Vec<Name>,
        materialized: bool,
        if_exists: bool,
        cascade: bool,
    },
    AlterView {
        name: Name,
        materialized: bool,
        what: String,
    },
    RefreshView {
        name: Name,
        concurrently: bool,
        with_data: bool,
    },

    /// `values` for an enum.
    CreateType {
        name: Name,
        values: Option<Vec<String>>,
    },
    /// `ALTER TYPE .. ADD VALUE 'x' [BEFORE|AFTER 'y']`.
    AddEnumValue {
        name: Name,
        value: String,
        placed: bool,
        if_not_exists: bool,
    },
    RenameEnumValue {
        name: Name,
        from: String,
        to: String,
    },
    /// Any other `ALTER TYPE`, and `ALTER DOMAIN`.
    AlterType {
        name: Name,
        domain: bool,
        what: String,
        not_valid: bool,
    },
    CreateDomain {
        name: Name,
        has_check: bool,
        not_null: bool,
    },
    DropType {
        names: Vec<Name>,
        domain: bool,
        cascade: bool,
    },
    CreateSequence {
        name: Name,
    },
    AlterSequence {
        name: Name,
        what: String,
    },
    DropSequence {
        names: Vec<Name>,
        cascade: bool,
    },
    CreateSchema {
        name: String,
    },
    DropSchema {
        names: Vec<String>,
        cascade: bool,
        if_exists: bool,
    },
    CreateDatabase {
        name: String,
    },
    AlterDatabase {
        name: Option<String>,
        what: String,
        charset: Option<String>,
        collation: Option<String>,
    },
    DropDatabase {
        name: String,
        if_exists: bool,
    },
    CreateExtension {
        name: String,
        if_not_exists: bool,
        schema: Option<String>,
        version: Option<String>,
    },
    DropExtension {
        names: Vec<String>,
        cascade: bool,
    },

    /// Functions, procedures, aggregates; `body` as written, where there is one.
    CreateRoutine {
        kind: String,
        name: Name,
        or_replace: bool,
        security_definer: bool,
        sets_search_path: bool,
        /// In lower case, where it is named.
        language: Option<String>,
        body: Option<String>,
    },
    DropRoutine {
        kind: String,
        names: Vec<Name>,
        if_exists: bool,
        cascade: bool,
    },
    CreateTrigger {
        name: String,
        table: Option<Name>,
        event: bool,
        /// What an event of MySQL runs, as written.
        body: Option<String>,
    },
    DropTrigger {
        name: String,
        table: Option<Name>,
        event: bool,
    },
    /// Row security policies and rewrite rules: `kind` is `policy` or `rule`.
    CreateRule {
        kind: String,
        name: String,
        table: Option<Name>,
        /// The statements that a rewrite rule runs, as written; `None` for `NOTHING`.
        body: Option<String>,
    },
    DropRule {
        kind: String,
        name: String,
        table: Option<Name>,
    },
    /// An anonymous block (`DO $$ .. $$`); what it runs inside is not known.
    Block {
        language: Option<String>,
        body: String,
    },
    Call {
        name: Option<Name>,
    },
    /// `PREPARE s FROM '..'`, `EXECUTE s`, `EXECUTE IMMEDIATE ..`: SQL made at run time.
    Dynamic {
        verb: String,
    },

    /// Words in upper case; `ALL` for all privileges. `object` as written (`TABLE a`, `ALL TABLES IN SCHEMA public`).
    Grant {
        privileges: Vec<String>,
        object: String,
        grantees: Vec<String>,
        with_grant_option: bool,
    },
    Revoke {
        privileges: Vec<String>,
        object: String,
        grantees: Vec<String>,
        cascade: bool,
    },
    /// `has_password`: a password stands in the text. `superuser` also for `GRANT ALL ON *.*` to be told by [`Action::Grant`].
    CreateUser {
        name: String,
        has_password: bool,
        superuser: bool,
    },
    AlterUser {
        name: String,
        has_password: bool,
        superuser: bool,
        what: String,
    },
    DropUser {
        names: Vec<String>,
    },
    AlterDefaultPrivileges,
    /// `ALTER .. OWNER TO` of something other than a table.
    OwnerTo {
        object: String,
        owner: String,
    },

    Begin,
    Commit,
    Rollback {
        to_savepoint: bool,
    },
    Savepoint,
    Set(SetVariable),
    /// `USE db`.
    Use {
        database: String,
    },
    /// `COMMENT ON`, `SECURITY LABEL`.
    Comment {
        object: String,
    },
    /// `COPY t FROM ..`, `LOAD DATA .. INTO TABLE t`; `into` is false for an export. `rows` counts data lines in the script itself.
    Copy {
        table: Option<Name>,
        into: bool,
        from_program: bool,
        rows: Option<u64>,
    },

    Dml(Dml),
    /// A query alone, also `EXPLAIN` of one (`explain`), `SHOW`, `VALUES`.
    Query {
        query: Box<Query>,
        explain: bool,
    },
    /// Something whose words are known to do no harm to tables (`SELECT pg_sleep`, `SHOW`, `LISTEN`, `RESET`, `DISCARD`, `\set`).
    Harmless {
        what: String,
    },
    /// Known to be a statement of this name, and not what it does: for a DBA.
    Other {
        words: String,
    },
}

/// `SET x = v`, `SET LOCAL`, `SET SESSION`, `SET GLOBAL`, `PRAGMA`, `set_config(..)`, `RESET`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetVariable {
    /// In lower case.
    pub name: String,
    /// As written, without quotes; `None` for a reset and for an expression.
    pub value: Option<String>,
    pub scope: SetScope,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetScope {
    Session,
    /// Until the end of the transaction.
    Local,
    /// For every connection.
    Global,
}
