//! Tables, columns, constraints and indexes in definitions and alterations.

use super::{Name, Query};

#[derive(Debug, Clone, PartialEq, Default)]
pub struct CreateTable {
    pub name: Option<Name>,
    pub if_not_exists: bool,
    pub temporary: bool,
    pub unlogged: bool,
    pub definition: TableDef,
    /// `CREATE TABLE .. AS SELECT ..`
    pub as_query: Option<Box<Query>>,
    /// `LIKE other`, `INHERITS (other)`.
    pub like: Option<Name>,
    pub inherits: Vec<Name>,
    /// `PARTITION OF parent`.
    pub partition_of: Option<Name>,
    /// `PARTITION BY ..`, as written.
    pub partition_by: Option<String>,
}

/// What stands between the parentheses, and the options after them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TableDef {
    pub columns: Vec<ColumnDef>,
    /// Those of the table; those of a column stand there (a primary key, a unique constraint, a reference).
    pub constraints: Vec<AddConstraint>,
    /// Indexes that are defined inside (MySQL).
    pub indexes: Vec<CreateIndex>,
    pub engine: Option<String>,
    pub charset: Option<String>,
    pub collation: Option<String>,
    pub comment: Option<String>,
    /// Other options, as `(name in upper case, value)`.
    pub options: Vec<(String, String)>,
}

#[derive(Debug, Clone, PartialEq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a word that stands there or not")]
pub struct ColumnDef {
    pub name: String,
    /// `None` where the statement names none (SQLite).
    pub ty: Option<TypeName>,
    /// `Some(false)` for `NOT NULL`, `Some(true)` for a stated `NULL`.
    pub nullable: Option<bool>,
    pub default: Option<ColumnDefault>,
    pub generated: Option<Generated>,
    /// `AUTO_INCREMENT`, `serial`, `GENERATED .. AS IDENTITY`, `AUTOINCREMENT`.
    pub auto_increment: bool,
    pub primary_key: bool,
    pub unique: bool,
    pub references: Option<ForeignKey>,
    /// The text of a check of the column.
    pub check: Option<String>,
    pub charset: Option<String>,
    pub collation: Option<String>,
    pub comment: Option<String>,
    /// MySQL `ON UPDATE CURRENT_TIMESTAMP`.
    pub on_update: bool,
    /// MySQL `FIRST` or `AFTER x`: not at the end.
    pub placed: bool,
    pub invisible: bool,
}

/// A type as it is written, in parts: `varchar(20)` is `varchar` and `["20"]`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TypeName {
    /// In lower case with single blanks and the dialect's own short name where it has several (`integer` for PostgreSQL's `int` and
    /// `int4`, `int` for MySQL's `integer`; `varchar` for `character varying`; `timestamptz` for `timestamp with time zone`).
    pub name: String,
    /// Length, precision and scale, as written; the values of `enum` and `set`, without quotes.
    pub arguments: Vec<String>,
    pub unsigned: bool,
    /// Whether it is an array of these.
    pub array: bool,
}

/// The value of a column that a row does not give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnDefault {
    /// As written.
    pub text: String,
    pub kind: DefaultKind,
}

/// What PostgreSQL and MySQL have to know of a default before they can add a column without touching rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefaultKind {
    Null,
    /// A literal, also with a cast or a sign.
    Constant,
    /// One value for the whole statement: `now()`, `current_timestamp`, `current_user`.
    Stable,
    /// A value of its own for each row: `random()`, `gen_random_uuid()`, `clock_timestamp()`, `nextval(..)`, `uuid()`.
    Volatile,
    /// A function or expression that nobody here knows.
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generated {
    Stored,
    Virtual,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignKey {
    pub table: Name,
    pub columns: Vec<String>,
    /// `ON DELETE` and `ON UPDATE`, in upper case: `CASCADE`, `SET NULL`, `SET DEFAULT`, `RESTRICT`, `NO ACTION`.
    pub on_delete: Option<String>,
    pub on_update: Option<String>,
}

/// A constraint that is defined or added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddConstraint {
    pub name: Option<String>,
    pub kind: ConstraintKind,
    /// PostgreSQL `NOT VALID`: existing rows are not looked at.
    pub not_valid: bool,
    pub deferrable: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConstraintKind {
    Check {
        expression: String,
    },
    /// `using_index`: an existing index takes the part.
    Unique {
        columns: Vec<String>,
        using_index: Option<String>,
    },
    PrimaryKey {
        columns: Vec<String>,
        using_index: Option<String>,
    },
    ForeignKey {
        columns: Vec<String>,
        to: ForeignKey,
    },
    Exclude,
    /// PostgreSQL 18 `ADD CONSTRAINT .. NOT NULL x`.
    NotNull {
        column: String,
    },
}

#[derive(Debug, Clone, PartialEq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a word that stands there or not")]
pub struct CreateIndex {
    /// `None` where the server chooses it.
    pub name: Option<Name>,
    /// `None` inside `CREATE TABLE` and `ALTER TABLE`, where the table is the statement's.
    pub table: Option<Name>,
    pub columns: Vec<IndexColumn>,
    pub unique: bool,
    pub concurrently: bool,
    pub if_not_exists: bool,
    /// In lower case: `btree`, `gin`, `hash`; MySQL also `fulltext`, `spatial`.
    pub method: Option<String>,
    /// `WHERE ..`: a partial index.
    pub partial: bool,
    pub include: Vec<String>,
    /// `ON ONLY`: of a partitioned table, without its partitions.
    pub only: bool,
    /// MySQL `ALGORITHM=` and `LOCK=`, in upper case.
    pub algorithm: Option<String>,
    pub lock: Option<String>,
    pub invisible: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IndexColumn {
    /// `None` for an expression.
    pub column: Option<String>,
    /// As written.
    pub text: String,
    /// MySQL: `name(10)`.
    pub prefix: Option<u32>,
    pub descending: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DropIndex {
    /// Several names are possible in PostgreSQL.
    pub names: Vec<Name>,
    /// MySQL only.
    pub table: Option<Name>,
    pub concurrently: bool,
    pub if_exists: bool,
    pub cascade: bool,
    pub algorithm: Option<String>,
    pub lock: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct AlterTable {
    pub name: Name,
    pub if_exists: bool,
    /// PostgreSQL `ONLY`.
    pub only: bool,
    /// MariaDB `IGNORE`: rows that a new key does not let in are deleted, values that do not fit are cut.
    pub ignore: bool,
    /// In the order of the statement.
    pub operations: Vec<AlterOp>,
    /// MySQL `ALGORITHM=` and `LOCK=`, in upper case.
    pub algorithm: Option<String>,
    pub lock: Option<String>,
    /// MariaDB `WAIT n`, `NOWAIT`; MySQL has none.
    pub wait: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum AlterOp {
    AddColumn {
        column: Box<ColumnDef>,
        if_not_exists: bool,
    },
    DropColumn {
        column: String,
        if_exists: bool,
        cascade: bool,
    },
    RenameColumn {
        from: String,
        to: String,
    },
    RenameTable {
        to: Name,
    },
    /// `ALTER COLUMN x TYPE t [USING e]`.
    AlterType {
        column: String,
        ty: TypeName,
        using: Option<String>,
        collation: Option<String>,
    },
    /// MySQL `MODIFY COLUMN`; with `old`, `CHANGE COLUMN old new ..`.
    Redefine {
        old: Option<String>,
        column: Box<ColumnDef>,
    },
    SetDefault {
        column: String,
        default: ColumnDefault,
    },
    DropDefault {
        column: String,
    },
    SetNotNull {
        column: String,
    },
    DropNotNull {
        column: String,
    },
    AddIdentity {
        column: String,
    },
    DropIdentity {
        column: String,
    },
    DropExpression {
        column: String,
    },
    /// `SET STATISTICS`, `SET STORAGE`, `SET COMPRESSION` and the like: nothing is locked for long.
    ColumnOption {
        column: String,
        what: String,
    },
    AddConstraint(AddConstraint),
    ValidateConstraint {
        name: String,
    },
    DropConstraint {
        name: String,
        if_exists: bool,
        cascade: bool,
    },
    DropPrimaryKey,
    DropForeignKey {
        name: String,
    },
    AlterConstraint {
        name: String,
        what: String,
    },
    RenameConstraint {
        from: String,
        to: String,
    },
    /// MySQL.
    AddIndex(CreateIndex),
    DropIndex {
        name: String,
    },
    RenameIndex {
        from: String,
        to: String,
    },
    IndexVisibility {
        name: String,
        visible: bool,
    },
    /// MySQL `CONVERT TO CHARACTER SET`.
    ConvertCharset {
        charset: Option<String>,
        collation: Option<String>,
    },
    /// `DEFAULT CHARACTER SET`: for columns to come.
    DefaultCharset {
        charset: Option<String>,
        collation: Option<String>,
    },
    Engine {
        engine: String,
    },
    /// MySQL `FORCE`, and `ENGINE=` of the same engine cannot be told apart here.
    Force,
    /// `ROW_FORMAT=`, `KEY_BLOCK_SIZE=`, `COMMENT=`, `AUTO_INCREMENT=`, `STATS_PERSISTENT=` ...: name in upper case.
    Option {
        name: String,
        value: String,
    },
    /// PostgreSQL `SET (fillfactor = 70)`, `RESET (..)`.
    StorageParameters {
        what: String,
    },
    SetTablespace {
        tablespace: String,
    },
    SetLogged {
        logged: bool,
    },
    SetAccessMethod,
    SetSchema {
        schema: String,
    },
    OwnerTo {
        owner: String,
    },
    AttachPartition {
        partition: Name,
        bounds: Option<String>,
    },
    DetachPartition {
        partition: Name,
        concurrently: bool,
        finalize: bool,
    },
    /// MySQL: `verb` in upper case (`ADD`, `DROP`, `TRUNCATE`, `REORGANIZE`, `COALESCE`, `EXCHANGE`, `REMOVE`, `REBUILD`, `OPTIMIZE`,
    /// `ANALYZE`, `CHECK`, `DISCARD`, `IMPORT`, `PARTITION BY`).
    Partition {
        verb: String,
        names: Vec<String>,
    },
    /// `ENABLE` or `DISABLE` of a trigger or rule; `name` as written, also `ALL`, `USER`.
    Trigger {
        enable: bool,
        name: String,
    },
    /// MySQL `DISABLE KEYS`, `ENABLE KEYS`.
    Keys {
        enable: bool,
    },
    RowSecurity {
        what: String,
    },
    ReplicaIdentity {
        what: String,
    },
    Inherit {
        parent: Name,
        inherit: bool,
    },
    ClusterOn {
        index: Option<String>,
    },
    /// `ORDER BY` (MySQL), `DISCARD TABLESPACE`, and whatever nobody knows.
    Other {
        words: String,
    },
}
